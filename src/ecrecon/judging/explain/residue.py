"""Steps 5, 7, 9, 11, 12: what is left when documents, lines and stories have found each other."""

from __future__ import annotations

import polars as pl

from ecrecon.judging.explain.work import Work, add_to, component


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
