"""Orders settled before the bills begin: their receipt is presumed, so that a later refund is still judged.

Without it a refund of such an order would look like money taken for nothing. The presumed receipt takes part in the
decomposition as lines of its own and is taken out of the figures again; it never leaves this module's frames.
"""

from __future__ import annotations

import polars as pl

from ecrecon.categories import CATEGORY
from ecrecon.schema import conform


def add_virtual_receipts(
    groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Give presumed groups the receipt that lies before the bills; refunds completed before it leave with it.

    Adds `virtual_minor` to groups. Virtual lines have negative line ids, so no bill line can be confused with them.
    """
    starts = groups.filter("presumed").select("group_id", "bills_start")
    if starts.is_empty():
        return groups.with_columns(virtual_minor=pl.lit(0, dtype=pl.Int64)), lines, documents
    dated = documents.join(starts, on="group_id", how="left", maintain_order="left")
    earlier = (pl.col("completed_at").dt.date() < pl.col("bills_start")).fill_null(False)
    gone = dated.filter(earlier).group_by("group_id").agg(pl.col("amount_minor").sum().alias("gone_minor"))
    kept = dated.filter(~earlier).drop("bills_start")
    frame = groups.join(gone, on="group_id", how="left", maintain_order="left").with_columns(
        due_cash_minor=pl.col("due_cash_minor") - pl.col("gone_minor").fill_null(0)
    )
    presumed = frame.filter("presumed")
    frame = frame.with_columns(
        virtual_minor=pl.when("presumed").then(pl.col("due_cash_minor") + pl.col("due_platform_minor")).otherwise(0)
    ).drop("gone_minor")
    return frame, pl.concat([lines, *_virtual(presumed, lines.schema)]), kept


def _virtual(presumed: pl.DataFrame, schema: pl.Schema) -> list[pl.DataFrame]:
    parts = []
    for number, (column, category) in enumerate(
        [("due_cash_minor", "goods_receipt"), ("due_platform_minor", "coupon_platform")]
    ):
        part = presumed.filter(pl.col(column) != 0).select(
            "group_id",
            line_id=-(pl.col("group_id") * 2 + 1 + number),
            category=pl.lit(category).cast(CATEGORY),
            amount_minor=column,
            occurred_at=pl.coalesce("event_at", "created_at"),
            txn_id=pl.lit(None, dtype=pl.String),
            refund_id=pl.lit(None, dtype=pl.String),
            self_documented=pl.lit(False),
        )
        parts.append(conform(part, schema))
    return parts


def without_virtual(groups: pl.DataFrame) -> pl.DataFrame:
    """Take the presumed receipt out of expected and actual again; the difference stays."""
    return groups.with_columns(
        pl.col("expected_minor") - pl.col("virtual_minor"), pl.col("actual_minor") - pl.col("virtual_minor")
    ).drop("virtual_minor")
