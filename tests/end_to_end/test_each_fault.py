"""Every fault of the simulator: found with its rows and amounts, and nothing else is said about any other order.

Faults that do not hide each other share a month, so that all of them stay affordable on every run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.simulator.compare import compare
from benchmarks.simulator.faults import NAMES, faulty_month
from benchmarks.simulator.output import Month, write
from benchmarks.simulator.truth import TYPES
from tests.end_to_end.test_sample_month import run

from ecrecon.base.variances import BY_CODE

pytestmark = pytest.mark.slow

MONTHS: tuple[tuple[str, ...], ...] = (
    (
        "missing_receipt", "double_receipt", "receipt_without_order", "receipt_without_reference",
        "refund_not_in_bill", "refund_not_in_book", "refund_amount", "coupon_missing", "closed_keeps_money",
        "rounding", "no_after_sales_file", "fake_order", "paid_to_other_shop",
    ),
    (
        "fee_rate_wrong", "fee_not_returned", "clawback_without_refund", "clawback_too_big", "unknown_fee_type",
        "advance_not_repaid", "partial_receipt", "rounding_over_cap", "receipt_before_files", "short_receipt",
        "over_receipt",
    ),
    ("duplicate_line", "file_twice", "day_missing", "balance_break", "consumer_bill", "status_backwards"),
    ("trailer_wrong@pdd_a", "ids_damaged", "month_over_days"),
    ("column_renamed@pdd_a", "day_changed"),
    ("broken_bytes@pdd_a",),
    ("bad_amount@pdd_a", "bill_missing@pdd_b"),
    ("amounts_inflated",),
    ("both_amounts@pdd_a", "column_added@pdd_b"),
    ("file_of_other_shop",),
    (
        "sold_not_recorded", "paid_not_shipped", "recorded_not_on_platform", "payout_not_in_bank", "bank_not_in_payout",
        "payout_ambiguous@pdd_b",
    ),
    ("returned_not_refunded",),
    ("settlement_differs", "total_differs"),
    ("refund_in_other_currency",),
)  # fmt: skip
ELSEWHERE: dict[str, dict[str, Any]] = {
    "amounts_inflated": {"orders": 1600},
    "settlement_differs": {"variant": "jd"},
    "refund_in_other_currency": {"variant": "wechatpay", "orders": 1500},
}
"""Months, by their first fault, that need other shops, more orders or other files."""
NEEDS_A_BOOK = {"X09"}
"""Nothing is closed in a run without a book."""


OF_FILES_THAT_ARE_NOT_HERE = {"F17", "X12"}
"""Told where a file is missing or not complete: tests of cut files, test_unchecked.py."""


def month_of(faults: tuple[str, ...]) -> Month:
    return faulty_month(list(faults), **{"orders": 400, **ELSEWHERE.get(faults[0], {})})


def test_every_variance_type_is_told_by_some_month() -> None:
    told = {row.code for month in map(month_of, MONTHS) for row in month.rows(month.truths())}
    assert told == set(BY_CODE) - NEEDS_A_BOOK - OF_FILES_THAT_ARE_NOT_HERE
    assert {code: TYPES[code] for code in told} == {c: (BY_CODE[c].name, BY_CODE[c].kind) for c in told}


def test_every_fault_is_tried() -> None:
    assert sorted(name.partition("@")[0] for month in MONTHS for name in month) == sorted(NAMES)


@pytest.mark.parametrize("faults", MONTHS, ids=lambda faults: faults[0])
def test_a_fault_is_found_exactly(tmp_path: Path, faults: tuple[str, ...]) -> None:
    folder = tmp_path / "month"
    write(month_of(faults), folder)
    run(folder, tmp_path / "out")
    assert compare(tmp_path / "out", tmp_path / "month.truth") == []
