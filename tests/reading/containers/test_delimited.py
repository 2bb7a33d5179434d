from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ecrecon.reading.containers import RawBody, delimited
from ecrecon.reading.containers.delimited import read_delimited, sniff_separator

from .build import one_table


def body_of(text: str, header: int = 0, header_rows: int = 1, skip: int = 0) -> RawBody:
    return read_delimited(text.encode()).body(header, header_rows, skip)


def test_separators_are_chosen_by_content(tmp_path: Path) -> None:
    alipay = "#支付宝账务明细查询\n账务流水号,业务流水号,备注,金额\n" + "1\t,2\t,0010001|收费\t,3.00\n" * 5
    assert sniff_separator(alipay.encode()) == (",", 4)
    assert sniff_separator("订单\t金额\t备注\n1\t2.00\ta,b\n2\t1,234.00\t\n".encode()) == ("\t", 3)
    assert sniff_separator(b"a;b;c\n1;2,5;3\n4;5,5;6\n") == (";", 3)
    douyin = "主订单编号,子订单编号,订单应付金额\n" + "\t6920000000000000101,\t6920000000000000101,\t40.00\n" * 3
    assert sniff_separator(douyin.encode()) == (",", 3)
    assert sniff_separator(b"a|b|c\n1|2|3\n") == ("|", 3)
    assert sniff_separator(b"note\n") == (",", 1)
    assert one_table(tmp_path / "x.csv", "订单\t金额\n1\t2\n".encode("gb18030")).container == "tsv"


def test_wrapper_survives_and_its_comma_does_not_split() -> None:
    body = body_of('订单编号,标题,金额\n="5100000000000000101",气球,1\n="a,b",球,2\n"=""510""",带,3\n')
    assert body.cells.rows() == [
        ('="5100000000000000101"', "气球", "1"),
        ('="a,b"', "球", "2"),
        ('="510"', "带", "3"),
    ]


def test_wrapper_without_commas_needs_no_quoting() -> None:
    grid = read_delimited(b'id,b\n="51",x\n="52",5" y\n')
    assert not grid.quoted
    assert grid.body(0, 1, 0).cells.rows() == [('="51"', "x"), ('="52"', '5" y')]


def test_quoted_cells_with_separator_quote_and_line_feed_keep_physical_lines() -> None:
    body = body_of('a,b,c\r\n1,"x,y",3\r\n2,"say ""hi""\r\nthere",3\r\n\r\n"4","",6\r\n')
    assert body.cells.rows() == [
        ("1", "x,y", "3"),
        ("2", 'say "hi"\r\nthere', "3"),
        (None, None, None),
        ("4", None, "6"),
    ]
    assert body.line.to_list() == [2, 3, 5, 6]


def test_quoted_line_feed_in_the_last_cell_and_in_the_header() -> None:
    body = body_of('id,"收入\n金额","备注"\n1,2,"a\nb\n\nc"\n5,6,7\n')
    assert body.names == ["id", "收入\n金额", "备注"]
    assert body.cells.rows() == [("1", "2", "a\nb\n\nc"), ("5", "6", "7")]
    assert body.line.to_list() == [3, 7]


@pytest.mark.parametrize("stray", ['5" 气球', '"大号', '大"号"', '"红"色', '"'])
@pytest.mark.parametrize("others", ["", '9,"p,q",0\n'])
def test_a_stray_quote_swallows_nothing(stray: str, others: str) -> None:
    text = f"a,b,c\n{others}1,{stray},3\n4,5,6\n7,8,9\n"
    rows = body_of(text).cells.rows()
    assert rows[1 if others else 0 :] == [("1", stray, "3"), ("4", "5", "6"), ("7", "8", "9")]
    assert rows[0] == (("9", "p,q", "0") if others else ("1", stray, "3"))


def test_stray_quotes_two_lines_apart_do_not_pair_up() -> None:
    rows = body_of('a,b,c\n1,"x,3\n4,5,6\n7,y",9\n1,"k,l",2\n').cells.rows()
    assert rows == [("1", '"x', "3"), ("4", "5", "6"), ("7", 'y"', "9"), ("1", "k,l", "2")]
    rows = body_of('a,b,c\n1,"x,3\n7,y",9\n1,"k,l",2\n').cells.rows()
    assert rows == [("1", '"x', "3"), ("7", 'y"', "9"), ("1", "k,l", "2")]


def test_blank_after_a_closing_quote_belongs_to_the_cell() -> None:
    assert body_of('a,b\n"1,2"\t,3\n').cells.rows() == [("1,2\t", "3")]


def test_blank_lines_are_rows() -> None:
    table = read_delimited(b"title\n\na,b\n1,2\n\n3,4\n\n")
    rows, lines = table.head(60)
    assert rows == [["title"], [""], ["a", "b"], ["1", "2"], [""], ["3", "4"], [""]]
    assert lines == [1, 2, 3, 4, 5, 6, 7]
    body = table.body(2, 1, 0)
    assert body.line.to_list() == [4, 5, 6, 7]
    assert body.cells["c0"].to_list() == ["1", None, "3", None]


def test_two_header_rows_and_skipped_rows() -> None:
    body = body_of("订单,金额,\n,收入,支出\n说明,x,y\n1,2,3\n", header_rows=2, skip=1)
    assert body.names == ["订单", "金额_收入", "金额_支出"]
    assert body.cells.rows() == [("1", "2", "3")]
    assert body.line.to_list() == [4]


@pytest.mark.parametrize("exact_bytes", [0, 64 * 1024**2])
def test_ragged_rows_are_reported_even_where_the_extra_cell_is_empty(
    exact_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "EXACT_BYTES", exact_bytes)
    body = body_of("a,b,c\n1,2\n1,2,3,4\n1,2,3,,x\n1,x,y,\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n#合计,,,,,\n")
    assert body.ragged == [(3, 4), (4, 5), (5, 4)]
    assert body.cells.rows()[:3] == [("1", "2", None), ("1", "2", "3"), ("1", "2", "3")]


def test_a_comma_at_the_end_of_every_line_is_no_fault() -> None:
    body = body_of("a,b,\n1,2,\n3,4,\n5,6,\n7,8,9\n")
    assert body.names == ["a", "b"]
    assert body.ragged == [(5, 3)]


def test_header_without_rows_and_file_without_line_end() -> None:
    assert body_of("a,b").cells.shape == (0, 2)
    assert body_of("a,b\n").line.to_list() == []
    assert body_of("a,b\n1,2").cells.rows() == [("1", "2")]


def test_line_feed_in_a_dropped_cell_does_not_shift_lines() -> None:
    wide = ",".join("x" * 25)
    body = body_of(f'a,b\n1,"y",{wide},"p\nq"\n3,4\n5,6\n7,8\n9,"1,0"\n')
    assert body.line.to_list()[-1] == body_of(f'a,b\n1,"y",{wide},"p\nq"\n3,4\n5,6\n7,8\n9,"1,0"\n').line[-1]
    assert body.cells.rows()[-1] == ("9", "1,0")
    assert body.line.to_list()[-4:] == [4, 5, 6, 7]


CELL = st.text(st.sampled_from('ab1中"\n= '), max_size=6) | st.text(st.sampled_from('ab1中",\t=| '), max_size=6)


@pytest.mark.xfail(strict=False, reason="known gap: a quoted line break beside a lone quoted comma is split")
@given(st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=12))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[list[str]]) -> None:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["h1", "h2", "h3", "h4"], *rows])
    body = body_of(target.getvalue())
    assert body.cells.rows() == [tuple(cell or None for cell in row) for row in rows]
    steps = [1 + sum(cell.count("\n") for cell in row) for row in rows]
    assert body.line.to_list() == [2 + sum(steps[:i]) for i in range(len(rows))]
    assert body.ragged == []


PLAIN = st.text(st.sampled_from("ab1中. -#"), max_size=5)


@given(st.lists(st.lists(PLAIN, min_size=1, max_size=6), max_size=30))
def test_unquoted_text_is_split_as_python_splits_it(rows: list[list[str]]) -> None:
    lines = ["h1,h2,h3", "x,y,z", *[",".join(row) for row in rows]]
    body = body_of("\n".join(lines) + "\n")
    expected = [(line.split(",") + [""] * 3)[:3] for line in lines[1:]]
    assert body.cells.rows() == [tuple(cell or None for cell in row) for row in expected]
    assert body.line.to_list() == list(range(2, len(lines) + 1))
    assert body.cells.schema == {"c0": pl.String, "c1": pl.String, "c2": pl.String}


@given(
    st.lists(st.lists(PLAIN, min_size=1, max_size=3), max_size=12),
    st.sampled_from([",", "\t", ";"]),
    st.booleans(),
)
def test_the_common_file_is_read_as_the_general_reader_reads_it(rows: list[list[str]], mark: str, quoted: bool) -> None:
    names = ["h1", "h2", "h3"]
    lines = [mark.join(f'"{cell}"' if quoted else cell for cell in row) for row in [names, *rows]]
    table = read_delimited(("\n".join(lines) + "\n").encode())
    longer = mark.join(f'"{n}"' if quoted else str(n) for n in range(9))  # a row that the common file does not have
    general = read_delimited(("\n".join([*lines, longer]) + "\n").encode())
    assume((table.separator, table.quoted) == (general.separator, general.quoted))
    common, other = table.body(0, 1, 0), general.body(0, 1, 0)
    assert other.ragged[-1] == (len(lines) + 1, 9)
    assert common.ragged == other.ragged[:-1]
    assert common.cells.equals(other.cells.head(common.cells.height))
    assert common.line.equals(other.line.head(common.cells.height))
