"""收支明细账 and 资金日报: every movement of the wallets, what each account held, and balances in other currencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.schema import check, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.booking.currencies import BOOK_CURRENCY, NO_RATE, OPENINGS, POLICY
from ecrecon.booking.legs import pocket_role
from ecrecon.booking.policies import NO_REVENUE
from ecrecon.booking.settings import shipped_events
from ecrecon.judging import overview
from ecrecon.judging.receipt.judge import Judged
from ecrecon.statements import history as earlier
from ecrecon.statements.history import History
from ecrecon.statements.schema import CASH_DAILY, IN_KINDS, LEDGER, OUT_KINDS

# 收支明细账: every movement of the wallets with its running balance, beside the platform's own (docs/statements.md
# "收支明细账").

LEDGER_LINES = 200_000
"""With more lines than this the ledger shows one row per day and kind; every line stays in lines.parquet."""
_PLACE = ["platform", "shop", "account", "currency"]


_NEEDED = (
    "line_id", *_PLACE, "category", "day", "occurred_at", "amount_minor", "balance_minor", "order_id", "txn_id",
    "raw_type", "raw_desc", "remark", "source_id", "source_line",
)  # fmt: skip
"""Columns of a line that documents and ledger show; a month has millions of lines, and no other column is carried."""


def with_vouchers(lines: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The needed columns of lines, with `voucher` and `counter_account` (frame PLACES) by line_id."""
    return lines.select(*_NEEDED, *(name for name in ("method",) if name in lines.columns)).join(
        places, on="line_id", how="left", maintain_order="left"
    )


def in_chain_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines by account and time; those of one second in the order in which their printed balances roll.

    Python only over seconds in which the file's order does not roll: few by nature.
    """
    ordered = lines.sort(
        "account", "occurred_at", "source_id", "source_line", "line_id", nulls_last=True
    ).with_row_index("place")
    before = pl.col("balance_minor") - pl.col("amount_minor")
    rolls = before == pl.col("balance_minor").shift(1)
    odd = ordered.with_columns(rolls=rolls.over("account"), twins=pl.len().over("account", "occurred_at")).filter(
        (pl.col("twins") > 1) & ~pl.col("rolls").fill_null(True)
    )
    if odd.is_empty():
        return ordered.drop("place")
    clusters = ordered.join(odd.select("account", "occurred_at").unique(), on=["account", "occurred_at"], how="semi")
    places: list[int] = []
    moved: list[int] = []
    for _, part in clusters.group_by("account", "occurred_at", maintain_order=True):
        places += part["place"].to_list()
        moved += _rolled(part)
    swap = pl.DataFrame({"place": moved, "new": places}, schema={"place": pl.UInt32, "new": pl.UInt32})
    told = ordered.join(swap, on="place", how="left").with_columns(pl.coalesce("new", "place").alias("place"))
    return told.sort("place").drop("place", "new")


def _rolled(part: pl.DataFrame) -> list[int]:
    """Places of the rows of one second in the order in which their balances follow each other."""
    rows = list(part.select("place", "amount_minor", "balance_minor").iter_rows())
    if any(balance is None for _, _, balance in rows):
        return [place for place, _, _ in rows]
    ends = [balance for _, _, balance in rows]
    start = next((row for row in rows if row[2] - row[1] not in ends), rows[0])
    chain, left = [start], [row for row in rows if row is not start]
    while left:
        following = next((row for row in left if row[2] - row[1] == chain[-1][2]), left[0])
        chain.append(following)
        left.remove(following)
    return [place for place, _, _ in chain]


def cash_ledger(
    lines: pl.DataFrame, openings: pl.DataFrame, history: History, most: int = LEDGER_LINES
) -> pl.DataFrame:
    """Frame LEDGER. lines: money-basis lines of the period with voucher and counter_account. openings: account,
    opening_minor (null where no balance is known: the ledger starts at 0 there). With more than `most` lines the rows
    are those of a day and kind."""
    ordered = in_chain_order(lines)
    start = openings.select(pl.col("account").cast(pl.String), start=pl.col("opening_minor").fill_null(0))
    rolled = ordered.with_columns(pl.col("account").cast(pl.String)).join(start, on="account", how="left", maintain_order="left").with_columns(
        pl.col("start").fill_null(0), printed_minor="balance_minor"
    ).with_columns(balance=pl.col("start") + pl.col("amount_minor").cum_sum().over("account"))  # fmt: skip
    amount = pl.col("amount_minor")
    if rolled.height > most:
        rolled = _by_day(rolled)
    rolled = rolled.with_columns(pl.col(*_PLACE, "category", "voucher", "counter_account").cast(pl.String))
    rows = rolled.with_columns(
        balance_minor="balance", income_minor=pl.when(amount > 0).then(amount), row=pl.lit("line"),
        expense_minor=pl.when(amount < 0).then(-amount),
        summary=pl.coalesce(pl.col("raw_desc").cast(pl.String), pl.col("raw_type").cast(pl.String), "remark"),
    )  # fmt: skip
    rows = _with_days(rows)
    places = rows.filter(pl.col("row") == "line").group_by("account", maintain_order=True).agg(
        pl.col("platform", "shop", "currency").first(), pl.col("start").first(), pl.col("income_minor").sum(),
        pl.col("expense_minor").sum(),
    ).join(rows.group_by("account").agg(last=pl.col("seq").max()), on="account", how="left", maintain_order="left")  # fmt: skip
    first = places.select(
        "platform", "shop", "account", "currency", seq=pl.lit(0, dtype=pl.Int64), row=pl.lit("opening"),
        summary=pl.lit(tr("期初余额", "opening balance")), balance_minor="start",
    )  # fmt: skip
    month = places.select(
        "platform", "shop", "account", "currency", "income_minor", "expense_minor", seq=pl.col("last") + 1,
        row=pl.lit("month"), summary=pl.lit(tr("本月合计", "total of the month")),
        balance_minor=pl.col("start") + pl.col("income_minor") - pl.col("expense_minor"),
    )  # fmt: skip
    parts = (first, rows, month, _year(month, history))
    both = pl.concat([conform(part, LEDGER) for part in parts]).sort("platform", "account", "seq")
    side = pl.col("balance_minor")
    told = both.with_columns(
        direction=pl.when(side > 0).then(pl.lit(tr("借", "Dr"))).when(side < 0).then(pl.lit(tr("贷", "Cr")))
        .otherwise(pl.lit(tr("平", "0")))
    )  # fmt: skip
    return check(told.rechunk(), LEDGER, "ledger")


def _with_days(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of lines in order, the row 本日合计 after the last line of each day, numbered per account (98号令 art. 60(7))."""
    numbered = rows.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64), after=pl.lit(0, dtype=pl.Int8))
    days = numbered.group_by("account", "day", maintain_order=True).agg(
        pl.col("platform", "shop", "currency").first(), pl.col("start").first(), pl.col("occurred_at", "place").last(),
        pl.col("balance_minor").last(), pl.col("income_minor", "expense_minor").sum(),
    ).with_columns(
        after=pl.lit(1, dtype=pl.Int8), row=pl.lit("day"), summary=pl.lit(tr("本日合计", "total of the day"))
    )  # fmt: skip
    both = pl.concat([numbered, days], how="diagonal_relaxed").sort("place", "after")
    return both.with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account"))


def _year(month: pl.DataFrame, history: History) -> pl.DataFrame:
    """Row 本年累计 of each account from its row 本月合计 and those of earlier months of the year."""
    keys, amounts = ["account", "currency"], ["income_minor", "expense_minor"]
    months = history.span(history.january)
    rows = [month_.frames["ledger"].filter(pl.col("row") == "month") for month_ in months]
    before = (
        pl.concat(rows).group_by(keys).agg(pl.col(amounts).sum()) if rows else month.select(*keys, *amounts).clear()
    )
    joined = month.join(before, on=keys, how="left", nulls_equal=True, maintain_order="left", suffix="_before")
    known = history.known(history.january)
    return joined.with_columns(
        *(
            (pl.col(name) + pl.col(f"{name}_before").fill_null(0) if known else pl.lit(None, dtype=pl.Int64)).alias(name)
            for name in amounts
        ),
        seq=pl.col("seq") + 1, row=pl.lit("year"), summary=pl.lit(tr("本年累计", "total of the year")),
    )  # fmt: skip


def _by_day(rolled: pl.DataFrame) -> pl.DataFrame:
    """One row per account, day, kind and direction, with the balances of the day's end on its last row."""
    keys = [*_PLACE, "start", "day", "category", "inward"]
    sums = rolled.with_columns(inward=pl.col("amount_minor") > 0).group_by(keys, maintain_order=True).agg(
        pl.col("amount_minor").sum(), pl.col("occurred_at").max(), pl.col("voucher", "counter_account").first(),
        pl.len().alias("count"),
    )  # fmt: skip
    ends = rolled.group_by("account", "day").agg(pl.col("printed_minor").last())
    ordered = sums.sort("account", "day", "inward", "category", descending=[False, False, True, False])
    last = pl.int_range(pl.len()).over("account", "day") == pl.len().over("account", "day") - 1
    kind = pl.col("category").replace_strict({c.name: tr(c.zh, c.name) for c in CATEGORIES.values()})
    return ordered.join(ends, on=["account", "day"], how="left", maintain_order="left").with_columns(
        balance=pl.col("start") + pl.col("amount_minor").cum_sum().over("account"),
        printed_minor=pl.when(last).then("printed_minor"), raw_type=pl.lit(None, dtype=pl.String),
        raw_desc=pl.format(tr("{} {} 笔", "{} x {}"), kind, "count"), remark=pl.lit(None, dtype=pl.String),
        order_id=pl.lit(None, dtype=pl.String), txn_id=pl.lit(None, dtype=pl.String),
        source_id=pl.lit(None, dtype=pl.Int32), source_line=pl.lit(None, dtype=pl.Int32),
    )  # fmt: skip


def first_difference(ledger: pl.DataFrame) -> pl.DataFrame:
    """Per account the first row whose balance is not the platform's own."""
    wrong = ledger.filter(pl.col("printed_minor").is_not_null() & (pl.col("printed_minor") != pl.col("balance_minor")))
    return wrong.unique("account", keep="first", maintain_order=True)


def ledger_notes(ledger: pl.DataFrame, paths: Sequence[str]) -> list[str]:
    """One sentence per account whose running balance leaves the platform's, with the first line where it does."""
    return [
        tr(
            f"账户 {row['account']}：从 {_spot(row, paths)} 起，余额 {_money(row, 'balance')} 与平台余额 {_money(row, 'printed')} 不同",
            f"account {row['account']}: from {_spot(row, paths)} on the balance {_money(row, 'balance')} differs from the "
            f"platform's {_money(row, 'printed')}",
        )
        for row in first_difference(ledger).iter_rows(named=True)
    ]


def _money(row: dict[str, Any], name: str) -> str:
    return decimal_text(row[f"{name}_minor"], exponent(row["currency"] or "CNY"))


def _spot(row: dict[str, Any], paths: Sequence[str]) -> str:
    if row["source_id"] is None:
        return f"{row['occurred_at']:%Y-%m-%d}"
    return f"{paths[row['source_id']]}:{row['source_line']}"


# 资金日报: what each account held, took in and paid out every day, and what is on the way (docs/statements.md "资金日报").

HOLDS = "冻结|解冻"
"""Texts of lines that hold money inside an account, or release it."""
_OF_ROLE = {"principal": "goods", "fee": "fees", "compensation": "compensation", "account": "other"}
_OF_CATEGORY = {"withdrawal": "withdrawals", "transfer": "transfers", "deposit": "transfers", "loan": "transfers"}


def _kinds(names: tuple[str, ...], other: dict[str, str]) -> dict[str, str]:
    """Category -> kind of one direction; what the direction does not know is `other`."""
    found = {c.name: _OF_CATEGORY.get(c.name, _OF_ROLE[c.role]) for c in CATEGORIES.values()}
    named = {category: other.get(kind, kind) for category, kind in found.items()}
    return {category: kind if kind in names else "other" for category, kind in named.items()}


_IN = _kinds(IN_KINDS, {"withdrawals": "transfers"})
"""A withdrawal that came back is a transfer in."""
_OUT = _kinds(OUT_KINDS, {"goods": "refunds"})
"""Order money that leaves is a refund, a clawback or an advance given back."""


def cash_daily(ledger: pl.DataFrame, transit: pl.DataFrame | None, moved: pl.DataFrame) -> pl.DataFrame:
    """Frame CASH_DAILY from LEDGER. transit: account, day, arrived_on (null: not yet), amount_minor of withdrawals; None
    where no bank statement says what arrived. moved: account, day of each bill line behind the ledger, of which one row may
    stand for many."""
    lines = ledger.filter(pl.col("row") == "line").with_columns(day=pl.col("occurred_at").dt.date())
    kinds = [_sum("income_minor", _IN, kind, f"in_{kind}_minor") for kind in IN_KINDS]
    kinds += [_sum("expense_minor", _OUT, kind, f"out_{kind}_minor") for kind in OUT_KINDS]
    hold = pl.col("summary").str.contains(HOLDS).fill_null(value=False)
    held = pl.col("expense_minor").fill_null(0) - pl.col("income_minor").fill_null(0)
    days = lines.group_by([*_PLACE, "day"], maintain_order=True).agg(
        pl.col("income_minor", "expense_minor").sum(), pl.col("balance_minor").last().alias("closing_minor"),
        pl.col("printed_minor").last(), *kinds,
        held=held.filter(hold).sum(), holds=hold.any(),
    ).join(_counted(moved), on=["account", "day"], how="left").sort("account", "day")  # fmt: skip
    told = days.with_columns(
        opening_minor=pl.col("closing_minor") - pl.col("income_minor") + pl.col("expense_minor"),
        difference_minor=pl.col("closing_minor") - pl.col("printed_minor"),
        frozen_minor=pl.when(pl.col("holds").any().over("account")).then(pl.col("held").cum_sum().over("account")),
        level=pl.lit("account"),
    )
    told = _with_transit(told, transit)
    both = pl.concat([conform(told, CASH_DAILY), _totals(told)])
    ordered = both.sort("level", "platform", "account", "currency", "day", nulls_last=True)
    return check(ordered.rechunk(), CASH_DAILY, "cash by day")


def _counted(moved: pl.DataFrame) -> pl.DataFrame:
    """lines: how many of each account and day."""
    return moved.group_by(pl.col("account").cast(pl.String), "day").agg(lines=pl.len().cast(pl.Int64))


def _sum(amount: str, kinds: dict[str, str], kind: str, name: str) -> pl.Expr:
    mine = [category for category, own in kinds.items() if own == kind]
    return pl.col(amount).filter(pl.col("category").is_in(mine)).sum().alias(name)


def _with_transit(days: pl.DataFrame, transit: pl.DataFrame | None) -> pl.DataFrame:
    """Add in_transit_minor: withdrawals up to the day that had not arrived by then."""
    if transit is None:
        return days.with_columns(in_transit_minor=pl.lit(None, dtype=pl.Int64))
    moved = transit.select("account", "amount_minor", "arrived_on", left="day")
    pairs = days.select("account", "day").join(moved, on="account")
    on_the_way = pairs.filter(
        pl.col("left") <= pl.col("day"), pl.col("arrived_on").is_null() | (pl.col("arrived_on") > pl.col("day"))
    )
    sums = on_the_way.group_by("account", "day").agg(in_transit_minor=pl.col("amount_minor").sum())
    return days.join(sums, on=["account", "day"], how="left", maintain_order="left").with_columns(
        pl.col("in_transit_minor").fill_null(0)
    )


def _totals(days: pl.DataFrame) -> pl.DataFrame:
    """One row per currency and day on which any of its accounts moved; an account that rests keeps its balance."""
    grid = days.select("currency", "day").unique().join(days.select("account", "currency").unique(), on="currency")
    known = grid.join(days, on=["account", "currency", "day"], how="left").sort("account", "day")
    before = pl.col("opening_minor").drop_nulls().first().over("account")
    carried = ["closing_minor", "in_transit_minor", "frozen_minor"]
    rested = known.with_columns(pl.col(carried).forward_fill().over("account")).with_columns(
        pl.col("closing_minor").fill_null(before)
    )
    moved = [
        name for name in CASH_DAILY if name.startswith(("in_", "out_")) or name in ("income_minor", "expense_minor")
    ]
    sums = [name for name in [*moved, "closing_minor", "frozen_minor", "lines"] if name != "in_transit_minor"]
    transit = pl.when(pl.col("in_transit_minor").count() > 0).then(pl.col("in_transit_minor").sum())
    total = rested.group_by("currency", "day").agg(
        *(pl.col(name).sum() for name in sums), in_transit_minor=transit, level=pl.lit("total")
    )
    told = total.with_columns(
        opening_minor=pl.col("closing_minor") - pl.col("income_minor") + pl.col("expense_minor"),
        frozen_minor=pl.when(days["frozen_minor"].count() > 0).then("frozen_minor"),
    )
    return conform(told, CASH_DAILY)


# Balances in other currencies at the start of the month, from the bills and the receivables of the run.


def foreign_openings(
    chosen: Mapping[str, str],
    judged: Judged,
    sources: Sequence[Source],
    covered: pl.DataFrame,
    moment: Moment,
    history: History,
    receivables: pl.DataFrame,
) -> pl.DataFrame | None:
    """Frame OPENINGS; None where no rate is used.

    Accounts whose bills print a balance, and the receivable of each shop; the latter only where revenue is booked, for
    without it the account holds receipts alone.
    """
    if chosen[POLICY] == NO_RATE:
        return None
    known = overview.account_overview(judged, sources, covered, moment)
    roles = {s.account: pocket_role(s, shipped_events()) for s in sources if s.account and s.view != "witness"}
    foreign = pl.col("currency") != BOOK_CURRENCY
    accounts = earlier.carried(known, history).filter(foreign, pl.col("opening_minor").is_not_null())
    printed = accounts.with_columns(
        role=pl.col("account").replace_strict(roles, return_dtype=pl.String), shop=pl.coalesce("shop", "account")
    )
    owed = receivables.filter(foreign).group_by("shop", "currency").agg(pl.col("opening_minor").sum())
    due = owed.with_columns(role=pl.lit("ar_platform"))
    parts = [printed, due.clear() if chosen["revenue_point"] == NO_REVENUE else due]
    return pl.concat([conform(part, OPENINGS) for part in parts]).sort(pl.all(), nulls_last=True)
