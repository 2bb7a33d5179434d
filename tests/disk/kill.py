"""A process that dies at a chosen step of its writing: the step raises what nothing catches and nothing runs after it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock


class Killed(BaseException):
    """Stands for SIGKILL: from here on no step of the writer has any effect."""


STEPS = ("replace", "rename", "link", "fsync", "mkdir", "unlink", "symlink", "rmdir", "open")


@contextmanager
def dies_after(steps: int) -> Iterator[list[str]]:
    """Let the `steps` first calls to the system through, then none. Gives the list of all steps taken."""
    taken: list[str] = []

    def guarded(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **more: object) -> object:
            if name == "open" and not (isinstance(arguments[1], int) and arguments[1] & (os.O_WRONLY | os.O_RDWR)):
                return real(*arguments, **more)
            if len(taken) >= steps:
                raise Killed(name)
            taken.append(name)
            return real(*arguments, **more)

        return call

    def removed(path: Path, *_: object, **__: object) -> None:
        """Removing a tree is many steps; here it is one, which the dead do not take."""
        if len(taken) >= steps:
            raise Killed("rmtree")
        taken.append("rmtree")
        rmtree(path, ignore_errors=True)

    rmtree, real = shutil.rmtree, {name: getattr(os, name) for name in STEPS}
    from ecrecon.disk import swap

    exchange = swap.exchange
    with (
        mock.patch.multiple(os, **{name: guarded(name, real[name]) for name in STEPS}),
        mock.patch.object(swap, "exchange", guarded("exchange", exchange)),
        mock.patch.object(shutil, "rmtree", removed),
    ):
        yield taken
