"""The steps in their order, the fast path around them, the frames that leave, and the proof that nothing was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.schema import COMPONENTS, check, conform
from ecrecon.base.texts import tr
from ecrecon.judging.explain import netting, pairing
from ecrecon.judging.explain import netting as residue
from ecrecon.judging.explain import netting as surplus
from ecrecon.judging.explain import pairing as receivable
from ecrecon.judging.explain.netting import expected
from ecrecon.judging.explain.work import (
    DOCUMENT_INPUT,
    FOUND,
    LINE_INPUT,
    SLOT_LINES,
    ExplainSettings,
    Work,
    component,
    facts,
    quick_sums,
    slot_sums,
)

# From the state after the last step to the two frames that leave: results per group, components.

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


# The steps in their order, the fast path around them, and the proof that nothing was lost (steps -1 and 13).

STEPS: tuple[Callable[[Work], Work], ...] = (
    pairing.pair_refunds,  # 3 (a document of any file comes before 0a)
    pairing.let_lines_document_themselves,  # 0a
    receivable.keep_only_what_a_closed_order_owes,  # 0b
    receivable.expect_nothing_from_an_unpaid_order,  # 0c
    receivable.open_slots,
    receivable.name_price_protection,  # 1
    receivable.take_back_the_platform_part,  # 2
    surplus.name_open_advances,  # 8
    surplus.name_double_receipts,  # 10
    netting.net_refunds_before_settlement,  # 6, 6b
    pairing.pair_the_last_two,  # 3d
    pairing.report_lines_without_document,  # 4
    residue.judge_groups_without_receipt,  # 5
    residue.report_documents_without_line,  # 7
    residue.accept_coupon_inside_receipt,  # 9
    residue.report_missing_platform_part,  # 11
    residue.name_the_residue,  # 12
)
"""Pairing (3) reads nothing that steps 0b, 1 and 2 change, so it may stand first; all else as printed."""


@dataclass(frozen=True)
class Explained:
    """`groups`: one row per group, sorted by group_id: group_id, expected_minor (E), actual_minor (A),
    difference_minor (D), due_cash_minor and due_platform_minor after the steps (what is not owed taken off),
    documents_minor (refunds counted in E), outcome (String), netted (List[String]: refund ids that need no bill line).
    `components`: schema COMPONENTS, sorted on a total key."""

    groups: pl.DataFrame
    components: pl.DataFrame


def explain(
    groups: pl.DataFrame,
    lines: pl.DataFrame,
    documents: pl.DataFrame,
    settings: ExplainSettings | None = None,
) -> Explained:
    """Decompose the difference of every settlement group (docs/matching.md "Decomposition").

    `groups`: columns of `slots.GROUP_INPUT`, one row per group. `lines`: `slots.LINE_INPUT`, principal lines of the
    order basis up to as-of. `documents`: `slots.DOCUMENT_INPUT`, completed up to as-of, amounts positive. Rows may
    come in any order. Raises InvariantError when a line or document names no group, a group stands twice, or the
    components of a group do not add up to its difference.
    """
    known = facts(groups)
    lines = lines.select(LINE_INPUT)
    documents = documents.select(DOCUMENT_INPUT).filter(pl.col("amount_minor") > 0)
    sums = quick_sums(lines)
    _check_groups(known, sums, documents)
    known = known.join(sums, on="group_id", how="left", maintain_order="left")
    plain, hard = _split(known, documents)
    orphans = _explain_orphans(hard.filter(~pl.col("has_order")), lines, documents)
    work = _start(hard.filter("has_order"), lines, documents, settings or ExplainSettings())
    for step in STEPS:
        work = step(work)
    found = pl.concat([pl.DataFrame(schema=FOUND), *work.found, orphans.found])
    results = group_results(plain, work, orphans.state, found)
    _check_conservation(results, found)
    return Explained(results, schema_components(found, lines, work.netted))


def _check_groups(known: pl.DataFrame, sums: pl.DataFrame, documents: pl.DataFrame) -> None:
    if known["group_id"].n_unique() != known.height:
        raise InvariantError("explain: a settlement group stands twice in the input")
    ids = known.select("group_id")
    for name, frame in (("line", sums), ("document", documents)):
        lost = frame.join(ids, on="group_id", how="anti")
        if lost.height:
            raise InvariantError(f"explain: a {name} names the unknown group {lost['group_id'][0]}")


def _split(known: pl.DataFrame, documents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Groups that no step of the table can change (they came to the cent, or were never owed), and all others."""
    silent = pl.col("actual").is_null()
    never_owed = silent & (pl.col("unpaid") | (pl.col("status") == "closed")).fill_null(False)
    actual, platform = pl.col("actual").fill_null(0), pl.col("plat_in").fill_null(0)
    to_the_cent = (actual - platform == pl.col("due_cash_minor")) & (platform == pl.col("due_platform_minor"))
    open_order = (pl.col("status") != "closed").fill_null(True) & ~pl.col("unpaid")
    plain = (
        pl.col("has_order")
        & ~pl.col("special").fill_null(False)
        & (pl.col("due_platform_minor") >= 0)
        & ((to_the_cent & open_order) | never_owed)
    )
    documented = documents.select("group_id", documented=pl.lit(True)).unique()
    told = known.join(documented, on="group_id", how="left", maintain_order="left").with_columns(
        plain=plain & pl.col("documented").is_null()
    )
    easy, hard = told.filter("plain"), told.filter(~pl.col("plain"))
    return easy, hard.drop("actual", "plat_in", "special", "documented", "plain")


def _with_sums(groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Add the sums per slot and of the documents."""
    refunded = documents.group_by("group_id").agg(documents=pl.col("amount_minor").sum())
    frame = groups.join(slot_sums(lines), on="group_id", how="left", maintain_order="left")
    frame = frame.join(refunded, on="group_id", how="left", maintain_order="left")
    return frame.with_columns(has_document=pl.col("documents").is_not_null()).with_columns(
        pl.col(pl.Int64).exclude("group_id").fill_null(0), pl.col(pl.Boolean).fill_null(False)
    )


def _start(groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, settings: ExplainSettings) -> Work:
    """The state before the first step."""
    lines = lines.join(groups, on="group_id", how="semi")
    documents = documents.join(groups, on="group_id", how="semi")
    state = _with_sums(groups, lines, documents)
    return Work(settings, state, lines, pairing.refund_rows(lines, groups), documents)


@dataclass(frozen=True)
class _Orphans:
    state: pl.DataFrame
    found: pl.DataFrame


def _explain_orphans(groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> _Orphans:
    """Step -1: no order row: X03, X11 or X12 = D as `orphan_code` says; nothing came in, but a document exists: X11.

    A document without an order has its own disposition (`no_order`) and lowers nothing, because nothing was due:
    E = 0, D = what the bill holds. A document alone is no difference.
    """
    lines = lines.join(groups, on="group_id", how="semi")
    documents = documents.join(groups, on="group_id", how="semi")
    state = _with_sums(groups, lines, documents).with_columns(
        pl.lit(0, dtype=pl.Int64).alias(name) for name in ("due_cash_minor", "due_platform_minor", "not_owed")
    )
    state = state.with_columns(documents=pl.lit(0, dtype=pl.Int64))
    difference = pl.col("actual")
    returned = ~pl.col("has_receipt") & pl.col("has_document")
    unread = (pl.col("orphan_code") == "X12").fill_null(False)
    old = ~unread & (returned | (pl.col("orphan_code") == "X11").fill_null(False))
    found = [
        state.filter(applies & (difference != 0)).select(
            component(code, "-1", difference, expected=pl.lit(0), slot="all")
        )
        for code, applies in (("X11", old), ("X12", unread), ("X03", ~old & ~unread))
    ]
    return _Orphans(state, pl.concat(found))


def _check_conservation(results: pl.DataFrame, found: pl.DataFrame) -> None:
    """Step 13: the components of every group add up to its difference."""
    told = found.group_by("group_id").agg(told=pl.col("amount_minor").sum())
    wrong = (
        results.select("group_id", "difference_minor")
        .join(told, on="group_id", how="left")
        .filter(pl.col("difference_minor") != pl.col("told").fill_null(0))
        .sort("group_id")
    )
    if wrong.height:
        group_id, difference, parts = wrong.row(0)
        raise InvariantError(
            f"explain: the components of group {group_id} add up to {parts or 0}, its difference is {difference}"
        )
