"""What the orders themselves book in a period: revenue at the revenue point, returns after it, and the VAT inside."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import minor_from_text, rate_scaled, times_rate
from ecrecon.base.schema import Schema, check, conform, empty
from ecrecon.base.shares import largest_remainder
from ecrecon.base.texts import tr
from ecrecon.base.validation import shipped_settings
from ecrecon.settings.workspace import Workspace

# VAT of the sale: dated rates, and the split of gross amounts that adds up exactly (docs/accounting.md "Amounts and
# VAT").


class DatedRate(BaseModel):
    """One rate and the days it holds; `source` is the rule it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    kind: Literal["goods", "service"] = "goods"
    status: Literal["general", "small"]
    rate: str
    from_: date = Field(alias="from")
    to: date | None = None
    source: str

    @field_validator("rate")
    @classmethod
    def _rate(cls, value: str) -> str:
        rate_scaled(value)
        return value


class Threshold(BaseModel):
    """Net sales of a quarter up to which small-scale taxpayers owe no tax, and the days it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    amount: str
    from_: date = Field(alias="from")
    to: date | None = None
    source: str

    @property
    def minor(self) -> int:
        """The amount in minor units of CNY."""
        value = minor_from_text(self.amount)
        if value is None:
            raise ConfigError(tr(f"{self.amount!r} 不是金额", f"{self.amount!r} is not an amount"))
        return value


class VatFile(BaseModel):
    """configs/posting/vat.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rate: tuple[DatedRate, ...] = Field(min_length=1)
    quarter_relief: tuple[Threshold, ...] = ()


@cache
def shipped_rates() -> tuple[DatedRate, ...]:
    """The rates of configs/posting/vat.toml; raise ConfigError when it does not fit."""
    return shipped_settings("posting/vat.toml", VatFile).rate


def threshold_on(day: date) -> Threshold | None:
    """The relief of small-scale taxpayers in force on `day`."""
    known = shipped_settings("posting/vat.toml", VatFile).quarter_relief
    return next((t for t in known if t.from_ <= day and (t.to is None or day <= t.to)), None)


def vat_rates(workspace: Workspace, day: date) -> tuple[str, dict[str, str]]:
    """(rate of the company's status on `day`, rates that shops set for themselves), as decimal text."""
    rate = _rate_on(day, "goods", workspace.vat_status or "general")
    return rate, {shop.name: shop.vat_rate for shop in workspace.shops if shop.vat_rate is not None}


def _rate_on(day: date, kind: str, status: str) -> str:
    known = [r for r in shipped_rates() if (r.kind, r.status) == (kind, status)]
    fitting = [r.rate for r in known if r.from_ <= day and (r.to is None or day <= r.to)]
    return fitting[-1] if fitting else "0"


def service_rate(day: date) -> tuple[int, int]:
    """The rate of platform services of general taxpayers on `day`, as numerator and denominator."""
    return rate_scaled(_rate_on(day, "service", "general"))


def with_rates(frame: pl.DataFrame, rate: str, of_shops: dict[str, str]) -> pl.DataFrame:
    """Add `vat_rate` (text), `num` and `den` (Int64) by the column `shop`."""
    names = sorted({rate, *of_shops.values()})
    pairs = {name: rate_scaled(name) for name in names}
    table = pl.DataFrame(
        [(name, *pairs[name]) for name in names],
        schema={"vat_rate": pl.String, "num": pl.Int64, "den": pl.Int64},
        orient="row",
    )
    named = pl.col("shop").replace_strict(of_shops, default=rate, return_dtype=pl.String)
    return frame.with_columns(vat_rate=named).join(table, on="vat_rate", how="left", maintain_order="left")


def tax_inside(gross: pl.Expr) -> pl.Expr:
    """Expression: gross - round_half_up(gross / (1 + num/den)): the tax always by subtraction, sign kept."""
    return gross - times_rate(gross, pl.col("den"), pl.col("num").cast(pl.Int128) + pl.col("den"))


def split_by_total(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Add `tax_minor`: the tax of the total per `keys`, given back to the rows by largest remainder.

    `frame`: gross_minor >= 0, num, den and a total order in `row`. Σ tax of the rows = tax of the total; no row is off
    by more than one minor unit (docs/accounting.md "Amounts and VAT").
    """
    gross = pl.col("gross_minor")
    totals = frame.group_by(keys).agg(total=gross.sum(), num=pl.col("num").first(), den=pl.col("den").first())
    totals = totals.with_columns(tax_total=tax_inside(pl.col("total"))).select(*keys, "total", "tax_total")
    shared = frame.join(totals, on=keys, how="left", nulls_equal=True, maintain_order="left")
    whole = pl.when(pl.col("total") != 0).then("total").otherwise(1)
    weighed = shared.select(*keys, "row", amount_minor="tax_total", weight=gross, whole=whole)
    tax = largest_remainder(weighed, keys)["share"]
    return shared.with_columns(tax_minor=tax).drop("total", "tax_total")


# What the orders themselves book in a period: revenue at the revenue point, returns after it (docs/accounting.md
# "Events").

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
