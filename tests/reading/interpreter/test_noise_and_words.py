"""Binary noise of numeric cells is rounded by the gate's own rule; words that nobody listed concern their rows alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.golden.goldens import FOLDER, profiles
from tests.reading.interpreter.fakes import book, frame, read, table
from tests.reading.interpreter.profiles_inline import PDD
from tests.reading.profiles.reshape import shape_of

from ecrecon.base.money import read_numbers
from ecrecon.base.sources import Parsed
from ecrecon.reading.load import load
from ecrecon.settings.profiles import load_profiles

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


FLAG = next(p for p in load_profiles() if p.id == "bank.general_flag")
FLAG_HEAD = "交易日期,借贷标志,交易金额,余额,摘要,对方户名\n"


def statement(*rows: str) -> Parsed:
    return read(
        table(FLAG_HEAD + "".join(f"2026-10-{8 + i:02d},{row},转账,甲公司\n" for i, row in enumerate(rows))), FLAG
    )


def words(parsed: Parsed) -> list[tuple[int, str, str]]:
    rows = parsed.findings.select("code", "kind", "source_line", "text", "hint").rows()
    assert all((code, kind) == ("F11", "review") for code, kind, *_ in rows)
    return [(line, text, hint) for _, _, line, text, hint in rows]


def test_unknown_words_of_a_direction_cost_their_rows_alone() -> None:
    parsed = statement("贷,100.00,", "X,5.00,", "X,6.00,", "Y,7.00,", "借,1.00,")
    (line, word, hint), (_, other, _) = words(parsed)
    assert (line, word, other) == (3, "X", "Y")
    assert "3、4" in hint and "11.00" in hint and "没有计入" in hint
    assert parsed.source.rows == 5 and parsed.source.unsigned == (3, 4, 5)
    assert frame(parsed)["amount_minor"].to_list() == [10000, 0, 0, 0, -100]


def test_the_balance_signs_the_rows_of_an_unknown_direction() -> None:
    parsed = statement("贷,100.00,1100.00", "X,5.00,1095.00", "X,6.00,1101.00", "Y,7.00,1101.00", "借,1.00,1100.00")
    (_, word, hint), (_, frozen, left) = words(parsed)
    assert (word, frozen) == ("X", "Y")  # Y holds money back: neither sign rolls
    assert "证明了正负" in hint and "没有计入" in left
    assert frame(parsed)["amount_minor"].to_list() == [10000, -500, 600, 0, -100]
    assert parsed.source.unsigned == (5,)


def test_a_row_without_a_direction_is_told_like_a_word() -> None:
    parsed = statement("贷,100.00,", ",5.00,", ",0.00,")
    assert [(line, word) for line, word, _ in words(parsed)] == [(3, "")]


@pytest.mark.parametrize(
    ("sample", "column", "said"),
    [
        ("jd.j2/page_22_columns.csv", "收支方向", "正负号"),
        ("jd.j2/page_22_columns.csv", "结算状态", "已结算"),
        ("dewu.d1/sales.xlsx", "结算状态", "已结算"),
        ("xiaohongshu.x1/orders.xlsx", "结算账户", "单列为一个账户"),
    ],
)
def test_unknown_words_elsewhere_are_one_review_each_and_no_money_is_lost(
    sample: str, column: str, said: str, tmp_path: Path
) -> None:
    shape = shape_of(FOLDER / sample)
    place = shape.header.index(column)
    for row in shape.data[:2]:
        row[place] = "没见过的"
    before, after = load([FOLDER / sample], profiles(), workers=1), load([shape.write(tmp_path)], profiles(), workers=1)
    found = pl.concat([one.findings for one in after]).filter(pl.col("code") == "F11")
    assert found.select("kind", "column", "text").rows() == [("review", column, "没见过的")]
    assert said in found["hint"][0] and "金额合计" in found["hint"][0] and "2 行" in found["hint"][0]
    sums = [sum(int(frame(one)["amount_minor"].sum()) for one in parsed) for parsed in (before, after)]
    assert sums[0] == sums[1]
