"""Tables that several layouts have in common: `use` of `[profile]` and the files of `platforms/shared/`.

A shared file is no layout: it has no `[profile]`, and no file is ever read by it alone. Key by key its tables stand in every
profile that names it; a key that the profile gives itself replaces the shared one as a whole.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest, read_toml
from ecrecon.settings.profiles.profile import Profile

FOLDER = "shared"
_SECTIONS = frozenset(Profile.model_fields) - {"profile"}

Tables = dict[str, Any]
"""Parsed TOML: section -> keys and values, or a list of tables (`[[tie]]`)."""
Stamp = tuple[Path, int, int]
"""A file, the time of its last change in nanoseconds, its size in bytes."""


def shipped_folder() -> Path:
    """The shared tables that come with the program."""
    return configs_dir() / "platforms" / FOLDER


def tables_of(path: Path) -> Tables:
    """The tables of a TOML file, read once for as long as it does not change. Raises ConfigError. Not to be written to."""
    stamp = stamp_of(path)
    return read_toml(path) if stamp is None else _read(*stamp)


def stamp_of(path: Path) -> Stamp | None:
    """What tells a file from its earlier self; None where it cannot be read."""
    try:
        found = path.stat()
    except OSError:
        return None
    return path.resolve(), found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2048)
def _read(path: Path, _changed: int, _size: int) -> Tables:
    return read_toml(path)


def used_files(data: Mapping[str, Any], name: str, folders: Sequence[Path] = ()) -> list[Path]:
    """The shared files that the profile `data` names, in its order; those of `folders` go before the shipped ones.

    Raises ConfigError that names the profile's file `name` and the nearest shared table.
    """
    return [_file_of(word, name, (*folders, shipped_folder())) for word in _words(data)]


def _words(data: Mapping[str, Any]) -> list[str]:
    """The names of `use`. What is no name is refused with the rest of the profile, by its model."""
    head = data.get("profile")
    words = head.get("use", []) if isinstance(head, Mapping) else []
    words = [words] if isinstance(words, str) else words
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def _file_of(word: str, name: str, folders: Sequence[Path]) -> Path:
    files = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    found = next((path for path in files if path.stem == word), None)
    if found is None:
        stems = list(dict.fromkeys(path.stem for path in files))
        raise ConfigError(
            tr(f"{name}: use 里的 {word!r} 不是共用表", f"{name}: {word!r} in use is no shared table")
            + nearest(word, stems),
            tr(f"共用表有：{'、'.join(stems)}", f"shared tables: {', '.join(stems)}"),
        )
    return found


def resolved(data: Mapping[str, Any], name: str, folders: Sequence[Path] = ()) -> Tables:
    """The profile `data` with the shared tables it uses. Raises ConfigError.

    Two shared files of one profile may not give the same key: which of them holds would be a matter of order.
    """
    files = used_files(data, name, folders)
    if not files:
        return dict(data)
    result: Tables = {}
    given: dict[tuple[str, str], Path] = {}
    for path in files:
        for section, key, value in _entries(path):
            if (section, key) in given:
                both = f"{FOLDER}/{given[section, key].name}, {FOLDER}/{path.name}"
                raise ConfigError(
                    tr(
                        f"{name}: 两个共用表都给出 [{section}] {key}：{both}",
                        f"{name}: two shared tables give [{section}] {key}: {both}",
                    ),
                    tr("use 里去掉其中一个", "take one of them out of use"),
                )
            given[section, key] = path
            _put(result, section, key, value)
    for section, value in data.items():
        _over(result, section, value)
    return result


def _entries(path: Path) -> Iterator[tuple[str, str, Any]]:
    """(section, key, value) of a shared file; the key of a list of tables is empty."""
    for section, value in tables_of(path).items():
        if section not in _SECTIONS:
            raise ConfigError(
                tr(
                    f"{FOLDER}/{path.name}: 共用表里不能有 {section!r}",
                    f"{FOLDER}/{path.name}: {section!r} has no place in a shared table",
                )
                + nearest(section, _SECTIONS),
                tr(
                    "共用表只放档案的各节，[profile] 除外",
                    "a shared file holds the sections of a profile except [profile]",
                ),
            )
        if isinstance(value, dict):
            yield from ((section, key, item) for key, item in value.items())
        else:
            yield section, "", value


def _put(result: Tables, section: str, key: str, value: Any) -> None:
    """One key of a shared file. A section that is a list of tables in one file and a table in another stays the table."""
    if not key:
        result.setdefault(section, value)
    elif isinstance(result.setdefault(section, {}), dict):
        result[section][key] = value


def _over(result: Tables, section: str, value: Any) -> None:
    """What the profile gives itself: key by key in a table, a list of tables as a whole."""
    shared = result.get(section)
    result[section] = {**shared, **value} if isinstance(shared, dict) and isinstance(value, dict) else value


def shortened(data: Mapping[str, Any]) -> Tables:
    """`data`, a profile with all its tables, without what the shipped shared tables it uses say anyway.

    The inverse of `resolved`: a name that would bring in what `data` does not hold is taken out of `use`.
    """
    result = copy.deepcopy(dict(data))
    known = {path.stem: path for path in shipped_folder().glob("*.toml")}
    kept = [word for word in _words(data) if word in known and _within(known[word], data)]
    for word in kept:
        for section, key, value in _entries(known[word]):
            if key and result[section][key] == value:
                del result[section][key]
            elif not key and result[section] == value:
                del result[section]
    result["profile"].pop("use", None)
    result = {section: value for section, value in result.items() if value or not data[section]}
    if kept:
        result["profile"]["use"] = kept
    return result


def _within(path: Path, data: Mapping[str, Any]) -> bool:
    """Every key of the shared file is one of `data` as well."""
    return all(section in data and (not key or key in data[section]) for section, key, _ in _entries(path))
