"""Agreed rates and returned fees: C01, C02, R07 (docs/matching.md "Fees")."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.categories import CATEGORY
from ecrecon.base.schema import COMPONENTS, TIME
from ecrecon.judging.fees import RATES, check_fees

AS_OF = datetime(2026, 10, 31, 23, 59, 59)
RETURNED = [("pdd", "tech_service_fee")]
LINES = {
    "group_id": pl.Int64, "line_id": pl.Int64, "category": CATEGORY, "amount_minor": pl.Int64, "occurred_at": TIME,
    "txn_id": pl.String, "fee": pl.String,
}  # fmt: skip
COMMISSION = {"shop": "a", "category": "commission", "numerator": 5, "denominator": 100}
TECH = {"shop": "a", "category": "tech_service_fee", "numerator": 6, "denominator": 1000}


def bill(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows (category, amount[, day of October[, txn_id[, group[, name of the fee]]]])."""
    full = []
    for i, (category, amount, *rest) in enumerate(rows):
        day, txn, group, fee = [*rest, *(10, None, 1, None)[len(rest) :]]
        full.append((group, i, category, amount, datetime(2026, 10, day, 12), txn, fee))
    frame = pl.DataFrame(full, schema={**LINES, "occurred_at": pl.Datetime("us")}, orient="row")
    return frame.with_columns(pl.col("occurred_at").dt.replace_time_zone("Asia/Shanghai"))


def agreed(*rates: dict[str, Any]) -> pl.DataFrame:
    blank = dict.fromkeys(RATES)
    return pl.DataFrame([{**blank, **rate} for rate in rates], schema=dict(RATES))


def fees(
    charges: pl.DataFrame,
    principal: pl.DataFrame,
    *rates: dict[str, Any],
    platform: str = "taobao",
    day: date | None = None,
    off: int | None = None,
) -> list[tuple[str, int]]:
    ids = pl.concat([charges["group_id"], principal["group_id"]]).unique().sort()
    groups = pl.DataFrame({"group_id": ids}, schema={"group_id": pl.Int64}).with_columns(
        platform=pl.lit(platform),
        shop=pl.lit("a"),
        rate_day=pl.lit(day, dtype=pl.Date),
        off_minor=pl.lit(off, dtype=pl.Int64),
    )
    told = check_fees(groups, charges, principal, agreed(*rates), AS_OF, RETURNED)
    assert dict(told.schema) == dict(COMPONENTS)
    assert (told["actual_minor"] - told["expected_minor"]).to_list() == told["amount_minor"].to_list()
    return list(told.select(pl.col("code").cast(pl.String), "amount_minor").iter_rows())


def test_charge_of_six_where_five_is_agreed_is_minus_one() -> None:
    assert fees(bill(("commission", -600)), bill(("goods_receipt", 10000)), COMMISSION) == [("C01", -100)]


def test_charge_too_low_is_reported_as_well() -> None:
    assert fees(bill(("commission", -400)), bill(("goods_receipt", 10000)), COMMISSION) == [("C01", 100)]


def test_rate_rounds_half_up_on_receipts_and_platform_part() -> None:
    principal = bill(("goods_receipt", 5990), ("coupon_platform", 300))
    assert fees(bill(("tech_service_fee", -38)), principal, TECH) == []
    assert fees(bill(("tech_service_fee", -40)), principal, TECH) == [("C01", -2)]


@pytest.mark.parametrize(("charge", "found"), [(-499, []), (-501, []), (-498, [("C01", 2)]), (-502, [("C01", -2)])])
def test_one_minor_unit_per_charge_is_rounding(charge: int, found: list[tuple[str, int]]) -> None:
    assert fees(bill(("commission", charge)), bill(("goods_receipt", 10000)), COMMISSION) == found


def test_two_charges_allow_two_minor_units() -> None:
    assert fees(bill(("commission", -250), ("commission", -252)), bill(("goods_receipt", 10000)), COMMISSION) == []
    assert fees(bill(("commission", -250), ("commission", -253)), bill(("goods_receipt", 10000)), COMMISSION) == [
        ("C01", -3)
    ]


def test_no_rate_no_variance() -> None:
    assert fees(bill(("commission", -600)), bill(("goods_receipt", 10000))) == []
    assert fees(bill(("commission", -600)), bill(("goods_receipt", 10000)), {**COMMISSION, "shop": "b"}) == []


def test_agreed_but_not_charged_is_c02() -> None:
    assert fees(bill(), bill(("goods_receipt", 10000)), COMMISSION) == [("C02", 500)]


def test_nothing_received_asks_for_no_charge() -> None:
    assert fees(bill(), bill(("refund", -100)), COMMISSION) == []
    assert fees(bill(("commission", -5)), bill(("refund", -100)), COMMISSION) == []


def test_positive_lines_are_returns_and_no_charges() -> None:
    principal = bill(("goods_receipt", 10000))
    assert fees(bill(("commission", -500), ("commission", 500)), principal, COMMISSION) == []
    assert fees(bill(("commission", 500)), principal, COMMISSION) == [("C02", 500)]


def test_refund_inside_the_settlement_row_lowers_the_base() -> None:
    principal = bill(("goods_receipt", 10000, 10, "t1"), ("refund", -4000, 10, "t1"), ("refund", -1000, 12, "t2"))
    assert fees(bill(("commission", -300)), principal, COMMISSION) == []


def test_advance_counts_only_without_goods_receipt() -> None:
    charge = bill(("commission", -500))
    assert fees(charge, bill(("advance", 10000)), COMMISSION) == []
    assert fees(charge, bill(("advance", 10000), ("advance", -10000), ("goods_receipt", 10000)), COMMISSION) == []


def test_base_of_the_rate() -> None:
    principal = bill(("goods_receipt", 10000), ("coupon_platform", 2000), ("freight_income", 500))
    only_goods = {**COMMISSION, "base": ["goods_receipt"]}
    assert fees(bill(("commission", -500)), principal, only_goods) == []
    assert fees(bill(("commission", -500)), principal, COMMISSION) == [("C01", 125)]


def test_rate_in_force_on_the_day() -> None:
    old = {**COMMISSION, "valid_to": date(2026, 10, 9)}
    new = {**COMMISSION, "numerator": 6, "valid_from": date(2026, 10, 10)}
    charge, principal = bill(("commission", -600)), bill(("goods_receipt", 10000))
    assert fees(charge, principal, old, new, day=date(2026, 10, 10)) == []
    assert fees(charge, principal, old, new, day=date(2026, 10, 9)) == [("C01", -100)]
    assert fees(charge, principal, old, new) == []
    assert fees(charge, principal, old, day=date(2026, 10, 11)) == []


def test_of_two_open_rates_the_later_one_holds() -> None:
    new = {**COMMISSION, "numerator": 6, "valid_from": date(2026, 9, 1)}
    assert fees(bill(("commission", -600)), bill(("goods_receipt", 10000)), COMMISSION, new) == []


def test_worked_order_7_fee_vector() -> None:
    principal = bill(
        ("goods_receipt", 5990), ("coupon_platform", 300), ("refund", -5990, 20), ("coupon_platform", -300, 20)
    )
    assert fees(bill(("tech_service_fee", -38), ("tech_service_fee", 38, 20)), principal, TECH, platform="pdd") == []
    assert fees(bill(("tech_service_fee", -38)), principal, platform="pdd") == [("R07", -38)]


def test_part_of_the_fee_comes_back_half_up() -> None:
    principal = bill(("goods_receipt", 10000), ("refund", -2500, 20))
    charge = ("tech_service_fee", -50)
    assert fees(bill(charge), principal, platform="pdd") == [("R07", -13)]
    assert fees(bill(charge, ("tech_service_fee", 12, 20)), principal, platform="pdd") == []
    assert fees(bill(charge, ("tech_service_fee", 11, 20)), principal, platform="pdd") == [("R07", -2)]


def test_at_most_the_charges_come_back() -> None:
    principal = bill(("goods_receipt", 10000), ("refund", -30000, 20))
    assert fees(bill(("tech_service_fee", -50)), principal, platform="pdd") == [("R07", -50)]


def test_refund_inside_the_settlement_row_brings_nothing_back() -> None:
    principal = bill(("goods_receipt", 10000, 10, "t1"), ("refund", -4000, 10, "t1"))
    assert fees(bill(("tech_service_fee", -36)), principal, platform="pdd") == []


def test_no_default_return_elsewhere_and_the_rate_decides() -> None:
    principal = bill(("goods_receipt", 10000), ("refund", -10000, 20))
    charge = bill(("commission", -500))
    assert fees(charge, principal, COMMISSION) == []
    assert fees(charge, principal, {**COMMISSION, "returned": True}) == [("R07", -500)]
    kept = {**TECH, "returned": False}
    assert fees(bill(("tech_service_fee", -60)), principal, kept, platform="pdd") == []


@pytest.mark.parametrize(("day", "kind"), [(27, "break"), (28, "timing"), (31, "timing")])
def test_a_missing_return_is_timing_for_three_days(day: int, kind: str) -> None:
    groups = pl.DataFrame(
        {"group_id": [1], "platform": ["pdd"], "shop": ["a"], "rate_day": [None], "off_minor": [None]}
    )
    principal = bill(("goods_receipt", 10000), ("refund", -10000, day))
    told = check_fees(groups, bill(("tech_service_fee", -60)), principal, agreed(), AS_OF, RETURNED)
    assert told.select(pl.col("code", "kind").cast(pl.String)).rows() == [("R07", kind)]
    assert told["rule_id"].to_list() == ["fee.tech_service_fee"]
    assert told.select("expected_minor", "actual_minor").rows() == [(60, 0)]
    assert told["line_ids"].to_list() == [[0]]


def test_no_groups_no_rows() -> None:
    schema = {
        "group_id": pl.Int64,
        "platform": pl.String,
        "shop": pl.String,
        "rate_day": pl.Date,
        "off_minor": pl.Int64,
    }
    empty = pl.DataFrame(schema=schema)
    assert check_fees(empty, bill(), bill(), agreed(COMMISSION), AS_OF).is_empty()


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-900, 900)), max_size=12), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(rows: list[tuple[int, int]], random: Any) -> None:
    charges = bill(*(("tech_service_fee", amount, 12, None, group) for group, amount in rows))
    receipts = [("goods_receipt", 10000, 10, f"g{group}", group) for group in (1, 2, 3, 4)]
    principal = bill(*receipts, *(("refund", -abs(amount), 20, None, group) for group, amount in rows))
    groups = pl.DataFrame(
        {"group_id": [1, 2, 3, 4], "platform": ["pdd"] * 4, "shop": ["a", "a", "b", "b"]}
    ).with_columns(rate_day=pl.lit(None, dtype=pl.Date), off_minor=pl.lit(None, dtype=pl.Int64))
    told = check_fees(groups, charges, principal, agreed(TECH), AS_OF)
    shuffled = [
        frame.sample(fraction=1, shuffle=True, seed=random.randrange(1000)) for frame in (groups, charges, principal)
    ]
    assert check_fees(*shuffled, agreed(TECH), AS_OF).equals(told)


USUAL, EXTRA = "0030002|技术服务费-基础技术服务费", "0050002|服务支出-消费者体验提升计划"


def test_a_rate_is_for_the_usual_fee_not_for_an_extra_service_of_few_orders() -> None:
    charges = [("tech_service_fee", -60, 10, None, group, USUAL) for group in (1, 2, 3)]
    receipts = bill(*[("goods_receipt", 10000, 10, None, group) for group in (1, 2, 3)])
    with_extra = bill(*charges, ("tech_service_fee", -88, 10, None, 1, EXTRA))
    assert fees(with_extra, receipts, TECH) == []
    dearer = bill(
        *charges[1:], ("tech_service_fee", -160, 10, None, 1, USUAL), ("tech_service_fee", -88, 10, None, 1, EXTRA)
    )
    assert fees(dearer, receipts, TECH) == [("C01", -100)]


def test_an_extra_service_is_not_asked_back_on_a_refund() -> None:
    charges = [("tech_service_fee", -60, 10, None, group, USUAL) for group in (1, 2, 3)]
    lines = bill(*charges, ("tech_service_fee", -88, 10, None, 1, EXTRA), ("tech_service_fee", 60, 12, None, 1, USUAL))
    principal = bill(("goods_receipt", 10000), ("refund", -10000, 12))
    assert fees(lines, principal, platform="pdd") == []


def test_fees_given_back_in_one_line_of_one_name_are_given_back() -> None:
    returned = {**TECH, "numerator": 5, "denominator": 100, "returned": True}
    share = {**COMMISSION, "category": "affiliate_commission", "numerator": 10, "returned": True}
    charged = (("tech_service_fee", -500), ("affiliate_commission", -1000))
    principal = bill(("goods_receipt", 10000), ("refund", -10000, 12))
    assert fees(bill(*charged, ("tech_service_fee", 1500, 12)), principal, returned, share) == []
    assert fees(bill(*charged, ("tech_service_fee", 500, 12)), principal, returned, share) == [("R07", -1000)]


def test_a_fee_that_is_right_for_what_was_owed_is_right() -> None:
    short = bill(("goods_receipt", 9500))
    assert fees(bill(("commission", -500)), short, COMMISSION) == [("C01", -25)]
    assert fees(bill(("commission", -500)), short, COMMISSION, off=-500) == []
    assert fees(bill(("commission", -475)), short, COMMISSION, off=-500) == []
    assert fees(bill(("commission", -600)), short, COMMISSION, off=-500) == [("C01", -125)]


def test_a_fee_under_another_name_alone_is_the_fee_of_the_order() -> None:
    charges = [("tech_service_fee", -60, 10, None, group, USUAL) for group in (1, 2, 3)]
    other = ("tech_service_fee", -60, 10, None, 4, EXTRA)
    receipts = bill(*[("goods_receipt", 10000, 10, None, group) for group in (1, 2, 3, 4)])
    assert fees(bill(*charges, other), receipts, TECH) == []


def test_a_rate_that_is_right_with_the_charge_of_a_rare_name_is_right() -> None:
    charges = [("tech_service_fee", -60, 10, None, group, USUAL) for group in (1, 2, 3)]
    parts = [("tech_service_fee", -45, 10, None, 4, USUAL), ("tech_service_fee", -15, 10, None, 4, EXTRA)]
    receipts = bill(*[("goods_receipt", 10000, 10, None, group) for group in (1, 2, 3, 4)])
    assert fees(bill(*charges, *parts), receipts, TECH) == []
