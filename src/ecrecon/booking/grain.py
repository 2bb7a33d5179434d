"""How much one voucher holds: a month, a day or an order of one event and shop (README.md "ecrecon.toml").

Every leg carries the `date` of its voucher and, per order only, the `order`. Lines that name no order stand in the
voucher of their day. Equal `date`, event, shop and `order` make one voucher.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.booking.settings import Event, Events, OrderEvent

POLICY = "voucher_granularity"
UNIT = "unit"
"""Placeholder of summaries: the month, the day or the order, whichever the voucher holds."""


@dataclass(frozen=True)
class Period:
    """One accounting month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """`2026-10`; raise InvariantError for anything else."""
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
        if match is None:
            raise InvariantError(f"vouchers: {text!r} is no accounting period such as 2026-10")
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day: the date of month vouchers."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])


def event_grains(events: Events, chosen: Mapping[str, str]) -> list[str]:
    """`month`, `day` or `order` per event, money events first: its own, else the policy in force."""
    all_events: list[Event | OrderEvent] = [*events.event, *events.order_event]
    return [event.granularity or chosen[POLICY] for event in all_events]


def unit_columns(grain: pl.Expr, day: pl.Expr, order: pl.Expr, period: Period) -> list[pl.Expr]:
    """Expressions `date` (inside the period) and `order` of the voucher, from the day and order of the fact."""
    last = pl.lit(period.last)
    inside = pl.when(day < period.first).then(pl.lit(period.first)).when(day > last).then(last).otherwise(day)
    return [
        pl.when(grain == "month").then(last).otherwise(inside.fill_null(last)).alias("date"),
        pl.when(grain == "order").then(order).alias("order"),
    ]


def gathered(grains: Sequence[str], event: pl.Expr) -> pl.Expr:
    """The granularity of each row's event."""
    return pl.lit(pl.Series(list(grains), dtype=pl.String)).gather(event)
