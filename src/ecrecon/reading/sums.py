"""Files whose amounts cannot be added up are refused by name: a sum that wraps around shows 0.00 and says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from ecrecon.base.money import SUMMABLE, total_size
from ecrecon.base.sources import Parsed, finding
from ecrecon.base.texts import tr


def refuse_unsummable(parsed: Iterable[Parsed]) -> list[Parsed]:
    """`parsed` in its order; from the file on whose amounts no longer fit a sum of all files together, each is unreadable.

    A single cell that is too large is F11 of the cell. Here are the many: a column of numbers that are no amounts. What is
    left adds up in Int64 whatever is added to what (`money.SUMMABLE`).
    """
    told: list[Parsed] = []
    used = 0
    for item in parsed:
        size = _size(item)
        if used + size > SUMMABLE:
            told.append(_refused(item))
            continue
        used += size
        told.append(item)
    return told


def _size(item: Parsed) -> int:
    """Σ |amount| over all money columns of a file."""
    if item.frame is None:
        return 0
    names = [name for name, dtype in item.frame.schema.items() if name.endswith("_minor") and dtype == pl.Int64]
    return sum(total_size(item.frame[name]) for name in names if name != "balance_minor")


def _refused(item: Parsed) -> Parsed:
    reason = tr(
        "金额合计超出可能的范围：这些数字不是金额", "the amounts add up to more than money can be: these are no amounts"
    )
    hint = tr(
        "打开文件看金额列是否错位或混入了单号，再重新下载",
        "open the file: are the money columns shifted, or do they hold numbers of orders? download it again",
    )
    source = replace(item.source, kind="unreadable", reason=reason, income_minor=None, expense_minor=None, coverage=())
    return Parsed(source, None, finding("F11", source.path, text=reason, hint=hint))
