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

CONTROLS = "controls.csv"
COLUMNS = ("file", "part", "column", "rows", "filled", "total", "weighted")
UNSAFE_MARK = r"^'([=+\-@\t\r])"
"""The apostrophe before a text that a spreadsheet would run is none of the text."""
_TIME = "%Y-%m-%d %H:%M:%S"
_FEW = 2_000
"""Rows up to which a file is a handful of small columns: one pass makes them texts, and Python adds up their numbers."""
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
        yield from _totals(name, "", pl.read_parquet(io.BytesIO(content)))
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
    """One row per column; in a large file column by column, so that no copy of the whole file is made."""
    if frame.height <= _FEW:
        columns = [(cells.name, _of_few(cells)) for cells in frame.select(map(_text, frame.iter_columns()))]
    else:
        columns = [(cells.name, _of_column(cells.to_frame().select(_text(cells)).to_series())) for cells in frame]
    return [(name, part, column, str(frame.height), *map(str, counted)) for column, counted in columns]


def _text(cells: pl.Series) -> pl.Expr:
    """The cells of a column as a CSV file shows them; empty ones are no text at all."""
    shown = pl.col(cells.name)
    if isinstance(cells.dtype, pl.Datetime):
        shown = shown.dt.strftime(_TIME)
    elif cells.dtype == pl.Boolean:
        shown = shown.cast(pl.Int8)
    return shown.cast(pl.String).fill_null("").str.replace(UNSAFE_MARK, "$1")


def _of_few(texts: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total) of few rows."""
    cells = texts.to_list()
    filled = len(cells) - cells.count("")
    values = [zlib.crc32(text.encode()) for text in cells] if filled else []
    return filled, sum(values), sum(map(mul, values, count(1)))


def _of_column(texts: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total), exact."""
    texts = texts.alias("text")
    filled = int((texts != "").sum())
    if not filled:
        return 0, 0, 0
    different = texts.unique()
    if len(different) * 2 > len(texts):
        values = _crc(texts)
    else:
        known = pl.DataFrame({"text": different, "value": _crc(different)})
        values = texts.to_frame().join(known, on="text", how="left", maintain_order="left")["value"]
    wide = values.cast(pl.Int128)
    place = pl.select(pl.int_range(1, len(texts) + 1, dtype=pl.Int128)).to_series()
    return filled, int(wide.sum()), int((wide * place).sum())


def _crc(texts: pl.Series) -> pl.Series:
    return pl.Series("value", list(map(zlib.crc32, texts.cast(pl.Binary).to_list())), dtype=pl.Int64)
