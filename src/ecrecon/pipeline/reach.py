"""Whether a month that was asked for holds anything at all: a run over nothing must not say that nothing is wrong."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from ecrecon.base.errors import InputError
from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME
from ecrecon.base.sources import Parsed
from ecrecon.base.texts import tr

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
