"""The days that a file names of itself, for cells that print no year or do not tell day from month; what stays unread."""

from __future__ import annotations

from datetime import date

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.reading.coverage import days_named, month_end, month_named, year_named
from ecrecon.reading.dates import patterns, plain_times
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.surroundings import read_printed
from ecrecon.reading.unusual_dates import Span, unread_shape


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
