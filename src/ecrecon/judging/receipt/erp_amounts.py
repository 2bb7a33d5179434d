"""Orders whose amounts come from an ERP: what the platform owes is taken from the bill, and a weak amount is no break."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import COMPONENTS

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
