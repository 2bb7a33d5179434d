"""Which rows look like rows of a bill, whatever stands above them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MONEY = re.compile(r"^[¥￥]?[+-]?\d{1,3}(?:,?\d{3})*\.\d{1,2}$")
_TIME = re.compile(r"\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?[ T]*\d{1,2}:\d{2}")
_LONG_ID = re.compile(r"^(?=(?:\D*\d){10})[A-Za-z0-9_-]{12,40}$")
_DRESS = " \t\r\n'`=\"\ufeff"


def rows_of_a_bill(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of the rows that hold what rows of bills and orders hold: a long number, a time with its clock, an amount."""
    return [place for place, row in enumerate(rows) if _is_row([cell.strip(_DRESS) for cell in row])]


def _is_row(cells: Sequence[str]) -> bool:
    return all(any(word.search(cell) for cell in cells) for word in (_MONEY, _TIME, _LONG_ID))
