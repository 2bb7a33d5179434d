"""Stage `post`: receivable of every order, sales of the month, vouchers of sales and money."""

from __future__ import annotations

from datetime import date

import polars as pl

from ecrecon.checks import overview
from ecrecon.checks.receipt.judge import Judged
from ecrecon.pipeline.state import State
from ecrecon.posting import make_vouchers
from ecrecon.posting.policies import NO_REVENUE, UNSET
from ecrecon.posting.sales import Moments, receivables, sales_events, vat_rates
from ecrecon.posting.sales.cost import order_costs
from ecrecon.posting.settings import choose, shipped_events
from ecrecon.workspace import Workspace


def post(state: State) -> None:
    """Receivable of every order, sales of the month, vouchers of sales and money."""
    assert state.judged is not None and state.lines is not None and state.moment is not None
    workspace, moment = state.settings.workspace, state.moment
    chosen = choose(shipped_events(), workspace.posting.policy, workspace)
    point = chosen["revenue_point"]
    state.receivables = receivables(
        _groups(state.judged),
        _of_shops(state.judged, state.judged.principal.filter(pl.col("fate").is_null())),
        state.judged.documents.filter("counts", pl.col("group_id").is_not_null()),
        Moments(moment.start, moment.end, moment.as_of),
        "confirmed" if point in (UNSET, NO_REVENUE) else point,
        _unreferenced(state),
    )
    rate, of_shops = vat_rates(workspace, moment.end)
    state.sales = sales_events(state.receivables, rate, of_shops, chosen["vat_rounding"], _costs(state))
    dispositions = state.lines.select("line_id", "disposition")
    lines = overview.booked_lines(state.judged, moment).join(
        dispositions, on="line_id", how="left", maintain_order="left"
    )
    taken = state.settings.taken(moment.period) if state.settings.taken else {}
    state.vouchers = make_vouchers(
        lines, state.sources, workspace, moment.period, workspace.posting.policy, sales=state.sales, taken=taken
    )
    state.booked = lines


def posting_in_force(workspace: Workspace, day: date) -> dict[str, object]:
    """Policies and VAT rates that vouchers of the month ending on `day` follow, defaults included; for the manifest."""
    rate, of_shops = vat_rates(workspace, day)
    policies = choose(shipped_events(), workspace.posting.policy, workspace)
    return {"policies": policies, "vat_rates": {"company": rate, "shops": of_shops}}


def _costs(state: State) -> pl.DataFrame:
    """group_id, cost_minor, goods_returned: cost of the goods of each settlement group, from our own records."""
    judged, records = state.judged, state.goods_records
    assert judged is not None
    due = (pl.col("due_cash_minor") + pl.col("due_platform_minor")).clip(lower_bound=0)
    orders = judged.orders.select("order_id", "group_id", weight_minor=due)
    weights = orders.group_by("order_id").agg(pl.col("weight_minor").sum(), pl.col("group_id").first())
    returned = judged.documents.filter("counts", pl.col("goods_returned").fill_null(False)).select("group_id").unique()
    if records is None:
        return pl.DataFrame(schema={"group_id": pl.Int64, "cost_minor": pl.Int64, "goods_returned": pl.Boolean})
    costs = order_costs(records.rows, records.links, weights.select("order_id", "weight_minor"))
    summed = costs.join(weights.select("order_id", "group_id"), on="order_id").group_by("group_id").agg(
        pl.col("cost_minor").sum()
    )  # fmt: skip
    flags = returned.with_columns(goods_returned=pl.lit(True))
    return summed.join(flags, on="group_id", how="left").with_columns(pl.col("goods_returned").fill_null(False))


def _unreferenced(state: State) -> pl.DataFrame:
    """Principal lines without any order, with the shop they count for."""
    assert state.judged is not None and state.lines is not None
    lost = state.lines.filter(pl.col("disposition") == "unreferenced").select("line_id")
    lines = state.judged.lines.join(lost, on="line_id", how="semi", maintain_order="left")
    return _of_shops(state.judged, lines)


def _of_shops(judged: Judged, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines under the shop and platform they count for; a wallet is none."""
    return overview.with_order_shop(judged, lines).with_columns(platform="order_platform", shop="order_shop")


def _groups(judged: Judged) -> pl.DataFrame:
    """Settlement groups with currency and the place of their first order row."""
    first = judged.orders.group_by("group_id", maintain_order=True).agg(
        pl.col("currency").cast(pl.String).first(), pl.col("source_id", "source_line").first()
    )
    return judged.groups.drop("currency", "source_id", "source_line", strict=False).join(
        first, on="group_id", how="left", maintain_order="left"
    )
