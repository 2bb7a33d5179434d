"""Where the table begins, and the rows under its header, cut free of what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.money import read_money
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.times import clock_only, date_groups, readable
from ecrecon.learning.vocabulary import Vocabulary
from ecrecon.reading.cells import clean
from ecrecon.reading.columns import named_columns
from ecrecon.reading.identify import HEADER_ROWS, header_names
from ecrecon.reading.tables import Table
from ecrecon.settings.profiles import HeaderTable, normal_name

# Where the table begins: the row of names, one or two rows high, below any preamble.

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


# The rows under a header, cut free of what stands around them, and what each column holds.

_MOST = 0.9
"""Share of filled cells that makes a column one of dates or amounts; the rest may be totals below the table."""
_ID = r"^[`']?[A-Za-z0-9][A-Za-z0-9_\-]{7,}$"
_PHONE = r"^1[3-9]\d{9}$"


def read_sample(table: Table, header: Header, words: Vocabulary) -> Sample:
    """Columns with their facts; rows above and below the table apart."""
    body = table.body(header.index, header.rows)
    places = named_columns(body.names, HeaderTable(), header.rows)
    cells = clean(body.cells.select(pl.col(physical).alias(name) for name, physical in places.items()))
    order = {physical: place for place, physical in enumerate(body.cells.columns)}
    printed = {name: body.names[order[physical]] for name, physical in places.items()}
    plain = _plain_places(places)
    line, inside = body.line, _inside(cells, words)
    outside = [
        (number, tuple(cell or "" for cell in row))
        for number, row in zip(line.filter(~inside).to_list(), body.cells.filter(~inside).iter_rows(), strict=True)
        if any(cell and cell.strip() for cell in row)
    ]
    rows = cells.filter(inside)
    columns = tuple(_column(name, printed[name].strip(), rows[name], words) for name in cells.columns if name in plain)
    above = tuple(tuple(row) for row in table.head[: header.index])
    names = frozenset(header_names(table.head, header.index, header.rows))
    return Sample(
        table,
        header.index,
        header.rows,
        columns,
        line.filter(inside),
        above,
        tuple(cells for _, cells in outside),
        tuple(number for number, _ in outside),
        names,
        {name: order[physical] for name, physical in places.items()},
    )


def _plain_places(places: dict[str, str]) -> set[str]:
    """One name per physical column, the first: two header rows also offer the lower name alone."""
    first: dict[str, str] = {}
    for name, physical in places.items():
        first.setdefault(physical, name)
    return set(first.values())


def _inside(cells: pl.DataFrame, words: Vocabulary) -> pl.Series:
    """Boolean per row: a row of the table. Totals, remarks and blank lines fill few cells, or lack the values that
    nearly every row has."""
    if cells.width == 0 or cells.is_empty():
        return pl.Series([False] * cells.height, dtype=pl.Boolean)
    filled = cells.select(pl.sum_horizontal(pl.all().is_not_null()).alias("n"))["n"]
    usual = int(filled.filter(filled > 0).median() or 0)  # type: ignore[arg-type]
    first = cells.select(pl.coalesce(pl.all()).alias("first"))["first"]
    total = first.str.contains("|".join(words.lists["around"]["totals"])).fill_null(value=False)
    inside = (filled * 2 >= usual) & ~total
    anchor = _anchor(cells.filter(inside))
    if anchor is not None:
        name, groups = anchor
        inside &= _reads(cells[name], groups)
    return inside


def _anchor(rows: pl.DataFrame) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]] | None:
    """The first column that holds a date in nearly every row."""
    for name in rows.columns:
        texts = rows[name]
        if texts.null_count() * 10 <= len(texts) and (groups := date_groups(texts.drop_nulls())):
            return name, groups
    return None


def _reads(texts: pl.Series, groups: Sequence[tuple[str, tuple[str, ...]]]) -> pl.Series:
    result = pl.Series([False] * len(texts), dtype=pl.Boolean)
    for _, patterns in groups:
        result |= readable(texts, patterns)
    return result


def _column(name: str, printed: str, texts: pl.Series, words: Vocabulary) -> Column:
    filled = texts.drop_nulls()
    personal = words.personal(name) or (bool(len(filled)) and _share(filled, _PHONE) >= _MOST)
    if filled.is_empty():
        return Column(name, printed, texts, personal=personal)
    groups = date_groups(filled)
    clock = not groups and clock_only(filled)
    bad = read_money(filled, 6)["bad"]
    money = not groups and not clock and bool((~bad).mean() >= _MOST)  # type: ignore[operator]
    decimals = money and bool(filled.str.contains(r"\.\d{1,2}$").any())
    identifier = not groups and not clock and not decimals and _share(filled, _ID) >= _MOST
    return Column(name, printed, texts, money and not identifier, decimals, groups, clock, identifier, personal)


def _share(texts: pl.Series, regex: str) -> float:
    return float(texts.str.contains(regex).mean() or 0.0)  # type: ignore[arg-type]


def masked(column: Column, text: str | None) -> str:
    """A cell as it may be shown: nothing of persons, and no phone number inside other text."""
    if text is None:
        return ""
    if column.personal:
        return "***"
    kept = re.sub(r"(^|\D)1[3-9]\d{9}(?=\D|$)", r"\1***", text)
    return kept if len(kept) <= 40 else kept[:39] + "…"


def dummy(column: Column, text: str | None) -> str:
    """A cell for the sample row of a profile: its shape alone, no real number, name or text."""
    if text is None:
        return ""
    if column.personal:
        return "***"
    shape = re.sub(r"\d", "0", text)
    if is_value(text) or column.dates or column.clock or column.identifier:
        return shape
    return "…" if column.distinct > column.filled // 2 else shape
