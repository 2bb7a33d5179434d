"""The matcher: ordered, named, keyed passes, and pairs that are unique on both sides. Knows no business words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.components import component_of

# Ordered keyed passes: strict first, each consumes its rows, each match names its rule.

CASCADE: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_id": pl.Int64,
    "target": pl.String,
    "rule_id": pl.String,
}


@dataclass(frozen=True)
class KeyRule:
    """One pass. `left_key`: column of the rows; `index`: distinct pairs `key` String, `target` String.

    `many = "link"`: a key with several targets matches all of them (the caller joins them into one group);
    `many = "ambiguous"`: such a key matches nothing and is listed.
    """

    rule_id: str
    left_key: str
    index: pl.DataFrame
    many: str = "ambiguous"


def cascade(rows: pl.DataFrame, rules: Sequence[KeyRule]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match `rows` (row_id Int64 and the key columns) by `rules` in order.

    Returns (matches, ambiguous), both of columns row_id, target, rule_id; with `many = "link"` a row may have several
    matches of its one rule. Null keys never match. The result does not depend on row order.
    """
    matched: list[pl.DataFrame] = []
    doubtful: list[pl.DataFrame] = []
    left = rows
    for rule in rules:
        if left.is_empty() or rule.index.is_empty():
            continue
        keyed = left.filter(pl.col(rule.left_key).is_not_null()).select(
            "row_id", pl.col(rule.left_key).cast(pl.String).alias("key")
        )
        hits = keyed.join(rule.index, on="key", how="inner", maintain_order="none").select(
            "row_id", "target", pl.lit(rule.rule_id).alias("rule_id")
        )
        if hits.is_empty():
            continue
        if rule.many == "ambiguous" and not _one_each(hits):
            several = hits.filter(pl.len().over("row_id") > 1)
            doubtful.append(several)
            hits = hits.join(several.select("row_id").unique(), on="row_id", how="anti")
        matched.append(hits)
        left = left.join(hits, on="row_id", how="anti")
    return _collect(matched), _collect(doubtful)


def _collect(parts: list[pl.DataFrame]) -> pl.DataFrame:
    if not parts:
        return pl.DataFrame(schema=CASCADE)
    found = pl.concat(parts)
    return found.sort("row_id") if _one_each(found) else found.sort("row_id", "target")


def _one_each(hits: pl.DataFrame) -> bool:
    """No row occurs twice, the usual case, in which nothing is to be told apart."""
    return hits["row_id"].n_unique() == hits.height


# Candidates of two sides, resolved without ever deciding by the order of rows.


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
