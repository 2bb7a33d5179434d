"""The moment a run judges at, and the month it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Moment:
    """The moment a run judges at, and its period: `2026-10`, its first and its last day. `as_of` in Asia/Shanghai."""

    as_of: datetime
    period: str
    start: date
    end: date

    @property
    def day(self) -> date:
        """Local date of as-of."""
        return self.as_of.date()
