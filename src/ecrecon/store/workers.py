"""Files read side by side in processes of this machine.

Own code and no pool of the standard library: its pool loses every waiting task when one worker dies, and does not say at
which task it died. Here each worker has a pipe of its own, so the file that it was reading is known; that file is read again
alone, after the others.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from ecrecon.base.errors import InvariantError
from ecrecon.base.texts import Language, language, set_language
from ecrecon.reading.containers import InputFile
from ecrecon.reading.load import FileRead, read_file
from ecrecon.settings.profiles import Profile
from ecrecon.store.engine import Task
from ecrecon.store.fact import Label, packed, unpacked

Life = Callable[[Connection, "Order"], None]
DONE = "done"
"""Written last into the folder of a task; without it there is no result."""
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Order:
    """What a worker is told when it starts; `life`: what it does, a function of a module."""

    profiles: tuple[Profile, ...]
    language: Language
    life: Life


@dataclass
class _Worker:
    """One process, its pipe, and the number of the task that it is at."""

    process: SpawnProcess
    pipe: Connection
    task: int | None = None


def execute(tasks: Sequence[Task], profiles: Sequence[Profile], workers: int, life: Life | None = None) -> list[bool]:
    """Read every task; True where its target is complete, False where the worker died at it, also when it was alone."""
    order = Order(tuple(profiles), language(), life or serve)
    done = [False] * len(tasks)
    suspects = _round(tasks, deque(range(len(tasks))), order, min(workers, len(tasks)), done)
    for number in suspects:
        _round(tasks, deque([number]), order, 1, done)
    return done


def _round(tasks: Sequence[Task], waiting: deque[int], order: Order, workers: int, done: list[bool]) -> list[int]:
    """Read `waiting`, mark what is `done`, and give the tasks at which a worker died."""
    suspects: list[int] = []
    with _staff(order, workers) as staff:
        while waiting or any(worker.task is not None for worker in staff):
            for worker in staff:
                if worker.task is None:
                    _hand_out(worker, tasks, waiting, staff)
            busy = [worker for worker in staff if worker.task is not None]
            for ready in wait([worker.pipe for worker in busy]):
                worker = next(one for one in busy if one.pipe is ready)
                number, worker.task = worker.task, None
                assert number is not None
                if _answered(worker):
                    done[number] = True
                else:
                    suspects.append(number)
                    staff[staff.index(worker)] = _hired(order)
    return suspects


def _hand_out(worker: _Worker, tasks: Sequence[Task], waiting: deque[int], staff: Sequence[_Worker]) -> None:
    """Give the worker the first task that may be begun: of large files one at a time."""
    large = any(one.task is not None and tasks[one.task].large for one in staff)
    number = next((number for number in waiting if not (large and tasks[number].large)), None)
    if number is None:
        return
    waiting.remove(number)
    worker.task = number
    with contextlib.suppress(OSError):  # it died before it was asked: the pipe says so below
        worker.pipe.send(tasks[number])


def _answered(worker: _Worker) -> bool:
    """True where the task is done; False where the worker died. Raises InvariantError for a fault of the program."""
    try:
        fault = worker.pipe.recv()
    except (EOFError, OSError):
        _dismiss(worker)
        return False
    if fault is not None:
        raise InvariantError(fault)
    return True


@contextlib.contextmanager
def _staff(order: Order, workers: int) -> Iterator[list[_Worker]]:
    """Workers, which end with the block however it ends."""
    staff: list[_Worker] = []
    try:
        staff += [_hired(order) for _ in range(workers)]
        yield staff
    finally:
        for worker in staff:
            worker.pipe.close()  # an idle worker ends by itself when nobody can ask it any more
        for worker in staff:
            if worker.task is not None:
                worker.process.kill()
            worker.process.join()


def _hired(order: Order) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=order.life, args=(theirs, order), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _dismiss(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()


def serve(pipe: Connection, order: Order) -> None:
    """The life of a worker: read what it is told to, until nobody asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run itself is interrupted, and ends its workers
    set_language(order.language)
    while True:
        try:
            task: Task = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(fault_of(task, order.profiles))


def fault_of(task: Task, profiles: Sequence[Profile]) -> str | None:
    """Carry out a task; the words of an InvariantError where one was raised."""
    try:
        store(read_file(InputFile(task.path, task.display), profiles), task.target)
    except InvariantError as error:
        return str(error)
    return None


def store(read: FileRead, target: Path) -> None:
    """Write what a file said into the new folder `target`, the mark that it is complete last.

    What a worker left there that died comes away.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for place, item in enumerate(read.parsed, 1):
        (target / str(place)).write_bytes(packed(Label("", "", place, len(read.parsed), read.locked), item))
    (target / DONE).touch()


def stored(target: Path) -> FileRead:
    """What `store` wrote. Raises DamagedFactError or OSError where it is not complete."""
    (target / DONE).stat()
    count = len(list(target.iterdir())) - 1
    parts: list[Any] = [unpacked((target / str(place)).read_bytes()) for place in range(1, count + 1)]
    return FileRead([item for _, item in parts], any(label.locked for label, _ in parts))
