"""Amounts of other currencies into fen: the total of what is booked alike is converted once (docs/accounting.md "Foreign currency")."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.money import times_rate
from ecrecon.base.shares import allocate
from ecrecon.booking.fx.rates import BOOK_CURRENCY, factors

AMOUNTS = ("gross", "net", "tax", "subsidy")
"""Amounts of a sale in its currency. What the goods cost comes from our own records, in CNY."""


def in_book_currency(frame: pl.DataFrame, minor: str) -> pl.Series:
    """The column `minor` x the rate of the row, half up; at least one fen where there is money, for no entry is 0."""
    pairs = frame.select("currency", "fx_rate").unique().sort(pl.all())
    rows = [(currency, rate, *factors(currency, rate)) for currency, rate in pairs.iter_rows()]
    schema = {"currency": pl.String, "fx_rate": pl.String, "num": pl.Int128, "den": pl.Int128}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    rated = frame.select(minor, "currency", "fx_rate").join(
        table, on=["currency", "fx_rate"], how="left", maintain_order="left"
    )
    value = times_rate(pl.col(minor), pl.col("num"), pl.col("den")).cast(pl.Int64)
    return rated.select(pl.when(value == 0).then(pl.col(minor).sign()).otherwise(value).alias(minor)).to_series()


def convert_cells(cells: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(cells, lines) in fen. cells: cell, currency, fx_rate (null for CNY), amount_minor; lines: row, cell, amount_minor.

    The total of a cell is converted once and given back to its lines by largest remainder, so the lines add up to it.
    Cells get `fc_minor`, the amount in their currency, null for CNY.
    """
    foreign = cells.filter(pl.col("fx_rate").is_not_null())
    booked = foreign.select("cell", booked=in_book_currency(foreign, "amount_minor"))
    told = cells.join(booked, on="cell", how="left", maintain_order="left").with_columns(
        fc_minor=pl.when(pl.col("booked").is_not_null()).then("amount_minor"),
        amount_minor=pl.coalesce("booked", "amount_minor"),
    )
    weights = lines.join(booked, on="cell", how="semi").select("cell", "row", weight_minor=pl.col("amount_minor").abs())
    shares = allocate(booked.select("cell", amount_minor="booked", item=pl.lit("")), weights, "cell")
    given = lines.join(shares.select("row", share="amount_minor"), on="row", how="left", maintain_order="left")
    filled = given.with_columns(amount_minor=pl.coalesce("share", "amount_minor")).drop("share")
    return told.drop("booked"), filled


def convert_sales(sales: pl.DataFrame, units: Sequence[str]) -> pl.DataFrame:
    """SALES_EVENTS of other currencies with `fx_rate`, in fen; `gross_fc` … keep the amounts of their currency.

    One total per event, shop, currency, rates and `units` (what cuts vouchers finer than a month), each amount by
    itself; net = gross - tax where there is a price.
    """
    frame = sales.with_row_index("row").with_columns(pl.col("subsidy_minor").fill_null(0))
    frame = frame.with_columns(pl.col(f"{name}_minor").alias(f"{name}_fc") for name in AMOUNTS)
    keys = ["event", "shop", "currency", "fx_rate", "vat_rate", "category", *units]
    of_key = frame.group_by(keys).agg(pl.col("row"), *(pl.col(f"{name}_fc").sum() for name in AMOUNTS)).sort(keys)
    of_key = of_key.with_row_index("key")
    members = of_key.select("key", "row").explode("row")
    for name in AMOUNTS:
        totals = of_key.select("key", amount_minor=in_book_currency(of_key, f"{name}_fc"), item=pl.lit(name))
        weights = members.join(frame.select("row", weight_minor=f"{name}_fc"), on="row")
        shares = allocate(totals, weights, "key").select("row", share="amount_minor")
        frame = frame.join(shares, on="row", how="left", maintain_order="left")
        frame = frame.with_columns(pl.col("share").fill_null(0).alias(f"{name}_minor")).drop("share")
    net = pl.when(pl.col("gross_fc") != 0).then(pl.col("gross_minor") - pl.col("tax_minor")).otherwise("net_minor")
    return frame.with_columns(net_minor=net).drop("row")


def book_sales(sales: pl.DataFrame) -> pl.DataFrame:
    """SALES_EVENTS in CNY in the shape of `convert_sales`."""
    none = {f"{name}_fc": pl.lit(None, dtype=pl.Int64) for name in AMOUNTS}
    return sales.with_columns(
        pl.col("currency").fill_null(BOOK_CURRENCY), fx_rate=pl.lit(None, dtype=pl.String), **none
    )
