"""Property: a bill in parts, with overlaps and second downloads, gives the lines of the whole bill or a stop.

Over every layout of bills and bank statements, at random cuts. Random, but with fixed seeds: each run sees the same cuts.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from tests.golden.goldens import profiles, sample_read, samples
from tests.judging.bill.cutting import Cut, cut, grown, reconcile, twin_files, with_twins

from ecrecon.base.money import decimal_text
from ecrecon.base.sources import Parsed

pytestmark = pytest.mark.slow

IDENTITY = {p.id: list(p.identity.key) for p in profiles() if p.identity is not None}
BILLS = sorted(p.id for p in profiles() if p.profile.kind in ("bill", "bank"))
UNDATED = {"alipay.a2", "alipay.a4"}
"""Summaries without a time: their rows belong to no day, and no other file can replace them."""
CUTS = 3


@cache
def sample_of(profile: str) -> tuple[Parsed, pl.DataFrame] | None:
    """A sample of the layout and its dated lines, at least nine rows; None where the layout has no dated sample."""
    for path in samples():
        if path.parent.name != profile:
            continue
        parsed = sample_read(Path(path))
        if parsed.frame is not None and parsed.frame["occurred_at"].null_count() < parsed.frame.height:
            return parsed, grown(parsed.frame.drop("pocket", strict=False))
    return None


def kept_and_whole(lines: pl.DataFrame, whole: pl.DataFrame) -> bool:
    """The lines that count are those of the whole bill: as many, of the same amounts, orders and categories."""
    columns = ["order_id", "txn_id", "category", "occurred_at", "amount_minor"]
    left, right = (f.select(columns).sort(columns, nulls_last=True) for f in (lines, whole))
    return left.with_columns(pl.col("category").cast(pl.String)).equals(
        right.with_columns(pl.col("category").cast(pl.String))
    )


def test_every_layout_of_bills_has_a_sample() -> None:
    assert {name for name in BILLS if sample_of(name) is None} == UNDATED


@pytest.mark.parametrize("profile", [name for name in BILLS if name not in UNDATED])
def test_parts_give_the_whole_or_a_stop(profile: str) -> None:
    sample = sample_of(profile)
    assert sample is not None
    parsed, frame = sample
    for seed in range(CUTS):
        dice = random.Random(f"{profile} {seed}")
        parts = cut(frame, dice)
        lines, stops = reconcile(parsed, parts, IDENTITY)
        if parts.clean:
            assert stops.is_empty(), [path for _, path in parts.files]
        assert len(stops) or kept_and_whole(lines, frame), [path for _, path in parts.files]


@pytest.mark.parametrize("profile", [name for name in BILLS if name not in UNDATED | set(IDENTITY)])
def test_equal_rows_on_both_sides_of_a_cut(profile: str) -> None:
    """Rows that stand twice in the bill are never taken for a second download in silence."""
    sample = sample_of(profile)
    assert sample is not None
    parsed, frame = sample
    for seed in range(CUTS):
        dice = random.Random(f"twins {profile} {seed}")
        whole = with_twins(frame, dice)
        parts = cut(whole, dice)
        if twin_files(parts):
            continue
        lines, stops = reconcile(parsed, parts, IDENTITY)
        assert len(stops) or kept_and_whole(lines, whole), [path for _, path in parts.files]
        if len(parts.files) == 2 and len(stops):
            assert decimal_text(int(whole["amount_minor"].sum())) in stops["hint"][0]


@pytest.mark.parametrize("profile", [name for name in BILLS if name not in UNDATED])
def test_the_month_bill_over_day_bills(profile: str) -> None:
    """The usual second download is decided: a rule that always stops would hold the property and help nobody."""
    sample = sample_of(profile)
    assert sample is not None
    parsed, frame = sample
    days = frame.with_columns(day=pl.col("occurred_at").dt.date()).partition_by("day", maintain_order=True)
    files = [(part.drop("day"), f"day{n}.csv") for n, part in enumerate(days)]
    lines, stops = reconcile(parsed, Cut([*files, (frame, "month 9.csv")], clean=False), IDENTITY)
    assert stops.is_empty()
    assert kept_and_whole(lines, frame)
