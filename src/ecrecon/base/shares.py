"""Amounts of an order on its lines by largest remainder (docs/accounting.md "Amounts and VAT"): exact, deterministic, ties by order."""

from __future__ import annotations

import polars as pl


def allocate(amounts: pl.DataFrame, weights: pl.DataFrame, key: str) -> pl.DataFrame:
    """Distribute `amount_minor` (any sign) of each `key` over its rows in `weights`.

    amounts: key, item, amount_minor (one row per key and item). weights: key, row (total order), weight_minor >= 0.
    Returns key, item, row, amount_minor, weight_minor: Σ over the rows of a key = its amount; no row is off by more
    than one minor unit. Keys without rows in `weights` are not returned. Where all weights are 0 they count equal.
    """
    even = pl.col("weight_minor").sum().over(key) == 0
    weighed = weights.with_columns(
        weight=pl.when(even).then(pl.lit(1, dtype=pl.Int64)).otherwise("weight_minor")
    ).with_columns(whole=pl.col("weight").sum().over(key))
    pairs = amounts.filter(pl.col("amount_minor") != 0).join(weighed, on=key, how="inner")
    return (
        largest_remainder(pairs, [key, "item"])
        .select(key, "item", "row", pl.col("share").alias("amount_minor"), "weight_minor")
        .sort(key, "item", "row")
    )


def largest_remainder(frame: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    """Add `share`: what of `amount_minor`, one amount of any sign per `group`, falls to each row.

    `frame`: amount_minor, weight >= 0, whole (the sum of the weights, > 0), row (a total order). Each row gets its part
    rounded down; the minor units left go to the largest remainders, of equal ones to the larger weight, then to the first row.
    """
    size = pl.col("amount_minor").abs()
    exact = size.cast(pl.Int128) * pl.col("weight")
    # names that no column of the caller has: its keys stand in the frame as well
    parts = frame.with_columns(
        __floor=(exact // pl.col("whole")).cast(pl.Int64), __rest=(exact % pl.col("whole")).cast(pl.Int64)
    )
    place = pl.int_range(pl.len()).over(group, order_by=[-pl.col("__rest"), -pl.col("weight"), "row"])
    told = parts.with_columns(__left=size - pl.col("__floor").sum().over(group), __place=place)
    share = pl.col("__floor") + (pl.col("__place") < pl.col("__left")).cast(pl.Int64)
    return told.with_columns(share=share * pl.col("amount_minor").sign()).drop("__floor", "__rest", "__left", "__place")
