"""The bill lines that answer for orders: the basis, cut at as-of, with copies between pockets taken out."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from ecrecon.base.categories import role_expr
from ecrecon.base.platforms import copies_deposit


def in_order_basis() -> pl.Expr:
    """Lines that answer for orders: live, and of the order basis."""
    return pl.col("fate").is_null() & pl.col("in_order")


def basis_lines(lines: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Schema LEDGER -> the same rows with `role` and `fate` also for lines after as-of and copies of deposit refunds."""
    counted = pl.col("fate").is_null() | (pl.col("fate") == "account_level")
    frame = lines.with_columns(
        role_expr().alias("role"),
        pl.when(counted & (pl.col("occurred_at") > as_of)).then(pl.lit("after_as_of")).otherwise("fate").alias("fate"),
    )
    copies = _deposit_copies(frame)
    if copies.is_empty():
        return frame
    return frame.with_columns(
        pl.when(pl.col("line_id").is_in(copies.implode())).then(pl.lit("account_level")).otherwise("fate").alias("fate")
    )


def _deposit_copies(frame: pl.DataFrame) -> pl.Series:
    """Lines of a wallet that repeat a refund line of the deposit account, as their business code says: paired one to one by order
    and amount, in order of time; the deposit account's line counts (docs/matching.md "Receivable")."""
    refunds = frame.filter(
        in_order_basis() & (pl.col("category") == "refund") & pl.col("order_id").is_not_null()
    ).select("line_id", "account", "order_id", "amount_minor", "occurred_at", "platform", "raw_desc")
    is_deposit = pl.col("account").cast(pl.String).str.ends_with(":deposit")
    key = ["order_id", "amount_minor"]
    numbered = pl.int_range(pl.len()).over(key, order_by=["occurred_at", "line_id"]).alias("nth")
    deposit = refunds.filter(is_deposit).with_columns(numbered)
    copied = copies_deposit(pl.col("platform"), pl.col("raw_desc"))
    wallet = refunds.filter(~is_deposit & copied).with_columns(numbered)
    return wallet.join(deposit, on=[*key, "nth"], how="semi").sort("line_id")["line_id"]
