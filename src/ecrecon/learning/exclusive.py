"""A learnt layout and the known ones never fit the same file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecrecon.reading.identify import accepts, layout_names
from ecrecon.settings.profiles import HeaderTable, Profile


def header_table(require: Sequence[str], names: frozenset[str], profiles: Iterable[Profile]) -> dict[str, list[str]]:
    """`[header]`: `require`, completed by what tells the file from every known layout that could look like it.

    No known layout accepts the file: each lacks a column it requires, or meets one it forbids. The column it requires
    and the file lacks is forbidden here; the column it forbids and the file has is required here.
    """
    wanted = list(require)
    forbid: list[str] = []
    for profile in profiles:
        if _tells_apart(wanted, forbid, profile):
            continue
        header = profile.header
        lacking = [name for name in header.require if not _has(names, name, header)]
        barred = [name for name in header.forbid if name in names]
        groups = [group for group in header.require_any if not any(_has(names, name, header) for name in group)]
        if barred:
            wanted.append(barred[0])
        elif lacking:
            forbid += [name for name in (lacking[0], *header.alias.get(lacking[0], ())) if name not in forbid]
        elif groups:
            forbid += [name for name in groups[0] if name not in forbid]
    return {"require": wanted} | ({"forbid": forbid} if forbid else {})


def _tells_apart(require: Sequence[str], forbid: Sequence[str], profile: Profile) -> bool:
    """No file of `profile` has all of `require` and none of `forbid`; a profile does not name all its columns."""
    return (
        2 * len(layout_names(profile).intersection(require)) < len(require)
        or any(name in profile.header.require for name in forbid)
        or any(name in profile.header.forbid for name in require)
    )


def _has(names: frozenset[str], name: str, header: HeaderTable) -> bool:
    return name in names or any(other in names for other in header.alias.get(name, ()))


def fitting(names: frozenset[str], profiles: Iterable[Profile]) -> list[Profile]:
    """The profiles that accept a header of these names."""
    return [profile for profile in profiles if accepts(set(names), profile.header)]
