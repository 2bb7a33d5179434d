"""Grain of a settlement group: the sub order where everything about the order names one, else the order."""

from __future__ import annotations

import polars as pl

WHOLE: dict[str, pl.DataType | type[pl.DataType]] = {"order_id": pl.String}


def split_orders(orders: pl.DataFrame, merged: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Orders that are answered for per sub order: column order_id.

    `orders`: order_id, sub_order_id, one row each. `merged`: key (order id) of orders that one payment ties to others.
    `hits`: target, sub_order_id of every line and document of an order. An order is split where it has several sub
    orders, all its rows carry one, and so does everything that names it; one line without keeps it whole.
    """
    pairs = orders.select("order_id", "sub_order_id")
    several = pairs.group_by("order_id").agg(
        whole=pl.col("sub_order_id").is_null().any(), subs=pl.col("sub_order_id").n_unique()
    )
    wanted = several.filter(~pl.col("whole") & (pl.col("subs") > 1)).select("order_id")
    wanted = wanted.join(merged, left_on="order_id", right_on="key", how="anti")
    if wanted.is_empty():
        return pl.DataFrame(schema=WHOLE)
    mine = hits.join(wanted, left_on="target", right_on="order_id", how="semi")
    unclear = mine.join(pairs, left_on=["target", "sub_order_id"], right_on=["order_id", "sub_order_id"], how="anti")
    return wanted.join(unclear, left_on="order_id", right_on="target", how="anti").sort("order_id")


def group_key(splits: pl.DataFrame, frame: pl.DataFrame, order: str, sub: str) -> pl.DataFrame:
    """Replace `group_key` of rows whose order (column `order`) is split by `order/sub order`."""
    if splits.is_empty():
        return frame
    flags = splits.select(pl.col("order_id").alias(order), is_split=pl.lit(True))
    joined = frame.join(flags, on=order, how="left", maintain_order="left")
    inner = pl.concat_str(pl.col(order), pl.lit("/"), pl.col(sub))
    return joined.with_columns(group_key=pl.when("is_split").then(inner).otherwise("group_key")).drop("is_split")
