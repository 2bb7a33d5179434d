"""Reads what a person filled into the column 处理 of the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ecrecon.base.errors import InputError
from ecrecon.base.schema import Schema
from ecrecon.base.texts import tr
from ecrecon.quarantine import guard
from ecrecon.quarantine.limits import LimitError
from ecrecon.quarantine.plain import Cell
from ecrecon.quarantine.workbook import LockedError, WorkbookError
from ecrecon.report.labels import DECISIONS

DECISION_ROWS: Schema = {"variance_id": pl.String, "decision": pl.String}
"""`decision`: `accepted`, `written_off`, `ignored` or `pending`."""

_SHEETS = ("待办", "To do")
_DECISION_TITLES = ("处理", "Decision")
_ID_TITLES = ("差异编号", "Variance id")
_WORDS = {**{zh: name for name, zh in DECISIONS.items()}, **{name: name for name in DECISIONS}}


def read_decisions(workbook: Path) -> pl.DataFrame:
    """Decisions (DECISION_ROWS) of a workbook, sorted by variance id; a row of several variances decides each.

    Empty and unknown words are no decision. Raises InputError where the file is no workbook of ours.
    """
    sheets = _sheets(workbook)
    rows: list[list[Cell]] = next((sheet.first_rows(None) for sheet in sheets if sheet.name in _SHEETS), [])
    header = next((i for i, row in enumerate(rows) if _place(row, _DECISION_TITLES) is not None), None)
    if header is None:
        message = tr(f"{workbook.name} 没有“待办”表的“处理”列", f"{workbook.name} has no column Decision")
        raise InputError(message, tr("请使用本程序生成的 report.xlsx", "use the report.xlsx that a run wrote"))
    decision, ids = _place(rows[header], _DECISION_TITLES), _place(rows[header], _ID_TITLES)
    if decision is None or ids is None:
        return pl.DataFrame(schema=dict(DECISION_ROWS))
    found = [
        (variance_id, _WORDS[str(row[decision]).strip()])
        for row in rows[header + 1 :]
        if str(row[decision]).strip() in _WORDS
        for variance_id in str(row[ids]).split()
    ]
    frame = pl.DataFrame(found, schema=dict(DECISION_ROWS), orient="row")
    return frame.unique("variance_id", keep="first", maintain_order=True).sort("variance_id")


def _sheets(workbook: Path) -> list[guard.PackedSheet]:
    """The worksheets of a file that a person, or anybody, has had in hand."""
    try:
        return guard.shared().own_workbook(workbook.read_bytes())
    except LockedError:
        said = tr("有密码保护", "it is password protected")
    except OSError as error:
        said = error.strerror or str(error)
    except (LimitError, WorkbookError) as error:
        said = str(error)
    raise InputError(
        tr(f"{workbook.name} 无法读取：{said}", f"cannot read {workbook.name}: {said}"),
        tr("用 Excel 打开，另存为不带密码的 xlsx 后再试", "open it in Excel, save it as xlsx without a password and try again"),
    )  # fmt: skip


def _place(row: Sequence[object], titles: tuple[str, ...]) -> int | None:
    return next((i for i, value in enumerate(row) if value in titles), None)
