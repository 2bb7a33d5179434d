"""Ordered keyed passes: strict first, each consumes its rows, each match names its rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

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
