"""Options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class FailOn(StrEnum):
    """`--fail-on`: the mildest kind that makes the exit code 1."""

    break_ = "break"
    review = "review"
    new_break = "new-break"
    never = "never"


class Lang(StrEnum):
    """`--lang`."""

    zh = "zh"
    en = "en"


Paths = Annotated[list[Path], typer.Argument(help="文件或文件夹 / files or folders, searched recursively")]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="语言 / language (zh, en)")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="配置文件 / ecrecon.toml to use")]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print JSON")]
PasswordOption = Annotated[
    list[str] | None,
    typer.Option("--password", metavar="TEXT", help="加密文件的密码，可重复 / password of encrypted files, repeatable"),
]
