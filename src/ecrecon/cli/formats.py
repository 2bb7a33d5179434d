"""`ecrecon formats`: which layouts are known, what one looks like, which one a file has."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from ecrecon import formats as engine
from ecrecon import report as reports
from ecrecon.cli.options import JsonOption, LangOption
from ecrecon.cli.terminal import choose_language, existing, say
from ecrecon.errors import ExitCode
from ecrecon.pipeline import find_config, read_workspace
from ecrecon.profiles import Profile, load_profiles

app = typer.Typer(help="文件格式 / file layouts", no_args_is_help=True, rich_markup_mode=None)


def _profiles(lang: str | None) -> tuple[Profile, ...]:
    choose_language(lang)
    config = find_config((), None)
    workspace = read_workspace(config)
    choose_language(lang, workspace)
    base = config.parent if config else Path()
    return load_profiles([base / folder for folder in workspace.profiles])


@app.command("list")
def list_(lang: LangOption = None, json: JsonOption = False) -> None:
    """列出全部已知格式 / list all known layouts."""
    rows = engine.list_rows(_profiles(lang))
    say(json_.dumps(rows, ensure_ascii=False, indent=2) if json else reports.render_table(rows))


@app.command("show")
def show(
    profile_id: Annotated[str, typer.Argument(metavar="ID", help="格式编号 / profile id, e.g. alipay.a1")],
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """一种格式的详细说明 / one layout in full."""
    shown = engine.show_profile(profile_id, _profiles(lang))
    say(json_.dumps(shown, ensure_ascii=False, indent=2) if json else reports.render_mapping(shown))


@app.command("identify")
def identify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="文件 / file")],
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """识别一个文件是什么格式 / say which layout a file has."""
    profiles = _profiles(lang)
    existing([file])
    rows = engine.identify_rows(file, profiles)
    say(json_.dumps(rows, ensure_ascii=False, indent=2) if json else reports.render_mapping_list(rows))
    raise typer.Exit(code=int(ExitCode.OK if any(r.get("profile") for r in rows) else ExitCode.VARIANCES))
