"""The sample month: every injected fault found with its type and amount, nothing else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end.truth import order_gaps, source_gaps, variance_gaps

from ecrecon import report as reports
from ecrecon.base.money import decimal_text
from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
TRUTH = SAMPLE.with_name("2026-10.truth")


def run(folder: Path, out: Path) -> reports.Report:
    config = find_config((folder,), None)
    report = run_match(RunSettings(paths=(folder,), workspace=read_workspace(config), config=config))
    reports.write(report, out)
    return report


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[reports.Report, Path]:
    out = tmp_path_factory.mktemp("sample") / "out"
    return run(SAMPLE, out), out


def orders_of(out: Path) -> list[dict[str, object]]:
    frame = pl.read_parquet(out / "orders.parquet")
    grouped = frame.group_by("order_id").agg(
        pl.col("disposition").first(), pl.col("difference_minor").sum().alias("minor")
    )
    return [
        {"order_id": o, "disposition": d, "difference": decimal_text(m)}
        for o, d, m in grouped.sort("order_id").iter_rows()
    ]


def test_every_fault_is_found_with_its_amount_and_nothing_else(month: tuple[reports.Report, Path]) -> None:
    missed, extra = variance_gaps(month[1], TRUTH)
    assert not missed, missed
    assert not extra, extra


def test_every_order_stands_as_the_truth_says(month: tuple[reports.Report, Path]) -> None:
    assert order_gaps(month[1], TRUTH, orders_of(month[1])) == []


def test_every_file_is_read_as_the_truth_says(month: tuple[reports.Report, Path]) -> None:
    assert source_gaps(month[1], TRUTH) == []


def test_it_exits_1_because_there_are_breaks(month: tuple[reports.Report, Path]) -> None:
    assert month[0].exit_code == 1
