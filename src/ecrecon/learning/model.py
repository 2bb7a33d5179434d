"""What learning a layout works with: columns and what their cells show, decisions and questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from ecrecon.reading.tables import Table


@dataclass(frozen=True)
class Column:
    """One column of the file and what its data cells are.

    `name`: as a profile names it. `texts`: clean text per data row. `money`: every filled cell is an amount;
    `decimals`: some show a fraction. `dates`: groups of patterns each of which reads (nearly) all cells: none where
    the column holds no dates, several where day and month could be swapped. `clock`: times of day alone.
    `identifier`: long numbers or codes. `personal`: never read into a frame, masked where shown.
    """

    name: str
    printed: str
    texts: pl.Series = field(repr=False)
    money: bool = False
    decimals: bool = False
    dates: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clock: bool = False
    identifier: bool = False
    personal: bool = False

    @property
    def filled(self) -> int:
        """Cells that hold something."""
        return len(self.texts) - self.texts.null_count()

    @property
    def distinct(self) -> int:
        """Different texts."""
        return self.texts.drop_nulls().n_unique()

    @property
    def unique(self) -> bool:
        """Every row has a text of its own."""
        return self.filled == len(self.texts) > 1 and self.distinct == self.filled


@dataclass(frozen=True)
class Sample:
    """A table with its header found: data rows only, the lines around them apart.

    `header_index`, `header_rows`: place of the header in `table.head`. `line`: physical line of each data row.
    `above`, `below`: lines before the table, and lines of no data after or inside it with their line numbers.
    `names`: header names as identification sees them. `places`: column name -> its cell in a line.
    """

    table: Table
    header_index: int
    header_rows: int
    columns: tuple[Column, ...]
    line: pl.Series
    above: tuple[tuple[str, ...], ...]
    below: tuple[tuple[str, ...], ...]
    below_lines: tuple[int, ...]
    names: frozenset[str]
    places: Mapping[str, int]

    @property
    def rows(self) -> int:
        """Data rows."""
        return len(self.line)

    def column(self, name: str) -> Column:
        """The column called `name` (as a profile names it)."""
        return next(column for column in self.columns if column.name == name)

    def has(self, name: str) -> bool:
        """True where the file has the column."""
        return any(column.name == name for column in self.columns)


@dataclass(frozen=True)
class Decision:
    """Something settled: `key` and `value` as an answer would give them, and why. `answered`: by the user."""

    key: str
    value: str
    reason: str
    answered: bool = False


@dataclass(frozen=True)
class Question:
    """Something that the file does not tell. `options`: (value, meaning); empty or `free`: any text."""

    key: str
    text: str
    options: tuple[tuple[str, str], ...] = ()
    suggestion: str | None = None
    free: bool = False
