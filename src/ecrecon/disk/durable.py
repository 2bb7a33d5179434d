"""Writes that survive a kill and a power cut: content and name are on the disk when a function returns.

All functions raise OSError as the system gives it; callers say what it means for the person.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
from pathlib import Path

PART = ".part"
"""End of the name of a file that is being written."""
_AT_FDCWD = -100
_SWAP = 2
"""RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS."""


def write_synced(path: Path, content: bytes) -> None:
    """Write `content` to the new file `path` and flush it to the disk. A file of that name is replaced in place."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names of `folder`: a rename inside it is on the disk afterwards. Windows does that by itself."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network drives cannot sync a folder; the rename itself is done
            os.fsync(number)
    finally:
        os.close(number)


def replace_file(path: Path, content: bytes) -> None:
    """Give `path` the new `content` in one step: a reader, and a kill, see the old file or the new one."""
    part = path.with_name(path.name + PART)
    try:
        write_synced(part, content)
        os.replace(part, path)  # noqa: PTH105  # one function to watch for every step of a replacement
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_once(path: Path, content: bytes) -> None:
    """Put `content` under the new name `path`, in one step and for good; several may write the same at once."""
    number, name = tempfile.mkstemp(prefix=path.name + ".", suffix=PART, dir=path.parent)
    os.close(number)
    part = Path(name)
    try:
        write_synced(part, content)
        part.chmod(0o644)  # mkstemp makes it private to the user; facts are for the team
        os.replace(part, path)  # noqa: PTH105
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders of one file system change names in one step; False where the system cannot do that."""
    paths = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            return bool(library.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _SWAP) == 0)
        if sys.platform == "darwin":
            return bool(library.renamex_np(paths[0], paths[1], _SWAP) == 0)
    except (OSError, AttributeError, TypeError):
        return False
    return False
