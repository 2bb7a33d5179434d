"""Returns to be expected of sales that can still come back (CAS 14 art. 32, docs/accounting.md "The end of a period"): a proposal.

The rate of a shop is what came back of its sales whose return window has closed, by money. It is applied to what is
left of the sales inside the window; the shares of the orders add up to the rate times the total.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ecrecon.base.money import decimal_text, times_rate
from ecrecon.base.schema import conform, empty
from ecrecon.base.shares import allocate
from ecrecon.base.texts import tr
from ecrecon.booking.sales.revenue import SALES_EVENTS
from ecrecon.booking.sales.vat import tax_inside, with_rates
from ecrecon.booking.settings import ReturnWindow

ESTIMATE, REVERSAL = "return_estimate", "return_estimate_reversal"
_PLACE = ["platform", "shop", "currency"]


def return_estimate(
    facts: pl.DataFrame, day: date, window: ReturnWindow, rates: tuple[str, dict[str, str]], costs: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rows of SALES_EVENTS, event `return_estimate`, net and cost > 0; what each shop's rate was found from).

    facts: group_id, platform, shop, currency, order_id, revenue_at, sold_minor (incl. VAT), back_minor (came back up to
    the end of `day`), source_id, source_line. rates: of `vat_rates`. costs: group_id, cost_minor.
    Rates: platform, shop, currency, orders, sold_minor, back_minor; a shop with fewer closed orders than the window asks
    for has none.
    """
    of_day = pl.col("revenue_at").dt.date()
    sold = facts.filter(of_day <= day, pl.col("sold_minor") > 0)
    closed = sold.filter(of_day <= day - timedelta(days=window.days))
    found = closed.group_by(_PLACE).agg(
        orders=pl.len().cast(pl.Int64), sold_minor=pl.col("sold_minor").sum(), back_minor=pl.col("back_minor").sum()
    )
    known = found.filter(pl.col("orders") >= window.orders).sort(_PLACE)
    left = sold.filter(of_day > day - timedelta(days=window.days)).join(
        costs.select("group_id", "cost_minor"), on="group_id", how="left", maintain_order="left"
    )
    rated = with_rates(left, *rates).with_columns(gross_minor=pl.col("sold_minor") - pl.col("back_minor"))
    worth = rated.filter(pl.col("gross_minor") > 0).with_columns(
        net_minor=pl.col("gross_minor") - tax_inside(pl.col("gross_minor")),
        cost_minor=times_rate(pl.col("cost_minor").fill_null(0), pl.col("gross_minor"), pl.col("sold_minor")),
    )
    return _shares(worth, known), known


def _shares(worth: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rate of each shop times its total net and cost, given to its orders by largest remainder."""
    ordered = worth.sort(*_PLACE, "order_id", "group_id", nulls_last=True).with_row_index("row")
    places = known.select(*_PLACE, "back_minor", "sold_minor").with_row_index("place")
    placed = ordered.drop("back_minor", "sold_minor").join(places, on=_PLACE, nulls_equal=True, maintain_order="left")
    parts = []
    for item in ("net", "cost"):
        name = f"{item}_minor"
        totals = placed.group_by("place").agg(
            pl.col(name).sum().alias("amount_minor"), pl.col("back_minor", "sold_minor").first()
        )
        totals = totals.select(
            "place", item=pl.lit(item),
            amount_minor=times_rate(pl.col("amount_minor"), pl.min_horizontal("back_minor", "sold_minor"), pl.col("sold_minor")),
        )  # fmt: skip
        weights = placed.select("place", "row", weight_minor=name).filter(pl.col("weight_minor") > 0)
        parts.append(allocate(totals, weights, "place").select("row", "item", "amount_minor"))
    shares = pl.concat(parts)
    if shares.is_empty():
        return empty(SALES_EVENTS)
    wide = shares.pivot("item", index="row", values="amount_minor", aggregate_function="sum")
    net, cost = (wide.select("row", **{f"{i}_minor": i}) if i in wide.columns else None for i in ("net", "cost"))
    assert net is not None  # every order has net
    told = placed.drop("net_minor", "cost_minor", "gross_minor").join(net, on="row", how="inner", maintain_order="left")
    if cost is not None:
        told = told.join(cost, on="row", how="left", maintain_order="left")
    zeros = {name: pl.lit(0, dtype=pl.Int64) for name in ("gross_minor", "tax_minor", "shipped_minor", "subsidy_minor")}
    rows = conform(told.with_columns(event=pl.lit(ESTIMATE), **zeros), SALES_EVENTS)
    return rows.with_columns(pl.col("cost_minor").fill_null(0))


def estimate_notes(known: pl.DataFrame, rows: pl.DataFrame, shops: list[str], window: ReturnWindow) -> list[str]:
    """The proposal in words: the rate of each shop, how it was found, what it comes to; shops without a rate."""
    sums = {shop: (net, cost) for shop, net, cost in rows.group_by("shop").agg(
        pl.col("net_minor").sum(), pl.col("cost_minor").sum()
    ).iter_rows()}  # fmt: skip
    notes = []
    for row in known.iter_rows(named=True):
        per_mille = (1000 * row["back_minor"] * 2 + row["sold_minor"]) // (2 * row["sold_minor"])
        rate, (net, cost) = f"{decimal_text(per_mille, 1)}%", sums.get(row["shop"], (0, 0))
        amounts = decimal_text(row["back_minor"]), decimal_text(row["sold_minor"])
        notes.append(
            tr(
                f"预计退货（建议，请会计确认）：{row['shop']} 退货率 {rate}，来自已过 {window.days} 天退货期的 {row['orders']} 张订单"
                f"（退 {amounts[0]}，售 {amounts[1]}）；预计退货收入 {decimal_text(net)}，成本 {decimal_text(cost)}",
                f"return estimate, a proposal for the accountant: {row['shop']} rate {rate}, from {row['orders']} orders past "
                f"their {window.days} days (returned {amounts[0]} of {amounts[1]}); revenue {decimal_text(net)}, "
                f"cost {decimal_text(cost)}",
            )
        )
    lost = sorted(set(shops) - set(known["shop"]))
    if lost:
        notes.append(
            tr(
                f"{'、'.join(lost)} 已过退货期的订单不到 {window.orders} 张，没有做预计退货：请把以前月份的订单和售后放进来",
                f"{', '.join(lost)}: fewer than {window.orders} orders past their window, no estimate; "
                "add orders and after-sales of earlier months",
            )
        )
    return notes
