"""Voucher numbers: continuous from 1 in a period, and for good once a voucher was exported (docs/targets.md "Exported vouchers")."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import polars as pl

ELSEWHERE = 0
"""The number of a voucher that was issued with a number of another period."""


def renumber(entries: pl.DataFrame, taken: Mapping[str, int]) -> pl.DataFrame:
    """`entries` (voucher_id, number; rows stay where they are) with the numbers of `taken` kept by their vouchers.

    The other vouchers get the lowest numbers that are free, in their old order, those issued ELSEWHERE last.
    """
    if not taken or entries.is_empty():
        return entries
    order = entries.select("voucher_id", "number").unique(maintain_order=True).sort("number")["voucher_id"].to_list()
    gone = set(taken.values())
    free = (number for number in count(1) if number not in gone)
    waiting = sorted((i for i in order if not taken.get(i)), key=lambda i: i in taken)
    numbers = {**{i: taken[i] for i in order if taken.get(i)}, **dict(zip(waiting, free, strict=False))}
    kept = pl.col("voucher_id").replace_strict(numbers, return_dtype=entries.schema["number"])
    return entries.with_columns(kept.alias("number"))
