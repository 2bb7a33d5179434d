"""A binary workbook (.xlsb), record by record: merged cells, errors and formulas that nobody calculated are known."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

from ecrecon.quarantine.xlsb import sheet_facts
from ecrecon.reading.containers.model import Span

from .build import one_table, opened

NAMES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, count = b"", len(content)
    while True:
        size += bytes([count & 0x7F | (0x80 if count > 0x7F else 0)])
        count >>= 7
        if not count:
            return head + size + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(column: int) -> bytes:
    return struct.pack("<II", column, 0)


def row(number: int) -> bytes:
    return record(0, struct.pack("<I", number) + bytes(13))


def text(column: int, value: str) -> bytes:
    return record(6, cell(column) + wide(value))


def formula(column: int, value: float, flags: int) -> bytes:
    return record(9, cell(column) + struct.pack("<dHII", value, flags, 0, 0))


def workbook(sheet: bytes) -> bytes:
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("账单")) + record(144)
    relation = f'<Relationship Id="rId1" Type="{NAMES}/worksheet" Target="worksheets/sheet1.bin"/>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.bin", book + record(132))
        package.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{RELATIONS}">{relation}</Relationships>')
        package.writestr("xl/worksheets/sheet1.bin", sheet)
    return target.getvalue()


def sheet(*rows: bytes, merged: tuple[int, int, int, int] | None = None) -> bytes:
    extent = record(148, struct.pack("<4I", 0, len(rows) - 1, 0, 2))
    below = b"" if merged is None else record(177) + record(176, struct.pack("<4I", *merged)) + record(178)
    return record(129) + extent + record(145) + b"".join(rows) + record(146) + below + record(130)


def test_merged_cells_errors_and_formulas_without_a_result(tmp_path: Path) -> None:
    data = workbook(
        sheet(
            row(0) + text(0, "单号") + text(1, "金额"),
            row(1) + text(0, "A1") + formula(1, 62.9, 0),
            row(2) + formula(1, 0.0, 2),
            row(3) + text(0, "A3") + record(3, cell(1) + b"\x2a"),
            row(4) + text(0, "A4") + formula(1, 0.0, 0),
            merged=(1, 2, 0, 0),
        )
    )
    body = one_table(tmp_path / "bill.xlsb", data).body(0)
    assert body.cells["c1"].to_list() == ["62.9", "=…", "#N/A", "0"]
    assert body.merged == (Span(2, 3, 0, 0),)


def test_a_part_that_is_cut_off_ends_the_walk(tmp_path: Path) -> None:
    whole = sheet(
        row(0) + text(0, "单号") + text(1, "金额"), row(1) + text(0, "A1") + formula(1, 1.0, 0), merged=(1, 2, 0, 0)
    )
    for place in range(0, len(whole), 11):
        found = opened(tmp_path / f"{place}.xlsb", workbook(whole[:place]))
        assert found.tables or found.refusals or place < len(whole) // 2  # read, refused or empty; never an exception
    assert [sheet_facts(whole[:place]).merged for place in (0, len(whole) // 2)] == [(), ()]
    assert sheet_facts(whole).merged == (Span(2, 3, 0, 0),)
