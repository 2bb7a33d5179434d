"""Asks the confined reader (`child`), and outlives it.

One reader is started when the first file needs one and stays for the rest of the run; each thread that reads has its
own. One that dies, hangs or answers nonsense costs its file, and the next file gets a new one.
"""

from __future__ import annotations

import atexit
import contextlib
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from ecrecon.formats.containers import confine
from ecrecon.formats.containers.frames import loads, receive, send
from ecrecon.formats.containers.limits import HEAD_ROWS, Budget, LimitError
from ecrecon.formats.containers.passwords import Passwords
from ecrecon.formats.containers.plain import End, Span
from ecrecon.formats.containers.workbook import LockedError, WorkbookError
from ecrecon.messages import language, tr

CLOCK_PER_SECOND = 4
"""Seconds of the clock for each allowed second of processor time, before a reader that answers nothing is ended."""
_START = "import sys; sys.path[:] = {path!r}; from ecrecon.formats.containers.child import main; main()"


class StoppedError(LimitError):
    """The reader died on the file: it wanted more memory or time than the file may take, or crashed."""


@dataclass(frozen=True)
class PackedSheet:
    """One sheet as the reader sent it; its rows are unpacked when they are wanted."""

    name: str
    head: bytes = field(repr=False)
    rows: bytes = field(repr=False)
    merged: tuple[Span, ...] = ()
    end: End = "whole"

    def first_rows(self, count: int | None) -> Any:
        """The first `count` rows, or all."""
        if count is not None and count <= HEAD_ROWS:
            return loads(self.head)[:count]
        rows = loads(self.rows)
        return rows if count is None else rows[:count]


class Guard:
    """The readers of one process. `close` ends those that wait."""

    def __init__(self) -> None:
        self._waiting: list[_Reader] = []
        self._lock = threading.Lock()

    def workbook(self, data: bytes, container: str, budget: Budget) -> list[PackedSheet]:
        """Each worksheet that holds something. `container`: xlsx or xls.

        Raises LimitError, LockedError, WorkbookError; what the file unpacks to is taken from `budget`.
        """
        left, sheets = self._ask(len(data), "workbook", data, container, budget.bytes_left, budget.entries_left)
        budget.bytes_left, budget.entries_left = left
        return _sheets(sheets)

    def unlock(self, data: bytes, passwords: Passwords) -> bytes:
        """The plain file of an encrypted Office file (`office.unlock`)."""
        return cast(bytes, self._ask(len(data), "unlock", data, passwords.known))

    def spreadsheetml(self, text: str) -> list[PackedSheet]:
        """Each worksheet of a SpreadsheetML 2003 workbook. Raises LimitError, WorkbookError."""
        return _sheets(self._ask(len(text), "spreadsheetml", text))

    def html(self, text: str) -> list[PackedSheet]:
        """Each table of a page. Raises LimitError, WorkbookError."""
        return _sheets(self._ask(len(text), "html", text))

    def close(self) -> None:
        """End the readers."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for reader in waiting:
            reader.close()

    def _ask(self, size: int, task: str, *arguments: Any) -> Any:
        with self._lock:
            reader = self._waiting.pop() if self._waiting else None
        reader = reader or _Reader()
        try:
            kind, value, last = reader.ask(confine.allowance(size), task, arguments)
        except (EOFError, OSError, ValueError, TypeError, pickle.UnpicklingError):
            reader.close()
            raise StoppedError(_stopped()) from None
        except BaseException:  # interrupted: an answer may still be on its way
            reader.close()
            raise
        if last:
            reader.close()
        else:
            with self._lock:
                self._waiting.append(reader)
        if kind == "ok":
            return value
        if kind == "memory":
            raise StoppedError(_stopped())
        raise {"limit": LimitError, "locked": LockedError}.get(kind, WorkbookError)(str(value))


@cache
def shared() -> Guard:
    """The readers of this process: starting one costs more than reading a small workbook, so they are kept."""
    guard = Guard()
    atexit.register(guard.close)
    return guard


def _sheets(packed: list[tuple[str, bytes, bytes, list[tuple[int, int, int, int]], End]]) -> list[PackedSheet]:
    return [
        PackedSheet(name, head, rows, tuple(Span(*edges) for edges in merged), end)
        for name, head, rows, merged, end in packed
    ]


def _stopped() -> str:
    return tr(
        "读取该文件时占用的内存或时间远超其大小所应有的，或读取程序崩溃，已中止读取（文件可能已损坏或被恶意构造）。",
        "reading it took far more memory or time than a file of its size may take, or crashed, and was stopped "
        "(damaged, or made to harm).",
    )


class _Reader:
    """One child process and the pipes to it."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", _START.format(path=sys.path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def ask(self, allowed: tuple[int, int], task: str, arguments: tuple[Any, ...]) -> tuple[str, Any, bool]:
        """(kind, value, whether the process ends now). Raises EOFError or OSError where it died or was ended."""
        memory, seconds = allowed
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        clock = threading.Timer(60 + CLOCK_PER_SECOND * seconds, self._process.kill)
        clock.daemon = True
        clock.start()
        try:
            send(self._process.stdin, (language(), memory, seconds, task, arguments))
            kind, value, last = receive(self._process.stdout)
        finally:
            clock.cancel()
        return str(kind), value, bool(last)

    def close(self) -> None:
        """End the process and give its pipes back."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # a broken pipe has something left to say
                    stream.close()
        self._process.wait()
