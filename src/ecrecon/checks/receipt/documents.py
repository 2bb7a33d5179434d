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


def shown_by_bill(documents: pl.DataFrame, principal: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Documents whose refund the bill shows by as-of count, although the after-sale closed within its grace afterwards.

    A refund just before midnight of the month's last day is completed on the next: the line is not without a document.
    Paired by refund id, else the n-th document of an amount with the n-th line of it. `documents`, `principal` (lines up
    to as-of): with group_id.
    """
    until = pl.col("completed_at").dt.date() - pl.duration(days=pl.col("grace_days"))
    near = pl.col("state").eq("done") & ~pl.col("counts") & (until <= as_of.date())
    if documents.filter(near).is_empty():
        return documents
    lines = principal.filter(pl.col("category") == "refund", pl.col("amount_minor") < 0)
    named = lines.filter(pl.col("refund_id").is_not_null()).select("group_id", "refund_id").unique()
    paid = lines.group_by("group_id", amount_minor=-pl.col("amount_minor")).agg(paid=pl.len())
    key = ["group_id", "amount_minor"]
    numbered = documents.with_columns(
        nth=pl.int_range(pl.len()).over([*key, "state"], order_by=["completed_at", "document_id"])
    )
    told = numbered.join(paid, on=key, how="left", maintain_order="left").join(
        named.with_columns(named=pl.lit(True)), on=["group_id", "refund_id"], how="left", maintain_order="left"
    )
    shown = pl.col("named").fill_null(False) | (pl.col("nth") < pl.col("paid")).fill_null(False)
    return told.with_columns(counts=pl.col("counts") | (near & shown).fill_null(False)).drop("nth", "paid", "named")


def as_of_states(
    orders: pl.DataFrame, documents: pl.DataFrame, lines: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """Orders in the state they had at as-of: an order file is a snapshot taken later than the moment the run judges at.

    Paid only afterwards, and nothing came before: `unpaid`. Closed by a refund that a document or a bill line dates afterwards: `shipped`, so
    that what the order keeps up to as-of is no M08. `orders`, `documents`: with group_id; `lines`: LEDGER of all days.
    """
    later = documents.filter(pl.col("state") == "done", ~pl.col("counts"), pl.col("completed_at") > as_of)
    back = lines.filter(
        pl.col("fate") == "after_as_of", pl.col("category") == "refund", pl.col("order_id").is_not_null()
    )["order_id"].unique()
    closed = pl.col("status") == "closed"
    reopened = closed & (
        pl.col("group_id").is_in(later["group_id"].drop_nulls().unique().implode())
        | (pl.col("order_id").is_in(back.implode()) | pl.col("sub_order_id").is_in(back.implode())).fill_null(False)
    )
    moved = lines.filter(pl.col("fate").is_null(), pl.col("group_id").is_not_null())["group_id"].unique()
    unpaid = (~closed & (pl.col("paid_at") > as_of) & ~pl.col("group_id").is_in(moved.implode())).fill_null(False)
    status = pl.when(unpaid).then(pl.lit("unpaid")).when(reopened).then(pl.lit("shipped")).otherwise(pl.col("status").cast(pl.String))
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
