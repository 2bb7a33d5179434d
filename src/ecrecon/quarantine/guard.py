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
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from ecrecon.base.texts import language, tr
from ecrecon.quarantine import bounds as confine
from ecrecon.quarantine.editing import Edit, TemplateSheet
from ecrecon.quarantine.frames import loads, receive, send
from ecrecon.quarantine.limits import HEAD_ROWS, Budget, LimitError, refuse_many
from ecrecon.quarantine.office import Passwords
from ecrecon.quarantine.plain import End, Span
from ecrecon.quarantine.workbook import LockedError, WorkbookError

MOMENT = 0.2
"""Seconds for which a second thread waits for the reader of the first before it starts one of its own."""
BYTES_PER_EDIT = 25
"""Bytes of a file that a cell to be filled counts as, in the allowance of memory and time."""
CLOCK_PER_SECOND = 4
"""Seconds of the clock for each allowed second of processor time, before a reader that answers nothing is ended."""
_OLE = b"\xd0\xcf\x11\xe0"
_START = "import sys; sys.path[:] = {path!r}; from ecrecon.quarantine.child import main; main()"


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
        self._busy = 0
        self._free = threading.Condition()

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

    def own_workbook(self, data: bytes) -> list[PackedSheet]:
        """Each worksheet of a workbook (.xlsx, .xls) that holds something, for whoever does not look into archives.

        Raises LimitError, LockedError, WorkbookError.
        """
        _refuse_locked(data)
        return self.workbook(data, "xls" if data.startswith(_OLE) else "xlsx", Budget.of(len(data)))

    def look(self, data: bytes, rows: int) -> list[TemplateSheet]:
        """The worksheets of a template (.xlsx) with their first `rows` rows. Raises LimitError, LockedError, WorkbookError."""
        _refuse_locked(data)
        return [TemplateSheet(*sheet) for sheet in self._ask(len(data), "look", data, rows)]

    def fill(self, data: bytes, title: str, edits: Sequence[Edit]) -> bytes:
        """A template (.xlsx) with cells of the sheet `title` set. Raises LimitError, WorkbookError."""
        size = len(data) + BYTES_PER_EDIT * len(edits)
        return cast(bytes, self._ask(size, "fill", data, title, list(edits)))

    @property
    def waiting(self) -> tuple[int, ...]:
        """Process ids of the readers that wait for the next file."""
        with self._free:
            return tuple(reader.pid for reader in self._waiting)

    def close(self) -> None:
        """End the readers."""
        with self._free:
            waiting, self._waiting = self._waiting, []
        for reader in waiting:
            reader.close()

    def _ask(self, size: int, task: str, *arguments: Any) -> Any:
        reader = self._take()
        last = True
        try:
            kind, value, last = reader.ask(confine.allowance(size), task, arguments)
        except (EOFError, OSError, ValueError, TypeError, pickle.UnpicklingError):
            raise StoppedError(_stopped()) from None
        finally:  # where it was interrupted, an answer may still be on its way: that reader is not asked again
            self._give(reader, last=last)
        if kind == "ok":
            return value
        if kind == "memory":
            raise StoppedError(_stopped())
        raise {"limit": LimitError, "locked": LockedError}.get(kind, WorkbookError)(str(value))

    def _take(self) -> _Reader:
        """A reader that waits; for a moment one that is busy is waited for, as starting another costs more than a small file."""
        with self._free:
            if self._busy and not self._waiting:
                self._free.wait_for(lambda: self._waiting or not self._busy, MOMENT)
            reader = self._waiting.pop() if self._waiting else None
            self._busy += 1
        try:
            return reader or _Reader()
        except BaseException:
            with self._free:
                self._busy -= 1
            raise

    def _give(self, reader: _Reader, *, last: bool) -> None:
        if last:
            reader.close()
        with self._free:
            self._busy -= 1
            if not last:
                self._waiting.append(reader)
            self._free.notify()


@cache
def shared() -> Guard:
    """The readers of this process: starting one costs more than reading a small workbook, so they are kept."""
    guard = Guard()
    atexit.register(guard.close)
    return guard


def _refuse_locked(data: bytes) -> None:
    """Raise LockedError for an encrypted xlsx: a container of another kind, with the name of its one stream in UTF-16."""
    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise LockedError("password")


def _sheets(packed: list[tuple[str, bytes, bytes, list[tuple[int, int, int, int]], End]]) -> list[PackedSheet]:
    refuse_many(len(packed))
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

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

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
