"""Values of a run stay what they were when they were made.

The frames inside a value are remembered by identity, height and content. Before the next stage reads them, and at the end,
each must still be that one. So a frame that anything drops, doubles or alters between two stages ends the run, also one that
no law of conservation speaks about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import polars as pl

from ecrecon.base.errors import InvariantError

_WHOLE_ROWS = 50_000
"""Frames up to this height are compared cell by cell, larger ones by their numbers."""
_DEEP = 4
_PLAIN = (str, bytes, int, float, date)
"""What holds nothing; a bool is an int, a datetime a date, most enums are texts."""


@dataclass(frozen=True)
class _Seen:
    """One frame as it was made; `copy` shares its columns and no later change of the frame itself."""

    frame: pl.DataFrame
    copy: pl.DataFrame

    def holds(self, now: pl.DataFrame, *, whole: bool) -> bool:
        """Whether `now` is the same frame, unchanged."""
        if now is not self.frame or now.shape != self.copy.shape or now.columns != self.copy.columns:
            return False
        if not whole:
            return True
        if now.height <= _WHOLE_ROWS:
            return now.equals(self.copy, null_equal=True)
        numbers = [name for name, dtype in now.schema.items() if dtype.is_integer()]
        return now.select(numbers).equals(self.copy.select(numbers), null_equal=True)


class Unchanged:
    """What the frames of the values of one run are."""

    def __init__(self) -> None:
        self._seen: dict[type, dict[str, _Seen]] = {}

    def remember(self, value: object) -> None:
        """A value was made."""
        self._seen[type(value)] = {path: _Seen(frame, frame.clone()) for path, frame in frames_of(value)}

    def forget(self, made: type) -> None:
        """A value is given up."""
        self._seen.pop(made, None)

    def check(self, values: Mapping[type, object], after: str, *, whole: bool = False) -> None:
        """Raise InvariantError where a frame is not the one that was made. `whole`: compare contents, too."""
        for made, seen in self._seen.items():
            now = dict(frames_of(values.get(made)))
            wrong = sorted({*now} ^ {*seen}) + [
                path for path, one in seen.items() if path in now and not one.holds(now[path], whole=whole)
            ]
            if wrong:
                raise InvariantError(f"after stage {after}: {made.__name__}{wrong[0]} is not the frame that was made")


def frames_of(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, pl.DataFrame]]:
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
