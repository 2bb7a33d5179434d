"""Geometry of the charts in whole pixels: the template draws what stands here, so equal reports give equal pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BAR_ROOM = 420
"""Pixels for the longest bar of a horizontal chart."""
ROW = 26
"""Height of one row of a horizontal chart."""
DAY = 18
"""Width of one day of a day chart."""
HALF = 90
"""Height of the space above and below the zero line of a day chart."""


@dataclass(frozen=True)
class Part:
    """A coloured piece of a bar. `tone`: a class of the page's style."""

    x: int
    width: int
    tone: str
    title: str


@dataclass(frozen=True)
class Bar:
    """One row: its name, its pieces from left to right, and the text after them."""

    y: int
    name: str
    parts: tuple[Part, ...]
    end: int
    text: str


@dataclass(frozen=True)
class Day:
    """One day: pixels above the zero line (money in) and below it (money out)."""

    x: int
    up: int
    down: int
    label: str
    title: str


def scaled(value: int, largest: int, room: int) -> int:
    """`value` of `largest` in pixels of `room`; whatever is not nothing is at least one pixel wide."""
    if value <= 0 or largest <= 0:
        return 0
    return max(1, value * room // largest)


def bars(rows: Sequence[tuple[str, Sequence[tuple[int, str, str]], str]]) -> tuple[Bar, ...]:
    """Rows of (name, pieces of (amount, tone, title), text) as bars on one scale."""
    largest = max((sum(amount for amount, _, _ in pieces) for _, pieces, _ in rows), default=0)
    result = []
    for number, (name, pieces, text) in enumerate(rows):
        x, parts = 0, []
        for amount, tone, title in pieces:
            width = scaled(amount, largest, BAR_ROOM)
            if width:
                parts.append(Part(x, width, tone, title))
            x += width
        result.append(Bar(number * ROW, name, tuple(parts), x, text))
    return tuple(result)


def days(rows: Sequence[tuple[str, int, int, str]]) -> tuple[Day, ...]:
    """Rows of (label, money in, money out, title), both amounts >= 0, as columns on one scale."""
    largest = max((max(up, down) for _, up, down, _ in rows), default=0)
    return tuple(
        Day(number * DAY, scaled(up, largest, HALF), scaled(down, largest, HALF), label, title)
        for number, (label, up, down, title) in enumerate(rows)
    )
