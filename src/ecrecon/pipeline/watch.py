"""Values of a run are written once, by the stage that says so, and stay what they were.

What a stage hands on is remembered where it is written: the frames inside it, by identity, height and content. Before it is
read by the next stage, and at the end, each frame must still be that one. So a frame that anything drops, doubles or alters
between two stages ends the run, also a frame of a field that no law of conservation speaks about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import polars as pl

from ecrecon.errors import InvariantError

GROWING = ("findings", "proof")
"""Written by several stages: each adds to what is there."""
PASSED_ON = ("parsed",)
"""Written by several stages: a record may get its place or lose its frame, which the laws of reading hold to the tally."""
_WHOLE_ROWS = 50_000
"""Frames up to this height are compared cell by cell, larger ones by their numbers."""
_DEEP = 4
_PLAIN = (str, bytes, int, float, date)
"""What holds nothing; a bool is an int, a datetime a date, most enums are texts."""


@dataclass(frozen=True)
class _Seen:
    """One frame as it was written; `copy` shares its columns and no later change of the frame itself."""

    frame: pl.DataFrame
    copy: pl.DataFrame

    def holds(self, now: pl.DataFrame | None, *, whole: bool) -> bool:
        """Whether `now` is the same frame, unchanged."""
        if now is not self.frame or now.shape != self.copy.shape or now.columns != self.copy.columns:
            return False
        if not whole:
            return True
        if now.height <= _WHOLE_ROWS:
            return now.equals(self.copy, null_equal=True)
        numbers = [name for name, dtype in now.schema.items() if dtype.is_integer()]
        return now.select(numbers).equals(self.copy.select(numbers), null_equal=True)


class Watch:
    """Sees the assignments of one run."""

    def __init__(self) -> None:
        self._stage = ""
        self._sets: tuple[str, ...] = ()
        self._done: set[str] = set()
        self._seen: dict[str, dict[str, _Seen]] = {}

    def begins(self, stage: str, sets: tuple[str, ...]) -> None:
        """From now on `stage` writes the fields `sets`."""
        self._stage, self._sets, self._done = stage, sets, set()

    def writes(self, name: str, before: object, value: object) -> None:
        """A field is assigned. Raises InvariantError where the stage may not, or has done so already."""
        if not self._stage or name == "watch":
            return
        if name not in self._sets:
            raise InvariantError(f"stage {self._stage} writes {name}, which is not its own")
        if name in self._done or (name in self._seen and name not in (*GROWING, *PASSED_ON)):
            raise InvariantError(f"stage {self._stage} writes {name} a second time")
        if name in GROWING:
            _only_grows(self._stage, name, before, value)
        self._done.add(name)
        self.remember(name, value)

    def remember(self, name: str, value: object) -> None:
        """Keep what the frames of a field are."""
        self._seen[name] = {path: _Seen(frame, frame.clone()) for path, frame in frames_of(value, name)}

    def lets_go(self, name: str) -> None:
        """A field is given up."""
        self._seen.pop(name, None)

    def holds(self, values: Mapping[str, object], *, whole: bool = False) -> None:
        """Raise InvariantError where a frame is not the one that was written. `whole`: compare contents, too."""
        for name, seen in self._seen.items():
            now = dict(frames_of(values.get(name), name))
            wrong = sorted({*now} ^ {*seen}) + [
                p for p, one in seen.items() if p in now and not one.holds(now[p], whole=whole)
            ]
            if wrong:
                raise InvariantError(f"after stage {self._stage}: {wrong[0]} is not the frame that was written")


def _only_grows(stage: str, name: str, before: object, value: object) -> None:
    if isinstance(before, list) and isinstance(value, list):
        kept = len(value) >= len(before) and all(a is b for a, b in zip(before, value, strict=False))
    elif isinstance(before, pl.DataFrame) and isinstance(value, pl.DataFrame):
        kept = value.head(before.height).equals(before, null_equal=True)
    else:
        kept = not before
    if not kept:
        raise InvariantError(f"stage {stage} changes {name} instead of adding to it")


def frames_of(value: object, path: str, depth: int = 0) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every frame inside a value, with the way that leads to it: fields of dataclasses, items of lists and mappings."""
    if isinstance(value, pl.DataFrame):
        yield path, value
    elif depth == _DEEP or value is None or isinstance(value, _PLAIN):
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _holding(type(value)):
            yield from frames_of(getattr(value, name), f"{path}.{name}", depth + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from frames_of(item, f"{path}[{key}]", depth + 1)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from frames_of(item, f"{path}[{place}]", depth + 1)


@cache
def _holding(kind: type) -> tuple[str, ...]:
    """Fields of a dataclass that may hold a frame by their declared types, which mypy holds the program to.

    A run has some hundred records of files with forty texts and numbers each: to look at every one of them after every
    stage took a fifth of the time of a small company's month.
    """
    names = tuple(field.name for field in fields(kind))
    try:
        hints = get_type_hints(kind)
    except NameError:  # a type that is imported for the type checker only: every field is looked at
        return names
    return tuple(name for name in names if _may_hold(hints[name], frozenset({kind})))


def _may_hold(hint: Any, above: frozenset[type]) -> bool:
    """`above`: the dataclasses that are being looked at; one that names itself adds nothing."""
    parts = [part for part in get_args(hint) if part is not Ellipsis and not isinstance(part, _PLAIN)]
    if get_origin(hint) is not None or parts:
        return any(_may_hold(part, above) for part in parts)
    if not isinstance(hint, type) or hint is object:
        return hint is not None
    if is_dataclass(hint):
        try:
            inner = get_type_hints(hint)
        except NameError:
            return True
        return hint not in above and any(_may_hold(inner[f.name], above | {hint}) for f in fields(hint))
    return hint is not type(None) and not issubclass(hint, _PLAIN)
