"""Stages that turn the reconciled month into the books: receivables, sales, vouchers."""

from __future__ import annotations

import polars as pl

from ecrecon.checks import overview
from ecrecon.checks.receipt.judge import Judged
from ecrecon.pipeline.state import State
from ecrecon.posting import make_vouchers
from ecrecon.posting.sales import Moments, receivables, sales_events, vat_rates
from ecrecon.posting.sales.ageing import ageing
from ecrecon.posting.sales.cost import order_costs
from ecrecon.posting.statements import Statements, cash
from ecrecon.posting.statements import profit as profits
from ecrecon.posting.statements.income import income_statement, platform_income
from ecrecon.workspace import Workspace

_UNSET = "unset"


def post(state: State) -> None:
    """Receivable of every order, sales of the month, vouchers of sales and money."""
    assert state.judged is not None and state.lines is not None and state.moment is not None
    workspace, moment = state.settings.workspace, state.moment
    point = workspace.posting.policy.get("revenue_point", _UNSET)
    state.receivables = receivables(
        _groups(state.judged),
        _of_shops(state.judged, state.judged.principal.filter(pl.col("fate").is_null())),
        state.judged.documents.filter("counts", pl.col("group_id").is_not_null()),
        Moments(moment.start, moment.end, moment.as_of),
        "confirmed" if point == _UNSET else point,
        _unreferenced(state),
    )
    rate, of_shops = vat_rates(workspace, moment.end)
    rounding = workspace.posting.policy.get("vat_rounding", "voucher")
    state.sales = sales_events(state.receivables, rate, of_shops, rounding, _costs(state))
    dispositions = state.lines.select("line_id", "disposition")
    lines = overview.booked_lines(state.judged, moment).join(
        dispositions, on="line_id", how="left", maintain_order="left"
    )
    state.vouchers = make_vouchers(
        lines, state.sources, workspace, moment.period, workspace.posting.policy, sales=state.sales
    )
    state.booked = lines


def state_books(state: State) -> None:
    """Ledgers and statements of the month, from booked lines, sales, receivables and vouchers."""
    judged, moment = state.judged, state.moment
    assert judged is not None and moment is not None and state.vouchers is not None and state.booked is not None
    assert state.receivables is not None and state.sales is not None and state.books is not None
    assert state.counted is not None and state.covered is not None
    workspace = state.settings.workspace
    vouchers, places = state.vouchers.vouchers, state.vouchers.places
    booked = state.booked.with_columns(platform="order_platform", shop="order_shop")
    month = pl.col("day").is_between(moment.start, moment.end)
    money = overview.with_order_shop(judged, judged.lines.filter(overview.COUNTED, pl.col("in_money"), month))
    openings = overview.account_overview(judged, state.sources, state.covered, moment)
    ledger = cash.cash_ledger(cash.with_vouchers(money, places), openings)
    paths = [source.path for source in state.sources]
    told = profits.facts(state.sales, state.counted)
    shares = profits.allocations(told, state.books.order_lines)
    state.statements = Statements(
        documents=cash.documents(cash.with_vouchers(booked, places), _per_line(workspace)),
        ledger=_with_spots(ledger, paths),
        cash_daily=cash.cash_daily(ledger),
        receivables=ageing(state.receivables, moment.day),
        profit=profits.profit(told, shares),
        allocations=shares,
        platform_income=platform_income(state.receivables, state.sales, moment.period, list(workspace.fake_orders)),
        income_statement=income_statement(vouchers, workspace.standard or "sbe"),
        notes=tuple(cash.ledger_notes(ledger, paths)),
    )


def _with_spots(ledger: pl.DataFrame, paths: list[str]) -> pl.DataFrame:
    """Ledger rows with `source`: file and line as people write them."""
    path = pl.lit(pl.Series(paths, dtype=pl.String)).gather(pl.col("source_id")) if paths else pl.lit(None)
    return ledger.with_columns(source=pl.concat_str(path, pl.lit(":"), pl.col("source_line").cast(pl.String)))


def _per_line(workspace: Workspace) -> bool:
    return workspace.posting.receipt_granularity == "line"


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
