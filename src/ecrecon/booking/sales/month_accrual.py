"""Accrual of fees at month end and its reversal in the next month, from the run's own orders, lines and rates."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.schema import empty
from ecrecon.base.texts import tr
from ecrecon.booking.input_vat import input_vat
from ecrecon.booking.sales import (
    ACCRUAL,
    REVERSAL,
    SALES_EVENTS,
    accrual_events,
    accrued_fees,
    end_of,
    first_month,
    month_before,
    unsettled,
)
from ecrecon.booking.sales.sold import Sold
from ecrecon.booking.settings import shipped_events
from ecrecon.judging.fee_rates import agreed_rates
from ecrecon.judging.receipt.judge import Judged
from ecrecon.ledger.order_basis import in_order_basis
from ecrecon.settings.workspace import Workspace


def accrued(
    workspace: Workspace, judged: Judged, orders: pl.DataFrame, sold: Sold, chosen: Mapping[str, str]
) -> tuple[pl.DataFrame, list[str]]:
    """(SALES_EVENTS of the accrual and of the reversal of last month's, notes on shops without an agreed rate)."""
    start = first_month(workspace)
    rates = agreed_rates(workspace)
    fees = judged.lines.filter(
        in_order_basis(), pl.col("role") == "fee", pl.col("group_id").is_not_null(), pl.col("amount_minor") < 0
    ).select("group_id", "category", "occurred_at")
    presumed = orders.filter(pl.col("disposition") == "presumed_settled").select("group_id").unique()
    groups = sold.groups.join(presumed, on="group_id", how="anti", maintain_order="left")
    told, waiting = empty(SALES_EVENTS), None
    for event, moments, day in (
        (REVERSAL, month_before(sold.moments.start), sold.moments.start),
        (ACCRUAL, end_of(sold.moments.end), sold.moments.end),
    ):
        if f"{moments.start:%Y-%m}" < start:
            continue
        waiting = unsettled(groups, sold.lines, sold.documents, moments, sold.point)
        inside = input_vat(shipped_events(), chosen, workspace, moments.end)
        vat = None if inside is None else (inside.numerator, inside.denominator, inside.categories)
        told = pl.concat([told, accrual_events(accrued_fees(waiting, fees, rates, moments), event, day, vat)])
    return told, [] if waiting is None else _unrated(waiting, rates)


def _unrated(waiting: pl.DataFrame, rates: pl.DataFrame) -> list[str]:
    """One sentence per shop with sales to be settled and no agreed rate."""
    without = waiting.filter(~pl.col("shop").is_in(rates["shop"].unique().implode()))
    counts = without.group_by("shop").agg(pl.len()).sort("shop")
    return [
        tr(
            f"店铺 {shop} 有 {count} 单已确认收入、月末未结算，没有约定费率（[[shops.rates]]），费用没有暂估",
            f"shop {shop}: {count} sales are booked and not settled at month end; no agreed rate ([[shops.rates]]), so no "
            "fee is accrued",
        )
        for shop, count in counts.iter_rows()
    ]
