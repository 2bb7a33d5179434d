"""`controls.csv`: control totals of everything a run wrote, so that an auditor sees what was changed afterwards, and where.

A control total (控制总数) of a column adds up its cells as numbers: the digits of a cell, in groups of nine, the second group
counted twice, the third three times, and so on; a cell that begins with a minus counts negative. `weighted` is the sum of row number
times cell. One changed cell changes `total` by d and `weighted` by d times its row, so that the row is known; a row that was
dropped, doubled or moved changes `rows` or `weighted`. The totals say nothing about whether a figure is right: the laws of
`ecrecon.verify` ask that of the files among each other.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping

import polars as pl

CONTROLS = "controls.csv"
COLUMNS = ("file", "part", "column", "rows", "filled", "total", "weighted")
_GROUP = 9
_TIME = "%Y-%m-%d %H:%M:%S"
_TEXT = "text"
"""Name of the one column of a file that has no columns: its lines, or the rows of a sheet."""


def controls_bytes(files: Mapping[str, bytes], settings: Mapping[str, object]) -> bytes:
    """The control totals of `files` (name to content) and of the manifest without its digests of outputs (`settings`)."""
    manifest = json.dumps({**settings, "outputs": {}}, ensure_ascii=False, indent=2, sort_keys=True)
    rows = [row for name in sorted(files) for row in _of_file(name, files[name])]
    rows += _totals("manifest.json", "", _rows(manifest.split("\n")))
    table = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
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
                mark = "<row " if part.startswith("xl/worksheets/sheet") else "<si>"
                if mark == "<row " or part == "xl/sharedStrings.xml":
                    yield from _totals(name, part, _rows(book.read(part).decode().split(mark)[1:]))
    else:
        yield from _totals(name, "", _rows(content.decode().split("\n")))


def _rows(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({_TEXT: texts}, schema={_TEXT: pl.String})


def _totals(name: str, part: str, frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """One row per column; column by column, so that no copy of the whole file is made."""
    return [(name, part, column, str(frame.height), *map(str, _of_column(frame[column]))) for column in frame.columns]


def _of_column(cells: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total), exact: 128 bits hold 10^7 rows of 10^13."""
    if isinstance(cells.dtype, pl.Datetime):
        cells = cells.dt.strftime(_TIME)
    elif cells.dtype == pl.Boolean:
        cells = cells.cast(pl.Int8)
    texts = cells.cast(pl.String).fill_null("")
    filled = int((texts != "").sum())
    if not filled:
        return 0, 0, 0
    digits = texts.str.replace_all(r"[^0-9]", "")
    width = int(digits.str.len_bytes().max() or 0)  # type: ignore[arg-type]
    groups = [digits.str.slice(start, _GROUP) for start in range(0, width, _GROUP)]
    value = pl.Series([0], dtype=pl.Int64).new_from_index(0, len(texts))
    for weight, group in enumerate(groups, start=1):
        value = value + group.cast(pl.Int64, strict=False).fill_null(0) * weight
    signed = value * pl.select(pl.when(pl.lit(texts).str.contains(r"^'?-")).then(-1).otherwise(1)).to_series()
    place = pl.select(pl.int_range(1, len(texts) + 1, dtype=pl.Int128)).to_series()
    wide = signed.cast(pl.Int128)
    return filled, int(wide.sum()), int((wide * place).sum())
