"""Files read by way of the store: what is known is taken from it, the rest is read and kept.

Kept is what a file said by itself. What other files say of it (days that nothing supports, line ends unlike theirs) is
found out on every run. Three kinds of files are read each time: those that want a password (what they hold shall lie
nowhere in the open, and whether they open depends on the passwords given), those that could not be read (a passing
trouble may be the cause), and those that changed meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.disk.durable import refused
from ecrecon.reading.containers import InputFile, Passwords
from ecrecon.reading.load import LARGE_BYTES, FileRead, lost, read_file, side_by_side, size_of
from ecrecon.settings.profiles import Profile
from ecrecon.store.engine import Engine, Task
from ecrecon.store.fact import DamagedFactError
from ecrecon.store.shelf import Shelf
from ecrecon.store.version import Reading
from ecrecon.store.workers import execute, stored

Tell = Callable[[str], None]


def _nobody(_text: str) -> None:
    """Who is told where nobody listens."""


@dataclass(frozen=True)
class StoredReader:
    """Reads files for `reading.load`. `facts`: the folder of facts; None keeps nothing. `tell`: who hears of a damaged
    fact, and of a folder that takes none."""

    facts: Path | None = None
    engine: Engine = field(default_factory=Engine)
    tell: Tell = _nobody

    def __call__(
        self, files: Sequence[InputFile], profiles: Sequence[Profile], passwords: Passwords, /
    ) -> list[FileRead]:
        """One result per file, in their order. Raises ConfigError where `facts` is no folder."""
        shelf = None if self.facts is None else _opened(self.facts)
        stamps = Reading.by(profiles) if shelf is not None else None
        known = [_Known(None, None)] * len(files)
        if shelf is not None and stamps is not None:
            known = [self._look(shelf, file, stamps.stamp(file.display)) for file in files]
        fresh = [place for place, one in enumerate(known) if one.read is None]
        plain = dict(zip(fresh, self._read([files[place] for place in fresh], profiles), strict=True))
        if shelf is not None:
            self._keep(shelf, [(files[place], known[place].state, plain[place]) for place in fresh])
        result = [one.read or plain[place] for place, one in enumerate(known)]
        locked = [place for place, one in enumerate(result) if one.locked]
        if passwords.known and locked:
            opened = side_by_side([files[place] for place in locked], profiles, passwords)
            for place, one in zip(locked, opened, strict=True):
                result[place] = one
        return result

    def _look(self, shelf: Shelf, file: InputFile, stamp: str) -> _Known:
        """What is known of a file, and the state in which it was looked at."""
        state = None if file.obstacle is not None else _state(file.path, stamp)
        if state is None:
            return _Known(None, None)
        try:
            parts = shelf.find(state.sha256, stamp)
        except DamagedFactError as error:
            self.tell(tr(f"事实文件已损坏，{file.display} 重新读取并重写：{error}",
                         f"a fact is damaged; {file.display} is read anew and the fact written again: {error}"))  # fmt: skip
            parts = None
        return _Known(state, None if parts is None else FileRead(parts))

    def _read(self, files: Sequence[InputFile], profiles: Sequence[Profile]) -> list[FileRead]:
        """Read files as if there were no password: what opens without one is the same whatever is given."""
        return side_by_side(files, profiles) if self._alone(files) else self._apart(files, profiles)

    def _alone(self, files: Sequence[InputFile]) -> bool:
        few = self.engine.workers == 1 or len(files) < 2
        return few or sum(map(size_of, files)) < self.engine.worth

    def _apart(self, files: Sequence[InputFile], profiles: Sequence[Profile]) -> list[FileRead]:
        """In processes. What is in the way of opening (links, folders) is told here."""
        with tempfile.TemporaryDirectory(prefix="ecrecon-") as folder:
            tasks = {
                place: Task(file.path, file.display, Path(folder, str(place)), size_of(file) > LARGE_BYTES)
                for place, file in enumerate(files)
                if file.obstacle is None
            }
            order = sorted(tasks, key=lambda place: (-size_of(files[place]), place))  # the longest first
            complete = execute([tasks[place] for place in order], profiles, self.engine.workers)
            died = {place for place, done in zip(order, complete, strict=True) if not done}
            return [
                read_file(file, profiles) if place not in tasks
                else lost(file, ChildProcessError(_twice())) if place in died
                else stored(tasks[place].target)
                for place, file in enumerate(files)
            ]  # fmt: skip

    def _keep(self, shelf: Shelf, fresh: Sequence[tuple[InputFile, _State | None, FileRead]]) -> None:
        """Write what may be kept; a disk that takes nothing more is told once, and costs nothing but the time next month."""
        for file, state, read in fresh:
            if state is None or read.locked or any(one.source.kind == "unreadable" for one in read.parsed):
                continue
            if not state.unchanged(file.path):
                continue
            try:
                shelf.keep(state.sha256, state.stamp, read.parsed)
            except OSError as error:
                said = refused(shelf.folder, error)
                self.tell(tr(f"读过的文件没有全部记下，下次会重新读取；本次结果不受影响：{said.message}",
                             f"not all files were kept, and will be read again; the results are not affected: {said.message}"))  # fmt: skip
                return


@dataclass(frozen=True)
class _State:
    """A file as it was when its digest was taken."""

    sha256: str
    stamp: str
    size: int
    changed: int
    number: int

    def unchanged(self, path: Path) -> bool:
        """True where the file is still the one that the digest is of."""
        try:
            now = path.stat()
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns, now.st_ino) == (self.size, self.changed, self.number)


@dataclass(frozen=True)
class _Known:
    state: _State | None
    read: FileRead | None


def _state(path: Path, stamp: str) -> _State | None:
    """Digest and state of a file; None where it cannot be read: opening it will say why."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as stream:
            seen = os.fstat(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            state = _State(digest, stamp, seen.st_size, seen.st_mtime_ns, seen.st_ino)
    except OSError:
        return None
    return state if state.unchanged(path) else None


def _opened(folder: Path) -> Shelf:
    try:
        return Shelf.opened(folder)
    except OSError as error:
        said = refused(folder, error)
        raise ConfigError(said.message, said.hint) from None


def _twice() -> str:
    return tr("读取它的进程两次中止", "the process that read it ended twice")
