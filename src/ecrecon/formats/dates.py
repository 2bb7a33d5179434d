"""Text to aware times. The first pattern reads the whole column; only what it leaves meets the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from ecrecon.schema import TIME, ZONE

COMMON: tuple[str, ...] = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d", "%Y%m%d%H%M%S",
)  # fmt: skip
"""Tried after the patterns of the profile; single-digit months and days, as Excel prints them, are read by the same."""

_SERIAL_EPOCH = datetime(1899, 12, 30)
_SERIAL_RANGE = (20_000.0, 80_000.0)  # 1954 to 2119
_LAST_SUMMER_TIME = 1992  # Asia/Shanghai is UTC+8 without exception from then on


def patterns(own: Sequence[str], of_file: Sequence[str]) -> tuple[str, ...]:
    """Patterns in the order in which they are tried: the field's, the file's, the common ones."""
    return tuple(dict.fromkeys((*own, *of_file, *COMMON)))


def read_times(
    text: pl.Series, tried: Sequence[str], zone: str = ZONE, numeric: pl.Series | None = None
) -> tuple[pl.Series, pl.Series]:
    """Clean text -> (times of schema.TIME, Boolean "not empty but unreadable").

    `numeric` marks cells that a spreadsheet stores as numbers: those that fit no pattern are read as serial days.
    """
    first, *rest = tried
    naive = _by_pattern(text, first)
    open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _by_patterns(text.filter(open_), rest))
        open_ = naive.is_null() & text.is_not_null()
    if numeric is not None and open_.any():
        naive = _fill(naive, open_, _serials(text.filter(open_), numeric.filter(open_)))
        open_ = naive.is_null() & text.is_not_null()
    return _aware(naive, zone), open_


def read_time(text: str, tried: Sequence[str], zone: str = ZONE) -> datetime | None:
    """One printed time in schema.ZONE, or None."""
    for pattern in tried:
        try:
            naive = datetime.strptime(text.strip(), pattern.replace("%.f", ".%f"))
        except ValueError:
            continue
        return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo(ZONE))
    return None


def _by_pattern(text: pl.Series, pattern: str) -> pl.Series:
    if "%H" in pattern:
        return text.str.to_datetime(pattern, time_unit="us", strict=False)
    return text.str.to_date(pattern, strict=False).cast(pl.Datetime("us"))


def _by_patterns(text: pl.Series, tried: Sequence[str]) -> pl.Series:
    """The leftovers, distinct texts once."""
    distinct = text.unique()
    found = pl.Series([None] * len(distinct), dtype=pl.Datetime("us"))
    for pattern in tried:
        missing = found.is_null()
        if not missing.any():
            break
        found = _fill(found, missing, _by_pattern(distinct.filter(missing), pattern))
    table = pl.DataFrame({"text": distinct, "time": found})
    return text.rename("text").to_frame().join(table, on="text", how="left", maintain_order="left")["time"]


def _serials(text: pl.Series, numeric: pl.Series) -> pl.Series:
    """Spreadsheet serial days, rounded to the second: their fraction is a float."""
    days = pl.col("days")
    low, high = _SERIAL_RANGE
    frame = pl.DataFrame({"days": text.cast(pl.Float64, strict=False), "numeric": numeric})
    whole = (days * 86_400).round(0).cast(pl.Int64)
    return frame.select(
        pl.when(pl.col("numeric") & days.is_between(low, high)).then(
            pl.lit(_SERIAL_EPOCH, dtype=pl.Datetime("us")) + pl.duration(seconds=whole)
        )
    ).to_series()  # fmt: skip


def _fill(into: pl.Series, where: pl.Series, values: pl.Series) -> pl.Series:
    """`into` with `values` at the true places of `where`."""
    return into.scatter(where.arg_true(), values)


def _aware(naive: pl.Series, zone: str) -> pl.Series:
    if zone == ZONE and len(naive) and naive.null_count() < len(naive):
        earliest = naive.min()
        if isinstance(earliest, datetime) and earliest.year >= _LAST_SUMMER_TIME:
            return naive.dt.offset_by("-8h").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE).cast(TIME)
    local = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone(ZONE).cast(TIME)
