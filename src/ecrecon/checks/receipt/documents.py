"""After-sale documents: which count by as-of, which refund lines no after-sale file can speak for (step 0a)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from ecrecon.checks.receipt.terms import load_terms
from ecrecon.sources import Parsed


def dated(refunds: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """REFUNDS -> plus `document_id`, `counts` (finished by as-of) and `grace_days` (until its line must be in the bill).

    A document without a completion time takes the application time, else the payment time (matching section 1). Where
    the platform paid the buyer first (极速退款) the merchant's line comes later.
    """
    done = pl.col("state") == "done"
    defaults = load_terms().defaults
    words = pl.concat_str(pl.col("stage", "raw_status").cast(pl.String), separator="/", ignore_nulls=True)
    fast = words.str.contains_any(defaults.fast_refund_words).fill_null(False)
    return (
        refunds.with_row_index("document_id")
        .with_columns(
            pl.col("document_id").cast(pl.Int64),
            pl.coalesce("completed_at", "applied_at", "paid_at").alias("completed_at"),
        )
        .with_columns(
            counts=(done & (pl.col("completed_at").is_null() | (pl.col("completed_at") <= as_of))).fill_null(False),
            grace_days=pl.when(fast).then(defaults.fast_refund_grace).otherwise(defaults.refund_grace),
        )
    )


def open_until_refunded(orders: pl.DataFrame, documents: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Orders that a refund closed only after as-of were not closed at as-of: their status becomes `shipped`.

    An order file is a snapshot taken later than the moment the run judges at; what the order keeps up to as-of is no
    M08. `orders`, `documents`: with group_id.
    """
    later = documents.filter(pl.col("state") == "done", pl.col("completed_at") > as_of)["group_id"].drop_nulls()
    if later.is_empty():
        return orders
    reopened = (pl.col("status") == "closed") & pl.col("group_id").is_in(later.unique().implode())
    status = pl.when(reopened).then(pl.lit("shipped")).otherwise(pl.col("status").cast(pl.String))
    return orders.with_columns(status=status.cast(orders.schema["status"]))


def covered_months(refunds: pl.DataFrame, parsed: Sequence[Parsed], period: str) -> pl.DataFrame:
    """Calendar months that after-sale files speak for: columns shop String, month String ("2026-10").

    A file covers the whole months that any of its date columns touch; an empty one the run's period.
    """
    parts = [
        refunds.select(pl.col("shop").cast(pl.String), pl.col(column).dt.strftime("%Y-%m").alias("month"))
        for column in ("applied_at", "paid_at", "completed_at")
    ]
    empty = [
        (item.source.shop, period)
        for item in parsed
        if item.source.kind == "refunds" and item.frame is not None and item.frame.is_empty()
    ]
    parts.append(pl.DataFrame(empty, schema={"shop": pl.String, "month": pl.String}, orient="row"))
    return pl.concat(parts).drop_nulls().unique().sort(pl.all())


def self_documented(lines: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """Add Boolean `self_documented`: no after-sale file covers the line's shop and month. `lines`: shop, occurred_at."""
    return (
        lines.with_columns(month=pl.col("occurred_at").dt.strftime("%Y-%m"))
        .join(months.with_columns(known=pl.lit(True)), on=["shop", "month"], how="left", maintain_order="left")
        .with_columns(self_documented=pl.col("known").is_null())
        .drop("month", "known")
    )
