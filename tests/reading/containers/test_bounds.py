"""Files made to swell, abort or hang a reader: each costs itself, in bounded memory and time, and is refused by name."""

from __future__ import annotations

import io
import os
import re
import signal
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from ecrecon.quarantine import guard, limits

from .build import PDD, one_refusal, one_table, opened, patched, workbook, zipped

CSV = PDD.encode("gb18030")
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
SPREADSHEETML = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>{}</Table></Worksheet></Workbook>'
)
SPREADSHEETML_CELL = '<Cell{}><Data ss:Type="String">x</Data></Cell>'


def book() -> bytes:
    """A small honest workbook."""

    def fill(made) -> None:  # type: ignore[no-untyped-def]
        sheet = made.add_worksheet("明细")
        sheet.write_row(0, 0, ["订单编号", "金额", "时间"])
        sheet.write_row(1, 0, ["5100000000000000101", 19.99, "2026-05-01 10:00:00"])

    return workbook(fill)


def last_row(xml: str) -> Callable[[bytes], bytes]:
    return lambda part: part.replace(b"</sheetData>", xml.encode() + b"</sheetData>")


def cell(reference: str) -> str:
    return f'<row r="1048576"><c r="{reference}"><v>1</v></c></row>'


SWOLLEN: dict[str, Callable[[], bytes]] = {
    "far_corner": lambda: patched(book(), SHEET, last_row(cell("XFD1048576"))),
    "lower_case": lambda: patched(book(), SHEET, last_row(cell("xfd1048576"))),
    "beyond_a_sheet": lambda: patched(book(), SHEET, last_row(cell("A999999999"))),
    "letters": lambda: patched(book(), SHEET, last_row(cell("ZZZZZZ99"))),
    "row_without_cell_references": lambda: patched(
        book(), SHEET, last_row('<row r="4294967295"><c><v>1</v></c></row>')
    ),
    "sheet_under_another_path": lambda: moved(patched(book(), SHEET, last_row(cell("XFD1048576")))),
    "shared_string_count": lambda: patched(
        book(), STRINGS, lambda part: re.sub(rb'[cC]ount="\d+"', b'count="4000000000"', part)
    ),
}


def moved(data: bytes) -> bytes:
    """The worksheet under a path where nobody looks for one."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/other/one.part"] = parts.pop(SHEET)
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"worksheets/sheet1.xml", b"other/one.part")
    return zipped(parts)


@pytest.mark.parametrize("name", SWOLLEN)
def test_a_workbook_that_swells_is_refused_and_the_next_one_is_read(tmp_path: Path, name: str) -> None:
    result = opened(tmp_path / "坏.xlsx", SWOLLEN[name]())
    if name == "shared_string_count":  # the reader may also not believe the count
        assert len(result.tables) + len(result.refusals) == 1
    else:
        (refusal,) = result.refusals
        assert (refusal.path, refusal.kind, refusal.code) == ("坏.xlsx", "unreadable", "F01")
        assert refusal.hint
    assert one_table(tmp_path / "好.xlsx", book()).head[1][1] == "19.99"


def test_a_reader_that_dies_or_hangs_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    own = guard.Guard()
    try:
        budget = limits.Budget.of(1000)
        assert own.workbook(book(), "xlsx", budget)[0].name == "明细"
        (reader,) = own.waiting
        os.kill(reader, signal.SIGTERM)
        with pytest.raises(guard.StoppedError):
            own.workbook(book(), "xlsx", budget)
        assert own.workbook(book(), "xlsx", budget)[0].first_rows(1) == [["订单编号", "金额", "时间"]]
        monkeypatch.setattr(guard.confine, "allowance", lambda size: (80 * 1024**2, 15))
        with pytest.raises(limits.LimitError):
            own.html("<table><tr>" + "<td colspan=16000>x</td>" * 700 + "</tr></table>")
    finally:
        own.close()


def test_a_large_run_keeps_its_reader() -> None:
    ballast = b"x" * (400 * 1024**2)  # what this process holds is no memory of the reader
    own = guard.Guard()
    try:
        own.workbook(book(), "xlsx", limits.Budget.of(1000))
        assert own.waiting and len(ballast)
    finally:
        own.close()


def test_the_confined_reader_starts_without_a_frame_library() -> None:
    code = "import ecrecon.quarantine.child, sys; print('polars' in sys.modules, 'pyarrow' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<tr><td colspan='16384'>x</td></tr>" * 900 + "</table>",
        "<table><tr><td rowspan='1048576' colspan='16384'>x</td></tr>" + "<tr><td>y</td></tr>" * 900 + "</table>",
        SPREADSHEETML.format(("<Row>" + SPREADSHEETML_CELL.format(' ss:Index="16384"') + "</Row>") * 900),
        SPREADSHEETML.format(
            "<Row>"
            + SPREADSHEETML_CELL.format(' ss:Index="16384"')
            + '</Row><Row ss:Index="1048576">'
            + SPREADSHEETML_CELL.format("")
            + "</Row>"
        ),
    ],
)
def test_spans_and_indices_make_no_more_cells_than_a_file_could_hold(tmp_path: Path, page: str) -> None:
    refusal = one_refusal(tmp_path / "订单.xls", page.encode())
    assert "单元格" in refusal.reason


@pytest.mark.parametrize("page", ["<table><tr>" + "<td " * 60_000, "<table><tr><td>" + "<!--" * 60_000 + "</table>"])
def test_tags_and_comments_without_an_end_take_no_time(tmp_path: Path, page: str) -> None:
    opened(tmp_path / "a.xls", page.encode())


def test_the_total_of_a_container_is_bounded_and_not_its_members_alone(tmp_path: Path) -> None:
    many = {f"{number}.csv": b"0" * 9_000_000 for number in range(4)}
    result = opened(tmp_path / "a.zip", zipped({**many, "账单.csv": CSV}))
    assert sum("压缩炸弹" in refusal.reason for refusal in result.refusals) == 3
    assert result.tables[-1].path == "a.zip!/账单.csv"
    nested = opened(tmp_path / "b.zip", zipped({f"{name}.zip": zipped({name: data}) for name, data in many.items()}))
    assert sum("压缩炸弹" in refusal.reason for refusal in nested.refusals) == 3


def test_overlapping_members_are_bounded_by_what_they_unpack_to(tmp_path: Path) -> None:
    content = b"0" * 3_000_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    sizes = (zlib.crc32(content), len(packed), len(content), 5)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, *sizes, 0) + b"a.csv" + packed
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0, 0) + b"a.csv"
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 100, 100, 100 * len(entry), len(local), 0)
    result = opened(tmp_path / "a.zip", local + entry * 100 + end)
    assert len(result.tables) == limits.SMALL_TOTAL // len(content)
    assert len(result.tables) + len(result.refusals) == 100


@pytest.mark.parametrize("lines", [b"\n", b"\r\n"])
def test_millions_of_line_ends(tmp_path: Path, lines: bytes) -> None:
    data = CSV.replace(b"#", lines * (6_000_000 // len(lines)) + b"#", 1)
    refusal = one_refusal(tmp_path / "a.zip", zipped({"账单.csv": data}))
    assert refusal.path == "a.zip!/账单.csv"
    assert "空行" in refusal.reason


def test_a_header_of_thousands_of_columns_is_refused_and_empty_ones_are_none(tmp_path: Path) -> None:
    lines = PDD.split("\r\n")
    wide = [line + "".join(f",列{n}" for n in range(20_000)) if "发生时间" in line else line for line in lines]
    assert "2000" in one_refusal(tmp_path / "a.csv", "\r\n".join(wide).encode()).reason
    padded = "\r\n".join(line + "," * 20_000 for line in lines)
    table = one_table(tmp_path / "b.csv", padded.encode())
    assert table.body(4).names[-1] == "业务描述"


def test_a_damaged_biff_file_with_lying_sizes_or_a_circle_is_refused(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    made.add_sheet("a").write(0, 0, "订单编号")
    target = io.BytesIO()
    made.save(target)
    data = target.getvalue()
    assert one_table(tmp_path / "好.xls", data).head[0] == ["订单编号"]
    for at, value in ((44, 0xFFFFFF), (48, 0), (60, 0), (68, 0), (72, 0xFFFFFF), (76, 0x7FFFFFFF)):
        changed = data[:at] + struct.pack("<I", value) + data[at + 4 :]
        result = opened(tmp_path / "坏.xls", changed)
        assert len(result.tables) + len(result.refusals) == 1


def test_deep_nesting_of_markup_costs_the_file_at_most(tmp_path: Path) -> None:
    deep = SPREADSHEETML.format("<a>" * 100_000 + "</a>" * 100_000)
    assert one_refusal(tmp_path / "a.xls", deep.encode()).kind == "unreadable"
    nested = patched(book(), SHEET, last_row("<a>" * 100_000 + "</a>" * 100_000))
    result = opened(tmp_path / "b.xlsx", nested)
    assert len(result.tables) + len(result.refusals) == 1
