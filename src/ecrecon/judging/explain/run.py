"""The steps in their order, the fast path around them, and the proof that nothing was lost (steps -1 and 13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.judging.explain import netting, pairing, receivable, residue, surplus
from ecrecon.judging.explain.outcome import group_results, schema_components
from ecrecon.judging.explain.slots import DOCUMENT_INPUT, LINE_INPUT, facts, quick_sums, slot_sums
from ecrecon.judging.explain.work import FOUND, ExplainSettings, Work, component

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
