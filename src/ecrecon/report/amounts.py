"""Money of rows in several currencies as text, and the one amount that stands for a variance row."""

from __future__ import annotations

import polars as pl

from ecrecon.base import money
from ecrecon.base.variances import VARIANCES

DEFAULT_CURRENCY = "CNY"

_NO_DECIMALS = [code for code, digits in money.EXPONENTS.items() if digits == 0]
_THREE_DECIMALS = [code for code, digits in money.EXPONENTS.items() if digits == 3]
_IN_ACTUAL = [v.code for v in VARIANCES.values() if v.level in ("shop", "raw_type") or v.code.startswith("S")]
_OF_FILES = [v.code for v in VARIANCES.values() if v.level == "file"]


def text_expr(minor: str, currency: str = "currency") -> pl.Expr:
    """Expression: minor units of column `minor` as decimal text of the currency of the row; null stays null."""
    code = pl.col(currency).cast(pl.String)
    value = pl.col(minor)
    return (
        pl.when(code.is_in(_NO_DECIMALS))
        .then(money.decimal_expr(value, 0))
        .when(code.is_in(_THREE_DECIMALS))
        .then(money.decimal_expr(value, 3))
        .otherwise(money.decimal_expr(value, 2))
    )


def text(minor: int | None, currency: str | None = None) -> str | None:
    """One amount as decimal text; None stays None."""
    if minor is None:
        return None
    return money.decimal_text(minor, money.exponent(currency or DEFAULT_CURRENCY))


def grouped(minor: int, currency: str | None = None) -> str:
    """One amount for people: `-1,234.50`."""
    plain = money.decimal_text(abs(minor), money.exponent(currency or DEFAULT_CURRENCY))
    whole, dot, fraction = plain.partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{dot}{fraction}"


def shown(minor: int, currency: str | None = None) -> str:
    """One amount for people, with its code where it is not yuan: `1,234.50`, `1,234.50 USD`, `1,234 JPY`."""
    code = currency or DEFAULT_CURRENCY
    return grouped(minor, code) + ("" if code == DEFAULT_CURRENCY else f" {code}")


def foreign(frame: pl.DataFrame) -> bool:
    """Whether any row is not in yuan: then a table says the currency of each."""
    return bool((frame["currency"].cast(pl.String).fill_null(DEFAULT_CURRENCY) != DEFAULT_CURRENCY).any())


def money_expr() -> pl.Expr:
    """Expression on VARIANCE_ROWS: the amount that the row is about (Int64, signed like money).

    Rows of orders and lines: their difference. Rows of a shop, a raw type or of the S family carry their sum in
    `actual`; rows of a file are actual minus expected (docs/matching.md "Dispositions").
    """
    code = pl.col("code").cast(pl.String)
    actual = pl.col("actual_minor").fill_null(0)
    return (
        pl.when(code.is_in(_IN_ACTUAL))
        .then(actual)
        .when(code.is_in(_OF_FILES))
        .then(actual - pl.col("expected_minor").fill_null(0))
        .otherwise(pl.col("difference_minor").fill_null(0))
    )
