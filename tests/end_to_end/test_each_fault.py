"""Every fault of the simulator: found with its rows and amounts, and nothing else is said about any other order.

Faults that do not hide each other share a month, so that all of them stay affordable on every run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator.compare import compare
from benchmarks.simulator.faults import NAMES, faulty_month
from benchmarks.simulator.output import write
from tests.end_to_end.test_sample_month import run

MONTHS: tuple[tuple[str, ...], ...] = (
    (
        "missing_receipt", "double_receipt", "receipt_without_order", "receipt_without_reference",
        "refund_not_in_bill", "refund_not_in_book", "refund_amount", "coupon_missing", "closed_keeps_money",
        "rounding", "no_after_sales_file",
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
    ("both_amounts@pdd_a", "column_added@pdd_b"),
    ("file_of_other_shop",),
    (
        "sold_not_recorded", "paid_not_shipped", "recorded_not_on_platform", "payout_not_in_bank", "bank_not_in_payout",
    ),
)  # fmt: skip


def test_every_fault_is_tried() -> None:
    assert sorted(name.partition("@")[0] for month in MONTHS for name in month) == sorted(NAMES)


@pytest.mark.parametrize("faults", MONTHS, ids=lambda faults: faults[0])
def test_a_fault_is_found_exactly(tmp_path: Path, faults: tuple[str, ...]) -> None:
    folder = tmp_path / "month"
    write(faulty_month(list(faults), orders=400), folder)
    run(folder, tmp_path / "out")
    assert compare(tmp_path / "out", tmp_path / "month.truth") == []
