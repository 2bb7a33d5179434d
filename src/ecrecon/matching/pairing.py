"""Candidates of two sides, resolved without ever deciding by the order of rows."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.components import component_of


@dataclass(frozen=True)
class Component:
    """Rows of both sides that are candidates of each other, directly or through others; ids sorted."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    settled: bool


def resolve(edges: pl.DataFrame) -> list[Component]:
    """Connected components of `edges` (left Int64, right Int64), sorted by their smallest left id.

    Settled: both sides have the same number of rows and a perfect matching exists. Who of equal rows belongs to whom
    stays open and does not matter: the set is explained as a whole. All other components are ambiguous.
    """
    if edges.is_empty():
        return []
    pairs = edges.select("left", "right").unique().sort("left", "right")
    texts = pairs.select(left=pl.format("L{}", "left"), right=pl.format("R{}", "right"))
    labels = component_of(texts)
    named = pairs.with_columns(left_key=texts["left"]).join(labels, left_on="left_key", right_on="key")
    found = []
    for part in named.partition_by("component", maintain_order=True):
        links: dict[int, list[int]] = {}
        for left, right in part.select("left", "right").iter_rows():
            links.setdefault(left, []).append(right)
        left, right = tuple(sorted(links)), tuple(sorted(set(part["right"])))
        settled = len(left) == len(right) and _perfect(links)
        found.append(Component(left, right, settled))
    return sorted(found, key=lambda component: component.left)


def _perfect(links: dict[int, list[int]]) -> bool:
    """Every left row finds a right row of its own (augmenting paths; components are small)."""
    taken: dict[int, int] = {}
    for start in links:
        path: dict[int, int] = {}
        waiting, end = [start], None
        while waiting and end is None:
            left = waiting.pop()
            for right in links[left]:
                if right in path:
                    continue
                path[right] = left
                if right not in taken:
                    end = right
                    break
                waiting.append(taken[right])
        if end is None:
            return False
        _flip(end, start, path, links, taken)
    return True


def _flip(end: int, start: int, path: dict[int, int], links: dict[int, list[int]], taken: dict[int, int]) -> None:
    """Give every left row on the path to `end` the right row that it reached."""
    owned = {left: right for right, left in taken.items()}
    right = end
    while True:
        left = path[right]
        before = owned.get(left)
        taken[right] = left
        if left == start or before is None:
            return
        right = before
