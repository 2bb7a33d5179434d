"""Profiles from their files: the shipped ones and those in the user's own folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.base.validation import validated
from ecrecon.settings.profiles.profile import Profile
from ecrecon.settings.profiles.shared import FOLDER, Stamp, resolved, stamp_of, tables_of, used_files


def load_profile(path: Path) -> Profile:
    """Read one profile; raise ConfigError naming file, key and the nearest known word.

    A file that has not changed, nor a shared table it uses, is read once per process: profiles are frozen values.
    """
    stamp = stamp_of(path)
    if stamp is None:
        return profile_from(tables_of(path), path.name)
    own = _own_shared(path)
    used = tuple(stamp_of(file) for file in used_files(tables_of(path), path.name, own))
    return _profile_of(stamp, used, own)


@lru_cache(maxsize=1024)
def _profile_of(file: Stamp, _used: tuple[Stamp | None, ...], own: tuple[Path, ...]) -> Profile:
    return profile_from(tables_of(file[0]), file[0].name, own)


def _own_shared(path: Path) -> tuple[Path, ...]:
    """The folder of shared tables beside a profile."""
    folder = path.parent / FOLDER
    return (folder,) if folder.is_dir() else ()


def profile_from(data: Mapping[str, Any], name: str, folders: Sequence[Path] = ()) -> Profile:
    """Validate parsed TOML; `name` appears in the messages; `folders` hold shared tables beside the shipped ones."""
    files = [f"{FOLDER}/{path.name}" for path in used_files(data, name, folders)]
    told = " + ".join((name, *files))
    hint = tr("全部的键见 docs/profiles.md", "see docs/profiles.md for all keys")
    return validated(resolved(data, name, folders), Profile, told, hint)


def load_profiles(folders: Iterable[Path] = ()) -> tuple[Profile, ...]:
    """Read the shipped profiles and those in `folders`, sorted by id; raise ConfigError on a repeated id."""
    found: dict[str, Path] = {}
    result = []
    for folder in (configs_dir() / "platforms", *folders):
        for path in sorted(folder.glob("*.toml")):
            profile = load_profile(path)
            if profile.id in found:
                both = f"{found[profile.id].name}, {path.name}"
                raise ConfigError(
                    tr(f"格式编号 {profile.id!r} 重复：{both}", f"profile id {profile.id!r} is given twice: {both}"),
                    tr("给第二个换一个编号", "give the second one another id"),
                )
            found[profile.id] = path
            result.append(profile)
    return tuple(sorted(result, key=lambda p: p.id))


def profile_data(profile_id: str, folders: Iterable[Path] = ()) -> dict[str, Any]:
    """The TOML data behind a profile, with the shared tables it uses; raise ConfigError for an unknown id."""
    for folder in (configs_dir() / "platforms", *folders):
        for path in sorted(folder.glob("*.toml")):
            data = tables_of(path)
            if data.get("profile", {}).get("id") == profile_id:
                return resolved(data, path.name, _own_shared(path))
    raise ConfigError(
        tr(f"没有格式 {profile_id!r}", f"no profile {profile_id!r}"),
        tr("ecrecon formats list 列出全部", "ecrecon formats list names all profiles"),
    )
