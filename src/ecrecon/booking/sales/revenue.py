"""What the orders themselves book in a period: revenue at the revenue point, returns after it (docs/accounting.md "Events")."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import times_rate
from ecrecon.base.schema import Schema, check, conform, empty
from ecrecon.booking.sales.vat import split_by_total, tax_inside, with_rates

SALES_EVENTS: Schema = {
    "event": pl.String, "platform": pl.String, "shop": pl.String, "order_id": pl.String, "group_id": pl.Int64,
    "currency": pl.String, "day": pl.Date, "vat_rate": pl.String, "gross_minor": pl.Int64, "net_minor": pl.Int64,
    "tax_minor": pl.Int64, "cost_minor": pl.Int64, "shipped_minor": pl.Int64, "source_id": pl.Int32, "source_line": pl.Int32,
    "subsidy_minor": pl.Int64, "category": pl.String,
}  # fmt: skip
"""One row per order and event (`revenue`, `sales_return`, events of goods); amounts >= 0, net + tax = gross. `day`: of the
sale; of a return that of its last refund in the period. `cost` of the goods sold or come back, null where it is not known,
0 where nothing came back. A gift or a reissue is a sale of 0.00 whose goods leave all the same. `shipped`: the part of the
cost that stood in 发出商品 (`sales.goods`); `subsidy`: the part of net that the platform pays for the buyer; `category`: of
an accrued fee."""

COSTS: Schema = {
    "group_id": pl.Int64, "cost_minor": pl.Int64, "goods_returned": pl.Boolean, "through": pl.Boolean,
}  # fmt: skip
"""Cost of the goods of a settlement group, null where it is not known. `through`: they leave 发出商品 with the sale, not the inventory."""
_KEYS = ["platform", "shop", "currency", "vat_rate"]


def sales_events(
    ledger: pl.DataFrame,
    rate: str,
    of_shops: dict[str, str],
    rounding: str = "voucher",
    costs: pl.DataFrame | None = None,
    free: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Frame SALES_EVENTS from RECEIVABLES rows. free: frame of `free_sales`, whose goods leave for nothing.

    Tax of revenue is that of the total per shop and rate, given back to the orders by largest remainder. A return takes
    its tax from the order's own split, the last one the remainder, so that a full return nets to exactly zero; the
    return of an order of an earlier period is split by itself. `rounding` = `line`: every order is split by itself.
    costs: frame COSTS: the cost leaves with the sale and comes back with a return whose goods came back, in proportion to
    the sale; the return of an earlier month takes what earlier ones left, so that a full return takes all.
    """
    rated = with_rates(ledger, rate, of_shops).with_row_index("row")
    sold = rated.filter(pl.col("increase_minor") > 0).with_columns(gross_minor="increase_minor")
    alone = rounding == "line"
    sold = sold.with_columns(tax_minor=tax_inside(pl.col("gross_minor"))) if alone else split_by_total(sold, _KEYS)
    back = rated.filter(pl.col("reversal_minor") > 0).join(
        sold.select("row", sold_gross="gross_minor", sold_tax="tax_minor"), on="row", how="left", maintain_order="left"
    )
    share = 2 * pl.col("sold_tax").cast(pl.Int128) * pl.col("reversal_minor") + pl.col("sold_gross")
    own = (share // (2 * pl.col("sold_gross"))).cast(pl.Int64)
    back = back.with_columns(
        gross_minor="reversal_minor",
        tax_minor=pl.when(pl.col("sold_gross") == pl.col("reversal_minor")).then("sold_tax")
        .when(pl.col("sold_gross").is_not_null()).then(own).otherwise(tax_inside(pl.col("reversal_minor"))),
    )  # fmt: skip
    known = empty(COSTS) if costs is None else conform(costs, COSTS)
    sold, back = _with_costs(sold, back, known)
    given = [] if free is None else [_given(with_rates(free, rate, of_shops), known)]
    of_sale = pl.col("revenue_at").dt.date()
    frames = [
        conform(
            part.with_columns(
                event=pl.lit(name),
                day=day,
                net_minor=pl.col("gross_minor") - pl.col("tax_minor"),
                subsidy_minor=_share(pl.col("gross_minor") - pl.col("tax_minor"), pl.col(platform)),
            ),
            SALES_EVENTS,
        )
        for name, part, day, platform in (
            ("revenue", sold, of_sale, "increase_platform"),
            ("sales_return", back, pl.coalesce(pl.col("returned_at").dt.date(), of_sale), "reversal_platform"),
        )
    ]
    order = ["event", "platform", "shop", "order_id", "group_id"]
    return check(pl.concat([*frames, *given]).sort(order, nulls_last=True).rechunk(), SALES_EVENTS, "sales events")


def _share(net: pl.Expr, part: pl.Expr) -> pl.Expr:
    """Expression: net x part / gross_minor, rounded half up; the whole where part = gross."""
    return times_rate(net, part.fill_null(0), pl.col("gross_minor"))


def _with_costs(sold: pl.DataFrame, back: pl.DataFrame, costs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add `cost_minor` and `shipped_minor` to sales and returns."""
    sold = sold.join(costs, on="group_id", how="left", maintain_order="left").with_columns(_out_of_shipped())
    came_back = costs.filter("goods_returned").select("group_id", "goods_returned", whole="cost_minor")
    before = pl.col("back_minor") - pl.col("gross_minor")
    nothing = pl.col("goods_returned").is_null()
    back = back.join(came_back, on="group_id", how="left", maintain_order="left").with_columns(
        cost_minor=pl.when(nothing).then(0).otherwise(_part(pl.col("back_minor")) - _part(before)),
        shipped_minor=pl.lit(0, dtype=pl.Int64),
    )
    return sold, back


def _out_of_shipped() -> pl.Expr:
    """`shipped_minor`: the cost that stood in 发出商品 before the sale."""
    through = pl.col("through").fill_null(value=False)
    return pl.when(through).then(pl.col("cost_minor").fill_null(0)).otherwise(0).alias("shipped_minor")


def _given(free: pl.DataFrame, costs: pl.DataFrame) -> pl.DataFrame:
    """SALES_EVENTS of goods that left for nothing and whose cost is known: revenue of 0.00 with its cost."""
    held = costs.filter(pl.col("cost_minor") != 0).join(free, on="group_id", how="inner", maintain_order="right")
    zero = pl.lit(0, dtype=pl.Int64)
    amounts = {f"{name}_minor": zero for name in ("gross", "net", "tax", "subsidy")}
    return conform(
        held.with_columns(_out_of_shipped(), event=pl.lit("revenue"), day=pl.col("revenue_at").dt.date(), **amounts),
        SALES_EVENTS,
    )


def _part(returned: pl.Expr) -> pl.Expr:
    """Expression: the part of `whole` that `returned` is of `sold_minor`, half up, at most all."""
    sold = pl.col("sold_minor")
    share = times_rate(pl.col("whole"), returned, pl.when(sold > 0).then(sold))
    return pl.min_horizontal(share, "whole").clip(lower_bound=0)
