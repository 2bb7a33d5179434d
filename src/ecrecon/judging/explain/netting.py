"""Steps 6 and 6b: refunds that the platform took off before it paid out. Both need a receipt.

They leave no component: the receipt is smaller by the refund and E is smaller by the document.
"""

from __future__ import annotations

import polars as pl

from ecrecon.judging.explain.sets import closing_sets
from ecrecon.judging.explain.slots import IS_RECEIPT
from ecrecon.judging.explain.work import Work, add_to

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
