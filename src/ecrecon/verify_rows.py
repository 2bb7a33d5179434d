"""Rows of a large month in little memory: a row is a place in the columns of its file, and what is worked out for it is a column too.

Beside `verify.py`, which without it makes a dict of each row: the same answers, from twice the memory. Nothing of
ecrecon is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Line:
    """Row `place` (from 0) of `columns`, to be used like a dict; setting a value makes it a column of all rows, empty elsewhere."""

    __slots__ = ("columns", "place")

    def __init__(self, columns: dict[str, Any], place: int) -> None:
        self.columns, self.place = columns, place

    def __getitem__(self, name: str) -> Any:
        return self.columns[name][self.place]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.columns:
            self.columns[name] = [None] * len(self.columns["@"])
        self.columns[name][self.place] = value

    def __ior__(self, values: Mapping[str, Any]) -> Line:
        for name, value in values.items():
            self[name] = value
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def get(self, name: str, other: Any = None) -> Any:
        """The value, `other` where the file has no such column."""
        return self.columns[name][self.place] if name in self.columns else other


def lines(raw: Mapping[str, Sequence[Any]]) -> list[Line]:
    """The rows of a file from its columns; `@` is their number, the header being row 1. Raises ValueError where the columns
    are not of one height."""
    heights = {len(cells) for cells in raw.values()} or {0}
    if len(heights) > 1:
        raise ValueError(f"columns of {sorted(heights)} cells")
    height = heights.pop()
    columns: dict[str, Any] = {"@": range(2, height + 2), **raw}
    return [Line(columns, place) for place in range(height)]
