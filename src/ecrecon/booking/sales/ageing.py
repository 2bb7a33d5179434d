"""应收台账 with ageing: per shop and per order, by days since the sale or since the money was due (docs/statements.md "应收应付台账")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ecrecon.base.schema import Schema, check, conform
from ecrecon.booking.sales.receivables import OF_SALES, RECEIVABLES

EDGES = (7, 15, 30, 60, 90, 180, 365)
"""Last day of each bucket unless `posting.ageing_edges` says otherwise; what is older stands in the last one."""


def buckets(edges: Sequence[int]) -> tuple[str, ...]:
    """Names of the buckets: `days_0_7`, `days_8_15`, …, `days_over_365`."""
    lows = (0, *(edge + 1 for edge in edges))
    named = (f"days_{low}_{high}" for low, high in zip(lows, edges, strict=False))
    return (*named, f"days_over_{edges[-1]}")


def aged_schema(edges: Sequence[int] = EDGES) -> Schema:
    """Shape of the ledger. `level`: shop (sums) or order. A positive closing stands in the bucket of its age (or in
    `not_due`), a negative one in `credit`, never netted; `advance` is the part of `credit` that came before its sale."""
    return {
        "level": pl.String, **{name: dtype for name, dtype in RECEIVABLES.items() if name not in OF_SALES},
        "age_days": pl.Int64, "orders": pl.Int64, "credit_minor": pl.Int64,
        **{f"{name}_minor": pl.Int64 for name in buckets(edges)}, "not_due_minor": pl.Int64, "advance_minor": pl.Int64,
    }  # fmt: skip


AGED = aged_schema()


def ageing(
    ledger: pl.DataFrame, as_of: date, edges: Sequence[int] = EDGES, basis: str = "confirm_date"
) -> pl.DataFrame:
    """Frame of `aged_schema` from RECEIVABLES: one row per shop with the sums, and below it its orders that are not zero.

    `basis`: age counts from the sale (`confirm_date`) or from the day the money was expected (`due_date`, then what is
    not due yet stands in `not_due`). What has no such day (money before the sale, no order) is young.
    """
    schema = aged_schema(edges)
    sold = pl.col("revenue_at").dt.date()
    start = pl.coalesce("expected_by", sold) if basis == "due_date" else sold
    closing, age = pl.col("closing_minor"), pl.col("age_days")
    held = closing.clip(lower_bound=0)
    aged = ledger.with_columns(
        age_days=(pl.lit(as_of) - start).dt.total_days(),
        credit_minor=closing.clip(upper_bound=0),
        level=pl.lit("order"),
    )
    days = age.fill_null(0)
    lows = (0, *(edge + 1 for edge in edges))
    inside = [
        (days >= low) & (days <= high if high is not None else pl.lit(True))
        for low, high in zip(lows, (*edges, None), strict=True)
    ]
    aged = aged.with_columns(
        *(
            pl.when(fits).then(held).otherwise(0).alias(f"{name}_minor")
            for name, fits in zip(buckets(edges), inside, strict=True)
        ),
        not_due_minor=pl.when(days < 0).then(held).otherwise(0),
        advance_minor=pl.when(pl.col("state") == "advance").then("credit_minor").otherwise(0),
    )
    money = [name for name in schema if name.endswith("_minor")]
    shops = aged.group_by("platform", "shop", "currency").agg(
        pl.col(money).sum(), orders=pl.col("order_id").n_unique().cast(pl.Int64), level=pl.lit("shop")
    )
    orders = aged.filter(closing != 0)
    both = pl.concat([conform(shops, schema), conform(orders, schema)]).with_columns(
        place=pl.col("level").replace_strict({"shop": 0, "order": 1})
    )
    ordered = both.sort("platform", "shop", "place", "revenue_at", "order_id", "group_id", nulls_last=True)
    return check(ordered.drop("place").rechunk(), schema, "ageing")
