"""Rows and cells that files hold in unusual places are read, or told with their line; a census counts all of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.golden.goldens import profiles, sample_read, samples

from ecrecon.base.sources import Parsed
from ecrecon.reading.load import load

BILL = ["商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账务类型", "备注", "业务描述"]
ORDERS = ["订单编号", "订单状态", "买家应付货款", "买家应付邮费", "总金额", "买家实付金额", "宝贝标题", "订单创建时间"]


def row(number: int, amount: str = "10.00") -> list[str]:
    return [
        f"261005-10000000000000{number}",
        f"2026-10-05 10:00:0{number}",
        amount,
        "0",
        "交易收入",
        "-",
        "0010002|交易收入",
    ]


def read(tmp_path: Path, *rows: list[str] | str, name: str = "bill.csv", end: str = "\n") -> Parsed:
    text = "\n".join(one if isinstance(one, str) else ",".join(one) for one in rows) + end
    path = tmp_path / name
    path.write_bytes(text.encode())
    (parsed,) = load([path], profiles(), workers=1)
    return parsed


def told(parsed: Parsed) -> list[tuple[str, int | None, str | None]]:
    return list(parsed.findings.select("code", "source_line", "kind").iter_rows())


def book(tmp_path: Path, fill: Callable[[xlsxwriter.worksheet.Worksheet], None]) -> Parsed:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target)
    fill(made.add_worksheet())
    made.close()
    path = tmp_path / "book.xlsx"
    path.write_bytes(target.getvalue())
    (parsed,) = load([path], profiles(), workers=1)
    return parsed


def test_a_bill_cut_inside_its_only_row_stops(tmp_path: Path) -> None:
    parsed = read(tmp_path, BILL, "261005-100000000000001,2026-10-05", end="")
    assert ("F17", 2, None) in told(parsed)


def test_a_bill_cut_inside_its_last_row_stops_and_keeps_the_others(tmp_path: Path) -> None:
    parsed = read(tmp_path, BILL, row(1), row(2), ",".join(row(3))[:40], end="")
    assert ("F17", 4, None) in told(parsed)
    assert parsed.source.income_minor == 2000


def test_a_whole_last_row_without_line_end_is_no_finding(tmp_path: Path) -> None:
    assert told(read(tmp_path, BILL, row(1), row(2), end="")) == []
    assert told(read(tmp_path, BILL, row(1), row(2))) == []


def test_a_short_row_between_others_is_told(tmp_path: Path) -> None:
    parsed = read(tmp_path, BILL, *(row(n) for n in range(1, 6)), row(6)[:4], *(row(n) for n in range(7, 9)))
    assert told(parsed) == [("F11", 7, None)]


def test_a_row_cut_after_its_second_cell_is_told_where_it_stands_again_below(tmp_path: Path) -> None:
    assert told(read(tmp_path, BILL, row(1)[:2], row(1))) == [("F11", 2, None)]
    assert told(read(tmp_path, BILL, row(1)[:1], row(1), row(2))) == [("F11", 2, None)]


def test_a_writer_that_leaves_empty_cells_out_is_no_cut(tmp_path: Path) -> None:
    rows = [row(n)[:6] for n in range(1, 6)]
    assert told(read(tmp_path, BILL, *rows)) == []


def test_a_trailer_of_the_layout_that_is_not_there(tmp_path: Path) -> None:
    above = ["拼多多店铺账务明细查询", "起始时间：2026-10-05 00:00:00  终止时间：2026-10-05 23:59:59"]
    whole = ["#收入合计：1笔10.00元", "#导出时间：2026-10-06 10:00:00"]
    assert told(read(tmp_path, *above, BILL, row(1), *whole)) == []
    assert told(read(tmp_path, *above, BILL, row(1))) == [("F17", None, "review")]
    assert told(read(tmp_path, *above, BILL, row(1), whole[0])) == [("F17", None, "review")]
    assert told(read(tmp_path, "我的备注", BILL, row(1))) == []  # a note of the user is no preamble


def test_rows_after_empty_rows_headers_again_and_totals_between(tmp_path: Path) -> None:
    parsed = read(tmp_path, BILL, row(1), ",,,,,,", row(2), BILL, row(3), "合计,,40.00,,,,", row(4))
    assert parsed.source.rows == 4
    assert told(parsed) == []
    census = parsed.source.census
    assert census is not None
    assert (census.filled, census.read) == (6, 4)
    assert [(one.reason, one.rows, one.ranges) for one in census.left_out] == [
        ("header", 1, ((5, 5),)), ("remark", 1, ((7, 7),)),
    ]  # fmt: skip
    assert census.blank == ((3, 3),) and census.last == 8
    assert next(one for one in census.money if one.column == "收入金额").filled == 6


def test_rows_above_the_header_are_told(tmp_path: Path) -> None:
    parsed = read(tmp_path, row(1), row(2), BILL, row(3))
    assert told(parsed) == [("F01", 1, None)]


def test_half_a_character_in_a_text_an_id_and_an_amount(tmp_path: Path) -> None:
    rows = [row(1), row(2), row(3)]
    rows[0][5] = "半\ufffd"
    rows[1][0] += "\ufffd"
    rows[2][2] = "1\ufffd.00"
    parsed = read(tmp_path, BILL, *rows)
    assert told(parsed) == [("F03", 3, None), ("F03", 2, "info"), ("F11", 4, None)]
    assert parsed.frame is not None
    assert parsed.frame["order_id"].to_list()[1] is None


def test_an_order_number_merged_over_its_goods_stands_for_all_of_them(tmp_path: Path) -> None:
    def fill(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_row(0, 0, ["订单编号", "订单状态", "买家应付货款", "总金额", "买家实付金额", "宝贝标题"])
        sheet.write_row(1, 0, ["5100000000000000101", "交易成功", "20.00", "20.00", "20.00", "甲"])
        sheet.write(2, 5, "乙")
        for column in range(5):
            value = ["5100000000000000101", "交易成功", "20.00", "20.00", "20.00"][column]
            sheet.merge_range(1, column, 2, column, value)

    parsed = book(tmp_path, fill)
    assert parsed.frame is not None
    assert parsed.frame["order_id"].to_list() == ["5100000000000000101"] * 2
    readings = {name: parsed.frame[name].to_list() for name in parsed.frame.columns if name.startswith("reading")}
    assert [2000, 2000] in readings.values()  # the amount of the order, on whichever row is kept
    assert told(parsed) == []


def test_an_amount_merged_over_rows_of_several_orders_is_nobodys(tmp_path: Path) -> None:
    def fill(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_row(0, 0, BILL)
        sheet.write_row(1, 0, row(1))
        sheet.write_row(2, 0, row(2, ""))
        sheet.merge_range(1, 2, 2, 2, "30.00")

    assert ("F11", 2, None) in told(book(tmp_path, fill))


def test_goods_of_an_order_whose_number_is_not_repeated_are_told(tmp_path: Path) -> None:
    rows = [["5100000000000000101", "交易成功", "20.00", "0", "20.00", "20.00", "甲", "2026-10-05 10:00:00"]]
    goods = ["", "", "5.00", "", "5.00", "5.00", "乙", ""]
    parsed = read(tmp_path, ORDERS, *rows, goods, ["", "", "25.00", "", "25.00", "25.00", "", ""])
    assert [one for one in told(parsed) if one[0] == "F11"] == [("F11", 3, None)]


@pytest.mark.parametrize(
    ("second", "kinds"),
    [
        (["5.00", "交易成功"], []),
        (["7.00", "交易成功"], [("F11", 2, None), ("F11", 3, None)]),
    ],
)
def test_one_order_number_with_two_amounts(tmp_path: Path, second: list[str], kinds: list[object]) -> None:
    def one(amount: str, state: str) -> list[str]:
        return ["5100000000000000101", state, amount, "0", amount, amount, "甲", "2026-10-05 10:00:00"]

    parsed = read(tmp_path, ORDERS, one("5.00", "交易成功"), one(*second))
    assert [one for one in told(parsed) if one[0] == "F11"] == kinds


def test_two_after_sales_with_one_number_and_different_content(tmp_path: Path) -> None:
    sample = next(path for path in samples() if path.parent.name == "pdd.p4" and path.suffix == ".csv")
    text = sample.read_bytes().decode("gb18030")
    header, first, *_ = text.splitlines()
    place = next(i for i, name in enumerate(header.split(",")) if "退款金额" in name)
    other = first.split(",")
    other[place] = "0.01"
    same = read(tmp_path, header, first, first)
    assert same.findings.is_empty()
    parsed = read(tmp_path, header, first, ",".join(other))
    assert told(parsed) == [("F11", 2, None), ("F11", 3, None)]


def test_money_in_a_column_without_a_name_is_told(tmp_path: Path) -> None:
    parsed = read(tmp_path, [*BILL[:6], "", BILL[6]], [*row(1)[:6], "3.50", row(1)[6]])
    assert [code for code, _, _ in told(parsed)] == ["F02"]
    assert "第 7 列" in parsed.findings["column"][0]


@pytest.mark.parametrize("sample", samples()[::5], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_row_and_money_cell_of_a_sample_is_counted(sample: Path) -> None:
    census = sample_read(sample).source.census
    if census is None:  # left out as a whole
        return
    assert census.filled == census.read + sum(one.rows for one in census.left_out)
    for one in census.money:
        assert one.filled == one.read + one.left_out + one.void


CELLS = st.lists(st.sampled_from(["", " ", "-", "10.00", "0", "合计"]), min_size=7, max_size=7)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(CELLS, st.integers(1, 9).map(row)), min_size=1, max_size=8))
def test_whatever_rows_hold_they_are_read_or_listed(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    parsed = read(tmp_path_factory.mktemp("rows"), BILL, row(9), *rows)
    census = parsed.source.census
    assert census is not None
    held = sum(any(cell.strip() not in ("", "-") for cell in one) for one in rows) + 1
    assert census.filled == held
    assert census.read == parsed.source.rows
    assert census.filled == census.read + sum(one.rows for one in census.left_out)
