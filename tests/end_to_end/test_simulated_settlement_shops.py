"""Simulated shops whose settlement lines explain a ledger (JD, Xiaohongshu): a clean month says nothing, faults are found exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.faults import faulty_month
from benchmarks.simulator.output import write
from tests.end_to_end.test_sample_month import run
from tests.end_to_end.test_simulated_live_shops import problems
from tests.end_to_end.truth import read_rows

pytestmark = pytest.mark.slow

FAULTS = (
    "missing_receipt", "short_receipt", "over_receipt", "rounding", "double_receipt", "receipt_without_order",
    "receipt_without_reference", "refund_not_in_bill", "refund_not_in_book", "refund_amount", "closed_keeps_money",
    "fee_rate_wrong", "unknown_fee_type",
)  # fmt: skip

WITHOUT_DOCUMENTS = (
    "missing_receipt", "short_receipt", "over_receipt", "rounding", "double_receipt", "receipt_without_order",
    "receipt_without_reference", "coupon_missing", "closed_keeps_money", "fee_rate_wrong", "clawback_without_refund",
    "unknown_fee_type",
)  # fmt: skip


@pytest.mark.parametrize(("variant", "seed"), [("jd", 2), ("jd", 7), ("xiaohongshu", 2), ("xiaohongshu", 7)])
def test_a_clean_month_has_no_stop_break_or_review(tmp_path: Path, variant: str, seed: int) -> None:
    assert problems(clean_month(variant=variant, seed=seed, orders=500), tmp_path) == []
    kinds = {row["kind"] for row in read_rows(tmp_path / "out" / "variances.csv")}
    assert not kinds & {"stop", "break", "review"}


@pytest.mark.parametrize(
    ("variant", "detail", "wallet"),
    [("xiaohongshu", "结算明细", "动账明细"), ("jd", "结算明细", "钱包流水")],
)
def test_one_view_missing_makes_orders_wait_and_accuses_nobody(
    tmp_path: Path, variant: str, detail: str, wallet: str
) -> None:
    for word, waits in ((detail, True), (wallet, False)):
        month = tmp_path / word
        write(clean_month(variant=variant, seed=4, orders=200), month)
        gone = [path for path in month.rglob("*") if word in path.name]
        assert gone
        for path in gone:
            path.unlink()
        run(month, tmp_path / f"{word}.out")
        rows = read_rows(tmp_path / f"{word}.out" / "variances.csv")
        assert not {row["code"] for row in rows if row["kind"] in ("stop", "break")}
        assert bool([row for row in rows if row["code"] == "F12"]) == waits


@pytest.mark.parametrize("shop", ["red_a", "red_b", "red_c", "red_d"])
def test_faults_of_both_levels_of_a_settlement(tmp_path: Path, shop: str) -> None:
    faults = [f"{fault}@{shop}" for fault in WITHOUT_DOCUMENTS]
    assert problems(faulty_month(faults, variant=shop, seed=5, orders=400), tmp_path) == []


@pytest.mark.parametrize("shop", ["jd_a", "jd_b", "jd_c"])
def test_every_fault_of_an_order_is_found_exactly_in_every_layout(tmp_path: Path, shop: str) -> None:
    faults = [f"{fault}@{shop}" for fault in FAULTS]
    assert problems(faulty_month(faults, variant=shop, seed=5, orders=500), tmp_path) == []
