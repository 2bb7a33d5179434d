"""Steps 5 to 12: refunds netted off a receipt, more than was due, and what is left when documents and lines have found each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations, islice

import polars as pl

from ecrecon.judging.explain.work import IS_RECEIPT, ExplainSettings, Work, add_to, component

# Which set of open documents closes a negative slot (the search of step 6).

CHOSEN: dict[str, pl.DataType | type[pl.DataType]] = {
    "group_id": pl.Int64, "document_ids": pl.List(pl.Int64), "total": pl.Int64,
}  # fmt: skip


def best_set(amounts: Sequence[int], target: int, tolerance: int, settings: ExplainSettings) -> tuple[int, ...] | None:
    """Positions of the set whose sum is nearest to `target`, at most `tolerance` away; None where there is none.

    Ties: fewest documents, then the earliest: `amounts` come in order of (completed_at, refund_id). At most
    `netting_limit` documents; sets are tried small ones first and at most `search_budget` of them.
    """
    sizes = range(1, min(settings.netting_limit, len(amounts)) + 1)
    sets = chain.from_iterable(combinations(range(len(amounts)), size) for size in sizes)
    best, best_gap = None, tolerance + 1
    for chosen in islice(sets, settings.search_budget):
        gap = abs(target - sum(amounts[i] for i in chosen))
        if gap < best_gap:
            best, best_gap = chosen, gap
            if gap == 0:
                break
    return best


def closing_sets(documents: pl.DataFrame, targets: pl.DataFrame, settings: ExplainSettings) -> pl.DataFrame:
    """Best set per group: frame CHOSEN, only groups that have one.

    `documents`: open documents. `targets`: group_id (unique), target, tolerance_minor (Int64); a target that is not
    positive needs no document.
    """
    wanted = targets.filter(pl.col("target") > 0).select("group_id", "target", "tolerance_minor")
    candidates = documents.join(wanted, on="group_id").filter(
        pl.col("amount_minor") <= pl.col("target") + pl.col("tolerance_minor")
    )
    if candidates.is_empty():
        return pl.DataFrame(schema=CHOSEN)
    size = pl.len().over("group_id")
    near = (pl.col("target") - pl.col("amount_minor")).abs() <= pl.col("tolerance_minor")
    single = candidates.filter((size == 1) & near).select(
        "group_id", document_ids=pl.concat_list("document_id"), total="amount_minor"
    )
    several = candidates.filter(size > 1)
    if several.is_empty():
        return single.cast(CHOSEN)  # type: ignore[arg-type]
    return pl.concat([single.cast(CHOSEN), _search(several, settings)])  # type: ignore[arg-type]


def _search(candidates: pl.DataFrame, settings: ExplainSettings) -> pl.DataFrame:
    """Groups with two or more candidates: the only loop over groups, well under 1 % of all orders."""
    listed = (
        candidates.sort("group_id", "completed_at", "refund_id", "document_id")
        .group_by("group_id", maintain_order=True)
        .agg("document_id", "amount_minor", pl.col("target", "tolerance_minor").first())
    )
    chosen: list[tuple[int, list[int], int]] = []
    for group_id, ids, amounts, target, tolerance in listed.iter_rows():
        best = best_set(amounts, target, tolerance, settings)
        if best is not None:
            chosen.append((group_id, [ids[i] for i in best], sum(amounts[i] for i in best)))
    return pl.DataFrame(chosen, schema=CHOSEN, orient="row")


# Steps 6 and 6b: refunds that the platform took off before it paid out. Both need a receipt.

BY_SET = ("6.cash", "6.both")
SHARED = ("6.cash", "6b")
"""Documents that closed cash alone: the platform's share of them may be missing in the platform part."""


def net_refunds_before_settlement(work: Work) -> Work:
    """Steps 6 and 6b, then the platform's share of what they took."""
    for step in (_net_from_cash, _net_from_cash_and_platform, _net_by_time, _net_closed_orders):
        work = step(work)
    return _release_platform_share(work)


def _net_from_cash(work: Work) -> Work:
    """Step 6, first target: a set of open documents closes the cash slot; a leftover cent stays in it."""
    targets = work.state.filter("has_receipt", pl.col("cash") < 0).with_columns(target=-pl.col("cash"))
    chosen = closing_sets(work.open, targets, work.settings)
    state = add_to(work.state, chosen, cash="total")
    return work.with_(state=state).leave(_documents_of(chosen), "6.cash")


def _net_from_cash_and_platform(work: Work) -> Work:
    """Step 6, second target, where the first took nothing: the set closes cash and platform part together."""
    both = pl.col("cash") + pl.col("plat")
    untouched = work.state.join(work.netted, on="group_id", how="anti")
    targets = untouched.filter("has_receipt", pl.col("plat") != 0, both < 0).with_columns(target=-both)
    chosen = closing_sets(work.open, targets, work.settings)
    if chosen.is_empty():
        return work
    taken = pl.col("group_id").is_in(chosen["group_id"].implode())
    merged = work.state.with_columns(
        cash=pl.when(taken).then(both).otherwise("cash"), plat=pl.when(taken).then(0).otherwise("plat")
    )
    state = add_to(merged, chosen, cash="total")
    return work.with_(state=state).leave(_documents_of(chosen), "6.both")


def _documents_of(chosen: pl.DataFrame) -> pl.DataFrame:
    return chosen.select(document_id="document_ids").explode("document_id")


def _net_by_time(work: Work) -> Work:
    """Step 6b: 6 took nothing, and all open documents up to the first receipt bring the cash slot nearer to
    0."""
    untouched = work.state.filter("has_receipt", pl.col("cash") < 0).join(work.netted, on="group_id", how="anti")
    early = work.open.join(untouched.select("group_id", "first_receipt", "cash"), on="group_id").filter(
        pl.col("completed_at") <= pl.col("first_receipt")
    )
    totals = early.group_by("group_id").agg(total=pl.col("amount_minor").sum(), cash=pl.col("cash").first())
    nearer = totals.filter((pl.col("cash") + pl.col("total")).abs() < pl.col("cash").abs())
    state = add_to(work.state, nearer, cash="total")
    return work.with_(state=state).leave(early.join(nearer, on="group_id", how="semi"), "6b")


def _net_closed_orders(work: Work) -> Work:
    """Step 6b, closed orders: 6 took nothing, documents are open and cash is still short: they leave
    likewise."""
    by_set = work.netted.filter(pl.col("step").is_in(BY_SET))
    short = work.state.filter("has_receipt", pl.col("status") == "closed", pl.col("cash") < 0)
    chosen = work.open.join(short.join(by_set, on="group_id", how="anti"), on="group_id", how="semi")
    totals = chosen.group_by("group_id").agg(total=pl.col("amount_minor").sum())
    return work.with_(state=add_to(work.state, totals, cash="total")).leave(chosen, "6b")


def _release_platform_share(work: Work) -> Work:
    """Step 6: a refund before settlement lowers the platform part pro rata; up to that (rounded up) it is
    not owed.

    Counts documents netted against cash and, always, refund lines of the settlement row itself.
    """
    short = work.state.filter("has_receipt", ~pl.col("gross"), pl.col("plat") < 0, pl.col("due_cash_minor") > 0)
    if short.is_empty():
        return work
    netted = work.netted.filter(pl.col("step").is_in(SHARED)).select("group_id", "amount_minor")
    own = _refunds_of_the_settlement_row(work.lines.join(short, on="group_id", how="semi"))
    before = pl.concat([netted, own]).group_by("group_id").agg(before=pl.col("amount_minor").sum())
    share = pl.col("due_platform_minor").cast(pl.Int128) * pl.min_horizontal("before", "due_cash_minor")
    cash = pl.col("due_cash_minor").cast(pl.Int128)
    limit = ((share + cash - 1) // cash).cast(pl.Int64)
    released = short.join(before, on="group_id").filter(pl.col("before") > 0, -pl.col("plat") <= limit)
    released = released.select("group_id", missing=-pl.col("plat"))
    return work.with_(state=add_to(work.state, released, not_owed="missing", plat="missing"))


def _refunds_of_the_settlement_row(lines: pl.DataFrame) -> pl.DataFrame:
    """Refund lines with the txn_id of a receipt, or in the second of a receipt, as positive amounts."""
    timed = lines.with_columns(second=pl.col("occurred_at").dt.truncate("1s"))
    receipts = timed.filter(IS_RECEIPT)
    refunds = timed.filter((pl.col("category") == "refund") & (pl.col("amount_minor") < 0))
    same_txn = refunds.join(receipts, on=["group_id", "txn_id"], how="semi")
    same_second = refunds.join(receipts, on=["group_id", "second"], how="semi")
    own = pl.concat([same_txn, same_second]).unique("line_id")
    return own.select("group_id", amount_minor=-pl.col("amount_minor"))


# Steps 8 and 10: more came than was due, and the lines themselves say why. Both need a receipt.


def name_open_advances(work: Work) -> Work:
    """Step 8: an advance beside the receipt that should repay it is A07.

    The whole advance where the rest of the cash slot is then closed (within tolerance, or by a set of documents);
    else the part of it that stands in the slot.
    """
    both = work.state.filter("has_receipt", pl.col("advance") > 0, pl.col("goods") > 0)
    if both.is_empty():
        return work
    rest = pl.col("cash") - pl.col("advance")
    closing = closing_sets(work.open, both.with_columns(target=-rest), work.settings)
    closed = (rest.abs() <= pl.col("tolerance_minor")) & (pl.col("cash") > 0)
    part = pl.min_horizontal("advance", "cash")
    advances = both.with_columns(
        total=pl.when(closed | pl.col("group_id").is_in(closing["group_id"].implode()))
        .then("advance")
        .when(part > pl.col("tolerance_minor"))
        .then(part)
        .otherwise(0)
    )
    kind = pl.when("advance_late").then(pl.lit("review")).otherwise(pl.lit("timing"))
    found = advances.select(component("A07", "8", pl.col("total"), kind=kind, slot="advance"))
    taken = advances.select("group_id", taken=-pl.col("total"))
    return work.with_(state=add_to(work.state, taken, cash="taken")).found_more(found)


def name_double_receipts(work: Work) -> Work:
    """Step 10: the most frequent receipt came k times too often, and without these the slot is closed: A05 = k x v."""
    over = work.state.filter("has_receipt", pl.col("cash") > pl.col("tolerance_minor"))
    repeated = _most_frequent_receipt(work.lines.join(over, on="group_id", how="semi"))
    double = over.join(repeated, on="group_id").with_columns(total=pl.col("value") * pl.col("extra"))
    if double.is_empty():
        return work
    rest = pl.col("cash") - pl.col("total")
    closing = closing_sets(work.open, double.with_columns(target=-rest), work.settings)
    taken = double.filter((rest == 0) | pl.col("group_id").is_in(closing["group_id"].implode()))
    found = component("A05", "10", pl.col("total"), expected=pl.col("value"), line_ids=pl.col("line_ids"))
    less = taken.select("group_id", total=-pl.col("total"))
    return work.with_(state=add_to(work.state, less, cash="total")).found_more(taken.select(found))


def _most_frequent_receipt(lines: pl.DataFrame) -> pl.DataFrame:
    """Per group: `value`, the most frequent goods_receipt amount (ties: the larger); `extra` = times - 1 >= 1."""
    receipts = lines.filter((pl.col("category") == "goods_receipt") & (pl.col("amount_minor") > 0))
    counted = receipts.group_by("group_id", value="amount_minor").agg(
        extra=pl.len().cast(pl.Int64) - 1, line_ids=pl.col("line_id").sort()
    )
    return (
        counted.filter(pl.col("extra") >= 1)
        .sort(["group_id", "extra", "value"], descending=[False, True, True])
        .unique("group_id", keep="first", maintain_order=True)
    )


# Steps 5, 7, 9, 11, 12: what is left when documents, lines and stories have found each other.


def judge_groups_without_receipt(work: Work) -> Work:
    """Step 5: nothing came: net = cash + plat + open documents is X01 (not due), F12 (day not covered) or X02.

    Where documents reach due_cash the platform part is not owed (documents without the platform's part). A group
    without any document keeps it: an order paid by coupons alone is still to be received.
    """
    nothing = work.state.filter(~pl.col("has_receipt"))
    if nothing.is_empty():
        return work
    open_sums = work.open.group_by("group_id").agg(refunded=pl.col("amount_minor").sum())
    returned = ~pl.col("gross") & pl.col("has_document") & (pl.col("documents") >= pl.col("due_cash_minor"))
    judged = nothing.join(open_sums, on="group_id", how="left").with_columns(
        released=pl.when(returned).then(-pl.col("plat")).otherwise(0)
    )
    judged = judged.with_columns(
        net=pl.col("cash") + pl.col("plat") + pl.col("released") + pl.col("refunded").fill_null(0)
    )
    expected = pl.col("cash_in") - pl.col("net")
    verdicts = (
        ("X01", ~pl.col("due"), None),
        ("F12", pl.col("due") & ~pl.col("covered"), None),
        ("X02", pl.col("due") & pl.col("covered"), pl.col("overdue_kind")),
    )
    for code, applies, kind in verdicts:
        row = component(code, "5", pl.col("net"), expected=expected, kind=kind, slot="received")
        work = work.found_more(judged.filter(applies).select(row))
    state = add_to(work.state, judged, not_owed="released").with_columns(done=~pl.col("has_receipt"))
    return work.with_(state=state).leave(work.open.join(nothing, on="group_id", how="semi"), "5")


def report_documents_without_line(work: Work) -> Work:
    """Step 7: each document neither in the bill nor netted is R01; timing until its grace is past and covered."""
    kind = pl.when("late").then(pl.lit("break")).otherwise(pl.lit("timing"))
    missing = component(
        "R01", "7", pl.col("amount_minor"),
        expected=-pl.col("amount_minor"), kind=kind, refund_id=pl.col("refund_id"), line_ids=pl.lit([]),
    )  # fmt: skip
    return work.with_(open=work.open.clear()).found_more(work.open.select(missing))


def accept_coupon_inside_receipt(work: Work) -> Work:
    """Step 9: the platform part came inside the cash part, or the other way round: both slots are closed."""
    inside = ~pl.col("done") & (pl.col("cash") + pl.col("plat") == 0) & (pl.col("cash") != 0)
    slots = pl.col("cash", "plat")
    return work.with_(state=work.state.with_columns(pl.when(inside).then(0).otherwise(slots).name.keep()))


def report_missing_platform_part(work: Work) -> Work:
    """Step 11: the platform part is short and cash does not make up for it: C06; timing until its own term is past."""
    missing = ~pl.col("done") & (pl.col("plat") < 0) & (pl.col("cash") <= pl.col("tolerance_minor"))
    kind = pl.when("platform_due").then(pl.lit("break")).otherwise(pl.lit("timing"))
    short = component("C06", "11", pl.col("plat"), expected=pl.col("due_platform_minor"), kind=kind, slot="plat")
    found = work.state.filter(missing).select(short)
    state = work.state.with_columns(plat=pl.when(missing).then(0).otherwise("plat"))
    return work.with_(state=state).found_more(found)


def name_the_residue(work: Work) -> Work:
    """Step 12: what is left of cash and plat: A01, M08, A04, A02 or A03.

    Expected is E; actual is what came apart from the parts that other components name.
    """
    left = work.state.filter(~pl.col("done")).with_columns(r=pl.col("cash") + pl.col("plat"))
    over, judged = pl.col("r") > 0, pl.col("due") & pl.col("covered")
    code = (
        pl.when(pl.col("r").abs() <= pl.col("tolerance_minor"))
        .then(pl.lit("A01"))
        .when((pl.col("status") == "closed") & over)
        .then(pl.lit("M08"))
        .when(~over & ~judged)
        .then(pl.lit("A04"))
        .when(~over)
        .then(pl.lit("A02"))
        .otherwise(pl.lit("A03"))
    )
    left = left.filter(pl.col("r") != 0).with_columns(code=code)
    for name in ("A01", "M08", "A04", "A02", "A03"):
        residue = component(name, "12", pl.col("r"), expected=expected(), slot="received")
        work = work.found_more(left.filter(pl.col("code") == name).select(residue))
    return work


def expected() -> pl.Expr:
    """Expression: E = due_cash + due_platform - documents - platform share not owed."""
    return (pl.col("due_cash_minor") + pl.col("due_platform_minor") - pl.col("documents") - pl.col("not_owed")).alias(
        "expected_minor"
    )
