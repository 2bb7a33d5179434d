"""Excel workbooks (.xlsx, .xlsm, .xlsb, .xls) -> rows of typed cells, through calamine, in the confined reader only.

calamine keeps the stored type of each cell and does not believe the declared dimension (docs/reading.md "Workbooks").
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import cast

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from ecrecon.quarantine.facts import PutBack, SheetFacts
from ecrecon.quarantine.plain import Cell, PlainSheet

_MANY_CELLS = 1_000_000


class WorkbookError(Exception):
    """The workbook cannot be read; the text says why."""


class LockedError(Exception):
    """The workbook wants a password."""


def _rows(sheet: CalamineSheet, put_back: PutBack) -> list[list[Cell]]:
    """All rows from row 1 on; `put_back`: cells that calamine reads as empty, such as error values.

    In a large sheet a row without anything is an empty list: a stray blank in the last row makes a million of them.
    """
    rows: list[list[Cell]] = []
    if sheet.start is not None:
        rows = cast(list[list[Cell]], sheet.to_python(skip_empty_area=False))
    width = max((len(row) for row in rows), default=0)
    for (row, column), text in put_back.items():
        rows.extend([""] * width for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (max(width, column + 1) - len(rows[row])))
        rows[row][column] = text
    if len(rows) * width <= _MANY_CELLS:
        return rows
    return [row if any(value != "" for value in row) else [] for row in rows]


def workbook_sheets(data: bytes, facts: dict[str, SheetFacts]) -> Iterator[PlainSheet]:
    """Each worksheet that holds something, hidden ones too, in workbook order.

    `facts`: what each sheet knows beside values (`package.inspect`). Raises LockedError, WorkbookError.
    """
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            sheets = [
                (info.name, book.get_sheet_by_name(info.name))
                for info in book.sheets_metadata
                if info.typ == SheetTypeEnum.WorkSheet
            ]
    except PasswordError as error:
        raise LockedError(str(error)) from None
    except CalamineError as error:
        raise WorkbookError(str(error)) from None
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise WorkbookError(str(error)) from None
    for name, sheet in sheets:
        known = facts.get(name, SheetFacts())
        if sheet.start is not None or known.put_back:
            yield PlainSheet(name, _rows(sheet, known.put_back), known.merged)
