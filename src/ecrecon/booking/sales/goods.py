"""Goods on their way: from shipment to revenue they stand in 发出商品 at cost (docs/accounting.md "Goods and their cost").

    closing = opening + shipped - sold - returned - lost

Where the goods of an order stand at a moment follows from its dates alone: they come in at the shipment and leave at
the revenue point; or, where the order was given back in full before it, with its last refund, to the inventory if the
after-sale says that the goods came back, else as lost. An order shipped in an earlier month is therefore part of the
opening without any memory of that month: it must only be among the orders that are loaded. Goods that had no time of
shipment before they left never stood there; their cost leaves the inventory with the revenue. Of an order given back in
part before the revenue point the whole cost stays with the sale.
"""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME, Schema, check, conform
from ecrecon.booking.sales.revenue import SALES_EVENTS

GOODS_SHIPPED: Schema = {
    "platform": pl.String, "shop": pl.String, "order_id": pl.String, "group_id": pl.Int64, "currency": pl.String,
    "shipped_at": TIME, "left_at": TIME, "left_by": pl.String, "opening_minor": pl.Int64, "shipped_minor": pl.Int64,
    "sold_minor": pl.Int64, "returned_minor": pl.Int64, "lost_minor": pl.Int64, "closing_minor": pl.Int64,
    "source_id": pl.Int32, "source_line": pl.Int32,
}  # fmt: skip
"""One row per order whose goods stood in 发出商品 in the period, at cost. `left_by`: sold, returned, lost; null: still
there at the end of the period."""

_EVENT_OF = {"shipped": "goods_shipped", "returned": "goods_returned", "lost": "goods_lost"}


def goods_shipped(
    facts: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, costs: pl.DataFrame, moments: Moment
) -> pl.DataFrame:
    """Frame GOODS_SHIPPED, sorted by platform, shop, order_id.

    facts: frame of `receivables.sales_facts` (with shipped_at, expected_minor). lines, documents: as for `receivables`.
    costs: group_id, cost_minor, goods_returned.
    """
    refunds = pl.concat(
        [
            documents.select("group_id", at="completed_at"),
            lines.filter("self_documented", pl.col("category") == "refund").select("group_id", at="occurred_at"),
        ]
    )
    last = refunds.group_by("group_id").agg(refunded_at=pl.col("at").max())
    sent = facts.filter("has_order", pl.col("shipped_at") <= moments.as_of).join(
        costs.filter(pl.col("cost_minor") > 0), on="group_id", maintain_order="left"
    )
    told = sent.join(last, on="group_id", how="left", maintain_order="left")
    free = (pl.col("expected_minor") == 0) & pl.col("refunded_at").is_null() & pl.col("revenue_at").is_not_null()
    sold = (pl.col("sold_minor") > 0) | free
    gone = ~sold & (pl.col("expected_minor") <= 0) & pl.col("refunded_at").is_not_null()
    told = told.with_columns(
        left_at=pl.when(sold).then("revenue_at").when(gone).then("refunded_at"),
        left_by=pl.when(sold).then(pl.lit("sold"))
        .when(gone & pl.col("goods_returned")).then(pl.lit("returned")).when(gone).then(pl.lit("lost")),
    )  # fmt: skip
    through = pl.col("left_at").is_null() | (pl.col("shipped_at") <= pl.col("left_at"))
    rows = _moved(told.filter(through), moments)
    seen = rows.filter((pl.col("opening_minor") != 0) | (pl.col("shipped_minor") != 0))
    ordered = conform(seen, GOODS_SHIPPED).sort("platform", "shop", "order_id", "group_id", nulls_last=True)
    return check(ordered.rechunk(), GOODS_SHIPPED, "goods shipped")


def _moved(rows: pl.DataFrame, moments: Moment) -> pl.DataFrame:
    """Rows with the movement of the period; what leaves after it is still there."""
    cost = pl.col("cost_minor")
    came, left = pl.col("shipped_at").dt.date(), pl.col("left_at").dt.date()
    leaves = left.is_between(moments.start, moments.end).fill_null(value=False)
    still = left.is_null() | (left > moments.end)
    there = (came < moments.start) & (left.is_null() | (left >= moments.start))
    ways = [
        pl.when(leaves & (pl.col("left_by") == way)).then(cost).otherwise(0).alias(f"{way}_minor")
        for way in ("sold", "returned", "lost")
    ]
    moved = rows.drop("sold_minor").with_columns(
        *ways,
        opening_minor=pl.when(there).then(cost).otherwise(0),
        shipped_minor=pl.when(came.is_between(moments.start, moments.end)).then(cost).otherwise(0),
        left_at=pl.when(~still).then("left_at"),
        left_by=pl.when(~still).then("left_by"),
    )
    return moved.with_columns(
        closing_minor=pl.col("opening_minor") + pl.col("shipped_minor")
        - pl.col("sold_minor") - pl.col("returned_minor") - pl.col("lost_minor")
    )  # fmt: skip


def goods_events(goods: pl.DataFrame) -> pl.DataFrame:
    """Frame SALES_EVENTS: shipments, and goods that came back or were lost before the revenue. Sales are with revenue."""
    zero = pl.lit(0, dtype=pl.Int64)
    frames = [
        goods.filter(pl.col(f"{way}_minor") != 0).with_columns(
            event=pl.lit(event), day=pl.col("shipped_at" if way == "shipped" else "left_at").dt.date(),
            cost_minor=pl.col(f"{way}_minor"), gross_minor=zero, net_minor=zero, tax_minor=zero,
        ).with_columns(shipped_minor=zero)
        for way, event in _EVENT_OF.items()
    ]  # fmt: skip
    return pl.concat([conform(frame, SALES_EVENTS) for frame in frames])
