"""Period and as-of of a run, from the files' own coverage; never from the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from ecrecon.base.errors import UndatedError
from ecrecon.base.moment import Moment, Month
from ecrecon.base.schema import ZONE
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr

_SHOWN = 5
"""Cells that one message names."""


def find_moment(
    sources: Sequence[Source], period: str | None, as_of: datetime | None, cells: Sequence[str] = ()
) -> Moment:
    """Default period: the latest month with a covered day. Default as-of: the end of its last covered day.

    Bank statements speak only where there is no bill: they reach into the next month to show the last payouts. Without
    either the latest month of the order and after-sale files stands in. Raises UndatedError when no row has a readable
    day; `cells` are the refused cells, as sentences.
    """
    kind = "bill" if any(s.kind == "bill" and s.coverage for s in sources) else "bank"
    days = [last for s in sources if s.kind == kind for _, last in s.coverage]
    if not days:
        days = [s.last.date() for s in sources if s.readable and s.last is not None]
    if not days and period is None and as_of is None:
        raise _undated(cells)
    if period is None:
        latest = as_of.date() if as_of is not None else max(days)
        period = f"{latest:%Y-%m}"
    month = Month.parse(period)
    start, end = month.first, month.last
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
    # the whole of its last second: 23:59:59.500 belongs to no later run either
    return Moment(as_of=as_of.replace(microsecond=999_999), start=start, end=end)


def _undated(cells: Sequence[str]) -> UndatedError:
    if not cells:
        return UndatedError(
            tr("文件里没有一行带日期的数据", "no row of the files has a day"),
            tr(
                "请放入从平台下载的账单和订单原文件；能读的格式见 ecrecon formats list",
                "put in bills and orders as downloaded; ecrecon formats list names the known layouts",
            ),
        )
    more = (
        tr(f"\n  … 另有 {len(cells) - _SHOWN} 处", f"\n  … {len(cells) - _SHOWN} more") if len(cells) > _SHOWN else ""
    )
    return UndatedError(
        tr("没有一行的日期能够读取", "no row has a day that can be read")
        + "".join(f"\n  {cell}" for cell in cells[:_SHOWN])
        + more,
        tr(
            "请把这些单元格改成 2026-10-09 10:12:00 的写法，或从平台重新下载原文件",
            "write these cells as 2026-10-09 10:12:00, or download the files again",
        ),
    )
