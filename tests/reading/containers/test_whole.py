"""What a container knows of the end of a file, of cells without a stored value and of merged cells."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from ecrecon.reading.containers.delimited import read_delimited
from ecrecon.reading.containers.model import Span
from ecrecon.reading.containers.quoting import TAIL

from .build import one_refusal, one_table, opened, patched, workbook

SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("data", "widths", "end"),
    [
        (b"a,b,c\n1,2,3\n4,5,6\n", None, "whole"),
        (b"a,b,c\n1,,\n4,,\n", None, "whole"),
        (b"a,b,c\n1,2,3\n4,5\n6,,\n", [3, 2, 3], "whole"),
        (b"a,b,c\n1,2,3\n4,5", [3, 2], "no_line_end"),
        (b"a,b,c\r\n1,2,3\r\n4,5,6", None, "no_line_end"),
        (b"a,b,c\r\n1,2,3\r\n4,5,6\r\n\r\n", [3, 3, 1], "whole"),
        (b'a,b,c\n"1,x",2,\n4,"5"\n6,7,8\n', [3, 2, 3], "whole"),
        (b'a,b,c\n"1\nx",2,\n4,5\n6,7,8\n', [3, 2, 3], "whole"),
        (b'a,b,c\n"1,x",2,3\n4,5,"6\n', None, "open_quote"),
        (b"`a,`b,`c,`d\n`1,`2,`3,5,`6\n`1,`2,`3,`4\n`4,`5", [4, 4, 2], "no_line_end"),
        (b"a,b,c\r\n1,2,3\r\n4,5,6\r", None, "half_line_end"),
        (b"a,b\n", None, "whole"),
    ],
)
def test_cells_of_each_record_and_the_end_of_the_text(data: bytes, widths: list[int] | None, end: str) -> None:
    body = read_delimited(data).body(0, 1, 0)
    assert (None if body.widths is None else body.widths.to_list(), body.end) == (widths, end)


@pytest.mark.parametrize("place", [0, 5, TAIL + 30])
def test_a_short_row_is_found_however_far_from_the_end(place: int) -> None:
    rows = [b"1,2,"] * (TAIL + 40)
    rows[place] = b"1"
    body = read_delimited(b"a,b,c\n" + b"\n".join(rows) + b"\n").body(0, 1, 0)
    assert body.widths is not None
    assert body.line.filter(body.widths < 3).to_list() == [place + 2]


def formulas(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("账单")
    sheet.write_row(0, 0, ["单号", "金额", "说明"])
    sheet.write_row(1, 0, ["A1", 1.0, "x"])
    sheet.write_formula(2, 1, "=60+2.9", None, "")
    sheet.write_formula(3, 1, "=1+1", None, 2)
    sheet.write_formula(4, 2, '=IF(1,"","")', None, "")


@pytest.mark.parametrize("empty", [b"", b"<v></v>", b"<v/>"])
def test_a_formula_without_a_stored_result_shows_itself(tmp_path: Path, empty: bytes) -> None:
    def no_result(xml: bytes) -> bytes:
        start = xml.index(b"60+2.9</f>") + len(b"60+2.9</f>")
        return (
            xml[:start].replace(b' t="str"', b"")
            + empty
            + xml[xml.index(b"</c>", start) :].replace(b'r="C5"', b'r="C5" t="str"')
        )

    body = one_table(tmp_path / "bill.xlsx", patched(workbook(formulas), SHEET, no_result)).body(0)
    assert body.cells["c1"].to_list() == ["1", "=60+2.9", "2", None]
    assert body.cells["c2"].to_list() == ["x", None, None, None]


def test_a_formula_without_a_result_below_all_values_is_not_lost(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单号", "金额"])
        sheet.write_formula(3, 1, "=A1", None, 7)

    data = patched(workbook(fill), SHEET, lambda xml: xml.replace(b"<v>7</v>", b""))
    body = one_table(tmp_path / "bill.xlsx", data).body(0)
    assert (body.line.to_list(), body.cells["c1"].to_list()) == ([2, 3, 4], [None, None, "=A1"])


def test_formulas_of_an_old_workbook_that_nobody_calculated(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("账单")
    for column, name in enumerate(["单号", "金额"]):
        sheet.write(0, column, name)
    sheet.write(1, 0, "A1")
    sheet.write(1, 1, xlwt.Formula("60+2.9"))
    sheet.write_merge(2, 3, 0, 0, "A2")
    target = io.BytesIO()
    book.save(target)
    body = one_table(tmp_path / "bill.xls", target.getvalue()).body(0)
    assert body.cells["c1"].to_list()[0] == "=…"
    assert body.merged == (Span(3, 3, 0, 0),)  # as far as there are rows


def test_formula_and_merged_cells_of_spreadsheetml(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="s"><Table>'
        "<Row><Cell><Data ss:Type='String'>单号</Data></Cell><Cell><Data ss:Type='String'>金额</Data></Cell></Row>"
        "<Row><Cell ss:MergeDown='1'><Data ss:Type='String'>A1</Data></Cell><Cell ss:Formula='=60+2.9'/></Row>"
        "<Row><Cell ss:Index='2' ss:Formula='=1'><Data ss:Type='Number'>1</Data></Cell></Row>"
        "</Table></Worksheet></Workbook>"
    )
    body = one_table(tmp_path / "bill.xls", text.encode()).body(0)
    assert body.cells.rows() == [("A1", "=60+2.9"), (None, "1")]
    assert body.merged == (Span(2, 3, 0, 0),)


def test_spanned_rows_of_a_page_keep_the_columns_of_the_rows_below(tmp_path: Path) -> None:
    page = (
        "<html><table><tr><th>单号</th><th>商品</th><th>金额</th></tr>"
        "<tr><td rowspan=2>A1</td><td>x</td><td>1.00</td></tr><tr><td>y</td><td>2.00</td></tr>"
        "<tr><td>A2</td><td rowspan='2'>z</td><td>3.00</td></tr><tr><td>A3</td><td>4.00</td></tr></table></html>"
    )
    body = one_table(tmp_path / "bill.xls", page.encode()).body(0)
    assert body.cells["c2"].to_list() == ["1.00", "2.00", "3.00", "4.00"]
    assert body.cells["c0"].to_list() == ["A1", None, "A2", "A3"]
    assert body.merged == (Span(2, 3, 0, 0), Span(4, 5, 1, 1))
    assert body.end == "whole"


@pytest.mark.parametrize("cut", ["</tr></table></html>", "</html>"])
def test_a_page_that_stops_early_is_told(tmp_path: Path, cut: str) -> None:
    page = "<html><table><tr><th>单号</th><th>金额</th></tr><tr><td>A1</td><td>1.00</td></tr></table></html>"
    body = one_table(tmp_path / "bill.xls", page.removesuffix(cut).encode()).body(0)
    assert body.end == "no_closing_tag"
    assert body.cells.rows() == [("A1", "1.00")]


def test_merged_cells_that_cannot_be_are_not_believed(tmp_path: Path) -> None:
    merges = "".join('<mergeCell ref="A2:XFD1048576"/>' for _ in range(1000)).encode()
    data = patched(
        workbook(formulas),
        SHEET,
        lambda xml: xml.replace(b"</sheetData>", b"</sheetData><mergeCells>" + merges + b"</mergeCells>"),
    )
    (table,) = opened(tmp_path / "bill.xlsx", data).tables
    assert table.body(0).merged == ()


def test_values_outside_the_declared_dimension_and_below_empty_rows_are_read(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单号", "金额"])
        sheet.write_row(1, 0, ["A1", 1])
        sheet.write_row(9, 0, ["A2", 2])
        sheet.set_row(9, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    def lie(xml: bytes) -> bytes:
        start = xml.index(b"<dimension ref=")
        return xml[:start] + b'<dimension ref="A1"/>' + xml[xml.index(b"/>", start) + 2 :]

    body = one_table(tmp_path / "bill.xlsx", patched(workbook(fill), SHEET, lie)).body(0)
    assert body.cells["c1"].drop_nulls().to_list() == ["1", "2"]
    assert body.line.filter(body.cells["c0"].is_not_null()).to_list() == [2, 10]


@pytest.mark.parametrize("twice", ["row", "cell"])
def test_a_sheet_that_holds_a_cell_twice_is_refused_by_name(tmp_path: Path, twice: str) -> None:
    def repeat(xml: bytes) -> bytes:
        if twice == "row":
            return xml.replace(b'<row r="4"', b'<row r="2"').replace(b'r="B4"', b'r="C2"')
        return xml.replace(b'r="B3"', b'r="B4"')

    refusal = one_refusal(tmp_path / "bill.xlsx", patched(workbook(formulas), SHEET, repeat))
    assert "出现两次" in refusal.reason
    assert "sheet1.xml" in refusal.reason
