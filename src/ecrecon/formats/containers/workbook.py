"""Excel workbooks (.xlsx, .xlsm, .xlsb, .xls) -> typed sheets, through calamine.

calamine keeps the stored type of each cell and does not believe the declared dimension (formats/README rule 9).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from ecrecon.formats.containers.facts import PutBack, SheetFacts
from ecrecon.formats.containers.sheets import Rows, Sheet


class WorkbookError(Exception):
    """The workbook cannot be read; the text says why."""


class LockedError(Exception):
    """The workbook wants a password."""


@dataclass(frozen=True)
class CalamineRows:
    """Rows of one sheet from row 1 on; `put_back`: cells that calamine reads as empty, such as error values."""

    sheet: CalamineSheet
    put_back: PutBack

    def __call__(self, count: int | None) -> Rows:
        """The first `count` rows, or all."""
        rows = self.sheet.to_python(skip_empty_area=False, nrows=count) if self.sheet.start is not None else []
        width = max((len(row) for row in rows), default=0)
        for (row, column), text in self.put_back.items():
            if count is not None and row >= count:
                continue
            rows.extend([""] * width for _ in range(row + 1 - len(rows)))
            rows[row].extend([""] * (max(width, column + 1) - len(rows[row])))
            rows[row][column] = text
        return rows


def read_workbook(data: bytes, facts: dict[str, SheetFacts]) -> Iterator[tuple[str, Sheet]]:
    """Name and rows of each worksheet that holds something, hidden ones too, in workbook order.

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
            yield name, Sheet(CalamineRows(sheet, known.put_back), typed=True, merged=known.merged)
