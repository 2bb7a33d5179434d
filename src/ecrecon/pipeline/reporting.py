"""Last stages: what the first pages say, the settings in force, and the frozen report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import polars as pl

from ecrecon import __version__
from ecrecon.base.errors import ExitCode
from ecrecon.base.moment import Moment
from ecrecon.base.schema import MATCHES, conform
from ecrecon.base.sources import Source
from ecrecon.base.tally import Tally
from ecrecon.base.texts import tr
from ecrecon.booking import Vouchers
from ecrecon.judging import overview
from ecrecon.judging.coverage_table import coverage_table, unchecked
from ecrecon.judging.goods_check import GoodsJudged
from ecrecon.judging.payouts import Paid
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.judge import Judged
from ecrecon.judging.set_aside_rows import kept_rows, set_aside
from ecrecon.judging.ties import Tied
from ecrecon.matching.payout_sides import is_announced
from ecrecon.pipeline.booking import posting_in_force
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.values import (
    Differences,
    Disposed,
    Findings,
    GoodsVerdicts,
    Layouts,
    Ledger,
    OrderBooks,
    Overview,
    Ownership,
    Proof,
    Stated,
)
from ecrecon.report import model
from ecrecon.statements import Statements
from ecrecon.statements.history import History

# The settings of a run: what is written down, and the digest of those that decide the result.

WITHOUT_EFFECT: tuple[str, ...] = ("fail_on", "strict", "language", "out", "posting.targets")
"""Settings that decide where results go, in which words they are told, how the exit code is chosen and in which layouts
vouchers can be exported; no figure of a run changes with them. They stand in the manifest, not in the digest."""


def config_digest(settings: Mapping[str, object]) -> str:
    """SHA-256 of the settings that can change a result; equal for runs that must agree."""
    told = {name: value for name, value in settings.items() if name not in WITHOUT_EFFECT}
    for path in WITHOUT_EFFECT:
        table, _, name = path.rpartition(".")
        part = told.get(table)
        if isinstance(part, Mapping):
            told[table] = {key: value for key, value in part.items() if key != name}
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def settings_in_force(
    settings: RunSettings, case: Case, judged: Judged, sources: Sequence[Source]
) -> dict[str, object]:
    """JSON-able settings of the run: the workspace, terms and readings used; no clock, no absolute path."""
    workspace = json.loads(case.workspace.model_dump_json(by_alias=True))
    readings = [dict(row) for row in judged.readings.iter_rows(named=True)]
    return {
        **workspace,
        **posting_in_force(case.workspace, case.moment.end),
        "fail_on": settings.fail_on,
        "strict": settings.strict,
        "profiles_in_use": sorted({s.profile for s in sources if s.profile}),
        "readings": readings,
    }


# What the report says of the accounts themselves: covered days, settlement detail, withdrawals.


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


# Last stages: what the first pages say, and the frozen report.


def survey(
    *,
    settings: RunSettings,
    layouts: Layouts,
    ledger: Ledger,
    ownership: Ownership,
    books: OrderBooks,
    judged: Judged,
    goods: GoodsVerdicts,
    tied: Tied,
    paid: Paid,
    disposed: Disposed,
    differences: Differences,
    made: Vouchers,
    stated: Stated,
    tally: Tally,
    moment: Moment,
) -> Overview:
    """Shops, fees and days at a glance; what was checked, what could not be."""
    counted, variances, sources = differences.counted, differences.variances, ledger.sources
    coverage = conform(days_of_accounts(settings, ledger, books, ownership, moment), model.COVERAGE)
    left = unchecked(variances, coverage, sources)
    shops = overview.shop_overview(judged, counted, disposed.orders, variances, left, moment)
    return Overview(
        shops=conform(shops, model.SHOPS),
        fees=conform(overview.fee_overview(counted), model.FEES),
        opening=conform(overview.opening_overview(disposed.orders, judged.groups, moment), model.OPENING),
        coverage=coverage,
        unchecked=left,
        checks=_checks(sources, judged, goods, tied, paid, variances),
        set_aside=set_aside(sources, tally, kept_rows(books.books, books.records)),
        notes=(*account_notes(paid, moment), *_printed_notes(layouts, sources), *made.notes, *stated.statements.notes),
    )


def freeze(
    *,
    settings: RunSettings,
    case: Case,
    ledger: Ledger,
    judged: Judged,
    findings: Findings,
    tied: Tied,
    paid: Paid,
    disposed: Disposed,
    differences: Differences,
    made: Vouchers,
    stated: Stated,
    seen: Overview,
    history: History,
    moment: Moment,
    proof: Proof,
) -> model.Report:
    """The report: one frozen object that every view reads."""
    in_force = settings_in_force(settings, case, judged, ledger.sources)
    return model.Report(
        version=__version__,
        period=moment.period,
        as_of=moment.as_of.replace(microsecond=0),
        config_digest=config_digest(in_force),
        exit_code=int(exit_code(differences.variances, seen.unchecked, settings.fail_on)),
        settings=in_force,
        sources=ledger.sources,
        checks=dict(seen.checks),
        voucher_problems=tuple(made.problems),
        notes=seen.notes,
        findings=pl.concat(findings.frames),
        accounts=conform(stated.accounts, model.ACCOUNTS),
        conservation=conform(proof.rows, model.CONSERVATION),
        variances=differences.variances,
        open_items=differences.open_items,
        lines=conform(disposed.lines, model.REPORT_LINES),
        orders=conform(_report_orders(disposed.orders), model.REPORT_ORDERS),
        matches=_matches(judged),
        vouchers=made.vouchers,
        voucher_trace=made.trace,
        shops=seen.shops,
        fees=seen.fees,
        books=_books(stated.statements),
        opening=seen.opening,
        tieouts=conform(tied.totals, model.TIEOUTS),
        payouts=conform(paid.totals, model.PAYOUTS),
        coverage=seen.coverage,
        unchecked=seen.unchecked,
        set_aside=seen.set_aside,
        previous={month.period: month.digest for month in history.months},
    )


def _books(statements: Statements) -> dict[str, pl.DataFrame]:
    """Ledgers and statements by name."""
    frames = {f.name: getattr(statements, f.name) for f in fields(statements) if f.name != "notes"}
    return {name: frame for name, frame in frames.items() if frame is not None}


def exit_code(variances: pl.DataFrame, left: pl.DataFrame, fail_on: str) -> ExitCode:
    """1 with any `stop`, or anything at the `--fail-on` level; also where what is here could not be checked, but for
    `never` (README.md "Exit codes"). `left`: frame UNCHECKED."""
    if fail_on != "never" and left["fails"].any():
        return ExitCode.VARIANCES
    kinds = set(variances["kind"].cast(pl.String))
    levels = {"break": {"break"}, "new-break": {"break"}, "review": {"break", "review"}, "never": set()}[fail_on]
    return ExitCode.VARIANCES if kinds & (levels | {"stop"}) else ExitCode.OK


def _report_orders(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.sort("source_id", "source_line", "order_id", "sub_order_id", nulls_last=True)


def _matches(judged: Judged) -> pl.DataFrame:
    """One row per bill line and refund document in a group, with the rule that put it there."""
    names = judged.groups.select("group_id", "order_id", "platform", "shop")
    lines = (
        judged.lines.filter(pl.col("group_id").is_not_null())
        .select(
            "group_id",
            "line_id",
            "refund_id",
            "source_id",
            "source_line",
            "category",
            "role",
            "amount_minor",
            "currency",
            "rule_id",
        )
        .join(names, on="group_id", how="left")
    )
    documents = (
        judged.documents.filter(pl.col("group_id").is_not_null(), "counts")
        .select(
            "group_id",
            "refund_id",
            "source_id",
            "source_line",
            pl.col("amount_minor").neg(),
            "currency",
            rule_id=pl.lit("refund.document"),
        )
        .join(names, on="group_id", how="left")
    )
    both = pl.concat([conform(lines, MATCHES), conform(documents, MATCHES)])
    return both.sort("group_id", "line_id", "source_id", "source_line", nulls_last=True)


def _checks(
    sources: Sequence[Source], judged: Judged, goods: GoodsVerdicts, tied: Tied, paid: Paid, variances: pl.DataFrame
) -> dict[str, dict[str, object]]:
    """Which checks ran on what, and why others did not."""
    bills = any(s.kind in ("bill", "bank") for s in sources)
    orders = not judged.orders.is_empty()
    refunds = any(s.kind == "refunds" for s in sources)
    both = bills and orders
    missing = "" if both else (tr("没有订单文件", "no order file") if bills else tr("没有账单", "no bill"))
    counts = {str(k): n for k, n in variances.group_by("check").len().iter_rows()}

    def state_of(run: bool, reason: str, name: str) -> dict[str, object]:
        return {"state": "run" if run else "not_run", "reason": "" if run else reason, "variances": counts.get(name, 0)}

    accounts = {
        name: state_of(not reason, reason, name) | facts
        for name, (reason, facts) in account_checks(sources, tied, paid).items()
    }
    return {
        "bill": state_of(True, "", "bill"),
        "receipt": state_of(both, missing, "receipt"),
        "refund": state_of(both, missing, "refund") | {"documents": refunds},
        "fee": state_of(bills, tr("没有账单", "no bill"), "fee"),
        "goods": _goods_state(sources, goods.judged, state_of),
        **accounts,
    }


def _goods_state(
    sources: Sequence[Source], goods: GoodsJudged | None, state_of: Callable[[bool, str, str], dict[str, object]]
) -> dict[str, object]:
    """Run where our own records meet orders of the platform; how many records each rule matched."""
    if goods is None:
        return state_of(False, tr("没有 ERP 或发货文件", "no ERP or shipment file"), "goods")
    if not any(s.of_platform for s in sources):
        return state_of(False, tr("没有平台订单文件", "no order file of a platform"), "goods")
    return state_of(True, "", "goods") | {"matched": goods.compared}


def _printed_notes(layouts: Layouts, sources: Sequence[Source]) -> list[str]:
    """Notes of the profiles in use."""
    used = {s.profile for s in sources}
    return [
        f"{p.profile.called}{tr('：', ': ')}{note}" for p in layouts.profiles if p.id in used for note in p.profile.told
    ]
