"""Files of a folder replaced one by one, with a journal: after a kill the next one who comes finishes the work.

The journal is a hidden folder with all new files and a list; it is complete from the moment it has its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecrecon.disk.durable import PART, sync_folder, write_synced

JOURNAL = ".ecrecon-new"
LIST = "journal.json"


def pending(target: Path) -> bool:
    """True where a replacement was begun and not finished."""
    return (target / JOURNAL / LIST).is_file()


def replace(target: Path, files: Mapping[str, bytes], kept: Mapping[str, str], gone: tuple[str, ...]) -> None:
    """Give `target` the `files`, the last one last. Raises OSError: before the journal is complete with nothing changed,
    after it with the rest left to `settle`."""
    for name in files:  # nothing is moved before every file is known to be free
        if (target / name).exists():
            (target / name).open("r+b").close()
    part = target / (JOURNAL + PART)
    try:
        part.mkdir()
        for name, content in files.items():
            write_synced(part / name, content)
        told = {"files": {name: _digest(content) for name, content in files.items()}, "gone": list(gone)}
        write_synced(part / LIST, json.dumps(told, ensure_ascii=False).encode())
        sync_folder(part)
        for name, other in kept.items():
            _keep(target / name, target / other)
        part.rename(target / JOURNAL)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(target)
    settle(target)


def settle(target: Path) -> None:
    """Finish what a journal of `target` says; throw away a journal that is not complete."""
    shutil.rmtree(target / (JOURNAL + PART), ignore_errors=True)
    journal = target / JOURNAL
    if not journal.is_dir():
        return
    told = _read(journal)
    for name in told["files"]:
        staged = journal / name
        if staged.is_file():
            os.replace(staged, target / name)  # noqa: PTH105
    for name in told["gone"]:
        (target / name).unlink(missing_ok=True)
    sync_folder(target)
    shutil.rmtree(journal, ignore_errors=True)


def _read(journal: Path) -> dict[str, Any]:
    """The list of a journal without names that leave the folder or files that are not what was prepared."""
    try:
        told = json.loads((journal / LIST).read_bytes())
        files, gone = dict(told["files"]), list(told["gone"])
    except (OSError, ValueError, KeyError, TypeError):
        return {"files": {}, "gone": []}
    plain = [name for name in files if name == Path(name).name]
    whole = all(
        _digest((journal / name).read_bytes()) == files[name] for name in plain if (journal / name).is_file()
    )  # fmt: skip
    if not whole:
        return {"files": {}, "gone": []}
    return {"files": dict.fromkeys(plain), "gone": [name for name in gone if name == Path(str(name)).name]}


def _keep(path: Path, other: Path) -> None:
    """`path` under another name as well."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copy2(path, other)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
