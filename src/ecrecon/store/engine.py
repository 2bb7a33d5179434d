"""Where files are read: `local[:N]`. Reading is a task with paths in and paths out, so that other engines fit behind it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.base.validation import shown

MOST_WORKERS = 64
WORTH = 48 * 1024**2
"""Bytes to be read below which starting processes costs more than they save."""


@dataclass(frozen=True)
class Engine:
    """`workers`: processes that read side by side; 1 reads in the process of the run.

    `worth`: bytes from which the processes are started at all.
    """

    workers: int = 1
    worth: int = WORTH


@dataclass(frozen=True)
class Task:
    """One file to be read. `target`: the folder that takes what it said, one file per part. `large`: of such files one is
    read at a time, as they take most of the memory."""

    path: Path
    display: str
    target: Path
    large: bool = False


Execute = Callable[[Sequence[Task]], list[bool]]
"""Tasks -> for each whether its target is complete. A task that a worker died of is no error of the others."""


def parse_engine(text: str | None) -> Engine:
    """`local` (as many workers as cores), `local:N`; None reads in this process. Raises ConfigError otherwise."""
    if text is None:
        return Engine()
    found = re.fullmatch(r"local(?::([0-9]{1,4}))?", text)
    workers = int(found[1]) if found and found[1] else os.cpu_count() or 1
    if found is None or not 1 <= workers <= max(MOST_WORKERS, os.cpu_count() or 1):
        raise ConfigError(
            tr(f"--engine {shown(text)} 不能用", f"--engine {shown(text)}: no such engine"),
            tr(f"写成 local（按处理器核数）或 local:2（两个进程，1 至 {MOST_WORKERS}）",
               f"write local (as many processes as cores) or local:2 (two processes, 1 to {MOST_WORKERS})"),
        )  # fmt: skip
    return Engine(workers)
