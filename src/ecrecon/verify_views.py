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
_PERCENT = 10**6
_CENTS = 100
_DECIMALS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
"""Currencies without two decimals (ISO 4217)."""
_NUMBERS = ("money", "count", "percent")
_STYLE = re.compile(r' s="(\d+)"')
_SERIAL_START = datetime(1899, 12, 30)
"""Wall clock, as a sheet has it."""


def views(parts: Parts, placed: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """(`report/NAME` or `page/NAME`, row) of every table, and `report/outside`, `page/outside` with the texts between.

    `placed`: `workbook` of manifest.json. Amounts of sheets are the smallest units of their currency, shares millionths, days
    and times text; cells of the page are texts, amounts without separators and currency. A table whose decimals nothing
    says is a row of `report/uncompared_`, and none of its own. Raises ValueError where a sheet is not there, or where a
    table stands that `placed` does not name.
    """
    book = {part: table["text"] for (file, part), table in parts.items() if file == "report.xlsx"}
    known = {
        code for file in ("lines", "orders") for code in parts.get((f"{file}.parquet", ""), {}).get("currency", [])
    }
    odd = not known.isdisjoint(_DECIMALS)
    numbers: dict[str, int] = {}
    for name, row in _of_workbook(book, placed, odd=odd):
        yield name, row
        numbers[name] = numbers.get(name, 1) + 1
        if name == "report/todo":
            yield from _of_todo(row, numbers[name])
    yield from _of_page("\n".join(parts["report.html", ""]["text"]))


def _of_workbook(book: Mapping[str, list[str]], placed: Sequence[Row], *, odd: bool) -> Iterator[tuple[str, Row]]:
    sheets = [_plain(entry.split('"')[1]) for entry in book["xl/workbook.xml"]]
    words = [_plain(entry) for entry in book.get("xl/sharedStrings.xml", [])]
    lost = {place["sheet"] for place in placed} - set(sheets)
    if lost or not placed:
        raise ValueError(
            f"report.xlsx: no sheet {sorted(lost)}" if lost else "manifest.json places no table of report.xlsx"
        )
    titles: set[str] = set()
    between: list[tuple[str, int, set[str]]] = []
    for number, sheet in enumerate(sheets, 1):
        tables = [place for place in placed if place["sheet"] == sheet]
        heads = {place["row"] - 1: place for place in tables}
        for row in book[f"xl/worksheets/sheet{number}.xml"]:
            line = int(row.split('"')[1])
            place = next((x for x in tables if x["row"] <= line < x["row"] + x["rows"]), None)
            cells = {_index(at): (how, body) for at, how, body in _CELL.findall(row)}
            if place is None:
                styles = {i: _STYLE.findall(how) for i, (how, _) in cells.items()}
                if line in heads:
                    kinds = [column.rpartition(" ")[2] for column in heads[line]["columns"]]
                    titles |= {x for i, mine in styles.items() if i < len(kinds) and kinds[i] in _NUMBERS for x in mine}
                else:
                    between.append((sheet, line, {x for mine in styles.values() for x in mine}))
                if cells:
                    yield "report/outside", {"text": " ".join(_text(how, body, words) for how, body in cells.values())}
            elif odd and not says_decimals(place):
                yield from [("report/uncompared_", {"table": place["table"]})] if line == place["row"] else []
            else:
                yield f"report/{place['table']}", _row(place, cells, words)
    for sheet, line, styles_of in between:  # titles of numbers stand above tables, and nowhere else
        if not titles.isdisjoint(styles_of):
            raise ValueError(f"report.xlsx: {sheet} {line}: manifest.json does not place this table")


def says_decimals(place: Row) -> bool:
    """The table shows the currency of each row, or no amount."""
    kinds = [column.rpartition(" ") for column in place["columns"]]
    return any(name == "currency" for name, _, _ in kinds) or all(kind != "money" for _, _, kind in kinds)


def _row(place: Row, cells: Mapping[int, tuple[str, str]], words: Sequence[str]) -> Row:
    columns = [(i, *column.rpartition(" ")[::2]) for i, column in enumerate(place["columns"])]
    code = next((_text(*cells[i], words) for i, name, _ in columns if name == "currency" and i in cells), "")
    units = 10 ** _DECIMALS[code] if code in _DECIMALS else _CENTS
    return {
        name: _value(kind, *cells[i], words, _CENTS if name.endswith("_cny") else units) if i in cells else None
        for i, name, kind in columns
    }


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


def _value(kind: str, how: str, body: str, words: Sequence[str], units: int) -> Any:
    text = _text(how, body, words)
    if ' t="' in how:
        return text
    if kind in ("date", "time"):
        return str(_SERIAL_START + timedelta(seconds=round(Decimal(text) * 86400)))[: 10 if kind == "date" else 19]
    return int(Decimal(text) * {"money": units, "percent": _PERCENT}.get(kind, 1))


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
