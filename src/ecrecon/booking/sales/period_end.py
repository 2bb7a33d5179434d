"""Entries of the period's end that come from orders: return estimate and small-scale relief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_text, times_rate
from ecrecon.base.schema import conform, empty
from ecrecon.base.shares import allocate
from ecrecon.base.texts import tr
from ecrecon.booking.sales.receivables import receivables, sales_facts
from ecrecon.booking.sales.revenue import (
    SALES_EVENTS,
    Threshold,
    sales_events,
    tax_inside,
    threshold_on,
    vat_rates,
    with_rates,
)
from ecrecon.booking.sales.sold import Sold
from ecrecon.booking.settings import ReturnWindow, shipped_events
from ecrecon.settings.workspace import Workspace

# Returns to be expected of sales that can still come back (CAS 14 art. 32, docs/accounting.md "The end of a period"):
# a proposal.

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


# Small-scale relief: the quarter's levy becomes income under the dated threshold of sales (docs/accounting.md "The
# end of a period").

RELIEF = "small_scale_relief"


def quarter_start(end: date) -> date | None:
    """First day of the quarter that ends on `end`, None where no quarter ends in that month."""
    return date(end.year, end.month - 2, 1) if end.month % 3 == 0 else None


def quarter_relief(sales: pl.DataFrame, end: date, threshold: Threshold | None) -> tuple[pl.DataFrame, list[str]]:
    """(rows of SALES_EVENTS: the tax that each order of the quarter still owes, signed; what is told).

    sales: SALES_EVENTS of the whole quarter. No rows without a threshold in force, or with sales above it.
    """
    sign = pl.when(pl.col("event") == "revenue").then(1).when(pl.col("event") == "sales_return").then(-1).otherwise(0)
    sold = int(sales.select((pl.col("net_minor") * sign).sum()).item())
    quarter = f"{end.year}Q{end.month // 3}"
    if threshold is None:
        said = tr(
            f"{quarter} 没有现行的小规模免税额度，没有结转", f"{quarter}: no relief of small-scale taxpayers in force"
        )
        return empty(SALES_EVENTS), [said]
    limit = threshold.minor
    amounts = decimal_text(sold), decimal_text(limit)
    if sold > limit:
        return empty(SALES_EVENTS), [
            tr(
                f"{quarter} 平台销售额 {amounts[0]} 超过免税额度 {amounts[1]}，没有结转减免税额",
                f"{quarter}: platform sales {amounts[0]} are above the relief of {amounts[1]}, nothing was moved",
            )
        ]
    keys = ["platform", "shop", "currency", "order_id", "group_id"]
    rows = sales.group_by(keys, maintain_order=True).agg(
        tax_minor=(pl.col("tax_minor") * sign).sum(), vat_rate=pl.col("vat_rate").first(),
        source_id=pl.col("source_id").first(), source_line=pl.col("source_line").first(),
    )  # fmt: skip
    zeros = ("gross_minor", "net_minor", "cost_minor", "shipped_minor", "subsidy_minor")
    told = rows.filter(pl.col("tax_minor") != 0).with_columns(
        *(pl.lit(0, dtype=pl.Int64).alias(name) for name in zeros), event=pl.lit(RELIEF), day=pl.lit(end)
    )
    tax = decimal_text(int(told["tax_minor"].sum()))
    return conform(told, SALES_EVENTS), [
        tr(
            f"{quarter} 平台销售额 {amounts[0]} 未超过免税额度 {amounts[1]}（{threshold.source}），结转减免税额 {tax}。"
            "平台以外的销售和已开专票的部分程序看不到，请会计确认",
            f"{quarter}: platform sales {amounts[0]} are within the relief of {amounts[1]} ({threshold.source}), tax of {tax} "
            "was moved. Sales outside the platforms and special invoices are not seen: for the accountant to confirm",
        )
    ]


def not_covered(end: date, accounts: list[str]) -> str:
    """Why nothing was moved: bills of the quarter are missing."""
    listed = "、".join(accounts[:5]) + (" …" if len(accounts) > 5 else "")
    quarter = f"{end.year}Q{end.month // 3}"
    return tr(
        f"{quarter} 的账单不全（{listed} 缺本季度前几个月的账单或订单），无法判断是否免税，没有结转：请把整个季度的文件放进来",
        f"{quarter} is not covered ({listed}: bills or orders of its earlier months are missing), nothing was moved: "
        "add the files of the whole quarter",
    )


# Entries of the period's end that come from orders: return estimate and small-scale relief, where policies ask for
# them.

_BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True)
class PeriodEnd:
    """Rows of SALES_EVENTS beyond the sales themselves, and what is said of them."""

    rows: pl.DataFrame = field(default_factory=lambda: empty(SALES_EVENTS))
    notes: tuple[str, ...] = ()


def period_end(
    workspace: Workspace,
    chosen: Mapping[str, str],
    sold: Sold,
    costs: pl.DataFrame,
    moment: Moment,
    covered: pl.DataFrame,
    orders: pl.DataFrame,
) -> PeriodEnd:
    """What the policies return_estimate and small_scale_relief book at the end of the period. orders: of the run, judged."""
    parts = []
    if chosen["return_estimate"] == "on":
        parts.append(_estimates(workspace, moment, sold, costs))
    if chosen["small_scale_relief"] == "move_at_quarter_end":
        parts.append(_relief(workspace, sold, chosen["vat_rounding"], moment, uncovered(covered, orders, moment)))
    rows = [part.rows for part in parts if part.rows.height]
    return PeriodEnd(
        pl.concat(rows) if rows else empty(SALES_EVENTS), tuple(note for part in parts for note in part.notes)
    )


def _estimates(workspace: Workspace, moment: Moment, sold: Sold, costs: pl.DataFrame) -> PeriodEnd:
    """The estimate of the period's end, and the reversal of last month's, which is computed as it was then."""
    window = shipped_events().return_estimate
    now = _facts_at(sold, moment.end)
    rows, known = return_estimate(now, moment.end, window, vat_rates(workspace, moment.end), costs)
    shops = (
        now.filter(pl.col("revenue_at").dt.date().is_between(moment.start, moment.end))["shop"].drop_nulls().unique()
    )
    notes = estimate_notes(known, rows, shops.to_list(), window)
    frames = [rows.with_columns(day=pl.lit(moment.end))]
    before = moment.start - timedelta(days=1)
    opening = workspace.opening.date_
    if opening is None or opening <= before:
        last, _ = return_estimate(_facts_at(sold, before), before, window, vat_rates(workspace, before), costs)
        frames.append(last.with_columns(event=pl.lit(REVERSAL), day=pl.lit(moment.start)))
    return PeriodEnd(pl.concat(frames), tuple(notes))


def _relief(workspace: Workspace, sold: Sold, rounding: str, moment: Moment, missing: list[str]) -> PeriodEnd:
    """`missing`: what the bills of the quarter do not cover."""
    start = quarter_start(moment.end)
    if start is None:
        return PeriodEnd()
    if missing:
        return PeriodEnd(notes=(not_covered(moment.end, missing),))
    rates = vat_rates(workspace, moment.end)
    sales = _sales_of(sold, start, moment.end, rates, rounding)
    rows, notes = quarter_relief(sales, moment.end, threshold_on(moment.end))
    return PeriodEnd(rows, tuple(notes))


def uncovered(covered: pl.DataFrame, orders: pl.DataFrame, moment: Moment) -> list[str]:
    """Accounts without bills, and shops without orders, in the months of the quarter before this one; none where no
    quarter ends with the month."""
    start = quarter_start(moment.end)
    if start is None:
        return []
    wanted = (moment.start - start).days
    day = pl.col("day")
    counted = covered.group_by(pl.col("account").cast(pl.String)).agg(
        now=(day >= moment.start).any(),
        days=day.filter((day >= start) & (day < moment.start)).n_unique().cast(pl.Int64),
    )
    accounts = counted.filter("now", pl.col("days") < wanted)["account"].sort().to_list()
    firsts = orders.group_by(pl.col("shop").cast(pl.String)).agg(first=pl.col("created_at").dt.date().min())
    late = firsts.filter(pl.col("first") > start + timedelta(days=7))["shop"].drop_nulls().sort().to_list()
    return [*accounts, *late]


def _facts_at(sold: Sold, day: date) -> pl.DataFrame:
    """All sales, with what came back of them up to the end of `day`."""
    moments = Moment(sold.moments.as_of, _BEGINNING, day)
    facts = sales_facts(sold.groups, sold.lines, sold.documents, moments, sold.point)
    return facts.with_columns(back_minor=pl.min_horizontal(pl.col("returned_within").fill_null(0), "sold_minor"))


def _sales_of(sold: Sold, first: date, last: date, rates: tuple[str, dict[str, str]], rounding: str) -> pl.DataFrame:
    """SALES_EVENTS of the days from `first` to `last`, taxed month by month as they were booked."""
    moments = replace(sold.moments, start=first, end=last)
    ledger = receivables(sold.groups, sold.lines, sold.documents, moments, sold.point)
    months = ledger.with_columns(month=pl.col("revenue_at").dt.strftime("%Y-%m")).partition_by(
        "month", include_key=False
    )
    parts = [sales_events(month, *rates, rounding) for month in months]
    return pl.concat(parts) if parts else empty(SALES_EVENTS)
