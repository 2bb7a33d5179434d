"""Tables in markup: HTML tables saved as .xls, and SpreadsheetML 2003."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

from ecrecon.base.texts import tr
from ecrecon.quarantine import limits
from ecrecon.quarantine.plain import Cell, End, PlainSheet, Span

SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"
MAX_INDEX = 1_048_576
"""Rows of a sheet; `ss:Index` and `colspan` beyond the bounds of a sheet are not believed."""
_MAX_COLUMN = 16_384
_NAMESPACE = f"{{{SPREADSHEETML}}}"
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|table|head|meta|body|div|style)\b", re.I | re.S
)
# no "<" inside a tag: a page of tags that never end would take the square of its size
_TAG = re.compile(r"<(/?)(table|tr|td|th|br|script|style)\b([^<>]*)>", re.I)
_ANY_TAG = re.compile(r"<[^<>]*>")
_COLSPAN = re.compile(r"colspan\s*=\s*[\"']?(\d{1,5})", re.I)
_ROWSPAN = re.compile(r"rowspan\s*=\s*[\"']?(\d{1,7})", re.I)
_PAGE, _PAGE_END = re.compile(r"<html\b", re.I), re.compile(r"</html\b", re.I)
_HIDDEN = ("script", "style")
_COMMENT, _COMMENT_END = "<!--", "-->"


def looks_like_html(text: str) -> bool:
    """True where the text begins like a page or a bare table."""
    return _HTML_START.match(text) is not None


def looks_like_spreadsheetml(text: str) -> bool:
    """True where the text names SpreadsheetML 2003 in its beginning: the declaration in front may be left out or damaged."""
    return SPREADSHEETML in text


def html_sheets(text: str) -> list[PlainSheet]:
    """Every table with rows, in order; cells as text. Spanned columns and rows leave empty cells behind them.

    A table that is open when the page ends, or a page that is, was cut off (`end`).
    """
    text = _without_comments(text)
    made = _Count(len(text))
    tables: list[_Table] = []
    cell: tuple[int, re.Match[str]] | None = None  # where the text of the open cell begins, and its tag
    depth = 0
    hidden: str | None = None
    for tag in _TAG.finditer(text):
        name, ends = tag.group(2).lower(), bool(tag.group(1))
        if name in _HIDDEN:
            hidden = None if ends else name
            continue
        if hidden or name == "br":
            continue
        if cell is not None:
            tables[-1].put(_cell(text[cell[0] : tag.start()]), cell[1])
            cell = None
        if name == "table":
            depth += -1 if ends else 1
            if not ends:
                tables.append(_Table(made))
            elif tables:
                tables[-1].close_row()
        elif name == "tr":
            if not tables:
                tables.append(_Table(made))
            tables[-1].close_row() if ends else tables[-1].open_row()
        elif not ends and tables and tables[-1].in_row:
            cell = tag.end(), tag
    if cell is not None:
        tables[-1].put(_cell(text[cell[0] :]), cell[1])
    cut = depth > 0 or (_PAGE.search(text) is not None and _PAGE_END.search(text) is None)
    if tables and cut:
        tables[-1].end = "no_closing_tag"
    return [
        PlainSheet("", table.rows, tuple(table.merged), table.end)
        for table in tables
        if any(any(row) for row in table.rows)
    ]


class _Count:
    """Cells of a page or workbook in markup: spans and indices say many in few characters."""

    def __init__(self, size: int) -> None:
        self.left = max(limits.SMALL_RECTANGLE, size)

    def add(self, count: int) -> None:
        """Raise LimitError beyond a cell for each character."""
        self.left -= count
        if self.left < 0:
            raise limits.LimitError(
                tr(
                    "合并单元格或跳格（colspan、ss:Index）撑出的单元格过多，超出上限。",
                    "spans and indices (colspan, ss:Index) make far more cells than the file could hold.",
                )
            )


def _without_comments(text: str) -> str:
    kept: list[str] = []
    place = 0
    while (start := text.find(_COMMENT, place)) >= 0:
        end = text.find(_COMMENT_END, start + len(_COMMENT))
        if end < 0:
            break
        kept.append(text[place:start])
        place = end + len(_COMMENT_END)
    return "".join([*kept, text[place:]])


class _Table:
    """The rows of one table as they are met. `covered`: column -> last row that a cell above reaches into."""

    def __init__(self, made: _Count) -> None:
        self.made = made
        self.rows: list[list[Cell]] = []
        self.merged: list[Span] = []
        self.covered: dict[int, int] = {}
        self.in_row = False
        self.end: End = "whole"

    def open_row(self) -> None:
        """Begin a row."""
        self.close_row()
        self.rows.append([])
        self.in_row = True

    def close_row(self) -> None:
        """End the row, if one is open."""
        if self.in_row:
            self._fill()
        self.in_row = False

    def put(self, text: str, tag: re.Match[str]) -> None:
        """Add a cell, and what it spans."""
        row, line = self.rows[-1], len(self.rows)
        self._fill()
        at = len(row)
        across, down = _span(_COLSPAN, tag.group(3), _MAX_COLUMN), _span(_ROWSPAN, tag.group(3), MAX_INDEX)
        self.made.add(across)
        row.append(text)
        row.extend([""] * (across - 1))
        if down > 1:
            self.merged.append(Span(line, line + down - 1, at, at + across - 1))
            self.covered.update(dict.fromkeys(range(at, at + across), line + down - 1))

    def _fill(self) -> None:
        """Empty cells where a cell of a row above reaches into this one."""
        row = self.rows[-1]
        while self.covered.get(len(row), 0) >= len(self.rows):
            self.made.add(1)
            row.append("")


def _span(attribute: re.Pattern[str], text: str, most: int) -> int:
    found = attribute.search(text)
    return max(1, min(int(found.group(1)), most)) if found else 1


def _cell(markup: str) -> str:
    """Text of a cell: tags dropped, line breaks kept, entities resolved, blanks around it dropped as browsers do."""
    text = re.sub(r"<br\b[^<>]*>", "\n", markup, flags=re.I)
    return (
        html.unescape(_ANY_TAG.sub("", text)).strip(" \r\n\xa0") if "<" in text or "&" in text else text.strip(" \r\n")
    )


def spreadsheetml_sheets(text: str) -> Iterator[PlainSheet]:
    """Name and rows of each worksheet; raises ElementTree.ParseError. Entities must have been refused before."""
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # the declared encoding no longer holds: the text is decoded
    book = ElementTree.fromstring(body)
    made = _Count(len(text))
    for worksheet in book.iter(_NAMESPACE + "Worksheet"):
        rows: list[list[Cell]] = []
        merged: list[Span] = []
        for row in worksheet.iter(_NAMESPACE + "Row"):
            position = _index(row, len(rows) + 1, MAX_INDEX)
            made.add(max(0, position - 1 - len(rows)))
            rows.extend([] for _ in range(position - 1 - len(rows)))
            cells: list[Cell] = []
            for cell in row.iter(_NAMESPACE + "Cell"):
                column = _index(cell, len(cells) + 1, _MAX_COLUMN)
                made.add(max(0, column - 1 - len(cells)))
                cells.extend([""] * (column - 1 - len(cells)))
                cells.append(_value(cell))
                across, down = _merge(cell, "MergeAcross", _MAX_COLUMN), _merge(cell, "MergeDown", MAX_INDEX)
                if across or down:
                    merged.append(Span(position, position + down, len(cells) - 1, len(cells) - 1 + across))
                made.add(1 + across)
                cells.extend([""] * across)
            rows.append(cells)
        if any(any(value not in ("", None) for value in row) for row in rows):
            yield PlainSheet(worksheet.get(_NAMESPACE + "Name", ""), rows, tuple(merged))


def _merge(cell: ElementTree.Element, key: str, most: int) -> int:
    """How many cells beside or below its own a cell is merged over."""
    printed = cell.get(_NAMESPACE + key, "")
    return min(int(printed), most) if printed.isdecimal() else 0


def _index(element: ElementTree.Element, default: int, most: int) -> int:
    printed = element.get(_NAMESPACE + "Index", "")
    return int(printed) if printed.isdecimal() and default <= int(printed) <= most else default


def _value(cell: ElementTree.Element) -> Cell:
    """The value; a formula whose result is not stored is its own text."""
    data = cell.find(_NAMESPACE + "Data")
    formula = cell.get(_NAMESPACE + "Formula")
    if formula and (data is None or not "".join(data.itertext())) and not _is_text(data):
        return "=" + formula.removeprefix("=")
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


def _is_text(data: ElementTree.Element | None) -> bool:
    """True for a stored text: an empty one is a result."""
    return data is not None and data.get(_NAMESPACE + "Type") == "String"
