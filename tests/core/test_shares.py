"""Largest remainder: sums are kept, no row is off by a cent, whatever the key of the caller is called."""

from __future__ import annotations

import polars as pl
import pytest

from ecrecon.base.shares import allocate


@pytest.mark.parametrize("key", ["order_id", "place", "floor", "rest", "left"])
def test_an_amount_falls_to_its_rows_without_a_cent_lost(key: str) -> None:
    amounts = pl.DataFrame({key: ["a", "b"], "item": ["net", "net"], "amount_minor": [100, -7]})
    weights = pl.DataFrame({key: ["a", "a", "a", "b", "b"], "row": [0, 1, 2, 3, 4], "weight_minor": [1, 1, 1, 0, 0]})
    told = allocate(amounts, weights, key)
    assert told["amount_minor"].to_list() == [34, 33, 33, -4, -3]
    assert told[key].to_list() == ["a", "a", "a", "b", "b"]
