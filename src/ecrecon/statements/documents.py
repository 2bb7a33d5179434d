"""收付款单: every movement of the wallets as receipts, payments and transfers (docs/statements.md "收付款单")."""

from __future__ import annotations

import polars as pl

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.platforms import paid_by
from ecrecon.base.schema import check, conform
from ecrecon.base.texts import tr
from ecrecon.statements.schema import DOCUMENTS

TRANSFERS = ("withdrawal", "transfer", "deposit", "loan")
NAMED_ORDERS = 20
"""Orders that one document names; the others are counted."""
BOOK_CURRENCY = "CNY"
_PLACE = ["platform", "shop", "account", "currency"]


def documents(lines: pl.DataFrame, per_line: bool = False) -> pl.DataFrame:
    """Frame DOCUMENTS from booked lines (with voucher, and `method`: platform of the account): one document per flow
    (`per_line`), or per day, account, shop,
    kind and direction. Σ signed documents of an account = its movement."""
    keys = [*_PLACE, "method", "day", "category", "inward", "voucher"]
    orders, amounts = pl.col("order_id").drop_nulls(), pl.col("amount_minor").filter(pl.col("order_id").is_not_null())
    moved = lines.filter(pl.col("amount_minor") != 0).sort("line_id").with_columns(inward=pl.col("amount_minor") > 0)
    grouped = moved.group_by([*keys, "line_id"] if per_line else keys, maintain_order=True).agg(
        pl.col("amount_minor").sum().abs(), pl.len().cast(pl.Int64).alias("lines"),
        orders.n_unique().cast(pl.Int64).alias("order_count"), orders.head(NAMED_ORDERS).alias("ids"),
        amounts.head(NAMED_ORDERS).alias("parts"), pl.col("txn_id").drop_nulls().head(2).alias("txns"),
    )  # fmt: skip
    grouped = _with_names(grouped.with_columns(pl.col(*_PLACE, "method", "category", "voucher").cast(pl.String)))
    kind = pl.col("category").replace_strict({c.name: tr(c.zh, c.name) for c in CATEGORIES.values()})
    more = pl.col("order_count") - NAMED_ORDERS
    ours = pl.col("currency") == BOOK_CURRENCY
    told = grouped.with_columns(
        document_date="day", direction=pl.when("inward").then(pl.lit("in")).otherwise(pl.lit("out")),
        fx_rate=pl.when(ours).then(pl.lit("1")), amount_cny_minor=pl.when(ours).then("amount_minor"),
        fee_minor=pl.lit(0, dtype=pl.Int64), settle_method=method_expr("method"),
        document_type=pl.when(pl.col("category").is_in(TRANSFERS)).then(pl.lit("transfer"))
        .when("inward").then(pl.lit("receipt")).otherwise(pl.lit("payment")),
        kind=kind, counterparty=pl.concat_str("platform", pl.lit("/"), "shop", ignore_nulls=True),
        cleared=pl.concat_str(
            pl.col("named").list.join(";"), pl.when(more > 0).then(pl.format(";+{}", more)), ignore_nulls=True
        ),
        settle_no=pl.when(pl.col("txns").list.len() == 1).then(pl.col("txns").list.first()),
        summary=pl.concat_str("shop", pl.lit(" "), kind, ignore_nulls=True), status=pl.lit("cleared"),
    )  # fmt: skip
    order = ["day", *_PLACE, "category", "inward", "voucher", *(["line_id"] if per_line else [])]
    ordered = told.sort(order, nulls_last=True).with_columns(
        document_no=pl.format(
            "D{}-{}", pl.col("day").dt.strftime("%Y%m%d"),
            pl.int_range(1, pl.len() + 1).over("day", order_by=order[1:]).cast(pl.String).str.zfill(4),
        )
    )  # fmt: skip
    return check(conform(ordered, DOCUMENTS).rechunk(), DOCUMENTS, "documents")


def method_expr(platform: str) -> pl.Expr:
    """结算方式, from the platform of the account that the money moved in."""
    return paid_by(pl.col(platform), tr("平台钱包", "platform wallet"))


def _with_names(grouped: pl.DataFrame) -> pl.DataFrame:
    """Add `named`: the first orders of each document with what of them it holds, `order:amount`."""
    rows = grouped.select("ids", "parts").with_row_index("row")
    texts = rows.explode("ids", "parts").drop_nulls("ids").select(
        "row", named=pl.concat_str("ids", pl.lit(":"), _decimal("parts"))
    )  # fmt: skip
    lists = texts.group_by("row", maintain_order=True).agg(pl.col("named"))
    told = rows.select("row").join(lists, on="row", how="left", maintain_order="left")
    return grouped.with_columns(told["named"].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))).drop("ids", "parts")


def _decimal(name: str) -> pl.Expr:
    size = pl.col(name).abs()
    sign = pl.when(pl.col(name) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, (size // 100).cast(pl.String), pl.lit("."), (size % 100).cast(pl.String).str.zfill(2))
