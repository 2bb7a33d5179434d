"""利润表 by company, platform, shop and SKU, in the form managers read; allocations to SKU never spread silently."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.schema import check, conform
from ecrecon.base.shares import allocate
from ecrecon.statements.history import History, with_months
from ecrecon.statements.profit_form import profit_form, sums
from ecrecon.statements.schema import ALLOCATIONS, PROFIT

UNALLOCATED = "-"
"""SKU of what no order line can take."""
COST = "cost"
NO_COST, PART_COST = "no_cost", "cost_partial"
"""Flags of the cost and of every sum that holds it: no sale of the place has a known cost, so the cost is blank and the
sums are before it; some have none, so the sums are too good. Neither tells a share of the revenue."""
LEVELS = ("company", "platform", "shop", "shared", "sku")
_PLACES = ["level", "platform", "shop", "sku", "currency", "item"]


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


def profit(
    told: pl.DataFrame, pool: pl.DataFrame, shares: pl.DataFrame, titles: pl.DataFrame, history: History
) -> pl.DataFrame:
    """Frame PROFIT: every level adds up to the level above; what no SKU can take stands in the SKU `-` of its shop.

    told: FACTS. pool: the FACTS that `told` holds as shares of the shops; they are shown as level `shared`. shares: frame
    ALLOCATIONS. titles: sku, goods (what the order lines call an article).
    """
    keys = ["platform", "shop", "currency"]
    lacking = _lacking(told, shares)
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
        _level("company", shops.group_by("currency", "item").agg(pl.col("amount_minor").sum()), lacking),
        _level("platform", shops.group_by("platform", "currency", "item").agg(pl.col("amount_minor").sum()), lacking),
        _level("shop", shops, lacking),
        _level("shared", pool.group_by(*keys, "item").agg(pl.col("amount_minor").sum()), lacking.clear()),
        _level("sku", pl.concat([of_sku.select(rest.columns), rest]).filter(pl.col("amount_minor") != 0), lacking),
    ]
    rows = pl.concat(levels).drop("last_month_minor", "year_to_date_minor")
    return _finished(with_months(rows, "profit", _PLACES, history), titles)


def _finished(rows: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Line numbers, names and flags; sorted by level and place."""
    lines = profit_form()
    numbers = {line.key: number for number, line in enumerate(lines, start=1)}
    names = {line.key: line.name for line in lines}
    item = pl.col("item")
    told = rows.drop("goods").join(titles, on="sku", how="left", maintain_order="left").with_columns(
        place=pl.col("level").replace_strict({name: i for i, name in enumerate(LEVELS)}, return_dtype=pl.Int32),
        line=item.replace_strict(numbers, default=None, return_dtype=pl.Int32), name=item.replace(names),
        flag=pl.when(pl.col("flag").is_not_null()).then("flag")
        .when((item == "shared") & (pl.col("amount_minor") != 0)).then(pl.lit("allocated"))
        .when(pl.col("sku") == UNALLOCATED).then(pl.lit("unallocated")),
    )  # fmt: skip
    ordered = told.sort("place", "currency", "platform", "shop", "sku", "line", nulls_last=False)
    return check(conform(ordered, PROFIT).rechunk(), PROFIT, "profit")


def _lacking(told: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """platform, shop, currency, sku: where sales of unknown cost stand; an order without lines in the SKU `-`."""
    unknown = told.filter(pl.col("item") == COST, pl.col("amount_minor").is_null())
    article = pl.coalesce("sku", "goods_id", pl.lit(UNALLOCATED))
    articles = shares.select("order_id", sku=article).unique()
    placed = unknown.select("platform", "shop", "currency", "order_id").join(articles, on="order_id", how="left")
    return placed.select("platform", "shop", "currency", pl.col("sku").fill_null(UNALLOCATED)).unique()


def _sums_with_cost() -> list[str]:
    """The cost and every sum that holds it."""
    held = [COST]
    for total, parts in sums().items():
        if any(part in held for part in parts):
            held.append(total)
    return held


def _level(name: str, facts: pl.DataFrame, lacking: pl.DataFrame) -> pl.DataFrame:
    """All lines of the statement for every place of one level, sums included; a memo nobody knows is null, and so are
    the cost where none of the place is known (`lacking`: where sales of unknown cost stand)."""
    places = [c for c in ("platform", "shop", "sku", "currency") if c in facts.columns]
    wide = facts.group_by(*places, "item").agg(pl.col("amount_minor").sum())
    lines = profit_form()
    memos = [line.key for line in lines if line.memo]
    grid = wide.select(places).unique().join(pl.DataFrame({"item": [line.key for line in lines]}), how="cross")
    filled = grid.join(wide, on=[*places, "item"], how="left", nulls_equal=True)
    amount, item = pl.col("amount_minor"), pl.col("item")
    filled = filled.with_columns(amount_minor=pl.when(item.is_in(memos)).then(amount).otherwise(amount.fill_null(0)))
    for total, parts in sums().items():
        value = amount.filter(item.is_in(list(parts))).sum().over(places)
        filled = filled.with_columns(amount_minor=pl.when(item == total).then(value).otherwise(amount))
    # a discount that some orders do not print makes the memo of the place unknown
    known = amount.filter(item.is_in(memos)).is_not_null().all().over(places)
    whole = amount.filter(item.is_in(memos)).sum().over(places) == amount.filter(item == "sales_gross").sum().over(
        places
    )
    filled = filled.with_columns(
        amount_minor=pl.when(item.is_in(memos) & ~(known & whole)).then(None).otherwise(amount)
    )
    filled = _without_cost(filled, places, lacking)
    base = amount.filter(item == "net_revenue").sum().over(places)
    share = (amount.cast(pl.Int128) * 1_000_000 // base).cast(pl.Int64)
    told = (base != 0) & pl.col("flag").is_null()
    return conform(filled.with_columns(level=pl.lit(name), share_ppm=pl.when(told).then(share)), PROFIT)


def _without_cost(filled: pl.DataFrame, places: Sequence[str], lacking: pl.DataFrame) -> pl.DataFrame:
    """Add `flag`; blank the cost that nobody knows."""
    marked = filled.join(
        lacking.select(places).unique().with_columns(lacks=pl.lit(value=True)),
        on=places,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    amount, item, lacks = pl.col("amount_minor"), pl.col("item"), pl.col("lacks").fill_null(value=False)
    touched = item.is_in(_sums_with_cost()) & lacks
    nothing = (amount.filter(item == COST).sum() == 0).over(places)
    return marked.with_columns(
        amount_minor=pl.when(touched & nothing & (item == COST)).then(None).otherwise(amount),
        flag=pl.when(touched & nothing).then(pl.lit(NO_COST)).when(touched).then(pl.lit(PART_COST)),
    ).drop("lacks")


def goods_titles(order_lines: pl.DataFrame) -> pl.DataFrame:
    """sku, goods: the first title, in order of text, of each article."""
    named = order_lines.select(sku=pl.coalesce("sku", "goods_id"), goods="title").drop_nulls()
    return named.group_by("sku").agg(pl.col("goods").min())
