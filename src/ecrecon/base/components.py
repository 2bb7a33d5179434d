"""Connected components over links between keys, without a loop over rows."""

from __future__ import annotations

import polars as pl


def component_of(links: pl.DataFrame) -> pl.DataFrame:
    """Label every key in `links` (columns left, right: String) with the smallest key of its component.

    Returns key, component (both String), sorted by key. Labels spread by repeated minimum over neighbours, with
    pointer jumping, so the number of rounds grows with the logarithm of the longest chain; there are few links.
    """
    both = pl.concat([links.select("left", "right"), links.select(left="right", right="left")])
    edges = both.filter(pl.col("left").is_not_null() & pl.col("right").is_not_null()).unique()
    labels = edges.select(key="left").unique().with_columns(component=pl.col("key"))
    while True:
        nearby = (
            edges.join(labels, left_on="right", right_on="key")
            .group_by(key="left")
            .agg(pl.col("component").min().alias("nearby"))
        )
        lower = labels.join(nearby, on="key", how="left").select(
            "key", pl.min_horizontal("component", "nearby").alias("component")
        )
        jumped = lower.join(lower.rename({"key": "component", "component": "root"}), on="component", how="left").select(
            "key", pl.min_horizontal("component", "root").alias("component")
        )
        if jumped.sort("key").equals(labels.sort("key")):
            return labels.sort("key")
        labels = jumped
