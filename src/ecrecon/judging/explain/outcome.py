"""From the state after the last step to the two frames that leave: results per group, components."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import COMPONENTS, check, conform
from ecrecon.base.texts import tr
from ecrecon.judging.explain.residue import expected
from ecrecon.judging.explain.slots import SLOT_LINES
from ecrecon.judging.explain.work import Work

RESULT = (
    "group_id", "expected_minor", "actual_minor", "difference_minor", "due_cash_minor", "due_platform_minor",
    "documents_minor", "outcome", "netted",
)  # fmt: skip
NET_OF_REFUNDS = ("X01", "X02", "F12", "A01", "A02", "A03", "A04", "M08")
OPEN_KINDS = ("stop", "break", "review")


def group_results(plain: pl.DataFrame, work: Work, orphans: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """One row per group (columns RESULT) from the plain groups, the decomposed ones and those without an
    order."""
    decomposed = _figures(pl.concat([work.state, orphans], how="diagonal"))
    decomposed = decomposed.join(_verdicts(found), on="group_id", how="left").with_columns(outcome=_outcome())
    netted = (
        work.netted.sort("group_id", "completed_at", "refund_id", "document_id")
        .group_by("group_id")
        .agg(netted=pl.col("refund_id").drop_nulls())
    )
    none = pl.lit([], dtype=pl.List(pl.String))
    decomposed = decomposed.join(netted, on="group_id", how="left").with_columns(pl.col("netted").fill_null(none))
    zero = pl.lit(0, dtype=pl.Int64)
    actual = pl.col("actual").fill_null(0)
    settled = plain.select(
        "group_id", expected_minor=actual, actual_minor=actual, difference_minor=zero,
        due_cash_minor=actual - pl.col("plat_in").fill_null(0), due_platform_minor=pl.col("plat_in").fill_null(0),
        documents_minor=zero,
        outcome=pl.when("unpaid").then(pl.lit("cancelled_unpaid")).otherwise(pl.lit("settled")), netted=none,
    )  # fmt: skip
    return pl.concat([settled, decomposed.select(RESULT)]).sort("group_id").rechunk()


def _figures(state: pl.DataFrame) -> pl.DataFrame:
    """Add E, A, D; the platform part that is not owed leaves due_platform."""
    return state.with_columns(expected(), actual_minor="actual", documents_minor="documents").with_columns(
        difference_minor=pl.col("actual_minor") - pl.col("expected_minor"),
        due_platform_minor=pl.col("due_platform_minor") - pl.col("not_owed"),
    )


def _verdicts(found: pl.DataFrame) -> pl.DataFrame:
    """Per group with components: which verdicts they carry."""
    return found.group_by("group_id").agg(
        overdue=(pl.col("code") == "X02").any(),
        unchecked=(pl.col("code") == "F12").any(),
        not_due=(pl.col("code") == "X01").any(),
        risk=pl.col("kind").is_in(OPEN_KINDS).any(),
        waiting=(pl.col("kind") == "timing").any(),
    )


def _outcome() -> pl.Expr:
    """The outcome of a group: the worst of what its components say (docs/matching.md "Decomposition")."""
    return (
        pl.when(~pl.col("has_order"))
        .then(pl.lit("no_order"))
        .when("overdue")
        .then(pl.lit("overdue"))
        .when("unchecked")
        .then(pl.lit("not_checked"))
        .when("risk")
        .then(pl.lit("open"))
        .when("not_due")
        .then(pl.lit("not_due"))
        .when("waiting")
        .then(pl.lit("partly"))
        .when("unpaid")
        .then(pl.lit("cancelled_unpaid"))
        .otherwise(pl.lit("settled"))
    )


def schema_components(found: pl.DataFrame, lines: pl.DataFrame, netted: pl.DataFrame) -> pl.DataFrame:
    """Schema COMPONENTS: line ids by slot, a note that names netted refunds; sorted on a total key."""
    slots = found.filter(pl.col("line_ids").is_null())["slot"].drop_nulls().unique().sort()
    touched = lines.join(found, on="group_id", how="semi")
    behind = [
        touched.filter(SLOT_LINES[slot])
        .group_by("group_id", slot=pl.lit(slot))
        .agg(slot_lines=pl.col("line_id").sort())
        for slot in slots
    ]
    frame = found
    none = pl.lit([], dtype=pl.List(pl.Int64))
    if behind:
        frame = frame.join(pl.concat(behind), on=["group_id", "slot"], how="left").with_columns(
            line_ids=pl.coalesce("line_ids", "slot_lines")
        )
    frame = frame.join(_netted_notes(netted), on="group_id", how="left").with_columns(
        pl.col("line_ids").fill_null(none),
        note=pl.when(pl.col("code").is_in(NET_OF_REFUNDS)).then("note"),
    )
    ordered = conform(frame, COMPONENTS).with_columns(first=pl.col("line_ids").list.first())
    keys = ["group_id", "code", "refund_id", "rule_id", "first", "amount_minor", "kind", "expected_minor"]
    told = ordered.sort(keys).drop("first").rechunk()
    return check(told, COMPONENTS, "explain: components")


def _netted_notes(netted: pl.DataFrame) -> pl.DataFrame:
    """Per group: a text that names the refunds which were taken off before the money came."""
    named = netted.filter(pl.col("refund_id").is_not_null()).sort("group_id", "completed_at", "refund_id")
    listed = named.group_by("group_id", maintain_order=True).agg(pl.col("refund_id").str.join(tr("、", ", ")))
    text = tr("已扣除结算前退款：", "net of refunds before settlement: ")
    return listed.select("group_id", note=pl.lit(text) + pl.col("refund_id"))
