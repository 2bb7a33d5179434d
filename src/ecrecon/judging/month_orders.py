"""The orders that a month is about, and what they were still owed when it began."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.judging.receipt.judge import Judged


def month_orders(orders: pl.DataFrame, judged: Judged, moment: Moment) -> pl.DataFrame:
    """Rows of `orders` (order_dispositions) that the month is about; `expected_minor` is what the month had to bring.

    What an order got before the month is taken off: open receivables at its beginning plus what became due since, so
    that it stands beside the money of the same month, and expected + difference = money of the month. An order without
    money in the month, owed nothing any more and placed earlier, is no order of the month.
    """
    before, within = pl.col("day") < moment.start, pl.col("day") >= moment.start
    money = judged.principal.group_by("group_id").agg(
        earlier=pl.col("amount_minor").filter(before).sum(), moved=within.any()
    )
    owed = (
        orders.filter(pl.col("expected_minor").is_not_null())
        .select("group_id", "expected_minor")
        .join(money, on="group_id", how="left")
        .select(
            "group_id", moved=pl.col("moved").fill_null(False),
            owed=pl.col("expected_minor") - pl.col("earlier").fill_null(0),
        )
    )  # fmt: skip
    told = orders.join(owed, on="group_id", how="left", maintain_order="left")
    placed = (pl.col("created_at").dt.date() >= moment.start).fill_null(False)
    mine = placed | pl.col("moved").fill_null(False) | (pl.col("owed") != 0).fill_null(False)
    stands = pl.col("expected_minor").is_not_null()
    return told.filter(mine).with_columns(expected_minor=pl.when(stands).then("owed")).drop("moved", "owed")
