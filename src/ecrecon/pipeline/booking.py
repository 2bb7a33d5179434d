"""Stage `post`: receivable of every order, sales of the month, vouchers of sales and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from ecrecon.checks import overview
from ecrecon.pipeline.abroad import foreign_openings
from ecrecon.pipeline.accruing import accrued
from ecrecon.pipeline.costing import cost_notes, cost_of_goods, cost_proof, group_costs
from ecrecon.pipeline.fakes import fake_notes, find_fakes
from ecrecon.pipeline.period_end import period_end
from ecrecon.pipeline.sold import Sold, of_shops, point_notes, sold_of
from ecrecon.pipeline.state import State
from ecrecon.posting import make_vouchers
from ecrecon.posting.sales import (
    SALES_EVENTS,
    free_sales,
    goods_events,
    goods_shipped,
    receivables,
    sales_events,
    sales_facts,
    vat_rates,
)
from ecrecon.posting.settings import choose, shipped_events
from ecrecon.schema import TIME, empty
from ecrecon.workspace import Workspace


def post(state: State) -> None:
    """Receivable of every order, sales of the month, vouchers of sales and money."""
    assert state.judged is not None and state.lines is not None and state.moment is not None
    workspace, moment = state.settings.workspace, state.moment
    chosen = choose(shipped_events(), workspace.posting.policy, workspace)
    fakes = find_fakes(state.judged, workspace)
    everything = sold_of(state, chosen["revenue_point"])
    sold, not_sold = everything.of(fakes.without), everything.of(fakes.only)
    state.fake_receivables = receivables(
        not_sold.groups, not_sold.lines, not_sold.documents, not_sold.moments, not_sold.point
    )
    state.receivables = receivables(
        sold.groups, sold.lines, sold.documents, sold.moments, sold.point, _unreferenced(state)
    )
    rate, rates_of_shops = vat_rates(workspace, moment.end)
    costed = cost_of_goods(state.judged, state.goods_records)
    costs, goods = group_costs(state.judged, costed), empty(SALES_EVENTS)
    proved = cost_proof(state.goods_records, costed, [source.path for source in state.sources])
    state.proof = proved if state.proof is None else pl.concat([state.proof, proved])
    if chosen["goods_shipped_used"] == "yes":
        state.goods_shipped = _goods_shipped(state, sold, costs)
        gone = state.goods_shipped.filter(pl.col("left_by") == "sold").select("group_id", through=pl.lit(value=True))
        costs = costs.join(gone, on="group_id", how="left", maintain_order="left")
        goods = goods_events(state.goods_shipped)
    free = free_sales(sold.groups, sold.lines, sold.documents, sold.moments, sold.point)
    sales = sales_events(state.receivables, rate, rates_of_shops, chosen["vat_rounding"], costs, free)
    fees, unrated = accrued(state, sold, chosen) if chosen["accrue_fees"] == "on" else (empty(SALES_EVENTS), [])
    state.sales = pl.concat([sales, goods, fees])
    ending = period_end(state, chosen, sold, costs)
    dispositions = state.lines.select("line_id", "disposition")
    lines = overview.booked_lines(state.judged, moment).join(
        dispositions, on="line_id", how="left", maintain_order="left"
    )
    lines = fakes.marked(lines)
    taken = state.settings.taken(moment.period) if state.settings.taken else {}
    made = make_vouchers(
        lines, state.sources, workspace, moment.period, workspace.posting.policy,
        sales=pl.concat([state.sales, ending.rows]), taken=taken, openings=foreign_openings(state, chosen),
    )  # fmt: skip
    warned = [*point_notes(everything, chosen["revenue_point"]), *cost_notes(state.goods_records, costed)]
    if made.vouchers.height:
        warned += [*unrated, *ending.notes, *fake_notes(fakes, state.fake_receivables, workspace)]
    state.vouchers = replace(made, notes=[*made.notes, *warned])
    state.booked = lines


def posting_in_force(workspace: Workspace, day: date) -> dict[str, object]:
    """Policies and VAT rates that vouchers of the month ending on `day` follow, defaults included; for the manifest."""
    rate, rates_of_shops = vat_rates(workspace, day)
    policies = choose(shipped_events(), workspace.posting.policy, workspace)
    return {"policies": policies, "vat_rates": {"company": rate, "shops": rates_of_shops}}


def _goods_shipped(state: State, sold: Sold, costs: pl.DataFrame) -> pl.DataFrame:
    """Frame GOODS_SHIPPED; where the platform prints no shipment, that of our own records stands in."""
    facts = sales_facts(sold.groups, sold.lines, sold.documents, sold.moments, sold.point)
    sent = facts.join(_own_shipments(state), on="group_id", how="left", maintain_order="left").with_columns(
        shipped_at=pl.coalesce("shipped_at", "own_shipped_at")
    )
    return goods_shipped(sent, sold.lines, sold.documents, costs, sold.moments)


def _own_shipments(state: State) -> pl.DataFrame:
    """group_id, own_shipped_at: the first shipment in our own records, for platforms that print none."""
    judged, records = state.judged, state.goods_records
    assert judged is not None
    groups = judged.orders.select("order_id", "group_id").unique()
    if records is None:
        return groups.select("group_id", own_shipped_at=pl.lit(None, dtype=TIME)).clear()
    sent = records.rows.filter("first_file", pl.col("shipped_at").is_not_null()).select("row_id", "shipped_at")
    named = records.links.select("row_id", order_id="target").join(sent, on="row_id").join(groups, on="order_id")
    return named.group_by("group_id").agg(own_shipped_at=pl.col("shipped_at").min())


def _unreferenced(state: State) -> pl.DataFrame:
    """Principal lines without any order, with the shop they count for."""
    assert state.judged is not None and state.lines is not None
    lost = state.lines.filter(pl.col("disposition") == "unreferenced").select("line_id")
    lines = state.judged.lines.join(lost, on="line_id", how="semi", maintain_order="left")
    return of_shops(state.judged, lines)
