"""`ecrecon audit`: identify, parse and check every file by itself."""

from __future__ import annotations

import json as json_
from typing import Annotated

import polars as pl
import typer

from ecrecon import report as reports
from ecrecon.checks.coverage_table import TABLE
from ecrecon.cli.audit_view import as_text
from ecrecon.cli.options import ConfigOption, JsonOption, LangOption, PasswordOption, Paths
from ecrecon.cli.terminal import choose_language, existing, passwords_for, say, with_progress
from ecrecon.errors import ExitCode
from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_audit
from ecrecon.pipeline.accounts import days_of_accounts
from ecrecon.pipeline.state import State
from ecrecon.schema import FINDINGS, empty
from ecrecon.variances import BY_CODE


def command(
    paths: Paths,
    config: ConfigOption = None,
    lang: LangOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="有读不了的文件即停止 / stop on an unreadable file")] = False,
    password: PasswordOption = None,
    json: JsonOption = False,
) -> None:
    """逐个文件识别、解析、审核；列出缺什么 / One row per file, and what is missing."""
    choose_language(lang)
    roots = existing(paths)
    found = find_config(roots, config)
    workspace = read_workspace(found)
    choose_language(lang, workspace)
    passwords = passwords_for(password, workspace, found)
    settings = RunSettings(paths=roots, workspace=workspace, config=found, strict=strict, passwords=passwords)
    state: State = with_progress(lambda progress: run_audit(settings, progress), quiet=json)
    findings = pl.concat(state.findings) if state.findings else empty(FINDINGS)
    coverage = empty(TABLE) if state.moment is None else days_of_accounts(state)
    if json:
        block = {
            "sources": reports.sources_block(state.sources),
            "coverage": reports.coverage_block(coverage),
            "findings": reports.findings_block(findings),
        }
        say(json_.dumps(block, ensure_ascii=False, indent=2))
    else:
        say(as_text(state, findings, coverage))
    told = findings.select("code", "kind").unique().iter_rows()
    kinds = {kind or BY_CODE[str(code)].kind for code, kind in told}
    raise typer.Exit(code=int(ExitCode.VARIANCES if kinds & {"stop", "break"} else ExitCode.OK))
