"""Tables in markup: HTML tables saved as .xls, and SpreadsheetML 2003."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

from ecrecon.formats.containers.sheets import Cell, Rows, Sheet

SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"
MAX_INDEX = 1_048_576
"""Rows of a sheet; `ss:Index` and `colspan` beyond the bounds of a sheet are not believed."""
_MAX_COLUMN = 16_384
_NAMESPACE = f"{{{SPREADSHEETML}}}"
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|table|head|meta|body|div|style)\b", re.I | re.S
)
_TAG = re.compile(r"<(/?)(table|tr|td|th|br|script|style)\b([^>]*)>", re.I)
_ANY_TAG = re.compile(r"<[^>]*>")
_SPAN = re.compile(r"colspan\s*=\s*[\"']?(\d{1,5})", re.I)
_HIDDEN = ("script", "style")
_COMMENT = re.compile(r"<!--.*?-->", re.S)


def looks_like_html(text: str) -> bool:
    """True where the text begins like a page or a bare table."""
    return _HTML_START.match(text) is not None


def looks_like_spreadsheetml(text: str) -> bool:
    """True where the text begins like a SpreadsheetML 2003 workbook."""
    return text.lstrip().startswith("<?xml") and SPREADSHEETML in text


def html_tables(text: str) -> list[Sheet]:
    """Every table with rows, in order; cells as text, a spanned column leaves empty cells behind it."""
    text = _COMMENT.sub("", text)
    tables: list[list[list[Cell]]] = []
    row: list[Cell] | None = None
    start: int | None = None
    span = 1
    hidden: str | None = None

    def close(end: int) -> None:
        nonlocal start
        if start is not None and row is not None:
            row.append(_cell(text[start:end]))
            row.extend([""] * (span - 1))
        start = None

    for tag in _TAG.finditer(text):
        name, ends = tag.group(2).lower(), bool(tag.group(1))
        if name in _HIDDEN:
            hidden = None if ends else name
        elif hidden or name == "br":
            continue
        elif name == "table":
            close(tag.start())
            row = None
            if not ends:
                tables.append([])
        elif name == "tr":
            close(tag.start())
            row = None
            if not ends:
                row = []
                if not tables:
                    tables.append([])
                tables[-1].append(row)
        else:
            close(tag.start())
            if not ends and row is not None:
                found = _SPAN.search(tag.group(3))
                span = min(int(found.group(1)), _MAX_COLUMN) if found else 1
                start = tag.end()
    close(len(text))
    return [_sheet(rows, typed=False) for rows in tables if any(any(row) for row in rows)]


def _cell(markup: str) -> str:
    """Text of a cell: tags dropped, line breaks kept, entities resolved, blanks around it dropped as browsers do."""
    text = re.sub(r"<br\b[^>]*>", "\n", markup, flags=re.I)
    return (
        html.unescape(_ANY_TAG.sub("", text)).strip(" \r\n\xa0") if "<" in text or "&" in text else text.strip(" \r\n")
    )


def _sheet(rows: Rows, *, typed: bool) -> Sheet:
    return Sheet(lambda count: rows if count is None else rows[:count], typed=typed)


def spreadsheetml_sheets(text: str) -> Iterator[tuple[str, Sheet]]:
    """Name and rows of each worksheet; raises ElementTree.ParseError. Entities must have been refused before."""
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # the declared encoding no longer holds: the text is decoded
    book = ElementTree.fromstring(body)
    for worksheet in book.iter(_NAMESPACE + "Worksheet"):
        rows: list[list[Cell]] = []
        for row in worksheet.iter(_NAMESPACE + "Row"):
            position = _index(row, len(rows) + 1, MAX_INDEX)
            rows.extend([] for _ in range(position - 1 - len(rows)))
            cells: list[Cell] = []
            for cell in row.iter(_NAMESPACE + "Cell"):
                column = _index(cell, len(cells) + 1, _MAX_COLUMN)
                cells.extend([""] * (column - 1 - len(cells)))
                cells.append(_value(cell.find(_NAMESPACE + "Data")))
                cells.extend([""] * min(int(cell.get(_NAMESPACE + "MergeAcross", "0") or 0), _MAX_COLUMN))
            rows.append(cells)
        if any(any(value not in ("", None) for value in row) for row in rows):
            yield worksheet.get(_NAMESPACE + "Name", ""), _sheet(rows, typed=True)


def _index(element: ElementTree.Element, default: int, most: int) -> int:
    printed = element.get(_NAMESPACE + "Index", "")
    return int(printed) if printed.isdecimal() and default <= int(printed) <= most else default


def _value(data: ElementTree.Element | None) -> Cell:
    text = "".join(data.itertext()) if data is not None else ""
    kind = data.get(_NAMESPACE + "Type", "String") if data is not None else "String"
    try:
        if kind == "Number":
            return int(text) if text.strip().lstrip("+-").isdecimal() else float(text)
        if kind == "DateTime":
            return datetime.fromisoformat(text)
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text
