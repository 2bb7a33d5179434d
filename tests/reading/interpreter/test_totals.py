"""Totals that a file prints and no word of its profile names: compared, or said to be compared with nothing."""

from __future__ import annotations

import pytest
from tests.reading.interpreter.fakes import codes, read, table

from ecrecon.base.sources import Parsed
from ecrecon.reading.totals import sentences
from ecrecon.settings.profiles import load_profiles

GENERAL = next(p for p in load_profiles() if p.id == "bank.general")
HEAD = "交易日期,摘要,支出金额,收入金额,余额,对方账号,对方户名\n"
ROWS = "2026-10-08,提现,,1000.00,6000.00,1,甲公司\n2026-10-09,手续费,5.00,,5995.00,,\n"
MORE = "2026-10-10,转账,200.00,,5795.00,,\n"


def statement(above: str = "", below: str = "", rows: str = ROWS) -> Parsed:
    return read(table(above + HEAD + rows + below), GENERAL)


def held(parsed: Parsed) -> dict[str, tuple[str, str, bool]]:
    return {c.name: (c.printed, c.found, c.ok) for c in parsed.source.control if c.name != "balance"}


PRINTED = [
    ("", "合计,,205.00,1000.00,,,\n"),
    ("", "总计：,,205.00,1000.00,,,\n"),
    ("", "人民币合计,,205.00,1000.00,,,\n"),
    ("", "合计：支出 2 笔 205.00 元，收入 1 笔 1000.00 元\n"),
    ("", "借方合计：205.00 贷方合计：1000.00\n"),
    ("支出总金额：205.00,,收入总金额：1000.00\n", ""),
    ("支出合计,205.00,收入合计,1000.00\n", ""),
    ("Total debit 205.00,Total credit 1000.00\n", ""),
]


@pytest.mark.parametrize(("above", "below"), PRINTED)
def test_a_printed_total_is_held_against_the_rows(above: str, below: str) -> None:
    whole, lacking = statement(above, below, ROWS + MORE), statement(above, below)
    assert held(whole) and all(ok for _, _, ok in held(whole).values()) and codes(whole) == []
    assert set(codes(lacking)) == {"F05"}
    assert {printed.lstrip("-") for printed, found, ok in held(lacking).values() if not ok} <= {"205.00", "2"}
    assert whole.source.uncompared == lacking.source.uncompared == ()


@pytest.mark.parametrize(("text", "found"), [("总笔数：3", 3), ("共 3 笔", 3), ("交易笔数,3", 3)])
def test_a_printed_count_of_rows(text: str, found: int) -> None:
    assert all(ok for _, _, ok in held(statement(text + "\n", "", ROWS + MORE)).values())
    assert codes(statement(text + "\n")) == ["F05"]


def test_parts_add_up_and_what_nothing_can_be_held_against_is_said() -> None:
    pages = (
        HEAD
        + "2026-10-08,提现,,1000.00,6000.00,1,甲公司\n小计,,,1000.00,,,\n2026-10-09,费,5.00,,5995.00,,\n小计,,5.00,,,,\n"
    )
    parsed = read(table(pages), GENERAL)
    assert codes(parsed) == [] and all(ok for _, _, ok in held(parsed).values())
    year = statement("", "本年累计,,99999.00,88888.00,,,\n")
    assert codes(year) == [] and held(year) == {} and "本年累计" in year.source.uncompared[0]


def test_printed_totals_decide_red_entries_without_a_balance() -> None:
    head = "交易日期,摘要,支出金额,收入金额,余额,对方账号,对方户名\n"
    rows = "2026-10-08,费,7.00,,,1,甲公司\n2026-10-09,费,5.00,,,,\n2026-10-10,退,-2.00,,,,\n"
    for total, last in (("10.00", 200), ("14.00", -200)):
        parsed = read(table(head + rows + f"合计,,{total},0.00,,,\n"), GENERAL)
        assert parsed.frame is not None and parsed.frame["amount_minor"].to_list() == [-700, -500, last]
        assert codes(parsed) == []


@pytest.mark.parametrize(
    "line", ["中国银行账户明细", "以上数据仅供参考", "打印时间：2026-10-31", "账号：6200000000000000001"]
)
def test_lines_that_print_no_total_say_nothing(line: str) -> None:
    assert sentences([[line]], []) == ([], [])


PAGES = HEAD + ROWS + "{page},,5.00,1000.00,5995.00,,\n" + MORE + "{page},,200.00,,5795.00,,\n"


@pytest.mark.parametrize("page", ["本页小计", "本页合计：", "小计", "本日合计", "承前页"])
def test_totals_of_a_page_do_not_end_the_table(page: str) -> None:
    parsed = read(table(PAGES.format(page=page)), GENERAL)
    assert codes(parsed) == [] and parsed.source.rows == 3
    again = read(table(PAGES.format(page=page).replace(MORE, HEAD + MORE)), GENERAL)
    assert codes(again) == [] and again.source.rows == 3


def test_the_total_of_the_file_ends_the_table_below_totals_of_pages() -> None:
    text = PAGES.format(page="本页小计") + "合计,,205.00,1000.00,,,\n"
    assert codes(read(table(text), GENERAL)) == []
    wrong = PAGES.format(page="本页小计") + "合计,,206.00,1000.00,,,\n"
    assert codes(read(table(wrong), GENERAL)) == ["F05"]


def test_a_second_bill_below_the_total_is_still_told() -> None:
    assert codes(read(table(HEAD + ROWS + "合计,,5.00,1000.00,,,\n" + MORE), GENERAL)) == ["F01"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("期初余额：5000.00,期末余额：5795.00\n", ""),
        ("期初余额,5000.00\n", "期末余额,5795.00\n"),
        ("", "合计,,205.00,1000.00,,,\n期末余额：,,,,5795.00,,\n"),
        ("Opening balance: 5000.00\n", "Closing balance 5795.00\n"),
        ("账号：622,期初结余(元)：5000.00\n", ""),
    ],
)
def test_printed_end_balances_are_held_against_the_running_balance(above: str, below: str) -> None:
    whole, late, early = (
        statement(above, below, rows) for rows in (ROWS + MORE, ROWS, ROWS[ROWS.index("\n") + 1 :] + MORE)
    )
    ends = {name: ok for name, (_, _, ok) in held(whole).items() if name.endswith("_balance")}
    assert ends and all(ends.values()) and codes(whole) == []
    assert whole.source.uncompared == ()
    assert ("F05" in codes(late)) == ("closing_balance" in ends or "合计" in below)
    assert ("F05" in codes(early)) == ("opening_balance" in ends or "合计" in below)


def test_newest_first_and_rows_of_one_day() -> None:
    rows = "".join(f"{line}\n" for line in reversed((ROWS + MORE).replace("10-10", "10-09").splitlines()))
    assert codes(statement("期初余额：5000.00,期末余额：5795.00\n", "", rows)) == []
    assert codes(statement("期初余额：5000.00,期末余额：5796.00\n", "", rows)) == ["F05"]


def test_a_first_row_that_prints_the_opening_balance() -> None:
    for first in ("期初余额,,,,5000.00,,\n", ",期初余额,,,5000.00,,\n", "2026-10-01,期初余额,,,5000.00,,\n"):
        parsed = statement("", "", first + ROWS)
        assert codes(parsed) == [], first
        wrong = statement("", "", first.replace("5000", "5001") + ROWS)
        assert set(codes(wrong)) <= {"F05", "F06"} and codes(wrong), first


def test_ends_that_belong_to_nobody_are_not_compared() -> None:
    twice = statement("期初余额：5000.00\n期初余额：7000.00\n")
    assert codes(twice) == [] and len(twice.source.uncompared) == 2
