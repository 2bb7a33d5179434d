"""Which days a file covers (docs/reading.md "Covered days")."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import polars as pl

from ecrecon.reading.surroundings import Printed

Ranges = tuple[tuple[date, date], ...]

_DAY = re.compile(r"(?<!\d)(20\d\d)([-_./年]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_ZH = re.compile(r"(?<!\d)(20\d\d)年(\d{1,2})月(\d{1,2})日")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_MONTH = re.compile(r"(?<!\d)(20\d\d)(?:[-_./]?(0[1-9]|1[0-2])|年(0?[1-9]|1[0-2])月)(?!\d|[-_./]\d)")


def covered(printed: Printed, times: pl.Series | None, path: str, *, empty: bool = False) -> tuple[Ranges, bool]:
    """(closed day ranges, "the range was printed").

    A printed range wins, also over an empty file. Else the days named in the file name, where all rows lie inside
    them (an `empty` bill of a quiet day has none); else from the first day of the month (of the file name, or of the
    first row) to the last day with a row.
    """
    if printed.from_ is not None and printed.until is not None and printed.from_ <= printed.until:
        return ((printed.from_.date(), printed.until.date()),), True
    if times is None or times.drop_nulls().is_empty():
        quiet = days_named(path) if empty else None
        return ((quiet,) if quiet else ()), False
    first, last = times.min(), times.max()
    assert isinstance(first, datetime) and isinstance(last, datetime)
    low, high = first.date(), last.date()
    named = days_named(path)
    if named and named[0] <= low and high <= named[1]:
        return (named,), False
    month = month_named(path)
    start = month if month is not None and month <= low else low.replace(day=1)
    return ((start, high),), False


def year_named(path: str) -> int | None:
    """The one year in the file name."""
    found = set(_YEAR.findall(_file_name(path)))
    return int(found.pop()) if len(found) == 1 else None


def month_end(month: date) -> date:
    """The last day of the month that `month` begins."""
    return _next_month(month) - timedelta(days=1)


def months_touched(times: list[pl.Series]) -> Ranges:
    """Whole calendar months that any of `times` touches, joined where they follow each other (matching step 0a)."""
    month = pl.col("time").drop_nulls().dt.date().unique().dt.truncate("1mo").unique()
    months = {
        (value.year, value.month)
        for series in times
        for value in series.alias("time").to_frame().select(month)["time"].to_list()
    }
    ranges: list[tuple[date, date]] = []
    for year, month in sorted(months):
        start = date(year, month, 1)
        end = _next_month(start) - timedelta(days=1)
        if ranges and ranges[-1][1] + timedelta(days=1) == start:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return tuple(ranges)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _file_name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def days_named(path: str) -> tuple[date, date] | None:
    """One or two whole dates in the file name."""
    name = _file_name(path)
    days = [_date(y, m, d) for y, _, m, d in _DAY.findall(name)] + [_date(*found) for found in _DAY_ZH.findall(name)]
    real = sorted(day for day in days if day is not None)
    return (real[0], real[-1]) if real else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def month_named(path: str) -> date | None:
    """The first day of the month in the file name."""
    found = _MONTH.search(_file_name(path))
    if not found:
        return None
    return date(int(found.group(1)), int(found.group(2) or found.group(3)), 1)
