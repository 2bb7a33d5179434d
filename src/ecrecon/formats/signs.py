"""The sign of an expense column: one per file."""

from __future__ import annotations

from typing import Literal

import polars as pl


def out_factor(
    outward: pl.Series, declared: Literal["minus", "plus", "any"], printed: int | None
) -> tuple[pl.Series, pl.Series]:
    """Factor (1 or -1, Int64) that makes each printed expense signed, and a Boolean "not decidable" per row.

    A column of the declared sign, or with `any` of one sign, is plain. Where both signs, or only the other sign,
    occur, the printed total of the file decides between "the rarer sign is a reversal" and "the sign means nothing";
    without a total that fits one of them alone, the rows of the rarer (or undeclared) sign are not decidable.
    """
    minus, plus = outward < 0, outward > 0
    usual = _usual(minus, plus, declared)
    odd = plus if usual == -1 else minus
    signed = pl.Series([-usual], dtype=pl.Int64).new_from_index(0, len(outward))
    nothing = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(outward))
    if not odd.any():
        return signed, nothing
    as_reversal = abs(int(outward.sum()))
    as_expense = int(outward.abs().sum())
    if printed is not None and abs(printed) == as_reversal != as_expense and not _only(odd, minus, plus):
        return signed, nothing
    if printed is not None and abs(printed) == as_expense != as_reversal:
        return outward.sign() * -1, nothing
    if printed is not None and _only(odd, minus, plus) and abs(printed) == as_expense:
        return outward.sign() * -1, nothing
    return signed, odd


def _usual(minus: pl.Series, plus: pl.Series, declared: str) -> int:
    """-1 where expenses are printed negative, 1 where they are printed positive."""
    if declared == "minus":
        return -1
    if declared == "plus":
        return 1
    return -1 if int(minus.sum()) >= int(plus.sum()) else 1


def _only(odd: pl.Series, minus: pl.Series, plus: pl.Series) -> bool:
    """True where every filled cell has the undeclared sign."""
    return int(odd.sum()) == int(minus.sum()) + int(plus.sum())
