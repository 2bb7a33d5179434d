"""How much one voucher holds: a month, a day or an order of one event and shop (README.md "ecrecon.toml").

Every leg carries the `date` of its voucher and, per order only, the `order`. Lines that name no order stand in the
voucher of their day. Equal `date`, event, shop and `order` make one voucher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.booking.settings import Event, Events, OrderEvent

POLICY = "voucher_granularity"
UNIT = "unit"
"""Placeholder of summaries: the month, the day or the order, whichever the voucher holds."""


def event_grains(events: Events, chosen: Mapping[str, str]) -> list[str]:
    """`month`, `day` or `order` per event, money events first: its own, else the policy in force."""
    all_events: list[Event | OrderEvent] = [*events.event, *events.order_event]
    return [event.granularity or chosen[POLICY] for event in all_events]


def unit_columns(grain: pl.Expr, day: pl.Expr, order: pl.Expr, period: Month) -> list[pl.Expr]:
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
