"""The ERP's names of shops -> the names of the run, and from when to when each side lists orders of a shop."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import TIME
from ecrecon.matching.goods_records import Records
from ecrecon.matching.goods_words import platform_of
from ecrecon.settings.workspace import Workspace

SHOPS = {"erp_shop": pl.String, "shop": pl.String, "platform": pl.String, "known": pl.Boolean}
RANGE = {"shop": pl.String, "listed_by": pl.String, "month": pl.Date, "first": TIME, "last": TIME}
"""From the first to the last moment that the files of a shop list, one row per month with anything in it: a month in
between without any order is a month that was not exported."""


def erp_shops(records: Records, orders: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """Frame SHOPS: configuration (`erp_names`, or an equal name), else the shop that most of its orders belong to, else
    the ERP's own name. `known`: the name is that of a shop of the run."""
    names = records.rows.select(erp_shop=pl.col("shop").cast(pl.String)).drop_nulls().unique().sort("erp_shop")
    votes = (
        records.links.join(records.rows.select("row_id", erp_shop=pl.col("shop").cast(pl.String)), on="row_id")
        .join(_owners(orders), left_on="target", right_on="order_id")
        .group_by("erp_shop", "shop")
        .agg(pl.col("target").n_unique().alias("votes"))
        .sort(["votes", "shop"], descending=[True, False])
        .unique("erp_shop", keep="first", maintain_order=True)
    )
    voted = dict(votes.select("erp_shop", "shop").iter_rows())
    platforms = dict(
        orders.select(pl.col("shop").cast(pl.String), pl.col("platform").cast(pl.String)).unique("shop").iter_rows()
    )
    platforms |= {shop.name: shop.platform for shop in workspace.shops}
    configured = {name: shop.name for shop in workspace.shops for name in (shop.name, *shop.erp_names)}
    rows = []
    for name in names["erp_shop"]:
        shop = configured.get(name) or voted.get(name)
        platform = platforms.get(shop) if shop else platform_of(name)
        rows.append((name, shop or name, platform or "erp", shop is not None))
    return pl.DataFrame(rows, schema=SHOPS, orient="row")


def _owners(orders: pl.DataFrame) -> pl.DataFrame:
    owners = orders.select("order_id", pl.col("shop").cast(pl.String)).unique("order_id", keep="first")
    return owners.filter(pl.col("shop").is_not_null())


def erp_ranges(records: Records, shops: pl.DataFrame) -> pl.DataFrame:
    """Frame RANGE of our files: an order inside is in them or was never recorded; outside nothing is known.

    Costs list nothing.
    """
    rows = records.rows.filter(pl.col("kind") != "cost").with_columns(erp_shop=pl.col("shop").cast(pl.String))
    moment = (
        pl.when(pl.col("listed_by") == "shipped_at").then("shipped_at")
        .when(pl.col("listed_by") == "paid_at").then("paid_at").otherwise("created_at")
    )  # fmt: skip
    names = shops.filter("known").select("erp_shop", own_shop="shop")
    return _ranges(rows.join(names, on="erp_shop").select("listed_by", shop="own_shop", moment=moment))


def shipment_ranges(rows: pl.DataFrame) -> pl.DataFrame:
    """Frame RANGE by shipment, of shops whose order lists hold no order that was not shipped.

    `rows`: RECORDS with own_shop and shipped.
    """
    listed = rows.filter(
        pl.col("kind") == "orders", pl.col("listed_by") != "shipped_at", pl.col("own_shop").is_not_null()
    )
    whole = listed.filter(
        pl.col("shipped").all().over("own_shop") & pl.col("shipped_at").is_not_null().any().over("own_shop")
    )
    moments = whole.select(listed_by=pl.lit("shipped_at"), shop="own_shop", moment="shipped_at")
    return _ranges(moments)


def platform_ranges(orders: pl.DataFrame) -> pl.DataFrame:
    """Frame RANGE of the platform's own exports, listed by creation."""
    return _ranges(orders.select(pl.col("shop").cast(pl.String), moment="created_at", listed_by=pl.lit("created_at")))


def _ranges(moments: pl.DataFrame) -> pl.DataFrame:
    known = moments.drop_nulls().with_columns(month=month_of("moment"))
    key = ["shop", "listed_by"]
    whole = known.with_columns(first=pl.col("moment").min().over(key), last=pl.col("moment").max().over(key))
    return whole.select(list(RANGE)).unique().sort(list(RANGE))


def month_of(column: str) -> pl.Expr:
    """First day of the local month of a TIME column."""
    return pl.col(column).dt.date().dt.truncate("1mo")


def inside(rows: pl.DataFrame, moment: str, ranges: pl.DataFrame) -> pl.DataFrame:
    """Rows whose `moment` lies in a month of their `shop` that `ranges` knows, and between its first and last moment."""
    asked = rows.with_columns(month=month_of(moment))
    found = asked.join(ranges, on=["shop", "month"])
    return found.filter(pl.col(moment).is_between(pl.col("first"), pl.col("last"))).select(rows.columns)
