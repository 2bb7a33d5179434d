"""One writer at a time for a folder, on Unix and Windows; the system lets go of the lock when the holder dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

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
