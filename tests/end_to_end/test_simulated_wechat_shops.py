"""Simulated WeChat shops and shops of one's own on WeChat Pay: a clean month says nothing, faults are found exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.faults import faulty_month
from tests.end_to_end.test_simulated_live_shops import problems
from tests.end_to_end.truth import read_rows

pytestmark = pytest.mark.slow

FAULTS = (
    "missing_receipt", "short_receipt", "over_receipt", "rounding", "double_receipt", "receipt_without_order",
    "receipt_without_reference", "refund_not_in_bill", "refund_not_in_book", "refund_amount", "fee_rate_wrong",
    "unknown_fee_type",
)  # fmt: skip
"""The platform's part comes inside the receipt; of a WeChat shop no fee is documented to come back."""


@pytest.mark.parametrize(("variant", "seed"), [("wechat_shop", 2), ("wechat_shop", 7), ("wechatpay", 3)])
def test_a_clean_month_has_no_stop_break_or_review(tmp_path: Path, variant: str, seed: int) -> None:
    assert problems(clean_month(variant=variant, seed=seed, orders=700), tmp_path) == []
    kinds = {row["kind"] for row in read_rows(tmp_path / "out" / "variances.csv")}
    assert not kinds & {"stop", "break", "review"}


@pytest.mark.parametrize("shop", ["wx_a", "wx_b", "wx_c"])
def test_every_fault_of_an_order_is_found_exactly_in_every_layout(tmp_path: Path, shop: str) -> None:
    # the number of a payment without order leads nowhere: that money has no order number at all
    faults = [f"{name}@{shop}" for name in FAULTS if (name, shop) != ("receipt_without_order", "wx_c")]
    assert problems(faulty_month(faults, variant="wechat_shop", seed=5, orders=900), tmp_path) == []


@pytest.mark.parametrize("shop", ["own_a", "own_b"])
def test_faults_of_payments_and_their_fund_flow(tmp_path: Path, shop: str) -> None:
    faults = [f"{name}@{shop}" for name in (*FAULTS, "fee_not_returned")]
    assert problems(faulty_month(faults, variant="wechatpay", seed=5, orders=700), tmp_path) == []
