"""Fees of sales that are booked and not settled yet, at the agreed rates: accrued at month end, reversed in the next month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ecrecon.base.errors import ConfigError
from ecrecon.base.moment import Moment
from ecrecon.base.money import times_rate
from ecrecon.base.schema import ZONE, Schema, check, conform, empty
from ecrecon.base.texts import tr
from ecrecon.booking.input_vat import input_vat
from ecrecon.booking.sales.receivables import PLATFORM_PART, sales_facts
from ecrecon.booking.sales.revenue import SALES_EVENTS, tax_inside
from ecrecon.booking.sales.sold import Sold
from ecrecon.booking.settings import shipped_events
from ecrecon.judging.fees import agreed_rates
from ecrecon.judging.receipt.judge import Judged
from ecrecon.ledger.lines import in_order_basis
from ecrecon.settings.workspace import Workspace

# Fees of sales that are booked and not settled yet, at the agreed rates (docs/accounting.md "Accrued fees").

ACCRUED: Schema = {
    "group_id": pl.Int64, "platform": pl.String, "shop": pl.String, "order_id": pl.String, "currency": pl.String,
    "category": pl.String, "base_minor": pl.Int64, "fee_minor": pl.Int64, "source_id": pl.Int32, "source_line": pl.Int32,
}  # fmt: skip
"""One row per order and agreed fee: what the fee will be, > 0."""

ACCRUAL, REVERSAL = "fee_accrual", "fee_accrual_reversal"
CASH_PART = ("goods_receipt", "freight_income", "advance")
"""Categories of a rate's base that stand for what the buyer pays; the platform's part is PLATFORM_PART."""


def first_month(workspace: Workspace) -> str:
    """The first month that accrues (`2026-10`): before it nothing was accrued, so nothing is reversed.

    Raises ConfigError where neither posting.accrue_fees_from nor the opening date says it.
    """
    if workspace.posting.accrue_fees_from is not None:
        return workspace.posting.accrue_fees_from
    if workspace.opening.date_ is not None:
        return f"{workspace.opening.date_:%Y-%m}"
    raise ConfigError(
        tr("accrue_fees = on 需要知道从哪个月开始暂估", "accrue_fees = on must know the first month that accrues"),
        tr(
            '在 ecrecon.toml 的 [posting] 写 accrue_fees_from = "2026-10"',
            'write accrue_fees_from = "2026-10" under [posting] in ecrecon.toml',
        ),
    )


def end_of(day: date) -> Moment:
    """The month that ends on `day`, judged at its end."""
    return Moment(datetime.combine(day, time(23, 59, 59, 999999), ZoneInfo(ZONE)), day.replace(day=1), day)


def month_before(start: date) -> Moment:
    """The month before the one that starts on `start`, judged at its end."""
    return end_of(start - timedelta(days=1))


def unsettled(
    groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, moments: Moment, point: str
) -> pl.DataFrame:
    """Groups whose revenue is booked by the end of `moments` and for which no money came by then, with `open_cash` and
    `open_platform` (minor units): what is still to come from the buyer and from the platform.

    Arguments as for `receivables`, which may reach beyond the end; groups: also due_cash_minor, created_at.
    """
    lines = lines.filter(pl.col("occurred_at") <= moments.as_of)
    documents = documents.filter(pl.col("completed_at") <= moments.as_of)
    facts = sales_facts(groups, lines, documents, moments, point).filter(pl.col("revenue_at").is_not_null())
    paid = lines.filter(pl.col("amount_minor") > 0, pl.col("category") != "advance").select("group_id").unique()
    back = documents.group_by("group_id").agg(back=pl.col("amount_minor").sum())
    open_ = facts.join(paid, on="group_id", how="anti", maintain_order="left").join(
        back, on="group_id", how="left", maintain_order="left"
    )
    cash = (pl.col("due_cash_minor") - pl.col("back").fill_null(0)).clip(lower_bound=0)
    told = open_.with_columns(open_cash=cash, open_platform=pl.when(cash > 0).then("due_platform_minor").otherwise(0))
    return told.filter(pl.col("open_cash") + pl.col("open_platform") > 0)


def accrued_fees(waiting: pl.DataFrame, charged: pl.DataFrame, rates: pl.DataFrame, moments: Moment) -> pl.DataFrame:
    """Frame ACCRUED, sorted by platform, shop, order_id, category.

    waiting: frame of `unsettled`. charged: group_id, category, occurred_at of fee lines. rates: shop, category, numerator,
    denominator, valid_from, valid_to, base (categories, null: all that comes in). Of several rates that hold on the day
    the order was placed the one that began last counts.
    """
    day = pl.coalesce("created_at", "revenue_at").dt.date()
    ours = rates.with_columns(pl.col("category").cast(pl.String)).with_row_index("declared")
    dated = waiting.with_columns(day=day).join(ours, on="shop")
    holds = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day"))
    )
    in_force = (
        dated.filter(holds)
        .sort("valid_from", "declared", descending=[True, False], nulls_last=True)
        .unique(["group_id", "category"], keep="first", maintain_order=True)
    )
    seen = charged.filter(pl.col("occurred_at") <= moments.as_of).select("group_id", pl.col("category").cast(pl.String))
    left = in_force.join(seen.unique(), on=["group_id", "category"], how="anti")
    parts = [
        pl.when(_bears(names)).then(column).otherwise(0)
        for names, column in ((CASH_PART, "open_cash"), (PLATFORM_PART, "open_platform"))
    ]
    based = left.with_columns(base_minor=pl.sum_horizontal(parts))
    told = based.with_columns(fee_minor=times_rate(pl.col("base_minor"), pl.col("numerator"), pl.col("denominator")))
    ordered = conform(told.filter(pl.col("fee_minor") > 0), ACCRUED).sort(
        "platform", "shop", "order_id", "category", "group_id", nulls_last=True
    )
    return check(ordered.rechunk(), ACCRUED, "accrued fees")


def _bears(names: tuple[str, ...]) -> pl.Expr:
    """The base of the rate holds one of `names`; no base: it holds all."""
    base = pl.col("base")
    listed = base.list.set_intersection(pl.lit(list(names), dtype=pl.List(pl.String))).list.len() > 0
    return base.is_null() | (base.list.len() == 0) | listed


def accrual_events(
    accrued: pl.DataFrame, event: str, day: date, vat: tuple[int, int, Sequence[str]] | None = None
) -> pl.DataFrame:
    """Frame SALES_EVENTS: `event` (ACCRUAL or REVERSAL) on `day`. No VAT is accrued: the fee is gross and net alike.

    vat: numerator, denominator and categories where the bills book input VAT apart; then the fee stands without it. Else
    the bill, too, is expense in full until the invoice comes.
    """
    zero = pl.lit(0, dtype=pl.Int64)
    fee = pl.col("fee_minor")
    if vat is not None:
        taxed = accrued.with_columns(num=pl.lit(vat[0]), den=pl.lit(vat[1]))
        carries = pl.col("category").is_in(list(vat[2]))
        accrued = taxed.with_columns(fee_minor=pl.when(carries).then(fee - tax_inside(fee)).otherwise(fee))
    told = accrued.with_columns(
        event=pl.lit(event), day=pl.lit(day), gross_minor=fee, net_minor=fee, tax_minor=zero,
        cost_minor=zero, shipped_minor=zero,
    )  # fmt: skip
    return conform(told, SALES_EVENTS)


# Accrual of fees at month end and its reversal in the next month, from the run's own orders, lines and rates.


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
