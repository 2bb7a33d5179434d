"""What the interpreter needs from a text table; `reading.containers` delivers it."""

from __future__ import annotations

from typing import Protocol

import polars as pl

from ecrecon.reading.containers.model import End, Span


class Body(Protocol):
    """The rows under the header, as text. See `containers.RawBody`."""

    @property
    def names(self) -> list[str]:
        """Header cells as printed."""

    @property
    def cells(self) -> pl.DataFrame:
        """String columns `c0`, `c1`, … one row per physical row after the header, trailer included."""

    @property
    def line(self) -> pl.Series:
        """Int32, 1-based physical line or sheet row of each row."""

    @property
    def numeric(self) -> pl.DataFrame | None:
        """Boolean columns of the same names: the cell was stored as a number; None for text files."""

    @property
    def ragged(self) -> list[tuple[int, int]]:
        """(line, number of cells) of rows with more cells than the header."""

    @property
    def damaged(self) -> list[int]:
        """Lines that hold U+FFFD."""

    @property
    def widths(self) -> pl.Series | None:
        """Int32, cells printed in each row; None where all have as many as the header, or where it means nothing."""

    @property
    def end(self) -> End:
        """How the file ends."""

    @property
    def merged(self) -> tuple[Span, ...]:
        """Merged cells of a spreadsheet."""


class Table(Protocol):
    """One sheet, CSV file or HTML table. See `containers.RawTable`."""

    @property
    def path(self) -> str:
        """Display path."""

    @property
    def sheet(self) -> str | None:
        """Sheet name."""

    @property
    def container(self) -> str:
        """csv, tsv, xlsx, xls or html."""

    @property
    def encoding(self) -> str | None:
        """Encoding of a text file."""

    @property
    def sha256(self) -> str:
        """Digest of the table's own bytes."""

    @property
    def size(self) -> int:
        """Size of the table's own bytes."""

    @property
    def head(self) -> list[list[str]]:
        """Cells of the first rows as text."""

    @property
    def head_lines(self) -> list[int]:
        """1-based line of each row of `head`."""

    def body(self, header_index: int, header_rows: int = 1, skip: int = 0) -> Body:
        """The rows under the header at `head[header_index]`."""
