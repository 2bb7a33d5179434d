"""Simulated companies: a clean month says nothing, faults are found exactly, seeds and layouts change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator.__main__ import main as simulate
from tests.end_to_end.test_sample_month import orders_of, run
from tests.end_to_end.truth import order_gaps, read_rows, shop_gaps, source_gaps, variance_gaps

pytestmark = pytest.mark.slow


def gaps(folder: Path, out: Path) -> list[str]:
    truth = folder.with_name(folder.name + ".truth")
    missed, extra = variance_gaps(out, truth)
    found = [f"missed {row}" for row in missed] + [f"extra {row}" for row in extra]
    return found + order_gaps(out, truth, orders_of(out)) + source_gaps(out, truth) + shop_gaps(out)


@pytest.mark.parametrize(("seed", "variant"), [(2, "usual"), (3, "other"), (4, "usual")])
def test_a_clean_month_has_no_stop_break_or_review(tmp_path: Path, seed: int, variant: str) -> None:
    folder = tmp_path / "month"
    simulate(["month", "--out", str(folder), "--seed", str(seed), "--orders", "500", "--variant", variant])
    report = run(folder, tmp_path / "out")
    kinds = {row["kind"] for row in read_rows(tmp_path / "out" / "variances.csv")}
    assert not kinds & {"stop", "break", "review"}
    assert report.exit_code == 0
    assert gaps(folder, tmp_path / "out") == []


@pytest.mark.parametrize(("seed", "variant"), [(11, "usual"), (12, "usual")])
def test_a_month_with_faults_is_explained_exactly(tmp_path: Path, seed: int, variant: str) -> None:
    folder = tmp_path / "month"
    options = ["--seed", str(seed), "--orders", "1500", "--variant", variant, "--scenario", "faults"]
    simulate(["month", "--out", str(folder), *options])
    run(folder, tmp_path / "out")
    assert gaps(folder, tmp_path / "out") == []
