"""Workers that die at a file, as a killed process does: at once, without a word."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection

from ecrecon.base.texts import set_language
from ecrecon.store.engine import Task
from ecrecon.store.workers import Order, fault_of


def at_every_attempt(pipe: Connection, order: Order) -> None:
    """Dies at any file with `dies` in its name."""
    _serve(pipe, order, lambda task: "dies" in task.display)


def at_the_first_attempt(pipe: Connection, order: Order) -> None:
    """Dies at such a file once, in the middle of writing what it said."""

    def first(task: Task) -> bool:
        if "dies" not in task.display or task.target.exists():
            return False
        task.target.mkdir()
        (task.target / "1").write_bytes(b"PAR1 half")
        return True

    _serve(pipe, order, first)


def _serve(pipe: Connection, order: Order, dies) -> None:  # type: ignore[no-untyped-def]
    set_language(order.language)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        if dies(task):
            os._exit(9)
        pipe.send(fault_of(task, order.profiles))
