"""A folder of results is replaced as a whole or not at all, whatever else lies in it and whenever the process dies.

Beside the folder where that is possible: everything, with the files of others linked in, is prepared in a sibling folder,
and the two change names in one step. In the folder itself (a mount point, a parent that may not be written, a folder full
of other files): with a journal that the next one who touches the folder carries to its end.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecrecon.disk import journal as in_place
from ecrecon.disk import swap
from ecrecon.disk.durable import locked

LOCK = ".ecrecon.lock"
_LONGEST = 180
"""Bytes of a folder's name that its siblings repeat; names of files end at 255."""


@dataclass(frozen=True)
class Change:
    """What becomes of a folder. `files`: name -> new content, the last is put in place last. `kept`: name of a file that
    somebody changed -> name under which it stays. `gone`: names of an earlier result that this one lacks."""

    files: Mapping[str, bytes]
    kept: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


@contextlib.contextmanager
def held(target: Path) -> Iterator[None]:
    """Be the only writer of `target` (resolved; it need not exist), with what a killed writer left put in order.

    Raises BusyError, OSError.
    """
    with contextlib.ExitStack() as stack:
        if inside_only(target):
            stack.enter_context(locked(target / LOCK))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(locked(_beside(target, ".lock")))
            except PermissionError:
                if not target.is_dir():
                    raise
                stack.enter_context(locked(target / LOCK))
        _settle(target)
        yield


def digest(content: bytes) -> str:
    """SHA-256 as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def inside_only(target: Path) -> bool:
    """True where `target` cannot change its name: it is a mount point, or its parent may not be written."""
    return target.is_dir() and (os.path.ismount(target) or not os.access(target.parent, os.W_OK))


def unfinished(target: Path) -> bool:
    """True where a killed writer left `target` in a state that is neither the old one nor the new one."""
    return in_place.pending(target) or (not target.exists() and any(swap.leftovers(target, _beside(target, ""))))


def replace(target: Path, change: Change) -> None:
    """Carry out `change` on `target`, which is held. Raises OSError with the old result in place."""
    if target.is_dir() and (inside_only(target) or not swap.movable(target)):
        in_place.replace(target, change.files, change.kept, change.gone)
    else:
        swap.replace(target, _beside(target, ""), change.files, change.kept, change.gone)


def _settle(target: Path) -> None:
    swap.settle(target, _beside(target, ""))
    in_place.settle(target)


def _beside(target: Path, end: str) -> Path:
    """A hidden sibling of `target`, whatever the length of its name."""
    name = target.name
    if len(os.fsencode(name)) > _LONGEST:
        name = f"{name[:40]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
    return target.parent / f".{name}{end}"
