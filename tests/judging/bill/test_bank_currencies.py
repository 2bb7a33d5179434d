"""The currency that a bank statement of the general layouts prints, beside its rows or above them, goes with every amount."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.call import call

COLUMNS = "交易日期,摘要,支出金额,收入金额,余额,{},对方户名\n"
ROWS = "2026-10-01,转账,,10000,11000,{0},示例甲公司\n2026-10-02,转账,3000,,8000,{0},示例甲公司\n"
FLAG = (
    "交易日期,借贷标志,交易金额,余额,币别,摘要,对方户名,对方账号\n2026-10-08,贷,10000,11000,JPY,转账,示例甲公司,622\n"
)
ABOVE = "账号：62220000111122223333{}币种：{}\n交易日期,摘要,支出金额,收入金额,余额,对方户名\n"
PLAIN = "2026-10-01,转账,,10000.00,11000.00,示例甲公司\n"


@pytest.mark.parametrize(
    ("text", "currency", "income"),
    [
        (COLUMNS.format("币种") + ROWS.format("JPY"), "JPY", "10000"),
        (COLUMNS.format("货币") + ROWS.format("日元"), "JPY", "10000"),
        (COLUMNS.format("账户币种") + ROWS.format("人民币元"), "CNY", "10000.00"),
        (COLUMNS.format("币种") + ROWS.format("JPY") + "合计,,3000,10000,,,\n", "JPY", "10000"),
        (FLAG, "JPY", "10000"),
        (ABOVE.format(",", "美元") + PLAIN, "USD", "10000.00"),
        (ABOVE.format("\t", "人民币") + PLAIN, "CNY", "10000.00"),
        ("".join(COLUMNS.format("柜员")) + ROWS.format("001"), "CNY", "10000.00"),
    ],
)  # fmt: skip
def test_a_statement_is_in_the_currency_that_it_prints(tmp_path: Path, text: str, currency: str, income: str) -> None:
    (tmp_path / "k.csv").write_text(text, encoding="utf-8")
    (source,) = json.loads(call("audit", tmp_path, "--json").out)["sources"]
    assert (source["currency"], source["income"]) == (currency, income)
    assert all(control["ok"] for control in source["control"])


def test_money_of_two_currencies_is_two_accounts(tmp_path: Path) -> None:
    rows = ROWS.format("JPY") + "2026-10-03,转账,30.00,,80.00,CNY,示例甲公司\n"
    (tmp_path / "k.csv").write_text(COLUMNS.format("币种") + rows, encoding="utf-8")
    found = json.loads(call("audit", tmp_path, "--json").out)["sources"]
    assert sorted((s["currency"], s["income"], s["expense"]) for s in found) == [
        ("CNY", "0.00", "-30.00"), ("JPY", "10000", "-3000"),
    ]  # fmt: skip
