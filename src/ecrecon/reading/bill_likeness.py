"""Which rows look like rows of a bill, whatever stands above them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MONEY = re.compile(r"^[¥￥]?[+-]?\d{1,3}(?:,?\d{3})*\.\d{1,2}$")
_DECIMALS = re.compile(r"^[¥￥]?[+-]?\d{1,3}(?:,?\d{3})*\.\d{2}$")
_TIME = re.compile(r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{8})(?:[ T]*\d{1,2}:\d{2}.*)?$")
_CLOCK = re.compile(r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[ T]+\d{1,2}:\d{2}")
_NUMBER = re.compile(r"^[¥￥]?[+-]?\d[\d,]*(?:\.\d+)?$")
_LONG_ID = re.compile(r"^(?=(?:\D*\d){10})[A-Za-z0-9_-]{12,40}$")
_TITLE = re.compile(r"账单|账务|对账|帐单|账户明细|资金明细|资金流水|收支明细|交易明细|交易记录")
_DIGIT = re.compile(r"\d")
_DAY = re.compile(r"20\d{2}(?:[-/.年]\d{1,2}[-/.月]\d{1,2}|[01]\d[0-3]\d(?:\D|$|\d{6}$))|\d{1,2}/\d{1,2}/20\d{2}")
_FEWEST_CELLS = 3
_FEWEST_LISTED = 2
_DRESS = " \t\r\n'`=\"\ufeff"


def rows_of_a_bill(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of the rows that hold what rows of bills and orders hold: a long number, a time or date, an amount.

    Where no row is anything else, from the first one on, a time with its clock and a number are enough.
    """
    bare = [(place, [cell.strip(_DRESS) for cell in row]) for place, row in enumerate(rows)]
    filled = [(place, cells) for place, cells in bare if any(cells)]
    found = [place for place, cells in filled if _holds(cells, _MONEY, _TIME, _LONG_ID)]
    if not found and len(filled) > 1 and all(_holds(cells, _CLOCK, _NUMBER) for _, cells in filled):
        return [place for place, _ in filled]
    return found


def _holds(cells: Sequence[str], *words: re.Pattern[str]) -> bool:
    return all(any(word.search(cell) for cell in cells) for word in words)


def rows_without_header(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of rows such as bills have, where no row of names stands above them to say otherwise: a day and an amount,
    or, under the title of a bill, two amounts. Two such rows, as one may stand in any list."""
    titled = False
    places: list[int] = []
    for place, cells in enumerate(_filled(rows)):
        if len(cells) < _FEWEST_CELLS:
            titled = titled or any(_TITLE.search(cell) for cell in cells)
        elif _names(cells):
            break
        elif _is_line_of_money(cells, titled=titled):
            places.append(place)
    return places if len(places) > 1 else []


def rows_beyond_names(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of rows of money that are wider than the row of names above them: a header that was cut says nothing of them.

    Two such rows, as one may hold a remark beside the table.
    """
    width = 0
    places: list[int] = []
    for place, cells in enumerate(_filled(rows)):
        if _names(cells):
            width = max(width, len(cells))
        elif width and len(cells) > width and _is_line_of_money(cells, titled=False):
            places.append(place)
    return places if len(places) > 1 else []


def rows_past_header(rows: Sequence[Sequence[str]], header: int) -> list[int]:
    """Places of the rows of a bill below the header at place `header` that have text beyond its last name."""
    width = last_filled(rows[header])
    below = range(header + 1, len(rows))
    wide = [place for place in below if last_filled(rows[place]) > width]
    found = rows_of_a_bill([rows[place] for place in wide])
    return [wide[place] for place in found]


def rows_of_a_list(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of all rows where each is a text and an amount and no row of names as wide stands above: a list whose header
    is lost or was cut.

    Of a table of one shape, two rows or more; an amount has its decimals.
    """
    filled = _filled(rows)
    places = [place for place, cells in enumerate(filled) if cells]
    if places and not any(map(_DIGIT.search, filled[places[0]])) and len(filled[places[0]]) < max(map(len, filled)):
        del places[0]
    widths = {len(filled[place]) for place in places}
    if len(places) < _FEWEST_LISTED or len(widths) != 1 or widths <= {1}:
        return []
    columns = zip(*(filled[place] for place in places), strict=True)
    kinds = [[bool(_DECIMALS.search(cell)) for cell in column] for column in columns]
    return places if any(map(all, kinds)) and not all(map(any, kinds)) else []


def last_filled(row: Sequence[str]) -> int:
    """The place, counted from 1, of the last cell with text."""
    return max((place for place, cell in enumerate(row, 1) if cell.strip(_DRESS)), default=0)


def has_names(rows: Sequence[Sequence[str]]) -> bool:
    """True where a row may be a header: three cells and no digit."""
    return any(map(_names, _filled(rows)))


def only_names(rows: Sequence[Sequence[str]]) -> bool:
    """True where no row holds more than names and remarks: what the names are of stands further down."""
    return all(len(cells) < _FEWEST_CELLS or _names(cells) for cells in _filled(rows))


def names_over_money(rows: Sequence[Sequence[str]]) -> bool:
    """A row of names, and amounts in two rows below it."""
    headed, amounts = False, 0
    for cells in _filled(rows):
        amounts += headed and any(map(_MONEY.search, cells))
        headed = headed or _names(cells)
    return amounts > 1


def _filled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[text for cell in row if (text := cell.strip(_DRESS))] for row in rows]


def _names(cells: Sequence[str]) -> bool:
    return len(cells) >= _FEWEST_CELLS and not any(map(_DIGIT.search, cells))


def _is_line_of_money(cells: Sequence[str], *, titled: bool) -> bool:
    amounts = sum(_MONEY.search(cell) is not None for cell in cells)
    return (titled and amounts > 1) or (amounts > 0 and any(map(_DAY.match, cells)))
