"""Writes that survive a kill and a power cut, one writer at a time, and why a place could not be written."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ecrecon.base.errors import EcreconError
from ecrecon.base.texts import tr

# Why a place could not be written, in the words of a person; no place is given up without saying what to do.

_QUOTA = getattr(errno, "EDQUOT", errno.ENOSPC)


def refused(place: Path, error: Exception, elsewhere: str = "") -> EcreconError:
    """The error for `place`, with the old content still there. `elsewhere`: how to name another place, if there is a way."""
    number = error.errno if isinstance(error, OSError) else errno.ELOOP
    for numbers, why, hint in _reasons(elsewhere):
        if number in numbers:
            return EcreconError(tr(f"{place} 写不进去：{why}", f"cannot write into {place}: {why}"), hint)
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return EcreconError(
        tr(
            f"{place} 写不进去：{said}；旧内容未改动",
            f"cannot write into {place}: {said}; the old content is unchanged",
        ),
        elsewhere or tr("检查磁盘和权限，再运行一次", "check disk and permissions, and run again"),
    )


def _or(first: str, second: str) -> str:
    """Two ways out, or the first alone."""
    return tr(f"{first}；或{second}", f"{first}; or {second}") if second else first


def _reasons(elsewhere: str) -> list[tuple[tuple[int, ...], str, str]]:
    """Error numbers, what they mean to an accountant, what to do."""
    alone = elsewhere or tr("检查路径、磁盘和权限，再运行一次", "check path, disk and permissions, and run again")
    return [
        ((errno.EAGAIN,), tr("另一个 ecrecon 正在写这个文件夹", "another ecrecon is writing this folder"),
         _or(tr("等它结束再运行", "run again when it is done"), elsewhere)),
        ((errno.EACCES, errno.EPERM),
         tr("没有权限，或里面的文件正在 Excel 中打开；旧内容未改动",
            "no permission, or a file in it is open in Excel; the old content is unchanged"),
         _or(tr("关闭该文件夹里打开的文件和窗口再运行", "close files and windows of that folder and run again"), elsewhere)),
        ((errno.EROFS,), tr("磁盘是只读的", "the disk is read-only"), alone),
        ((errno.ENOSPC, _QUOTA), tr("磁盘已满；旧内容未改动", "the disk is full; the old content is unchanged"),
         _or(tr("腾出空间再运行一次", "free some space and run again"), elsewhere)),
        ((errno.ENAMETOOLONG,), tr("路径太长", "the path is too long"), alone),
        ((errno.ENOTDIR, errno.EEXIST, errno.EISDIR),
         tr("路径里有一段是文件而不是文件夹，或者相反", "a part of the path is a file where a folder is needed, or the reverse"),
         alone),
        ((errno.ELOOP,), tr("路径里有指向自己的链接", "the path holds a link that leads to itself"), alone),
    ]  # fmt: skip


# Writes that survive a kill and a power cut: content and name are on the disk when a function returns.

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


# One writer at a time for a folder, on Unix and Windows; the system lets go of the lock when the holder dies.

WAIT = 60.0
"""Seconds that a writer waits for another one; writing itself takes a second or two."""
_PAUSE = 0.05
_HELD = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class BusyError(OSError):
    """Another process holds the lock."""


@contextlib.contextmanager
def locked(path: Path, wait: float | None = None) -> Iterator[None]:
    """Hold the lock file `path`, which is made for it and goes with it.

    Raises BusyError where another process holds it for longer than `wait` seconds (WAIT), OSError where the file cannot be made.
    """
    number = _open_and_lock(path, time.monotonic() + (WAIT if wait is None else wait))
    try:
        yield
    finally:
        _let_go(path, number)


def _open_and_lock(path: Path, until: float) -> int:
    while True:
        number = _opened(path)
        if number is not None:
            if _try_lock(number) and _same(path, number):
                return number
            os.close(number)
        if time.monotonic() >= until:
            raise BusyError(errno.EAGAIN, "in use", str(path))
        time.sleep(_PAUSE)


def _opened(path: Path) -> int | None:
    """The lock file, opened; None where Windows is just deleting it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        if sys.platform == "win32":
            return None
        raise


def _try_lock(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # a drive that knows no locks is better written without one than not at all
        return error.errno not in _HELD
    return True


def _same(path: Path, number: int) -> bool:
    """False where the one who held the lock has removed the file meanwhile: a third may hold a new file of its name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(number))
    except FileNotFoundError:
        return False


def _let_go(path: Path, number: int) -> None:
    try:
        if sys.platform != "win32":  # there an open file cannot be removed, and a waiting one may have it open
            with contextlib.suppress(OSError):
                path.unlink()
    finally:
        os.close(number)
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            path.unlink()
