"""Processor time and memory of a process and of the confined readers below it (Linux; elsewhere nothing is known)."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def below(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, _text(path).split())
    return found


def seconds(pid: int) -> float:
    """Processor seconds of `pid`, of those below it, and of those it waited for."""
    own = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    ticks = sum(map(int, own[11:15])) if own else 0  # utime, stime and the same of children waited for
    return ticks / _TICKS + sum(map(seconds, below(pid)))


def peak_mib(pid: int) -> int:
    """MiB that `pid` or one below it, each for itself, has held at most."""
    status = _text(Path(f"/proc/{pid}/status")).split("\n")
    own = next((int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:")), 0)
    return max([own, *map(peak_mib, below(pid))])


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:  # it ended meanwhile
        return ""
