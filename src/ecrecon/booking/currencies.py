"""Other currencies: the rate of a day, amounts into fen, exchange differences at the end of the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.base.money import exponent, rate_scaled, times_rate
from ecrecon.base.schema import Schema
from ecrecon.base.shares import allocate
from ecrecon.base.texts import tr
from ecrecon.booking.settings import Chart, Events
from ecrecon.settings.workspace import ForeignRate

# Which rate a day is booked at: `[[posting.fx]]` under the policy fx_rate. A rate is yuan per unit of the currency.

BOOK_CURRENCY = "CNY"
POLICY, NO_RATE, MONTH_START = "fx_rate", "none", "month_start"


@dataclass(frozen=True)
class Rates:
    """Rates of the workspace; each is in force from its day until the next one of its currency."""

    basis: str
    given: Sequence[ForeignRate] = ()

    @property
    def used(self) -> bool:
        """Money of other currencies is booked."""
        return self.basis != NO_RATE

    def on(self, currency: str, day: date) -> str | None:
        """The rate in force on `day`; None before the first one."""
        known = [(item.from_, item.rate) for item in self.given if item.currency == currency and item.from_ <= day]
        return max(known)[1] if known else None

    def booked(self, currency: str, day: date) -> str | None:
        """The rate that the policy books a fact of `day` at: that of the day, or of the first day of its month."""
        if not self.used:
            return None
        return self.on(currency, day.replace(day=1) if self.basis == MONTH_START else day)


def with_rate(frame: pl.DataFrame, rates: Rates, day: pl.Expr) -> pl.DataFrame:
    """Add `fx_rate` (text; null for CNY and where no rate is known). `currency` becomes String. Loops over days: few."""
    dated = frame.with_columns(pl.col("currency").cast(pl.String), fx_day=day)
    days = dated.filter(pl.col("currency") != BOOK_CURRENCY).select("currency", "fx_day").unique().drop_nulls()
    rows = [(currency, moment, rates.booked(currency, moment)) for currency, moment in days.sort(pl.all()).iter_rows()]
    table = pl.DataFrame(rows, schema={"currency": pl.String, "fx_day": pl.Date, "fx_rate": pl.String}, orient="row")
    return dated.join(table, on=["currency", "fx_day"], how="left", maintain_order="left").drop("fx_day")


def factors(currency: str, rate: str) -> tuple[int, int]:
    """(numerator, denominator): minor units of `currency` x rate = fen, the exponent of the currency respected."""
    numerator, denominator = rate_scaled(rate)
    shift = exponent(BOOK_CURRENCY) - exponent(currency)
    return (numerator * 10**shift, denominator) if shift >= 0 else (numerator, denominator * 10**-shift)


def in_fen(minor: int, currency: str, rate: str) -> int:
    """One amount at `rate`, rounded half up away from zero."""
    numerator, denominator = factors(currency, rate)
    size = (2 * abs(minor) * numerator + denominator) // (2 * denominator)
    return -size if minor < 0 else size


# Amounts of other currencies into fen: the total of what is booked alike is converted once (docs/accounting.md
# "Foreign currency").

AMOUNTS = ("gross", "net", "tax", "subsidy")
"""Amounts of a sale in its currency. What the goods cost comes from our own records, in CNY."""


def in_book_currency(frame: pl.DataFrame, minor: str) -> pl.Series:
    """The column `minor` x the rate of the row, half up; at least one fen where there is money, for no entry is 0."""
    pairs = frame.select("currency", "fx_rate").unique().sort(pl.all())
    rows = [(currency, rate, *factors(currency, rate)) for currency, rate in pairs.iter_rows()]
    schema = {"currency": pl.String, "fx_rate": pl.String, "num": pl.Int128, "den": pl.Int128}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    rated = frame.select(minor, "currency", "fx_rate").join(
        table, on=["currency", "fx_rate"], how="left", maintain_order="left"
    )
    value = times_rate(pl.col(minor), pl.col("num"), pl.col("den")).cast(pl.Int64)
    return rated.select(pl.when(value == 0).then(pl.col(minor).sign()).otherwise(value).alias(minor)).to_series()


def convert_cells(cells: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(cells, lines) in fen. cells: cell, currency, fx_rate (null for CNY), amount_minor; lines: row, cell, amount_minor.

    The total of a cell is converted once and given back to its lines by largest remainder, so the lines add up to it.
    Cells get `fc_minor`, the amount in their currency, null for CNY.
    """
    foreign = cells.filter(pl.col("fx_rate").is_not_null())
    booked = foreign.select("cell", booked=in_book_currency(foreign, "amount_minor"))
    told = cells.join(booked, on="cell", how="left", maintain_order="left").with_columns(
        fc_minor=pl.when(pl.col("booked").is_not_null()).then("amount_minor"),
        amount_minor=pl.coalesce("booked", "amount_minor"),
    )
    weights = lines.join(booked, on="cell", how="semi").select("cell", "row", weight_minor=pl.col("amount_minor").abs())
    shares = allocate(booked.select("cell", amount_minor="booked", item=pl.lit("")), weights, "cell")
    given = lines.join(shares.select("row", share="amount_minor"), on="row", how="left", maintain_order="left")
    filled = given.with_columns(amount_minor=pl.coalesce("share", "amount_minor")).drop("share")
    return told.drop("booked"), filled


def convert_sales(sales: pl.DataFrame, units: Sequence[str]) -> pl.DataFrame:
    """SALES_EVENTS of other currencies with `fx_rate`, in fen; `gross_fc` … keep the amounts of their currency.

    One total per event, shop, currency, rates and `units` (what cuts vouchers finer than a month), each amount by
    itself; net = gross - tax where there is a price.
    """
    frame = sales.with_row_index("row").with_columns(pl.col("subsidy_minor").fill_null(0))
    frame = frame.with_columns(pl.col(f"{name}_minor").alias(f"{name}_fc") for name in AMOUNTS)
    keys = ["event", "shop", "currency", "fx_rate", "vat_rate", "category", *units]
    of_key = frame.group_by(keys).agg(pl.col("row"), *(pl.col(f"{name}_fc").sum() for name in AMOUNTS)).sort(keys)
    of_key = of_key.with_row_index("key")
    members = of_key.select("key", "row").explode("row")
    for name in AMOUNTS:
        totals = of_key.select("key", amount_minor=in_book_currency(of_key, f"{name}_fc"), item=pl.lit(name))
        weights = members.join(frame.select("row", weight_minor=f"{name}_fc"), on="row")
        shares = allocate(totals, weights, "key").select("row", share="amount_minor")
        frame = frame.join(shares, on="row", how="left", maintain_order="left")
        frame = frame.with_columns(pl.col("share").fill_null(0).alias(f"{name}_minor")).drop("share")
    net = pl.when(pl.col("gross_fc") != 0).then(pl.col("gross_minor") - pl.col("tax_minor")).otherwise("net_minor")
    return frame.with_columns(net_minor=net).drop("row")


def book_sales(sales: pl.DataFrame) -> pl.DataFrame:
    """SALES_EVENTS in CNY in the shape of `convert_sales`."""
    none = {f"{name}_fc": pl.lit(None, dtype=pl.Int64) for name in AMOUNTS}
    return sales.with_columns(
        pl.col("currency").fill_null(BOOK_CURRENCY), fx_rate=pl.lit(None, dtype=pl.String), **none
    )


# Exchange differences: balances of other currencies at the rate of the period's last day (SBE art. 77,
# docs/accounting.md "Foreign currency").

OPENINGS: Schema = {
    "role": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "opening_minor": pl.Int64,
}  # fmt: skip
"""Balances of other currencies at the period's start: of a bill account (its own shop, else its name), or, with `account`
null, of the receivable of a shop. In minor units of `currency`."""

FX_DIFFERENCE = "fx_difference"
_PLACE = ["role", "place", "currency"]


@dataclass(frozen=True)
class Revaluation:
    """`legs` in the shape of `booking.legs.make_legs`, each of fen alone (`fc` 0); `notes`: how openings were valued."""

    legs: pl.DataFrame | None = None
    notes: list[str] = field(default_factory=list)


def revalue(
    legs: pl.DataFrame, openings: pl.DataFrame, rates: Rates, period: Month, chart: Chart, events: Events
) -> Revaluation:
    """Difference of each balance: closing x rate of the last day - (opening value + what the month booked in CNY).

    legs: the booked legs of the month. openings: frame OPENINGS; a bill account that has none prints no balance and is
    named, not revalued; a receivable that has none is not that of booked sales. The closing balance is the opening plus
    what was booked. The opening value is the opening balance x the rate in force on the day before the period, which is
    what the revaluation of last month left in the books; where no rate is that old (the first month) the rate of the
    first day stands in for it.
    A balance of a currency without a rate has no legs either and stays as it is.
    """
    signed = pl.when("debit").then(1).otherwise(-1)
    own, role = pl.col("own"), pl.col("role")
    pockets = [events.own, *(pocket.role for pocket in events.pocket)]  # a counter leg there stands in another account
    mine = legs.filter(pl.col("fx_rate").is_not_null(), role.is_in(list(events.revalued)), own | ~role.is_in(pockets))
    place = pl.coalesce("bill_account", "shop").alias("place")
    moved = mine.group_by("role", place, "currency").agg(
        moved=(pl.col("value") * signed).sum(), moved_fc=(pl.col("fc") * signed).sum(), own=own.any(),
        place_shop=pl.col("shop").min(),
    )  # fmt: skip
    begun = openings.with_columns(place=pl.coalesce("account", "shop"), of_account=pl.col("account").is_not_null())
    both = begun.join(moved, on=_PLACE, how="full", coalesce=True).sort(_PLACE)
    rows, unknown, stand_in = [], [], []
    for row in both.iter_rows(named=True):
        if row["opening_minor"] is None:
            unknown += [row["place"]] if row["own"] else []
            continue
        currency, opening = row["currency"], row["opening_minor"]
        old, last = rates.on(currency, period.first - timedelta(days=1)), rates.on(currency, period.last)
        if last is None:
            continue
        if old is None and opening:
            stand_in.append(f"{row['place']} {currency}")
        before = in_fen(opening, currency, old or rates.on(currency, period.first) or last)
        closing = in_fen(opening + (row["moved_fc"] or 0), currency, last)
        gain = closing - before - (row["moved"] or 0)
        if gain:
            account = row["place"] if row["of_account"] or row["own"] else None
            shop = row["shop"] or row["place_shop"] or row["place"]
            rows += _pair(gain, row["role"], shop, account, currency, last, chart)
    shape = {name: legs.schema[name] for name in _COLUMNS}
    summed = pl.DataFrame(rows, schema=shape, orient="row").with_columns(red=pl.col("value") < 0)
    keys = [*(name for name in _COLUMNS if name != "value"), "red"]
    number = len(events.event) + [item.name for item in events.order_event].index(FX_DIFFERENCE)
    made = summed.group_by(keys).agg(pl.col("value").sum()).sort(keys, nulls_last=True).with_columns(
        cell=pl.lit(None, dtype=legs.schema["cell"]), event=pl.lit(number, dtype=legs.schema["event"]),
        date=pl.lit(period.last), order=pl.lit(None, dtype=pl.String), item=pl.lit(None, dtype=pl.String),
        tax=pl.lit(value=False), count=pl.lit(1, dtype=pl.Int64), fc=pl.lit(0, dtype=pl.Int64),
    )  # fmt: skip
    return Revaluation(made.select(legs.columns) if rows else None, _notes(unknown, stand_in))


_COLUMNS = ("shop", "own", "role", "bill_account", "debit", "value", "currency", "fx_rate")


def _pair(
    gain: int, role: str, shop: str, account: str | None, currency: str, rate: str, chart: Chart
) -> list[tuple[object, ...]]:
    """The balance goes up by a gain; the other leg stands on the normal side of its role, red where it must."""
    against = chart.fx_gain if gain > 0 else chart.fx_loss
    known = chart.roles[against]
    debit = known.normal == "debit" if known.red else gain < 0
    value = abs(gain) if debit == (gain < 0) else -abs(gain)
    return [
        (shop, account is not None, role, account, gain > 0, abs(gain), currency, rate),
        (shop, False, against, None, debit, value, currency, rate),
    ]


def _notes(unknown: Sequence[str], stand_in: Sequence[str]) -> list[str]:
    notes = []
    if unknown:
        notes.append(
            tr(
                f"没有打印余额的外币账户没有做期末汇兑损益：{'、'.join(unknown)}",
                f"foreign accounts whose bills print no balance are not revalued: {', '.join(unknown)}",
            )
        )
    if stand_in:
        notes.append(
            tr(
                f"期初的人民币金额不知道，按期初外币余额乘以第一个汇率计算，请与账簿核对：{'、'.join(stand_in)}",
                "the opening value in CNY is not known; opening balance x the first rate stands in for it, compare it with "
                f"your books: {', '.join(stand_in)}",
            )
        )
    return notes


def no_rate_notes(lines: pl.DataFrame) -> list[str]:
    """One sentence per account and currency of lines that are not booked for want of a rate."""
    groups = lines.group_by(pl.col("account", "currency").cast(pl.String)).agg(pl.len().alias("count")).sort(pl.all())
    return [
        tr(
            f"账户 {account} 有 {count} 笔 {currency or '币种不明'} 流水没有做凭证：没有汇率",
            f"account {account}: {count} lines in {currency or 'an unknown currency'} not booked: no rate",
        )
        for account, currency, count in groups.iter_rows()
    ]
