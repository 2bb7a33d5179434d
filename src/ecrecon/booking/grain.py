"""How much one voucher holds, and which number it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.booking.settings import Event, Events, OrderEvent

# How much one voucher holds: a month, a day or an order of one event and shop (README.md "ecrecon.toml").

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


# Voucher numbers: continuous from 1 in a period, and for good once a voucher was exported (docs/targets.md "Exported
# vouchers").

ELSEWHERE = 0
"""The number of a voucher that was issued with a number of another period."""


def renumber(entries: pl.DataFrame, taken: Mapping[str, int]) -> pl.DataFrame:
    """`entries` (voucher_id, number; rows stay where they are) with the numbers of `taken` kept by their vouchers.

    The other vouchers get the lowest numbers that are free, in their old order, those issued ELSEWHERE last.
    """
    if not taken or entries.is_empty():
        return entries
    order = entries.select("voucher_id", "number").unique(maintain_order=True).sort("number")["voucher_id"].to_list()
    gone = set(taken.values())
    free = (number for number in count(1) if number not in gone)
    waiting = sorted((i for i in order if not taken.get(i)), key=lambda i: i in taken)
    numbers = {**{i: taken[i] for i in order if taken.get(i)}, **dict(zip(waiting, free, strict=False))}
    kept = pl.col("voucher_id").replace_strict(numbers, return_dtype=entries.schema["number"])
    return entries.with_columns(kept.alias("number"))
