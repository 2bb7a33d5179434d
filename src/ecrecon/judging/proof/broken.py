"""How a broken law is told, and what the laws share."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.errors import InvariantError


def none_of(law: str, wrong: pl.DataFrame, what: str) -> None:
    """Raise InvariantError where `wrong` has rows."""
    if wrong.height:
        raise InvariantError(f"({law}) {what}: {wrong.height} rows, first {wrong.row(0, named=True)}")


def same_rows(law: str, what: str, left: pl.DataFrame, right: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raise InvariantError where two frames of the same rows in the same order differ in one of `columns`."""
    if left.height != right.height:
        raise InvariantError(f"({law}) {what}: {left.height} rows instead of {right.height}")
    for name in columns:
        if name in left.columns and name in right.columns and not left[name].equals(right[name], null_equal=True):
            differs = left[name].ne_missing(right[name]) if left[name].dtype == right[name].dtype else None
            spot = "" if differs is None else f", first in row {differs.arg_max()}"
            raise InvariantError(f"({law}) {what}: column {name} is not what it was{spot}")


def once_each(law: str, what: str, frame: pl.DataFrame, keys: Sequence[str]) -> None:
    """Raise InvariantError where a key stands in two rows."""
    if frame.select(keys).is_duplicated().any():
        none_of(law, frame.select(keys).filter(frame.select(keys).is_duplicated()), f"{what} stands twice")
