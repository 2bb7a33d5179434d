"""Amounts: signs, directions, splits, categories, states."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.interpreter.fakes import codes, frame, profile, read, table
from tests.reading.interpreter.profiles_inline import DOUYIN, PDD

from ecrecon.reading.parse import parse_pockets

PDD_HEAD = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\n"


def _pdd(*cells: tuple[str, str], trailer: str = "") -> str:
    lines = [f"26051{i}-1,2026-05-09 10:00:0{i},{a},{b},其他,-,x" for i, (a, b) in enumerate(cells)]
    return PDD_HEAD + "\n".join(lines) + "\n" + trailer


def test_both_columns_filled_is_never_guessed() -> None:
    parsed = read(table(_pdd(("1.00", "-2.00"), ("3.00", "0"))), PDD)
    assert codes(parsed) == ["F11"]
    assert parsed.findings["source_line"].to_list() == [2]
    assert frame(parsed)["amount_minor"].to_list() == [0, 300]


def test_both_zero_is_void_and_counted() -> None:
    text = _pdd(("0", "0"), ("3.00", "0"), trailer="#收入合计：2笔3.00元\n")
    parsed = read(table(text), PDD)
    assert frame(parsed)["settle_status"].cast(pl.String).to_list() == ["void", "settled"]
    assert parsed.source.rows == 2
    assert codes(parsed) == []  # the printed count may or may not contain void rows


def test_text_after_the_number() -> None:
    parsed = read(table(_pdd(("0", "-0.03 技术服务费"))), PDD)
    assert frame(parsed)["amount_minor"].to_list() == [-3]
    assert any("技术服务费" in note for note in parsed.source.notes)


D1 = "动账时间,动账流水号,动账方向,动账金额,动账场景,订单号,订单实付应结,运费实付,平台服务费,备注{extra}\n"


def _douyin(*rows: str, extra: str = "") -> str:
    lines = [f"2026-05-03 02:10:0{i},'9{i},{row}" for i, row in enumerate(rows)]
    return D1.format(extra=extra) + "\n".join(lines) + "\n"


def test_direction_signs_and_unknown_direction() -> None:
    text = _douyin(
        "出账,9.00,提现,,0,0,0,", "出账,-9.00,提现,,0,0,0,", "入账,9.00,提现,,0,0,0,", "转出,1.00,提现,,0,0,0,"
    )
    parsed = read(table(text), DOUYIN)
    assert frame(parsed)["amount_minor"].to_list() == [-900, -900, 900, 0]
    assert [c for c in codes(parsed) if c != "F02"] == ["F11"]


def test_split_only_where_it_is_proved() -> None:
    text = _douyin(
        "入账,38.50,货款结算入账,'1,40.00,0,-1.50,",
        "入账,38.50,货款结算入账,'1,40.00,6.00,-1.50,",  # freight settles apart
        "出账,38.50,退款-结算后退款-退用户,'1,40.00,0,-1.50,",  # components printed without the sign
        "入账,38.00,货款结算入账,'1,40.00,0,-1.50,",  # does not add up
    )
    parsed = read(table(text), DOUYIN)
    rows = frame(parsed).select("source_line", "amount_minor", pl.col("category").cast(pl.String)).rows()
    assert rows == [
        (2, 4000, "goods_receipt"), (2, -150, "tech_service_fee"), (3, 4000, "goods_receipt"),
        (3, -150, "tech_service_fee"), (4, -4000, "goods_receipt"), (4, 150, "tech_service_fee"),
        (5, 3800, "goods_receipt"),
    ]  # fmt: skip
    assert any("行 5" in note for note in parsed.source.notes)


def test_new_money_column_joins_the_split() -> None:
    text = _douyin("入账,45.50,货款结算入账,'1,40.00,0,-1.50,,7.00", extra=",全新补贴")
    parsed = read(table(text), DOUYIN)
    last = frame(parsed).row(2, named=True)
    assert (last["money_column"], last["category"], last["amount_minor"]) == ("全新补贴", "unmapped", 700)
    assert "F02" in codes(parsed)
    assert "全新补贴" in (parsed.findings.filter(pl.col("code") == "F02")["column"][0] or "")


@given(st.lists(st.tuples(*[st.integers(-9999, 9999)] * 4), min_size=1, max_size=12))
def test_a_split_never_changes_money(rows: list[tuple[int, int, int, int]]) -> None:
    def yuan(minor: int) -> str:
        return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"

    cells = [
        f"{'入账' if net >= 0 else '出账'},{yuan(net)},提现,,{yuan(a)},{yuan(b)},{yuan(c)}," for net, a, b, c in rows
    ]
    head = D1.format(extra="")
    text = head + "\n".join(f"2026-05-03 02:10:00,'{n},{cell}" for n, cell in enumerate(cells)) + "\n"
    parsed = read(table(text), DOUYIN)
    per_row = frame(parsed).group_by("source_line").agg(pl.col("amount_minor").sum()).sort("source_line")
    assert per_row["amount_minor"].to_list() == [net for net, *_ in rows]


SIGNED = profile(
    r"""
[profile]
id = "jd.x"
title = "x"
platform = "jd"
kind = "bill"
view = "detail"
currency = "column:币种"
[header]
require = ["订单编号", "费用名称", "金额"]
new_money_column = "stop"
known = ["摘要"]
[fields]
order_id = { from = ["订单编号"], as = "id" }
occurred_at = { from = ["时间"], as = "datetime" }
raw_type = { from = ["费用名称"], as = "text" }
fee_rate = { from = ["比例"], as = "rate" }
[amount]
mode = "signed"
column = "金额"
witness = { column = "方向", plus = ["收入"], minus = ["支出"] }
[category]
order = ["rules", "raw_type"]
[[category.rules]]
when = { raw_type = { equals = "货款" }, sign = "-" }
is = "refund"
[[category.rules]]
when = { raw_type = { prefix = "综合", contains = ["违约", "罚"] } }
is = "penalty"
[category.raw_type]
"货款" = "goods_receipt"
"佣金（基础）" = "commission"
[rows]
drop = [{ column = "订单编号", equals = ["合计"] }]
state = { column = "结算状态", settled = ["已结算"], pending = ["待结算"], void = ["数据作废"] }
[[controls.equation]]
""".replace("[[controls.equation]]\n", "")
)
SIGNED_HEAD = "订单编号,费用名称,金额,币种,方向,结算状态,时间,比例\n"


def test_signed_amounts_witness_states_and_categories() -> None:
    text = SIGNED_HEAD + (
        "1,货款,129.00,人民币,收入,已结算,2026-05-01,5%\n"
        "1,货款,-29.00,,支出,待结算,2026-05-01,0.006\n"
        "2,佣金(基础),-6.45,CNY,收入,数据作废,2026-05-01,--\n"
        "3,综合违约金,-1,JPY,支出,已结算,2026-05-01,\n"
        "4,新费用,-2.00,USD,支出,已结算,2026-05-01,\n"
        "合计,,90.00,,,,,\n"
    )
    parsed = read(table(text), SIGNED)
    lines = frame(parsed)
    assert lines["amount_minor"].to_list() == [12900, -2900, -645, -1, -200]
    assert lines["currency"].cast(pl.String).to_list() == ["CNY", "CNY", "CNY", "JPY", "USD"]
    assert lines["settle_status"].cast(pl.String).to_list() == ["settled", "pending", "void", "settled", "settled"]
    assert lines["category"].cast(pl.String).to_list() == [
        "goods_receipt", "refund", "commission", "penalty", "unmapped",
    ]  # fmt: skip
    assert lines["fee_rate"].to_list() == [50000, 6000, None, None, None]
    assert codes(parsed) == ["F05"]
    assert parsed.findings["source_line"].to_list() == [4]
    assert parsed.source.rows == 5
    assert parsed.source.currency == "CNY"


def test_missing_state_column_is_said_and_new_money_stops() -> None:
    parsed = read(table("订单编号,费用名称,金额,时间,新补贴\n1,货款,1.00,2026-05-01,2.50\n"), SIGNED)
    assert any("结算状态" in note for note in parsed.source.notes)
    assert "F01" in codes(parsed)


def test_money_without_time_is_a_finding() -> None:
    parsed = read(table(SIGNED_HEAD + "1,货款,1.00,CNY,收入,已结算,,\n"), SIGNED)
    assert codes(parsed) == ["F11"]


FEN = profile(
    """
[profile]
id = "x.fen"
title = "x"
platform = "x"
kind = "bill"
view = "cash"
unit = "fen"
[header]
require = ["amount", "time"]
[fields]
occurred_at = { from = ["time"], as = "datetime" }
[amount]
mode = "signed"
column = "amount"
"""
)
EUROPE = profile(
    """
[profile]
id = "x.eu"
title = "x"
platform = "x"
kind = "bill"
view = "cash"
currency = "EUR"
[file]
number = ["1,234.56", "1.234,56"]
[header]
require = ["betrag", "time"]
[fields]
occurred_at = { from = ["time"], as = "datetime" }
[amount]
mode = "signed"
column = "betrag"
"""
)


def test_fen_and_european_numbers() -> None:
    assert frame(read(table("amount,time\n182,2026-05-01\n-3,2026-05-01\n"), FEN))["amount_minor"].to_list() == [
        182,
        -3,
    ]
    lines = frame(read(table('betrag,time\n"1.234,56",2026-05-01\n"-7,5",2026-05-01\n'), EUROPE))
    assert lines["amount_minor"].to_list() == [123456, -750]
    plain = frame(read(table('betrag,time\n"1,234.56",2026-05-01\n7.50,2026-05-01\n'), EUROPE))
    assert plain["amount_minor"].to_list() == [123456, 750]


RED = profile(
    r"""
[profile]
id = "red.x"
title = "x"
platform = "red"
kind = "bill"
view = "detail"
[header]
require = ["订单号", "动账金额"]
[fields]
order_id = { from = ["订单号"], as = "id" }
refund_id = { from = [{ column = "单据", when = { "类型" = ["退款", "取消"] } }], as = "id" }
occurred_at = { from = ["结算时间"], as = "datetime" }
[amount]
mode = "signed"
column = "动账金额"
[split]
either_sign = ["佣金"]
retry_without = ["毛保"]
otherwise = "stop"
[split.columns]
"实付" = { "+" = "goods_receipt", "-" = "refund" }
"佣金" = "commission"
"毛保" = "deposit"
[rows]
state = { column = "结算时间", filled = "settled", empty = "pending" }
"""
)
RED_HEAD = "订单号,类型,单据,结算时间,动账金额,实付,佣金,毛保\n"


def test_fees_of_either_sign_and_categories_by_direction() -> None:
    text = RED_HEAD + (
        "1,结算,A,2026-06-12,95.00,100.00,-5.00,0\n"
        "2,结算,B,2026-06-12,95.00,100.00,5.00,0\n"
        "3,退款,R3,2026-06-12,-95.00,-100.00,5.00,0\n"
        "4,取消,R4,2026-06-12,-95.00,-100.00,-5.00,7.00\n"
        "5,结算,E,,102.00,100.00,-5.00,7.00\n"
    )
    parsed = read(table(text), RED)
    lines = frame(parsed)
    told = lines.select("source_line", "amount_minor", pl.col("category").cast(pl.String)).rows()
    assert told == [
        (2, 10000, "goods_receipt"), (2, -500, "commission"), (3, 10000, "goods_receipt"), (3, -500, "commission"),
        (4, -10000, "refund"), (4, 500, "commission"), (5, -10000, "refund"), (5, 500, "commission"),
        (6, 10000, "goods_receipt"), (6, -500, "commission"), (6, 700, "deposit"),
    ]  # fmt: skip
    assert lines.unique("source_line", maintain_order=True)["refund_id"].to_list() == [None, None, "R3", "R4", None]
    states = lines.unique("source_line", maintain_order=True)["settle_status"].cast(pl.String).to_list()
    assert states == ["settled"] * 4 + ["pending"]  # a row that waits has no time, rightly
    assert codes(parsed) == []


def test_components_that_do_not_add_up_stop() -> None:
    parsed = read(table(RED_HEAD + "1,结算,A,2026-06-12,90.00,100.00,-5.00,0\n"), RED)
    assert codes(parsed) == ["F11"]
    assert parsed.findings["source_line"].to_list() == [2]
    assert frame(parsed).select("amount_minor", pl.col("category").cast(pl.String)).rows() == [(9000, "unmapped")]


POCKETS = profile(
    r"""
[profile]
id = "red.p"
title = "x"
platform = "red"
kind = "bill"
view = "detail"
[header]
require = ["订单号", "动账金额"]
[fields]
order_id = { from = ["订单号"], as = "id" }
occurred_at = { from = ["结算时间"], as = "datetime" }
[amount]
mode = "signed"
column = "动账金额"
[rows.pocket]
column = "结算账户"
suffix = { "余额" = "", "微信" = "wechat", "支付宝" = "alipay" }
"""
)


def test_each_pocket_of_a_file_is_a_source_of_its_own() -> None:
    source = table(
        "订单号,结算时间,结算账户,动账金额\n1,2026-06-02,微信,5.00\n2,2026-06-20,余额,-7.00\n3,2026-06-03,微信,1.00\n"
    )
    found = parse_pockets(source, POCKETS, 0)
    assert [(p.source.account_suffix, p.source.rows, p.source.income_minor, p.source.expense_minor) for p in found] == [
        (None, 1, 0, -700), ("wechat", 2, 600, 0),
    ]  # fmt: skip
    assert {p.source.coverage for p in found} == {((date(2026, 6, 1), date(2026, 6, 20)),)}  # the file speaks for both
    assert {p.source.pockets for p in found} == {("", "alipay", "wechat")}
    assert [frame(p)["source_line"].to_list() for p in found] == [[3], [2, 4]]


def test_an_unknown_pocket_is_reported_and_kept_apart() -> None:
    source = table("订单号,结算时间,结算账户,动账金额\n1,2026-06-02,银行卡,5.00\n2,2026-06-02,余额,7.00\n")
    found = parse_pockets(source, POCKETS, 0)
    assert [(p.source.account_suffix, p.source.income_minor) for p in found] == [(None, 700), ("银行卡", 500)]
    assert [code for p in found for code in codes(p)] == ["F11"]


def test_a_file_of_pockets_without_rows_is_one_source() -> None:
    found = parse_pockets(table("订单号,结算时间,结算账户,动账金额\n"), POCKETS, 0)
    assert [(p.source.account_suffix, p.source.rows) for p in found] == [(None, 0)]
