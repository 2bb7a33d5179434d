"""Which days a file covers, and which days it names of itself."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.reading.dates import Span, patterns, plain_times, unread_shape
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.surroundings import Printed, read_printed

# The days that a file names of itself, for cells that print no year or do not tell day from month; what stays unread.


def span_of(sheet: Sheet) -> Span | None:
    """First and last day of the printed range, else of the file's name, else of its other times, else of its folder."""
    printed = read_printed(sheet)
    if printed.from_ is not None and printed.until is not None and printed.from_ <= printed.until:
        return printed.from_.date(), printed.until.date()
    folder = sheet.log.path.replace("!/", "/").rpartition("/")[0]
    return span_named(sheet.log.path) or _of_columns(sheet) or span_named(folder)


def span_named(path: str) -> Span | None:
    """The days, the month or the year in the last part of `path`."""
    return _named(path.replace("!/", "/").rpartition("/")[2])


def _named(name: str) -> Span | None:
    days = days_named(name)
    if days is not None:
        return days
    month = month_named(name)
    if month is not None:
        return month, month_end(month)
    year = year_named(name)
    return None if year is None else (date(year, 1, 1), date(year, 12, 31))


def _of_columns(sheet: Sheet) -> Span | None:
    """The days of all cells that print a whole date in a plain form."""
    tried = patterns((), sheet.profile.file.dates)
    fields = [spec for spec in sheet.profile.fields.values() if spec.as_ in ("datetime", "date")]
    names = sheet.present(dict.fromkeys(source.column for spec in fields for source in spec.from_))
    found = [plain_times(sheet.column(name).drop_nulls().unique(), tried).drop_nulls() for name in names]
    days = pl.concat([times.dt.date() for times in found]) if found else pl.Series([], dtype=pl.Date)
    first, last = days.min(), days.max()
    return (first, last) if isinstance(first, date) and isinstance(last, date) else None


def report_times(sheet: Sheet, column: str, line: pl.Series, text: pl.Series) -> None:
    """F11 for cells that are no time, with what is missing in them."""
    hints = {
        "other": tr("请改正该单元格或重新下载", "correct the cell or download the file again"),
        "order": tr(
            "分不清日和月，整列和文件自己的日期范围也判断不了：请改成 2026-10-09 这样年在前的写法，或重新下载",
            "day and month could change places, and neither the column nor the dates of the file tell: write the year first",
        ),
        "year": tr(
            "没有年份，文件里也没有打印日期范围：把年月写进文件名（例如 2026-10），或重新下载",
            "no year, and the file prints no range: put year and month into the file name, or download it again",
        ),
    }
    shape = unread_shape(text)
    for kind, hint in hints.items():
        mine = shape == kind
        sheet.log.add_cells(
            "F11",
            line.filter(mine),
            text.filter(mine),
            column=column,
            expected=tr("日期时间，例如 2026-05-01 10:00:00", "a time such as 2026-05-01 10:00:00"),
            hint=hint,
        )


# Which days a file covers (docs/reading.md "Covered days").

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
