"""Properties of the match plan: no number is used twice, row order changes nothing, doubt is never decided."""

from __future__ import annotations

import random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.schema import PARSED_GOODS, conform
from ecrecon.base.sources import Parsed, Source
from ecrecon.matching.goods_records import LINKS, Records, gather

NUMBERS = [f"2610{n:02d}-{n:012d}" for n in range(1, 7)]
SUFFIXES = ["", "", "-1", "_2", "补发", "-BF"]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    """(platform numbers, ERP rows of (own number, printed platform numbers))."""
    platform = draw(st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1))
    platform += [f"{number}-{n}" for number in draw(st.lists(st.sampled_from(NUMBERS), max_size=1)) for n in (1, 2)]
    one = st.tuples(st.sampled_from(NUMBERS), st.sampled_from(SUFFIXES)).map("".join)
    printed = st.lists(one, min_size=1, max_size=3, unique=True).map(";".join)
    rows = draw(st.lists(st.tuples(st.sampled_from(["E1", "E2", "E3"]), printed), max_size=6))
    return sorted(set(platform)), rows


def match(platform: list[str], rows: list[tuple[str, str]]) -> Records:
    frame = pl.DataFrame(
        {
            "source_line": range(2, 2 + len(rows)),
            "erp_order_id": [r[0] for r in rows],
            "order_id": [r[1] for r in rows],
        },
        schema={"source_line": pl.Int32, "erp_order_id": pl.String, "order_id": pl.String},
    )
    source = Source(path="erp.csv", sha256="", size=0, container="csv", kind="orders", origin="erp", profile="erp.x")
    orders = pl.DataFrame({"order_id": platform}, schema={"order_id": pl.String})
    orders = orders.with_columns(sub_order_id=pl.lit(None, dtype=pl.String))
    return gather([Parsed(source, conform(frame, PARSED_GOODS))], {"erp.x": 10}, orders, orders.clear())


def told(records: Records) -> set[tuple[str, str, str, str]]:
    rows = records.links.join(records.rows.select("row_id", "erp_order_id"), on="row_id")
    return set(rows.select("erp_order_id", "part", "target", "rule_id").iter_rows())


@settings(max_examples=60)
@given(worlds())
def test_each_printed_number_has_one_answer_or_is_in_doubt(world: tuple[list[str], list[tuple[str, str]]]) -> None:
    platform, rows = world
    records = match(platform, rows)
    per_number = records.links.group_by("row_id", "part").agg(pl.len(), pl.col("rule_id").n_unique())
    assert per_number.filter((pl.col("len") > 1) | (pl.col("rule_id") > 1)).is_empty()
    assert set(records.links["target"]) <= set(platform)
    both = records.links.join(records.ambiguous, on=["row_id", "part"], how="semi")
    assert both.is_empty()
    doubt = records.ambiguous.group_by("row_id", "part").agg(pl.col("target").n_unique())
    assert (doubt["target"] > 1).all()


@settings(max_examples=60)
@given(worlds(), st.integers(0, 9))
def test_row_order_changes_nothing(world: tuple[list[str], list[tuple[str, str]]], seed: int) -> None:
    platform, rows = world
    generator = random.Random(seed)
    shuffled_rows, shuffled_platform = list(rows), list(platform)
    generator.shuffle(shuffled_rows)
    generator.shuffle(shuffled_platform)
    assert told(match(platform, rows)) == told(match(shuffled_platform, shuffled_rows))


@settings(max_examples=60)
@given(worlds())
def test_exact_number_beats_every_variant(world: tuple[list[str], list[tuple[str, str]]]) -> None:
    platform, rows = world
    records = match(platform, rows)
    exact = records.parts.filter(pl.col("part").is_in(platform)).select("row_id", "part")
    found = exact.join(records.links, on=["row_id", "part"], how="left")
    assert found.filter(pl.col("part").ne_missing(pl.col("target"))).is_empty()


def test_rows_without_any_number_match_nothing() -> None:
    records = match(NUMBERS, [("E1", "")])
    assert records.links.equals(pl.DataFrame(schema=dict(LINKS)))
    assert records.rows.height == 1
