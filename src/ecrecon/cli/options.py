"""Options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.base.validation import shown

LONGEST_REASON = 500


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
FactsOption = Annotated[
    Path | None,
    typer.Option("--facts", metavar="DIR", help="记下读过的文件，下次不再重读 / folder that keeps what files said"),
]
EngineOption = Annotated[
    str | None,
    typer.Option("--engine", metavar="ENGINE", help="并行读取的进程 / processes that read: local, local:2"),
]


def reason_text(option: str, text: str | None) -> str | None:
    """A reason as it goes into a log; None where none was given. Raises ConfigError for an empty one, and for one with
    control characters, line breaks or bytes that are no text."""
    if text is None:
        return None
    if not text.strip():
        raise ConfigError(tr(f"{option} 必须写明原因", f"{option} needs a reason"), f'{option} "{tr("原因", "why")}"')
    if not text.isprintable() or len(text) > LONGEST_REASON:
        raise ConfigError(
            tr(f"{option} {shown(text)} 应为一行文字，不超过 {LONGEST_REASON} 个字，不含控制字符",
               f"{option} {shown(text)} should be one line of up to {LONGEST_REASON} characters without control characters"),
            f'{option} "{tr("原因", "why")}"',
        )  # fmt: skip
    return text
