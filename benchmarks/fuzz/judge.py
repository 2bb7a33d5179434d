"""What the program says it read, held against the independent reader.

The whole sample calibrates: how many rows below its headers the program does not count (trailers), and which one or two
columns add up to its money. A mutated file must keep that relation, or the program must have something to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Literal

from benchmarks.fuzz.reader import Grid, Table, money, tables_of

FEWEST_CELLS = 3
Header = tuple[str, ...]
_SUMS = ("#", "合计", "总计", "小计", "总", "-")


@dataclass(frozen=True)
class Said:
    """What one run told of one file. `headers`: (sheet, line of its header, rows) of each readable table.

    `told`: findings, notes, broken controls and the end of the run, each as one text.
    """

    readable: int
    rows: int
    money: Decimal | None
    headers: tuple[tuple[str | None, int, int], ...]
    told: Counter[str]


@dataclass(frozen=True)
class Relation:
    """`headers`: the names of each header row. `columns`: each one or two columns whose amounts add up to the money said, of
    a lone header: where several do, nobody knows which of them the program reads.

    `tails`: cells of nothing but trailers and remarks; a row that holds one is none of data, whatever was done to it.
    """

    headers: tuple[Header, ...]
    columns: tuple[tuple[int, ...], ...]
    said: Said
    rows: frozenset[Header]
    trailers: frozenset[Header]
    tails: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """`kind`: the program told of a fault; what it read is what stands there; it lost something; the whole sample already is no
    bill to it (an advertising report, a lock file of Excel), so nothing can be lost; or nobody can say.

    `text`: what was lost, or why nobody can say.
    """

    kind: Literal["told", "equal", "loss", "no bill", "not judged"]
    text: str = ""


@dataclass(frozen=True)
class Seen:
    rows: int
    money: Decimal


def calibrate(data: bytes, said: Said) -> Relation | Verdict:
    """The relation of a whole sample, or the verdict on whatever is made of it."""
    if not said.readable:
        return Verdict("no bill")
    tables = tables_of(data)
    if tables is None:
        return Verdict("not judged", "no second reader opens the whole sample")
    unlike = Verdict("not judged", "the second reader does not find the tables of the whole sample")
    trailers: set[Header] = set()
    headers: set[Header] = set()
    taken: list[Table] = []
    for sheet, line in sorted({(sheet, line) for sheet, line, _ in said.headers}, key=str):
        fitting = [(table, names) for table in tables if (names := _header(table, sheet, line))]
        if not fitting:
            return unlike
        headers.update(names for _, names in fitting)
        taken += [table for table, _ in fitting]
        if len(fitting) == 1:  # the rows that are not counted are its last ones
            table, names = fitting[0]
            rows = sum(rows for *place, rows in said.headers if place == [sheet, line])
            trailers.update(map(tuple, _counted(below(table.rows, names), len(names))[rows:]))
    ordered = tuple(sorted(headers))
    seen = _look(taken, ordered, (), frozenset(trailers))
    if seen is None or seen.rows != said.rows:
        return Verdict("not judged", "the second reader counts other rows of the whole sample")
    columns = _columns(taken, ordered[0], said.money) if len(ordered) == 1 and said.money else ()
    return Relation(
        ordered, columns, said, _rows(taken) - headers, frozenset(trailers), _tails(taken, ordered, trailers)
    )


def _tails(tables: Sequence[Table], headers: Sequence[Header], trailers: set[Header]) -> frozenset[str]:
    tails: set[str] = set()
    data: set[str] = set()
    for table in tables:
        for header in headers:
            for cells in below(table.rows, header):
                counted = _counts(cells, (), len(header)) and tuple(cells) not in trailers
                (data if counted else tails).update(cell for cell in cells if cell)
    return frozenset(tails - data)


def _header(table: Table, sheet: str | None, line: int) -> Header:
    """The row at `line`, where it can be a header."""
    if None not in (sheet, table.sheet) and sheet != table.sheet:
        return ()
    cells = next((cells for number, cells in table.rows if number == line), [])
    return tuple(cells) if sum(map(bool, cells)) > 2 else ()


def _counted(rows: list[list[str]], width: int) -> list[list[str]]:
    return [cells for cells in rows if _counts(cells, (), width)]


def below(grid: Grid, header: Header) -> list[list[str]]:
    """The rows below the row that is the header; none where there is none."""
    wanted = [name for name in header if name]
    at = next((i for i, (_, cells) in enumerate(grid[:80]) if [c for c in cells if c] == wanted), None)
    return [] if at is None else [cells for _, cells in grid[at + 1 :]]


def _rows(tables: Sequence[Table]) -> frozenset[Header]:
    """Rows that look like data."""
    return frozenset(tuple(cells) for table in tables for _, cells in table.rows if _counts(cells, ()))


def _columns(tables: Sequence[Table], names: Header, total: Decimal) -> tuple[tuple[int, ...], ...]:
    sums = {}
    for place in range(len(names)):
        seen = _look(tables, (names,), (place,))
        if seen is not None and seen.money:
            sums[place] = seen.money
    for count in (1, 2):
        fitting = [chosen for chosen in combinations(sums, count) if sum(sums[place] for place in chosen) == total]
        if fitting:
            return tuple(fitting)
    return ()


def _look(
    tables: Sequence[Table],
    headers: Sequence[Header],
    columns: tuple[int, ...],
    trailers: frozenset[Header] = frozenset(),
    tails: frozenset[str] = frozenset(),
) -> Seen | None:
    """Rows with text below each row that is a header; None where there is none. `columns`: places in a lone header."""
    found, rows, total = False, 0, Decimal(0)
    wanted = {tuple(name for name in header if name): header for header in headers}
    for table in tables:
        grid = table.rows
        at = next((i for i, (_, cells) in enumerate(grid[:80]) if tuple(c for c in cells if c) in wanted), None)
        if at is None:
            continue
        found = True
        header = wanted[tuple(cell for cell in grid[at][1] if cell)]
        places = [_place(grid[at][1], header, column) for column in columns]
        for _, cells in grid[at + 1 :]:
            if not _counts(cells, places, len(header)) or tuple(cells) in trailers or not tails.isdisjoint(cells):
                continue
            rows += 1
            total += sum((money(cells[place]) or 0) for place in places if place < len(cells))
    return Seen(rows, total) if found else None


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


def judged(data: bytes, relation: Relation | Verdict, said: Said) -> Verdict:
    """Whether what the program says of the (unsealed) bytes of a mutated file is all that stands in them."""
    if isinstance(relation, Verdict):
        return relation
    if said.told - relation.said.told:
        return Verdict("told")
    tables = tables_of(data)
    if tables is None:
        return Verdict("not judged", "no second reader opens it")
    if not said.readable:
        left = len(_rows(tables) & relation.rows)
        sentence = f"called no bill; {left} of {len(relation.rows)} of its rows stand in it"
        return Verdict("loss", sentence) if left > 1 else Verdict("equal")
    looks = [
        _look(tables, relation.headers, columns, relation.trailers, relation.tails)
        for columns in relation.columns or ((),)
    ]
    seen = min((look for look in looks if look is not None), key=lambda look: (look.money, look.rows), default=None)
    if seen is None:
        return Verdict("not judged", "no header of the sample in it")
    whole = {tuple(cells) for table in tables for _, cells in table.rows} & relation.trailers
    changed = len(relation.trailers) - len(whole)  # a mutated trailer may look like a row
    if seen.rows - said.rows > changed:
        return Verdict("loss", f"rows: {seen.rows} below the header, {said.rows} said")
    if relation.columns and said.money is not None and said.money < seen.money:
        return Verdict("loss", f"money: {seen.money} in the cells, {said.money} said")
    return Verdict("equal")
