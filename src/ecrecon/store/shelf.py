"""The folder of facts: `<kind>/<sha256 of the file>-<profile>@<stamp>[.<part>of<parts>].parquet`.

Many runs may use it at once. A name always means the same content, so nobody waits for anybody; a file appears under its
name when all of it is on the disk.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecrecon.base.run_folder import FACT, FACT_PART
from ecrecon.base.sources import Parsed
from ecrecon.disk.durable import write_once
from ecrecon.store.fact import DamagedFactError, Label, packed, unpacked

_NO_PROFILE = "none"
_DAY = 86_400
MOST_PARTS = 200
"""Files with more tables and refusals than this (archives of many documents) are read each time."""


@dataclass(frozen=True)
class Shelf:
    """`folder` and what lay in it when it was opened: (digest of a file, stamp) -> part -> path."""

    folder: Path
    known: dict[tuple[str, str], dict[int, str]]

    @classmethod
    def opened(cls, folder: Path) -> Shelf:
        """Look at the names, one folder per kind. A folder that is not there is an empty one.

        Raises OSError where it is no folder, or may not be looked at.
        """
        known: dict[tuple[str, str], dict[int, str]] = {}
        for entry in _facts(folder):
            found = FACT.fullmatch(entry.name)
            if found is not None:
                known.setdefault((found["sha256"], found["stamp"]), {})[int(found["part"] or 1)] = entry.path
        return cls(folder, known)

    def find(self, sha256: str, stamp: str) -> list[Parsed] | None:
        """What a file said, or None where it is not known, or not all of it.

        Raises DamagedFactError, with the path, where a part is not what was written.
        """
        held = self.known.get((sha256, stamp))
        if held is None:
            return None
        parts: list[Parsed] = []
        for place in range(1, len(held) + 1):
            if place not in held:
                return None
            try:
                label, item = unpacked(Path(held[place]).read_bytes())
            except FileNotFoundError:  # taken away since
                return None
            except (OSError, DamagedFactError) as error:
                raise DamagedFactError(f"{held[place]}: {error}") from None
            wanted = Label(sha256, stamp, place, label.parts)
            if label != wanted or Path(held[place]).name != self._name(label, item):
                raise DamagedFactError(f"{held[place]}: the fact of another file")
            parts.append(item)
        return parts if label.parts == len(parts) else None

    def keep(self, sha256: str, stamp: str, parts: Sequence[Parsed]) -> None:
        """Write what a file said. Raises OSError with nothing half written; what is there by its name is written anew."""
        if not 0 < len(parts) <= MOST_PARTS:
            return
        label = Label(sha256, stamp, 1, len(parts))
        for place, item in enumerate(parts, 1):
            part = replace(label, part=place)
            path = self.folder / item.source.kind / self._name(part, item)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_once(path, packed(part, item))

    def _name(self, label: Label, item: Parsed) -> str:
        end = f".{label.part}of{label.parts}" if label.parts > 1 else ""
        return f"{label.sha256}-{item.source.profile or _NO_PROFILE}@{label.stamp}{end}.parquet"


def _facts(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not os.path.lexists(folder):
        return
    with os.scandir(folder) as kinds:
        for kind in sorted(kinds, key=lambda entry: entry.name):
            if kind.is_dir():
                with os.scandir(kind.path) as facts:
                    for entry in facts:
                        if FACT_PART.fullmatch(entry.name):
                            _remove_old(entry)
                        yield entry


def _remove_old(part: os.DirEntry[str]) -> None:
    """Away with what a killed run left half written; what was begun today another run may be writing."""
    with contextlib.suppress(OSError):
        if time.time() - part.stat().st_mtime > _DAY:
            Path(part.path).unlink()
