"""Bytes -> text tables: files, archives, spreadsheets and delimited text of unknown origin.

`find_files` lists the input, `open_tables` turns one input into tables (lazily) and refusals. What a file is, is
read from its first bytes, never from its extension. Nothing is written to disk, and nothing here knows a platform.

The names are fetched at the first look: the confined reader (`child`) lives in this package and starts without them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecrecon.formats.containers.files import InputFile, find_files
    from ecrecon.formats.containers.model import HEAD_ROWS, Opened, RawBody, RawTable, Refusal
    from ecrecon.formats.containers.opening import NO_PASSWORDS, open_tables
    from ecrecon.formats.containers.passwords import Passwords

__all__ = [
    "HEAD_ROWS",
    "NO_PASSWORDS",
    "InputFile",
    "Opened",
    "Passwords",
    "RawBody",
    "RawTable",
    "Refusal",
    "find_files",
    "open_tables",
]

_HOMES = {
    "files": ("InputFile", "find_files"),
    "model": ("HEAD_ROWS", "Opened", "RawBody", "RawTable", "Refusal"),
    "opening": ("NO_PASSWORDS", "open_tables"),
    "passwords": ("Passwords",),
}


def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{home}"), name)
