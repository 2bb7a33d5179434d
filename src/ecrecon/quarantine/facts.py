"""What a spreadsheet knows of its cells beside their values: formulas without a stored result, errors, merged cells.

Programs that write formulas do not calculate them; until a spreadsheet saves the file their results are missing, and a
reader of values takes the cells for empty.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field

from ecrecon.quarantine.plain import Span

PutBack = dict[tuple[int, int], str]
"""(row, column), both 0-based -> text of a cell that a reader of values takes for empty: "#N/A", "=A1+B1"."""

_FORMULA = re.compile(
    rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*(<(?:\w+:)?v\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?v>))?"
)
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*>")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_TEXT_RESULT = re.compile(rb"\bt=[\"']str[\"']")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d{1,7})[\"']")
_VALUED_PLACE = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{1,3}\d{1,7})[\"'][^>/]*>\s*<")
_LARGE = 32 * 1024**2
_BEFORE = 512
"""Bytes in which the cell around a formula begins; its attributes are few and short."""


@dataclass(frozen=True)
class SheetFacts:
    """Of one sheet."""

    put_back: PutBack = field(default_factory=dict)
    merged: tuple[Span, ...] = ()


def unvalued_formulas(xml: bytes) -> PutBack:
    """Cells of a worksheet part whose formula has no stored result, as `=formula`; an empty text is a result."""
    found: PutBack = {}
    if b"<f" not in xml and b":f" not in xml:
        return found
    for formula in _FORMULA.finditer(xml):
        if formula.group(3):
            continue
        cells = _CELL.findall(xml, max(0, formula.start() - _BEFORE), formula.start())
        place = _PLACE.search(cells[-1]) if cells else None
        if place is None or (formula.group(2) is not None and _TEXT_RESULT.search(cells[-1])):
            continue
        where = int(place.group(2)) - 1, column_number(place.group(1).decode()) - 1
        found[where] = "=" + (html.unescape((formula.group(1) or b"").decode(errors="replace")) or "…")
    return found


def repeated_place(xml: bytes) -> str | None:
    """A row or cell that the worksheet part holds twice, such as "C2": a reader keeps one of them. None in sound files.

    Of large sheets the rows alone are looked at.
    """
    rows = _ROW.findall(xml)
    numbers = [int(number) for number in rows]
    if len(set(numbers)) < len(numbers):
        return str(next(number for number, count in Counter(numbers).items() if count > 1))
    if len(xml) > _LARGE:
        return None
    cells = _VALUED_PLACE.findall(xml)
    if len(set(cells)) == len(cells):
        return None
    twice: bytes = next(cell for cell, count in Counter(cells).items() if count > 1)
    return twice.decode()


def merged_cells(xml: bytes) -> tuple[Span, ...]:
    """The merged cells of a worksheet part."""
    if b"mergeCell" not in xml:
        return ()
    return tuple(
        Span(int(first_row), int(last_row), column_number(first.decode()) - 1, column_number(last.decode()) - 1)
        for first, first_row, last, last_row in _MERGED.findall(xml)
    )


def column_number(letters: str) -> int:
    """A -> 1, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
