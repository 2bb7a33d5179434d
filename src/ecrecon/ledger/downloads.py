"""Two files hold the same days: the evidence, and whether the newer one is another download of the same rows or both belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

import polars as pl

from ecrecon.base.sources import Source

# How alike two files of one account and layout are on the days that both speak for: the evidence, not the judgement.

CONTENT = (
    "txn_id", "biz_txn_id", "order_id", "sub_order_id", "refund_id", "category", "raw_type", "amount_minor",
    "occurred_at", "money_column", "balance_minor",
)  # fmt: skip
"""What makes two lines the same: ids, amounts, types, times and the balance behind them; not line numbers, remarks,
status or export time."""
_NAMES = ("txn_id", "biz_txn_id", "order_id", "sub_order_id", "refund_id")
_CHANGES = {
    "amount": ("amount_minor", "balance_minor"), "time": ("occurred_at",), "balance": ("balance_minor",),
    "type": ("category", "raw_type"),
}  # fmt: skip
"""What a newer download may show differently in a line that is otherwise the same."""

PROOF = 6
"""Weight at which equal lines are no chance: one line with its ledger number or its balance, two orders, or three
different lines that name nothing. Equal charges without a number may stand on both sides of a cut."""
_SURE, _NAMED, _NAMELESS = 6, 3, 2

_ORDERED = 5
"""Fewer times in a row may be in order by chance."""

PAIR = ["older", "newer"]


@dataclass(frozen=True)
class Likeness:
    """Evidence about one pair of files, counted in lines of the days that both speak for, if not said otherwise.

    `same`: equal lines (the least of both multisets), `near`: further lines of the older file that differ from one of
    the newer in one thing only, `gone`: lines of the older file that no newer file holds. `weight`: of the equal lines,
    against PROOF; `each_sure`: every one of them is proof by itself. `older_all`, `newer_all`: lines of the whole files.
    `runs_on`: the equal lines are one end of the older file and touch an end of the newer one. `rolls`: the newer
    file's balance goes on where the older one's ends.
    """

    older: int
    newer: int
    older_lines: int
    newer_lines: int
    older_all: int
    newer_all: int
    same: int
    near: int
    gone: int
    weight: int
    each_sure: bool
    runs_on: bool
    rolls: bool


@dataclass(frozen=True)
class Compared:
    """`shared`: older, newer, day of all pairs. `matched`: older, newer, line_id of the older file, by line of the newer
    (`newer_id`), `day`, `changed` (same ledger id, other content, or another status). `pairs`: evidence of each pair that
    shares a day."""

    lines: pl.DataFrame
    shared: pl.DataFrame
    matched: pl.DataFrame
    pairs: list[Likeness]


def compare(
    lines: pl.DataFrame, sources: Sequence[Source], claims: pl.DataFrame, key: Sequence[str] | None
) -> Compared:
    """Evidence about all pairs of a group of files.

    `lines`: dated lines (LINES plus `day`) of the group's files; `claims`: source_id, day, age (position from oldest to
    newest) of the days that each speaks for; `key`: fields of the profile's ledger id, where it has one.
    """
    rows = _fingerprints(lines, key)
    shared = _shared(claims)
    days = shared.select("day").unique()
    here = rows.join(days, on="day", how="semi", maintain_order="left")
    matched = _matched(here, shared)
    counts = _counts(here, shared, matched)
    pairs = _pairs(rows, sources, matched, counts)
    return Compared(rows, shared, matched, pairs)


def _fingerprints(lines: pl.DataFrame, key: Sequence[str] | None) -> pl.DataFrame:
    """line_id, source_id, source_line, day, amount_minor, balance_minor, settle_status; `same`: digest of the content,
    `ledger`: of the ledger id; near_*: of all but one thing; `ref` and `weight`: what the line proves, and how much."""
    named = pl.any_horizontal(pl.col(c).is_not_null() for c in _NAMES)
    told = named | (pl.col("occurred_at").dt.time() != pl.time(0))
    ledger = pl.lit(None, dtype=pl.UInt64)
    if key:
        ledger = pl.when(pl.col(key[0]).is_not_null()).then(_digest(*dict.fromkeys([*key, "money_column"])))
    sure = ledger.is_not_null() | pl.col("balance_minor").is_not_null()
    digest = _digest(*CONTENT)
    near = {
        f"near_{name}": pl.when(told if name != "time" else named).then(_digest(*[c for c in CONTENT if c not in left]))
        for name, left in _CHANGES.items()
    }
    return lines.sort("line_id").select(
        "line_id", "source_id", "source_line", "day", "amount_minor", "balance_minor", "occurred_at", "settle_status",
        same=digest,
        ledger=ledger,
        ref=pl.when(named & ~sure).then(_digest(*_NAMES)).otherwise(digest),
        weight=pl.when(sure).then(_SURE).when(named).then(_NAMED).otherwise(_NAMELESS),
        **near,
    )  # fmt: skip


def _digest(*columns: str) -> pl.Expr:
    """Digest of the columns; texts as texts, because categories are numbered by file."""
    texts = ("category", "raw_type", "raw_desc", "money_column")
    return pl.struct([pl.col(c).cast(pl.String) if c in texts else pl.col(c) for c in columns]).hash(11)


def _shared(claims: pl.DataFrame) -> pl.DataFrame:
    """older, newer, day: days that two files speak for."""
    return (
        claims.join(claims, on="day", suffix="_newer")
        .filter(pl.col("age") < pl.col("age_newer"))
        .select("day", older="source_id", newer="source_id_newer")
    )


def _matched(rows: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Lines of an older file and the equal ones of a newer one, copy by copy; then those of the same ledger id."""
    equal = _joined(rows, shared, "same")
    left = rows.filter(pl.col("ledger").is_not_null())
    if left.is_empty():
        return equal
    rest = _joined(left, shared, "ledger")
    # a pair takes a line once: the same id with the same content was found above
    rest = rest.join(equal, on=[*PAIR, "line_id"], how="anti").join(equal, on=[*PAIR, "newer_id"], how="anti")
    return pl.concat([equal, rest.with_columns(changed=pl.lit(value=True))])


def _joined(rows: pl.DataFrame, shared: pl.DataFrame, on: str) -> pl.DataFrame:
    several = rows.filter(pl.col("source_id").n_unique().over(on) > 1)
    copies = several.select(
        "line_id", "source_id", "day", "settle_status", "ref", "weight", on,
        nth=pl.int_range(pl.len()).over("source_id", on),
    )  # fmt: skip
    newer = copies.select(on, "nth", newer="source_id", newer_id="line_id", status="settle_status", newer_day="day")
    both = copies.rename({"source_id": "older"}).join(newer, on=[on, "nth"])
    spoken = both.join(shared, on=[*PAIR, "day"], how="semi").join(
        shared, left_on=[*PAIR, "newer_day"], right_on=[*PAIR, "day"], how="semi"
    )
    return spoken.select(
        *PAIR, "line_id", "newer_id", "day", "ref", "weight", changed=pl.col("settle_status").ne_missing(pl.col("status"))
    ).sort(*PAIR, "line_id")  # fmt: skip


def _counts(rows: pl.DataFrame, shared: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """older, newer, older_lines, newer_lines, gone, near."""
    lost = rows.join(matched.select("line_id"), on="line_id", how="anti")
    by_day = rows.group_by("source_id", "day").agg(pl.len().alias("n"))
    gone = lost.group_by("source_id", "day").agg(pl.len().alias("gone"))
    frame = (
        shared.join(by_day.rename({"source_id": "older", "n": "older_lines"}), on=["older", "day"], how="left")
        .join(by_day.rename({"source_id": "newer", "n": "newer_lines"}), on=["newer", "day"], how="left")
        .join(gone.rename({"source_id": "older"}), on=["older", "day"], how="left")
        .group_by(PAIR)
        .agg(pl.col("older_lines", "newer_lines", "gone").sum())
    )
    loose = lost.join(matched.select(line_id="newer_id"), on="line_id", how="anti")
    frame = frame.join(_near(loose, shared), on=PAIR, how="left").with_columns(pl.col("near").fill_null(0))
    return frame.sort(PAIR)


def _near(loose: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """older, newer, near: over the things that may differ, the one that pairs most lines."""
    found = []
    for name in _CHANGES:
        mark = f"near_{name}"
        counted = loose.filter(pl.col(mark).is_not_null()).group_by("source_id", "day", mark).agg(pl.len().alias("n"))
        both = counted.rename({"source_id": "older"}).join(
            counted.select(mark, newer="source_id", newer_day="day", newer_n="n"), on=mark
        )
        spoken = both.join(shared, on=[*PAIR, "day"], how="semi")
        found.append(spoken.group_by(PAIR).agg(near=pl.min_horizontal("n", "newer_n").sum()))
    return pl.concat(found).group_by(PAIR).agg(pl.col("near").max())


def _pairs(
    rows: pl.DataFrame, sources: Sequence[Source], matched: pl.DataFrame, counts: pl.DataFrame
) -> list[Likeness]:
    """One record per pair; a loop over pairs of files that share a day."""
    weights = matched.unique([*PAIR, "ref"]).group_by(PAIR).agg(pl.col("weight").sum(), least=pl.col("weight").min())
    known = {(o, n): (int(w), least == _SURE) for o, n, w, least in weights.iter_rows()}
    by_pair = matched.partition_by(PAIR, as_dict=True)
    files = {key[0]: part for key, part in rows.partition_by("source_id", as_dict=True, maintain_order=True).items()}
    empty = rows.clear()
    found = []
    for row in counts.iter_rows(named=True):
        pair = (row["older"], row["newer"])
        older, newer = files.get(pair[0], empty), files.get(pair[1], empty)
        equal = by_pair.get(pair, matched.clear())
        weight, sure = known.get(pair, (0, False))
        found.append(
            Likeness(
                **row, older_all=older.height, newer_all=newer.height, same=equal.height, weight=weight, each_sure=sure,
                runs_on=_runs_on(older, newer, equal), rolls=_rolls(older, newer),
            )
        )  # fmt: skip
    return found


def _runs_on(older: pl.DataFrame, newer: pl.DataFrame, equal: pl.DataFrame) -> bool:
    """True where the equal lines are one end of the older file, and one of them is at the end of the newer one that can
    meet it. Copies are interchangeable, so contents are compared and not lines."""
    n = equal.height
    if n in (0, older.height):
        return False
    contents = older.join(equal, on="line_id", how="semi")["same"].sort()
    theirs = newer.join(equal.select(line_id="newer_id"), on="line_id", how="semi")["same"]
    first, last = newer["same"][0] in theirs, newer["same"][-1] in theirs
    if newer.height == n or _runs(older) * _runs(newer) == 0:
        head = tail = first or last
    else:  # both run the same way: the end of one meets the beginning of the other
        head, tail = (last, first) if _runs(older) == _runs(newer) else (first, last)
    at_head, at_tail = (part["same"].sort().equals(contents) for part in (older.head(n), older.tail(n)))
    return (at_head and head) or (at_tail and tail)


def _runs(file: pl.DataFrame) -> int:
    """1 for a file whose lines run from the oldest to the newest, -1 for the other way, 0 where the times do not say it."""
    times = file["occurred_at"]
    if times.n_unique() < _ORDERED:
        return 0
    return 1 if times.is_sorted() else -1 if times.is_sorted(descending=True) else 0


def _rolls(older: pl.DataFrame, newer: pl.DataFrame) -> bool:
    """True where one file's balance goes on from the other's."""
    first, second = _ends(older), _ends(newer)
    if first is None or second is None:
        return False
    return second[0] == first[1] or first[0] == second[1]


def _ends(file: pl.DataFrame) -> tuple[int, int] | None:
    """Balance before the first and behind the last row of a file, in order of time; None where it prints none."""
    if file.is_empty() or file["balance_minor"].null_count() == file.height:
        return None
    rows = (
        file.group_by("source_line", maintain_order=True)
        .agg(pl.col("amount_minor").sum(), pl.col("balance_minor", "occurred_at").last())
        .drop_nulls("balance_minor")
    )
    if rows["occurred_at"][0] > rows["occurred_at"][-1]:
        rows = rows.reverse()
    return rows["balance_minor"][0] - rows["amount_minor"][0], rows["balance_minor"][-1]


# Two files hold the same days: is the newer one another download of the same rows, or do both belong together?


class Reading(Enum):
    """What two files of the same days are to each other."""

    JOINED = "joined"
    """Parts of one bill: every line of both counts."""
    REPEATED = "repeated"
    """The newer file holds all lines of the older one: equal lines count once."""
    CONTINUED = "continued"
    """Parts that overlap: equal lines count once, the others of both files stay."""
    REVISED = "revised"
    """Another download of the same rows, in which some are different: the newer file's days count."""
    UNCLEAR = "unclear"
    """The evidence allows two readings."""


def read_pairs(
    pairs: Sequence[Likeness], sources: Sequence[Source], *, ledger_ids: bool
) -> dict[tuple[int, int], Reading]:
    """(older, newer) -> Reading.

    What several short files prove twice over together, each proves as well: a month bill holds day bills of a single row,
    and no other file shares a day with them.
    """
    told = {(p.older, p.newer): read_pair(p, sources, ledger_ids=ledger_ids) for p in pairs}
    beside = Counter(index for p in pairs if p.older_lines and p.newer_lines for index in (p.older, p.newer))
    held = [(p, *inside) for p in pairs if (inside := _inside(p)) and beside[inside[0]] == 1]
    proof = Counter[int]()
    for pair, _, longer in held:
        proof[longer] += pair.weight
    for pair, _, longer in held:
        key = (pair.older, pair.newer)
        if told[key] is Reading.UNCLEAR and proof[longer] >= max(2 * PROOF, 2 * pair.weight):
            told[key] = Reading.REPEATED
    return told


def _inside(pair: Likeness) -> tuple[int, int] | None:
    """(file, longer file) where the longer one holds every line of the other and of its days."""
    if pair.gone:
        return None
    if pair.same == pair.older_all < pair.newer_all:
        return pair.older, pair.newer
    return (pair.newer, pair.older) if pair.same == pair.newer_all < pair.older_all else None


def read_pair(pair: Likeness, sources: Sequence[Source], *, ledger_ids: bool) -> Reading:
    """What the evidence says. `ledger_ids`: the layout numbers its lines, equal numbers are the same line."""
    older, newer = sources[pair.older], sources[pair.newer]
    if pair.same and pair.same == pair.older_all == pair.newer_all:
        return Reading.REPEATED
    if not pair.same:
        return _nothing_equal(pair, older, newer)
    certain = pair.weight >= PROOF and not (pair.rolls and _small(pair))
    said = _printed_again(older, newer) or _other_range(older, newer)
    if not certain and not (said and _many(pair)):
        return _perhaps_equal(pair, older, newer)
    if not pair.gone:
        return Reading.REPEATED
    goes_on = pair.runs_on and pair.newer_all > pair.same
    if goes_on and (pair.each_sure or _small(pair)):
        return Reading.CONTINUED  # a balance behind equal lines counts in what lies before them
    alike = pair.same + pair.near
    if _printed_again(older, newer) and 2 * alike >= pair.older_lines:
        return Reading.REVISED
    if pair.newer_all == pair.same and not (_exported_later(older, newer) or _other_range(older, newer)):
        return Reading.UNCLEAR  # it brings nothing and lacks lines: only its name says that it is the newer one
    ends_missing = pair.runs_on and not _other_range(older, newer) and not ledger_ids
    if 3 * alike >= 2 * pair.older_lines and not ends_missing and not _one_container(older, newer):
        return Reading.REVISED
    return Reading.CONTINUED if ledger_ids else Reading.UNCLEAR


def _nothing_equal(pair: Likeness, older: Source, newer: Source) -> Reading:
    """No line in common: parts, unless most lines of one file stand in the other with one thing changed, or the newer
    file says that it is the same download once more."""
    if not pair.older_lines:
        return Reading.JOINED
    again = _printed_again(older, newer)
    if pair.near and 2 * pair.near >= min(pair.older_lines, pair.newer_lines):
        if again:
            return Reading.REVISED
        return Reading.JOINED if _one_container(older, newer) or pair.rolls else Reading.UNCLEAR
    if again and newer.printed_account and not _one_container(older, newer) and not pair.rolls:
        return Reading.UNCLEAR
    return Reading.JOINED


def _perhaps_equal(pair: Likeness, older: Source, newer: Source) -> Reading:
    """Few equal lines that may be the same lines or two of a kind (equal charges without a number)."""
    if _one_container(older, newer) or (pair.rolls and pair.weight < PROOF):
        return Reading.JOINED
    return Reading.UNCLEAR if _many(pair) or pair.runs_on or pair.weight >= PROOF else Reading.JOINED


def _many(pair: Likeness) -> bool:
    """Half of what one of the files has on the days in question, or more."""
    return 2 * (pair.same + pair.near) >= min(pair.older_lines, pair.newer_lines)


def _small(pair: Likeness) -> bool:
    """The equal lines are the lesser part of both files: neighbours that overlap, not one download twice."""
    return 2 * pair.same < min(pair.older_all, pair.newer_all)


def _printed_again(older: Source, newer: Source) -> bool:
    """The same printed range, exported later."""
    same_range = older.printed_range and newer.printed_range and older.coverage == newer.coverage
    return same_range and _exported_later(older, newer)


def _exported_later(older: Source, newer: Source) -> bool:
    """Both print when they were exported, the newer one later."""
    return older.exported_at is not None and newer.exported_at is not None and newer.exported_at > older.exported_at


def _other_range(older: Source, newer: Source) -> bool:
    """Both print their range, and not the same: each answers for whole days, neither is a piece of the other's export."""
    return older.printed_range and newer.printed_range and older.coverage != newer.coverage


def _one_container(older: Source, newer: Source) -> bool:
    """Sheets of one workbook, or files out of one archive: what lies together was exported together."""
    archives: Collection[str] = {source.path.rpartition("!/")[0] for source in (older, newer)}
    return older.path == newer.path or (len(archives) == 1 and "" not in archives)
