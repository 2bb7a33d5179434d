"""What an order is owed: the platform's readings, which of them a shop's exports follow, and orders whose amounts come from an ERP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from ecrecon.base.schema import COMPONENTS
from ecrecon.base.sources import finding
from ecrecon.base.texts import tr
from ecrecon.settings.profiles import Reading

# Orders whose amounts come from an ERP: what the platform owes is taken from the bill, and a weak amount is no break.

_PLATFORM_PART = ("coupon_platform", "subsidy")
_CASH = ("goods_receipt", "freight_income")


def with_platform_part(orders: pl.DataFrame, principal: pl.DataFrame) -> pl.DataFrame:
    """Set `due_platform_minor` of ERP orders to the platform's lines of their group (docs/matching.md "Records of an ERP").

    An ERP does not say whether its amount holds the platform's part: where the buyer's part alone has the amount, the
    platform's part comes on top; else it is inside. It stands on the first order of the group.
    """
    of_erp = orders.filter(pl.col("origin") == "erp")
    if of_erp.is_empty():
        return orders
    category = pl.col("category").cast(pl.String)
    money = principal.filter(pl.col("amount_minor") > 0).group_by("group_id").agg(
        cash=pl.col("amount_minor").filter(category.is_in(_CASH)).sum(),
        plat=pl.col("amount_minor").filter(category.is_in(_PLATFORM_PART)).sum(),
    )  # fmt: skip
    due = of_erp.group_by("group_id").agg(pl.col("due_cash_minor").sum().alias("whole"))
    on_top = due.join(money, on="group_id").filter((pl.col("whole") == pl.col("cash")) & (pl.col("plat") != 0))
    first = (pl.int_range(pl.len()).over("group_id") == 0) & (pl.col("origin") == "erp")
    frame = orders.join(on_top.select("group_id", "plat"), on="group_id", how="left", maintain_order="left")
    taken = pl.when(first & pl.col("plat").is_not_null()).then("plat").otherwise("due_platform_minor")
    return frame.with_columns(due_platform_minor=taken).drop("plat")


def softened(components: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Kind `review` instead of `break`: every component of a weak amount; of other ERP orders X02, whose date is
    reckoned from the shipment."""
    basis = orders.group_by("group_id").agg(
        weak=(pl.col("receivable_basis") == "weak").any(), of_erp=(pl.col("origin") == "erp").any()
    )
    if not basis["of_erp"].any():
        return components
    frame = components.join(basis, on="group_id", how="left", maintain_order="left")
    mild = pl.col("weak").fill_null(False) | (pl.col("of_erp").fill_null(False) & (pl.col("code") == "X02"))
    kind = pl.when(mild & (pl.col("kind") == "break")).then(pl.lit("review")).otherwise(pl.col("kind").cast(pl.String))
    return frame.with_columns(kind=kind.cast(COMPONENTS["kind"])).select(list(COMPONENTS))


# What an order is owed: the platform's readings, and which of them a shop's exports follow (docs/matching.md
# "Receivable").

OPEN_SHARE = 20
"""F15 when more than 1/20 of the settled orders stay open ..."""
OPEN_COUNT = 20
"""... and at least this many."""


def with_candidates(
    orders: pl.DataFrame, readings: Mapping[str, Sequence[Reading]], documents: pl.DataFrame
) -> pl.DataFrame:
    """Add `cash_N`, `platform_N` (Int64) for each reading in use: what it says is due.

    `orders`: BOOK_ORDERS. `documents`: target_order, amount_minor, completed_at of finished after-sales. A reading that
    does not apply (status, missing column, empty cell) takes the next one that does, else the buyer's payment; a
    profile with fewer readings than others repeats its first.
    """
    back = _added_back(orders, documents)
    frame = orders.join(back, on="order_id", how="left", maintain_order="left").with_columns(
        added_back_minor=pl.when(pl.col("order_id").is_first_distinct()).then("added_back_minor")
    )
    last = pl.coalesce("buyer_paid_minor", pl.lit(0, dtype=pl.Int64))
    cash, platform = {}, {}
    fallback = (last, pl.lit(0, dtype=pl.Int64))
    numbers = numbers_of(readings)
    for number in reversed(numbers):
        usable = _applies(readings, number) & pl.col(f"reading{number}_cash_minor").is_not_null()
        own_cash = pl.col(f"reading{number}_cash_minor") + pl.when(_adds_back(readings, number)).then(
            pl.col("added_back_minor").fill_null(0)
        ).otherwise(0)
        own_platform = pl.col(f"reading{number}_platform_minor").fill_null(0)
        cash[number] = pl.when(usable).then(own_cash).otherwise(fallback[0])
        platform[number] = pl.when(usable).then(own_platform).otherwise(fallback[1])
        fallback = (cash[number], platform[number])
    told = []
    for number in numbers:
        exists = pl.col("profile").is_in([p for p, r in readings.items() if len(r) >= number])
        told.append(pl.when(exists).then(cash[number]).otherwise(cash[1]).alias(f"cash_{number}"))
        told.append(pl.when(exists).then(platform[number]).otherwise(platform[1]).alias(f"platform_{number}"))
    return frame.with_columns(told).drop("added_back_minor")


def numbers_of(readings: Mapping[str, Sequence[Reading]]) -> list[int]:
    """The numbers of readings in use: 1 to that of the profile with most."""
    return list(range(1, max((len(given) for given in readings.values()), default=1) + 1))


def _applies(readings: Mapping[str, Sequence[Reading]], number: int) -> pl.Expr:
    """Rows whose profile has reading `number` and whose status it accepts."""
    tests = [
        (pl.col("profile") == profile)
        & (
            pl.col("status").cast(pl.String).is_in(list(given[number - 1].only))
            if given[number - 1].only
            else pl.lit(True)
        )
        for profile, given in sorted(readings.items())
        if len(given) >= number
    ]
    return pl.any_horizontal(tests) if tests else pl.lit(False)


def _adds_back(readings: Mapping[str, Sequence[Reading]], number: int) -> pl.Expr:
    names = [p for p, r in readings.items() if len(r) >= number and r[number - 1].adds_back is not None]
    return pl.col("profile").is_in(sorted(names))


def _added_back(orders: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Order -> sum of refunds completed not later than the confirmation: the printed amount is net of them."""
    finished = orders.select("order_id", "finished_at").unique("order_id", keep="first", maintain_order=True)
    return (
        documents.select("target_order", "amount_minor", "completed_at")
        .join(finished, left_on="target_order", right_on="order_id")
        .filter(pl.col("completed_at") <= pl.col("finished_at"))
        .group_by(order_id="target_order")
        .agg(pl.col("amount_minor").sum().alias("added_back_minor"))
    )


def choose_readings(
    orders: pl.DataFrame, principal: pl.DataFrame, documents: pl.DataFrame, tolerance: int, numbers: Sequence[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Per shop the reading that closes most plain settled orders (ties: the lower number), and the F15 rows.

    `orders`: with_candidates plus group_id; `principal`: group_id, category, amount_minor. Returns (shop String,
    reading Int32, plain, closed) and the rows of it that are F15. Plain = finished, with a receipt and without refund,
    document, platform money or advance.
    """
    goods, freight = pl.col("category") == "goods_receipt", pl.col("category") == "freight_income"
    told = principal.select(
        "group_id", actual="amount_minor", received=goods & (pl.col("amount_minor") > 0), plain=goods | freight
    )
    sums = told.group_by("group_id").agg(pl.col("actual").sum(), pl.col("received").any(), pl.col("plain").all())
    closes = [
        ((pl.col("actual") - pl.col(f"cash_{n}") - pl.col(f"platform_{n}")).abs() <= tolerance).alias(f"closed_{n}")
        for n in numbers
    ]
    groups = (
        orders.filter(pl.col("status") == "finished")
        .group_by("group_id")
        .agg(pl.col("shop").cast(pl.String).min(), pl.col(r"^(cash|platform)_\d$").sum())
        .join(sums.filter("received", "plain"), on="group_id")
        .join(documents.select("group_id").unique(), on="group_id", how="anti")
        .with_columns(closes)
    )
    shops = groups.group_by("shop").agg(
        pl.len().cast(pl.Int64).alias("plain"), *(pl.col(f"closed_{n}").sum().cast(pl.Int64) for n in numbers)
    )
    best = pl.max_horizontal(f"closed_{n}" for n in numbers)
    first = pl.coalesce(pl.when(pl.col(f"closed_{n}") == best).then(pl.lit(n, dtype=pl.Int32)) for n in numbers)
    chosen = shops.with_columns(reading=first, closed=best).select("shop", "reading", "plain", "closed").sort("shop")
    open_ = pl.col("plain") - pl.col("closed")
    return chosen, chosen.filter((open_ >= OPEN_COUNT) & (open_ * OPEN_SHARE > pl.col("plain")))


def basis_findings(failed: pl.DataFrame) -> list[pl.DataFrame]:
    """F15, one per shop."""
    return [
        finding(
            "F15",
            "",
            column=shop,
            text=f"{plain - closed}/{plain}",
            hint=tr(
                f"店铺 {shop}：按最合适的应收口径，{plain} 个已结算订单中仍有 {plain - closed} 个对不上；请检查订单文件是否缺金额列或被改动",
                f"shop {shop}: the best reading of the order amounts still leaves {plain - closed} of {plain} settled "
                "orders open; check whether the order file lacks an amount column or was edited",
            ),
        )
        for shop, plain, closed in failed.select("shop", "plain", "closed").iter_rows()
    ]


def with_due(orders: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Add `due_cash_minor`, `due_platform_minor` by the shop's reading (1 where nothing told)."""
    frame = orders.with_columns(pl.col("shop").cast(pl.String).alias("shop_name")).join(
        chosen.select("shop", "reading"), left_on="shop_name", right_on="shop", how="left", maintain_order="left"
    )
    numbers = [int(name.removeprefix("cash_")) for name in orders.columns if name.startswith("cash_")]

    def of_reading(part: str) -> pl.Expr:
        own = [pl.when(pl.col("reading") == n).then(f"{part}_{n}") for n in numbers]
        return pl.coalesce(*own, f"{part}_1")

    return frame.with_columns(due_cash_minor=of_reading("cash"), due_platform_minor=of_reading("platform")).drop(
        "shop_name"
    )
