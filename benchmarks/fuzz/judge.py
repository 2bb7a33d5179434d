"""What the program says it read, held against the independent reader.

The whole sample calibrates: how many rows below the header the program does not count (trailers), and which one or two
columns add up to its money. A mutated file must keep that relation, or the program must have something to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from benchmarks.fuzz.reader import Grid, grids, money

FEWEST_CELLS = 3
_SUMS = ("#", "合计", "总计", "小计", "总", "-")


@dataclass(frozen=True)
class Said:
    """What one run told of one file. `told`: findings, notes and broken controls, each as one text."""

    readable: int
    rows: int
    money: Decimal | None
    headers: tuple[tuple[str | None, int], ...]
    told: Counter[str]


@dataclass(frozen=True)
class Relation:
    """`header`: the names of the header row. `columns`: those whose amounts add up to the money said."""

    header: tuple[str, ...]
    columns: tuple[int, ...]
    uncounted: int
    said: Said
    rows: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Seen:
    rows: int
    money: Decimal
    odd: int


def calibrate(data: bytes, said: Said) -> Relation | None:
    """The relation of a whole sample; None where the independent reader cannot see its table."""
    tables = grids(data)
    if tables is None or said.readable != 1 or len(said.headers) != 1:
        return None
    line = said.headers[0][1]
    for grid in tables:
        header = next((cells for number, cells in grid if number == line), None)
        if header and len([name for name in header if name]) > 2:
            break
    else:
        return None
    names = tuple(name for name in header)
    seen = _look([grid], names, ())
    if seen is None:
        return None
    columns: tuple[int, ...] = ()
    if said.money is not None and said.money:
        columns = _columns([grid], names, said.money)
    return Relation(names, columns, seen.rows - said.rows, said, _rows([grid]) - {names})


def _rows(tables: Sequence[Grid]) -> frozenset[tuple[str, ...]]:
    """Rows that look like data."""
    return frozenset(tuple(cells) for grid in tables for _, cells in grid if _counts(cells, ()))


def _columns(tables: Sequence[Grid], names: tuple[str, ...], total: Decimal) -> tuple[int, ...]:
    sums = {}
    for place in range(len(names)):
        seen = _look(tables, names, (place,))
        if seen is not None and seen.money:
            sums[place] = seen.money
    for count in (1, 2):
        for chosen in combinations(sums, count):
            if sum(sums[place] for place in chosen) == total:
                return chosen
    return ()


def _look(tables: Sequence[Grid], header: tuple[str, ...], columns: tuple[int, ...]) -> Seen | None:
    """Rows with text below each row that is the header; None where there is none."""
    found, rows, total, odd = False, 0, Decimal(0), 0
    wanted = [name for name in header if name]
    for grid in tables:
        at = next((i for i, (_, cells) in enumerate(grid[:80]) if [c for c in cells if c] == wanted), None)
        if at is None:
            continue
        found = True
        places = [_place(grid[at][1], header, column) for column in columns]
        for _, cells in grid[at + 1 :]:
            if not _counts(cells, places):
                continue
            rows += 1
            for place in places:
                text = cells[place] if place < len(cells) else ""
                value = money(text)
                total += value or 0
                odd += value is None and bool(text)
    return Seen(rows, total, odd) if found else None


def _counts(cells: list[str], places: Sequence[int]) -> bool:
    """A row of data, as far as one can see without knowing the layout: three cells, or an amount in its place.

    Trailers and remarks are of one or two cells, or begin with the word for a sum.
    """
    if next((cell for cell in cells if cell), "").startswith(_SUMS):
        return False
    return sum(map(bool, cells)) >= FEWEST_CELLS or any(place < len(cells) and money(cells[place]) for place in places)


def _place(cells: list[str], header: tuple[str, ...], column: int) -> int:
    """Where a column of the sample stands in the mutated header."""
    return cells.index(header[column])


def silent_loss(data: bytes, relation: Relation, said: Said) -> str:
    """A sentence where the program lost rows or money without a word; else ""."""
    if said.told - relation.said.told:
        return ""
    tables = grids(data)
    if not said.readable and tables is not None:
        left = len(_rows(tables) & relation.rows)
        return f"called no bill; {left} of {len(relation.rows)} of its rows stand in it" if left > 1 else ""
    seen = _look(tables, relation.header, relation.columns) if tables is not None else None
    if seen is None:
        return ""
    if seen.rows - said.rows > max(relation.uncounted, 0):
        return f"rows: {seen.rows} below the header, {said.rows} said, {relation.uncounted} of them usually uncounted"
    if relation.columns and said.money is not None and said.money < seen.money:
        return f"money: {seen.money} in the cells, {said.money} said"
    return ""
