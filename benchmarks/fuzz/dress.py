"""The tables of a workbook (.xlsx) in other clothes: BIFF (.xls), SpreadsheetML 2003; and any file under a password."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

import xlwt
from tests.sealed import xls_rc4, xlsx_agile, zip_aes

from benchmarks.fuzz.packages import pack, unpack
from benchmarks.fuzz.reader import Table, tables_of

PASSWORD = "fuzz 对账"
_MOST_ROWS = 5_000
_NAME = re.compile(r"[\[\]:*?/\\]")


def _tables(data: bytes) -> list[Table]:
    found = tables_of(data) or []
    return found if sum(len(table.rows) for table in found) <= _MOST_ROWS else []


def biff(data: bytes) -> bytes | None:
    """The tables as an .xls of texts; None where there is none."""
    book = xlwt.Workbook(encoding="utf-8")
    found = _tables(data)
    for number, table in enumerate(found, 1):
        sheet = book.add_sheet(_NAME.sub("_", table.sheet or f"Sheet{number}")[:31])
        for line, cells in table.rows:
            for column, text in enumerate(cells[:256]):
                if text:
                    sheet.write(line - 1, column, text[:32767])
    target = io.BytesIO()
    if found:
        book.save(target)
    return target.getvalue() or None


def spreadsheetml(data: bytes) -> bytes | None:
    """The tables as XML, a row a line; None where there is none."""
    found = _tables(data)
    parts = ['<?xml version="1.0"?>', '<?mso-application progid="Excel.Sheet"?>']
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    parts.append(f'<Workbook xmlns="{space}" xmlns:ss="{space}">')
    for number, table in enumerate(found, 1):
        parts.append(f"<Worksheet ss:Name={quoteattr(table.sheet or f'Sheet{number}')}><Table>")
        for line, cells in table.rows:
            inside = "".join(f'<Cell><Data ss:Type="String">{escape(text)}</Data></Cell>' for text in cells)
            parts.append(f'<Row ss:Index="{line}">{inside}</Row>')
        parts.append("</Table></Worksheet>")
    return "\n".join([*parts, "</Workbook>", ""]).encode() if found else None


KINDS: dict[str, Callable[[bytes], bytes | None]] = {"biff": biff, "spreadsheetml": spreadsheetml}


def sealed(data: bytes, name: str) -> bytes | None:
    """The file under PASSWORD: a workbook as Excel does it, a zip or text in a zip under AES; None where it cannot be.

    Salts are fresh each time: of a case under a password the plain bytes are fixed, not the sealed ones.
    """
    try:
        return _sealed(data, name)
    except Exception:  # damaged as it is, nobody can put it under a password
        return None


def _sealed(data: bytes, name: str) -> bytes | None:
    if data.startswith(b"PK"):
        parts = unpack(data)
        if parts is None or len(dict(parts)) < len(parts):
            return None
        if any(part == "xl/workbook.xml" for part, _ in parts):
            return xlsx_agile(pack(parts), PASSWORD)
        return zip_aes(dict(parts), PASSWORD)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return xls_rc4(data, PASSWORD)
    return zip_aes({name: data}, PASSWORD)
