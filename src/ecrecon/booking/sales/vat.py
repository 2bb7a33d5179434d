"""VAT of the sale: dated rates, and the split of gross amounts that adds up exactly (docs/accounting.md "Amounts and VAT")."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import minor_from_text, rate_scaled, times_rate
from ecrecon.base.shares import largest_remainder
from ecrecon.base.texts import tr
from ecrecon.base.validation import shipped_settings
from ecrecon.settings.workspace import Workspace


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
