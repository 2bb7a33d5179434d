"""Where the rows of a table end: the trailer of its layout, and totals of pages between its rows."""

from __future__ import annotations

import polars as pl

from ecrecon.base.nulls import flags
from ecrecon.base.texts import tr
from ecrecon.reading.cells import BLANKS
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.tables import Body
from ecrecon.settings.profiles import Profile

_PART = "小计|本页|本日|当日|承前|过次|接下页|转下页"
"""Totals of a page or day, below which the table goes on."""
_USUAL = 0.8
"""Share of the usual number of filled cells from which a row below a mark is one of the table."""


def trailer_start(body: Body, profile: Profile, log: FindingLog) -> tuple[int, pl.Series]:
    """(position of the first row that `stop_at` names, the height where none is; Boolean per row: a total of a page or day
    below which the table goes on)."""
    cells, stop = body.cells, profile.file.stop_at
    none = flags(cells.height)
    if stop is None or cells.is_empty():
        return cells.height, none
    first = pl.col("first").str.strip_chars(BLANKS)
    tests = cells.to_series(0).alias("first").to_frame().select(
        marks=first.str.contains(stop).fill_null(value=False), parts=first.str.contains(_PART).fill_null(value=False)
    )  # fmt: skip
    marks = tests["marks"]
    if not marks.any():
        return cells.height, none
    parts = marks & tests["parts"]
    whole = marks & ~parts
    end = (whole.arg_max() or 0) if whole.any() else cells.height
    table = (_full_rows(cells, marks.arg_max() or 0) & ~marks).head(end)
    last = len(table) - 1 - (table.reverse().arg_max() or 0) if table.any() else -1
    place = pl.int_range(cells.height, eager=True)
    inner = parts & (place < last)
    after = marks & (place > last)
    end = (after.arg_max() or 0) if after.any() else end
    marks &= place >= end
    totals = marks.shift(1, fill_value=False) if profile.controls.totals else marks  # the values below their names
    _rows_below(cells, body.line, marks | totals, end, log)
    return end, inner


def _full_rows(cells: pl.DataFrame, first_mark: int) -> pl.Series:
    """Boolean per row: nearly as many cells are filled as in the rows above the first mark, or half of all."""
    filled = cells.select(
        pl.sum_horizontal((pl.all().str.strip_chars(BLANKS) != "").fill_null(value=False)).alias("full")
    )["full"]
    usual = filled.head(first_mark).median()
    wanted = cells.width // 2 if not isinstance(usual, int | float) else min(cells.width // 2, int(_USUAL * usual))
    return filled >= max(3, wanted)


def _rows_below(cells: pl.DataFrame, line: pl.Series, marks: pl.Series, end: int, log: FindingLog) -> None:
    """Rows under the trailer that look like rows of a table: a second bill pasted below would be lost silently."""
    lost = _full_rows(cells, end).slice(end) & ~marks.slice(end)
    if lost.any():
        first = line.slice(end).filter(lost)[0]
        log.add(
            "F01",
            line=first,
            text=tr(f"{lost.sum()} 行", f"{lost.sum()} rows"),
            expected=tr("合计行之后没有数据", "nothing but totals below the trailer"),
            hint=tr("似乎把两份账单粘在一个文件里：请拆成两个文件", "two bills in one file? split them into two files"),
        )
