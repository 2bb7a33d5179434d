"""Words of the vocabulary that one layout or another needs: sums of columns, forced direction, repeated names, totals."""

from __future__ import annotations

import pytest
from tests.reading.interpreter.fakes import codes, frame, profile, table
from tests.reading.interpreter.fakes import read as read_table

from ecrecon.base.errors import ConfigError
from ecrecon.base.sources import Parsed
from ecrecon.reading.parse import parse_pockets

HEAD = """
[profile]
id = "test.bill"
title = "测试"
platform = "test"
kind = "bill"
view = "cash"
[header]
require = ["时间", "货款"]
known = ["类型", "商户", "详情"]
[fields]
occurred_at = { from = ["时间"], as = "datetime" }
raw_type = { from = ["类型"], as = "text" }
account = { from = ["商户"], as = "text", null = ["0"], keep = false }
"""
SUM = """
[amount]
mode = "columns"
columns = ["货款", "-退款", "-手续费"]
[split.columns]
"货款" = "goods_receipt"
"-退款" = "refund"
"-手续费" = "payment_fee"
"""


def read(toml: str, text: str, name: str = "bill.csv") -> Parsed:
    return read_table(table(text, name), profile(toml))


def lines(parsed: Parsed) -> list[tuple[str, int]]:
    return list(frame(parsed).select("category", "amount_minor").iter_rows())


def test_columns_add_up_and_each_becomes_a_line() -> None:
    parsed = read(HEAD + SUM, "时间,货款,退款,手续费\n2026-05-01,12.00,0,0.07\n2026-05-01,0,12.00,-0.07\n")
    assert lines(parsed) == [("goods_receipt", 1200), ("payment_fee", -7), ("refund", -1200), ("payment_fee", 7)]
    assert (parsed.source.income_minor, parsed.source.expense_minor) == (1193, -1193)


def test_unreadable_part_refuses_the_row() -> None:
    parsed = read(HEAD + SUM, "时间,货款,退款,手续费\n2026-05-01,12.00,0,abc\n")
    assert set(codes(parsed)) == {"F11"}
    assert frame(parsed)["amount_minor"].sum() == 0


@pytest.mark.parametrize(("always", "wanted"), [("out", [-1000, -500]), ("in", [1000, 500])])
def test_direction_is_forced_whatever_sign_is_printed(always: str, wanted: list[int]) -> None:
    toml = HEAD + f'[amount]\nmode = "signed"\ncolumn = "货款"\nalways = "{always}"\n'
    assert frame(read(toml, "时间,货款\n2026-05-01,10.00\n2026-05-01,-5.00\n"))["amount_minor"].to_list() == wanted


def test_second_column_of_a_name() -> None:
    toml = HEAD + '[amount]\nmode = "columns"\ncolumns = ["货款", "返利", "返利#2"]\n'
    toml += '[split.columns]\n"货款" = "goods_receipt"\n"返利" = "commission"\n"返利#2" = "tech_service_fee"\n'
    parsed = read(toml, "时间,货款,返利,返利\n2026-05-01,10.00,1.00,2.00\n")
    assert lines(parsed) == [("goods_receipt", 1000), ("commission", 100), ("tech_service_fee", 200)]


TEXT = """
[amount]
mode = "signed"
column = "货款"
[split.fields]
"-total" = "refund"
"fee" = "payment_fee"
[category]
order = ["raw_type"]
[category.raw_type]
"退" = "refund"
"""


@pytest.mark.parametrize(
    ("amount", "wanted"), [("-87.47", [("refund", -8800), ("payment_fee", 53)]), ("-88.00", [("refund", -8800)])]
)
def test_amounts_inside_a_text_split_the_row_only_where_they_prove_it(
    amount: str, wanted: list[tuple[str, int]]
) -> None:
    fields = r"""
total = { from = [{ column = "详情", extract = '总额([\d.]+)元' }], as = "money", keep = false }
fee = { from = [{ column = "详情", extract = '手续费([\d.]+)元' }], as = "money", keep = false }
"""
    parsed = read(HEAD + fields + TEXT, f"时间,货款,类型,详情\n2026-05-01,{amount},退,总额88.00元;含手续费0.53元\n")
    assert lines(parsed) == wanted


TOTALS = """
[file]
stop_at = '^笔数'
[controls.totals]
"笔数" = "rows"
"收入笔数" = "in_count"
"收入" = "in_sum"
"支出" = "out_sum"
"手续费合计" = "column:手续费"
"""


def test_named_totals_are_found_by_name() -> None:
    text = "时间,货款,退款,手续费\n2026-05-01,12.00,0,0.07\n2026-05-01,0,12.00,-0.07\n"
    good = read(HEAD + SUM + TOTALS, text + "笔数,收入笔数,收入,手续费合计\n2.0,1,11.93,0.00000\n")
    assert [(c.name, c.ok) for c in good.source.control] == [
        ("笔数", True), ("收入笔数", True), ("收入", True), ("手续费合计", True),
    ]  # fmt: skip
    bad = read(HEAD + SUM + TOTALS, text + "笔数,收入\n3,11.92\n")
    assert bad.findings.select("code", "column", "text", "expected").rows() == [
        ("F05", "笔数", "3", "2"), ("F05", "收入", "11.92", "11.93"),
    ]  # fmt: skip


def test_balance_rolls_for_each_text_of_a_column() -> None:
    toml = (
        HEAD + '[amount]\nmode = "signed"\ncolumn = "货款"\nbalance = "余额"\n[[controls.balance]]\ncolumn = "余额"\n'
    )
    text = "时间,货款,余额,类型\n2026-05-01,1,101,甲\n2026-05-02,2,52,乙\n2026-05-03,3,104,甲\n2026-05-04,4,56,乙\n"
    assert codes(read(toml, text)) == ["F06"]
    assert read(toml + 'per = "类型"\n', text).findings.is_empty()


def test_account_of_the_rows_and_two_of_them() -> None:
    text = "时间,货款,退款,手续费,商户\n2026-05-01,1,0,0,0\n2026-05-01,1,0,0,1900000109\n"
    assert read(HEAD + SUM, text).source.account == "1900000109"
    two = parse_pockets(table(text + "2026-05-01,1,0,0,1900000110\n"), profile(HEAD + SUM), 0)
    assert [(p.source.account, p.source.rows) for p in two] == [("1900000109", 2), ("1900000110", 1)]
    assert all(p.findings.is_empty() for p in two)


def test_name_of_the_file_says_account_and_its_kind() -> None:
    toml = HEAD + SUM + '[name]\naccount = \'(1\\d{9})\'\nsuffix = { "手续费" = "fees" }\n'
    source = read(toml, "时间,货款\n2026-05-01,1\n", "1900000109手续费账户.csv").source
    assert (source.account, source.account_suffix) == ("1900000109", "fees")
    plain = read(toml, "时间,货款\n2026-05-01,1\n", "1900000109/基本账户.csv").source
    assert (plain.account, plain.account_suffix) == (None, None)


def test_unknown_total_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown total"):
        profile(HEAD + SUM + '[controls.totals]\n"笔数" = "lines"\n')
