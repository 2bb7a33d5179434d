"""Days that nothing supports: one cell of 2062 in a bill of 2026 is a slip of the hand, and no month to reconcile.

A day stands alone where it is far from the other days of its own file (its printed range, else where most of its rows
lie) and no other file and no file name speaks of that time. Such a cell is F11, without a time: it chooses neither the
period nor the days that its file covers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from ecrecon.base.schema import TIME
from ecrecon.base.sources import Parsed, finding
from ecrecon.base.texts import tr
from ecrecon.reading.coverage import covered, months_touched, span_named
from ecrecon.reading.surroundings import Printed
from ecrecon.settings.profiles import Profile

FAR = timedelta(days=731)
"""So far from everything else no row lies: an account may sleep for a year; a slip of the hand is wrong by years."""
OUTSIDE = timedelta(days=31)
"""So far outside the printed range of its own file no row of a bill lies."""
FEW = 2
"""A file of no more rows can be wrong as a whole."""
_PROMISED = ("expected_at", "snapshot_at")
_EVENT = "occurred_at"
_NAMED = 20


@dataclass(frozen=True)
class _Cluster:
    """Days of a file without a gap of more than FAR, and how many rows fall on them."""

    first: date
    last: date
    rows: int

    def far_from(self, other: _Cluster) -> bool:
        """True where more than FAR lies between the two."""
        return self.first - other.last > FAR or other.first - self.last > FAR


def without_stray_days(parsed: Sequence[Parsed], profiles: Mapping[str, Profile]) -> list[Parsed]:
    """`parsed`, in which times that nothing supports are null and told (F11), sources dated anew.

    Loops over files and the few clusters of their days, never over rows.
    """
    clusters = [_clusters(_event_days(item.frame)) for item in parsed]
    if _all_near(parsed):
        return list(parsed)
    named = [_span(span_named(item.source.path)) for item in parsed]
    result = []
    for place, item in enumerate(parsed):
        mine = clusters[place]
        others = [one[0] for at, one in enumerate(clusters) if at != place and len(one) == 1 and one[0].rows > FEW]
        support = [*others, *named[place]]
        result.append(_without(item, _home(item, mine, support), support, profiles) if mine else item)
    return _recovered(result, parsed)


def _all_near(parsed: Sequence[Parsed]) -> bool:
    """True for nearly every run: no time of any file is far from any other, or outside the printed range of its file."""
    spans = [_reach(item.frame, _times_of(item.frame)) for item in parsed if item.frame is not None]
    known = [span for span in spans if span is not None]
    if not known:
        return True
    if max(last for _, last in known) - min(first for first, _ in known) > FAR:
        return False
    return not any(_outside(item) for item in parsed)


def _outside(item: Parsed) -> bool:
    reach = _reach(item.frame, [_EVENT]) if item.source.printed_range else None
    if reach is None:
        return False
    first, last = item.source.coverage[0][0], item.source.coverage[-1][1]
    return reach[0] < first - OUTSIDE or reach[1] > last + OUTSIDE


def _times_of(frame: pl.DataFrame | None) -> list[str]:
    if frame is None:
        return []
    return [name for name, dtype in frame.schema.items() if dtype == TIME and name not in _PROMISED]


def _events_of(frame: pl.DataFrame | None) -> list[str]:
    """When money moved; of a file without money every time that it prints."""
    names = _times_of(frame)
    dated = frame is not None and _EVENT in names and frame[_EVENT].null_count() < frame.height
    return [_EVENT] if dated else names


def _out_of_an_id(profile: Profile | None, name: str) -> bool:
    """True for a date that is cut out of a number: what the number means is not the user's to correct."""
    spec = profile.fields.get(name) if profile else None
    if profile is None or spec is None:
        return False
    ids = {source.column for other in profile.fields.values() if other.as_ == "id" for source in other.from_}
    return all(source.column in ids for source in spec.from_)


def _reach(frame: pl.DataFrame | None, names: Sequence[str]) -> tuple[date, date] | None:
    there = [name for name in names if frame is not None and name in frame.columns]
    if frame is None or not there:
        return None
    days = frame.select(
        first=pl.min_horizontal(pl.col(there).min()).dt.date(), last=pl.max_horizontal(pl.col(there).max()).dt.date()
    ).row(0)
    return None if days[0] is None else (days[0], days[1])


def _event_days(frame: pl.DataFrame | None) -> pl.DataFrame:
    """day, rows of what a file is about."""
    names = _events_of(frame)
    empty = pl.DataFrame(schema={"day": pl.Date, "rows": pl.UInt32})
    parts = [] if frame is None else [_counted(frame, name) for name in names]
    return pl.concat([empty, *parts]).group_by("day").agg(pl.col("rows").max()).sort("day")


def _counted(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.select(day=pl.col(name).dt.date()).drop_nulls().group_by("day").agg(rows=pl.len().cast(pl.UInt32))


def _clusters(days: pl.DataFrame) -> list[_Cluster]:
    """Days (day sorted, rows) put together where no gap is longer than FAR."""
    if days.is_empty():
        return []
    grouped = days.with_columns(group=(pl.col("day").diff() > FAR).fill_null(value=False).cum_sum())
    rows = grouped.group_by("group").agg(pl.col("day").min(), last=pl.col("day").max(), n=pl.col("rows").sum())
    return [_Cluster(first, last, n) for _, first, last, n in rows.sort("group").iter_rows()]


def _span(span: tuple[date, date] | None) -> list[_Cluster]:
    return [] if span is None else [_Cluster(span[0], span[1], 0)]


def _home(item: Parsed, mine: Sequence[_Cluster], support: Sequence[_Cluster]) -> _Cluster | None:
    """Where the rows of the file belong: its printed range, else most of them; of equal clusters the supported one, then
    the earlier. None for a file of few rows that lies far after everything else."""
    if item.source.printed_range:
        return _Cluster(item.source.coverage[0][0], item.source.coverage[-1][1], 0)
    best = max(mine, key=lambda one: (one.rows, _supported(one, support), -one.first.toordinal()))
    alone = best.rows <= FEW and len(mine) == 1 and support and not _supported(best, support)
    return None if alone and all(best.first > other.last for other in support) else best


def _supported(one: _Cluster, support: Sequence[_Cluster]) -> bool:
    return any(not one.far_from(other) for other in support)


def _without(
    item: Parsed, home: _Cluster | None, support: Sequence[_Cluster], profiles: Mapping[str, Profile]
) -> Parsed:
    """`item` with the stray times of each of its columns taken out."""
    frame = item.frame
    assert frame is not None  # it has days
    found = []
    for name in _times_of(frame) if home is not None else _events_of(frame):
        if _out_of_an_id(profiles.get(item.source.profile or ""), name):
            continue
        days = _counted(frame, name).sort("day")
        stray: list[date] = []
        for one in _clusters(days):
            if home is None or (one.far_from(home) and not _supported(one, support) and _matters(name, one, home)):
                stray += days.filter(pl.col("day").is_between(one.first, one.last))["day"].to_list()
        if home is not None and item.source.printed_range and name == _EVENT:
            outside = days.filter(~pl.col("day").is_between(home.first - OUTSIDE, home.last + OUTSIDE))
            stray = sorted({*stray, *outside["day"].to_list()})
        if stray:
            wrong = frame[name].dt.date().is_in(stray).fill_null(value=False)
            found.append(_told(item, name, frame.filter(wrong), home, profiles))
            frame = frame.with_columns(pl.when(~wrong).then(pl.col(name)).alias(name))
    return item if not found else replace(item, frame=frame, findings=pl.concat([item.findings, *found]))


def _matters(name: str, one: _Cluster, home: _Cluster) -> bool:
    """Long before the money an order may have been made; nothing but a slip lies long after it."""
    return name == _EVENT or one.first > home.last


def _told(
    item: Parsed, name: str, rows: pl.DataFrame, home: _Cluster | None, profiles: Mapping[str, Profile]
) -> pl.DataFrame:
    profile = profiles.get(item.source.profile or "")
    spec = profile.fields.get(name) if profile else None
    column = spec.from_[0].column if spec else name
    near = tr("其他文件的日期", "the days of the other files") if home is None else f"{home.first}..{home.last}"
    hint = tr(
        "该日期远离本文件的其他日期，其他文件和文件名里也没有这段时间：没有计入任何月份，请核对原文件后改正",
        "far from the other days of this file, and no other file or name speaks of that time: the row counts in no month; "
        "compare with the platform and correct it",
    )
    cells = rows.select("source_line", text=pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S")).unique(maintain_order=True)
    told = [
        finding("F11", item.source.path, line=line, column=column, text=text, expected=near, hint=hint)
        for line, text in cells.head(_NAMED).iter_rows()
    ]
    if cells.height > _NAMED:
        text = tr(f"共 {cells.height} 个单元格", f"{cells.height} cells in all")
        told.append(finding("F11", item.source.path, column=column, text=text, expected=near, hint=hint))
    return pl.concat(told)


def _recovered(result: Sequence[Parsed], before: Sequence[Parsed]) -> list[Parsed]:
    """Sources of changed files with first and last day, coverage and latest time worked out again. Parts of one file
    (sheets excepted) speak for the same days."""
    changed = {_table(one) for one, old in zip(result, before, strict=True) if one is not old}
    dated = [_dated(one) if _table(one) in changed else one for one in result]
    return [_with_all_days(one, [other for other in dated if _table(other) == _table(one)]) if _table(one) in changed else one
            for one in dated]  # fmt: skip


def _table(item: Parsed) -> tuple[str, str | None]:
    return item.source.path, item.source.sheet


def _with_all_days(item: Parsed, parts: Sequence[Parsed]) -> Parsed:
    days = [day for part in parts for span in part.source.coverage for day in span]
    if len(parts) == 1 or not days:
        return item
    return replace(item, source=replace(item.source, coverage=((min(days), max(days)),)))


def _dated(item: Parsed) -> Parsed:
    frame, source = item.frame, item.source
    assert frame is not None
    names = _times_of(frame)
    events = next(
        (n for n in (_EVENT, "settled_at", *names) if n in names and frame[n].null_count() < frame.height), None
    )
    times = None if events is None else frame[events]
    coverage = source.coverage
    if source.kind in ("bill", "bank") and not source.printed_range:
        coverage, _ = covered(Printed(), times, source.path)
    elif source.kind not in ("bill", "bank"):
        coverage = months_touched([frame[name] for name in names])
    latest = frame.select(pl.max_horizontal(pl.col(name).max() for name in names)).item() if names else None
    return replace(
        item,
        source=replace(
            source,
            first=None if times is None else times.min(),  # type: ignore[arg-type]
            last=None if times is None else times.max(),  # type: ignore[arg-type]
            coverage=coverage,
            latest_at=latest,
        ),
    )
