"""Totals that a file prints and no word of its profile names: compared, or said to be compared with nothing."""

from __future__ import annotations

import pytest
from tests.formats.interpreter.fakes import codes, read, table

from ecrecon.formats.totals import sentences
from ecrecon.profiles import load_profiles
from ecrecon.sources import Parsed

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
