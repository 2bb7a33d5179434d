"""Stage `state`: ledgers and statements of the month, with what earlier months add to them."""

from __future__ import annotations

import polars as pl

from ecrecon.checks import overview
from ecrecon.pipeline.state import State
from ecrecon.posting.sales.ageing import ageing
from ecrecon.posting.statements import Statements, cash, earlier
from ecrecon.posting.statements import profit as profits
from ecrecon.posting.statements.income import income_statement, platform_income
from ecrecon.workspace import Workspace


def state_books(state: State) -> None:
    """Ledgers and statements of the month, from booked lines, sales, receivables and vouchers."""
    judged, moment = state.judged, state.moment
    assert judged is not None and moment is not None and state.vouchers is not None and state.booked is not None
    assert state.receivables is not None and state.sales is not None and state.books is not None
    assert state.counted is not None and state.covered is not None and state.history is not None
    history = state.history
    workspace = state.settings.workspace
    vouchers, places = state.vouchers.vouchers, state.vouchers.places
    booked = state.booked.with_columns(platform="order_platform", shop="order_shop")
    month = pl.col("day").is_between(moment.start, moment.end)
    money = overview.with_order_shop(judged, judged.lines.filter(overview.COUNTED, pl.col("in_money"), month))
    openings = overview.account_overview(judged, state.sources, state.covered, moment)
    openings = earlier.carried(openings, history)
    ledger = cash.cash_ledger(cash.with_vouchers(money, places), openings, history)
    paths = [source.path for source in state.sources]
    told = profits.facts(state.sales, state.counted)
    shares = profits.allocations(told, state.books.order_lines)
    state.statements = Statements(
        documents=cash.documents(cash.with_vouchers(booked, places), _per_line(workspace)),
        ledger=_with_spots(ledger, paths),
        cash_daily=cash.cash_daily(ledger),
        receivables=ageing(state.receivables, moment.day),
        profit=profits.profit(told, shares, history),
        allocations=shares,
        platform_income=platform_income(state.receivables, state.sales, history, list(workspace.fake_orders)),
        income_statement=income_statement(vouchers, workspace.standard or "sbe", history),
        notes=(
            *cash.ledger_notes(ledger, paths),
            *earlier.month_notes(history),
            *earlier.opening_notes(state.receivables, ledger, history),
        ),
    )


def _with_spots(ledger: pl.DataFrame, paths: list[str]) -> pl.DataFrame:
    """Ledger rows with `source`: file and line as people write them."""
    path = pl.lit(pl.Series(paths, dtype=pl.String)).gather(pl.col("source_id")) if paths else pl.lit(None)
    return ledger.with_columns(source=pl.concat_str(path, pl.lit(":"), pl.col("source_line").cast(pl.String)))


def _per_line(workspace: Workspace) -> bool:
    return workspace.posting.receipt_granularity == "line"
