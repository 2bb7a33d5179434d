"""The whole simulated company: shops of every platform, one ERP, one bank. Each cent, order and payout has its answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator.compare import compare
from tests.end_to_end.truth import read_rows, shop_gaps
from tests.months import BETWEEN_SIDES, IN_BILLS, booked

from ecrecon import report as reports
from ecrecon.pipeline import RunSettings
from ecrecon.pipeline.chain import Run
from ecrecon.report.model import Report

pytestmark = pytest.mark.slow


def problems(company: Run, out: Path) -> list[str]:
    """What the written run says other than the truth of the company."""
    report = booked(company, company[RunSettings].workspace)[Report]
    reports.write(report, out)
    (folder,) = company[RunSettings].paths
    return compare(out, folder.with_name(folder.name + ".truth")) + shop_gaps(out)


def test_a_clean_month_of_the_whole_company_has_no_stop_break_or_review(clean_company: Run, tmp_path: Path) -> None:
    assert problems(clean_company, tmp_path / "out") == []
    rows = read_rows(tmp_path / "out" / "variances.csv")
    assert not {row["kind"] for row in rows} & {"stop", "break", "review"}


def test_faults_anywhere_in_the_company_are_found_exactly(faulty_company: Run, tmp_path: Path) -> None:
    assert problems(faulty_company, tmp_path / "out") == []
    rows = read_rows(tmp_path / "out" / "variances.csv")
    assert {*BETWEEN_SIDES.values(), *IN_BILLS.values()} <= {row["code"] for row in rows}
