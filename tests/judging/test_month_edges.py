"""Wallets, banks and settlements at a month's edge: which run tells what, over the same files."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.judging.bill.build import at, bill, ledger, row, view

from ecrecon.base.moment import Moment
from ecrecon.base.schema import ZONE
from ecrecon.base.sources import Parsed
from ecrecon.judging.payouts import check_payouts
from ecrecon.judging.ties import check_ties
from ecrecon.judging.variance_rows import of_period
from ecrecon.ledger.coverage import covered_days
from ecrecon.ledger.lines import basis_lines
from ecrecon.settings.workspace import Shop, Workspace

pytestmark = pytest.mark.slow

AUTUMN = ((date(2026, 9, 1), date(2026, 12, 31)),)
PERIODS = ("2026-09", "2026-10", "2026-11", "2026-12")
WORKSPACE = Workspace(
    shops=[
        Shop(name="a", platform="jd", payers=["京东支付"]),
        Shop(name="b", platform="pdd", payers=["拼多多付款"]),
        Shop(name="c", platform="jd", payers=["京东支付"]),
    ]
)
Told = dict[str, list[tuple[str, str, int]]]


def moment(period: str) -> Moment:
    year, month = (int(part) for part in period.split("-"))
    last = calendar.monthrange(year, month)[1]
    as_of = datetime(year, month, last, 23, 59, 59, tzinfo=ZoneInfo(ZONE))
    return Moment(as_of, date(year, month, 1), date(year, month, last))


def payouts(files: Sequence[Parsed]) -> Told:
    """What the run of each month says of withdrawals; months without a row are left out."""
    found: Told = {}
    for period in PERIODS:
        now = moment(period)
        told = ledger(files, {})
        lines = basis_lines(told.lines, now.as_of)
        paid = check_payouts(lines, told.sources, covered_days(told.sources), WORKSPACE, {}, now)
        rows = of_period(paid.rows, now).select(pl.col("code", "kind").cast(pl.String), "difference_minor")
        if rows.height:
            found[period] = sorted(rows.iter_rows())
    return found


def wallet(rows: list[dict[str, Any]], shop: str = "a", first: date = AUTUMN[0][0]) -> Parsed:
    platform = next(s.platform for s in WORKSPACE.shops if s.name == shop)
    covers = ((first, AUTUMN[0][1]),)
    # a line on the first day, so that the file covers it
    own = [*rows, row("interest", 1, at(first.day, 1, month=first.month), txn_id=f"I{shop}")]
    return bill(f"wallet_{shop}", own, account=f"{platform}:{shop}", shop=shop, coverage=covers)


def bank(rows: list[dict[str, Any]], coverage: tuple[tuple[date, date], ...] = AUTUMN) -> Parsed:
    own = [*rows, row("other", 3, at(1, 1, month=9), channel="某客户", txn_id="B0")]
    return bill("bank", own, kind="bank", account="bank:1", shop="cmb", coverage=coverage)


def out(minor: int, day: int, month: int) -> dict[str, Any]:
    return row("withdrawal", -minor, at(day, 9, month=month), txn_id=f"T{month}{day}{minor}")


def into(minor: int, day: int, month: int, payer: str = "京东支付有限公司", **more: Any) -> dict[str, Any]:
    return row("other", minor, at(day, 12, month=month), channel=payer, txn_id=f"B{month}{day}{minor}", **more)


def test_a_withdrawal_of_the_last_day_that_never_comes_stands_from_the_next_month_on() -> None:
    told = payouts([wallet([out(5000, 30, 10)]), bank([])])
    assert told == {
        "2026-10": [("X07", "timing", -5000)],
        "2026-11": [("X07", "break", -5000)],
        "2026-12": [("X07", "break", -5000)],
    }


def test_one_that_comes_in_the_next_month_is_settled_there() -> None:
    assert payouts([wallet([out(5000, 30, 10)]), bank([into(5000, 3, 11)])]) == {"2026-10": [("X07", "timing", -5000)]}


def test_one_that_comes_weeks_late_is_missing_until_then() -> None:
    told = payouts([wallet([out(5000, 28, 9)]), bank([into(5000, 4, 11)])])
    # the holidays of October push the window to the ninth
    assert told == {"2026-09": [("X07", "timing", -5000)], "2026-10": [("X07", "timing", -5000)]}


def test_one_that_arrives_short_is_told_on_arrival() -> None:
    lines = [into(99_900, 2, 11, remark="REF1234567")]
    told = payouts([wallet([out(100_000, 30, 10) | {"bank_ref": "REF1234567"}]), bank(lines)])
    assert told == {"2026-10": [("X07", "timing", -100_000)], "2026-11": [("X07", "review", -100)]}


def test_one_that_no_statement_can_show_is_a_review_and_no_timing() -> None:
    ends = ((date(2026, 9, 1), date(2026, 10, 31)),)
    told = payouts([wallet([out(5000, 30, 10)]), bank([], ends)])
    assert told["2026-10"] == [("X07", "timing", -5000)]
    assert told["2026-11"] == told["2026-12"] == [("X07", "review", -5000)]


def test_equal_withdrawals_of_which_one_came_wait_and_then_ask() -> None:
    told = payouts([wallet([out(5000, 29, 10), out(5000, 30, 10)]), bank([into(5000, 30, 10)])])
    assert told == {"2026-10": [("M01", "timing", -5000)], "2026-11": [("M01", "review", -5000)]}


def test_an_own_transfer_across_the_edge_is_told_when_both_sides_are_seen() -> None:
    lines = [row("other", -7000, at(31, 10, month=10), channel="本公司", remark="转账", txn_id="B1")]
    told = payouts([wallet([row("transfer", 7000, at(2, 9, month=11), txn_id="T1")]), bank(lines)])
    assert told == {"2026-11": [("S03", "info", 0)]}


@pytest.mark.parametrize(("payer", "kind"), [("拼多多付款公司", "timing"), ("京东支付有限公司", "review")])
def test_the_wallets_of_the_payer_are_asked_and_no_others(payer: str, kind: str) -> None:
    """The bills of b begin on 1 November, those of a in September: money of 2 November may be of b's October only."""
    files = [wallet([], "a"), wallet([], "b", date(2026, 11, 1)), bank([into(800, 2, 11, payer)])]
    told = payouts(files)
    assert told["2026-11"] == [("X08", kind, 800)]
    # early money waits for an earlier bill; review is told once
    assert told.get("2026-12", []) == ([("X08", "timing", 800)] if kind == "timing" else [])


def test_any_wallet_of_the_payer_that_begins_late_makes_the_money_early() -> None:
    files = [wallet([], "a"), wallet([], "c", date(2026, 11, 1)), bank([into(800, 3, 11)])]
    assert payouts(files)["2026-11"] == [("X08", "timing", 800)]


def test_early_money_becomes_a_review_when_no_earlier_bill_comes() -> None:
    told = payouts([wallet([], "b", date(2026, 9, 20)), bank([into(800, 21, 9, "拼多多付款公司")])])
    assert told == {
        "2026-09": [("X08", "timing", 800)],
        "2026-10": [("X08", "timing", 800)],
        "2026-11": [("X08", "review", 800)],
    }


VIEWS = {
    "detail": view("detail", "order", 10, [["payout_batch_id"]]),
    "cash": view("cash", "batch", 10, [["payout_batch_id"]]),
}


def ties(detail: list[dict[str, Any]], cash: list[dict[str, Any]], begins: date = AUTUMN[0][0],
         holes: tuple[tuple[date, date], ...] | None = None) -> Told:  # fmt: skip
    found: Told = {}
    for period in PERIODS:
        now = moment(period)
        files = [
            bill("detail", detail, view="detail", coverage=holes or ((begins, AUTUMN[0][1]),)),
            bill("cash", cash, coverage=AUTUMN),
        ]
        told = ledger(files, VIEWS)
        lines = basis_lines(told.lines, now.as_of)
        rows = of_period(check_ties(lines, told.sources, VIEWS, now, 0).rows, now)
        if rows.height:
            columns = rows.select(pl.col("code", "kind").cast(pl.String), "difference_minor")
            found[period] = sorted(columns.iter_rows())
    return found


def batch(name: str, minor: int, day: int, month: int) -> dict[str, Any]:
    return row("goods_receipt", minor, at(day, 20, month=month), payout_batch_id=name, txn_id=f"{name}{minor}{day}")


OK = (batch("OK", 100, 5, 9), batch("OK", 100, 5, 9))


def test_a_batch_of_the_last_day_that_the_account_never_shows_is_told_in_the_next_month() -> None:
    told = ties([OK[0], batch("B1", 700, 31, 10)], [OK[1]])
    assert told == {"2026-10": [("T01", "timing", -700)], "2026-11": [("T01", "break", -700)]}


def test_a_batch_that_moves_the_account_on_the_first_is_settled() -> None:
    assert ties([OK[0], batch("B1", 700, 31, 10)], [OK[1], batch("B1", 700, 1, 11)]) == {}


def test_a_batch_whose_other_side_has_no_bill_of_those_days_is_a_review() -> None:
    holes = ((date(2026, 9, 1), date(2026, 10, 20)), (date(2026, 10, 23), date(2026, 12, 31)))
    told = ties([OK[0]], [OK[1], batch("B1", 700, 20, 10)], holes=holes)
    assert told == {"2026-10": [("T01", "review", 700)]}


def test_a_batch_before_the_first_settlement_detail_waits_for_an_earlier_file() -> None:
    told = ties([batch("OK", 100, 5, 10)], [batch("OK", 100, 5, 10), batch("B0", 700, 1, 10)], date(2026, 10, 1))
    assert told == {
        "2026-10": [("T01", "timing", 700)],
        "2026-11": [("T01", "timing", 700)],
        "2026-12": [("T01", "review", 700)],
    }
