"""Text to aware times. The first pattern reads the whole column; only what it leaves meets the others, then `odd_dates`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl

from ecrecon.base.nulls import flags
from ecrecon.base.schema import TIME, ZONE
from ecrecon.reading.unusual_dates import Span, read_odd

COMMON: tuple[str, ...] = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S",
    "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M",
)  # fmt: skip
"""Tried after the patterns of the profile; single-digit months and days, as Excel prints them, are read by the same."""

_SERIAL_EPOCH = datetime(1899, 12, 30)
_SERIAL_RANGE = (20_000.0, 80_000.0)  # 1954 to 2119
_FIRST, _LAST = datetime(1980, 1, 1), datetime(2100, 1, 1)
"""A time outside is none: a damaged cell, or a placeholder of a system."""
_NO_DAY = r"^(?:0000[-/.]?00?[-/.]?00?|0001[-/.]?0?1[-/.]?0?1|1900[-/.]?0?1[-/.]?0?[01]|1970[-/.]?0?1[-/.]?0?1|9999[-/.]?12[-/.]?31)(?:\D.*)?$"
_TWO_CELLS = r"^(\d{4}\D\d{1,2}\D\d{1,2}|\d{8})(?: 00:00:00)? (?:1(?:899|900)-\d\d-\d\d )?(\d{1,2}:\d{2}(?::\d{2})?)$"
_LAST_SUMMER_TIME = 1992  # Asia/Shanghai is UTC+8 without exception from then on


def patterns(own: Sequence[str], of_file: Sequence[str]) -> tuple[str, ...]:
    """Patterns in the order in which they are tried: the field's, the file's, the common ones."""
    return tuple(dict.fromkeys((*own, *of_file, *COMMON)))


def read_times(
    text: pl.Series,
    tried: Sequence[str],
    zone: str = ZONE,
    numeric: pl.Series | None = None,
    span: Callable[[], Span | None] = lambda: None,
) -> tuple[pl.Series, pl.Series]:
    """Clean text -> (times of schema.TIME, Boolean "not empty but unreadable").

    `numeric` marks cells that a spreadsheet stores as numbers: those that fit no pattern are read as serial days. `span`
    is asked for the days that the file names where a text does not say its year, or which number is the day.
    """
    first, *rest = tried
    naive = _sane(_whole(text, first))
    if naive.null_count() == text.null_count():  # nearly all columns: what is null is null in both
        return _aware(naive, zone), flags(len(text))
    open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _sane(_by_patterns(text.filter(open_), rest)))
        open_ = naive.is_null() & text.is_not_null()
    if numeric is not None and open_.any():
        naive = _fill(naive, open_, _sane(_serials(text.filter(open_), numeric.filter(open_))))
        open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _sane(_by_patterns(_day_and_clock(text.filter(open_)), tried)))
        open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _sane(_odd(text.filter(open_), zone, span())))
        open_ = naive.is_null() & text.is_not_null()
    return _aware(naive, zone), open_


def plain_times(text: pl.Series, tried: Sequence[str]) -> pl.Series:
    """Naive times of the texts that print a whole date by one of the patterns with the year in front; null else."""
    return _sane(_by_patterns(text, [pattern for pattern in tried if pattern.startswith("%Y")]))


def _day_and_clock(text: pl.Series) -> pl.Series:
    """A day and a clock of two cells that a spreadsheet stores as times: the day has a midnight, the clock may have a day."""
    return text.str.replace(_TWO_CELLS, "${1} ${2}")


def is_no_day(text: pl.Series) -> pl.Series:
    """Boolean: dates by which systems say "none", such as 1970-01-01."""
    return text.str.contains(_NO_DAY).fill_null(value=False)


def _sane(naive: pl.Series) -> pl.Series:
    """Times between 1980 and 2099; the others are null."""
    earliest, latest = naive.min(), naive.max()
    if (
        not isinstance(earliest, datetime)
        or not isinstance(latest, datetime)
        or (earliest >= _FIRST and latest < _LAST)
    ):
        return naive
    return naive.set(((naive < _FIRST) | (naive >= _LAST)).fill_null(value=False), None)


def _whole(text: pl.Series, pattern: str) -> pl.Series:
    """The column by its first pattern. Day and month change places where only that reads all of it."""
    naive = _by_pattern(text, pattern)
    if not ("%d/%m" in pattern or "%m/%d/%Y" in pattern) or naive.null_count() == text.null_count():
        return naive
    swapped = pattern.translate(str.maketrans("dm", "md"))
    other = _by_pattern(text, swapped)
    return other if other.null_count() == text.null_count() else naive


def _odd(text: pl.Series, zone: str, span: Span | None) -> pl.Series:
    """Distinct texts once."""
    distinct = text.unique(maintain_order=True)
    found = _with_offset(distinct, zone)
    left = found.is_null()
    if left.any():
        found = _fill(found, left, read_odd(distinct.filter(left), span))
    table = pl.DataFrame({"text": distinct, "time": found})
    return text.rename("text").to_frame().join(table, on="text", how="left", maintain_order="left")["time"]


def _with_offset(text: pl.Series, zone: str) -> pl.Series:
    """`2026-10-09T10:12:00+08:00` as the local time of `zone`; a time that says its own offset needs no setting."""
    plain = text.str.replace("T", " ", literal=True).str.replace(r"\s*Z$", "+0000").str.replace(r"[.,]\d+", "")
    plain = plain.str.replace(r"\s*([+-]\d\d):?(\d\d)$", "${1}${2}")
    times = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="us", strict=False)
    return times.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def read_time(text: str, tried: Sequence[str], zone: str = ZONE) -> datetime | None:
    """One printed time in schema.ZONE, or None."""
    found = read_times(pl.Series([text.strip()], dtype=pl.String), tried, zone)[0][0]
    return found if isinstance(found, datetime) else None


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
            shifted = (
                pl.col("time").dt.offset_by("-8h").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE).cast(TIME)
            )
            return naive.alias("time").to_frame().select(shifted)["time"].alias(naive.name)
    local = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone(ZONE).cast(TIME)
