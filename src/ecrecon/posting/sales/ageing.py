"""应收台账 with ageing: per shop and per order, by days since the sale (accounting section 8)."""

from __future__ import annotations

from datetime import date

import polars as pl

from ecrecon.posting.sales.receivables import RECEIVABLES
from ecrecon.schema import Schema, check, conform

EDGES = (7, 15, 30, 60, 90, 180, 365)
"""Last day of each bucket; what is older stands in the last one."""

BUCKETS: tuple[str, ...] = (
    *(f"days_{low}_{high}" for low, high in zip((0, *(edge + 1 for edge in EDGES)), EDGES, strict=False)),
    f"days_over_{EDGES[-1]}",
)

AGED: Schema = {
    "level": pl.String, **{k: v for k, v in RECEIVABLES.items() if k != "returned_at"},
    "age_days": pl.Int64, "orders": pl.Int64, "credit_minor": pl.Int64,
    **{f"{name}_minor": pl.Int64 for name in BUCKETS},
}  # fmt: skip
"""`level`: shop (sums) or order. A positive closing stands in the bucket of its age, a negative one in `credit`,
never netted."""


def ageing(ledger: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Frame AGED from RECEIVABLES: one row per shop with the sums, and below it its orders that are not zero."""
    closing = pl.col("closing_minor")
    age = (pl.lit(as_of) - pl.col("revenue_at").dt.date()).dt.total_days()
    low = (0, *(edge + 1 for edge in EDGES))
    high: tuple[int | None, ...] = (*EDGES, None)
    held = closing.clip(lower_bound=0)
    aged = ledger.with_columns(age_days=age, credit_minor=closing.clip(upper_bound=0), level=pl.lit("order")).with_columns(
        pl.when((pl.col("age_days") >= a) & (pl.lit(b is None) | (pl.col("age_days") <= (b or 0))))
        .then(held).otherwise(0).alias(f"{name}_minor")
        for name, a, b in zip(BUCKETS, low, high, strict=True)
    )  # fmt: skip
    # what has no sale day (money before the sale, no order) is young as long as it is positive
    aged = aged.with_columns(
        pl.when(pl.col("age_days").is_null()).then(held).otherwise(f"{BUCKETS[0]}_minor").alias(f"{BUCKETS[0]}_minor")
    )
    money = [name for name in AGED if name.endswith("_minor")]
    shops = aged.group_by("platform", "shop", "currency").agg(
        pl.col(money).sum(), orders=pl.col("order_id").n_unique().cast(pl.Int64), level=pl.lit("shop")
    )
    orders = aged.filter(closing != 0)
    place = {"shop": 0, "order": 1}
    both = pl.concat([conform(shops, AGED), conform(orders, AGED)]).with_columns(
        place=pl.col("level").replace_strict(place)
    )
    ordered = both.sort("platform", "shop", "place", "revenue_at", "order_id", "group_id", nulls_last=True)
    return check(ordered.drop("place").rechunk(), AGED, "ageing")
