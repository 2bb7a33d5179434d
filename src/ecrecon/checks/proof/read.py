"""The left side of conservation: what was read, from the tally alone where it counts, each order and document once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.checks.receipt.judge import Judged
from ecrecon.sources import Source
from ecrecon.tally import Tally


def file_totals(tally: Tally, sources: Sequence[Source]) -> pl.DataFrame:
    """account, lines, minor of each bill as it was read."""
    rows = [
        (source.account, read.rows, read.minor)
        for source, read in zip(sources, tally.sources, strict=True)
        if read.kind == "bill"
    ]
    return pl.DataFrame(rows, schema={"account": pl.String, "lines": pl.Int64, "minor": pl.Int64}, orient="row")


def orders_read(tally: Tally, orders: pl.DataFrame, judged: Judged) -> tuple[int, int]:
    """Numbers of orders in the files, and sales that only an ERP records; what the settlement groups are owed for them."""
    named = tally.books("orders").filter("named")["key"].n_unique()
    stand_ins = orders.filter(pl.col("origin") == "erp").height
    due = judged.orders.select(pl.col("due_cash_minor", "due_platform_minor").fill_null(0).sum()).row(0)
    return named + stand_ins, int(sum(due))


def documents_read(tally: Tally, refunds: pl.DataFrame, sources: Sequence[Source]) -> tuple[int, int]:
    """Numbers of after-sales in the files (each platform has its own) and those without a number; their money."""
    platforms = pl.Series([source.platform for source in sources], dtype=pl.String)
    read = tally.books("refunds").with_columns(platform=pl.lit(platforms).gather(pl.col("source_id")))
    named = read.filter("named").select("platform", "key").unique().height
    return named + read.filter(~pl.col("named")).height, int(refunds["amount_minor"].sum())
