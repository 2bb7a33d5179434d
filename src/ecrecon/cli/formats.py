"""`ecrecon formats`: which layouts are known, what one looks like, which one a file has."""

from __future__ import annotations

import json as json_
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ecrecon.base.errors import ExitCode
from ecrecon.cli import learn
from ecrecon.cli.layouts import known
from ecrecon.cli.options import JsonOption, LangOption, PasswordOption
from ecrecon.cli.terminal import existing, passwords_for, say
from ecrecon.reading.catalogue import identify_files, list_profiles, show_profile

app = typer.Typer(help="文件格式 / file layouts", no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.command("learn")(learn.command)


def _as_json(data: object) -> str:
    return json_.dumps(data, ensure_ascii=False, indent=2)


@app.command("list")
def list_(lang: LangOption = None, json: JsonOption = False) -> None:
    """列出全部已知格式 / list all known layouts."""
    rows = list_profiles(known(lang).profiles)
    if json:
        say(_as_json([asdict(row) for row in rows]))
    else:
        say("\n".join(f"{row.id:<20} {row.kind:<12} {row.view or '-':<8} {row.title}" for row in rows))


@app.command("show")
def show(
    profile_id: Annotated[str, typer.Argument(metavar="ID", help="格式编号 / profile id, e.g. alipay.a1")],
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """一种格式的详细说明 / one layout in full."""
    rows = show_profile(known(lang).profiles, profile_id)
    say(_as_json([{"key": key, "value": value} for key, value in rows]) if json else _pairs(rows))


def _pairs(rows: list[tuple[str, str]]) -> str:
    width = max(len(key) for key, _ in rows)
    return "\n".join(f"{key:<{width}}  {value}" for key, value in rows)


@app.command("identify")
def identify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="文件 / file")],
    lang: LangOption = None,
    password: PasswordOption = None,
    json: JsonOption = False,
) -> None:
    """识别一个文件是什么格式 / say which layout a file has."""
    here = known(lang)
    passwords = passwords_for(password, here.workspace, here.config)
    rows = identify_files(existing([file]), here.profiles, passwords)
    if json:
        say(_as_json([asdict(row) for row in rows]))
    else:
        say("\n".join(f"{row.path}: {row.profile or '?'}  {row.reason}" for row in rows))
    raise typer.Exit(code=int(ExitCode.OK if any(row.profile for row in rows) else ExitCode.VARIANCES))
