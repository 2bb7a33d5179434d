"""What `ecrecon formats list|show|identify` print: plain rows, no layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest
from ecrecon.reading.containers import NO_PASSWORDS, InputFile, Opened, Passwords, find_files, open_tables
from ecrecon.reading.identify import Conflict, Identified, identify
from ecrecon.reading.load import describe
from ecrecon.settings.profiles import Profile


@dataclass(frozen=True)
class Listed:
    """One profile in `formats list`."""

    id: str
    title: str
    platform: str
    kind: str
    view: str | None
    markers: tuple[str, ...]


@dataclass(frozen=True)
class Recognised:
    """One table in `formats identify`: the profile, or why there is none."""

    path: str
    sheet: str | None
    profile: str | None
    header_line: int | None
    reason: str


def list_profiles(profiles: Sequence[Profile]) -> list[Listed]:
    """All profiles, sorted by id."""
    return [
        Listed(p.id, p.profile.called, p.profile.platform, p.profile.kind, p.profile.view, tuple(p.header.require))
        for p in sorted(profiles, key=lambda p: p.id)
    ]


def show_profile(profiles: Sequence[Profile], profile_id: str) -> list[tuple[str, str]]:
    """(key, text) rows of one profile; raise ConfigError naming the known ids."""
    profile = next((p for p in profiles if p.id == profile_id), None)
    if profile is None:
        near = nearest(profile_id, [p.id for p in profiles])
        raise ConfigError(
            tr(f"没有格式 {profile_id!r}", f"no layout {profile_id!r}") + near,
            tr("ecrecon formats list 列出全部", "ecrecon formats list names all"),
        )
    head = profile.profile
    rows = [
        ("id", head.id),
        ("title", head.called),
        ("platform", head.platform),
        ("kind", head.kind),
        ("view", head.view or "-"),
        ("grain", head.grain),
        ("rank", str(head.rank)),
        ("currency", head.currency),
        ("unit", head.unit),
        *((("use", "、".join(head.use)),) if head.use else ()),
        ("require", "、".join(profile.header.require)),
        *(("require_any", " / ".join(group)) for group in profile.header.require_any),
        ("forbid", "、".join(profile.header.forbid)),
    ]
    rows += [
        (f"fields.{name}", " → ".join(source.column for source in spec.from_) + f" ({spec.as_})")
        for name, spec in profile.fields.items()
    ]
    reasons = (head.left_out,) if head.kind == "ignore" else ()
    return rows + [("note", note) for note in (*head.told, *reasons)]


def open_asking(file: InputFile, passwords: Passwords) -> Opened:
    """`open_tables`; where the file stays locked and somebody can be asked, once more with the answer."""
    opened = open_tables(file, passwords)
    if passwords.ask is not None and any(refusal.locked for refusal in opened.refusals):
        answer = passwords.ask(file.display)
        if answer:
            return open_tables(file, passwords.plus(answer))
    return opened


def identify_files(
    paths: Sequence[Path], profiles: Sequence[Profile], passwords: Passwords = NO_PASSWORDS
) -> list[Recognised]:
    """What each table under `paths` is, in order of path."""
    rows: list[Recognised] = []
    for file in find_files(paths):
        opened = open_asking(file, passwords)
        for table in opened.tables:
            found: tuple[str | None, int | None, str]
            match identify(table, profiles):
                case Identified(profile, index):
                    found = (profile.id, table.head_lines[index], profile.profile.called)
                case Conflict(several, index):
                    ids = "、".join(profile.id for profile in several)
                    found = (
                        None,
                        table.head_lines[index],
                        tr(f"多个格式档案适用：{ids}", f"several profiles fit: {ids}"),
                    )
                case unknown:
                    near = "；".join(describe(one) for one in unknown.nearest)
                    found = (None, None, near or tr("没有相近的格式档案", "no profile is near"))
            rows.append(Recognised(table.path, table.sheet, *found))
        rows += [Recognised(r.path, None, None, None, f"{r.reason} {r.hint}".rstrip()) for r in opened.refusals]
    return sorted(rows, key=lambda row: (row.path, row.sheet or ""))
