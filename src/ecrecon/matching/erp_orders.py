"""Orders that only the ERP knows: they stand in for the platform's export where there is none (docs/matching.md "Receivable")."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from ecrecon.base.schema import CAT, STATUS, conform
from ecrecon.ledger.order_books import BOOK_ORDERS, Books
from ecrecon.matching.goods_records import Records
from ecrecon.matching.goods_shops import erp_shops, inside, platform_ranges
from ecrecon.matching.goods_words import holds, load_words
from ecrecon.settings.workspace import Workspace


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
