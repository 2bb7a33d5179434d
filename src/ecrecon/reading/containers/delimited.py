"""Delimited text -> rows of cells with their physical lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.quarantine.limits import MIN_LINE, SMALL_LINES, Clock, LimitError, refuse_hollow, refuse_wide
from ecrecon.reading.containers.model import HEAD_ROWS, End, RawBody, header_names
from ecrecon.reading.containers.quoting import (
    TAIL,
    Grammar,
    as_strict_csv,
    end_of,
    is_backticked,
    normalise,
    record_widths,
    records,
)

SEPARATORS = (",", "\t", ";", "|")
OVERFLOW = 16
"""Cells beyond the header that are counted; more are reported as this many."""
EXACT_BYTES = 64 * 1024**2
"""Up to this size the cells of every line are counted; above it only where the total number of separators is off."""

BYTES_PER_CELL = 3
"""Bytes of text that count as one filled cell: blank lines and short rows make cells of nothing."""

_SAMPLE_BYTES = 256 * 1024
_SAMPLE_LINES = 400
_DAMAGE = "\ufffd".encode()


def sniff_separator(data: bytes) -> tuple[str, int]:
    """Separator of UTF-8 text and the usual number of cells.

    The separator that most lines share the same number of times wins (lines squared x separators); comma wins ties.

    TABs that end cells of a comma file (Alipay, Pinduoduo) or begin them (抖店) separate nothing; neither do separators inside quotes.
    """
    sample = data[:_SAMPLE_BYTES].decode(errors="ignore").split("\n")[:_SAMPLE_LINES]
    lines = [re.sub(r'"[^"]*"', "", line.rstrip("\r")) for line in sample if line.strip()]
    best: tuple[int, str, int] = (0, SEPARATORS[0], 1)
    for separator in SEPARATORS:
        counts: Counter[int] = Counter()
        for line in lines:
            counts[_separators(line, separator)] += 1
        for count, times in sorted(counts.items()):
            if count * times**2 > best[0]:
                best = (count * times**2, separator, count + 1)
    return best[1], best[2]


def _separators(line: str, separator: str) -> int:
    if separator == "\t" and "," in line:
        line = re.sub(r"\t+(?=,|$)|(?:^|(?<=,))\t+", "", line)
    return line.count(separator)


def read_delimited(data: bytes) -> Delimited:
    """Find separator and quoting of UTF-8 text without BOM.

    Raises LimitError for text of nothing but line ends, and for quoting that takes too long to make out.
    """
    lines = data.count(b"\n")
    if lines > SMALL_LINES and lines * MIN_LINE > len(data):
        raise LimitError(
            tr(f"文件有 {lines} 行，几乎都是空行，超出上限。", f"{lines} lines, nearly all empty: too many.")
        )
    if is_backticked(data):
        return Delimited(as_strict_csv(data), SEPARATORS[0], quoted=True, end=end_of(data, SEPARATORS[0]))
    separator, columns = sniff_separator(data)
    strict, quoted = normalise(data, separator, columns, Clock.of(len(data)))
    return Delimited(strict, separator, quoted, end_of(data, separator))


@dataclass(frozen=True)
class Delimited:
    """`data`: UTF-8, strict CSV where `quoted`, no quoting at all otherwise; physical lines as in the file."""

    data: bytes
    separator: str
    quoted: bool
    end: End = "whole"

    @cached_property
    def _head(self) -> list[tuple[int, list[str]]]:
        return self._rows(HEAD_ROWS + 1)

    def _rows(self, count: int) -> list[tuple[int, list[str]]]:
        return list(islice(records(self.data, Grammar.of(self.separator), quoted=self.quoted), count))

    @cached_property
    def _physical_lines(self) -> int:
        return self.data.count(b"\n") + (0 if self.data.endswith(b"\n") or not self.data else 1)

    def head(self, rows: int) -> tuple[list[list[str]], list[int]]:
        """The first `rows` rows and their lines."""
        first = self._head[:rows] if rows <= HEAD_ROWS else self._rows(rows)
        return [cells for _, cells in first], [line for line, _ in first]

    def body(self, header_index: int, header_rows: int, skip: int) -> RawBody:
        """The rows below the header."""
        below = header_index + header_rows + skip
        rows = self._head if below < HEAD_ROWS else self._rows(below + 1)
        names = header_names([cells for _, cells in rows[header_index : header_index + header_rows]])
        first = rows[below][0] if below < len(rows) else self._physical_lines + 1
        refuse_wide(len(names))
        refuse_hollow(self._physical_lines - first, len(names), lambda: len(self.data) // BYTES_PER_CELL)
        even = self._even_frame(first, len(names))
        if even is not None:
            widths = self._widths(*even, len(names))
            return RawBody(names, *even, None, [], self._damaged(), widths, self.end)
        frame, line = self._frame(first, len(names) + 1)
        if frame[:, -1].null_count() < frame.height:
            frame, line = self._frame(first, len(names) + OVERFLOW)
        ragged = self._ragged(frame, line, len(names), first)
        frame = frame[:, : len(names)]
        widths = self._widths(frame, line, len(names))
        return RawBody(names, frame, line, None, ragged, self._damaged(), widths, self.end)

    def _even_frame(self, first: int, width: int) -> tuple[pl.DataFrame, pl.Series] | None:
        """The common file: no row has more than `width` cells, so none is ragged. None where one has, or may have.

        What it gives is what `_frame` gives; the reader itself refuses the first row that is too long.
        """
        if not width or self._physical_lines < first:
            return None
        return self._read(first, [f"c{i}" for i in range(width)], ragged=False)

    def _widths(self, frame: pl.DataFrame, line: pl.Series, width: int) -> pl.Series | None:
        """Cells of each row; None where each has at least as many as the header: its last cell is filled.

        Of large files, whose rows the arithmetic of separators proves or not, only the end is counted.
        """
        if not width or not frame.height or frame[:, -1].null_count() == 0:
            return None
        start, before = _offset(self.data, int(line[0])), 0
        if len(self.data) - start > EXACT_BYTES and self.quoted:
            before = max(0, frame.height - TAIL)
            start = _offset_from_end(self.data, self._physical_lines - int(line[before]) + 1)
        counted = record_widths(self.data, self.separator, start, frame.height - before, width, quoted=self.quoted)
        if counted is None:
            return None
        full = pl.Series([width], dtype=pl.Int32).new_from_index(0, before)
        widths = pl.concat([full, counted])
        return widths if (widths < width).any() else None

    def _frame(self, first: int, width: int) -> tuple[pl.DataFrame, pl.Series]:
        """Cells from physical line `first` on, `width` columns, and the line of each row."""
        names = [f"c{i}" for i in range(width)]
        if self._physical_lines < first:
            return _empty(names), pl.Series("line", [], dtype=pl.Int32)
        return self._read(first, names, ragged=True) or self._slow_frame(first, names)

    def _read(self, first: int, names: list[str], *, ragged: bool) -> tuple[pl.DataFrame, pl.Series] | None:
        """One pass of the CSV reader; None where it fails or counts lines differently."""
        options: dict[str, Any] = {
            "has_header": False, "schema": dict.fromkeys(names, pl.String), "separator": self.separator,
            "quote_char": '"' if self.quoted else None, "skip_lines": first - 1, "truncate_ragged_lines": ragged,
            "missing_columns": "insert", "extra_columns": "ignore" if ragged else "raise", "raise_if_empty": False,
            "glob": False,
        }  # fmt: skip
        try:
            frame = pl.read_csv(self.data, **options)
        except pl.exceptions.PolarsError:
            return None
        frame = frame.rechunk()
        inside = self._line_feeds(frame)
        expected = self._physical_lines - first + 1
        if frame.height + (int(inside.sum()) if inside is not None else 0) != expected:
            return None
        line = pl.int_range(first, first + frame.height, dtype=pl.Int32, eager=True)
        if inside is not None:
            line = (line + inside.cum_sum().shift(1, fill_value=0)).cast(pl.Int32)
        if self.quoted:
            frame = frame.select(pl.when(pl.all() != "").then(pl.all()))
        return frame, line.alias("line")

    def _line_feeds(self, frame: pl.DataFrame) -> pl.Series | None:
        """Line feeds inside the cells of each row."""
        if not self.quoted or b'"' not in self.data:
            return None
        return frame.select(
            pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).fill_null(0)).cast(pl.Int32)
        ).to_series()

    def _slow_frame(self, first: int, names: list[str]) -> tuple[pl.DataFrame, pl.Series]:
        """The same, record by record, for text that the fast reader counts differently (cells past the overflow)."""
        kept = [
            (line, cells)
            for line, cells in records(self.data, Grammar.of(self.separator), quoted=self.quoted)
            if line >= first
        ]
        columns = {
            name: pl.Series(name, [cells[i] or None if i < len(cells) else None for _, cells in kept], pl.String)
            for i, name in enumerate(names)
        }
        return pl.DataFrame(columns), pl.Series("line", [line for line, _ in kept], dtype=pl.Int32)

    def _ragged(self, frame: pl.DataFrame, line: pl.Series, width: int, first: int) -> list[tuple[int, int]]:
        """Data rows (text beyond the first cell) with more cells than the header has names."""
        if not width or not frame.height:
            return []
        names = frame.columns
        far = self._far_cells(frame, line, first)
        data_row = ~pl.all_horizontal(pl.col(names[1:]).is_null()) | pl.lit(far > width)
        present = [pl.when(pl.col(name).is_not_null()).then(i + 1) for i, name in enumerate(names)]
        seen = pl.max_horizontal(present).fill_null(0).cast(pl.Int64)
        counted = self._cell_counts(frame, data_row, width, first)
        seen = pl.max_horizontal(seen, pl.lit(far))
        cells = pl.max_horizontal("counted", seen.clip(upper_bound=len(names))) if counted is not None else seen
        if counted is not None:
            frame = frame.with_columns(counted.alias("counted"))
        elif len(names) == width + 1 and not (far > width).any():
            return []  # one spare column was read and holds nothing
        rows = frame.select(line, data_row.alias("data"), cells.alias("cells"), seen.alias("seen"))
        long = rows.filter(pl.col("data") & (pl.col("cells") > width))
        if 2 * long.height > rows["data"].sum():
            long = long.filter(pl.col("seen") > width)
        return [(int(at), int(count)) for at, count in long.select("line", "cells").iter_rows()]

    def _far_cells(self, frame: pl.DataFrame, line: pl.Series, first: int) -> pl.Series:
        """Int64 per row of which nothing was read beyond the first cell: the cell, counted from 1, that is its last with
        text, however far right; at most as many as are counted. 0 for the other rows."""
        none = pl.repeat(0, frame.height, dtype=pl.Int64, eager=True)
        bare = frame.select(pl.all_horizontal(pl.col(frame.columns[1:]).is_null())).to_series()
        if not bare.any():
            return none
        lines = pl.Series("line", self.data[_offset(self.data, first) :].split(b"\n"), dtype=pl.Binary)
        text = lines.gather(line.filter(bare) - first).cast(pl.String)
        if self.quoted:
            text = text.str.replace_all('"[^"]*"', "x")
        text = text.str.strip_chars_end(f"{self.separator} \t\r")
        far = text.str.count_matches(self.separator, literal=True).cast(pl.Int64) + 1
        return none.scatter(bare.arg_true(), far.clip(upper_bound=len(frame.columns) + OVERFLOW))

    def _cell_counts(self, frame: pl.DataFrame, data_row: pl.Expr, width: int, first: int) -> pl.Series | None:
        """Cells of each row, empty ones at the end included; None where quoting hides them or none can be too many.

        Quoted text is written by programs that quote what needs quoting, so an extra empty cell is no shifted row.
        """
        if self.quoted:
            return None
        mark = self.separator
        if len(self.data) > EXACT_BYTES:
            start = _offset(self.data, first)
            rows = frame.select(data_row.sum()).item()
            if self.data.count(mark.encode(), start) == rows * (width - 1):
                return None
        lines = pl.Series("line", self.data[_offset(self.data, first) :].split(b"\n"), dtype=pl.Binary)
        counts = lines.cast(pl.String).str.count_matches(mark, literal=True).cast(pl.Int64) + 1
        return counts.head(frame.height).clip(upper_bound=width + OVERFLOW)

    def _damaged(self) -> list[int]:
        """Lines that hold U+FFFD."""
        found: list[int] = []
        line, start = 1, 0
        while (place := self.data.find(_DAMAGE, start)) >= 0:
            line += self.data.count(b"\n", start, place)
            found.append(line)
            end = self.data.find(b"\n", place)
            if end < 0:
                break
            line, start = line + 1, end + 1
        return found


def _offset(data: bytes, line: int) -> int:
    """Byte at which physical line `line` begins."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
    return start


def _offset_from_end(data: bytes, lines: int) -> int:
    """Byte at which the last `lines` physical lines begin."""
    place = len(data) - 1 if data.endswith(b"\n") else len(data)
    for _ in range(lines):
        place = data.rfind(b"\n", 0, place)
    return place + 1


def _empty(names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
