"""Columns of a sheet: what a cell shows, as text that is exact, and how wide it has to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ecrecon.base import money
from ecrecon.report.labels import text_expr

Kind = Literal["text", "wide", "choice", "money", "count", "percent", "date", "time", "blank"]

_EPOCH_SERIAL = 25_569  # the spreadsheet's number of 1970-01-01
_SECONDS = 86_400
_PADDING = 2
_FILTER_BUTTON = 3
_NARROWEST = 7
_ONE_LINE = 8
_WIDEST: dict[str, int] = {"wide": 56, "text": 44, "choice": 12}
_CELL_LIMIT = 32_767


@dataclass(frozen=True)
class Column:
    """One column: `key` in the frame, `title` shown, `kind` of cell, `widest` in half-width characters.

    `money` is read from Int64 minor units, `count` from integers, `percent` from
    parts per million, `date` from Date, `time` from Datetime; `text`,
    `wide` (wrapped) and `choice` from String. `blank` has no data.
    """

    key: str
    title: str
    kind: Kind = "text"
    widest: int | None = None
    total: bool = False

    @property
    def numeric(self) -> bool:
        """True where the cell is stored as a number."""
        return self.kind in ("money", "count", "percent", "date", "time")


def cells(frame: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """Texts of all cells (String columns `c0`, `c1` …): numbers as the digits to store, null = empty cell."""
    return frame.select(_cell(frame, column).alias(f"c{i}") for i, column in enumerate(columns))


def _cell(frame: pl.DataFrame, column: Column) -> pl.Expr:
    value = pl.col(column.key)
    match column.kind:
        case "blank":
            return pl.lit(None, dtype=pl.String)
        case "money" if "currency" in frame.columns:
            return text_expr(column.key)
        case "money":
            return money.decimal_expr(value, 2)
        case "count":
            return value.cast(pl.String)
        case "percent":
            return money.decimal_expr(value, 6)
        case "date":
            return (value.cast(pl.Int32) + _EPOCH_SERIAL).cast(pl.String)
        case "time":
            return _time_serial(value)
        case _:
            text = value.cast(pl.String).str.slice(0, _CELL_LIMIT)
            return pl.when(text != "").then(text)


def _time_serial(value: pl.Expr) -> pl.Expr:
    """Days and six decimals of a day (0.1 s) since the spreadsheet's epoch, wall clock of the column's zone."""
    seconds = value.dt.replace_time_zone(None).dt.epoch("s")
    fraction = ((seconds % _SECONDS) * 1_000_000 + _SECONDS // 2) // _SECONDS
    day = (seconds // _SECONDS + _EPOCH_SERIAL).cast(pl.String)
    return pl.concat_str(day, pl.lit("."), fraction.cast(pl.String).str.zfill(6))


def width_expr(text: pl.Expr) -> pl.Expr:
    """Expression: width in half-width characters; Chinese characters (three bytes of UTF-8) count two."""
    return (text.str.len_bytes() + text.str.len_chars() + 1) // 2


def lines_needed(text: str, width: int) -> int:
    """How many lines `text` takes in a wrapped cell of `width` half-width characters."""
    return sum(max(1, -(-text_width(line) // max(width, 1))) for line in text.split("\n"))


def text_width(text: str) -> int:
    """Width of one text in half-width characters."""
    return (len(text.encode()) + len(text) + 1) // 2


def widths(texts: pl.DataFrame, columns: Sequence[Column], *, filtered: bool = True) -> list[int]:
    """Width of each column so that title and contents fit, up to the widest allowed."""
    longest = texts.select(width_expr(pl.all()).max()).row(0) if texts.height else (0,) * len(columns)
    return [_width(column, found or 0, filtered) for column, found in zip(columns, longest, strict=True)]


def _width(column: Column, content: int, filtered: bool) -> int:
    title = text_width(column.title)
    if column.kind in ("money", "count", "percent") and title > _ONE_LINE:  # the header row has room for two lines
        title = (title + 3) // 2
    title += _FILTER_BUTTON if filtered else 0
    match column.kind:
        case "money":  # the digits stored have no thousands separators yet
            content += max(0, content - 4) // 3
        case "percent":
            content = 8
        case "date":
            content = 10
        case "time":
            content = 16
        case _:
            pass
    limit = column.widest or _WIDEST.get(column.kind, 60)
    return max(_NARROWEST, min(max(content, 0), limit) + _PADDING, title + _PADDING)
