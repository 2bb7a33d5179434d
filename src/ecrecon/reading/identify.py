"""Which profile does a table fit? By the names of its header, exclusively (docs/reading.md "Recognising a file")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ecrecon.reading.columns import numbered
from ecrecon.reading.containers.model import spread
from ecrecon.reading.tables import Table
from ecrecon.settings.profiles import HeaderTable, Profile, normal_name

HEADER_ROWS = 45
"""Rows in which the header is looked for (docs/reading.md "Recognising a file")."""
NEAREST = 3

_MONEY = re.compile(
    r"金额|收入|支出|余额|货款|服务费|佣金|实付|实收|应收|结算|价款|amount|balance|total|fee|payout", re.I
)
_DOCUMENT = re.compile(r"订单|流水|单号|交易号|编号|时间|日期|order|transaction|date|time", re.I)
_ADVERTS = re.compile(r"花费|曝光|点击|展现|展示量|转化|投产|ROI|浏览量|访客|impression|click", re.I)
_TITLE = re.compile(r"账单|账务|对账|帐单|账户明细|资金明细|资金流水|收支明细|交易明细|交易记录")
_FEWEST_NAMES = 3


@dataclass(frozen=True)
class Nearest:
    """A profile that almost fits: share of its required columns found, those missing, those it does not know."""

    profile: Profile
    header_index: int
    share: float
    missing: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True)
class Identified:
    """Exactly one profile fits; its header is `table.head[header_index]`."""

    profile: Profile
    header_index: int


@dataclass(frozen=True)
class Conflict:
    """Two or more profiles fit: a fault of the profiles, never decided by order."""

    profiles: tuple[Profile, ...]
    header_index: int


@dataclass(frozen=True)
class Unknown:
    """No profile fits. `looks_like_bill`: a bill may be lost (F01); else the table is no bill and only listed."""

    nearest: list[Nearest] = field(default_factory=list)
    looks_like_bill: bool = False


Identity = Identified | Conflict | Unknown


def identify(table: Table, profiles: Sequence[Profile]) -> Identity:
    """Hold the first rows of `table` against the `[header]` of every profile."""
    rows = [numbered([normal_name(cell) for cell in row]) for row in table.head[:HEADER_ROWS]]
    heads = {count: _heads(rows, count) for count in {profile.file.header_rows for profile in profiles}}
    fitting = [
        (profile, place)
        for profile in profiles
        if (place := _place(heads[profile.file.header_rows], profile.header)) is not None
    ]
    if len(fitting) > 1:
        fitting = [pair for pair in fitting if not pair[0].header.general] or fitting
    if len(fitting) > 1:
        fitting = _by_place(table, fitting)
    if len(fitting) == 1:
        return Identified(*fitting[0])
    if fitting:
        found = sorted(fitting, key=lambda pair: pair[0].id)
        return Conflict(tuple(profile for profile, _ in found), found[0][1])
    nearest = _nearest(heads, profiles)
    return Unknown(nearest[:NEAREST], _looks_like_bill(rows, nearest))


def accepts(names: set[str], header: HeaderTable) -> bool:
    """True where the header names (normalised) hold all marker columns and none of the forbidden ones."""
    known = with_aliases(names, header)
    return _holds_markers(known, header) and known.isdisjoint(header.forbid)


def _holds_markers(known: set[str], header: HeaderTable) -> bool:
    return (
        known.issuperset(header.require)
        and all(known.intersection(group) for group in header.require_any)
        and bool(header.require or header.require_any)
    )


def with_aliases(names: set[str], header: HeaderTable) -> set[str]:
    """`names` and the profile's own names for those that are aliases."""
    if not header.alias:
        return names
    return names | {name for name, others in header.alias.items() if names.intersection(others)}


@dataclass(frozen=True)
class _Heads:
    """The names of each row taken as a header, and those of all rows together."""

    rows: list[set[str]]
    all: set[str]


def _heads(rows: list[list[str]], header_rows: int) -> _Heads:
    names = [_names(rows, index, header_rows) for index in range(len(rows))]
    return _Heads(names, set().union(*names))


def _place(heads: _Heads, header: HeaderTable) -> int | None:
    """First row whose names fit; with two header rows the names of both and their joins count.

    A marker that no row holds at all, the usual case, spares the look at each row.
    """
    if any(name not in heads.all and name not in header.alias for name in header.require):
        return None
    if not _holds_markers(with_aliases(heads.all, header), header):
        return None
    return next((index for index, names in enumerate(heads.rows) if accepts(names, header)), None)


def header_names(head: Sequence[Sequence[str]], index: int, header_rows: int) -> set[str]:
    """Normalised names of the header at `head[index]`, as `accepts` compares them."""
    rows = [numbered([normal_name(cell) for cell in row]) for row in head[index : index + header_rows]]
    return _names(rows, 0, header_rows)


def _names(rows: list[list[str]], index: int, header_rows: int) -> set[str]:
    """Names of a header. Of two rows: the lower names, those of both joined by "_", and upper names over no lower one."""
    if header_rows == 1:
        return {name for name in rows[index] if name}
    below = rows[index + 1] if index + 1 < len(rows) else []
    width = max(len(rows[index]), len(below))
    plain = [[name.partition("#")[0] for name in row] for row in (rows[index], below)]
    upper, lower = (row + [""] * (width - len(row)) for row in plain)
    pairs = list(zip(spread(upper, lower), lower, strict=True))
    joined = {f"{top}_{bottom}" for top, bottom in pairs if top and bottom}
    return {name for name in below if name} | joined | {top for top, bottom in pairs if top and not bottom}


def _by_place(table: Table, fitting: list[tuple[Profile, int]]) -> list[tuple[Profile, int]]:
    """Where several fit, a profile that names this sheet or archive entry wins over those that name another or none."""

    def named(profile: Profile) -> bool:
        sheet, entry = profile.file.sheet, profile.file.entries
        return (sheet is not None and table.sheet is not None and re.search(sheet, table.sheet) is not None) or (
            entry is not None and re.search(entry, table.path) is not None
        )

    chosen = [pair for pair in fitting if named(pair[0])]
    return chosen or fitting


def _nearest(heads: Mapping[int, _Heads], profiles: Iterable[Profile]) -> list[Nearest]:
    """Profiles of which half of the marker columns were found (two, the only one, or one over money); best share first."""
    found = []
    for profile in profiles:
        best: Nearest | None = None
        for index, names in enumerate(heads[profile.file.header_rows].rows):
            candidate = _delta(names, index, profile)
            if candidate is not None and (best is None or candidate.share > best.share):
                best = candidate
        if best is not None:
            found.append(best)
    return sorted(found, key=lambda near: (-near.share, len(near.missing), near.profile.id))


def nearest_place(table: Table, profile: Profile) -> int | None:
    """The row of `table.head` that has most of the profile's marker columns, or None where hardly any has them."""
    rows = [numbered([normal_name(cell) for cell in row]) for row in table.head[:HEADER_ROWS]]
    heads = {profile.file.header_rows: _heads(rows, profile.file.header_rows)}
    found = _nearest(heads, [profile])
    return found[0].header_index if found else None


def _delta(names: set[str], index: int, profile: Profile) -> Nearest | None:
    header = profile.header
    known = with_aliases(names, header)
    wanted = [{name} for name in header.require] + [set(group) for group in header.require_any]
    lacking = [sorted(group) for group in wanted if not known & group]
    hits = len(wanted) - len(lacking)
    if hits == 0 or hits * 2 < len(wanted):
        return None
    if hits < min(2, len(wanted)) and not _money_of(names, profile):
        return None
    missing = tuple("/".join(group) for group in lacking)
    extra = names - layout_names(profile)
    forbidden = tuple(f"!{name}" for name in header.forbid if name in known)
    return Nearest(profile, index, hits / len(wanted), missing + forbidden, tuple(sorted(extra)))


def _money_of(names: set[str], profile: Profile) -> bool:
    """True where one marker of two is enough: a money column of the layout is among `names`, and most of them are its own."""
    money = {source.column for spec in profile.fields.values() if spec.as_ == "money" for source in spec.from_}
    return bool(names & money) and 2 * len(names & layout_names(profile)) > len(names)


def layout_names(profile: Profile) -> set[str]:
    """Every column name of the profile."""
    header = profile.header
    words = {*header.require, *header.known, *header.alias}
    words.update(name for group in (*header.require_any, *header.alias.values()) for name in group)
    words.update(source.column for spec in profile.fields.values() for source in spec.from_)
    if profile.amount:
        amount = profile.amount
        sides = [s for s in (amount.in_, amount.out) if isinstance(s, str)]
        words.update(normal_name(n) for n in (amount.column, amount.direction, amount.balance, *sides) if n)
    return words


def _looks_like_bill(rows: list[list[str]], nearest: list[Nearest]) -> bool:
    """Half of the markers of a bill profile, a header of money and documents, or a bill's title over a money header."""
    if any(near.share >= 0.5 and near.profile.profile.kind != "ignore" for near in nearest):
        return True
    titled = False
    for row in rows:
        names = [name for name in row if name]
        if len(names) < _FEWEST_NAMES:
            titled = titled or any(_TITLE.search(name) for name in names)
            continue
        labels = [name for name in names if len(name) <= 20 and not name[:1].isdigit()]
        if any(_ADVERTS.search(name) for name in labels):
            return False
        money = [name for name in labels if _MONEY.search(name)]
        documents = [name for name in labels if _DOCUMENT.search(name) and name not in money]
        if money and len(labels) * 2 >= len(names) and (documents or titled):
            return True
    return False
