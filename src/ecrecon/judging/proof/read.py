"""The left side of conservation: what was read, from the tally alone where it counts, each order and document once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.sources import Source
from ecrecon.base.tally import Tally
from ecrecon.judging.receipt.judge import Judged


def file_totals(tally: Tally, sources: Sequence[Source]) -> pl.DataFrame:
    """account, lines, minor of each bill as it was read."""
    rows = [
        (source.account, read.rows, read.minor)
        for source, read in zip(sources, tally.sources, strict=True)
        if read.kind == "bill"
    ]
    return pl.DataFrame(rows, schema={"account": pl.String, "lines": pl.Int64, "minor": pl.Int64}, orient="row")


def orders_read(tally: Tally, orders: pl.DataFrame) -> int:
    """Numbers of orders in the files, and sales that only an ERP records."""
    named = tally.books("orders").filter("named")["key"].n_unique()
    stand_ins = orders.filter(pl.col("origin") == "erp").height
    return named + stand_ins


def due_read(judged: Judged) -> dict[str | None, tuple[int, int]]:
    """Per currency: orders, and what the settlement groups are owed for them."""
    due = pl.sum_horizontal(pl.col("due_cash_minor", "due_platform_minor").fill_null(0))
    return _sums(judged.orders.select("currency", minor=due))


def refunds_read(refunds: pl.DataFrame) -> dict[str | None, tuple[int, int]]:
    """Per currency: after-sale documents and their money."""
    return _sums(refunds.select("currency", minor="amount_minor"))


def _sums(frame: pl.DataFrame) -> dict[str | None, tuple[int, int]]:
    sums = frame.group_by(pl.col("currency").cast(pl.String)).agg(pl.len().cast(pl.Int64), pl.col("minor").sum())
    return {currency: (count, minor) for currency, count, minor in sums.iter_rows()}


def group_currencies(judged: Judged) -> pl.DataFrame:
    """group_id, currency: that of its orders, else of its lines, else of its documents."""
    only = _only_currency(judged)
    if only is not None:
        return judged.groups.select("group_id", currency=pl.lit(only))
    parts = [
        frame.filter(pl.col("group_id").is_not_null()).select(
            "group_id", pl.col("currency").cast(pl.String), place=place
        )
        for place, frame in enumerate((judged.orders, judged.principal, judged.lines, judged.documents))
    ]
    named = pl.concat(parts).filter(pl.col("currency").is_not_null()).sort("group_id", "place", maintain_order=True)
    return named.unique("group_id", keep="first", maintain_order=True).select("group_id", "currency")


def _only_currency(judged: Judged) -> str | None:
    """The one currency of everything that was judged; None where there are several, or none."""
    found = {
        str(code)
        for frame in (judged.orders, judged.later_orders, judged.lines, judged.documents)
        for code in frame["currency"].unique()
    }
    return next(iter(found)) if len(found) == 1 and "None" not in found else None


def documents_read(tally: Tally, sources: Sequence[Source]) -> int:
    """Numbers of after-sales in the files (each platform has its own) and those without a number."""
    platforms = pl.Series([source.platform for source in sources], dtype=pl.String)
    read = tally.books("refunds").with_columns(platform=pl.lit(platforms).gather(pl.col("source_id")))
    named = read.filter("named").select("platform", "key").unique().height
    return named + read.filter(~pl.col("named")).height
