"""Withdrawals and bank lines: each pass by its name, no line twice, nothing decided by row order."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judging.bill.build import at, bill, ledger, row

from ecrecon.base.moment import Moment
from ecrecon.judging.payouts import Paid, check_payouts
from ecrecon.ledger.coverage import covered_days
from ecrecon.ledger.lines import basis_lines
from ecrecon.matching.payout_sides import after_working_days, before_working_days, is_announced, is_working_day
from ecrecon.settings.workspace import Bank, Shop, Workspace

pytestmark = pytest.mark.slow

MOMENT = Moment(at(31, 23, 59), date(2026, 10, 1), date(2026, 10, 31))
WORKSPACE = Workspace(shops=[Shop(name="a", platform="jd", payers=["京东支付"])])
TO_NOVEMBER = ((date(2026, 10, 1), date(2026, 11, 10)),)
PAYER = {"channel": "京东支付有限公司"}


def paid(
    wallet: list[dict[str, Any]],
    bank: list[dict[str, Any]],
    workspace: Workspace = WORKSPACE,
    coverage: tuple[tuple[date, date], ...] = TO_NOVEMBER,
    more: tuple[Any, ...] = (),
) -> Paid:
    files = [
        bill("wallet", wallet),
        bill("bank", bank, kind="bank", account="bank:1", shop="cmb", coverage=coverage),
        *more,
    ]
    told = ledger(files, {})
    lines = basis_lines(told.lines, MOMENT.as_of)
    return check_payouts(lines, told.sources, covered_days(told.sources), workspace, {}, MOMENT)


def out(minor: int, day: int, **more: Any) -> dict[str, Any]:
    return row("withdrawal", -minor, at(day, 9), **{"txn_id": f"T{day}{minor}", **more})


def into(minor: int, day: int, month: int = 10, **more: Any) -> dict[str, Any]:
    return row("other", minor, at(day, 12, month=month), **{**PAYER, **more})


def told(result: Paid) -> list[tuple[str, str, int]]:
    rows = result.rows.select(pl.col("code", "kind").cast(pl.String), "difference_minor")
    return sorted(rows.iter_rows())


@pytest.mark.parametrize(
    ("wallet", "bank", "rules"),
    [
        ([out(1000, 12)], [into(1000, 13)], {"payout.amount": 1}),
        (
            [out(1000, 12, bank_ref="BK00012345")],
            [into(1000, 13, remark="提现 BK00012345 到账")],
            {"payout.reference": 1},
        ),
        ([out(1000, 12, biz_txn_id="BK00012345")], [into(1000, 13, txn_id="BK00012345")], {"payout.reference": 1}),
        ([out(1000, 12), out(2500, 12)], [into(3500, 13)], {"payout.day_sum": 1}),
        ([out(9000, 12)], [into(5000, 13), into(4000, 13)], {"payout.day_parts": 1}),
        ([out(1000, 12), out(1000, 13)], [into(1000, 13), into(1000, 14)], {"payout.amount": 1}),
        ([out(1000, 12)], [into(1000, 13, channel=None)], {"payout.amount": 1}),
    ],
)
def test_each_pass_has_its_name_and_explains_to_the_cent(
    wallet: list[dict[str, Any]], bank: list[dict[str, Any]], rules: dict[str, int]
) -> None:
    result = paid(wallet, bank)
    assert told(result) == []
    assert dict(result.by_rule) == rules
    assert (
        result.totals.select("withdrawn_minor", "arrived_minor").row(0)
        == (sum(-r["amount_minor"] for r in wallet),) * 2
    )


def test_a_charge_kept_back_is_shown() -> None:
    result = paid([out(100000, 12)], [into(99900, 13)])
    assert told(result) == [("X07", "review", -100)]
    assert dict(result.by_rule) == {"payout.charge": 1}


def test_a_late_payout_is_no_missing_one() -> None:
    assert told(paid([out(1000, 9)], [into(1000, 23)])) == []


def test_more_withdrawals_than_bank_lines_of_one_amount_are_ambiguous() -> None:
    result = paid([out(1000, 12), out(1000, 13)], [into(1000, 14)])
    assert told(result) == [("M01", "review", -1000)]
    assert "bank.csv:2" in result.rows["note"][0]


def test_more_bank_lines_than_withdrawals_are_ambiguous_too() -> None:
    assert told(paid([out(1000, 12)], [into(1000, 13), into(1000, 13)])) == [("M01", "review", 1000)]


@pytest.mark.parametrize("payer", ["财付通支付科技有限公司", "支付宝（中国）网络技术有限公司"])
def test_another_platforms_money_is_not_this_ones(payer: str) -> None:
    result = paid([out(1000, 12)], [into(1000, 13, channel=payer)])
    assert told(result) == [("X07", "break", -1000), ("X08", "review", 1000)]


def test_a_customer_paying_the_same_sum_is_no_payout_where_the_payer_is_known() -> None:
    assert told(paid([out(1000, 12)], [into(1000, 13, channel="某某商贸公司")])) == [("X07", "break", -1000)]


def test_an_account_without_known_payers_takes_what_is_nobody_elses() -> None:
    assert told(paid([out(1000, 12)], [into(1000, 13, channel="某某清算中心")], Workspace())) == []


def test_an_account_without_known_payers_takes_what_the_payers_own_accounts_left() -> None:
    alipay = {"channel": "支付宝（中国）网络技术有限公司"}
    owner = bill("alipay", [out(1000, 12)], account="alipay:b", shop="b")
    result = paid([out(2500, 12)], [into(2500, 13, **alipay), into(1000, 13, **alipay)], Workspace(), more=(owner,))
    assert told(result) == []
    assert dict(result.by_rule) == {"payout.amount": 1, "payout.any_payer": 1}
    both = paid([out(1000, 12)], [into(1000, 13, **alipay)], Workspace(), more=(owner,))
    assert told(both) == [("X07", "break", -1000)]


def test_on_the_way_at_the_end_of_the_month_is_timing_and_an_open_item() -> None:
    result = paid([out(1000, 30)], [into(1000, 2, month=11)])
    assert told(result) == [("X07", "timing", -1000)]
    assert result.open_items.select("open_minor", "expected_by").rows() == [(1000, date(2026, 11, 4))]


def test_nothing_is_missing_before_the_statement_covers_the_window() -> None:
    covers = ((date(2026, 10, 1), date(2026, 10, 12)),)
    assert told(paid([out(1000, 12)], [into(1, 12, channel="x")], coverage=covers)) == [("X07", "review", -1000)]
    absent = Workspace(shops=WORKSPACE.shops, banks=[Bank(name="icbc", accounts=["9"])])
    assert told(paid([out(1000, 12)], [into(1, 12, channel="x")], absent)) == [("X07", "review", -1000)]


def test_money_of_the_month_before_is_timing() -> None:
    assert told(paid([out(1000, 20)], [into(700, 1), into(1000, 21)])) == [("X08", "timing", 700)]


def test_a_withdrawal_that_came_back_is_expected_nowhere() -> None:
    wallet = [out(1000, 12), row("withdrawal", 1000, at(14), txn_id="R")]
    assert told(paid(wallet, [into(1, 12, channel="x")])) == []


def test_an_own_transfer_is_counted_once() -> None:
    wallet = [row("transfer", 5000, at(12, 15)), out(1000, 12)]
    bank = [row("other", -5000, at(12, 10), remark="转账"), into(1000, 13)]
    result = paid(wallet, bank)
    assert told(result) == [("S03", "info", 0)]
    assert result.rows.select("actual_minor", "account").row(0) == (-5000, "bank:1")


def test_without_a_bank_statement_nothing_is_said() -> None:
    told_ = ledger([bill("wallet", [out(1000, 12)])], {})
    result = check_payouts(
        told_.lines.with_columns(role=pl.lit("account")),
        told_.sources,
        covered_days(told_.sources),
        WORKSPACE,
        {},
        MOMENT,
    )
    assert not result.ran and result.rows.is_empty()


def test_working_days_know_weekends_holidays_and_worked_weekends() -> None:
    assert after_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert is_working_day(date(2026, 10, 10)) and not is_working_day(date(2026, 10, 11))
    assert before_working_days(date(2026, 10, 9), 2) == date(2026, 9, 30)
    assert is_announced(2026) and not is_announced(2035)


AMOUNTS = st.sampled_from([1000, 1000, 2000, 3000, 4500])
MOVES = st.lists(st.tuples(AMOUNTS, st.integers(8, 28)), max_size=7)


@settings(max_examples=60)
@given(wallet=MOVES, bank=MOVES, seed=st.integers(0, 99))
def test_every_withdrawal_has_one_state_and_row_order_decides_nothing(wallet, bank, seed) -> None:  # type: ignore[no-untyped-def]
    left = [row("withdrawal", -m, at(d, 9)) for m, d in wallet] or [row("interest", 1, at(1))]
    right = [into(m, d) for m, d in bank] or [into(1, 9, channel="x")]
    one = paid(left, right)
    rng = random.Random(seed)
    two = paid(rng.sample(left, len(left)), rng.sample(right, len(right)))
    assert told(one) == told(two)
    assert one.totals.equals(two.totals)
    if wallet:
        totals = one.totals.row(0, named=True)
        assert totals["withdrawals"] == totals["arrived"] + totals["in_transit"] + totals["missing"] == len(wallet)
        named = sum(r[2] for r in told(one) if r[0] in ("X07", "M01", "X08"))
        # everything that left and everything that came is either explained or named, once
        assert named == sum(m for m, _ in bank) - sum(m for m, _ in wallet)


def test_the_window_is_one_sided() -> None:
    early = paid([out(1000, 14)], [into(1000, 13)])
    assert [code for code, _, _ in told(early)] == ["X07", "X08"]
    assert (date(2026, 10, 14) - timedelta(days=1)) == date(2026, 10, 13)


def test_a_payer_that_brought_two_payouts_is_known_by_them() -> None:
    payer = {"channel": "某某清算中心"}
    wallet = [out(1000, 12), out(2000, 14)]
    bank = [into(1000, 13, **payer), into(2000, 15, **payer), into(777, 20, **payer), into(555, 21, channel="客户公司")]
    assert told(paid(wallet, bank, Workspace())) == [("X08", "review", 777)]
    once = [into(1000, 13, **payer), into(777, 20, **payer)]
    assert told(paid(wallet[:1], once, Workspace())) == []
