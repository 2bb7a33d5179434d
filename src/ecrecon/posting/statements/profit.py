"""利润表 by company, platform, shop and SKU, in the form managers read; allocations to SKU never spread silently."""

from __future__ import annotations

import polars as pl

from ecrecon.messages import tr
from ecrecon.posting.statements.allocate import allocate
from ecrecon.posting.statements.earlier import History, with_months
from ecrecon.posting.statements.schema import ALLOCATIONS, PROFIT
from ecrecon.schema import check, conform

ITEMS: tuple[tuple[int, str, str, str], ...] = (
    (1, "sales_gross", "销售收入（含税）", "sales incl. VAT"), (2, "sales_tax", "减：销项税额", "less output VAT"),
    (3, "sales_net", "收入（不含税）", "revenue"), (4, "returns_net", "减：退货与折让（不含税）", "less returns"),
    (5, "net_revenue", "净收入", "net revenue"), (6, "cost", "减：商品成本", "less cost of goods"),
    (7, "gross_profit", "毛利", "gross profit"), (8, "platform_fees", "平台佣金与服务费", "platform fees"),
    (9, "promotion", "推广费", "promotion"), (10, "affiliate", "达人与推广佣金", "affiliate commissions"),
    (11, "freight", "运费与运费险", "freight and its insurance"), (12, "payment", "支付与分期手续费", "payment fees"),
    (13, "coupons", "商家承担优惠与积分", "coupons and points"),
    (14, "compensation", "赔付与罚款", "compensation and penalties"),
    (15, "contribution", "店铺贡献", "contribution"),
)  # fmt: skip
"""Line, key, Chinese, English. 3, 5, 7 and 15 are sums of the lines above."""

_OF_CATEGORY = {
    "commission": "platform_fees", "tech_service_fee": "platform_fees", "promotion": "promotion",
    "affiliate_commission": "affiliate", "freight_cost": "freight", "freight_insurance": "freight",
    "payment_fee": "payment", "installment_fee": "payment", "points": "coupons", "coupon_merchant": "coupons",
    "buyer_compensation": "compensation", "compensation_received": "compensation", "penalty": "compensation",
}  # fmt: skip
_SUMS: dict[str, tuple[str, ...]] = {
    "sales_net": ("sales_gross", "sales_tax"), "net_revenue": ("sales_net", "returns_net"),
    "gross_profit": ("net_revenue", "cost"),
    "contribution": ("gross_profit", "platform_fees", "promotion", "affiliate", "freight", "payment", "coupons", "compensation"),
}  # fmt: skip
UNALLOCATED = "-"
"""SKU of what no order line can take."""


def facts(sales: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """platform, shop, currency, order_id, item, amount_minor: everything the statement adds up, signed like profit.

    sales: SALES_EVENTS. lines: order-basis lines of the period with order_platform, order_shop, category, order_id.
    """
    sold, back = sales.filter(pl.col("event") == "revenue"), sales.filter(pl.col("event") == "sales_return")
    parts = [
        _item(sold, "sales_gross", pl.col("gross_minor")), _item(sold, "sales_tax", -pl.col("tax_minor")),
        _item(back, "returns_net", -pl.col("net_minor")), _item(sold, "cost", -pl.col("cost_minor")),
        _item(back, "cost", pl.col("cost_minor")),
    ]  # fmt: skip
    category = pl.col("category").cast(pl.String)
    fees = lines.filter(category.is_in(list(_OF_CATEGORY))).select(
        platform="order_platform", shop="order_shop", currency=pl.col("currency").cast(pl.String), order_id="order_id",
        item=category.replace_strict(_OF_CATEGORY, return_dtype=pl.String), amount_minor="amount_minor",
    )  # fmt: skip
    return pl.concat([*parts, fees])


def _item(sales: pl.DataFrame, name: str, amount: pl.Expr) -> pl.DataFrame:
    return sales.select("platform", "shop", "currency", "order_id", item=pl.lit(name), amount_minor=amount)


def allocations(told: pl.DataFrame, order_lines: pl.DataFrame) -> pl.DataFrame:
    """Frame ALLOCATIONS: the facts of each order on its order lines, by their amounts (else quantity, else equal)."""
    listed = order_lines.filter(pl.col("order_id").is_not_null()).select("order_id").unique()
    told = told.join(listed, on="order_id", how="semi")  # orders without lines stand in the SKU `-` of their shop
    amounts = told.filter(pl.col("order_id").is_not_null()).group_by("order_id", "item").agg(
        pl.col("amount_minor").sum(), pl.col("platform", "shop").first()
    )  # fmt: skip
    weights = order_lines.filter(pl.col("order_id").is_not_null()).sort(
        "order_id", "sub_order_id", "sku", "goods_id", "source_id", "source_line", nulls_last=True
    ).with_row_index("row")  # fmt: skip
    amount, quantity = pl.col("amount_minor").fill_null(0).clip(lower_bound=0), pl.col("quantity").fill_null(0)
    by_amount, by_quantity = (value.sum().over("order_id") > 0 for value in (amount, quantity))
    basis = (
        pl.when(by_amount).then(pl.lit("amount")).when(by_quantity).then(pl.lit("quantity")).otherwise(pl.lit("equal"))
    )
    weights = weights.with_columns(
        basis=basis, weight_minor=pl.when(by_amount).then(amount).when(by_quantity).then(quantity).otherwise(0)
    )
    shares = allocate(
        amounts.select("order_id", "item", "amount_minor"),
        weights.select("order_id", "row", "weight_minor"),
        "order_id",
    )
    places = weights.select("row", "sub_order_id", "goods_id", "sku", "basis", "source_id", "source_line")
    owners = amounts.select("order_id", "item", "platform", "shop")
    full = shares.join(places, on="row").join(owners, on=["order_id", "item"])
    ordered = full.sort("order_id", "row", "item").drop("row")
    return check(conform(ordered, ALLOCATIONS).rechunk(), ALLOCATIONS, "allocations")


def profit(told: pl.DataFrame, shares: pl.DataFrame, history: History) -> pl.DataFrame:
    """Frame PROFIT: every level adds up to the level above; what no SKU can take stands in the SKU `-` of its shop."""
    keys = ["platform", "shop", "currency"]
    shops = told.group_by(*keys, "item").agg(pl.col("amount_minor").sum())
    currency = told.select("shop", "currency").unique("shop", keep="first", maintain_order=True)
    of_sku = (
        shares.join(currency, on="shop", how="left")
        .group_by(*keys, pl.coalesce("sku", "goods_id", pl.lit(UNALLOCATED)).alias("sku"), "item")
        .agg(pl.col("amount_minor").sum())
    )
    taken = of_sku.group_by(*keys, "item").agg(taken=pl.col("amount_minor").sum())
    rest = shops.join(taken, on=[*keys, "item"], how="left", nulls_equal=True).select(
        *keys,
        "item",
        pl.lit(UNALLOCATED).alias("sku"),
        amount_minor=pl.col("amount_minor") - pl.col("taken").fill_null(0),
    )
    levels = [
        _level("company", shops.group_by("currency", "item").agg(pl.col("amount_minor").sum())),
        _level("platform", shops.group_by("platform", "currency", "item").agg(pl.col("amount_minor").sum())),
        _level("shop", shops),
        _level("sku", pl.concat([of_sku.select(rest.columns), rest]).filter(pl.col("amount_minor") != 0)),
    ]
    order = {name: i for i, name in enumerate(("company", "platform", "shop", "sku"))}
    places = ["level", "platform", "shop", "sku", "currency", "item"]
    months = with_months(pl.concat(levels).drop("last_month_minor", "year_to_date_minor"), "profit", places, history)
    both = months.with_columns(
        place=pl.col("level").replace_strict(order),
        line=pl.col("item").replace_strict({key: n for n, key, _, _ in ITEMS}, default=None, return_dtype=pl.Int32),
    )
    ordered = both.sort("place", "currency", "platform", "shop", "sku", "line", nulls_last=False)
    return check(conform(ordered, PROFIT).rechunk(), PROFIT, "profit")


def _level(name: str, sums: pl.DataFrame) -> pl.DataFrame:
    """All lines of the statement for every place of one level, sums included."""
    places = [c for c in ("platform", "shop", "sku", "currency") if c in sums.columns]
    wide = sums.group_by(*places, "item").agg(pl.col("amount_minor").sum())
    names = [key for _, key, _, _ in ITEMS]
    grid = (
        wide.select(places)
        .unique()
        .join(
            pl.DataFrame({"item": names, "line": [n for n, *_ in ITEMS]}, schema_overrides={"line": pl.Int32}),
            how="cross",
        )
    )
    filled = grid.join(wide, on=[*places, "item"], how="left", nulls_equal=True).with_columns(
        pl.col("amount_minor").fill_null(0)
    )
    for total, parts in _SUMS.items():
        value = pl.col("amount_minor").filter(pl.col("item").is_in(list(parts))).sum().over(places)
        filled = filled.with_columns(
            amount_minor=pl.when(pl.col("item") == total).then(value).otherwise("amount_minor")
        )
    base = pl.col("amount_minor").filter(pl.col("item") == "net_revenue").sum().over(places)
    share = (pl.col("amount_minor").cast(pl.Int128) * 1_000_000 // base).cast(pl.Int64)
    shaped = filled.with_columns(level=pl.lit(name), share_ppm=pl.when(base != 0).then(share))
    return conform(shaped, PROFIT)


def item_titles() -> dict[str, str]:
    """Key -> name in the language of the run."""
    return {key: tr(zh, en) for _, key, zh, en in ITEMS}
