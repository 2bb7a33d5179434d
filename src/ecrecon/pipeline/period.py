"""Period and as-of of a run, from the files' own coverage, and whether the month holds anything at all."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from ecrecon.base.errors import InputError, UndatedError
from ecrecon.base.moment import Moment, Month
from ecrecon.base.schema import TIME, ZONE
from ecrecon.base.sources import Parsed, Source
from ecrecon.base.texts import tr

# Whether a month that was asked for holds anything at all: a run over nothing must not say that nothing is wrong.

_NOT_EVENTS = ("snapshot_at", "expected_at")
"""Times that say nothing about what happened: when a list was made, when money is promised."""
_SHOWN = 6
"""Month ranges that the message names."""


def refuse_nothing(ledger: pl.DataFrame, parsed: Sequence[Parsed], moment: Moment) -> None:
    """Raise InputError where no bill line, order, after-sale or record of ours has an event between the first day of the
    period and as-of, and no bill prints that it covers a day of it (an empty bill says that nothing moved).

    A line belongs to the month in which the money moved: the settlement date of a line of another month does not count.
    `ledger`: schema LEDGER. `parsed`: with the frames of orders, after-sales and goods.
    """
    until = min(moment.end, moment.day)
    days = [*_line_days(ledger), *(day for item in parsed for day in _event_days(item))]
    printed = [span for item in parsed if item.source.printed_range for span in item.source.coverage]
    spans = [*((day, day) for day in days), *printed]
    if any(first <= until and last >= moment.start for first, last in spans):
        return
    known = _months(_covered(parsed) or spans)
    if moment.day < moment.end and any(first <= moment.end and last >= moment.start for first, last in spans):
        raise InputError(
            tr(
                f"{moment.period} 到 {moment.day} 为止没有可核对的内容；文件覆盖 {known}",
                f"nothing to reconcile in {moment.period} up to {moment.day}; the files cover {known}",
            ),
            tr("检查 --as-of 的日期，或去掉它", "check the day given to --as-of, or leave it out"),
        )
    raise InputError(
        tr(
            f"{moment.period} 没有可核对的内容；文件覆盖 {known}",
            f"nothing to reconcile in {moment.period}; the files cover {known}",
        ),
        tr(
            f"检查 --period，或放入 {moment.period} 的账单和订单文件再运行",
            f"check --period, or put in bills and orders of {moment.period} and run again",
        ),
    )


def _covered(parsed: Sequence[Parsed]) -> list[tuple[date, date]]:
    """Days of the bills; of bank statements where there is no bill."""
    for kind in ("bill", "bank"):
        spans = [span for item in parsed if item.source.kind == kind for span in item.source.coverage]
        if spans:
            return spans
    return []


def _line_days(ledger: pl.DataFrame) -> list[date]:
    return ledger["day"].drop_nulls().unique().to_list()


def _event_days(item: Parsed) -> Iterable[date]:
    """Days on which something happened by an input of the books side."""
    frame = item.frame
    if frame is None or item.source.kind in ("bill", "bank"):
        return []
    times = [name for name, dtype in frame.schema.items() if dtype == TIME and name not in _NOT_EVENTS]
    return {day for name in times for day in frame[name].dt.date().drop_nulls().unique()}


def _months(spans: Sequence[tuple[date, date]]) -> str:
    """`2026-08, 2026-10 to 2026-12`: the months of the spans, those that follow each other as one."""
    months = sorted({place for first, last in spans for place in range(_place(first), _place(last) + 1)})
    ranges: list[list[int]] = []
    for place in months:
        if ranges and place == ranges[-1][1] + 1:
            ranges[-1][1] = place
        else:
            ranges.append([place, place])
    texts = [_name(a) if a == b else tr(f"{_name(a)} 至 {_name(b)}", f"{_name(a)} to {_name(b)}") for a, b in ranges]
    more = [tr(f"等 {len(texts)} 段", f"and {len(texts) - _SHOWN} more")] if len(texts) > _SHOWN else []
    return tr("、", ", ").join([*texts[:_SHOWN], *more]) or tr("没有日期", "no day")


def _place(day: date) -> int:
    return day.year * len(calendar.month_name[1:]) + day.month - 1


def _name(place: int) -> str:
    year, month = divmod(place, len(calendar.month_name[1:]))
    return f"{year:04d}-{month + 1:02d}"


# Period and as-of of a run, from the files' own coverage; never from the clock.

_MOMENT_SHOWN = 5
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
        tr(f"\n  … 另有 {len(cells) - _MOMENT_SHOWN} 处", f"\n  … {len(cells) - _MOMENT_SHOWN} more")
        if len(cells) > _MOMENT_SHOWN
        else ""
    )
    return UndatedError(
        tr("没有一行的日期能够读取", "no row has a day that can be read")
        + "".join(f"\n  {cell}" for cell in cells[:_MOMENT_SHOWN])
        + more,
        tr(
            "请把这些单元格改成 2026-10-09 10:12:00 的写法，或从平台重新下载原文件",
            "write these cells as 2026-10-09 10:12:00, or download the files again",
        ),
    )
