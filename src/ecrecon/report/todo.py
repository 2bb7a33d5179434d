"""What a person has to look at: one row per order (or file, shop, raw type), grouped by its main cause."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.shop_rows import at_home
from ecrecon.base.variances import KINDS, VARIANCES
from ecrecon.report.labels import DEFAULT_CURRENCY, money_expr
from ecrecon.report.model import Report

URGENT: tuple[str, ...] = ("stop", "break", "review")
"""Kinds that need a person, most severe first."""

_ORDER_LEVEL = [v.code for v in VARIANCES.values() if v.level == "order" and not v.code.startswith("F")]
_SOURCES_SHOWN = 5


@dataclass(frozen=True)
class Todo:
    """`rows`: see `make_todo`. `components`: variance codes that have a column of `rows`, in declared order."""

    rows: pl.DataFrame
    components: tuple[str, ...]


def causes(report: Report) -> pl.DataFrame:
    """Urgent variance rows by cause: code, kind, currency, count, money (minor units), size (Σ |money|).

    Order: findings about files first, because nothing can be trusted before them; then stop, break, review;
    then the biggest money.
    """
    urgent = report.variances.filter(pl.col("kind").cast(pl.String).is_in(URGENT)).with_columns(
        money_expr().alias("money")
    )
    return (
        urgent.group_by("code", "kind", "currency")
        .agg(pl.len().alias("count"), pl.col("money").sum(), pl.col("money").abs().sum().alias("size"))
        .with_columns(_file_rank())
        .sort(*_cause_key("size"), "currency", descending=[False, False, True, False, False], nulls_last=True)
        .drop("file_rank")
    )


RISK = (pl.col("kind").cast(pl.String) == "break") & ~pl.col("code").cast(pl.String).str.starts_with("F")
"""Variance rows whose money is at risk: breaks about orders, payouts and shops. A file is downloaded again."""

Risk = dict[tuple[str, str, str], dict[str, int]]


def at_risk(report: Report) -> dict[str, int]:
    """Currency -> Σ |money| of all breaks about orders, payouts and shops (minor units, > 0 only)."""
    rows = report.variances.filter(RISK).group_by(_currency()).agg(money=money_expr().abs().sum())
    return {currency: money for currency, money in rows.sort("currency").iter_rows() if money > 0}


def at_risk_by_shop(report: Report) -> Risk:
    """(platform, shop, currency) of each row of the shops -> currency of the money -> Σ |money| at risk (minor units, > 0
    only). The sums over all rows are those of the headline."""
    rows = at_home(report.variances.filter(RISK).with_columns(_currency()), report.shops)
    sums = rows.group_by("platform", "shop", "row_currency", "currency").agg(money=money_expr().abs().sum())
    found: Risk = {}
    for platform, shop, row, currency, money in sums.filter(pl.col("money") > 0).sort(pl.all()).iter_rows():
        found.setdefault((platform, shop, row), {})[currency] = money
    return found


def _currency() -> pl.Expr:
    return pl.col("currency").fill_null(DEFAULT_CURRENCY)


def _file_rank() -> pl.Expr:
    return (~pl.col("code").cast(pl.String).str.starts_with("F")).alias("file_rank")


def _cause_key(size: str) -> list[pl.Expr]:
    return [pl.col("file_rank"), _severity(), pl.col(size), pl.col("code").cast(pl.String)]


def _severity() -> pl.Expr:
    return pl.col("kind").cast(pl.Enum(KINDS)).to_physical()


def make_todo(report: Report) -> Todo:
    """Rows with at least one urgent variance, grouped by their main cause, biggest money first in each.

    Columns: `code`, `kind` of the main cause (most severe, then most money), `platform`, `shop`, `account`,
    `order_id`, `sub_order_id`, `currency`, `money` (of the main cause), `expected`, `actual`, `difference` (Σ of
    the receipt components), one Int64 column per component code, `occurred_at`, `age_days`, `hint`, `status`,
    `note`, `sources`, `variance_ids` (the urgent ones). Amounts are minor units.
    """
    rows = report.variances.with_columns(money_expr().alias("money"), _key().alias("key"))
    urgent = rows.filter(pl.col("kind").cast(pl.String).is_in(URGENT))
    rows = rows.join(urgent.select("key").unique(), on="key", how="semi")
    main = _main_cause(urgent)
    table = (
        main.join(_order_totals(rows), on="key", how="left")
        .join(_pivot(rows), on="key", how="left")
        .join(_orders(report), on=["platform", "shop", "order_id"], how="left")
        .with_columns(
            pl.coalesce("expected", "expected_minor").alias("expected"),
            pl.coalesce("actual", "actual_minor").alias("actual"),
        )
    )
    present = set(table.columns)
    components = tuple(code for code in _ORDER_LEVEL if code in present)
    return Todo(_sorted(table, components), components)


def _key() -> pl.Expr:
    """Rows of one order share a key; rows without an order stand alone."""
    parts = [pl.col(name).fill_null("") for name in ("platform", "shop", "order_id")]
    by_order = pl.concat_str(pl.lit("O"), *parts, separator="\x1f")
    is_order = pl.col("order_id").is_not_null() & pl.col("code").cast(pl.String).is_in(_ORDER_LEVEL)
    return pl.when(is_order).then(by_order).otherwise(pl.lit("V") + pl.col("variance_id"))


def _main_cause(urgent: pl.DataFrame) -> pl.DataFrame:
    order = [pl.col("key"), _severity(), pl.col("money").abs(), pl.col("code").cast(pl.String), pl.col("variance_id")]
    first = urgent.sort(order, descending=[False, False, True, False, False]).unique(
        "key", keep="first", maintain_order=True
    )
    same_cause = urgent.join(first.select("key", "code"), on=["key", "code"], how="semi")
    money = same_cause.group_by("key").agg(pl.col("money").sum())
    return (
        first.drop("money", "difference_minor", "sources")
        .join(money, on="key", how="left")
        .with_columns(pl.col("variance_id").alias("main_id"))
    )


def _order_totals(rows: pl.DataFrame) -> pl.DataFrame:
    """Per key: the difference, all ids of urgent rows, and the first few places in the files."""
    counted = pl.col("check").is_in(["receipt", "refund"]) & (pl.col("order_id").is_not_null())
    ids = pl.col("variance_id").filter(pl.col("kind").cast(pl.String).is_in(URGENT)).sort()
    places = rows.select("key", "variance_id", pl.col("sources").str.split(";")).explode("sources")
    places = places.filter(pl.col("sources").is_not_null() & (pl.col("sources") != ""))
    shown = (
        places.group_by("key")
        .agg(pl.col("sources").unique().sort())
        .with_columns(
            pl.when(pl.col("sources").list.len() > _SOURCES_SHOWN)
            .then(pl.col("sources").list.head(_SOURCES_SHOWN).list.join("; ") + pl.lit("; …"))
            .otherwise(pl.col("sources").list.join("; "))
            .alias("sources")
        )
    )
    totals = rows.group_by("key").agg(
        pl.when(counted.any()).then(pl.col("difference_minor").filter(counted).sum()).alias("difference"),
        ids.str.join(" ").alias("variance_ids"),
    )
    return totals.join(shown, on="key", how="left")


def _pivot(rows: pl.DataFrame) -> pl.DataFrame:
    parts = rows.filter(pl.col("key").str.starts_with("O") & (pl.col("difference_minor") != 0))
    sums = parts.group_by("key", pl.col("code").cast(pl.String)).agg(pl.col("difference_minor").sum())
    present = set(sums["code"])
    codes = [code for code in _ORDER_LEVEL if code in present]
    return sums.group_by("key").agg(
        pl.col("difference_minor").filter(pl.col("code") == code).first().alias(code) for code in codes
    )


def _orders(report: Report) -> pl.DataFrame:
    """What was expected and received per order number; several rows of one order are added up."""
    return (
        report.orders.filter(pl.col("expected_minor").is_not_null())
        .group_by(pl.col("platform").cast(pl.String), pl.col("shop").cast(pl.String), "order_id")
        .agg(pl.col("expected_minor").sum().alias("expected"), pl.col("received_minor").sum().alias("actual"))
    )


def _sorted(table: pl.DataFrame, components: tuple[str, ...]) -> pl.DataFrame:
    size = table.group_by("code", "kind").agg(pl.col("money").abs().sum().alias("size"))
    keys = [*_cause_key("size"), pl.col("money").abs(), pl.col("platform"), pl.col("shop"), pl.col("order_id")]
    descending = [False, False, True, False, True, False, False, False, False]
    ordered = (
        table.join(size, on=["code", "kind"], how="left")
        .with_columns(_file_rank())
        .sort(*keys, pl.col("main_id"), descending=descending, nulls_last=True)
    )
    return ordered.select(
        "code", "kind", "platform", "shop", "account", "order_id", "sub_order_id", "currency", "money", "expected",
        "actual", "difference", *components, "occurred_at", "age_days", "hint", "status", "note", "sources",
        "variance_ids",
    )  # fmt: skip
