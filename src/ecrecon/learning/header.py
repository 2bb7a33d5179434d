"""Where the table begins: the row of names, one or two rows high, below any preamble."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecrecon.learning.vocabulary import Vocabulary
from ecrecon.reading.identify import HEADER_ROWS
from ecrecon.reading.tables import Table
from ecrecon.settings.profiles import normal_name

_VALUE = re.compile(
    r"^[¥￥$]?[+\-－]?[\d,，]*\.?\d+%?$|^\d{4}[-/.年]\d{1,2}|^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|^\d{1,2}:\d{2}|^=\"|^'?\d{6,}"
)
_LONGEST_NAME = 40
_FEWEST = 3
_LOOK_BELOW = 4


@dataclass(frozen=True)
class Header:
    """Place in `table.head` and height in rows."""

    index: int
    rows: int


def find_header(table: Table, words: Vocabulary) -> Header | None:
    """The row that looks most like column names with data below it, or None."""
    rows = [[cell.strip() for cell in row] for row in table.head[:HEADER_ROWS]]
    best: tuple[float, int] | None = None
    for index in range(len(rows)):
        score = _score(rows, index, words)
        if score is not None and (best is None or score > best[0]):
            best = (score, index)
    if best is None:
        return None
    index = best[1]
    return Header(index - 1, 2) if index and _spans(rows[index - 1], rows[index]) else _down(rows, index)


def is_value(cell: str) -> bool:
    """True for amounts, dates, times and long numbers: no name of a column."""
    return _VALUE.search(cell.strip()) is not None


def _score(rows: list[list[str]], index: int, words: Vocabulary) -> float | None:
    filled = [cell for cell in rows[index] if cell]
    labels = {normal_name(cell) for cell in filled if not is_value(cell) and len(cell) <= _LONGEST_NAME}
    if len(labels) < _FEWEST or len(labels) < 0.7 * len(set(filled)):
        return None
    below = [row for row in rows[index + 1 : index + 1 + _LOOK_BELOW] if any(row)]
    if below and not any(is_value(cell) for row in below for cell in row):
        return None
    hits = sum(words.knows(name) for name in labels)
    return 3.0 * hits + min(len(labels), 15) - 0.01 * index


def _spans(upper: list[str], lower: list[str]) -> bool:
    """`upper` holds group names of `lower`: names only, two or more, over cells that need them."""
    names = [(place, cell) for place, cell in enumerate(upper) if cell]
    if len(names) < 2 or any(is_value(cell) or ":" in cell or "：" in cell for _, cell in names):
        return False
    if max(place for place, _ in names) >= len(lower) + 1:
        return False
    filled = [cell for cell in lower if cell]
    repeated = len(set(filled)) < len(filled)
    completes = any(not (lower[place] if place < len(lower) else "") for place, _ in names)
    return repeated or completes


def _down(rows: list[list[str]], index: int) -> Header:
    """The best row may be the upper one of two."""
    if index + 2 < len(rows):
        upper, lower, data = rows[index], rows[index + 1], rows[index + 2]
        labels = [cell for cell in lower if cell]
        names_only = bool(labels) and not any(is_value(cell) for cell in labels)
        if names_only and any(is_value(cell) for cell in data) and _spans(upper, lower):
            return Header(index, 2)
    return Header(index, 1)
