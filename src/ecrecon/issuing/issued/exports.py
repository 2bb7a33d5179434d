"""Import files beside their log: a file appears only when the log names it, and one that the log names can be had.

First the files are written under hidden names, then the log is replaced, then they get their names. A kill before the log
leaves hidden files that the next one removes; a kill after it leaves files that the next one names.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecrecon.disk.durable import PART, sync_folder, write_synced
from ecrecon.issuing.issued.log import COPY, LOG, Entry, append, read_file, read_log, repair


def commit(folder: Path, files: Mapping[str, bytes], entries: Sequence[Entry]) -> None:
    """Write `files` and log `entries`: both or neither. Raises OSError, ConfigError, with nothing issued."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = {name: folder / f".{name}{PART}" for name in files}
    try:
        for name, content in files.items():
            write_synced(hidden[name], content)
        append(folder, entries)
    except Exception:
        for path in hidden.values():
            path.unlink(missing_ok=True)
        raise
    for name, path in hidden.items():
        os.replace(path, folder / name)  # noqa: PTH105
    sync_folder(folder)


def settle(folder: Path) -> list[str]:
    """Finish or undo an export that was killed; the names of the files that came to light by it.

    Raises ConfigError where the log is broken.
    """
    for name in (LOG, COPY):
        (folder / f"{name}{PART}").unlink(missing_ok=True)
    parts = sorted(folder.glob(f".*{PART}")) if folder.is_dir() else []
    if not parts:
        return []
    logged = {(name, digest) for entry in read_log(folder) for name, digest in entry.files.items()}
    found = []
    for path in parts:
        name = path.name[1 : -len(PART)]
        if (name, hashlib.sha256(path.read_bytes()).hexdigest()) in logged and not (folder / name).exists():
            os.replace(path, folder / name)  # noqa: PTH105
            found.append(name)
        else:
            path.unlink(missing_ok=True)
    sync_folder(folder)
    return found


@dataclass(frozen=True)
class Recovered:
    """`entries`: kept; `lost`: lines that could not be saved; `source`: the file they came from; `kept`: names under which
    the broken logs lie; `unlisted`: import files that no entry names."""

    entries: int
    lost: int
    source: str
    kept: tuple[str, ...]
    unlisted: tuple[str, ...]


def recover(folder: Path, reason: str) -> Recovered | None:
    """Put a broken log in order from itself and its copy, whichever reaches further; None where it is not broken."""
    log, copy = read_file(folder / LOG), read_file(folder / COPY)
    if log.fault is None and (log.lines or not copy.entries):
        return None
    name, best = max(((LOG, log), (COPY, copy)), key=lambda item: len(item[1].entries))
    broken = {other: (folder / other).read_bytes() for other, reading in ((LOG, log), (COPY, copy)) if reading.fault}
    kept = {_free(folder, other): content for other, content in broken.items()}
    repair(folder, reason, kept, best)
    named = {file for entry in best.entries for file in entry.files}
    unlisted = sorted(p.name for p in folder.iterdir() if p.name not in named and _is_export(p))
    return Recovered(len(best.entries), max(log.lines - len(best.entries), 0), name, tuple(kept), tuple(unlisted))


def _is_export(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and not path.name.endswith(".jsonl")


def _free(folder: Path, name: str) -> str:
    number = 1
    while (folder / f"{name.removesuffix('.jsonl')}.damaged-{number}.jsonl").exists():
        number += 1
    return f"{name.removesuffix('.jsonl')}.damaged-{number}.jsonl"
