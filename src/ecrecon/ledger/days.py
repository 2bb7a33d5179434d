"""Files that hold the same days: which lines count once, and what is said about it (F08, F10).

A newer download replaces the same rows of an older one; parts of one download stand side by side. `likeness` counts the
evidence, `downloads` reads it; here stands what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from ecrecon.base.money import decimal_text
from ecrecon.base.sources import Source, finding
from ecrecon.base.texts import tr
from ecrecon.ledger.coverage import days_between, ranges_of
from ecrecon.ledger.downloads import CONTENT, PAIR, Compared, Likeness, Reading, compare, read_pairs

__all__ = ["CONTENT", "Replaced", "replace_days"]

_ONCE = (Reading.REPEATED, Reading.CONTINUED, Reading.REVISED)
"""Readings in which equal lines are the same line."""


@dataclass(frozen=True)
class Replaced:
    """`lines`: line_id Int64 of lines that a newer file holds or took over; findings; sources with notes."""

    lines: pl.DataFrame
    findings: list[pl.DataFrame]
    sources: list[Source]


@dataclass(frozen=True)
class _Group:
    """The files of one account and layout, compared and read. `age`: source -> place from oldest to newest."""

    compared: Compared
    readings: Mapping[tuple[int, int], Reading]
    age: Mapping[int, int]


def replace_days(lines: pl.DataFrame, sources: Sequence[Source], identity: Mapping[str, Sequence[str]]) -> Replaced:
    """Decide per account and layout which lines count. `lines`: schema LINES plus `day` Date; `identity`: profile id ->
    fields of its ledger id.

    Loops over files and pairs of files only, never over lines. Rows without a day wait for their settlement: they move no
    money and stay.
    """
    lines = lines.filter(pl.col("day").is_not_null())
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    for index, source in enumerate(sources):
        if source.kind in ("bill", "bank"):
            groups.setdefault((source.account, source.profile), []).append(index)
    taken = [pl.DataFrame(schema={"line_id": pl.Int64})]
    findings: list[pl.DataFrame] = []
    result = list(sources)
    for key in sorted(groups, key=str):
        group = _compared(lines, sources, groups[key], identity.get(key[1] or ""))
        if group is None:
            continue
        once = _counted_once(group)
        taken.append(once)
        findings += _changed_days(group, sources)
        findings += _unclear(group, sources, once)
        findings += _twins(group, sources)
        _write_notes(group, result, once)
    return Replaced(pl.concat(taken).unique().sort("line_id"), findings, result)


def _compared(
    lines: pl.DataFrame, sources: Sequence[Source], members: Sequence[int], key: Sequence[str] | None
) -> _Group | None:
    """None where no day is spoken for by two files."""
    if len(members) < 2:
        return None
    mine = lines.filter(pl.col("source_id").is_in(members))
    newest = sorted(members, key=lambda index: sources[index].sort_key)
    age = {index: place for place, index in enumerate(newest)}
    claims = _claims(mine, sources, age)
    if claims.is_empty():
        return None
    compared = compare(mine, sources, claims, key)
    ids = bool(key) and not compared.lines["ledger"].null_count()
    return _Group(compared, read_pairs(compared.pairs, sources, ledger_ids=ids), age)


def _claims(mine: pl.DataFrame, sources: Sequence[Source], age: Mapping[int, int]) -> pl.DataFrame:
    """source_id, day, age of days that several files speak for: a printed range speaks for all its days, else the days
    with rows do."""
    printed = [
        (index, day)
        for index in age
        if sources[index].printed_range
        for first, last in sources[index].coverage
        for day in days_between(first, last)
    ]
    said = pl.DataFrame(printed, schema={"source_id": pl.Int32, "day": pl.Date}, orient="row")
    claims = pl.concat([said, mine.select("source_id", "day")]).unique().sort("source_id", "day")
    several = claims.filter(pl.len().over("day") > 1)
    return several.with_columns(age=pl.col("source_id").replace_strict(dict(age), default=None, return_dtype=pl.Int32))


def _read(group: _Group, *readings: Reading) -> pl.DataFrame:
    """older, newer of the pairs with one of these readings."""
    pairs = [pair for pair, reading in group.readings.items() if reading in readings]
    return pl.DataFrame(pairs, schema=dict.fromkeys(PAIR, pl.Int32), orient="row")


def _counted_once(group: _Group) -> pl.DataFrame:
    """line_id of lines of older files that do not count: the newer file holds them, or its days stand instead."""
    seen = group.compared
    held = seen.matched.join(_read(group, *_ONCE), on=PAIR, how="semi")
    days = seen.shared.join(_read(group, Reading.REVISED), on=PAIR, how="semi")
    over = seen.lines.join(days.select("day", source_id="older"), on=["source_id", "day"], how="semi")
    return pl.concat([held.select("line_id"), over.select("line_id")]).unique()


def _changed_days(group: _Group, sources: Sequence[Source]) -> list[pl.DataFrame]:
    """F10 per day and newest file of it: what it shows beside all older downloads of the day. A loop over such days."""
    seen = group.compared
    again = _read(group, Reading.REPEATED, Reading.REVISED)
    known = seen.matched.join(_read(group, *_ONCE), on=PAIR, how="semi")
    days = seen.shared.join(again, on=PAIR, how="semi")
    if days.is_empty():
        return []
    age = pl.col("newer").replace_strict(dict(group.age), return_dtype=pl.Int32)
    last = days.with_columns(age=age).filter(pl.col("age") == pl.col("age").max().over("older", "day"))
    moved = _moved(seen.lines, known, last, _read(group, Reading.REVISED))
    return [
        _f10(row, sources, max((o for o in row["olders"]), key=lambda index: group.age[index]))
        for row in moved.sort("day", "newer").iter_rows(named=True)
    ]


def _moved(lines: pl.DataFrame, known: pl.DataFrame, last: pl.DataFrame, revised: pl.DataFrame) -> pl.DataFrame:
    """newer, day, olders, added, removed, changed (lines), net, actual_minor (the newer file's day) of days that differ."""
    mine = lines.select("line_id", "source_id", "day", "amount_minor")
    own = mine.join(last.select("day", source_id="newer").unique(), on=["source_id", "day"], how="semi")
    added = own.join(known.select(line_id="newer_id"), on="line_id", how="anti").with_columns(newer="source_id")
    gone = (
        mine.join(last.join(revised, on=PAIR, how="semi").select("day", "newer", source_id="older"), on=["source_id", "day"])
        .join(known.select("line_id"), on="line_id", how="anti")
    )  # fmt: skip
    changed = (
        known.filter("changed").join(last, on=[*PAIR, "day"], how="semi")
        .join(mine.select("line_id", was="amount_minor"), on="line_id")
        .join(mine.select(newer_id="line_id", now="amount_minor"), on="newer_id")
        .select("newer", "day", was="was", now="now")
    )  # fmt: skip
    keys = ["newer", "day"]
    frame = last.group_by(keys).agg(olders=pl.col("older").unique().sort())
    parts = (
        added.group_by(keys).agg(added=pl.len(), plus=pl.col("amount_minor").sum()),
        gone.group_by(keys).agg(removed=pl.len(), minus=pl.col("amount_minor").sum()),
        changed.group_by(keys).agg(changed=pl.len(), step=(pl.col("now") - pl.col("was")).sum()),
        own.group_by(newer="source_id", day="day").agg(actual_minor=pl.col("amount_minor").sum()),
    )
    for part in parts:
        frame = frame.join(part, on=keys, how="left")
    counts = ["added", "removed", "changed", "plus", "minus", "step", "actual_minor"]
    frame = frame.with_columns(pl.col(counts).cast(pl.Int64).fill_null(0))
    return frame.filter((pl.col("added") + pl.col("removed") + pl.col("changed")) > 0).with_columns(
        net=pl.col("plus") - pl.col("minus") + pl.col("step")
    )


def _f10(row: Mapping[str, object], sources: Sequence[Source], older: int) -> pl.DataFrame:
    day, winner = row["day"], sources[int(str(row["newer"]))].path
    added, removed, changed, net, actual = (
        int(str(row[name])) for name in ("added", "removed", "changed", "net", "actual_minor")
    )
    moved = decimal_text(net)
    return finding(
        "F10",
        sources[older].path,
        text=f"{day}: +{added} -{removed}" + (f" ~{changed}" if changed else ""),
        expected=winner,
        expected_minor=actual - net,
        actual_minor=actual,
        hint=tr(
            f"{day} 的账单与较新的下载 {winner} 不同：新增 {added} 行，减少 {removed} 行，改动 {changed} 行，净额变动 {moved}；"
            "已采用较新的文件",
            f"{day} differs from the newer download {winner}: {added} lines added, {removed} removed, {changed} changed, "
            f"net change {moved}; the newer file counts",
        ),
    )


def _unclear(group: _Group, sources: Sequence[Source], once: pl.DataFrame) -> list[pl.DataFrame]:
    """F10 of kind stop per pair that allows two readings, with the net of both files under each.

    A pair is silent where one of its files counts for nothing on the days in question: another file holds them.
    """
    seen = group.compared
    live = seen.lines.join(once, on="line_id", how="anti")
    found = []
    for pair in seen.pairs:  # few: pairs of files that nothing decides
        if group.readings[pair.older, pair.newer] is not Reading.UNCLEAR:
            continue
        days = seen.shared.filter(pl.col("older") == pair.older, pl.col("newer") == pair.newer)["day"]
        here = live.filter(pl.col("day").is_in(days.implode()))
        needed = {pair.older} | ({pair.newer} if pair.newer_lines else set())
        if needed <= set(here["source_id"]):
            found.append(_two_readings(pair, seen, sources, sorted(days)))
    return found


def _two_readings(pair: Likeness, seen: Compared, sources: Sequence[Source], days: list[date]) -> pl.DataFrame:
    def net(frame: pl.DataFrame) -> int:
        return int(frame["amount_minor"].sum())

    files = seen.lines.filter(pl.col("source_id").is_in([pair.older, pair.newer]))
    equal = seen.matched.filter(pl.col("older") == pair.older, pl.col("newer") == pair.newer)
    held = net(files.join(equal, on="line_id", how="semi"))
    shared = files.filter(pl.col("source_id") == pair.older, pl.col("day").is_in(days))
    parts, again = net(files), net(files) - net(shared)
    names, span = _names(sources[pair.older], sources[pair.newer]), _span(days)
    again_text, parts_text, lap_text = (decimal_text(minor) for minor in (again, parts, parts - held))
    lap = (f"；若是两段但有重叠，净额共 {lap_text}", f"; as parts that overlap {lap_text}") if pair.same else ("", "")
    return finding(
        "F10",
        sources[pair.older].path,
        kind="stop",
        text=tr(
            f"{span}：重复下载则两份净额共 {again_text}，分段文件则共 {parts_text}",
            f"{span}: net {again_text} if downloaded twice, {parts_text} if in parts",
        ),
        expected_minor=again,
        actual_minor=parts,
        hint=tr(
            f"{names[0]} 与 {names[1]} 都有 {span} 的流水（{pair.older_lines} 行和 {pair.newer_lines} 行，相同 {pair.same} 行），"
            f"无法判断是同一账单下载了两次，还是同一账单的两段。若是下载了两次，两份文件净额共 {again_text}；"
            f"若是两段，净额共 {parts_text}（本次按此计）{lap[0]}。请核对：重复的删去旧文件；确是两段的，"
            "重新下载完整的一份，或把两份放进同一个 zip 再运行",
            f"{names[0]} and {names[1]} both hold {span} ({pair.older_lines} and {pair.newer_lines} lines, {pair.same} equal): "
            f"one bill downloaded twice, or two parts of it? Downloaded twice, the net of both files is {again_text}; "
            f"as parts it is {parts_text} (counted so in this run){lap[1]}. Delete the older file if it is a repetition; if they "
            "are parts, download one whole file, or put both into one zip, and run again",
        ),
    )


def _span(days: Sequence[date]) -> str:
    ranges = [f"{a}" if a == b else f"{a}..{b}" for a, b in ranges_of(days)]
    return tr("、", ", ").join(ranges[:3]) + ("…" if len(ranges) > 3 else "")


def _names(first: Source, second: Source) -> tuple[str, str]:
    """Paths; of sheets of one workbook with the sheet's name."""
    if first.path != second.path:
        return first.path, second.path
    return f"{first.path}[{first.sheet}]", f"{second.path}[{second.sheet}]"


def _twins(group: _Group, sources: Sequence[Source]) -> list[pl.DataFrame]:
    """F08: another file holds exactly the same rows."""
    changed = set(group.compared.matched.filter("changed").select(PAIR).unique().rows())
    twins: dict[int, int] = {}
    for pair in group.compared.pairs:
        key = (pair.older, pair.newer)
        whole = pair.same == pair.older_all == pair.newer_all and key not in changed
        if whole and group.readings[key] is Reading.REPEATED:
            twins[pair.older] = max(pair.newer, twins.get(pair.older, -1), key=lambda i: group.age.get(i, -1))
    return [
        finding(
            "F08",
            sources[older].path,
            text=_names(sources[older], sources[twin])[1],
            hint=tr(
                f"与 {_names(sources[older], sources[twin])[1]} 内容相同，只计一次",
                f"same rows as {_names(sources[older], sources[twin])[1]}; counted once",
            ),
        )
        for older, twin in sorted(twins.items())
    ]


def _write_notes(group: _Group, sources: list[Source], once: pl.DataFrame) -> None:
    """Say in the list of files which lines came twice, and which files were taken as parts of one bill."""
    held = group.compared.lines.join(once, on="line_id", how="semi")
    for index, count, days in (
        held.group_by("source_id").agg(pl.len(), pl.col("day").n_unique()).sort("source_id").iter_rows()
    ):
        note = tr(
            f"{days} 天的 {count} 行另有较新的文件，未重复计入",
            f"{count} lines of {days} days stand in a newer file, counted once",
        )
        sources[index] = replace(sources[index], notes=(*sources[index].notes, note))
    gone = set(held.group_by("source_id").len().rows())
    whole = {p.older for p in group.compared.pairs if (p.older, p.older_all) in gone}
    for pair in group.compared.pairs:
        joined = group.readings[pair.older, pair.newer] in (Reading.JOINED, Reading.CONTINUED)
        if joined and pair.older_lines and pair.newer_lines and pair.older not in whole:
            other = _names(sources[pair.newer], sources[pair.older])[1]
            note = tr(f"与 {other} 是同一账单的两段，合并计入", f"taken together with {other}: parts of one bill")
            sources[pair.newer] = replace(sources[pair.newer], notes=(*sources[pair.newer].notes, note))
