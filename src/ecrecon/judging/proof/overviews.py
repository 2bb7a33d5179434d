"""Covered days, ties, payouts, goods verdicts, counted lines, shops, fees and matches against the frames that they sum up."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Moment
from ecrecon.base.sources import Source
from ecrecon.base.tally import added, words
from ecrecon.judging.goods_check import GoodsJudged
from ecrecon.judging.payouts import Paid
from ecrecon.judging.proof.files import none_of, once_each, same_rows
from ecrecon.judging.receipt.judge import Judged
from ecrecon.judging.ties import Tied
from ecrecon.ledger.coverage import days_between
from ecrecon.matching.goods_records import Records

# What the later checks hold, added up again from the lines, orders and files that are proved by then.

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


# The figures of the sheets against the lines and variances they add up.

_COUNTED = ("grouped", "account_level", "unreferenced", "not_checked", "before_opening")
"""Dispositions of order-basis lines that count."""
_NOT_MOVED = ("duplicate", "superseded", "pending", "after_as_of", "void", "witness")
"""Dispositions of lines whose money did not move on the account."""


def prove_counted(counted: pl.DataFrame, lines: pl.DataFrame, moment: Moment) -> None:
    """(counted) the lines that shops and fees are added up from are all order-basis lines of the month. `lines`: with
    their dispositions."""
    names = ["line_id", "amount_minor", "role"]
    want = lines.lazy().filter(
        "in_order", pl.col("disposition").is_in(_COUNTED), pl.col("day").is_between(moment.start, moment.end),
        pl.col("platform") != "bank",
    ).select(names).collect()  # fmt: skip
    same_rows("counted", "lines of the month", counted.select(names), want, names)


def prove_overviews(shops: pl.DataFrame, fees: pl.DataFrame, counted: pl.DataFrame, variances: pl.DataFrame) -> None:
    """(overview) shops and fees have the lines and the money of each currency; the shops have the variances of the run."""
    principal, amount = pl.col("role") == "principal", pl.col("amount_minor")
    sums = counted.lazy().group_by(pl.col("currency").cast(pl.String)).agg(
        received_minor=amount.filter(principal & (amount > 0)).sum(), refunded_minor=amount.filter(principal & (amount < 0)).sum(),
        fees_minor=amount.filter(pl.col("role").cast(pl.String).is_in(["fee", "compensation"])).sum(),
    ).collect()  # fmt: skip
    _added("shops", shops, sums, ["received_minor", "refunded_minor", "fees_minor"])
    keys = ["platform", "shop", "category", "role", "currency"]
    of_fees = pl.col("category", "role", "currency").cast(pl.String)
    named = counted.lazy().with_columns(of_fees, platform="order_platform", shop="order_shop").group_by(keys).agg(
        lines=pl.len().cast(pl.Int64), amount_minor=amount.sum()
    ).collect()  # fmt: skip
    _added("fees", fees.with_columns(of_fees), named, ["lines", "amount_minor"], keys)
    kinds = variances["kind"].cast(pl.String)
    for name, kind in (("breaks", "break"), ("reviews", "review")):
        if int(shops[name].sum()) != int((kinds == kind).sum()):
            raise InvariantError(f"(overview) shops have {shops[name].sum()} {name}, the run {(kinds == kind).sum()}")


def _added(
    what: str, frame: pl.DataFrame, sums: pl.DataFrame, names: list[str], keys: Sequence[str] = ("currency",)
) -> None:
    """Columns of `frame` add up to `sums` for each of `keys`; what is nothing may be missing there."""
    own = frame.group_by(keys).agg(pl.col(names).sum())
    both = own.join(
        sums.select(*keys, *names), on=list(keys), how="full", coalesce=True, suffix="_want", nulls_equal=True
    )
    differ = pl.any_horizontal(pl.col(name).fill_null(0) != pl.col(f"{name}_want").fill_null(0) for name in names)
    none_of("overview", both.filter(differ), f"{what} are not the lines of the month")


def prove_accounts(accounts: pl.DataFrame, lines: pl.DataFrame, moment: Moment) -> None:
    """(overview) the movement of an account is that of its money-basis lines of the month."""
    amount = pl.col("amount_minor")
    moved = lines.lazy().filter(
        "in_money", pl.col("day").is_between(moment.start, moment.end), ~pl.col("disposition").is_in(_NOT_MOVED)
    )  # fmt: skip
    sums = moved.group_by(pl.col("account").cast(pl.String)).agg(
        lines=pl.len().cast(pl.Int64), income_minor=amount.filter(amount > 0).sum(), net_minor=amount.sum()
    ).collect()  # fmt: skip
    names = ["lines", "income_minor", "net_minor"]
    once_each("overview", "an account", accounts, ["account"])
    both = accounts.select("account", *names, "expense_minor").join(
        sums, on="account", how="full", coalesce=True, suffix="_want"
    )
    differ = pl.any_horizontal(pl.col(name).fill_null(0) != pl.col(f"{name}_want").fill_null(0) for name in names)
    split = pl.col("income_minor") + pl.col("expense_minor") != pl.col("net_minor")
    none_of("overview", both.filter(differ | split), "the movement of an account is not that of its lines")


def prove_matches(matches: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> None:
    """(overview) every line and every finished after-sale of a group is one match, with its money."""
    grouped = pl.col("group_id").is_not_null()
    lines = lines.select("line_id", "group_id", "amount_minor").filter(grouped)
    own = documents.filter(grouped, "counts")
    want = (lines.height + own.height, int(lines["amount_minor"].sum()) - int(own["amount_minor"].sum()))
    got = (matches.height, int(matches["amount_minor"].sum()))
    if got != want:
        raise InvariantError(f"(overview) {got[0]} matches of {got[1]} instead of {want[0]} of {want[1]}")
    told = matches.select(lines.columns).filter(pl.col("line_id").is_not_null())
    if (told.height, added(words(told, told.columns))) != (lines.height, added(words(lines, lines.columns))):
        raise InvariantError("(overview) the matches of lines are not the lines of the groups")
