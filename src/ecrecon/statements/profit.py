"""利润表 by company, platform, shop and SKU: its lines as data, the facts it adds up, and the allocation to SKU."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.resources import configs_dir
from ecrecon.base.schema import Schema, check, conform
from ecrecon.base.shares import allocate
from ecrecon.base.texts import tr
from ecrecon.booking.settings import Chart
from ecrecon.statements.history import History, with_months
from ecrecon.statements.schema import ALLOCATIONS, PROFIT

# The lines of the management 利润表 as data, and which account role stands in which line (docs/statements.md "利润表").

PROFIT_CODES = {"sbe": "5", "asbe": "6"}
"""First digit of the codes of profit and loss accounts, per standard (docs/accounting.md "Accounts")."""


class ProfitLine(BaseModel):
    """One line: `roles` fill it, `add` sums other lines, `memo` stands outside every sum."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    zh: str
    en: str
    roles: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    memo: bool = False

    @property
    def name(self) -> str:
        """Name in the language of the run."""
        return tr(self.zh, self.en)


@cache
def profit_form() -> tuple[ProfitLine, ...]:
    """The lines of configs/posting/statements/profit.toml, in order; a sum adds lines above it."""
    path = configs_dir() / "posting" / "statements" / "profit.toml"
    return tuple(ProfitLine.model_validate(item) for item in tomllib.loads(path.read_text(encoding="utf-8"))["line"])


def sums() -> dict[str, tuple[str, ...]]:
    """Key of each sum -> keys of the lines it adds, in the order in which they can be added up."""
    return {line.key: line.add for line in profit_form() if line.add}


def item_of(role: str) -> str:
    """Key of the line in which an account role of profit and loss stands."""
    for line in profit_form():
        if any(role == wanted or (wanted.endswith("*") and role.startswith(wanted[:-1])) for wanted in line.roles):
            return line.key
    raise ValueError(f"no line of the profit takes {role}")


def items_of(chart: Chart) -> dict[str, str]:
    """Account role -> line, for the roles of profit and loss of one standard."""
    digit = PROFIT_CODES[chart.standard]
    found = {}
    for name, role in chart.roles.items():
        owner = chart.roles[role.parent] if role.parent is not None else role
        if (role.code or owner.code or "").startswith(digit):
            found[name] = item_of(name)
    return found


# What the 利润表 adds up: sales, booked lines, and what else the vouchers hold; costs without a shop are shared.

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


# 利润表 by company, platform, shop and SKU, in the form managers read; allocations to SKU never spread silently.

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
