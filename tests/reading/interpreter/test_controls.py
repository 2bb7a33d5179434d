"""What a file prints about itself: totals, balance, coverage."""

from __future__ import annotations

import random
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.interpreter import samples
from tests.reading.interpreter.fakes import FakeTable, codes, frame, read, table
from tests.reading.interpreter.profiles_inline import ALIPAY, PDD, PDD_ORDERS, TAOBAO

from ecrecon.base.schema import TIME
from ecrecon.reading.balance import check_chain
from ecrecon.reading.coverage import covered, months_touched
from ecrecon.reading.surroundings import Printed


def test_a_deleted_row_breaks_count_sum_and_balance() -> None:
    rows = [row for row in table(samples.ALIPAY).rows if not str(row[0]).startswith("1570000000000003")]
    parsed = read(FakeTable(rows), ALIPAY)
    assert codes(parsed) == ["F05", "F05", "F06"]
    total = parsed.findings.row(1, named=True)
    assert (total["expected_minor"], total["actual_minor"]) == (-103678, -103605)
    chain = parsed.findings.row(2, named=True)
    assert (chain["source_line"], chain["expected_minor"], chain["actual_minor"]) == (8, 111207, 111134)
    assert [c.ok for c in parsed.source.control] == [False, False, True, True, False]


def test_unreadable_money_is_told_once_and_totals_are_not_blamed() -> None:
    parsed = read(table(samples.PDD.replace("-27.50", "-27.5O")), PDD)
    assert codes(parsed) == ["F11"]
    assert not all(control.ok for control in parsed.source.control)


def test_a_second_bill_below_the_trailer_stops() -> None:
    parsed = read(table(samples.PDD + samples.PDD), PDD)
    assert "F01" in codes(parsed)


def _chain(rows: list[tuple[int, int | None, int]], lines: list[int] | None = None):
    amount = pl.Series([r[0] for r in rows], dtype=pl.Int64)
    balance = pl.Series([r[1] for r in rows], dtype=pl.Int64)
    time = (
        pl.Series([datetime(2026, 5, 1, 0, 0, r[2]) for r in rows])
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("Asia/Shanghai")
    )
    return check_chain(amount, balance, time, pl.Series(lines or list(range(1, len(rows) + 1)), dtype=pl.Int32))


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 4)), min_size=1, max_size=30),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_balance_rolls_whatever_the_order_inside_a_second(moves: list[tuple[int, int]], seed: int, down: bool) -> None:
    balance, rows = 10_000, []
    for amount, second in sorted(moves, key=lambda move: move[1]):
        balance += amount
        rows.append((amount, balance, second))
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    shuffled.sort(key=lambda row: row[2], reverse=down)
    assert _chain(shuffled).breaks == 0


def test_balance_break_names_the_first_line() -> None:
    chain = _chain([(100, 1100, 1), (-50, 1050, 2), (30, 1180, 3), (10, 1190, 4)])
    assert (chain.breaks, chain.line, chain.expected, chain.printed) == (1, 3, 1080, 1180)


def test_rows_without_balance_are_bridged() -> None:
    assert _chain([(100, 1100, 1), (-50, None, 2), (30, 1080, 3)]).breaks == 0


def _times(*texts: str) -> pl.Series:
    return pl.Series([datetime.fromisoformat(t) for t in texts]).dt.replace_time_zone("Asia/Shanghai").cast(TIME)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/bill.csv", (date(2026, 10, 1), date(2026, 10, 20))),
        ("a/2088_202610.csv", (date(2026, 10, 1), date(2026, 10, 20))),
        ("a/2088_202609.csv", (date(2026, 9, 1), date(2026, 10, 20))),
        ("a/2088_202612.csv", (date(2026, 10, 1), date(2026, 10, 20))),
        ("a/bill_2026-10-01_2026-10-31.csv", (date(2026, 10, 1), date(2026, 10, 31))),
        ("a/export_20261105.csv", (date(2026, 10, 1), date(2026, 10, 20))),
        ("2026-10/bill.csv", (date(2026, 10, 1), date(2026, 10, 20))),
        ("x.zip!/20880001234500010156_202610_账务明细.csv", (date(2026, 10, 1), date(2026, 10, 20))),
    ],
)
def test_coverage_without_printed_range(path: str, expected: tuple[date, date]) -> None:
    ranges, printed = covered(Printed(), _times("2026-10-05 00:00", "2026-10-20 23:59"), path)
    assert (ranges, printed) == ((expected,), False)


def test_a_day_file_covers_its_day_alone() -> None:
    ranges, _ = covered(Printed(), _times("2026-10-05 01:00", "2026-10-05 23:59"), "20880001_20261005.csv")
    assert ranges == ((date(2026, 10, 5), date(2026, 10, 5)),)


def test_an_empty_bill_covers_its_printed_range() -> None:
    lines = [line for line in samples.ALIPAY.splitlines() if not line.startswith("157")]
    text = "\n".join(lines).replace("5笔，共-1036.78", "0笔，共0.00").replace("1笔，共146.92", "0笔，共0.00")
    parsed = read(table(text), ALIPAY)
    assert frame(parsed).height == 0
    assert parsed.source.coverage == ((date(2026, 5, 1), date(2026, 5, 31)),)
    assert codes(parsed) == []
    assert all(control.ok for control in parsed.source.control)


def test_months_touched() -> None:
    assert months_touched([_times("2026-09-30 10:00"), _times("2026-10-01 10:00", "2026-12-05 00:00")]) == (
        (date(2026, 9, 1), date(2026, 10, 31)), (date(2026, 12, 1), date(2026, 12, 31)),
    )  # fmt: skip
    assert months_touched([]) == ()


def test_readings_keep_empty_apart_from_zero() -> None:
    text = (
        "订单编号,订单状态,买家实付金额,总金额,确认收货打款金额,天猫卡券抵扣\n1,交易成功,10.00,10.00,10.00,1.00\n"
        "2,卖家已发货，等待买家确认,5.00,5.00,,\n3,交易关闭,5.00,5.00,0.00,\n"
    )
    rows = frame(read(table(text), TAOBAO))
    assert rows["reading1_cash_minor"].to_list() == [1000, None, 0]
    assert rows["reading2_platform_minor"].to_list() == [100, 0, 0]
    assert rows["status"].cast(pl.String).to_list() == ["finished", "shipped", "closed"]
    less = read(table("订单编号,订单状态,买家实付金额,总金额\n1,交易成功,10.00,10.00\n"), TAOBAO)
    assert frame(less)["reading1_cash_minor"].to_list() == [None]
    assert any("确认收货打款金额" in note for note in less.source.notes)
    assert codes(less) == []


def test_platform_part_by_subtraction() -> None:
    head = "订单号,订单状态,用户实付金额(元),商家实收金额(元),订单成交时间\n"
    rows = frame(
        read(table(head + "1,已收货,59.90,62.90,\n2,已发货，退款成功,59.90,,2026-05-01 10:00:00\n"), PDD_ORDERS)
    )
    assert rows["reading1_cash_minor"].to_list() == [5990, 5990]
    assert rows["reading1_platform_minor"].to_list() == [300, 0]
    assert rows["paid_at"].null_count() == 1
    alone = frame(read(table("订单号,订单状态,商家实收金额(元)\n1,已收货,62.90\n"), PDD_ORDERS))
    assert (alone["reading1_cash_minor"][0], alone["reading1_platform_minor"][0]) == (None, 0)
