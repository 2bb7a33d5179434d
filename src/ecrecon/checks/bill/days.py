"""The import unit is (account, profile, day): the newest file replaces a covered day as a whole (F08, F10).

Parts of one download, split at a row limit, share days but no ledger id; they stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from ecrecon.checks.bill.coverage import days_between
from ecrecon.messages import tr
from ecrecon.money import decimal_text
from ecrecon.sources import Source, finding

CONTENT = (
    "txn_id", "biz_txn_id", "order_id", "sub_order_id", "refund_id", "category", "raw_type", "amount_minor",
    "occurred_at", "money_column", "settle_status",
)  # fmt: skip
"""What makes two lines the same: ids, amounts, types; not line numbers, remarks or export time."""


@dataclass(frozen=True)
class Replaced:
    """Days that a newer file took over: frame `source_id` Int32, `day` Date; findings; sources with notes."""

    days: pl.DataFrame
    findings: list[pl.DataFrame]
    sources: list[Source]


def replace_days(lines: pl.DataFrame, sources: Sequence[Source]) -> Replaced:
    """Decide per (account, profile, day) which source counts. `lines`: schema LINES plus `day` Date.

    Loops over sources and shared days only, never over lines. Rows without a day wait for their settlement: they move no
    money and stay.
    """
    lines = lines.filter(pl.col("day").is_not_null())
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    for index, source in enumerate(sources):
        if source.kind in ("bill", "bank"):
            groups.setdefault((source.account, source.profile), []).append(index)
    taken: list[tuple[int, date]] = []
    findings: list[pl.DataFrame] = []
    result = list(sources)
    for key in sorted(groups, key=str):
        if len(groups[key]) > 1:
            days, found = _replace_in_group(lines, result, groups[key])
            taken.extend(days)
            findings.extend(found)
    frame = pl.DataFrame(sorted(set(taken)), schema={"source_id": pl.Int32, "day": pl.Date}, orient="row")
    return Replaced(frame, findings, result)


def _replace_in_group(
    lines: pl.DataFrame, sources: list[Source], members: list[int]
) -> tuple[list[tuple[int, date]], list[pl.DataFrame]]:
    mine = lines.filter(pl.col("source_id").is_in(members)).select("source_id", "day", *CONTENT)
    digests = _digests(mine)
    claims = _claims(sources, members, digests)
    newest = sorted(members, key=lambda index: sources[index].sort_key)
    rank = {index: position for position, index in enumerate(newest)}
    taken: list[tuple[int, date]] = []
    unchanged: dict[int, dict[date, int]] = {}
    findings: list[pl.DataFrame] = []
    for day in sorted(claims):
        holders = sorted(claims[day], key=lambda index: rank[index], reverse=True)
        kept = [holders[0]]
        for older in holders[1:]:
            here = mine.filter(pl.col("day") == day)
            if digests.get((older, day)) is not None and _is_part(here, sources, older, kept):
                kept.append(older)
                continue
            winner = kept[0]
            taken.append((older, day))
            if digests.get((older, day)) == digests.get((winner, day)):
                unchanged.setdefault(older, {})[day] = winner
            else:
                findings.append(_f10(here, sources, older, winner, day))
    findings.extend(_note_unchanged(sources, unchanged, digests))
    return taken, findings


def _digests(mine: pl.DataFrame) -> dict[tuple[int, date | None], tuple[int, int]]:
    """(source, day) -> (count, order-independent digest of the multiset of lines)."""
    rows = mine.with_columns(
        pl.struct(
            [
                pl.col(c).cast(pl.String) if c in ("category", "raw_type", "money_column", "settle_status") else c
                for c in CONTENT
            ]
        )
        .hash(11)
        .alias("h")
    )
    sums = rows.group_by("source_id", "day").agg(
        pl.len().alias("n"), (pl.col("h") // 256).sum().alias("low"), (pl.col("h") % 1_000_003).sum().alias("mod")
    )
    return {(s, d): (n, low * 1_000_003 + mod) for s, d, n, low, mod in sums.iter_rows()}


def _claims(
    sources: Sequence[Source], members: Sequence[int], digests: dict[tuple[int, date | None], tuple[int, int]]
) -> dict[date, set[int]]:
    """Day -> sources that say what happened on it: a printed range speaks for all its days, else the days with rows."""
    claims: dict[date, set[int]] = {}
    for index in members:
        if sources[index].printed_range:
            for first, last in sources[index].coverage:
                for day in days_between(first, last):
                    claims.setdefault(day, set()).add(index)
    for index, seen in digests:
        if seen is not None:  # rows without a date belong to no day, and no other file can replace them
            claims.setdefault(seen, set()).add(index)
    return {day: holders for day, holders in claims.items() if len(holders) > 1}


def _is_part(here: pl.DataFrame, sources: Sequence[Source], older: int, kept: Sequence[int]) -> bool:
    """True where `older` shares no ledger id with the kept files of that day, although all lines carry one; or, without
    ledger ids, no equal line with files out of the same archive: big exports come in several files."""
    mine = here.filter(pl.col("source_id") == older)
    theirs = here.filter(pl.col("source_id").is_in(kept))
    if theirs.is_empty():
        return False
    if mine["txn_id"].null_count() or theirs["txn_id"].null_count():
        archives = {sources[index].path.rpartition("!/")[0] for index in (older, *kept)}
        if len(archives) > 1 or archives == {""}:
            return False
        return mine.join(theirs, on=list(CONTENT), how="semi", nulls_equal=True).is_empty()
    return mine.join(theirs, on="txn_id", how="semi").is_empty()


def _f10(here: pl.DataFrame, sources: Sequence[Source], older: int, winner: int, day: date) -> pl.DataFrame:
    def counted(index: int) -> pl.DataFrame:
        return here.filter(pl.col("source_id") == index).group_by(CONTENT).agg(pl.len().cast(pl.Int64).alias("n"))

    both = counted(older).join(
        counted(winner), on=list(CONTENT), how="full", nulls_equal=True, coalesce=True, suffix="_new"
    )
    change = both.select(pl.col("n_new").fill_null(0) - pl.col("n").fill_null(0)).to_series()
    added, removed = int(change.filter(change > 0).sum()), -int(change.filter(change < 0).sum())
    old_sum, new_sum = (int(here.filter(pl.col("source_id") == i)["amount_minor"].sum()) for i in (older, winner))
    moved = decimal_text(new_sum - old_sum)
    return finding(
        "F10",
        sources[older].path,
        text=f"{day}: +{added} -{removed}",
        expected=sources[winner].path,
        expected_minor=old_sum,
        actual_minor=new_sum,
        hint=tr(
            f"{day} 的账单与较新的下载 {sources[winner].path} 不同：新增 {added} 行，减少 {removed} 行，净额变动 {moved}；已采用较新的文件",
            f"{day} differs from the newer download {sources[winner].path}: {added} lines added, {removed} removed, "
            f"net change {moved}; the newer file counts",
        ),
    )


def _note_unchanged(
    sources: list[Source],
    unchanged: dict[int, dict[date, int]],
    digests: dict[tuple[int, date | None], tuple[int, int]],
) -> list[pl.DataFrame]:
    """Say which days came twice unchanged; F08 where one other file holds exactly the same rows."""
    found: list[pl.DataFrame] = []
    for older, days in sorted(unchanged.items()):
        source = sources[older]
        own_days = {day for index, day in digests if index == older}
        winners = set(days.values())
        twin = next(iter(winners)) if len(winners) == 1 else None
        same = twin is not None and own_days <= set(days) and {d for i, d in digests if i == twin} == own_days
        if same and twin is not None:
            found.append(
                finding(
                    "F08",
                    source.path,
                    text=sources[twin].path,
                    hint=tr(
                        f"与 {sources[twin].path} 内容相同，只计一次",
                        f"same rows as {sources[twin].path}; counted once",
                    ),
                )
            )
        note = tr(f"{len(days)} 天与较新的文件相同，未重复计入", f"{len(days)} days equal a newer file, counted once")
        sources[older] = replace(source, notes=(*source.notes, note))
    return found
