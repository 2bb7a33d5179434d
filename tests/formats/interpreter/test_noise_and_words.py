"""Binary noise of numeric cells is rounded by the gate's own rule; words that nobody listed concern their rows alone."""

from __future__ import annotations

import polars as pl
import pytest
from tests.formats.interpreter.fakes import book, frame, read, table
from tests.formats.interpreter.profiles_inline import PDD

from ecrecon.money import read_numbers
from ecrecon.profiles import load_profiles
from ecrecon.sources import Parsed

HEAD = ["商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账务类型", "备注", "业务描述"]


def bill(*cells: object) -> Parsed:
    rows = [[f"26051{i}-1", f"2026-05-09 10:00:0{i}", cell, 0, "交易收入", "-", "x"] for i, cell in enumerate(cells)]
    return read(book([HEAD, *rows]), PDD)


@pytest.mark.parametrize(
    ("cell", "minor"),
    [(62.89999999999998, 6290), (0.1 + 0.2, 30), (1e15 / 3, None), (12.345, None), (1027.4999999999998, 102750), (-0.30000000000000004, -30)],
)  # fmt: skip
def test_numeric_cells_lose_their_noise(cell: float, minor: int | None) -> None:
    parsed = bill(cell, 1.0)
    assert frame(parsed)["amount_minor"].to_list() == [minor or 0, 100]
    assert parsed.findings["code"].to_list() == ([] if minor is not None else ["F11"])


def test_text_is_never_rounded_and_the_hint_says_why() -> None:
    text = ",".join(HEAD) + "\n260510-1,2026-05-09 10:00:00,62.89999999999998,0,交易收入,-,x\n"
    for parsed in (read(table(text), PDD), bill("62.89999999999998")):
        assert parsed.findings["code"].to_list() == ["F11"]
        assert "二进制误差" in parsed.findings["hint"][0]


def test_the_rule_is_a_millionth_of_a_minor_unit() -> None:
    texts = pl.Series(["1.0000000001", "1.00000002", "1.0000001", "abc", "", "1e16"])
    assert read_numbers(texts).to_list() == [100, None, None, None, None, None]
    assert read_numbers(pl.Series(["100.0000001"]), 0).to_list() == [100]


AFTER_SALES = next(p for p in load_profiles() if p.id == "taobao.t3")


def test_unknown_words_of_a_state_concern_their_rows() -> None:
    spec = AFTER_SALES.status
    assert spec is not None
    known = spec.done[0]
    head = "退款编号,订单编号,支付宝交易号,订单付款时间,退款完结时间,买家实际支付金额,宝贝标题,买家退款金额,手工退款_系统退款,是否需要退货,退款状态,部分退款_全部退款\n"
    words = [known, "卖家已拒绝退款X", "卖家已拒绝退款X", "另一个词"]
    rows = "".join(
        f"26051300000000000{i},510000000000000010{i},,2026-04-25 09:00:30,2026-05-13 14:02:11,27.50,彩带,27.50,系统退款,不需要退货,{word},全部退款\n"
        for i, word in enumerate(words)
    )
    parsed = read(table(head + rows), AFTER_SALES)
    told = parsed.findings.filter(pl.col("code") == "F11").select("kind", "source_line", "text", "hint").rows()
    assert sorted((kind, line, text) for kind, line, text, _ in told) == [
        ("review", 3, "卖家已拒绝退款X"),
        ("review", 5, "另一个词"),
    ]
    assert any("3、4" in hint for _, _, _, hint in told)
    assert frame(parsed)["state"].cast(pl.String).to_list() == ["done", None, None, None]


def test_unknown_words_of_a_direction_cost_their_rows_alone() -> None:
    flag = next(p for p in load_profiles() if p.id == "bank.general_flag")
    head = "交易日期,借贷标志,交易金额,余额,摘要,对方户名\n"
    rows = ["贷,100.00,1100.00", "X,5.00,1095.00", "X,6.00,1089.00", "Y,7.00,1082.00"]
    text = head + "".join(f"2026-10-{8 + i:02d},{row},转账,甲公司\n" for i, row in enumerate(rows))
    parsed = read(table(text), flag)
    assert parsed.findings.select("code", "source_line", "text").rows() == [
        ("F11", 3, "X"),
        ("F11", 4, "X"),
        ("F11", 5, "Y"),
    ]
    assert parsed.source.rows == 4 and frame(parsed)["amount_minor"].to_list() == [10000, 0, 0, 0]
