"""What opening a file gives: tables whose body is read on demand, and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import polars as pl

from ecrecon.quarantine.limits import HEAD_ROWS
from ecrecon.quarantine.plain import End, Span

__all__ = [
    "HEAD_ROWS",
    "End",
    "Grid",
    "Opened",
    "RawBody",
    "RawTable",
    "Refusal",
    "Span",
    "header_names",
    "join_opened",
    "spread",
]


@dataclass(frozen=True)
class RawBody:
    """The rows below the header.

    `names`: header cells as printed, without empty cells at the end; two header rows are joined with "_".
    `cells`: String columns c0, c1, … one per name; one row per physical row, blank lines and trailer rows included.
    An empty or missing cell is null; other text is kept as it stands (TABs, `="…"` and blanks too).
    `line`: Int32 "line", the 1-based physical line (text) or sheet row each row starts at.
    `numeric`: spreadsheets only: Boolean columns of the same names, true where the cell was stored as a number.
    `ragged`: (line, number of cells) of data rows with more cells than names; text files count up to 16 too many.
    Empty cells too many are no fault where the whole file has them (a comma ends every line).
    `damaged`: lines that hold the replacement character U+FFFD.
    `widths`: Int32 beside `line`, the cells printed in each row; None where every row has as many as there are names,
    or where it means nothing (a spreadsheet stores no empty cells).
    `end`: how the file ends. `merged`: the merged cells that reach below the header.
    """

    names: list[str]
    cells: pl.DataFrame
    line: pl.Series
    numeric: pl.DataFrame | None
    ragged: list[tuple[int, int]]
    damaged: list[int]
    widths: pl.Series | None = None
    end: End = "whole"
    merged: tuple[Span, ...] = ()


class Grid(Protocol):
    """Rows of cells behind a RawTable: delimited text or a sheet."""

    def head(self, rows: int) -> tuple[list[list[str]], list[int]]:
        """The first `rows` rows as text and their physical lines."""

    def body(self, header_index: int, header_rows: int, skip: int) -> RawBody:
        """The rows below the header that starts at row `header_index` (0-based row, not line)."""


@dataclass(frozen=True)
class RawTable:
    """One table: a text file, one sheet of a workbook, one table of a page.

    `path`: display path, "outer.zip!/inner.csv" inside archives. `container`: csv, tsv, xlsx, xls or html.
    `sha256`, `size`: of the bytes of the table's own file, as found inside the archive.
    `head`: cells of the first rows as text (at most HEAD_ROWS; None -> ""), blank lines kept as rows.
    `head_lines`: their 1-based physical line or sheet row.
    """

    path: str
    sheet: str | None
    container: str
    encoding: str | None
    sha256: str
    size: int
    head: list[list[str]]
    head_lines: list[int]
    grid: Grid = field(repr=False, compare=False)

    def body(self, header_index: int, header_rows: int = 1, skip: int = 0) -> RawBody:
        """Read the rows below the header: `header_index` is a position in `head`, `skip` rows after it are left out."""
        return self.grid.body(header_index, header_rows, skip)


@dataclass(frozen=True)
class Refusal:
    """A file, archive entry or sheet that gives no table.

    `kind`: "ignored" (no bill: lock files, pictures, documents; `code` None) or "unreadable" (a bill may be lost:
    `code` F01, or F03 for undecodable text). `container`: what the bytes are. `sha256` is "" where nothing was read.
    `reason`: what was found and what was expected; `hint`: what to do. Both in the language of the run.
    `locked`: a password would open it.
    """

    path: str
    sha256: str
    size: int
    container: str
    kind: Literal["ignored", "unreadable"]
    code: Literal["F01", "F03"] | None
    reason: str
    hint: str
    locked: bool = False

    @property
    def message(self) -> str:
        """File, reason and hint in one line."""
        return f"{self.path}: {self.reason} {self.hint}".rstrip()


@dataclass(frozen=True)
class Opened:
    """All tables and refusals of one input file, in order of appearance."""

    tables: list[RawTable]
    refusals: list[Refusal]


def join_opened(parts: Iterable[Opened]) -> Opened:
    """Concatenate."""
    whole = Opened([], [])
    for part in parts:
        whole.tables.extend(part.tables)
        whole.refusals.extend(part.refusals)
    return whole


def header_names(rows: list[list[str]]) -> list[str]:
    """Names of one or two header rows: cells of a column joined with "_", empty names at the end dropped.

    In the upper of two rows a name stands over all columns that it groups: empty cells right of it belong to it, as
    far as the lower row goes on naming columns.
    """
    if len(rows) == 2:
        rows = [spread(rows[0], rows[1]), rows[1]]
    width = max((len(row) for row in rows), default=0)
    columns = ([row[i] for row in rows if i < len(row) and row[i].strip()] for i in range(width))
    names = ["_".join(cells) for cells in columns]
    while names and not names[-1]:
        names.pop()
    return names


def spread(upper: list[str], lower: list[str]) -> list[str]:
    """`upper` with each group name repeated over the columns of `lower` that it groups."""
    result: list[str] = []
    group = ""
    for place in range(max(len(upper), len(lower))):
        name = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        if not below.strip():
            group = ""
        elif name.strip():
            group = name
        result.append(name if name.strip() else group)
    return result
