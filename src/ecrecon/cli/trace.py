"""`ecrecon trace`: voucher <-> line <-> order <-> bill line <-> file."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from ecrecon.cli.options import JsonOption, LangOption
from ecrecon.cli.terminal import choose_language, say
from ecrecon.cli.trace_view import as_dict, as_text
from ecrecon.errors import ConfigError, ExitCode
from ecrecon.messages import tr
from ecrecon.posting import Books, trace
from ecrecon.posting.issued.books import with_issued
from ecrecon.posting.issued.register import Register


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
    answer = trace(identifier, read_books(folder))
    if not answer.kinds:
        raise ConfigError(
            tr(f"{folder} 中没有 {identifier!r}", f"{identifier!r} is not in {folder}"),
            tr(
                "可用凭证号（记-3）、订单号、流水号、退款单号或 文件:行",
                "use a voucher (记-3), order, flow or refund number, or file:line",
            ),
        )
    say(json_.dumps(as_dict(answer), ensure_ascii=False, indent=2) if json else as_text(answer))
    raise typer.Exit(code=int(ExitCode.OK))


def read_books(folder: Path) -> Books:
    """The frames of an output folder, with the vouchers that were issued from it; raise ConfigError naming what is missing."""
    names = ("summary.json", "vouchers.csv", "voucher_trace.parquet", "matches.parquet", "lines.parquet")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ConfigError(
            tr(
                f"{folder} 不是 match 的输出文件夹：缺 {missing[0]}",
                f"{folder} is no output folder of match: no {missing[0]}",
            ),
            tr("用 --from 指定，例如 --from out/2026-10", "name it with --from, for example --from out/2026-10"),
        )
    summary = json_.loads((folder / "summary.json").read_text(encoding="utf-8"))
    sources = pl.DataFrame(
        [(s["path"], s["sha256"]) for s in summary["sources"]],
        schema={"path": pl.String, "sha256": pl.String},
        orient="row",
    )
    books = Books(
        vouchers=pl.read_csv(folder / "vouchers.csv", infer_schema=False),
        trace=pl.read_parquet(folder / "voucher_trace.parquet"),
        matches=pl.read_parquet(folder / "matches.parquet"),
        lines=pl.read_parquet(folder / "lines.parquet"),
        sources=sources,
    )
    return with_issued(books, Register.read(folder))


def _latest(base: Path) -> Path:
    """The newest period below `out/`."""
    folders = sorted(p for p in base.glob("*") if (p / "summary.json").is_file()) if base.is_dir() else []
    return folders[-1] if folders else base
