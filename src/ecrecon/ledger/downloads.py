"""Two files hold the same days: is the newer one another download of the same rows, or do both belong together?

The rule stands in docs/decisions.md, "Parts and downloads". It never drops a line on a guess: what the evidence does not
decide is `UNCLEAR`, and the run stops with both readings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from enum import Enum

from ecrecon.base.sources import Source
from ecrecon.ledger.file_likeness import PROOF, Likeness


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
