"""Which row of the table of shops a variance belongs to: sums by shop add up to the sums of the run."""

from __future__ import annotations

import polars as pl

KEYS = ("platform", "shop", "currency")


def at_home(rows: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """`rows` with platform and shop of their row in the table of shops, and `row_currency`, the currency of that row;
    no shop is the empty text.

    `rows`: platform, shop, currency of accounts as they are (the wallet of a Taobao shop is of the platform alipay).
    `shops`: platform, shop, currency, orders. A row of the table itself stays; another goes to the shop of that name, the
    one with most orders where several platforms have one. What stands in a currency that the shop has no row of goes to
    its main one. What belongs to no shop keeps platform and currency.
    """
    table = shops.select(pl.col("platform", "shop", "currency").cast(pl.String).fill_null(""), "orders").unique(
        KEYS, keep="first"
    )
    busiest = table.sort("orders", "platform", "currency", descending=[True, False, False], nulls_last=True)
    named = busiest.filter(pl.col("shop") != "").unique("shop", keep="first", maintain_order=True)
    main = busiest.unique(["platform", "shop"], keep="first", maintain_order=True)
    placed = (
        rows.with_columns(pl.col("platform", "shop").cast(pl.String).fill_null(""), pl.col("currency").cast(pl.String))
        .join(
            main.select("platform", "shop", there=pl.lit(value=True)),
            on=["platform", "shop"],
            how="left",
            maintain_order="left",
        )
        .join(named.select("shop", home="platform"), on="shop", how="left", maintain_order="left")
        .with_columns(platform=pl.when("there").then("platform").otherwise(pl.coalesce("home", "platform")))
        .join(table.select(*KEYS, own="currency"), on=KEYS, how="left", maintain_order="left")
        .join(
            main.select("platform", "shop", main="currency"), on=["platform", "shop"], how="left", maintain_order="left"
        )
    )
    return placed.with_columns(row_currency=pl.coalesce("own", "main", "currency")).drop("there", "home", "own", "main")
