"""`ecrecon audit`: identify, parse and check every file by itself; its result as text."""

from __future__ import annotations

import json as json_
from collections import Counter
from typing import Annotated

import polars as pl
import typer

from ecrecon import report as reports
from ecrecon.base.errors import ExitCode
from ecrecon.base.money import decimal_text
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.base.variances import BY_CODE
from ecrecon.cli.options import ConfigOption, EngineOption, FactsOption, JsonOption, LangOption, PasswordOption, Paths
from ecrecon.cli.terminal import choose_language, existing, passwords_for, say, tell, with_progress
from ecrecon.judging.damage import faults, sentence
from ecrecon.pipeline import Audit, RunSettings, facts_folder, find_config, read_workspace, run_audit
from ecrecon.reading.findings import listed
from ecrecon.report.labels import type_name
from ecrecon.store import parse_engine

# `ecrecon audit`: identify, parse and check every file by itself.


def command(
    paths: Paths,
    config: ConfigOption = None,
    lang: LangOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="有读不了的文件即停止 / stop on an unreadable file")] = False,
    password: PasswordOption = None,
    facts: FactsOption = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """逐个文件识别、解析、审核；列出缺什么 / One row per file, and what is missing."""
    choose_language(lang)
    roots = existing(paths)
    given = find_config(roots, config)
    workspace = read_workspace(given)
    choose_language(lang, workspace)
    settings = RunSettings(
        paths=roots,
        workspace=workspace,
        config=given,
        strict=strict,
        passwords=passwords_for(password, workspace, given),
        facts=facts_folder(facts, workspace, given, chosen=config is not None),
        engine=parse_engine(engine),
        tell=tell,
    )
    told = with_progress(lambda progress: run_audit(settings, progress), quiet=json)
    if json:
        block = {
            "sources": reports.sources_block(told.sources),
            "coverage": reports.coverage_block(told.coverage),
            "findings": reports.findings_block(told.findings),
        }
        say(json_.dumps(block, ensure_ascii=False, indent=2))
    else:
        say(as_text(told))
    found = told.findings.select("code", "kind").unique().iter_rows()
    kinds = {kind or BY_CODE[str(code)].kind for code, kind in found}
    raise typer.Exit(code=int(ExitCode.VARIANCES if kinds & {"stop", "break"} else ExitCode.OK))


# The result of `audit` as text: one row per file, its findings below it, then what is missing.

BALANCE = "balance"
"""The control that follows the running balance: it proves rows, and no printed total."""
MOST = 5
"""Findings of one file and type that are printed; the rest is counted."""

_KINDS = {
    "bill": "账单", "bank": "银行流水", "orders": "订单", "order_lines": "订单商品", "refunds": "售后", "shipments": "发货",
    "cost": "成本", "ignored": "忽略", "refused": "拒收", "unreadable": "无法读取", "unknown": "未识别",
}  # fmt: skip


def as_text(told: Audit) -> str:
    """Every file with what it is, its days and sums, and each finding with line, column, text and what to do; then which
    days each account of each shop covers and lacks."""
    lines: list[str] = []
    findings = told.findings
    if findings.height:
        findings = faults(findings, told.sources).with_columns(said=sentence())
    several = Counter(source.path for source in told.sources)
    seen: set[str] = set()
    for source in told.sources:
        lines += _file(source, part=several[source.path] > 1)
        if source.path not in seen:  # findings name the file, once for all its sheets and accounts
            lines += _findings(findings.filter(pl.col("source_path") == source.path), source.reason)
        seen.add(source.path)
    lines += _coverage(told.coverage)
    readable = sum(source.readable for source in told.sources)
    lines += [
        "",
        tr(f"{len(told.sources)} 个文件，{readable} 个可用", f"{len(told.sources)} files, {readable} usable"),
    ]
    return "\n".join(lines)


def _coverage(coverage: pl.DataFrame) -> list[str]:
    """One line per shop, account and view; what is missing at its end."""
    lines = ["", tr("店铺与账户的覆盖天数", "days covered per shop and account")]
    for row in coverage.iter_rows(named=True):
        where = f"  {row['shop'] or ''} · {row['account'] or row['account_kind']}"
        if row["state"] == "absent":
            lines.append(
                where + tr(f"  ! 缺账单：{row['orders']} 个订单在等", f"  ! no bill: {row['orders']} orders wait")
            )
            continue
        view = tr({"cash": "资金流水", "detail": "结算明细"}[row["view"]], row["view"])
        days = tr(f"{view} {row['covered_days']} 天", f"{view} {row['covered_days']} days")
        lacking = tr(f"，缺 {row['missing']}", f", missing {row['missing']}") if row["missing_days"] else ""
        lines.append(f"{where}  {days}{lacking}")
    return lines if not coverage.is_empty() else []


def _file(source: Source, *, part: bool) -> list[str]:
    """`part`: the file has other sheets or accounts; this one is named."""
    kind = tr(_KINDS.get(source.kind, source.kind), source.kind)
    head = f"{source.path}\n  {kind} {source.profile or ''} {source.shop or ''}".rstrip()
    if part:
        head += "".join(f" · {name}" for name in (source.sheet, source.account) if name)
    if not source.readable:
        return [head, f"  {source.reason}"] if source.reason else [head]
    facts = [tr(f"{source.rows} 行", f"{source.rows} rows")]
    if source.coverage:
        facts.append("、".join(f"{first}..{last}" for first, last in source.coverage[:3]))
    if source.income_minor is not None:
        income, expense = decimal_text(source.income_minor), decimal_text(source.expense_minor or 0)
        facts.append(tr(f"收 {income} 支 {expense}", f"in {income} out {expense}"))
    facts += _proved(source)
    lines = [head, "  " + "  ".join(facts), *(f"  · {note}" for note in source.notes)]
    if source.uncompared:
        said = listed(list(source.uncompared), 5)
        lines.append(tr(f"  · 打印的合计未核对：{said}", f"  · printed totals that were not compared: {said}"))
    return lines


def _proved(source: Source) -> list[str]:
    """What of the printed figures was compared and holds; nothing is said of what was not compared."""
    if not all(control.ok for control in source.control):
        return []
    totals = [control for control in source.control if control.name != BALANCE]
    agree = tr("合计相符", "totals agree")
    if source.uncompared:  # some are not compared: how many are, is said
        agree = tr(f"{len(totals)} 项合计相符", f"{len(totals)} totals agree")
    facts = [agree] if totals else []
    return facts + [tr("余额连续", "balance continuous")] * (len(totals) < len(source.control))


def _findings(found: pl.DataFrame, reason: str) -> list[str]:
    """`reason`: what stands above already; a finding about the whole file does not repeat it."""
    result = []
    for (code,), rows in found.sort("code", "source_line").group_by("code", maintain_order=True):
        for row in rows.head(MOST).iter_rows(named=True):
            spot = tr(f"第 {row['source_line']} 行 ", f"line {row['source_line']} ") if row["source_line"] else ""
            if row["text"] and row["text"] == reason:
                result.append(f"  ! {row['hint'] or type_name(str(code))}")
                continue
            result.append(f"  ! {type_name(str(code))} {spot}{row['said']}".rstrip())
            if row["hint"] and row["hint"] != reason:
                result.append(f"    {row['hint']}")
        if rows.height > MOST:
            result.append(tr(f"    … 另有 {rows.height - MOST} 处", f"    … {rows.height - MOST} more"))
    return result
