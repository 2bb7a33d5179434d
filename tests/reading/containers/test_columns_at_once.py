"""Columns of numbers are told at once as cell by cell, and fall back where one number is no plain decimal."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.quarantine.plain import Cell
from ecrecon.reading.containers.sheets import cell_text, column_of, is_number

_MANY = 80
_FINE: list[Cell] = [0.1, 3.0, -0.0, 0.0, 12.345, 1e15, 62.89999999999998, 7, -19.99, 0.0001, None, "", "3.0", "合计"]
_ODD: list[Cell] = [
    1e-7,
    5.1e18,
    2**53,
    2**60,
    float(2**60),
    float("inf"),
    float("nan"),
    True,
    datetime(2026, 10, 1),
]


def _same(column: list[Cell]) -> None:
    texts, numeric = column_of("c0", column)
    assert texts.to_list() == [cell_text(value) for value in column]
    assert numeric.to_list() == [is_number(value) for value in column]


def test_plain_numbers() -> None:
    _same(_FINE * _MANY)


@pytest.mark.parametrize("odd", _ODD, ids=repr)
def test_one_odd_number_among_plain_ones(odd: Cell) -> None:
    _same([*_FINE * _MANY, odd])


def test_few_cells() -> None:
    _same(_FINE)


@given(st.lists(st.one_of(st.floats(), st.integers(), st.integers(-(10**7), 10**7).map(lambda n: n / 100)), min_size=1))
def test_any_numbers(values: list[Cell]) -> None:
    _same([*values, *_FINE * _MANY])
