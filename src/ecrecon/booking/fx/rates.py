"""Which rate a day is booked at: `[[posting.fx]]` under the policy fx_rate. A rate is yuan per unit of the currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ecrecon.base.money import exponent, rate_scaled
from ecrecon.settings.workspace import ForeignRate

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
