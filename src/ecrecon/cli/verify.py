"""`ecrecon verify`: the independent verifier, as anybody can run it alone (`python verify.py OUT`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.cli.options import LangOption
from ecrecon.cli.terminal import choose_language
from ecrecon.verify import main


def command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="输出文件夹 / output folder of a run")],
    inputs: Annotated[
        Path | None,
        typer.Option(
            "--inputs",
            metavar="DIR",
            help="核对时的输入文件夹，连同原始账单一起复核 / folder of the files that were reconciled",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="以 JSON 列出不符之处和没有规则能核对的列 / findings and unvouched columns as JSON"
        ),
    ] = False,
    lang: LangOption = None,
) -> None:
    """独立复核：重新加总并互相核对一次运行的全部输出 / add up again and compare everything that a run wrote."""
    choose_language(lang)
    arguments = [str(out), "--configs", str(configs_dir()), *(["--json"] if as_json else [])]
    raise typer.Exit(main([*arguments, "--inputs", str(inputs)] if inputs is not None else arguments, tr))
