"""`ecrecon match`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from ecrecon import report as reports
from ecrecon.base.errors import ConfigError, ExitCode
from ecrecon.base.texts import tr
from ecrecon.base.validation import shown
from ecrecon.cli.options import (
    ConfigOption,
    EngineOption,
    FactsOption,
    FailOn,
    JsonOption,
    LangOption,
    PasswordOption,
    Paths,
)
from ecrecon.cli.run_folder import settled
from ecrecon.cli.terminal import choose_language, existing, passwords_for, say, tell, with_progress
from ecrecon.issuing.issued import taken_numbers
from ecrecon.pipeline import (
    RunSettings,
    facts_folder,
    find_config,
    out_base,
    parse_as_of,
    parse_period,
    read_workspace,
    run_match,
)
from ecrecon.settings.workspace import Tolerances
from ecrecon.store import parse_engine


def command(
    paths: Paths,
    period: Annotated[str | None, typer.Option("--period", help="会计期间 / month, e.g. 2026-10")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="截止时点 / judge as of this day")] = None,
    config: ConfigOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="输出文件夹 / output folder")] = None,
    lang: LangOption = None,
    tolerance: Annotated[str | None, typer.Option("--tolerance", help="每单容差 / tolerance per order, 0.01")] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="何种差异返回 1 / kind that exits 1")] = FailOn.break_,
    strict: Annotated[bool, typer.Option("--strict", help="有读不了的文件即停止 / stop on an unreadable file")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="不打印摘要 / print no summary")] = False,
    previous: Annotated[
        list[Path] | None,
        typer.Option(
            "--previous", metavar="OUT", help="以前月份的输出文件夹，可重复 / earlier output folder, repeatable"
        ),
    ] = None,
    password: PasswordOption = None,
    facts: FactsOption = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """核对文件夹中的全部账单与订单，写出差异、台账和凭证 / Reconcile everything in PATH."""
    choose_language(lang)
    roots = existing(paths)
    found = find_config(roots, config)
    workspace = read_workspace(found)
    choose_language(lang, workspace)
    base = Path() if out else out_base(workspace, found, chosen=config is not None)
    reports.check_folder(out or base)
    for folder in previous or ():
        if folder.is_dir():
            settled(folder)
    settings = RunSettings(
        paths=roots,
        workspace=workspace,
        config=found,
        period=parse_period(period) if period is not None else None,
        as_of=parse_as_of(as_of) if as_of is not None else None,
        fail_on=fail_on.value,
        strict=strict,
        tolerance=_tolerance(tolerance),
        passwords=passwords_for(password, workspace, found),
        previous=tuple(previous or ()),
        taken=lambda month: taken_numbers(out or base / month, month, workspace.posting.word),
        facts=facts_folder(facts, workspace, found, chosen=config is not None),
        engine=parse_engine(engine),
        tell=tell,
    )
    report = with_progress(lambda progress: run_match(settings, progress), quiet)
    target = out or base / report.period
    written = reports.write(report, target)
    if json:
        say(reports.as_json(report))
    elif not quiet:
        say(reports.render(report, target))
        for name, path in written.kept.items():
            say(tr(f"{name} 在上次写出后被改动过，旧文件保留为 {path}",
                   f"{name} was changed since it was written: the changed file is kept as {path}"))  # fmt: skip
    raise typer.Exit(code=int(report.exit_code or ExitCode.OK))


def _tolerance(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return Tolerances(group=text).group
    except ValidationError:
        raise ConfigError(
            tr(f"--tolerance {shown(text)} 不是金额", f"--tolerance {shown(text)} is no amount"),
            tr("写成 0.01", "write it as 0.01"),
        ) from None
