"""What people look at, read back: tables of `report.xlsx` and of `report.html`, so that laws can hold them against the data files.

Beside `verify.py`; Python alone is enough, and nothing of ecrecon is imported. Where a table of the workbook stands, and the
kind of its columns, is said by `workbook` in manifest.json; the page marks its tables with `data-of` and `data-columns`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Parts = Mapping[tuple[str, str], Mapping[str, list[Any]]]

_CELL = re.compile(r'<c r="([A-Z]+)\d+"([^>]*)>(?<!/>)(.*?)</c>')
_TABLE = r'<table data-of="(\w+)" data-columns="([^"]*)">(.*?)</table>'
_AMOUNT = re.compile(r"(-?[\d,]+(?:\.\d+)?)(?: \S+)?")
_UNITS = {"money": 100, "percent": 10**6}
_SERIAL_START = datetime(1899, 12, 30)
"""Wall clock, as a sheet has it."""


def views(parts: Parts, placed: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """(`report/NAME` or `page/NAME`, row) of every table, and `report/outside`, `page/outside` with the texts between.

    `placed`: `workbook` of manifest.json. Amounts of sheets are hundredths, shares millionths, days and times text; cells
    of the page are texts, amounts without separators and currency. Raises ValueError where a sheet is not there.
    """
    book = {part: table["text"] for (file, part), table in parts.items() if file == "report.xlsx"}
    numbers: dict[str, int] = {}
    for name, row in _of_workbook(book, placed):
        yield name, row
        numbers[name] = numbers.get(name, 1) + 1
        if name == "report/todo":
            yield from _of_todo(row, numbers[name])
    yield from _of_page("\n".join(parts["report.html", ""]["text"]))


def _of_workbook(book: Mapping[str, list[str]], placed: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    sheets = [_plain(entry.split('"')[1]) for entry in book["xl/workbook.xml"]]
    words = [_plain(entry) for entry in book.get("xl/sharedStrings.xml", [])]
    for number, sheet in enumerate(sheets, 1):
        tables = [place for place in placed if place["sheet"] == sheet]
        for row in book[f"xl/worksheets/sheet{number}.xml"]:
            line = int(row.split('"')[1])
            place = next((x for x in tables if x["row"] <= line < x["row"] + x["rows"]), None)
            cells = {_index(at): (how, body) for at, how, body in _CELL.findall(row)}
            if place is None:
                if cells:
                    yield "report/outside", {"text": " ".join(_text(how, body, words) for how, body in cells.values())}
                continue
            columns = [column.rpartition(" ") for column in place["columns"]]
            yield (
                f"report/{place['table']}",
                {
                    name: _value(kind, *cells[i], words) if i in cells else None
                    for i, (name, _, kind) in enumerate(columns)
                },
            )
    lost = {place["sheet"] for place in placed} - set(sheets)
    if lost:
        raise ValueError(f"report.xlsx: no sheet {sorted(lost)}")


def _of_todo(row: Row, number: int) -> Iterator[tuple[str, Row]]:
    """`report/listed_`: each variance that row `number` of the sheet names, with what is its own where it is the only one;
    `report/causes_`: each component."""
    ids = re.findall(r"\w+", row["variance_ids"] or "")
    own = {name: row[name] if len(ids) == 1 else None for name in ("money", "age_days", "day")}
    for variance_id in ids:
        yield "report/listed_", {"@": number, "variance_id": variance_id, "order_id": row["order_id"], **own}
    for code, amount in row.items():
        if re.fullmatch(r"[A-Z]\d\d", code) and amount is not None:
            yield "report/causes_", {"@": number, "order_id": row["order_id"], "code": code, "amount": amount}


def _index(letters: str) -> int:
    """A -> 0, Z -> 25, AA -> 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _text(how: str, body: str, words: Sequence[str]) -> str:
    return words[int(_plain(body))] if 't="s"' in how else _plain(body)


def _value(kind: str, how: str, body: str, words: Sequence[str]) -> Any:
    text = _text(how, body, words)
    if ' t="' in how:
        return text
    if kind in ("date", "time"):
        return str(_SERIAL_START + timedelta(seconds=round(Decimal(text) * 86400)))[: 10 if kind == "date" else 19]
    return int(Decimal(text) * _UNITS.get(kind, 1))


def _of_page(page: str) -> Iterator[tuple[str, Row]]:
    for name, columns, body in re.findall(_TABLE, page, re.DOTALL):
        for row in re.findall("<tr><td.*?</tr>", body, re.DOTALL):
            cells = [_plain(cell).strip() for cell in re.findall("<td[^>]*>(.*?)</td>", row, re.DOTALL)]
            yield f"page/{name}", dict(zip(columns.split(), map(_amount, cells), strict=True))
    rest = re.sub(_TABLE + "|<style.*?</style>", "", page, flags=re.DOTALL)
    for line in _plain(rest).split("\n"):
        if line.strip():
            yield "page/outside", {"text": line.strip()}


def _amount(cell: str) -> str:
    """`1,234.50 USD` -> `1234.50`; anything else as it is."""
    found = _AMOUNT.fullmatch(cell)
    return found[1].replace(",", "") if found else cell


def _plain(markup: str) -> str:
    """Text without its markup."""
    return html.unescape(re.sub("<[^>]*>", "", markup)).replace("_x005F_", "_")
