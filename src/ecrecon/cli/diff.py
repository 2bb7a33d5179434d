"""`ecrecon diff`: what moved between two runs; exit code 1 when something did."""

from __future__ import annotations

import json as json_
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ecrecon.base.errors import ExitCode
from ecrecon.base.texts import tr
from ecrecon.cli.options import JsonOption, LangOption
from ecrecon.cli.run_folder import settled
from ecrecon.cli.terminal import choose_language, say
from ecrecon.report import compare_runs
from ecrecon.report.labels import type_name, word
from ecrecon.report.movements import Moved

MOST = 20
"""Rows of one list that are printed; the rest is counted."""

_FIGURES = {
    "orders": "订单数", "receivable": "应收", "received": "已收", "refunded": "已退", "fees": "费用", "difference": "差异",
    "open": "未收", "breaks": "差异数", "reviews": "待确认", "missing_files": "缺文件", "verdict": "结论",
}  # fmt: skip


def command(
    before: Annotated[Path, typer.Argument(metavar="OUT_A", help="以前的输出文件夹 / earlier output folder")],
    after: Annotated[Path, typer.Argument(metavar="OUT_B", help="现在的输出文件夹 / later output folder")],
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """两次运行之间变了什么 / what moved between two runs."""
    choose_language(lang)
    for folder in (before, after):
        settled(folder)
    moved = compare_runs(before, after)
    if json:
        say(json_.dumps({"moved": moved.any, **asdict(moved)}, ensure_ascii=False, indent=2))
    else:
        say(as_text(moved))
    raise typer.Exit(code=int(ExitCode.VARIANCES if moved.any else ExitCode.OK))


def as_text(moved: Moved) -> str:
    """Figures of shops first, then differences, then what may be the reason."""
    lines = [] if moved.any else [tr("没有变化", "nothing moved")]
    lines += _section(tr("店铺数字", "figures of shops"), [_figure(row) for row in moved.shops])
    lines += _section(tr("新增的差异", "new differences"), [_row(row) for row in moved.new])
    lines += _section(tr("消失的差异", "differences that are gone"), [_row(row) for row in moved.gone])
    lines += _section(tr("变动的差异", "changed differences"), [_change(row) for row in moved.changed])
    states = {"new": tr("新增", "new"), "gone": tr("没有了", "gone"), "changed": tr("内容不同", "changed")}
    lines += _section(tr("输入文件", "input files"), [f"{states[f['state']]} {f['path']}" for f in moved.files])
    lines += _section(tr("设置", "settings"), list(moved.settings))
    return "\n".join(lines)


def _section(title: str, rows: list[str]) -> list[str]:
    shown = [f"  {row}" for row in rows[:MOST]]
    if len(rows) > MOST:
        more = len(rows) - MOST
        shown.append(tr(f"  … 另有 {more} 行，用 --json 查看全部", f"  … {more} more, see all with --json"))
    return [f"{title} ({len(rows)})", *shown] if rows else []


def _figure(row: dict[str, Any]) -> str:
    return f"{row['shop'] or row['platform']} {word(_FIGURES, row['figure'])} {_text(row['before'])} → {_text(row['after'])}"


def _row(row: dict[str, Any]) -> str:
    where = " ".join(part for part in (row["shop"], row["order_id"]) if part)
    return f"{type_name(row['code'])} {where} {_text(row['difference'] or row['actual'])}"


def _change(row: dict[str, Any]) -> str:
    where = " ".join(part for part in (row["shop"], row["order_id"]) if part)
    parts = [f"{name} {_text(row['before'][name])} → {_text(row['after'][name])}" for name in row["after"]]
    return f"{type_name(row['code'])} {where} {'; '.join(parts)}"


def _text(value: object) -> str:
    return "-" if value is None else str(value)
