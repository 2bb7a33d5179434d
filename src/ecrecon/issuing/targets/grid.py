"""Row-and-column containers: xlsx, xls, csv, text. Bytes in memory, pinned dates, so equal vouchers give equal bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import cell_number
from ecrecon.base.spreadsheets import FORMULA_STARTS
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.cells import Cell, Money, cell
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher

_PINNED = datetime(2000, 1, 1)


def rows_of(vouchers: Sequence[Voucher], layout: Layout) -> list[list[Cell]]:
    """One row per voucher line; lines of a voucher stand together, in order."""
    lines = (
        (voucher, line, position, serial)
        for serial, voucher in enumerate(vouchers, start=1)
        for position, line in enumerate(voucher.lines)
    )
    return [[cell(column, *place, row) for column in layout.column] for row, place in enumerate(lines, start=1)]


def headers(layout: Layout) -> list[list[str]]:
    """The header rows: none, one, or two where columns have captions."""
    if not layout.target.header:
        return []
    names = [[column.header for column in layout.column]]
    if any(column.caption is not None for column in layout.column):
        names.append([column.caption or "" for column in layout.column])
    return names


def xlsx(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """A workbook of one sheet; codes and texts are text cells, amounts numbers of two decimals."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _PINNED})
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.00"})
    sheet = book.add_worksheet(layout.target.sheet)
    row = 0
    for names in headers(layout):
        for column, name in enumerate(names):
            sheet.write_string(row, column, name, text)
        row += 1
    for content in rows_of(vouchers, layout):
        for column, value in enumerate(content):
            if isinstance(value, Money):
                sheet.write_number(row, column, cell_number(value.minor), money)
            elif isinstance(value, Decimal):
                sheet.write_number(row, column, float(value))
            elif isinstance(value, int) and not layout.column[column].code:
                sheet.write_number(row, column, value)
            elif value is not None:
                sheet.write_string(row, column, str(value), text)
        row += 1
    book.close()
    return buffer.getvalue()


def xls(vouchers: Sequence[Voucher], layout: Layout, more: dict[str, list[list[Any]]] | None = None) -> bytes:
    """A BIFF workbook (what old Kingdee software takes); `more`: further sheets by name."""
    xlwt = need("xlwt")
    book = xlwt.Workbook(encoding="utf-8")
    text, money = xlwt.easyxf(num_format_str="@"), xlwt.easyxf(num_format_str="0.00")
    sheet = book.add_sheet(layout.target.sheet)
    content: list[list[Any]] = [*headers(layout), *rows_of(vouchers, layout)]
    for row, cells in enumerate(content):
        for column, value in enumerate(cells):
            if isinstance(value, Money):
                sheet.write(row, column, cell_number(value.minor), money)
            elif isinstance(value, Decimal):
                sheet.write(row, column, float(value))
            elif isinstance(value, int):
                sheet.write(row, column, value)
            elif value is not None:
                sheet.write(row, column, value, text)
    for name, grid in (more or {}).items():
        extra = book.add_sheet(name)
        for row, cells in enumerate(grid):
            for column, value in enumerate(cells):
                if value != "":
                    extra.write(row, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def delimited(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """CSV: quoted where needed; a text that a spreadsheet would take for a formula gets a leading apostrophe."""
    out = io.StringIO()
    end = "\r\n" if layout.target.newline == "crlf" else "\n"
    writer = csv.writer(out, delimiter=layout.target.separator, lineterminator=end)
    for names in headers(layout):
        writer.writerow(names)
    for row in rows_of(vouchers, layout):
        writer.writerow([plain(value, guard=True) for value in row])
    return out.getvalue().encode(layout.target.encoding)


def text(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """Separated text without any quoting: the separator may not occur in a field (`limits.forbidden`)."""
    end = "\r\n" if layout.target.newline == "crlf" else "\n"
    lines = [*layout.target.preamble, *(layout.target.separator.join(names) for names in headers(layout))]
    lines += [layout.target.separator.join(plain(value) for value in row) for row in rows_of(vouchers, layout)]
    return (end.join(lines) + end).encode(layout.target.encoding)


def plain(value: Cell, *, guard: bool = False) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, Money):
        return value.text
    shown = str(value)
    return f"'{shown}" if guard and isinstance(value, str) and shown.startswith(FORMULA_STARTS) else shown


def need(module: str) -> Any:
    """An optional writer library; raise ConfigError that says how to get it."""
    import importlib  # noqa: PLC0415  optional libraries are looked up when they are needed

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise ConfigError(
            tr(f"写这种文件需要 {module}", f"this kind of file needs {module}"),
            tr("运行 pip install 'ecrecon[targets]'", "run pip install 'ecrecon[targets]'"),
        ) from None
