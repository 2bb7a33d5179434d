"""What users and platforms do to a file must not change what it says."""

from __future__ import annotations

import random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.reading.interpreter import samples
from tests.reading.interpreter.fakes import FakeTable, book, codes, frame, read, table
from tests.reading.interpreter.profiles_inline import ALIPAY, ALL

PLAIN = table(samples.ALIPAY)
HEADER = 4
BASE = frame(read(PLAIN, *ALL))


def _reshaped(seed: int, notes: int, columns: int) -> FakeTable:
    """Columns shuffled, `columns` new ones among them, `notes` lines put on top."""
    width = len(PLAIN.rows[HEADER])
    order = list(range(width + columns))
    random.Random(seed).shuffle(order)

    def line(row: list[object], index: int) -> list[object]:
        if index < HEADER or str(row[0]).startswith("#"):
            return row
        new = [f"新列{n}" if index == HEADER else f"x{n}" for n in range(columns)]
        full = [*row, *[""] * (width - len(row)), *new]
        return [full[i] for i in order]

    rows = [line(row, index) for index, row in enumerate(PLAIN.rows)]
    # the trailer is found in the first column, wherever the columns went
    return FakeTable([[f"说明 {n}"] for n in range(notes)] + rows)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 30), st.integers(0, 3))
def test_shuffled_added_columns_and_notes_change_nothing(seed: int, notes: int, columns: int) -> None:
    parsed = read(_reshaped(seed, notes, columns), *ALL)
    assert_frame_equal(frame(parsed).drop("source_line"), BASE.drop("source_line"))
    assert frame(parsed)["source_line"].to_list() == [line + notes for line in BASE["source_line"].to_list()]
    assert codes(parsed) == (["F02"] if columns else [])


def test_spreadsheet_with_trailer_in_one_or_many_cells_and_padding() -> None:
    for trailer in (
        ["#支出合计：5笔，共-1036.78元", "", ""], ["#支出合计：5笔", "共-1036.78元", ""], ["#支出合计：", "5笔，", "共-1036.78元"],
    ):  # fmt: skip
        rows = [list(row) for row in PLAIN.rows]
        rows[-3] = trailer
        parsed = read(book(rows), *ALL)
        assert next(c for c in parsed.source.control if c.name == "expense_sum").printed == "-1036.78"
        assert_frame_equal(frame(parsed), BASE)


def test_removed_hash_lines_are_noted() -> None:
    rows = [row for row in PLAIN.rows if not str(row[0]).startswith("#")]
    parsed = read(FakeTable(rows, path="2088_202605.csv"), *ALL)
    assert_frame_equal(frame(parsed).drop("source_line"), BASE.drop("source_line"))
    assert codes(parsed) == []
    assert parsed.source.account is None
    assert any("合计" in note for note in parsed.source.notes)


def test_excel_dates_numbers_and_wrapped_ids() -> None:
    rows = [list(row) for row in PLAIN.rows]
    rows[5][4] = 46155.3822685185  # 2026-05-13 09:10:28 as a serial day
    rows[6][4] = "2026/5/13 9:10"
    rows[7][0] = '="1570000000000003"'
    rows[8][0] = "`1570000000000004"
    rows[9][7] = -1.2
    lines = frame(read(book(rows), *ALL))
    assert lines["txn_id"].to_list() == BASE["txn_id"].to_list()
    assert lines["amount_minor"].to_list() == BASE["amount_minor"].to_list()
    assert lines["occurred_at"][0] == BASE["occurred_at"][0]
    assert lines["occurred_at"][1].strftime("%Y-%m-%d %H:%M") == "2026-05-13 09:10"


def test_alias_and_half_width_names() -> None:
    text = samples.PDD.replace("商户订单号,", "\ufeff商品订单号 ,").replace("（", "(").replace("）", ")")
    parsed = read(table(text), *ALL)
    assert frame(parsed)["order_id"][0] == "260505-100000000000001"
    assert codes(parsed) == []


def test_old_layout_without_description_columns() -> None:
    rows = [row[:12] if index >= HEADER else row for index, row in enumerate(PLAIN.rows)]
    parsed = read(FakeTable(rows), ALIPAY)
    lines = frame(parsed)
    assert lines["order_id"].to_list()[:3] == ["5100000000000000101"] * 3  # from 商户订单号
    assert lines["order_id"].to_list()[4:] == ["5100000000000000101", None]  # from 备注
    assert lines["category"].cast(pl.String).to_list() == [
        "goods_receipt", "commission", "unmapped", "refund", "unmapped", "withdrawal",
    ]  # fmt: skip
    assert codes(parsed) == ["F02"]
    assert "业务描述" in parsed.findings["column"][0]


def test_trailing_total_and_remark_rows_are_left_out() -> None:
    rows = [row for row in PLAIN.rows if not str(row[0]).startswith("#")]
    parsed = read(FakeTable([*rows, [""], ["制表人：财务"]]), *ALL)
    assert parsed.source.rows == 6
    assert codes(parsed) == []


def test_pages_pasted_under_each_other_repeat_the_header() -> None:
    pasted = FakeTable([*PLAIN.rows[: HEADER + 3], PLAIN.rows[HEADER], *PLAIN.rows[HEADER + 3 :]])
    parsed = read(pasted, *ALL)
    assert_frame_equal(frame(parsed).drop("source_line"), BASE.drop("source_line"))
    assert parsed.source.rows == BASE.height and codes(parsed) == []
    assert any("表头" in note for note in parsed.source.notes)
