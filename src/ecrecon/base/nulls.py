"""Nulls of one column. Most columns hold none, and asking that is a thousand times cheaper than a query that fills them."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

_Value = TypeVar("_Value", bool, int, str)


def filled(column: pl.Series, value: _Value) -> pl.Series:
    """`column` with `value` where it is null."""
    return column.fill_null(value) if column.has_nulls() else column.clone()


def flags(height: int, *, value: bool = False) -> pl.Series:
    """Boolean column of `height` times the same `value`."""
    return pl.Series([value], dtype=pl.Boolean).new_from_index(0, height)


def is_null(column: pl.Series) -> pl.Series:
    """Boolean: the cell is null."""
    return column.is_null() if column.has_nulls() else flags(len(column))


def present(column: pl.Series) -> pl.Series:
    """`column` without its nulls."""
    return column.drop_nulls() if column.has_nulls() else column.clone()


def magnitudes(amounts: pl.Series) -> pl.Series:
    """|amount| of an integer column."""
    return amounts.abs() if (amounts < 0).any() else amounts.clone()


def incoming(amounts: pl.Series) -> pl.Series:
    """Amounts above 0; the others are 0."""
    return amounts.clip(lower_bound=0) if (amounts < 0).any() else amounts.clone()


def outgoing(amounts: pl.Series) -> pl.Series:
    """Amounts below 0; the others are 0."""
    return amounts.clip(upper_bound=0) if (amounts > 0).any() else amounts.clone()
