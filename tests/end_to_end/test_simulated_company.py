"""The whole simulated company: shops of every platform, one ERP, one bank. Each cent, order and payout has its answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.faults import faulty_month
from tests.end_to_end.test_simulated_sides import problems
from tests.end_to_end.truth import read_rows

pytestmark = pytest.mark.slow

ORDERS = 800
BETWEEN_SIDES = {
    "sold_not_recorded": "X05", "paid_not_shipped": "X06", "payout_not_in_bank": "X07", "bank_not_in_payout": "X08",
    "recorded_not_on_platform": "X10",
}  # fmt: skip
IN_BILLS = {
    "missing_receipt": "X02", "short_receipt": "A02", "double_receipt": "A05", "refund_not_in_bill": "R01",
    "refund_not_in_book": "R02", "coupon_missing": "C06", "receipt_without_reference": "X04",
}  # fmt: skip


def test_a_clean_month_of_the_whole_company_has_no_stop_break_or_review(tmp_path: Path) -> None:
    assert problems(clean_month(variant="full", seed=4, orders=ORDERS, sides=("erp", "bank")), tmp_path) == []
    rows = read_rows(tmp_path / "out" / "variances.csv")
    assert not {row["kind"] for row in rows} & {"stop", "break", "review"}


def test_faults_anywhere_in_the_company_are_found_exactly(tmp_path: Path) -> None:
    names = [*BETWEEN_SIDES, "paid_not_shipped@own_a", "payout_not_in_bank@own_b", "payout_not_in_bank@wx_a", *IN_BILLS]
    month = faulty_month(names, variant="full", seed=4, orders=ORDERS, sides=("erp_jackyun", "bank_cmb"))
    assert problems(month, tmp_path) == []
    rows = read_rows(tmp_path / "out" / "variances.csv")
    assert {*BETWEEN_SIDES.values(), *IN_BILLS.values()} <= {row["code"] for row in rows}
