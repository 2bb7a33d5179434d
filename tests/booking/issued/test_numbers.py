"""Numbers of a run beside numbers that are gone."""

from __future__ import annotations

import polars as pl
import pytest
from tests.booking.build import SBE, make_lines, make_sources

from ecrecon.base.errors import InvariantError
from ecrecon.booking import make_vouchers
from ecrecon.booking.grain import ELSEWHERE, renumber
from ecrecon.booking.invariants import check_vouchers

ROWS = [
    {"category": "goods_receipt", "amount_minor": 5990, "order_id": "510001", "shop": shop} for shop in ("a", "b", "c")
]


def numbers(taken: dict[str, int]) -> dict[str, int]:
    made = make_vouchers(make_lines(ROWS), make_sources(), SBE, "2026-10", taken=taken)
    assert made.problems == []
    named = made.places.select(pl.col("voucher").cast(pl.String)).to_series().to_list()
    found = dict(made.vouchers.select("voucher_id", "number").unique().iter_rows())
    assert sorted(named) == sorted(f"记-{n}" for n in found.values())  # ledger and vouchers say the same
    assert made.vouchers["number"].is_sorted()
    assert made.trace.height == 2 * len(ROWS)
    return found


def test_an_exported_voucher_keeps_its_number_and_others_take_free_ones() -> None:
    first = numbers({})
    a, b, c = sorted(first, key=first.__getitem__)
    assert numbers({b: 3, "another": 1}) == {a: 2, b: 3, c: 4}
    assert numbers({c: 1}) == {a: 2, b: 3, c: 1}
    assert numbers({a: ELSEWHERE, "x": 1}) == {a: 4, b: 2, c: 3}


def test_a_gap_is_a_defect_unless_an_exported_voucher_has_the_number() -> None:
    frame = make_vouchers(make_lines(ROWS), make_sources(), SBE, "2026-10").vouchers
    gap = frame.with_columns(pl.when(pl.col("number") == 3).then(4).otherwise("number").cast(pl.Int32).alias("number"))
    check_vouchers(gap, {3})
    with pytest.raises(InvariantError, match="continuous"):
        check_vouchers(gap)


def test_without_exports_nothing_moves() -> None:
    frame = pl.DataFrame({"voucher_id": ["x", "y"], "number": [1, 2]}, schema_overrides={"number": pl.Int32})
    assert renumber(frame, {}) is frame
