"""Stages about the accounts themselves: settlement detail against movements, withdrawals against the bank."""

from __future__ import annotations

import polars as pl

from ecrecon.checks.coverage_table import coverage_table
from ecrecon.checks.payout.check import check_payouts
from ecrecon.checks.payout.working_days import is_announced
from ecrecon.checks.tieout.check import check_ties
from ecrecon.messages import tr
from ecrecon.pipeline.state import State


def tie_views(state: State) -> None:
    """Check `tieout`."""
    assert state.judged is not None and state.moment is not None
    tolerance = state.settings.workspace.tolerances.minor("batch")
    state.tied = check_ties(state.judged.lines, state.sources, state.views, state.moment, tolerance)


def follow_payouts(state: State) -> None:
    """Check `payout`."""
    assert state.judged is not None and state.moment is not None and state.covered is not None
    state.paid = check_payouts(
        state.judged.lines, state.sources, state.covered, state.settings.workspace, state.named_accounts, state.moment
    )


def days_of_accounts(state: State) -> pl.DataFrame:
    """Frame coverage_table.TABLE: shop x account x days of the run's month."""
    assert state.ledger is not None and state.books is not None and state.moment is not None
    return coverage_table(
        state.sources, state.ledger, state.books.orders, state.settings.workspace, state.named_accounts, state.moment
    )


def account_notes(state: State) -> list[str]:
    """Sentences about the bank's days: holidays of a year that are not known."""
    assert state.paid is not None and state.moment is not None
    year = state.moment.end.year
    if not state.paid.ran or is_announced(year):
        return []
    return [
        tr(
            f"没有 {year} 年的节假日安排：银行到账期只扣除周末",
            f"the public holidays of {year} are not known: the bank window counts weekends only",
        )
    ]


def account_checks(state: State) -> dict[str, tuple[str, dict[str, object]]]:
    """Check name -> (reason why it did not run, else empty; further facts)."""
    assert state.tied is not None and state.paid is not None
    return {"tieout": _tieout(state), "payout": _payout(state)}


def _tieout(state: State) -> tuple[str, dict[str, object]]:
    assert state.tied is not None
    groups, (printed, _) = state.tied.totals, state.tied.printed
    facts = {name: int(groups[name].sum()) for name in ("groups", "agreed", "differing", "timing", "unseen")}
    if facts["groups"] or printed:
        return "", {**facts, "printed_totals": printed}
    views = {
        view: {s.account for s in state.sources if s.kind == "bill" and s.view == view} for view in ("cash", "detail")
    }
    if not views["detail"]:
        return tr("没有结算明细", "no settlement detail"), {}
    if not views["detail"] & views["cash"]:
        return tr("结算明细没有对应账户的资金流水", "no movements of the account that the settlement detail is of"), {}
    return tr("结算明细与资金流水没有共同的批次或单号", "settlement detail and movements share no batch or number"), {}


def _payout(state: State) -> tuple[str, dict[str, object]]:
    assert state.paid is not None
    if not any(s.kind == "bank" for s in state.sources):
        return tr("没有银行流水", "no bank statement"), {}
    if not state.paid.ran:
        return tr("账单中没有提现", "no withdrawal in the bills"), {}
    counts = {name: int(state.paid.totals[name].sum()) for name in ("withdrawals", "arrived", "in_transit", "missing")}
    return "", {**counts, "rules": dict(state.paid.by_rule)}
