"""A folder prepared as a sibling and put in place by one exchange of names."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ecrecon.disk.durable import exchange, sync_folder, write_synced

MOST = 500
"""Entries of others that are linked into the new folder; a folder with more (of bills, a home folder) stays where it is."""
NEW, OLD = ".new", ".old"


def movable(target: Path) -> bool:
    """True where `target` may become another folder: nobody works in it that we know of, and little of others is in it."""
    if Path.cwd().is_relative_to(target):
        return False
    device = target.stat().st_dev
    count = 0
    for folder, folders, names in os.walk(target):
        count += len(folders) + len(names)
        if count > MOST or any(os.lstat(Path(folder, name)).st_dev != device for name in folders):
            return False
    return True


def leftovers(target: Path, sibling: Path) -> Iterator[Path]:
    """Folders that a killed writer of `target` left beside it. `sibling`: the hidden name without its end."""
    form = re.compile(re.escape(sibling.name) + r"\.[a-z0-9_]{8}(\.new|\.old)")
    if not target.parent.is_dir():
        return
    for path in sorted(target.parent.iterdir()):
        if form.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            yield path


def settle(target: Path, sibling: Path) -> None:
    """Put the old folder back where a writer died between two renames; remove what else was left."""
    found = list(leftovers(target, sibling))
    if not target.exists():
        for path in (path for path in found if path.suffix == OLD):
            within = path / target.name  # versions before the exchange held the folder inside another
            (within if within.is_dir() else path).rename(target)
            break
    for path in found:
        shutil.rmtree(path, ignore_errors=True)


def replace(
    target: Path, sibling: Path, files: Mapping[str, bytes], kept: Mapping[str, str], gone: tuple[str, ...]
) -> None:
    """Give `target` the `files`, and keep in it whatever is not theirs. Raises OSError, with the old folder in place."""
    staging = Path(tempfile.mkdtemp(prefix=sibling.name + ".", suffix=NEW, dir=target.parent))
    try:
        old = target.is_dir()
        for name, content in files.items():
            write_synced(staging / name, content)
        seen = _carry_over(target, staging, {*files, *gone}, kept) if old else {}
        # mkdtemp makes it private to the user; a report is for the team
        staging.chmod(target.stat().st_mode & 0o7777 if old else 0o755)
        sync_folder(staging)
        if not old:
            staging.rename(target)
            sync_folder(target.parent)
            return
        _exchange(staging, target)
        sync_folder(target.parent)
        _late(staging, target, seen)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _exchange(staging: Path, target: Path) -> None:
    """`staging` becomes `target`, and the old folder stands where `staging` stood."""
    if exchange(staging, target):
        return
    aside = staging.with_suffix(OLD)
    target.rename(aside)
    try:
        staging.rename(target)
    except OSError:
        aside.rename(target)
        raise
    with contextlib.suppress(OSError):  # else the next writer finds it under this name
        aside.rename(staging)


def _carry_over(
    target: Path, staging: Path, replaced: set[str], kept: Mapping[str, str]
) -> dict[Path, tuple[int, int]]:
    """Link into `staging` what is not replaced, and under its other name what somebody changed.

    Gives size and time of each file as it was then, by its path in the folder.
    """
    seen: dict[Path, tuple[int, int]] = {}
    for entry in sorted(target.iterdir()):
        if entry.name in kept:
            _carry(entry, staging / kept[entry.name], seen, Path(kept[entry.name]))
        elif entry.name not in replaced:
            _carry(entry, staging / entry.name, seen, Path(entry.name))
    return seen


def _carry(source: Path, place: Path, seen: dict[Path, tuple[int, int]], name: Path) -> None:
    if source.is_symlink():
        place.symlink_to(source.readlink())
    elif source.is_dir():
        place.mkdir()
        for entry in sorted(source.iterdir()):
            _carry(entry, place / entry.name, seen, name / entry.name)
        shutil.copystat(source, place)
        sync_folder(place)
    else:
        state = source.stat()
        seen[name] = (state.st_size, state.st_mtime_ns)
        try:
            os.link(source, place)
        except OSError:  # a drive without links
            shutil.copy2(source, place)


def _late(old: Path, target: Path, seen: Mapping[Path, tuple[int, int]]) -> None:
    """What others saved in the old folder after it was looked at goes into the new one as well."""
    for folder, _, names in os.walk(old):
        for name in names:
            path = Path(folder, name)
            place = path.relative_to(old)
            known = seen.get(place)
            if known is None or path.is_symlink() or not path.is_file():
                continue
            state = path.stat()
            if (state.st_size, state.st_mtime_ns) != known and not (target / place).samefile(path):
                os.replace(path, target / place)  # noqa: PTH105
