from __future__ import annotations

import io
import re
import struct
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from ecrecon.reading.containers.sheets import cell_text, number_text

from .build import one_refusal, one_table, opened, patched, workbook

SHEET = "xl/worksheets/sheet1.xml"
HTML = (
    "<table border=1><tr><th>订单编号</th><th colspan='2'>金额</th></tr>"
    "<tr><td>5100000000000000101</td><td>1.00</td><td>a&amp;b<br/>c</td></tr>"
    "<tr></tr><tr><td style='x'><b>2</b>"
    "<td>3</table>"
)


def fill(book: Any) -> None:
    sheet = book.add_worksheet("export")
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(1, 0, ["订单编号", "金额", "时间", "标记"])
    sheet.write_row(2, 0, [5100000000000000101, 19.99])
    sheet.write_datetime(2, 2, datetime(2026, 5, 1, 23, 59, 59), day)
    sheet.write_boolean(2, 3, True)
    sheet.write_row(4, 0, ["5100000000000000101", 3])
    sheet.write_datetime(4, 2, date(2026, 5, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_formula(5, 1, "=1/0", None, "#DIV/0!")
    sheet.write_row(5, 2, [-7.35, ""])
    book.add_worksheet("空")
    hidden = book.add_worksheet("隐藏")
    hidden.write_row(0, 0, ["a", "b"])
    hidden.write_row(1, 0, [0.1 + 0.2, 1e-7])
    hidden.hide()


def xlsx() -> bytes:
    return workbook(fill)


def test_typed_cells_of_every_sheet_that_holds_something(tmp_path: Path) -> None:
    data = xlsx()
    result = opened(tmp_path / "订单.csv", data)
    assert result.refusals == []
    assert [(t.sheet, t.container, t.encoding) for t in result.tables] == [
        ("export", "xlsx", None),
        ("隐藏", "xlsx", None),
    ]
    first, hidden = result.tables
    assert first.sha256 == hidden.sha256
    assert first.size == len(data)
    assert first.head[0] == [""] * 4
    assert first.head_lines == [1, 2, 3, 4, 5, 6]
    body = first.body(1)
    assert body.names == ["订单编号", "金额", "时间", "标记"]
    assert body.line.to_list() == [3, 4, 5, 6]
    assert body.cells.rows() == [
        ("5100000000000000000", "19.99", "2026-05-01 23:59:59", "TRUE"),
        (None, None, None, None),
        ("5100000000000000101", "3", "2026-05-02 00:00:00", None),
        (None, "#DIV/0!", "-7.35", None),
    ]
    assert body.numeric is not None
    assert body.numeric.rows() == [
        (True, True, False, False),
        (False, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
    ]
    assert hidden.body(0).cells.rows() == [("0.3", "0.0000001")]


def test_numbers_have_their_shortest_exact_text() -> None:
    values = [3.0, -0.5, 5.1e18, 1e22, 0.30000000000000004, 1e-7, 7, 123456789012345.0]
    assert [number_text(value) for value in values] == [
        "3", "-0.5", "5100000000000000000", "10000000000000000000000", "0.30000000000000004", "0.0000001", "7",
        "123456789012345",
    ]  # fmt: skip


def test_times_are_rounded_to_the_nearest_second() -> None:
    assert cell_text(datetime(2026, 4, 30, 23, 59, 59, 999_999)) == "2026-05-01 00:00:00"
    assert cell_text(time(10, 0, 1)) == "10:00:01"


@pytest.mark.parametrize("dimension", [b'<dimension ref="A1"/>', b""])
def test_a_lying_dimension_hides_nothing(tmp_path: Path, dimension: bytes) -> None:
    lying = patched(xlsx(), SHEET, lambda xml: re.sub(rb"<dimension[^>]*/>", dimension, xml))
    table = opened(tmp_path / "x.xlsx", lying).tables[0]
    assert table.body(1).cells["c1"].to_list() == ["19.99", None, "3", "#DIV/0!"]


def test_cells_beyond_the_header_are_ragged(tmp_path: Path) -> None:
    def wide(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, [1, 2])
        sheet.write_row(2, 0, [1, 2, None, "x"])

    body = one_table(tmp_path / "x.xlsx", workbook(wide)).body(0)
    assert body.ragged == [(3, 4)]
    assert body.cells.rows() == [("1", "2"), ("1", "2")]


def test_more_rows_than_the_head_shows(tmp_path: Path) -> None:
    def long(book: Any) -> None:
        sheet = book.add_worksheet()
        for row in range(200):
            sheet.write_row(row, 0, [f"r{row}", "\ufffd" if row == 150 else row])

    table = one_table(tmp_path / "x.xlsx", workbook(long))
    assert len(table.head) == 60
    body = table.body(0)
    assert body.cells.height == 199
    assert body.damaged == [151]


def saved(book: xlwt.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("rows", [1, 3000])
def test_biff_error_cells_are_kept(tmp_path: Path, rows: int) -> None:
    book = xlwt.Workbook()
    book.add_sheet("一").write(0, 0, "x")
    sheet = book.add_sheet("二")
    for row in range(rows):
        sheet.write(row, 0, f"单号{row}")
    sheet.row(rows).set_cell_error(1, 42)
    sheet.write(rows, 0, "z")
    table = opened(tmp_path / "x.xls", saved(book)).tables[1]
    body = table.body(0, 1, rows - 1)
    assert table.sheet == "二"
    assert body.line.to_list() == [rows + 1]
    assert table.grid.head(rows + 1)[0][-1] == ["z", "#N/A"]


def test_biff_with_a_password_far_corner_or_broken_chain(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, "x")
    sheet.write(60_000, 150, 1.5)
    data = saved(book)
    assert one_table(tmp_path / "x.xls", data).head[0][0] == "x"
    codepage = struct.pack("<HHH", 0x42, 2, 0x04B0)
    assert data.count(codepage) == 1
    locked = data.replace(codepage, struct.pack("<HHH", 0x2F, 2, 0))
    assert "密码" in one_refusal(tmp_path / "x.xls", locked).reason
    circle = data[:48] + struct.pack("<I", 0) + data[52:]
    assert one_refusal(tmp_path / "x.xls", circle).code == "F01"


def test_biff_workbook_under_a_false_name(tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    day = xlwt.XFStyle()
    day.num_format_str = "yyyy-mm-dd hh:mm:ss"
    for column, value in enumerate(["订单", "金额", "数", "时间"]):
        sheet.write(0, column, value)
    for column, number in enumerate([2.1e18, 12.5, 7]):
        sheet.write(2, column, number)
    sheet.write(2, 3, datetime(2026, 5, 1, 10, 12, 1), day)
    target = io.BytesIO()
    book.save(target)
    table = one_table(tmp_path / "x.csv", target.getvalue())
    assert (table.container, table.sheet) == ("xls", "表")
    body = table.body(0)
    assert body.line.to_list() == [2, 3]
    assert body.cells.row(1) == ("2100000000000000000", "12.5", "7", "2026-05-01 10:12:01")
    assert body.numeric is not None
    assert body.numeric.row(1) == (True, True, True, False)


@pytest.mark.parametrize("start", ["", "\n \n", "<!DOCTYPE html>\n<html><body>", "<HTML><head></head>"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_html_table(tmp_path: Path, start: str, encoding: str) -> None:
    table = one_table(tmp_path / "ExportOrderList.xls", (start + HTML).encode(encoding))
    assert (table.container, table.encoding, table.sheet) == ("html", encoding, None)
    assert table.head[:2] == [["订单编号", "金额", ""], ["5100000000000000101", "1.00", "a&b\nc"]]
    body = table.body(0)
    assert body.names == ["订单编号", "金额"]
    assert body.ragged == [(2, 3)]
    assert body.cells.rows() == [("5100000000000000101", "1.00"), (None, None), ("2", "3")]
    assert body.line.to_list() == [2, 3, 4]
    assert body.numeric is None


def test_a_page_without_a_table_is_no_bill(tmp_path: Path) -> None:
    page = "<html><body>请重新登录</body></html>".encode()
    assert one_refusal(tmp_path / "bill.xls", page).kind == "unreadable"
    assert one_refusal(tmp_path / "page.html", page).kind == "ignored"


SPREADSHEETML = """<?xml version="1.0" encoding="{encoding}"?>
{doctype}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="账单"><Table>
<Row><Cell><Data ss:Type="String">订单</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">金额</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="Number">5100000000000000101</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="Number">1.5E2</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_spreadsheetml(tmp_path: Path, encoding: str) -> None:
    data = SPREADSHEETML.format(encoding=encoding, doctype="").encode(encoding)
    table = one_table(tmp_path / "x.xls", data)
    assert (table.container, table.sheet) == ("xls", "账单")
    body = table.body(0)
    assert body.names == ["订单", "", "金额"]
    assert body.line.to_list() == [2, 3]
    assert body.cells.row(1) == ("5100000000000000101", None, "150")
    assert body.numeric is not None
    assert body.numeric.row(1) == (True, False, True)


@pytest.mark.parametrize("declaration", ["", "<?xm", "\n \n", "\ufeff \ufeff"])
def test_spreadsheetml_whose_declaration_is_lost_or_damaged(tmp_path: Path, declaration: str) -> None:
    """Read, or refused by name: never taken for a text that is no bill."""
    text = SPREADSHEETML.format(encoding="utf-8", doctype="").partition("?>")[2].lstrip()
    result = opened(tmp_path / "x.xls", (declaration + text).encode())
    if declaration.strip():
        (refusal,) = result.refusals
        assert (refusal.kind, refusal.container) == ("unreadable", "xls")
    else:
        assert result.tables[0].body(0).line.to_list() == [2, 3]


def test_entity_bombs_are_refused_by_name(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>'
    data = SPREADSHEETML.format(encoding="utf-8", doctype=doctype).encode()
    assert "实体炸弹" in one_refusal(tmp_path / "x.xls", data).reason
    for part in (SHEET, "xl/sharedStrings.xml", "[Content_Types].xml"):
        bomb = patched(xlsx(), part, lambda xml: xml.replace(b"?>", b"?>" + doctype.encode(), 1))
        refusal = one_refusal(tmp_path / "x.xlsx", bomb)
        assert "实体炸弹" in refusal.reason
        assert part in refusal.reason
    wide = patched(xlsx(), SHEET, lambda xml: ('<?xml version="1.0"?>' + doctype + "<worksheet/>").encode("utf-16"))
    assert "实体炸弹" in one_refusal(tmp_path / "x.xlsx", wide).reason


def test_a_sheet_of_absurd_extent_is_refused_before_it_is_read(tmp_path: Path) -> None:
    def corners(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")

    refusal = one_refusal(tmp_path / "x.xlsx", workbook(corners))
    assert (refusal.kind, refusal.code) == ("unreadable", "F01")
    assert "1048576" in refusal.reason


def test_a_stray_cell_in_the_last_row_of_a_sheet_does_not_cost_the_bill(tmp_path: Path) -> None:
    def narrow(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a"] * 5)
        sheet.write(1_048_575, 4, "z")

    assert one_table(tmp_path / "x.xlsx", workbook(narrow)).head[0] == ["a"] * 5


def test_damaged_empty_and_locked_workbooks(tmp_path: Path) -> None:
    data = xlsx()
    broken = patched(data, "xl/workbook.xml", lambda xml: xml[: len(xml) // 2])
    stream = bytearray(data)
    at = data.index(SHEET.encode()) + len(SHEET) + 10
    stream[at : at + 30] = b"\xff" * 30
    for bad in (data[: len(data) // 2], broken, bytes(stream)):
        refusal = one_refusal(tmp_path / "x.xlsx", bad)
        assert (refusal.kind, refusal.code) == ("unreadable", "F01")
        assert "重新下载" in refusal.hint
    empty = workbook(lambda book: book.add_worksheet("空"))
    assert "空" in one_refusal(tmp_path / "x.xlsx", empty).reason
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    locked = ole + "EncryptedPackage\0".encode("utf-16-le") + b"\0" * 512
    refusal = one_refusal(tmp_path / "x.xlsx", locked)
    assert (refusal.kind, refusal.code) == ("unreadable", "F01")
    assert "密码" in refusal.reason
    assert one_refusal(tmp_path / "x.xls", ole + "Workbook\0".encode("utf-16-le")).kind == "unreadable"
    assert one_refusal(tmp_path / "x.doc", ole + "WordDocument\0".encode("utf-16-le")).kind == "ignored"


def test_entities_in_text_cells_are_no_bomb(tmp_path: Path) -> None:
    def text(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write_row(0, 0, ["<!DOCTYPE html>", "b"])

    assert one_table(tmp_path / "x.xlsx", workbook(text)).head == [["<!DOCTYPE html>", "b"]]
