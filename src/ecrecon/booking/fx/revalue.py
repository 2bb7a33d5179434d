"""Exchange differences: balances of other currencies at the rate of the period's last day (SBE art. 77, docs/accounting.md "Foreign currency")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.base.schema import Schema
from ecrecon.base.texts import tr
from ecrecon.booking.fx.rates import Rates, in_fen
from ecrecon.booking.settings import Chart, Events

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
