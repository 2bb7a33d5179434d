"""Fees of sales that no bill shows yet: accrued at month end, red on the first day of the next month (docs/accounting.md "Accrued fees")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from benchmarks.simulator.__main__ import main as simulate
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.booking.build import SBE, entries, make_lines, make_sources
from tests.months import booked, judged

from ecrecon.base.categories import CATEGORY
from ecrecon.base.errors import ConfigError
from ecrecon.base.schema import TIME
from ecrecon.base.texts import set_language
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.sales.accrual import ACCRUAL, REVERSAL, accrual_events, accrued_fees, end_of, unsettled
from ecrecon.judging.fees import RATES
from ecrecon.pipeline import RunSettings, read_workspace
from ecrecon.pipeline.chain import Run

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 9, 1, 12, tzinfo=ZONE)
SEPTEMBER = end_of(date(2026, 9, 30))
POLICY = {"revenue_point": "confirmed", "accrue_fees": "on"}
ORDER = st.fixed_dictionaries(
    {
        "cash": st.integers(1, 10**6),
        "platform": st.integers(0, 10**4),
        "finished": st.none() | st.integers(0, 50),
        "paid": st.none() | st.integers(0, 60),
        "charged": st.none() | st.integers(0, 60),
        "refund": st.none() | st.tuples(st.integers(0, 60), st.integers(1, 10**6)),
    }
)


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def rates(*rows: tuple[str, int, date | None, date | None, list[str] | None]) -> pl.DataFrame:
    """Rates of shop `s` in per mille."""
    full = [("s", category, mille, 1000, first, last, base, None) for category, mille, first, last, base in rows]
    return pl.DataFrame(full, schema=RATES, orient="row")


PLAIN = rates(("commission", 50, None, None, None), ("payment_fee", 6, None, None, ["goods_receipt"]))


def known_at(orders: list[dict[str, Any]], until: datetime) -> tuple[pl.DataFrame, ...]:
    """Groups, order lines, refunds and charges as the files show them at a moment."""

    def at(day: int | None) -> datetime | None:
        moment = None if day is None else FIRST + timedelta(days=day)
        return moment if moment is None or moment <= until else None

    groups, lines, documents, charged = [], [], [], []
    for i, order in enumerate(orders):
        back = 0
        if order["refund"] is not None and at(order["refund"][0]) is not None:
            back = min(order["refund"][1], order["cash"])
            documents.append((i, back, at(order["refund"][0])))
        if at(order["paid"]) is not None:
            lines.append((i, i, "goods_receipt", order["cash"], at(order["paid"]), False, "s", "pdd", "CNY"))
        if at(order["charged"]) is not None:
            charged.append((i, "commission", at(order["charged"])))
        finished = at(order["finished"])
        groups.append((i, True, "pdd", "s", f"o{i}", "CNY", "finished" if finished else "shipped", False, finished, None,
                       order["cash"] + order["platform"] - back, order["cash"], order["platform"], FIRST, 0, i))  # fmt: skip
    group_schema = {
        "group_id": pl.Int64, "has_order": pl.Boolean, "platform": pl.String, "shop": pl.String, "order_id": pl.String,
        "currency": pl.String, "status": pl.String, "unpaid": pl.Boolean, "event_at": TIME, "shipped_at": TIME,
        "expected_minor": pl.Int64, "due_cash_minor": pl.Int64, "due_platform_minor": pl.Int64, "created_at": TIME,
        "source_id": pl.Int32, "source_line": pl.Int32,
    }  # fmt: skip
    line_schema = {
        "group_id": pl.Int64, "line_id": pl.Int64, "category": CATEGORY, "amount_minor": pl.Int64, "occurred_at": TIME,
        "self_documented": pl.Boolean, "shop": pl.String, "platform": pl.String, "currency": pl.String,
    }  # fmt: skip
    return (
        pl.DataFrame(groups, schema=group_schema, orient="row"), pl.DataFrame(lines, schema=line_schema, orient="row"),
        pl.DataFrame(documents, schema={"group_id": pl.Int64, "amount_minor": pl.Int64, "completed_at": TIME}, orient="row"),
        pl.DataFrame(charged, schema={"group_id": pl.Int64, "category": CATEGORY, "occurred_at": TIME}, orient="row"),
    )  # fmt: skip


def accrued(orders: list[dict[str, Any]], until: datetime, agreed: pl.DataFrame = PLAIN) -> pl.DataFrame:
    groups, lines, documents, charged = known_at(orders, until)
    return accrued_fees(unsettled(groups, lines, documents, SEPTEMBER, "confirmed"), charged, agreed, SEPTEMBER)


def vouchers(events: pl.DataFrame, period: str, style: str = "red_same_side") -> pl.DataFrame:
    policy = {**POLICY, "red_style": style}
    return make_vouchers(make_lines([]), make_sources(1), SBE, period, policy, events).vouchers


@given(st.lists(ORDER, max_size=8), st.sampled_from(["red_same_side", "opposite_side"]))
@settings(max_examples=80)
def test_the_next_month_reverses_exactly_what_was_accrued(orders: list[dict[str, Any]], style: str) -> None:
    then = accrued(orders, SEPTEMBER.as_of)
    later = accrued(orders, end_of(date(2026, 10, 31)).as_of)
    assert then.equals(later)
    made = vouchers(accrual_events(then, ACCRUAL, date(2026, 9, 30)), "2026-09", style)
    undone = vouchers(accrual_events(later, REVERSAL, date(2026, 10, 1)), "2026-10", style)
    sums = [
        dict(v.group_by("account_role").agg((pl.col("debit_minor") - pl.col("credit_minor")).sum()).iter_rows())
        for v in (made, undone)
    ]
    assert {role: -amount for role, amount in sums[0].items()} == sums[1]
    assert sum(sums[0].values()) == 0
    assert set(made["date"]) <= {date(2026, 9, 30)}
    assert set(undone["date"]) <= {date(2026, 10, 1)}
    if style == "opposite_side":
        assert (undone["debit_minor"] >= 0).all()


@given(st.lists(ORDER, max_size=8))
@settings(max_examples=80)
def test_only_what_is_sold_and_not_settled_is_accrued(orders: list[dict[str, Any]]) -> None:
    def by_the_end(day: int | None) -> bool:
        return day is not None and FIRST + timedelta(days=day) <= SEPTEMBER.as_of

    expected = {}
    for i, order in enumerate(orders):
        back = order["refund"][1] if order["refund"] is not None and by_the_end(order["refund"][0]) else 0
        cash = max(order["cash"] - back, 0)
        if by_the_end(order["finished"]) and not by_the_end(order["paid"]) and cash:
            fee = ((cash + order["platform"]) * 50 * 2 + 1000) // 2000
            if fee and not by_the_end(order["charged"]):
                expected[f"o{i}", "commission"] = fee
            if (cash * 6 * 2 + 1000) // 2000:
                expected[f"o{i}", "payment_fee"] = (cash * 6 * 2 + 1000) // 2000
    found = accrued(orders, SEPTEMBER.as_of)
    assert {(o, c): fee for o, c, fee in found.select("order_id", "category", "fee_minor").iter_rows()} == expected


ONE = {"cash": 10000, "platform": 1000, "finished": 20, "paid": None, "charged": None, "refund": None}


def test_entries_in_both_months() -> None:
    events = accrual_events(accrued([ONE], SEPTEMBER.as_of), ACCRUAL, date(2026, 9, 30))
    assert entries(vouchers(events, "2026-09")) == [
        ("fee_accrual", "5601", "销售费用-平台佣金", 550, 0),
        ("fee_accrual", "5603", "财务费用-手续费", 60, 0),
        ("fee_accrual", "2202", "应付账款-暂估应付款", 0, 610),
    ]
    back = vouchers(accrual_events(accrued([ONE], SEPTEMBER.as_of), REVERSAL, date(2026, 10, 1)), "2026-10")
    assert entries(back) == [
        ("fee_accrual_reversal", "5601", "销售费用-平台佣金", -550, 0),
        ("fee_accrual_reversal", "5603", "财务费用-手续费", -60, 0),
        ("fee_accrual_reversal", "2202", "应付账款-暂估应付款", 0, -610),
    ]
    assert back["summary"].unique().to_list() == ["s 2026-10 冲回上月暂估费用"]


@pytest.mark.parametrize(
    ("agreed", "fee"),
    [
        (rates(("commission", 50, None, date(2026, 8, 31), None)), []),
        (rates(("commission", 50, None, None, None), ("commission", 20, date(2026, 9, 1), None, None)), [220]),
        (rates(("commission", 50, None, None, ["coupon_platform"])), [50]),
        (rates(), []),
    ],
)
def test_which_rate_counts(agreed: pl.DataFrame, fee: list[int]) -> None:
    assert accrued([ONE], SEPTEMBER.as_of, agreed)["fee_minor"].to_list() == fee


def test_fees_stand_without_vat_where_the_bills_book_it_apart() -> None:
    accrued_now = accrued([ONE], SEPTEMBER.as_of)
    told = accrual_events(accrued_now, ACCRUAL, date(2026, 9, 30), (6, 100, ["commission"]))
    # 5.50 with 6 % inside is 5.19 and 0.31
    assert dict(told.select("category", "net_minor").iter_rows()) == {"commission": 519, "payment_fee": 60}
    assert told["tax_minor"].sum() == 0


def run(month: Run, **posting: Any) -> Run:
    given = month[RunSettings].workspace
    policies = given.posting.model_copy(update={"policy": POLICY, **posting})
    return booked(month, given.model_copy(update={"posting": policies}))


def test_a_simulated_month_and_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "month"
    simulate(["month", "--out", str(folder), "--seed", "7", "--orders", "600"])
    first = judged(folder, "2026-10")
    october, november = run(first), run(judged(folder, "2026-11"))
    made = october[Vouchers].vouchers.filter(pl.col("event") == "fee_accrual")
    undone = november[Vouchers].vouchers.filter(pl.col("event") == "fee_accrual_reversal")
    assert made.height >= 2
    keys = ["shop", "account_code", "account_name"]
    sums = [
        v.group_by(keys).agg((pl.col("debit_minor") - pl.col("credit_minor")).sum().alias("net")).sort(keys)
        for v in (made, undone.with_columns(-pl.col("debit_minor"), -pl.col("credit_minor")))
    ]
    assert sums[0].equals(sums[1])
    assert set(undone["date"]) == {date(2026, 11, 1)}
    # the first month reverses nothing: before it nothing was accrued
    assert "fee_accrual_reversal" not in set(october[Vouchers].vouchers["event"])
    traced = october[Vouchers].trace.join(made.select("voucher_id", "seq"), on=["voucher_id", "seq"])
    assert traced["order_id"].null_count() == 0
    bare = run(first, accrue_fees_from="2026-12")[Vouchers]
    assert not any("accrual" in event for event in bare.vouchers["event"].unique())


def test_a_shop_without_agreed_rate_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "month"
    simulate(["month", "--out", str(folder), "--seed", "7", "--orders", "600"])
    text = (folder / "ecrecon.toml").read_text(encoding="utf-8")
    kept = [part for part in text.split("\n\n") if "[[shops.rates]]" not in part]
    (folder / "ecrecon.toml").write_text("\n\n".join(kept), encoding="utf-8")
    made = run(judged(folder, "2026-10"))[Vouchers]
    assert any("没有约定费率" in note for note in made.notes)
    assert "fee_accrual" not in set(made.vouchers["event"])


def test_without_a_first_month_the_policy_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "ecrecon.toml"
    config.write_text('[posting.policy]\naccrue_fees = "on"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_workspace(config)
    assert "accrue_fees_from" in str(caught.value.hint)
    config.write_text('[posting]\naccrue_fees_from = "2026-10"\npolicy = { accrue_fees = "on" }\n', encoding="utf-8")
    assert read_workspace(config).posting.accrue_fees_from == "2026-10"
    config.write_text('[posting]\naccrue_fees_from = "October"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="不是月份"):
        read_workspace(config)
