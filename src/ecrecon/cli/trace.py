"""`ecrecon trace`: voucher <-> line <-> order <-> bill line <-> file."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from ecrecon import posting
from ecrecon import report as reports
from ecrecon.cli.options import JsonOption, LangOption
from ecrecon.cli.terminal import choose_language, say
from ecrecon.errors import ConfigError
from ecrecon.messages import tr


def command(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="凭证号、订单号、流水号、退款单号或 文件:行 / any id, or file:line")
    ],
    from_: Annotated[Path | None, typer.Option("--from", help="match 的输出文件夹 / output folder of match")] = None,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """从凭证追到账单行，或从账单行、订单追到凭证 / trace both ways."""
    choose_language(lang)
    folder = from_ or _latest(Path("out"))
    if not (folder / "summary.json").is_file():
        raise ConfigError(
            tr(f"{folder} 不是 match 的输出文件夹", f"{folder} is no output folder of match"),
            tr("用 --from 指定，例如 --from out/2026-10", "name it with --from, for example --from out/2026-10"),
        )
    frames = reports.read_back(folder)
    answer = posting.trace(identifier, **frames)
    say(json_.dumps(answer.as_dict(), ensure_ascii=False, indent=2) if json else answer.as_text())


def _latest(base: Path) -> Path:
    folders = sorted(p for p in base.glob("*") if (p / "summary.json").is_file()) if base.is_dir() else []
    return folders[-1] if folders else base
