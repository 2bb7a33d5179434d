"""`ecrecon audit`: identify, parse and check every file by itself."""

from __future__ import annotations

import json as json_
from typing import Annotated

import typer

from ecrecon import report as reports
from ecrecon.base.errors import ExitCode
from ecrecon.base.variances import BY_CODE
from ecrecon.cli.audit_view import as_text
from ecrecon.cli.options import ConfigOption, EngineOption, FactsOption, JsonOption, LangOption, PasswordOption, Paths
from ecrecon.cli.terminal import choose_language, existing, passwords_for, say, tell, with_progress
from ecrecon.pipeline import RunSettings, facts_folder, find_config, read_workspace, run_audit
from ecrecon.store import parse_engine


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
