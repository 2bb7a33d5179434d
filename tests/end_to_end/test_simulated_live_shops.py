"""Simulated live shops in every layout of their bills: a clean month says nothing, faults are found exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.compare import compare
from benchmarks.simulator.faults import faulty_month
from benchmarks.simulator.output import Month, write
from tests.end_to_end.test_sample_month import run
from tests.end_to_end.truth import read_rows

pytestmark = pytest.mark.slow

FAULTS = (
    "missing_receipt", "short_receipt", "over_receipt", "rounding", "double_receipt", "receipt_without_order",
    "receipt_without_reference", "refund_not_in_bill", "refund_not_in_book", "refund_amount", "coupon_missing",
    "closed_keeps_money", "fee_rate_wrong", "fee_not_returned", "clawback_without_refund", "clawback_too_big",
    "unknown_fee_type", "advance_not_repaid",
)  # fmt: skip
KUAISHOU_FAULTS = (  # no after-sale file: nothing about documents
    "missing_receipt", "short_receipt", "over_receipt", "rounding", "double_receipt", "receipt_without_order",
    "receipt_without_reference", "closed_keeps_money", "fee_rate_wrong", "unknown_fee_type",
)  # fmt: skip
DOUYIN = ("dou_a", "dou_b", "dou_c", "dou_d", "dou_e", "dou_f")


def problems(month: Month, tmp_path: Path) -> list[str]:
    write(month, tmp_path / "month")
    run(tmp_path / "month", tmp_path / "out")
    return compare(tmp_path / "out", tmp_path / "month.truth")


@pytest.mark.parametrize(("variant", "seed"), [("douyin", 2), ("douyin", 7), ("kuaishou", 3)])
def test_a_clean_month_has_no_stop_break_or_review(tmp_path: Path, variant: str, seed: int) -> None:
    assert problems(clean_month(variant=variant, seed=seed, orders=700), tmp_path) == []
    kinds = {row["kind"] for row in read_rows(tmp_path / "out" / "variances.csv")}
    assert not kinds & {"stop", "break", "review"}


@pytest.mark.parametrize("shop", DOUYIN)
def test_every_fault_of_an_order_is_found_exactly_in_every_layout(tmp_path: Path, shop: str) -> None:
    faults = [f"{fault}@{shop}" for fault in FAULTS]
    assert problems(faulty_month(faults, variant=shop, seed=5, orders=600), tmp_path) == []


@pytest.mark.parametrize("shop", ["ks_a", "ks_b"])
def test_faults_of_a_settlement_bill_with_its_wallet(tmp_path: Path, shop: str) -> None:
    faults = [f"{fault}@{shop}" for fault in KUAISHOU_FAULTS]
    assert problems(faulty_month(faults, variant=shop, seed=5, orders=400), tmp_path) == []


@pytest.mark.parametrize(("shop", "detail"), [("dou_c", "douyin.d3"), ("dou_f", "douyin.d3"), ("ks_a", "kuaishou.k1")])
def test_net_settlements_alone_leave_orders_waiting(tmp_path: Path, shop: str, detail: str) -> None:
    """Net of its fees a settlement would make every order look short."""
    month = clean_month(variant=shop, seed=2, orders=300)
    month.files = [file for file in month.files if file.profile != detail]
    write(month, tmp_path / "month")
    report = run(tmp_path / "month", tmp_path / "out")
    rows = read_rows(tmp_path / "out" / "variances.csv")
    told = {row["code"] for row in rows if row["kind"] in ("stop", "break", "review")}
    assert told == {"F12"}
    assert not {row["code"] for row in rows} & {"A02", "A04", "C06", "X02"}
    assert "not_checked" in report.orders["disposition"].cast(str).to_list()
    assert any("净额" in note for note in report.notes)
