"""`controls.csv`: control totals of everything a run wrote, so that an auditor sees what was changed afterwards, and where.

The control total (控制总数) of a column adds up the CRC-32 of its cells: `total`, and `weighted` by row number. A cell that was
changed moves `total` by d and `weighted` by d times its row, so that the row is known; a row that was dropped, doubled or moved
changes `rows` or `weighted`. The totals do not say that a figure is right: the laws of `ecrecon.verify` ask that of the files
among each other.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import count
from operator import mul

import polars as pl

from ecrecon.report import checksums

CONTROLS = "controls.csv"
COLUMNS = ("file", "part", "column", "rows", "filled", "total", "weighted")
UNSAFE_MARK = r"^'([=+\-@\t\r])"
"""The apostrophe before a text that a spreadsheet would run is none of the text."""
_TIME = "%Y-%m-%d %H:%M:%S"
_FEW = 2_000
"""Rows up to which a file is a handful of small columns: one pass makes them texts, and Python adds up their numbers."""
_LARGE = 1 << 20
"""Bytes from which on a Parquet file is read column by column."""
_REPEATED = 8
"""Each different cell is counted once where it stands at least so many times on average."""
_MARKS = {"xl/sharedStrings.xml": "<si>", "xl/workbook.xml": "<sheet "}
"""What begins a row of the parts of a workbook that are no sheets."""
_TEXT = "text"
"""Name of the one column of a file that has no columns: its lines, or the rows of a sheet."""


def controls_bytes(files: Mapping[str, bytes], settings: Mapping[str, object]) -> bytes:
    """The control totals of `files` (name to content) and of the manifest without its digests of outputs (`settings`)."""
    manifest = json.dumps({**settings, "outputs": {}}, ensure_ascii=False, indent=2, sort_keys=True)
    rows = [row for name in sorted(files) for row in _of_file(name, files[name])]
    rows += _totals("manifest.json", "", _rows(manifest.split("\n")))
    table = pl.DataFrame(sorted(rows), schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return b"\xef\xbb\xbf" + table.write_csv(line_terminator="\n").encode()


def _of_file(name: str, content: bytes) -> Iterator[tuple[str, ...]]:
    """Rows of COLUMNS for one file."""
    if name.endswith(".parquet"):
        columns = list(pl.read_parquet_schema(io.BytesIO(content)))
        shares = [columns] if len(content) < _LARGE else [[column] for column in columns]  # one at a time: less memory
        for share in shares:
            yield from _totals(name, "", pl.read_parquet(io.BytesIO(content), columns=share))
    elif name.endswith(".csv"):
        yield from _totals(name, "", pl.read_csv(io.BytesIO(content), infer_schema=False))
    elif name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            for part in sorted(book.namelist()):
                mark = "<row " if part.startswith("xl/worksheets/sheet") else _MARKS.get(part)
                if mark:
                    yield from _totals(name, part, _rows(book.read(part).decode().split(mark)[1:]))
    else:
        yield from _totals(name, "", _rows(content.decode().split("\n")))


def _rows(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({_TEXT: texts}, schema={_TEXT: pl.String})


def _totals(name: str, part: str, frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """One row per column."""
    if frame.height <= _FEW:
        columns = [(cells.name, _of_few(cells)) for cells in frame.select(map(_text, frame.iter_columns()))]
    else:
        columns = [(cells.name, _of_column(cells)) for cells in frame.iter_columns()]
    return [(name, part, column, str(frame.height), *map(str, counted)) for column, counted in columns]


def _text(cells: pl.Series) -> pl.Expr:
    """The cells of a column as a CSV file shows them; empty ones are no text at all."""
    shown = pl.col(cells.name)
    if isinstance(cells.dtype, pl.Datetime):
        shown = shown.dt.strftime(_TIME)
    elif cells.dtype == pl.Boolean:
        shown = shown.cast(pl.Int8)
    shown = shown.cast(pl.String).fill_null("")
    return shown if cells.dtype.is_numeric() else shown.str.replace(UNSAFE_MARK, "$1")


def _texts(cells: pl.Series) -> pl.Series:
    """What `_text` says; the pattern is asked only where a text begins with its apostrophe."""
    if cells.dtype == pl.String and not cells.str.starts_with("'").any():
        return cells.fill_null("")
    return cells.to_frame().select(_text(cells)).to_series()


def _of_few(texts: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total) of few rows."""
    cells = texts.to_list()
    filled = len(cells) - cells.count("")
    values = [zlib.crc32(text.encode()) for text in cells] if filled else []
    return filled, sum(values), sum(map(mul, values, count(1)))


def _of_column(cells: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total) of many rows, exact: each different cell once where cells repeat, else all."""
    height = len(cells)
    if cells.null_count() == height:
        return 0, 0, 0
    if int(cells.to_frame().select(pl.first().approx_n_unique()).item()) * _REPEATED <= height:
        return _of_repeated(cells.alias("cell"))
    values = _sums(cells).cast(pl.Int128)
    place = pl.int_range(1, height + 1, dtype=pl.Int128, eager=True)
    return height - cells.null_count() - _empty(cells), int(values.sum()), int((values * place).sum())


def _of_repeated(cells: pl.Series) -> tuple[int, int, int]:
    """The same where few cells are different: each of those once, with how often and in which rows it stands."""
    place = pl.int_range(1, len(cells) + 1, dtype=pl.Int64, eager=True)
    different = cells.to_frame().with_columns(place=place).group_by("cell").agg(rows=pl.len(), places=pl.sum("place"))
    values = _sums(different["cell"]).cast(pl.Int128)
    filled = len(cells) - cells.null_count() - _empty(cells)
    total, weighted = ((values * different[name].cast(pl.Int128)).sum() for name in ("rows", "places"))
    return filled, int(total), int(weighted)


def _empty(cells: pl.Series) -> int:
    """How many cells are a text of nothing."""
    return int((cells == "").sum()) if cells.dtype == pl.String else 0


def _sums(cells: pl.Series) -> pl.Series:
    """CRC-32 per cell, that of an empty one is 0."""
    counted = None
    if cells.dtype.is_integer():
        counted = checksums.of_numbers(cells.fill_null(0))
    elif isinstance(cells.dtype, pl.Datetime):
        counted = checksums.of_moments(cells.fill_null(strategy="max"))
    if counted is None:
        return checksums.of_texts(_texts(cells))
    return counted.zip_with(cells.is_not_null(), pl.Series([0], dtype=pl.UInt32)) if cells.null_count() else counted
