"""Rows that hold several movements: magnitudes, columns that may be missing from the sum, rows that stay whole."""

from __future__ import annotations

import pytest
from tests.reading.interpreter.fakes import codes, frame, profile, read, table

BILL = """
[profile]
id = "shop.settlement"
title = "settlement"
platform = "shop"
kind = "bill"
view = "detail"
[file]
note_row = "时间"
[header]
require = ["单号", "时间", "净额", "货款"]
[fields]
order_id = { from = ["单号"], as = "id" }
occurred_at = { from = ["时间"], as = "datetime" }
raw_type = { from = ["类型"], as = "text" }
[amount]
mode = "signed"
column = "净额"
[split]
retry_without = ["补贴", "退款"]
unless = { raw_type = { equals = ["提前收款"] } }
[split.columns]
"货款" = "goods_receipt"
"补贴" = "subsidy"
"-退款" = "refund"
[split.pairs]
"-收费" = "收费名"
[category]
order = ["raw_type"]
[category.raw_type]
"提前收款" = "advance"
"结算" = "goods_receipt"
"运费险" = "freight_insurance"
"""
HEADER = "单号,时间,类型,净额,货款,补贴,退款,收费,收费名"
PROFILE = profile(BILL)


def parts(row: str) -> list[tuple[str, int]]:
    parsed = read(table(f"{HEADER}\n{row}\n"), PROFILE)
    assert codes(parsed) == []
    return [(str(c), a) for c, a in frame(parsed).select("category", "amount_minor").iter_rows()]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1,2026-05-01,结算,97,100,5,6,2,运费险", [("goods_receipt", 10000), ("subsidy", 500), ("refund", -600), ("freight_insurance", -200)]),
        ("1,2026-05-01,结算,92,100,5,6,2,运费险", [("goods_receipt", 10000), ("refund", -600), ("freight_insurance", -200)]),
        ("1,2026-05-01,结算,103,100,5,6,2,没见过", [("goods_receipt", 10000), ("subsidy", 500), ("unmapped", -200)]),
        ("1,2026-05-01,结算,98,100,5,6,2,运费险", [("goods_receipt", 10000), ("freight_insurance", -200)]),
        ("1,2026-05-01,结算,1,100,5,6,2,运费险", [("goods_receipt", 100)]),
        ("1,2026-05-01,提前收款,100,100,0,0,0,", [("advance", 10000)]),
    ],
    ids=["all", "without subsidy", "without refund", "without both", "not proved", "the type says more"],
)  # fmt: skip
def test_each_set_of_columns_is_tried_the_smallest_first(row: str, expected: list[tuple[str, int]]) -> None:
    assert parts(row) == expected


@pytest.mark.parametrize("note", ["本列为结算时间,说明,说明,说明,说明,说明,说明,说明", ",合计,98.00,100.00,,,2,"])
def test_explanations_below_the_header_are_left_out_and_said(note: str) -> None:
    parsed = read(table(f"{HEADER}\n,{note}\n1,2026-05-01,结算,98,100,0,0,2,运费险\n"), PROFILE)
    assert frame(parsed)["source_line"].to_list() == [3, 3]
    assert parsed.source.rows == 1
    assert any("表头下一行" in text for text in parsed.source.notes)
    assert codes(parsed) == []


def test_only_the_row_below_the_header_may_be_a_note() -> None:
    parsed = read(table(f"{HEADER}\n1,2026-05-01,结算,98,98,0,0,0,\n2,昨天,结算,5,5,0,0,0,\n"), PROFILE)
    assert codes(parsed) == ["F11"]
    assert frame(parsed)["order_id"].to_list() == ["1", "2"]


WALLET = """
[profile]
id = "shop.wallet"
title = "wallet"
platform = "shop"
kind = "bill"
view = "cash"
[header]
require = ["时间", "金额", "余额", "类型"]
[fields]
occurred_at = { from = ["时间"], as = "datetime" }
raw_type = { from = ["类型"], as = "text" }
[amount]
mode = "signed"
column = "金额"
balance = "余额"
[[controls.balance]]
column = "余额"
held = { raw_type = ["冻结"] }
"""


@pytest.mark.parametrize(
    ("balances", "found"),
    [(("110", "105", "100"), []), (("110", "110", "105"), []), (("110", "104", "99"), ["F06"])],
    ids=["holds move the balance", "holds leave it", "broken"],
)
def test_holds_may_leave_the_balance_as_it_is(balances: tuple[str, str, str], found: list[str]) -> None:
    rows = zip(("2026-05-01,10", "2026-05-02,-5", "2026-05-03,-5"), balances, ("结算", "冻结", "提现"), strict=True)
    text = "时间,金额,余额,类型\n" + "".join(f"{row},{balance},{kind}\n" for row, balance, kind in rows)
    parsed = read(table(text), profile(WALLET))
    assert codes(parsed) == found


AFTER_SALES = """
[profile]
id = "shop.after_sales"
title = "after-sales"
platform = "shop"
kind = "refunds"
[header]
require = ["售后单号", "状态", "退商品"]
[fields]
refund_id = { from = ["售后单号"], as = "id" }
[status]
column = "状态"
done = ["成功"]
[refund]
amount = ["退商品", "退运费"]
"""


def test_a_refund_may_be_the_sum_of_columns() -> None:
    parsed = read(table("售后单号,状态,退商品,退运费\n1,成功,10.00,2.00\n2,成功,5.00,-\n"), profile(AFTER_SALES))
    assert frame(parsed)["amount_minor"].to_list() == [1200, 500]
    without = read(table("售后单号,状态,退商品\n1,成功,10.00\n"), profile(AFTER_SALES))
    assert frame(without)["amount_minor"].to_list() == [1000]
