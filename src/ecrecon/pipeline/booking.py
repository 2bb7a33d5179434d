"""What was sold in the month, and the vouchers of sales and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import empty
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.sales.accrual import accrued
from ecrecon.booking.sales.goods import cost_notes, cost_of_goods, goods_events, goods_shipped, group_costs
from ecrecon.booking.sales.period_end import period_end
from ecrecon.booking.sales.receivables import free_sales, receivables, sales_facts
from ecrecon.booking.sales.revenue import SALES_EVENTS, sales_events, vat_rates
from ecrecon.booking.sales.sold import Sold, fake_notes, find_fakes, of_shops, point_notes, sold_of
from ecrecon.booking.settings import choose, shipped_events
from ecrecon.judging import overview
from ecrecon.judging.receipt.judge import Judged
from ecrecon.matching.goods_records import Records
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.values import Booked, Coverage, Disposed, Ledger, OrderBooks, Sales
from ecrecon.settings.workspace import Workspace
from ecrecon.statements.cash import foreign_openings
from ecrecon.statements.history import History


def count_sales(
    settings: RunSettings, judged: Judged, disposed: Disposed, books: OrderBooks, moment: Moment
) -> tuple[Sold, Sales]:
    """Receivable of every order, sales of the month, goods shipped and not sold, cost of goods."""
    workspace, chosen = settings.workspace, policies_of(settings.workspace)
    fakes, everything = find_fakes(judged, workspace), sold_of(judged, moment, chosen["revenue_point"])
    sold, not_sold = everything.of(fakes.without), everything.of(fakes.only)
    lost = _unreferenced(judged, disposed)
    owed = receivables(sold.groups, sold.lines, sold.documents, sold.moments, sold.point, lost)
    costed = cost_of_goods(judged, books.records)
    costs, goods, shipped = group_costs(judged, costed), empty(SALES_EVENTS), None
    if chosen["goods_shipped_used"] == "yes":
        shipped = _goods_shipped(judged, books, sold, costs)
        costs, goods = _through(shipped, costs), goods_events(shipped)
    free = free_sales(sold.groups, sold.lines, sold.documents, sold.moments, sold.point)
    rate, rates_of_shops = vat_rates(workspace, moment.end)
    sales = sales_events(owed, rate, rates_of_shops, chosen["vat_rounding"], costs, free)
    fees, unrated = empty(SALES_EVENTS), list[str]()
    if chosen["accrue_fees"] == "on":
        fees, unrated = accrued(workspace, judged, disposed.orders, sold, chosen)
    return everything, Sales(
        receivables=owed,
        fake_receivables=receivables(
            not_sold.groups, not_sold.lines, not_sold.documents, not_sold.moments, not_sold.point
        ),
        events=pl.concat([sales, goods, fees]),
        goods_shipped=shipped,
        costs=costs,
        costed=costed,
        unrated=tuple(unrated),
    )


def post(
    *,
    settings: RunSettings,
    ledger: Ledger,
    coverage: Coverage,
    judged: Judged,
    disposed: Disposed,
    books: OrderBooks,
    everything: Sold,
    sales: Sales,
    history: History,
    moment: Moment,
) -> tuple[Booked, Vouchers]:
    """Vouchers of the sales and of the month's money."""
    workspace, chosen = settings.workspace, policies_of(settings.workspace)
    fakes = find_fakes(judged, workspace)
    sold = everything.of(fakes.without)
    ending = period_end(workspace, chosen, sold, sales.costs, moment, coverage.days, judged.orders)
    dispositions = disposed.lines.select("line_id", "disposition")
    lines = overview.booked_lines(judged, moment).join(dispositions, on="line_id", how="left", maintain_order="left")
    lines = fakes.marked(lines)
    made = make_vouchers(
        lines, ledger.sources, workspace, moment.period, workspace.posting.policy,
        sales=pl.concat([sales.events, ending.rows]),
        taken=settings.taken(moment.period) if settings.taken else {},
        openings=foreign_openings(chosen, judged, ledger.sources, coverage.days, moment, history, sales.receivables),
    )  # fmt: skip
    warned = [*point_notes(everything, chosen["revenue_point"]), *cost_notes(books.records, sales.costed)]
    if made.vouchers.height:
        warned += [*sales.unrated, *ending.notes, *fake_notes(fakes, sales.fake_receivables, workspace)]
    return Booked(lines), replace(made, notes=[*made.notes, *warned])


def policies_of(workspace: Workspace) -> dict[str, str]:
    """Posting policy -> the word chosen for it, defaults included."""
    return choose(shipped_events(), workspace.posting.policy, workspace)


def _through(shipped: pl.DataFrame, costs: pl.DataFrame) -> pl.DataFrame:
    """`costs` with `through`: the cost goes by way of goods shipped and not sold yet."""
    gone = shipped.filter(pl.col("left_by") == "sold").select("group_id", through=pl.lit(value=True))
    return costs.join(gone, on="group_id", how="left", maintain_order="left")


def posting_in_force(workspace: Workspace, day: date) -> dict[str, object]:
    """Policies and VAT rates that vouchers of the month ending on `day` follow, defaults included; for the manifest."""
    rate, rates_of_shops = vat_rates(workspace, day)
    return {"policies": policies_of(workspace), "vat_rates": {"company": rate, "shops": rates_of_shops}}


def _goods_shipped(judged: Judged, books: OrderBooks, sold: Sold, costs: pl.DataFrame) -> pl.DataFrame:
    """Frame GOODS_SHIPPED; where the platform prints no shipment, that of our own records stands in."""
    facts = sales_facts(sold.groups, sold.lines, sold.documents, sold.moments, sold.point)
    sent = facts.join(
        _own_shipments(judged, books.records), on="group_id", how="left", maintain_order="left"
    ).with_columns(shipped_at=pl.coalesce("shipped_at", "own_shipped_at"))
    return goods_shipped(sent, sold.lines, sold.documents, costs, sold.moments)


def _own_shipments(judged: Judged, records: Records) -> pl.DataFrame:
    """group_id, own_shipped_at: the first shipment in our own records, for platforms that print none."""
    groups = judged.orders.select("order_id", "group_id").unique()
    sent = records.rows.filter("first_file", pl.col("shipped_at").is_not_null()).select("row_id", "shipped_at")
    named = records.links.select("row_id", order_id="target").join(sent, on="row_id").join(groups, on="order_id")
    return named.group_by("group_id").agg(own_shipped_at=pl.col("shipped_at").min())


def _unreferenced(judged: Judged, disposed: Disposed) -> pl.DataFrame:
    """Principal lines without any order, with the shop they count for."""
    lost = disposed.lines.filter(pl.col("disposition") == "unreferenced").select("line_id")
    lines = judged.lines.join(lost, on="line_id", how="semi", maintain_order="left")
    return of_shops(judged, lines)
