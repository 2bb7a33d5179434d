"""Rows of typed cells (spreadsheets, HTML tables) -> text columns that remember which cells were numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest

import polars as pl

from ecrecon.base.nulls import flags
from ecrecon.quarantine.limits import refuse_wide
from ecrecon.quarantine.plain import Cell
from ecrecon.reading.containers.model import End, RawBody, Span, header_names

Rows = Sequence[Sequence[Cell]]

_EXACT_INTEGER = 2**53
_HALF_SECOND = timedelta(microseconds=500_000)
_DAMAGE = "\ufffd"
_FEW_ROWS = 64
"""Cells of a column that are told one by one in less time than the queries for all at once take."""


def number_text(value: float) -> str:
    """Shortest exact text of a stored number, never in E-notation: 3.0 -> "3", 5.1e18 -> "5100000000000000000"."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < _EXACT_INTEGER):
        return str(int(value))
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def cell_text(value: Cell) -> str:
    """Text of a cell: dates as "YYYY-MM-DD HH:MM:SS" to the nearest second, booleans as TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime):
        return (value + _HALF_SECOND).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return f"{value:%Y-%m-%d} 00:00:00"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}"
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def is_number(value: Cell) -> bool:
    """True for a cell stored as a plain number (dates and booleans are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Sheet:
    """`first_rows(n)` gives the first n rows (all for None), row 1 of the sheet first. `typed`: numbers are known, and
    rows end with their last filled cell. `added`: rows in front that are not in the file, such as another sheet's header."""

    first_rows: Callable[[int | None], Rows]
    typed: bool
    merged: tuple[Span, ...] = ()
    end: End = "whole"
    added: int = 0

    def head(self, rows: int) -> tuple[list[list[str]], list[int]]:
        """The first `rows` rows as text; the line is the sheet row."""
        head = [[cell_text(value) for value in row] for row in self.first_rows(rows)[:rows]]
        return head, [max(line - self.added, 1) for line in range(1, len(head) + 1)]

    def body(self, header_index: int, header_rows: int, skip: int) -> RawBody:
        """The rows below the header."""
        rows = self.first_rows(None)
        header = rows[header_index : header_index + header_rows]
        names = header_names([[cell_text(value) for value in row] for row in header])
        refuse_wide(len(names))
        below = header_index + header_rows + skip
        data = rows[below:]
        columns = list(zip_longest(*data)) if data else []
        blank: tuple[Cell, ...] = (None,) * len(data)
        columns += [blank] * (len(names) - len(columns))
        read = [column_of(f"c{i}", column) for i, column in enumerate(columns[: len(names)])]
        texts = pl.DataFrame([text for text, _ in read], schema={f"c{i}": pl.String for i in range(len(names))})
        numeric = None
        if self.typed:
            numeric = pl.DataFrame([flag for _, flag in read], schema={f"c{i}": pl.Boolean for i in range(len(names))})
        first = below + 1 - self.added
        return RawBody(
            names,
            texts.select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in texts.columns),
            pl.int_range(first, first + len(data), dtype=pl.Int32, eager=True).alias("line"),
            numeric,
            _ragged(data, len(names), first) if len(columns) > len(names) > 0 else [],
            [i for i, row in enumerate(data, first) if any(isinstance(cell, str) and _DAMAGE in cell for cell in row)],
            None if self.typed else pl.Series("width", [len(row) for row in data], dtype=pl.Int32),
            self.end,
            _clipped(self.merged, first, len(data), len(names)),
        )


def _clipped(merged: Sequence[Span], first: int, rows: int, columns: int) -> tuple[Span, ...]:
    """The merged cells that reach into `rows` rows from line `first` on, cut to them; those that cannot be, as merged
    cells do not overlap, are not believed."""
    found: list[Span] = []
    area = 0
    for span in merged:
        last_line, last = min(span.last_line, first + rows - 1), min(span.last, columns - 1)
        if last_line < first or span.first > last:
            continue
        area += (last_line - max(span.first_line, first) + 1) * (last - span.first + 1)
        if area > rows * columns:
            return ()
        found.append(Span(max(span.first_line, first), last_line, span.first, last))
    return tuple(found)


def column_of(name: str, column: Sequence[Cell]) -> tuple[pl.Series, pl.Series]:
    """(`cell_text`, `is_number`) of each cell of a column."""
    kinds = set(map(type, column))
    if kinds <= {str, type(None)}:
        return pl.Series(name, column, dtype=pl.String), flags(len(column)).alias(name)
    if len(column) > _FEW_ROWS and kinds <= {str, type(None), int, float}:
        at_once = _numbers_at_once(name, column)
        if at_once is not None:
            return at_once
    texts = pl.Series(name, [cell_text(value) for value in column], dtype=pl.String)
    return texts, pl.Series(name, [is_number(value) for value in column], dtype=pl.Boolean)


def _numbers_at_once(name: str, column: Sequence[Cell]) -> tuple[pl.Series, pl.Series] | None:
    """The same for a column of numbers and texts, by the frame library. None where one number is so large or small that
    it is no plain decimal, or no number at all."""
    bare = [None if type(value) is str else value for value in column]
    number = pl.Series(name, bare, dtype=pl.Float64, strict=False)
    number = number.set(number == 0, 0.0)  # no -0
    texts = number.cast(pl.String)
    plain = number.is_finite() & (number.abs() < _EXACT_INTEGER) & ~texts.str.contains("e", literal=True)
    if not plain.all():
        return None
    words = pl.Series(name, [value if type(value) is str else "" for value in column], dtype=pl.String)
    numeric = number.is_not_null()
    return texts.str.strip_suffix(".0").zip_with(numeric, words), numeric


def _ragged(data: Rows, width: int, first: int) -> list[tuple[int, int]]:
    """Rows with text beyond the last named column; the count is that of the last cell that holds something."""
    found: list[tuple[int, int]] = []
    for line, row in enumerate(data, first):
        if any(value not in ("", None) for value in row[width:]):
            found.append((line, max(i for i, value in enumerate(row, 1) if value not in ("", None))))
    return found
