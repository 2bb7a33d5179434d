"""Templates of other programs (.xlsx): looked at, and filled cell by cell with all else left as it is, through openpyxl, in the
confined reader only. What openpyxl holds of a sheet follows what the sheet says of itself: merged ranges, far corners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from ecrecon.base.texts import tr
from ecrecon.quarantine import package
from ecrecon.quarantine.facts import SheetFacts
from ecrecon.quarantine.limits import Budget, LimitError, refuse_hollow
from ecrecon.quarantine.plain import Cell
from ecrecon.quarantine.workbook import WorkbookError

Edit = tuple[int, int, Cell, str | None]
"""Row and column (both from 1), value, number format (None: as it is)."""
Looked = tuple[str, list[list[Cell]], int, dict[int, str]]
MOST_MERGED = 1_000_000
"""Merged cells of a template; the largest known has a few hundred."""
_PLAIN = (str, int, float, bool, datetime, date, time, timedelta)


@dataclass(frozen=True)
class TemplateSheet:
    """`rows`: the first ones, row 1 on. `last`: the last row that holds something, 0 where none does.

    `dates`: column (from 1) -> number format of the cells of the last of `rows` that show dates.
    """

    title: str
    rows: list[list[Cell]]
    last: int
    dates: dict[int, str]


def look(data: bytes, rows: int) -> list[Looked]:
    """What TemplateSheet holds, of each worksheet. Raises LimitError, WorkbookError."""
    return [_looked(sheet, rows) for sheet in _open(data).worksheets]


def _looked(sheet: Any, rows: int) -> Looked:
    refuse_hollow(sheet.max_row, sheet.max_column, lambda: _filled(sheet), str(sheet.title))
    values = [[_plain(cell) for cell in row] for row in sheet.iter_rows(max_row=rows, values_only=True)]
    last = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(value not in (None, "") for value in row):
            last = number
    dates = {cell.column: str(cell.number_format) for cell in sheet[rows] if cell.is_date}
    return str(sheet.title), values, last, dates


def _filled(sheet: Any) -> int:
    """Cells that are there. Asking for rows would make those that are not."""
    return len(sheet._cells)


def _plain(value: object) -> Cell:
    """A formula over several cells is an object of its own: shown as the text of a formula."""
    return value if value is None or isinstance(value, _PLAIN) else "="


def fill(data: bytes, title: str, edits: Sequence[Edit]) -> bytes:
    """The workbook with the cells of the sheet `title` set. Raises LimitError, WorkbookError."""
    book = _open(data)
    if title not in book.sheetnames:
        raise WorkbookError(title)
    sheet = book[title]
    for row, column, value, style in edits:
        cell = sheet.cell(row, column)
        cell.value = value
        if style is not None:
            cell.number_format = style
        if isinstance(value, str):
            cell.data_type = "s"  # never a formula
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _open(data: bytes) -> Any:
    import openpyxl  # noqa: PLC0415  a tenth of a second, and only templates need it

    for name, facts in package.inspect(data, Budget.of(len(data))).items():
        _refuse_merged(facts, name)
    try:
        return openpyxl.load_workbook(BytesIO(data))
    except MemoryError:
        raise
    except Exception as error:  # whatever the reader stumbles over in a damaged file, the file is at fault
        raise WorkbookError(str(error).partition("\n")[0][:200] or type(error).__name__) from None


def _refuse_merged(facts: SheetFacts, name: str) -> None:
    """Raise LimitError for merged cells beyond a sheet that is filled by people: openpyxl makes each one of them."""
    made = sum((span.last_line - span.first_line + 1) * (span.last - span.first + 1) for span in facts.merged)
    if made > MOST_MERGED:
        raise LimitError(
            tr(f"工作表 {name} 的合并区域共 {made} 个单元格，超出上限。", f"{name}: {made} merged cells: too many.")
        )
