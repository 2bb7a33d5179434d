"""Cells: cleaning, ids, dates, money, fields."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.interpreter.fakes import FakeTable, book, codes, frame, profile, read, table

from ecrecon.base.money import parse_money, read_money
from ecrecon.reading.cells import clean, narrow
from ecrecon.reading.dates import patterns, read_time, read_times
from ecrecon.reading.fields import ascii_digits
from ecrecon.reading.findings import CAP

CN = ZoneInfo("Asia/Shanghai")
TRIED = patterns((), ())


def test_clean_strips_what_the_pages_allow() -> None:
    cells = pl.DataFrame(
        {"c0": ["\t123\t", '="0123"', "=123", "'456", "`789 ", "\ufeffx", "'", " ", "--", "无", "a'b", None]}
    )
    assert clean(cells)["c0"].to_list() == [
        "123", "0123", "123", "456", "789", "x", None, None, None, None, "a'b", None,
    ]  # fmt: skip
    assert narrow("已发货，退款成功 （全部）") == "已发货,退款成功(全部)"


@given(st.lists(st.none() | st.from_regex(r'="[0-9A-Za-z]{1,20}"|="?[0-9中 ]{0,3}"?', fullmatch=True), max_size=8))
def test_a_column_of_wrapped_numbers_is_unwrapped_as_any_other(texts: list[str | None]) -> None:
    alone = pl.Series("t", texts, dtype=pl.String).to_frame()
    beside_another = pl.Series("t", [*texts, "'x"], dtype=pl.String).to_frame()  # one cell that is no wrapped number
    assert clean(alone).equals(clean(beside_another).head(len(texts)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-13 09:10:28", datetime(2026, 5, 13, 9, 10, 28)),
        ("2026/5/3 9:05", datetime(2026, 5, 3, 9, 5)),
        ("2026/05/03 09:05:06", datetime(2026, 5, 3, 9, 5, 6)),
        ("2026年05月01日 00:00:00", datetime(2026, 5, 1)),
        ("20260510", datetime(2026, 5, 10)),
        ("2026-05-10", datetime(2026, 5, 10)),
        ("2026-05-10 01:02:03.5", datetime(2026, 5, 10, 1, 2, 3, 500000)),
        ("1988-07-01 12:00:00", datetime(1988, 7, 1, 12)),
    ],
)
def test_common_dates(text: str, expected: datetime) -> None:
    assert read_time(text, TRIED) == expected.replace(tzinfo=CN)


def test_mixed_dates_serials_and_bad_ones() -> None:
    text = pl.Series(["2026-05-01 00:00:00", None, "2026/5/2", "46143.5", "not a date", "2026-13-01"])
    numeric = pl.Series([False, False, False, True, False, False])
    times, bad = read_times(text, TRIED, numeric=numeric)
    assert times.to_list()[3] == datetime(2026, 5, 1, 12, tzinfo=CN)
    assert bad.to_list() == [False, False, False, False, True, True]
    assert (
        read_times(text, TRIED)[0].to_list()[3] == times.to_list()[3]
    )  # a spreadsheet leaves serial days in text files too


def test_other_zone() -> None:
    assert read_time("2026-05-01 00:00:00", TRIED, "America/Los_Angeles") == datetime(2026, 5, 1, 15, tzinfo=CN)


@given(
    st.lists(
        st.one_of(
            st.none(), st.integers(-(10**12), 10**12).map(str), st.from_regex(r"-?[0-9]{1,9}\.[0-9]{0,3}", fullmatch=True),
            st.sampled_from(["1,234.56", "¥3.00", "abc", "1e3", "12,34", "-", "－5.20", "-0.03 技术服务费", "٣.١٢", "+1.50", ".5", "5."]),
        ),
        max_size=20,
    ),
    st.sampled_from([0, 2, 3]), st.booleans(),
)  # fmt: skip
def test_the_fast_money_column_is_the_gate(texts: list[str | None], decimals: int, after: bool) -> None:
    column = pl.Series("t", texts, dtype=pl.String)
    slow = column.to_frame().select(parse_money(pl.col("t"), decimals, text_after=after).alias("r")).unnest("r")
    assert read_money(column, decimals, text_after=after).rows() == slow.rows()


def test_ascii_digits() -> None:
    assert ascii_digits(r"(?:^|[^\d-])(\d{15})(?:\D|$)\\d\.") == r"(?:^|[^[0-9]-])([0-9]{15})(?:[^0-9]|$)\\d\."


ORDERS = profile(
    """
[profile]
id = "x.orders"
title = "x"
platform = "x"
kind = "orders"
[header]
require = ["订单号", "状态"]
[fields]
order_id = { from = ["订单号"], as = "id" }
sub_order_id = { from = ["备用号", "另一号"], as = "id", prefer_unique = true }
tag = { from = ["甲", "乙"], as = "text", join = "/" }
shop = { from = ["店铺"], as = "text", fill = "down", null = ["合计"] }
freight = { from = ["邮费"], as = "money", text_after = true }
created_at = { from = ["时间"], as = "datetime" }
entity = { from = ["主体"], as = "text", keep = false }
[status]
column = "状态"
finished = ["完成"]
[[receivable.reading]]
cash = ["实付"]
"""
)
HEAD = ["订单号", "状态", "备用号", "另一号", "甲", "乙", "店铺", "邮费", "时间", "主体", "实付"]


def _row(order: object, **cells: object) -> list[object]:
    base: dict[str, object] = {"订单号": order, "状态": "完成", "实付": "1.00"}
    return [{**base, **cells}.get(name, "") for name in HEAD]


def test_fields_join_fill_unique_hidden() -> None:
    rows = [
        HEAD,
        _row("1", 备用号="7", 另一号="70", 甲="a", 乙="b", 店铺="店A", 邮费="6.00 含保价", 主体="M"),
        _row("2", 备用号="7", 另一号="71", 甲="a", 店铺="合计"),
        _row("3", 备用号="8", 另一号="72"),
    ]
    parsed = read(FakeTable(rows), ORDERS)
    out = frame(parsed)
    assert out["sub_order_id"].to_list() == ["70", "71", "72"]
    assert out["tag"].cast(pl.String).to_list() == ["a/b", "a", None]
    assert out["shop"].cast(pl.String).to_list() == ["店A", "店A", "店A"]
    assert out["freight_minor"].to_list() == [600, 0, 0]
    assert out["entity"].null_count() == 3
    assert any("邮费" in note for note in parsed.source.notes)
    assert parsed.source.shop == "店A"
    assert codes(parsed) == []


def test_damaged_ids_are_reported_each_and_null() -> None:
    rows = [
        HEAD, _row("4.2E+27"), _row("5.1E18"), _row(5100000000000000101), _row(123456789012345), _row("123.0"),
        _row("5100000000000000102"), _row("A1E5"),
    ]  # fmt: skip
    parsed = read(book(rows), ORDERS)
    assert codes(parsed) == ["F04", "F04", "F04"]
    assert parsed.findings["source_line"].to_list() == [2, 3, 4]
    assert frame(parsed)["order_id"].to_list() == [
        None, None, None, "123456789012345", "123", "5100000000000000102", "A1E5",
    ]  # fmt: skip


def test_a_text_file_has_no_numeric_cells() -> None:
    parsed = read(table("订单号,状态,实付\n5100000000000000101,完成,1.00\n"), ORDERS)
    assert codes(parsed) == []


def test_ids_rounded_to_fifteen_digits() -> None:
    few = [
        HEAD,
        *[_row(f"51000000000000{n:05d}") for n in range(1, 40)],
        *[_row(f"5200000000000{n}0000") for n in range(10, 14)],
    ]
    parsed = read(FakeTable(few), ORDERS)
    assert codes(parsed) == []
    assert any("0000" in note for note in parsed.source.notes)
    many = [HEAD, *[_row(f"51000000000{n:04d}0000") for n in range(1, 12)]]
    assert codes(read(FakeTable(many), ORDERS)) == ["F04"]


def test_every_bad_cell_is_a_finding_and_the_flood_is_capped() -> None:
    rows = [HEAD, *[_row(str(n), 时间="昨天", 邮费="1.234") for n in range(1, 4)]]
    parsed = read(FakeTable(rows), ORDERS)
    assert codes(parsed) == ["F11"] * 6
    assert set(parsed.findings["column"]) == {"时间", "邮费"}
    assert parsed.findings["text"].to_list().count("昨天") == 3
    flood = [HEAD, *[_row(str(n), 时间="昨天") for n in range(CAP + 50)]]
    parsed = read(FakeTable(flood), ORDERS)
    assert parsed.findings.height == CAP + 1
    assert str(CAP + 50) in parsed.findings["text"][-1]


def test_unknown_status_names_text_and_known_words() -> None:
    rows = [HEAD, _row("1", 状态="神秘"), _row("2", 状态="神秘"), _row("3", 状态="")]
    parsed = read(FakeTable(rows), ORDERS)
    assert codes(parsed) == ["F11", "F11"]
    assert parsed.findings["text"].to_list() == ["神秘", ""]
    assert parsed.findings["expected"][0] == "完成"
    assert parsed.findings["source_line"].to_list() == [2, 4]


def test_ragged_and_damaged_rows() -> None:
    parsed = read(table("订单号,状态,实付\n1,完成,1.00,多余\n2,完成,1.00\n3\ufffd,完成,1.00\n"), ORDERS)
    assert sorted(codes(parsed)) == ["F03", "F11"]
    assert sorted(parsed.findings["source_line"].to_list()) == [2, 4]


def test_row_without_number() -> None:
    parsed = read(table("订单号,状态,实付\n1,完成,1.00\n,完成,2.00\n合计,,3.00\n,,3.00\n"), ORDERS)
    assert codes(parsed) == ["F11", "F11"]  # line 3 without number, line 4 without status; line 5 is a total
    assert frame(parsed).height == 3
