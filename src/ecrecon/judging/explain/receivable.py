"""Steps 0b, 0c, 1, 2: what is owed at all, and the two facts that stand in the bill under their own name."""

from __future__ import annotations

import polars as pl

from ecrecon.judging.explain.work import Work, component


def keep_only_what_a_closed_order_owes(work: Work) -> Work:
    """Step 0b: closed order: due_cash := documents + forfeited deposits; due_platform := at most what came."""
    closed = pl.col("status") == "closed"
    state = work.state.with_columns(
        due_cash_minor=pl.when(closed).then(pl.col("documents") + pl.col("forfeit")).otherwise("due_cash_minor"),
        due_platform_minor=pl.when(closed)
        .then(pl.min_horizontal("due_platform_minor", "plat_in"))
        .otherwise("due_platform_minor"),
    )
    return work.with_(state=state)


def expect_nothing_from_an_unpaid_order(work: Work) -> Work:
    """Step 0c: unpaid: nothing is due."""
    owed = pl.col("due_cash_minor", "due_platform_minor")
    return work.with_(state=work.state.with_columns(pl.when("unpaid").then(0).otherwise(owed).name.keep()))


def open_slots(work: Work) -> Work:
    """Set the slots `cash`, `plat` and `claw` from the sums of lines and what is due."""
    state = work.state.with_columns(
        cash=pl.col("cash_in") - pl.col("due_cash_minor"),
        plat=pl.col("plat_in") - pl.col("due_platform_minor"),
        claw=pl.when("gross").then(0).otherwise(-pl.col("claw_in")),
        not_owed=pl.lit(0, dtype=pl.Int64),
        done=pl.lit(False),
    )
    return work.with_(state=state)


def name_price_protection(work: Work) -> Work:
    """Step 1: price protection lines are A08 at their full amount, less what the platform pays of it.

    JD gives a part of 价保扣款 back as 平台券价保补贴: platform money beyond what the order is owed, up to the deduction.
    """
    protected = pl.max_horizontal(-pl.col("adjust"), 0)
    state = work.state.with_columns(shared=pl.min_horizontal(pl.max_horizontal("plat", 0), protected))
    amount = pl.col("adjust") + pl.col("shared")
    for slot, rows in (("adjust", pl.col("shared") == 0), ("protected", pl.col("shared") > 0)):
        work = work.found_more(state.filter(rows).select(component("A08", "1", amount, slot=slot)))
    return work.with_(state=state.with_columns(plat=pl.col("plat") - pl.col("shared")).drop("shared"))


def take_back_the_platform_part(work: Work) -> Work:
    """Step 2: a clawback beside a refund lowers what the platform owes, the excess is R08; without a refund R02."""
    clawed = work.state.filter(pl.col("claw") > 0)
    if clawed.is_empty():
        return work
    refunded = pl.col("has_document") | pl.col("has_refund_line")
    share = pl.min_horizontal("claw", "due_platform_minor")
    with_refund = clawed.filter(refunded)
    excess = component("R08", "2", share - pl.col("claw"), expected=-share, slot="claw")
    alone = component("R02", "2", -pl.col("claw"), slot="claw")
    left = pl.when((pl.col("claw") > 0) & refunded).then(share).otherwise(0)
    state = work.state.with_columns(not_owed=pl.col("not_owed") + left, claw=pl.lit(0, dtype=pl.Int64))
    return (
        work.with_(state=state)
        .found_more(with_refund.select(excess))
        .found_more(clawed.filter(~refunded).select(alone))
    )
