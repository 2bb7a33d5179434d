"""The line grammar of WeChat Pay: a backtick before each value, commas inside free text, nothing quoted."""

from __future__ import annotations

from ecrecon.reading.containers.delimited import read_delimited
from ecrecon.reading.containers.quoting import as_strict_csv, is_backticked

BILL = '时间,单号,商品,备注\n`2026-05-02,`1,`毛巾,两条装,`\n`2026-05-02,`2,`5" 气球,红,`a\n'


def cells(text: str) -> list[list[str]]:
    return read_delimited(text.encode()).head(10)[0]


def test_only_comma_and_backtick_separate() -> None:
    assert cells(BILL)[1:3] == [["2026-05-02", "1", "毛巾,两条装", ""], ["2026-05-02", "2", '5" 气球,红', "a"]]


def test_lines_stay_where_they_are() -> None:
    assert as_strict_csv(BILL.replace("\n", "\r\n").encode()).count(b"\n") == BILL.count("\n")


def test_commas_that_fill_a_short_row_are_no_text() -> None:
    assert cells("a,b,c,d,e\n`1,`2,`3,`4,`5\n合计\n`1,`2,`3,`4,\n")[3] == ["1", "2", "3", "4"]


def test_a_bill_without_rows_has_the_grammar() -> None:
    assert is_backticked("备注\n时间,单号\n总数,金额,退款,手续费\n`0,`0.00,`0.00,`0.00\n".encode())


def test_ids_alone_in_backticks_are_an_ordinary_file() -> None:
    assert not is_backticked(b"id,a,b,c,d\n`1,2,3,4,5\n`2,2,3,4,5\n")
    assert not is_backticked(b"a,b,c,d\n1,2,3,4\n")


def test_cells_that_a_spreadsheet_quoted_stay_csv() -> None:
    saved = '时间,单号,商品,备注\n`2026-05-02,`1,"`毛巾,两条装",`\n'
    assert not is_backticked(saved.encode())
    assert cells(saved)[1][2] == "`毛巾,两条装"
