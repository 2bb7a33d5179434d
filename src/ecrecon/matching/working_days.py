"""Working days of mainland banks: weekends, public holidays and the weekend days worked instead."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache

from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.ledger.coverage import days_between


@cache
def _announced() -> tuple[frozenset[int], frozenset[date], frozenset[date]]:
    """(years announced, days off, weekend days worked) of configs/matching/holidays.toml."""
    path = configs_dir() / "matching" / "holidays.toml"
    off: set[date] = set()
    work: set[date] = set()
    try:
        years = tomllib.loads(path.read_text(encoding="utf-8"))
        for table in years.values():
            for text in table["off"]:
                first, _, last = text.partition("..")
                off.update(days_between(date.fromisoformat(first), date.fromisoformat(last or first)))
            work.update(date.fromisoformat(text) for text in table["work"])
    except (KeyError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"{path.name}: {error}", "days are written 2026-10-01, ranges 2026-10-01..2026-10-07"
        ) from None
    return frozenset(int(year) for year in years), frozenset(off), frozenset(work)


def is_announced(year: int) -> bool:
    """True where the holidays of `year` are known; otherwise only its weekends are off."""
    return year in _announced()[0]


def is_working_day(day: date) -> bool:
    """True where banks settle on `day`."""
    _, off, work = _announced()
    return day in work or (day.weekday() < 5 and day not in off)


def after_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def before_working_days(day: date, count: int) -> date:
    """The `count`-th working day before `day`."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_working_day(day)
    return day
