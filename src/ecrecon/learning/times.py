"""Dates of an unknown layout: which patterns read a column, and whether day and month could be swapped."""

from __future__ import annotations

import polars as pl

from ecrecon.reading.dates import COMMON

_MOST = 0.9
_YEARS = (1990, 2100)
_CLOCK = r"^\d{1,2}:\d{2}(:\d{2})?$"
CLOCKS = ("%H:%M:%S", "%H:%M", "%H%M%S")

_FAR_EAST = (*COMMON, "%Y%m%d %H:%M:%S", "%Y%m%d %H%M%S", "%Y年%m月%d日%H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒")


def _family(order: str) -> tuple[str, ...]:
    patterns = []
    for mark in ("/", "-", "."):
        day = order.replace("/", mark)
        patterns += [f"{day} %H:%M:%S", f"{day} %H:%M", f"{day} %I:%M:%S %p", f"{day} %I:%M %p", day]
    return tuple(patterns)


_MONTH_NAMES = (
    "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%B %d, %Y",
)  # fmt: skip
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ymd", _FAR_EAST),
    ("dmy", _family("%d/%m/%Y")),
    ("mdy", _family("%m/%d/%Y")),
    ("names", _MONTH_NAMES),
)
"""Ways to write a date; `dmy` and `mdy` read the same texts differently."""


def date_groups(filled: pl.Series) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The groups that read nearly all texts, each with the patterns of it that are needed.

    Where one reads more texts than another (a day above 12), only that one is left: it is proved.
    """
    distinct = filled.unique()
    found: list[tuple[str, tuple[str, ...], float]] = []
    for name, patterns in GROUPS:
        used = _needed(distinct, patterns)
        share = float(readable(filled, used).mean() or 0.0) if used else 0.0  # type: ignore[arg-type]
        if share >= _MOST:
            found.append((name, used, share))
    best = max((share for *_, share in found), default=0.0)
    return tuple((name, used) for name, used, share in found if share == best)


def _needed(distinct: pl.Series, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns that read something which those before them do not."""
    used = []
    left = distinct
    for pattern in patterns:
        reads = _read(left, pattern)
        if reads.any():
            used.append(pattern)
            left = left.filter(~reads)
        if left.is_empty():
            break
    return tuple(used)


def readable(texts: pl.Series, patterns: tuple[str, ...]) -> pl.Series:
    """Boolean per cell: one of the patterns reads it as a day of our time."""
    result = pl.Series([False] * len(texts), dtype=pl.Boolean)
    for pattern in patterns:
        result |= _read(texts, pattern)
    return result


def clock_only(filled: pl.Series) -> bool:
    """True for times of day alone."""
    return bool((filled.str.contains(_CLOCK).mean() or 0.0) >= _MOST)  # type: ignore[operator]


def with_clock(day: tuple[str, ...], clock: pl.Series) -> tuple[str, ...]:
    """Patterns of a day column and a column of times joined by a blank."""
    distinct = clock.drop_nulls().unique()
    used = [p for p in CLOCKS if (distinct.str.to_time(p, strict=False).is_not_null()).any()]
    return tuple(f"{d} {c}" for d in day if "%H" not in d for c in used)


def _read(texts: pl.Series, pattern: str) -> pl.Series:
    if "%H" in pattern or "%I" in pattern:
        day = texts.str.to_datetime(pattern, time_unit="us", strict=False).dt.date()
    else:
        day = texts.str.to_date(pattern, strict=False)
    year = day.dt.year()
    return ((year >= _YEARS[0]) & (year <= _YEARS[1])).fill_null(value=False)
