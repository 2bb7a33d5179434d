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
    said: Said
    rows: frozenset[tuple[str, ...]]
    trailers: frozenset[tuple[str, ...]]


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
    names = tuple(header)
    columns: tuple[int, ...] = ()
    if said.money is not None and said.money:
        columns = _columns([grid], names, said.money)
    counted = [cells for cells in below(grid, names) if _counts(cells, (), len(names))]
    trailers = counted[said.rows :]
    return Relation(names, columns, said, _rows([grid]) - {names}, frozenset(map(tuple, trailers)))


def below(grid: Grid, header: tuple[str, ...]) -> list[list[str]]:
    """The rows below the row that is the header; none where there is none."""
    wanted = [name for name in header if name]
    at = next((i for i, (_, cells) in enumerate(grid[:80]) if [c for c in cells if c] == wanted), None)
    return [] if at is None else [cells for _, cells in grid[at + 1 :]]


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


def _look(
    tables: Sequence[Grid],
    header: tuple[str, ...],
    columns: tuple[int, ...],
    trailers: frozenset[tuple[str, ...]] = frozenset(),
) -> Seen | None:
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
            if not _counts(cells, places, len(header)) or tuple(cells) in trailers:
                continue
            rows += 1
            for place in places:
                text = cells[place] if place < len(cells) else ""
                value = money(text)
                total += value or 0
                odd += value is None and bool(text)
    return Seen(rows, total, odd) if found else None


def _counts(cells: list[str], places: Sequence[int], width: int = 0) -> bool:
    """A row of data, as far as one can see without knowing the layout: three cells and half of the header's width, or an
    amount in its place.

    Trailers and remarks are of one or two cells, or begin with the word for a sum.
    """
    if next((cell for cell in cells if cell), "").startswith(_SUMS):
        return False
    wide = 2 * len(cells) >= width
    return (wide and sum(map(bool, cells)) >= FEWEST_CELLS) or any(
        place < len(cells) and money(cells[place]) for place in places
    )


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
    seen = _look(tables, relation.header, relation.columns, relation.trailers) if tables is not None else None
    if seen is None:
        return ""
    whole = {tuple(cells) for grid in tables or () for _, cells in grid} & relation.trailers
    changed = len(relation.trailers) - len(whole)  # a mutated trailer may look like a row
    if seen.rows - said.rows > changed:
        return f"rows: {seen.rows} below the header, {said.rows} said"
    if relation.columns and said.money is not None and said.money < seen.money:
        return f"money: {seen.money} in the cells, {said.money} said"
    return ""
