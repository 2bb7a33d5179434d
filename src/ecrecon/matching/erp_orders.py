"""The ERP's shops, and orders that only the ERP knows: they stand in for the platform's export where there is none."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from ecrecon.base.schema import CAT, STATUS, TIME, conform
from ecrecon.ledger.order_books import BOOK_ORDERS, Books
from ecrecon.matching.goods_records import Records, holds, load_words, platform_of
from ecrecon.settings.workspace import Workspace

# The ERP's names of shops -> the names of the run, and from when to when each side lists orders of a shop.

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


# Orders that only the ERP knows: they stand in for the platform's export where there is none (docs/matching.md
# "Receivable").


def with_erp_orders(books: Books, records: Records, paid: pl.Series, workspace: Workspace) -> Books:
    """`books` plus one order row for each sale that only our ERP records: origin `erp`, basis `erp` or `weak`.

    Where the platform lists its orders itself, an order that it does not list is no order (X10 tells of it), unless
    money came for it: `paid` holds the order numbers of bill lines. The number of a merged order stays a list.
    """
    if records.rows.is_empty():
        return books
    shops = erp_shops(records, books.orders, workspace)
    sales = _sales(records, shops)
    ranges = platform_ranges(books.orders)
    timeless = sales.filter(pl.col("since").is_null()).join(ranges, on="shop", how="semi")
    listed = pl.concat([inside(sales, "since", ranges).select("number"), timeless.select("number")])
    money = _with_money(sales, paid)
    wanted = pl.concat([sales.join(listed, on="number", how="anti"), sales.join(money, on="number", how="semi")])
    fresh = conform(wanted.unique("number", keep="first", maintain_order=True), BOOK_ORDERS)
    both = pl.concat([books.orders, fresh]).sort(
        "order_id", "sub_order_id", "source_id", "source_line", nulls_last=True
    )
    return replace(books, orders=both)


def _with_money(sales: pl.DataFrame, paid: pl.Series) -> pl.DataFrame:
    parts = sales.select("number", part=pl.col("number").str.split(",")).explode("part")
    return parts.filter(pl.col("part").is_in(paid.drop_nulls().unique().implode())).select("number").unique()


def _sales(records: Records, shops: pl.DataFrame) -> pl.DataFrame:
    """One row per platform number (or list of them) of ERP orders that no platform order answers to."""
    words = load_words()
    matched = records.links.join(records.rows.select("row_id", "record"), on="row_id").select("record").unique()
    rows = records.rows.filter(
        pl.col("kind") == "orders",
        pl.col("first_file"),
        pl.col("number").is_not_null(),
        pl.col("status").cast(pl.String).ne_missing("replaced"),
        pl.col("receivable_minor").is_not_null(),
        ~holds("order_type", [*words.free_types, *words.offline_types]),
    ).join(matched, on="record", how="anti")
    names = shops.select("erp_shop", own_shop="shop", own_platform="platform")
    named = rows.with_columns(erp_shop=pl.col("shop").cast(pl.String)).join(names, on="erp_shop", how="left")
    status = pl.col("status").cast(pl.String)
    live = status.filter(status != "closed")
    sent = pl.col("shipped_at").is_not_null().any() | live.is_in(["shipped", "finished"]).any()
    days = words.confirm_days
    sales = (
        named.sort("number", "row_id")
        .group_by("number", maintain_order=True)
        .agg(
            pl.col("own_platform").first(),
            pl.col("own_shop").first(),
            pl.col("profile", "source_id", "source_line", "snapshot_at", "raw_status", "currency").first(),
            reading1_cash_minor=pl.col("receivable_minor").sum(),
            receivable_basis=pl.when((pl.col("receivable_basis") == "weak").any()).then(pl.lit("weak")).otherwise(pl.lit("erp")),
            status=pl.when((status == "closed").all()).then(pl.lit("closed"))
            .when((live == "unpaid").all() & (live.len() > 0)).then(pl.lit("unpaid"))
            .when(sent).then(pl.lit("finished")).otherwise(pl.lit("paid")),
            created_at=pl.coalesce(pl.col("created_at").min(), pl.col("paid_at").min()),
            paid_at=pl.coalesce(pl.col("paid_at").max(), pl.col("created_at").min()),
            shipped_at=pl.col("shipped_at").max(),
            finished_at=pl.coalesce(
                pl.col("finished_at").max(), pl.col("shipped_at").max() + pl.duration(days=days)
            ),
            tag=pl.col("order_type").cast(pl.String).drop_nulls().first(),
        )
    )  # fmt: skip
    return sales.with_columns(
        order_id="number",
        platform=pl.col("own_platform").cast(CAT),
        shop="own_shop",
        status=pl.col("status").cast(STATUS),
        origin=pl.lit("erp"),
        has_paid_column=pl.lit(value=False),
        reading1_platform_minor=pl.lit(0, dtype=pl.Int64),
        since=pl.coalesce("created_at", pl.col("shipped_at") - pl.duration(days=words.unseen_days)),
    )
