"""Cost of goods per order from our own records: ERP lines, else the cost list by article (accounting section 5.2)."""

from __future__ import annotations

import polars as pl

from ecrecon.posting.statements.allocate import allocate

COSTS = {"order_id": pl.String, "cost_minor": pl.Int64}
_ITEM = "cost"


def order_costs(rows: pl.DataFrame, links: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """Frame COSTS, sorted by order_id: only orders of which every record line has a cost.

    rows: records of goods (row_id, kind, first_file, sku, quantity, unit_cost_minor, cost_minor). links: row_id, target
    (the platform order). weights: order_id, weight_minor; a record of several merged orders is shared by them.
    """
    priced = rows.filter(pl.col("kind") != "cost", "first_file").join(
        _list_prices(rows), on="sku", how="left", maintain_order="left"
    )
    unit = pl.coalesce("unit_cost_minor", "list_minor")
    known = priced.select(
        "row_id", amount_minor=pl.coalesce("cost_minor", unit * pl.col("quantity").fill_null(1)), item=pl.lit(_ITEM)
    )
    named = links.select("row_id", order_id="target").unique()
    unknown = named.join(known.filter(pl.col("amount_minor").is_null()), on="row_id", how="semi")
    places = named.join(weights, on="order_id", how="left").sort("row_id", "order_id").with_row_index("row")
    shared = allocate(
        known.drop_nulls("amount_minor"),
        places.select("row_id", "row", pl.col("weight_minor").fill_null(0)),
        "row_id",
    )
    told = shared.join(places.select("row", "order_id"), on="row").join(unknown, on="order_id", how="anti")
    return told.group_by("order_id").agg(cost_minor=pl.col("amount_minor").sum()).sort("order_id")


def _list_prices(rows: pl.DataFrame) -> pl.DataFrame:
    """sku, list_minor: the unit cost of an article where the cost list gives exactly one."""
    listed = rows.filter(pl.col("kind") == "cost", pl.col("sku").is_not_null(), pl.col("unit_cost_minor").is_not_null())
    prices = listed.group_by("sku").agg(
        pl.col("unit_cost_minor").n_unique().alias("prices"), list_minor=pl.col("unit_cost_minor").min()
    )
    return prices.filter(pl.col("prices") == 1).drop("prices")
