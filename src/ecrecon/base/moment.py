"""Accounting months, and the moment a run judges at."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime

from ecrecon.base.errors import InvariantError


@dataclass(frozen=True)
class Month:
    """One accounting month; its text is `2026-10`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """`2026-10`; raise InvariantError for anything else."""
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
        if match is None:
            raise InvariantError(f"{text!r} is no accounting period such as 2026-10")
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day: the date of month vouchers."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True)
class Moment:
    """The moment `as_of` (aware, Asia/Shanghai) that is judged at, and the days [start, end] it is about."""

    as_of: datetime
    start: date
    end: date

    @property
    def day(self) -> date:
        """Local date of as-of."""
        return self.as_of.date()

    @property
    def period(self) -> str:
        """The month that the days end in: `2026-10`."""
        return str(Month(self.end.year, self.end.month))
