"""What the 利润表 adds up: sales, booked lines, and what else the vouchers hold; costs without a shop are shared."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.schema import Schema, conform
from ecrecon.base.shares import allocate
from ecrecon.statements.profit_form import sums

FACTS: Schema = {
    "platform": pl.String, "shop": pl.String, "currency": pl.String, "order_id": pl.String, "item": pl.String,
    "amount_minor": pl.Int64,
}  # fmt: skip
"""One row per order (or place) and line of the form, `+` = income. `order_id` null: no order stands behind it. An amount
that is null is not known: the cost of an order whose records print none."""

BOOK_CURRENCY = "CNY"
SALE, RETURN = "revenue", "sales_return"
"""The order events of a sale. What other order events cost (goods lost …) is told by the vouchers."""
OF_SALES = ("sales_gross", "sales_tax", "returns_net", "cost")
"""Lines that the sales fill; without a confirmed revenue point the vouchers do not hold them."""
SHARED = "shared"


def sales_facts(sales: pl.DataFrame, discounts: pl.DataFrame) -> pl.DataFrame:
    """FACTS of the sales of the month. sales: SALES_EVENTS. discounts: group_id, discount_minor (what the merchant took
    off the price, >= 0; null or no row: the export does not say it, and the order has no GMV)."""
    sold, back = sales.filter(pl.col("event") == SALE), sales.filter(pl.col("event") == RETURN)
    known = sold.join(discounts.drop_nulls(), on="group_id", how="inner", maintain_order="left")
    gross, cost = pl.col("gross_minor"), pl.col("cost_minor")
    parts = [
        _item(known, "gmv", gross + pl.col("discount_minor")),
        _item(known, "merchant_discount", -pl.col("discount_minor")),
        _item(sold, "sales_gross", gross), _item(sold, "sales_tax", -pl.col("tax_minor")),
        _item(back, "returns_net", -pl.col("net_minor")), *_costs(sold, -cost), *_costs(back, cost),
    ]  # fmt: skip
    memo = pl.col("item").is_in(["gmv", "merchant_discount"])
    return pl.concat(parts).filter((pl.col("amount_minor") != 0).fill_null(value=True) | memo)


def _costs(sales: pl.DataFrame, amount: pl.Expr) -> list[pl.DataFrame]:
    """Facts of the cost, which our records know in CNY alone: in the currency of another sale it is not known."""
    home = pl.col("currency").fill_null(BOOK_CURRENCY) == BOOK_CURRENCY
    abroad = sales.filter(~home)
    parts = [_item(sales.filter(home), "cost", amount)]
    if abroad.height:
        parts.append(_item(abroad, "cost", pl.lit(None, dtype=pl.Int64)))
        parts.append(_item(abroad.with_columns(currency=pl.lit(BOOK_CURRENCY)), "cost", amount))
    return parts


def _item(sales: pl.DataFrame, name: str, amount: pl.Expr) -> pl.DataFrame:
    return conform(sales.with_columns(item=pl.lit(name), amount_minor=amount), FACTS)


def line_facts(lines: pl.DataFrame, items: Mapping[str, str]) -> pl.DataFrame:
    """FACTS of booked lines with `counter_role`: the other leg of a line is what it earns or costs."""
    role = pl.col("counter_role").cast(pl.String)
    ours = lines.filter(role.is_in(list(items)), pl.col("amount_minor") != 0)
    return conform(ours.with_columns(item=role.replace_strict(items, return_dtype=pl.String)), FACTS)


def voucher_facts(
    vouchers: pl.DataFrame,
    told: pl.DataFrame,
    items: Mapping[str, str],
    *,
    with_sales: bool,
    places: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """FACTS of what the vouchers hold beyond `told` (accruals, corrections …), per shop and line, without order.

    With them the statement is what the accounts say, to the cent. `with_sales`: revenue is booked; where it is not, the
    lines of the sales stand as the orders give them. places: shop, platform; default: those of `told`.
    """
    role = pl.col("account_role")
    place = pl.when((role == "revenue") & (pl.col("event") == SALE)).then(pl.lit("sales_gross")).otherwise(
        role.replace_strict(items, default=None, return_dtype=pl.String)
    )  # fmt: skip
    sold = ["sales_gross", "sales_tax"]
    booked = vouchers.with_columns(item=place).filter(pl.col("item").is_not_null()).group_by("shop", "item").agg(
        booked=(pl.col("credit_minor") - pl.col("debit_minor")).sum()
    )  # fmt: skip
    ours = told.filter(pl.col("currency") == BOOK_CURRENCY, ~pl.col("item").is_in(["gmv", "merchant_discount"]))
    summed = ours.group_by(
        "shop", pl.when(pl.col("item").is_in(sold)).then(pl.lit(sold[0])).otherwise("item").alias("item")
    ).agg(told=pl.col("amount_minor").sum())
    both = booked.join(summed, on=["shop", "item"], how="full", coalesce=True, nulls_equal=True)
    more = pl.col("booked").fill_null(0) - pl.col("told").fill_null(0)
    rest = both.with_columns(amount_minor=more, currency=pl.lit(BOOK_CURRENCY)).filter(pl.col("amount_minor") != 0)
    if not with_sales:
        rest = rest.filter(~pl.col("item").is_in(OF_SALES))
    names = (told if places is None else places).drop_nulls("shop").group_by("shop").agg(pl.col("platform").min())
    return conform(rest.join(names, on="shop", how="left").sort("shop", "item"), FACTS)


def share(told: pl.DataFrame, places: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(FACTS in which what belongs to no shop is allocated to the shops by net revenue, the shared FACTS themselves).

    places: shop, is_shop. The share of each shop stands in the line `shared`; where no shop of the currency has net
    revenue it stays with the place that bears it.
    """
    owned = told.join(places.filter(~pl.col("is_shop")).select("shop"), on="shop", how="anti", nulls_equal=True)
    pool = told.join(places.filter(~pl.col("is_shop")).select("shop"), on="shop", how="semi", nulls_equal=True)
    if pool.is_empty():
        return told, pool
    net = _below("net_revenue")
    weights = owned.filter(pl.col("item").is_in(net)).group_by("platform", "shop", "currency").agg(
        weight_minor=pl.col("amount_minor").sum()
    )  # fmt: skip
    weights = weights.filter(pl.col("weight_minor") > 0).sort("currency", "platform", "shop").with_row_index("row")
    amounts = pool.group_by("currency").agg(pl.col("amount_minor").sum()).with_columns(item=pl.lit(SHARED))
    shares = allocate(amounts, weights.select("currency", "row", "weight_minor"), "currency")
    of_shops = shares.join(weights.select("row", "platform", "shop"), on="row")
    left = pool.join(weights.select("currency").unique(), on="currency", how="anti").with_columns(item=pl.lit(SHARED))
    return pl.concat([owned, conform(of_shops, FACTS), left]), pool


def _below(key: str) -> list[str]:
    """The lines that the sum `key` holds, sums inside it resolved."""
    known = sums()
    return [below for part in known[key] for below in (_below(part) if part in known else [part])]
