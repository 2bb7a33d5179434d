"""Period and as-of of a run, from the files' own coverage; never from the clock."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ecrecon.checks.receipt.due import Moment
from ecrecon.errors import InputError
from ecrecon.messages import tr
from ecrecon.schema import ZONE
from ecrecon.sources import Source


def find_moment(sources: Sequence[Source], period: str | None, as_of: datetime | None) -> Moment:
    """Default period: the latest month with a covered day. Default as-of: the end of its last covered day.

    Bank statements speak only where there is no bill: they reach into the next month to show the last payouts. Without
    either the latest month of the order and after-sale files stands in. Raises InputError when nothing was readable.
    """
    kind = "bill" if any(s.kind == "bill" and s.coverage for s in sources) else "bank"
    days = [last for s in sources if s.kind == kind for _, last in s.coverage]
    if not days:
        days = [s.last.date() for s in sources if s.readable and s.last is not None]
    if not days and period is None and as_of is None:
        raise InputError(
            tr("没有可读的账单或订单文件", "no readable bill or order file"),
            tr("检查路径，或用 ecrecon audit 查看每个文件的原因", "check the path, or run ecrecon audit to see why"),
        )
    if period is None:
        latest = as_of.date() if as_of is not None else max(days)
        period = f"{latest:%Y-%m}"
    year, month = (int(part) for part in period.split("-"))
    start, end = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    if as_of is None:
        inside = [
            min(last, end)
            for s in sources
            if s.kind == kind
            for first, last in s.coverage
            if first <= end and last >= start
        ]
        last_day = max(inside) if inside else end
        as_of = datetime.combine(last_day, time(23, 59, 59), ZoneInfo(ZONE))
    return Moment(as_of=as_of, period=period, start=start, end=end)
