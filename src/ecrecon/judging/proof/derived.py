"""What the later checks hold, added up again from the lines, orders and files that are proved by then.

What a check leaves out on its own account (a verdict of the goods check, a group that it calls agreed) is the check's judgement: no
sum contradicts it. What it holds has to be there, once, with its money.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Moment
from ecrecon.base.sources import Source
from ecrecon.judging.goods import GoodsJudged
from ecrecon.judging.payout.check import Paid
from ecrecon.judging.proof.broken import none_of, once_each, same_rows
from ecrecon.judging.receipt.judge import Judged
from ecrecon.judging.tieout.check import Tied
from ecrecon.ledger.coverage import days_between
from ecrecon.matching.goods_records import Records

_OF_BILL = ("bill", "bank")
_SUMS = ("detail_lines", "cash_lines", "detail_minor", "cash_minor")
_OFF = ("differs", "timing", "unchecked")


def prove_covered(covered: pl.DataFrame, sources: Sequence[Source]) -> None:
    """(covered) a day of an account is covered where a file says so: every such day, and no other. Few rows: days."""
    once_each("covered", "a day of an account", covered, ["account", "day"])
    files = [s for s in sources if s.kind in _OF_BILL and s.account and s.view != "witness"]
    days = {source.path: {d for span in source.coverage for d in days_between(*span)} for source in files}
    said = {(source.account, day) for source in files for day in days[source.path]}
    have = set(covered.select("account", "day").iter_rows())
    if lost := said - have:
        raise InvariantError(f"(covered) {len(lost)} days that files cover are missing, first {min(lost, key=str)}")
    every = {day for of_file in days.values() for day in of_file}  # a file speaks for other pockets of its account, too
    known = {source.account for source in sources}
    if odd := {(account, day) for account, day in have if account not in known or day not in every}:
        raise InvariantError(f"(covered) {len(odd)} days that no file covers, first {min(odd, key=str)}")


def prove_tied(tied: Tied, lines: pl.DataFrame, moment: Moment) -> None:
    """(tied) the groups of the month have the lines and sums that the ledger gives them, the totals those of the groups."""
    live = pl.col("fate").is_null() | pl.col("fate").is_in(["account_level", "witness", "after_as_of"])
    cash, amount = pl.col("view") == "cash", pl.col("amount_minor")
    groups = lines.lazy().filter(pl.col("tie_id").is_not_null(), live).group_by("tie_id").agg(
        detail_lines=(~cash).sum().cast(pl.Int64), cash_lines=cash.sum().cast(pl.Int64),
        detail_minor=amount.filter(~cash).sum(), cash_minor=amount.filter(cash).sum(), last=pl.col("day").max(),
    ).filter(pl.col("last").is_between(moment.start, moment.end)).sort("tie_id").collect()  # fmt: skip
    mine = tied.groups.sort("tie_id")
    same_rows("tied", "groups of both views", mine, groups, ["tie_id", *_SUMS, "last"])
    gap = pl.col("cash_minor") - pl.col("detail_minor")
    none_of("tied", mine.filter(pl.col("difference_minor") != gap), "a difference is not cash - detail")
    seen = pl.col("state") != "unseen"
    totals = mine.group_by("account").agg(
        groups=pl.len().cast(pl.Int64), unseen=(~seen).sum().cast(pl.Int64), agreed=(pl.col("state") == "agrees").sum().cast(pl.Int64),
        detail_minor=pl.col("detail_minor").filter(seen).sum(), cash_minor=pl.col("cash_minor").filter(seen).sum(),
        gap_minor=gap.filter(pl.col("state").is_in(_OFF)).sum(),
    ).sort("account")  # fmt: skip
    same_rows("tied", "totals", tied.totals.sort("account"), totals, totals.columns)
    off = pl.col("difference_minor") != pl.col("actual_minor") - pl.col("expected_minor")
    none_of("tied", tied.rows.filter(off).select("code", "account"), "a difference is not cash - detail")


def prove_paid(paid: Paid, lines: pl.DataFrame, sources: Sequence[Source], moment: Moment) -> None:
    """(paid) withdrawals of the month are lines of the wallets; what has not arrived is one open item each."""
    items, missing = paid.open_items, paid.rows.filter(pl.col("rule_id") == "payout.none")
    waits, told = int(items["open_minor"].sum()), -int(missing["difference_minor"].sum())
    if (items.height, waits) != (missing.height, told):
        raise InvariantError(f"(paid) {items.height} payouts of {waits} are open, told are {missing.height} of {told}")
    off = pl.col("open_minor") != pl.col("expected_minor") - pl.col("received_minor")
    none_of("paid", items.filter(off).select("account", "open_minor"), "an open item is not expected - received")
    t = paid.totals
    once_each("paid", "an account", t, ["account"])
    parts = pl.sum_horizontal("arrived", "in_transit", "missing")
    none_of("paid", t.filter(pl.col("withdrawals") != parts), "withdrawals are not those that arrived and that did not")
    if not any(source.kind == "bank" for source in sources):
        return
    banks = [index for index, source in enumerate(sources) if source.kind == "bank"]
    amount = pl.col("amount_minor")
    moved = lines.lazy().filter(
        pl.col("category") == "withdrawal", "in_money", ~pl.col("source_id").is_in(banks), pl.col("day").is_not_null(),
        pl.col("fate").is_null() | (pl.col("fate") == "account_level"),
    )  # fmt: skip
    month = pl.col("day").is_between(moment.start, moment.end) & (amount < 0)
    wallets = moved.group_by(pl.col("account").cast(pl.String)).agg(
        n=month.sum().cast(pl.Int64), minor=-amount.filter(month).sum(), back=(amount > 0).any()
    ).collect()  # fmt: skip
    both = wallets.join(t.select("account", "withdrawals", "withdrawn_minor"), on="account", how="full", coalesce=True)
    n, minor = pl.col("withdrawals").fill_null(0), pl.col("withdrawn_minor").fill_null(0)
    exact = (n == pl.col("n")) & (minor == pl.col("minor"))
    less = (n <= pl.col("n")) & (minor <= pl.col("minor")) & pl.col("back")  # some came back to the wallet
    none_of("paid", both.filter(~(exact | less).fill_null(value=False)), "withdrawals are not those of the wallet")


def prove_goods(goods: GoodsJudged, judged: Judged, records: Records) -> None:
    """(goods) verdicts are about orders and records that are there, each once; a record that is matched is not missing."""
    verdicts = goods.verdicts.with_columns(pl.col("code").cast(pl.String))
    told = ["code", "order_id", "record", "rule_id", "shop", "platform", "source_id", "source_line", "occurred_at"]
    once_each("goods", "a verdict", verdicts, told)
    own = judged.orders.filter(pl.col("origin") == "platform").select("order_id")
    of_order = verdicts.filter(pl.col("code").is_in(["X05", "X06", "R06"]), pl.col("order_id").is_not_null())
    none_of("goods", of_order.join(own, on="order_id", how="anti"), "verdicts about orders that no file lists")
    linked = records.links.select(order_id="target").unique()
    none_of(
        "goods", of_order.filter(pl.col("code") == "X05").join(linked, on="order_id", how="semi"),
        "orders are called unrecorded that a record answers to",
    )  # fmt: skip
    numbers = records.rows.select(record="record").unique()
    alone = verdicts.filter(pl.col("code") == "X10", pl.col("record").is_not_null())
    none_of("goods", alone.join(numbers, on="record", how="anti"), "verdicts about records that no file holds")
    compared = dict(records.links.select("rule_id", "row_id").unique().group_by("rule_id").len().iter_rows())
    if goods.compared != {rule: compared[rule] for rule in sorted(compared)}:
        raise InvariantError(f"(goods) records matched by rule: {goods.compared} instead of {compared}")
