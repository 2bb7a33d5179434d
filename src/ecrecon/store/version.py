"""What the reading of a file depends on, besides its bytes, as one value.

The layouts (shipped and own), the program's own code of reading and the libraries behind it, the language of its sentences,
and the path that they name (names of files tell accounts and kinds, too). Passwords are no part of it: a file that wants one
is never kept (`reader`).
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

import ecrecon
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import language
from ecrecon.settings.profiles import Profile

_ROOMS = ("base", "quarantine", "reading", "settings", "store")
"""Rooms whose code decides what reading gives."""
_STAMP = 16
"""Hex digits of a stamp: it tells versions of reading apart, and is no protection."""


@dataclass(frozen=True)
class Reading:
    """`digest`: of everything that all files of a run share."""

    digest: str

    @classmethod
    def by(cls, profiles: Sequence[Profile]) -> Reading:
        """How files are read with these layouts, now, in the language of the run."""
        told = [language(), reader_version(), *(profile.model_dump_json() for profile in profiles)]
        return cls(hashlib.sha256(json.dumps(told).encode()).hexdigest())

    def stamp(self, display: str) -> str:
        """16 hex digits: this reading of a file that is shown under `display`."""
        return hashlib.sha256(json.dumps([self.digest, display]).encode()).hexdigest()[:_STAMP]


@cache
def reader_version() -> str:
    """SHA-256 of the code of the rooms that read, of the tables shipped with it, and of the versions of Python and all libraries."""
    root = Path(ecrecon.__file__).parent
    digest = hashlib.sha256(json.dumps([platform.python_version(), pl.__version__, _installed()]).encode())
    for folder in (*(root / room for room in _ROOMS), configs_dir()):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml")):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _installed() -> list[str]:
    """Names and versions beside the library of frames: their folders are called so."""
    return sorted(path.name for path in Path(pl.__file__).parents[1].glob("*.dist-info"))
