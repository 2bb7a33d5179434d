"""Simulated companies with an ERP and a bank: a clean month says nothing, faults between the sides are found exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.compare import compare
from benchmarks.simulator.faults import faulty_month
from benchmarks.simulator.output import Month, write
from tests.end_to_end.test_sample_month import run
from tests.end_to_end.truth import read_rows, shop_gaps

pytestmark = pytest.mark.slow


def problems(month: Month, tmp_path: Path) -> list[str]:
    write(month, tmp_path / "month")
    run(tmp_path / "month", tmp_path / "out")
    return compare(tmp_path / "out", tmp_path / "month.truth") + shop_gaps(tmp_path / "out")


@pytest.mark.parametrize(
    ("sides", "variant", "seed"),
    [(("erp", "bank"), "usual", 2), (("erp_jackyun", "bank_cmb"), "other", 3), (("erp", "bank_cmb"), "douyin", 4)],
)
def test_a_clean_month_has_no_stop_break_or_review(
    tmp_path: Path, sides: tuple[str, ...], variant: str, seed: int
) -> None:
    assert problems(clean_month(variant=variant, seed=seed, orders=600, sides=sides), tmp_path) == []
    kinds = {row["kind"] for row in read_rows(tmp_path / "out" / "variances.csv")}
    assert not kinds & {"stop", "break", "review"}


def test_faults_between_the_sides_are_found_in_the_other_layouts(tmp_path: Path) -> None:
    faults = [
        "sold_not_recorded@tmall_a", "sold_not_recorded@pdd_a", "paid_not_shipped@taobao_b", "paid_not_shipped@pdd_b",
        "recorded_not_on_platform@pdd_a", "payout_not_in_bank@tmall_a", "bank_not_in_payout", "missing_receipt@pdd_a",
        "refund_not_in_bill@tmall_a",
    ]  # fmt: skip
    month = faulty_month(faults, variant="other", seed=9, orders=700, sides=("erp_jackyun", "bank_cmb"))
    assert problems(month, tmp_path) == []
