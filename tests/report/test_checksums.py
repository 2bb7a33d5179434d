"""Checksums from tables are those of the texts, cell by cell."""

from __future__ import annotations

import io
import zlib
from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.report import checksums
from ecrecon.report.output import controls_bytes

EDGES = [0, 1, 9, 10, 9_999, 10_000, 99_999_999, 100_000_000, 10**12 - 1, 10**12, 10**16 - 1]


def _plain(texts: list[str]) -> list[int]:
    return [zlib.crc32(text.encode()) for text in texts]


@given(st.lists(st.integers(-(10**16) + 1, 10**16 - 1), min_size=1), st.integers(0, len(EDGES) - 1))
def test_numbers(numbers: list[int], edge: int) -> None:
    told = [*numbers, *EDGES[: edge + 1], *(-number for number in EDGES[: edge + 1])]
    for asked in (told, [abs(number) for number in told], EDGES[: edge + 1]):
        counted = checksums.of_numbers(pl.Series(asked, dtype=pl.Int64))
        assert counted is not None
        assert counted.to_list() == _plain([str(number) for number in asked])


@pytest.mark.parametrize("number", [10**16, -(10**16), 2**63 - 1, -(2**63) + 1])
def test_longer_numbers_have_no_table(number: int) -> None:
    assert checksums.of_numbers(pl.Series([1, number], dtype=pl.Int64)) is None


@given(st.lists(st.datetimes(datetime(1960, 1, 1), datetime(2060, 1, 1)), min_size=1))
def test_moments_are_those_of_their_own_clock(moments: list[datetime]) -> None:
    for zone in (None, "Asia/Shanghai"):
        cells = pl.Series(moments, dtype=pl.Datetime("us", "UTC" if zone else None))
        cells = cells.dt.convert_time_zone(zone) if zone else cells
        counted = checksums.of_moments(cells)
        assert counted is not None
        assert counted.to_list() == _plain(cells.dt.strftime("%Y-%m-%d %H:%M:%S").to_list())


def test_moments_far_apart_have_no_table() -> None:
    assert checksums.of_moments(pl.Series([datetime(1, 1, 1), datetime(9999, 1, 1)])) is None


def _frame(height: int) -> pl.DataFrame:
    numbers = range(height)
    return pl.DataFrame(
        {
            "own": [f"{n * 7919}" for n in numbers],
            "few": [("甲", "乙", "")[n % 3] for n in numbers],
            "one": ["x"] * height,
            "marked": [f"'=A{n}" if n % 2 else f"'{n}" for n in numbers],
            "holes": [None if n % 3 else str(n) for n in numbers],
            "none": pl.Series([None] * height, dtype=pl.String),
            "number": [n * 104_729 - 50_000_000 for n in numbers],
            "hollow": [None if n % 5 == 0 else n for n in numbers],
            "large": [10**17 + n for n in numbers],
            "yes": [n % 2 == 0 for n in numbers],
            "maybe": [None if n % 4 == 0 else n % 2 == 0 for n in numbers],
        }
    ).with_columns(
        at=pl.from_epoch(pl.col("number") + 1_790_000_000).dt.replace_time_zone("Asia/Shanghai"),
        old=pl.when(pl.col("number") > 0).then(pl.from_epoch(pl.col("number") * 40).dt.replace_time_zone("UTC")),
    )


@pytest.mark.parametrize("height", [1, 1_999, 2_001, 6_000])
def test_the_totals_of_a_file_are_those_of_its_cells_one_by_one(height: int) -> None:
    frame, body = _frame(height), io.BytesIO()
    frame.write_parquet(body)
    head, *rows = controls_bytes({"x.parquet": body.getvalue()}, {}).decode("utf-8-sig").splitlines()
    told = {row.split(",")[2]: tuple(row.split(",")[3:]) for row in rows if row.startswith("x.")}
    assert head == "file,part,column,rows,filled,total,weighted"
    assert list(told) == sorted(frame.columns)
    for name in frame.columns:
        texts = [_shown(cell) for cell in frame[name].to_list()]
        sums = _plain(texts)
        weighted = sum(value * row for row, value in enumerate(sums, 1))
        filled = len([text for text in texts if text])
        assert told[name] == (str(height), str(filled), str(sum(sums)), str(weighted)), name


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, bool):
        return str(int(cell))
    text = str(cell)
    return text[1:] if text.startswith("'=") else text
