"""What the report says of the accounts themselves: covered days, settlement detail, withdrawals."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.judging.coverage_table import coverage_table
from ecrecon.judging.payout.check import Paid
from ecrecon.judging.tieout.check import Tied
from ecrecon.matching.working_days import is_announced
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.values import Ledger, OrderBooks, Ownership


def days_of_accounts(
    settings: RunSettings, ledger: Ledger, books: OrderBooks, ownership: Ownership, moment: Moment
) -> pl.DataFrame:
    """Frame coverage_table.TABLE: shop x account x days of the run's month."""
    return coverage_table(
        ledger.sources, ledger.lines, books.books.orders, settings.workspace, ownership.named_accounts, moment
    )


def account_notes(paid: Paid, moment: Moment) -> list[str]:
    """Sentences about the bank's days: holidays of a year that are not known."""
    year = moment.end.year
    if not paid.ran or is_announced(year):
        return []
    return [
        tr(
            f"没有 {year} 年的节假日安排：银行到账期只扣除周末",
            f"the public holidays of {year} are not known: the bank window counts weekends only",
        )
    ]


def account_checks(sources: Sequence[Source], tied: Tied, paid: Paid) -> dict[str, tuple[str, dict[str, object]]]:
    """Check name -> (reason why it did not run, else empty; further facts)."""
    return {"tieout": _tieout(sources, tied), "payout": _payout(sources, paid)}


def _tieout(sources: Sequence[Source], tied: Tied) -> tuple[str, dict[str, object]]:
    groups, (printed, _) = tied.totals, tied.printed
    facts = {name: int(groups[name].sum()) for name in ("groups", "agreed", "differing", "timing", "unseen")}
    if facts["groups"] or printed:
        return "", {**facts, "printed_totals": printed}
    views = {view: {s.account for s in sources if s.kind == "bill" and s.view == view} for view in ("cash", "detail")}
    if not views["detail"]:
        return tr("没有结算明细", "no settlement detail"), {}
    if not views["detail"] & views["cash"]:
        return tr("结算明细没有对应账户的资金流水", "no movements of the account that the settlement detail is of"), {}
    return tr("结算明细与资金流水没有共同的批次或单号", "settlement detail and movements share no batch or number"), {}


def _payout(sources: Sequence[Source], paid: Paid) -> tuple[str, dict[str, object]]:
    if not any(s.kind == "bank" for s in sources):
        return tr("没有银行流水", "no bank statement"), {}
    if not paid.ran:
        return tr("账单中没有提现", "no withdrawal in the bills"), {}
    counts = {name: int(paid.totals[name].sum()) for name in ("withdrawals", "arrived", "in_transit", "missing")}
    return "", {**counts, "rules": dict(paid.by_rule)}
