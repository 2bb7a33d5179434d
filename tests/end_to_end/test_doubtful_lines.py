"""Rows that a damaged file makes doubtful: those listed, and those that the findings only count."""

from __future__ import annotations

import polars as pl

from ecrecon.base.sources import Source, finding
from ecrecon.pipeline.intake import doubtful_lines
from ecrecon.pipeline.values import Ledger


def doubtful(*findings: pl.DataFrame, unsigned: tuple[int, ...] = ()) -> list[int]:
    ledger = pl.DataFrame(
        {"line_id": [1, 2, 3, 4], "source_id": [0, 0, 0, 1], "source_line": [2, 3, 4, 2], "order_id": [None, None, "1", None]},
        schema={"line_id": pl.Int64, "source_id": pl.Int32, "source_line": pl.Int32, "order_id": pl.String},
    )  # fmt: skip
    sources = tuple(Source(path, "", 0, "csv", "bill", unsigned=unsigned) for path in ("a.csv", "b.csv"))
    return doubtful_lines(findings, Ledger(ledger, sources, {}))["line_id"].to_list()


def test_a_listed_row_is_doubtful_alone() -> None:
    assert doubtful(finding("F04", "a.csv", line=2)) == [1]


def test_numbers_that_are_only_counted_make_every_row_without_one_doubtful() -> None:
    assert doubtful(finding("F04", "a.csv", line=2), finding("F04", "a.csv", text="共 351 个")) == [1, 2]


def test_amounts_that_are_only_counted_may_stand_in_any_row() -> None:
    assert doubtful(finding("F11", "a.csv", text="共 351 个")) == [1, 2, 3]


def test_rows_whose_direction_nobody_knows_are_doubtful_without_a_finding_each() -> None:
    assert doubtful(finding("F08", "a.csv"), unsigned=(3,)) == [2]
    assert doubtful(finding("F11", "a.csv", line=2, kind="review"), unsigned=(2, 4)) == [1, 3, 4]
