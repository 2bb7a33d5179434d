"""Values of a run are written once, by the stage that says so, and stay what they were.

What a stage hands on is remembered where it is written: the frames inside it, by identity, height and content. Before it is
read by the next stage, and at the end, each frame must still be that one. So a frame that anything drops, doubles or alters
between two stages ends the run, also a frame of a field that no law of conservation speaks about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

import polars as pl

from ecrecon.errors import InvariantError

GROWING = ("findings", "proof")
"""Written by several stages: each adds to what is there."""
PASSED_ON = ("parsed",)
"""Written by several stages: a record may get its place or lose its frame, which the laws of reading hold to the tally."""
_WHOLE_ROWS = 50_000
"""Frames up to this height are compared cell by cell, larger ones by their numbers."""
_DEEP = 4


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
    elif depth == _DEEP or value is None or isinstance(value, (str, bytes, int)):
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from frames_of(getattr(value, field.name), f"{path}.{field.name}", depth + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from frames_of(item, f"{path}[{key}]", depth + 1)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from frames_of(item, f"{path}[{place}]", depth + 1)
