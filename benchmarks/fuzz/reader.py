"""The independent reader: bytes -> rows of cells, with nothing of the product.

The standard library reads text (csv), zip and gzip around it, workbooks (.xlsx), SpreadsheetML and pages (HTML); xlrd, which
the product does not use, reads BIFF (.xls). Of the rest it says nothing (None). A file under a password is judged by the
bytes that were put under it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import lzma
import re
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from io import BytesIO, StringIO
from xml.etree import ElementTree

import xlrd

Row = tuple[int, list[str]]
"""Physical line or sheet row (1-based), and its cells."""
Grid = list[Row]


@dataclass(frozen=True)
class Table:
    """`sheet`: its name in a workbook, None elsewhere."""

    sheet: str | None
    rows: Grid


csv.field_size_limit(2**31 - 1)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LETTERS = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"
_SS = f"{{{_SPREADSHEETML}}}"
_LARGEST = 64 * 1024**2
_MOST_COLUMNS = 20_000
_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    IndexError,
    csv.Error,
)


def tables_of(data: bytes, depth: int = 0) -> list[Table] | None:
    """Every table of a file; None where this reader cannot say."""
    try:
        if data.startswith(b"PK"):
            return _of_zip(data, depth)
        if data.startswith(b"\x1f\x8b"):
            return tables_of(gzip.decompress(data), depth + 1) if depth < 3 else None
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            return _of_biff(data)
        if _SPREADSHEETML.encode() in data[:4096]:
            return _of_spreadsheetml(data)
        text = _decoded(data)
        if text is None:
            return None
        if re.match(r"\s*<(?:!doctype|html|table|head|meta|body|div|style)", text, re.I):
            return _of_page(text)
        grid = _of_text(text)
        return None if grid is None else [Table(None, grid)]
    except (*_ERRORS, ElementTree.ParseError, NotImplementedError, RecursionError, MemoryError):
        return None


def _decoded(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _of_text(text: str) -> Grid | None:
    """None where a stray quote joins lines that belong apart."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = re.sub(r"\r+\n", "\n", text)
    head = lines[:20000]
    mark = max(
        (",", "\t", ";", "|"),
        key=lambda m: head.count(m) if m != "\t" else len(re.findall(r"[^,\t\n]\t+[^,\t\n]", head)),
    )
    quoting = csv.QUOTE_MINIMAL if '"' in lines else csv.QUOTE_NONE
    reader = csv.reader(StringIO(lines, newline="\n"), delimiter=mark, quoting=quoting)
    rows: Grid = []
    joined: list[int] = []
    before = 0
    for cells in reader:
        if reader.line_num > before + 1:
            joined.append(len(cells))
        rows.append((before + 1, [cell.strip(" \t\r`") for cell in cells]))
        before = reader.line_num
    usual = Counter(len(cells) for _, cells in rows).most_common(1)
    return rows if all(count == usual[0][0] for count in joined) else None


def _of_zip(data: bytes, depth: int) -> list[Table] | None:
    if depth > 3:
        return None
    with zipfile.ZipFile(BytesIO(data)) as package:
        infos = package.infolist()
        if sum(info.file_size for info in infos) > _LARGEST or any(info.flag_bits & 1 for info in infos):
            return None
        if "xl/workbook.xml" in package.namelist():
            return _of_workbook(package)
        found: list[Table] = []
        for info in infos:
            inner = tables_of(package.read(info), depth + 1)
            if inner is None:
                return None
            found += inner
        return found


def _of_workbook(package: zipfile.ZipFile) -> list[Table] | None:
    names = package.namelist()
    strings: list[str] = []
    if "xl/sharedStrings.xml" in names:
        root = ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
        strings = ["".join(t.text or "" for t in item.iter(_MAIN + "t")) for item in root.iter(_MAIN + "si")]
    called = _sheet_names(package)
    found: list[Table] = []
    for name in dict.fromkeys(names):
        if not re.fullmatch(r"xl/worksheets/[^/]*\.xml", name):
            continue
        rows: dict[int, dict[int, str]] = {}
        last = 0
        for row in ElementTree.fromstring(package.read(name)).iter(_MAIN + "row"):
            last = int(row.get("r") or last + 1)
            column = 0
            for cell in row.iter(_MAIN + "c"):
                at = _LETTERS.match(cell.get("r") or "")
                column = _number(at.group(1)) if at else column + 1
                rows.setdefault(int(at.group(2)) if at else last, {})[column] = _cell(cell, strings)
        if not rows:
            continue
        if max(rows) > 200_000:
            return None
        grid = [(n, [rows[n].get(c, "") for c in range(1, max(rows[n]) + 1)]) for n in sorted(rows)]
        found.append(Table(called.get(name), grid))
    return found


def _sheet_names(package: zipfile.ZipFile) -> dict[str, str]:
    """Part -> name of its sheet, as far as the workbook tells."""
    if "xl/_rels/workbook.xml.rels" not in package.namelist():
        return {}
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    parts = {one.get("Id"): (one.get("Target") or "").removeprefix("/xl/") for one in relations}
    sheets = ElementTree.fromstring(package.read("xl/workbook.xml")).iter(_MAIN + "sheet")
    return {f"xl/{parts.get(sheet.get(_RELATION))}": sheet.get("name") or "" for sheet in sheets}


def _of_spreadsheetml(data: bytes) -> list[Table] | None:
    found: list[Table] = []
    for sheet in ElementTree.fromstring(data).iter(_SS + "Worksheet"):
        grid: Grid = []
        line = 0
        for row in sheet.iter(_SS + "Row"):
            line = int(row.get(_SS + "Index") or line + 1)
            cells: list[str] = []
            for cell in row.iter(_SS + "Cell"):
                at = int(cell.get(_SS + "Index") or len(cells) + 1)
                if not len(cells) < at <= _MOST_COLUMNS:
                    return None
                cells += [""] * (at - 1 - len(cells))
                cells.append("".join(cell.itertext()).strip(" \t\r\n`"))
                cells += [""] * min(int(cell.get(_SS + "MergeAcross") or 0), _MOST_COLUMNS)
            grid.append((line, cells))
        if any(any(cells) for _, cells in grid):
            found.append(Table(sheet.get(_SS + "Name"), grid))
    return found


def _of_biff(data: bytes) -> list[Table] | None:
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=StringIO())
        return [
            Table(sheet.name, [(n + 1, [_value(cell) for cell in sheet.row(n)]) for n in range(sheet.nrows)])
            for sheet in book.sheets()
            if sheet.nrows
        ]
    except Exception:  # damage shows as whatever its parser stumbles over
        return None


def _value(cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return f"{cell.value:.15g}"
    return str(cell.value).strip(" \t\r\n`") if cell.ctype == xlrd.XL_CELL_TEXT else ""


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _cell(cell: ElementTree.Element, strings: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(_MAIN + "t")).strip()
    value = cell.find(_MAIN + "v")
    text = (value.text or "") if value is not None else ""
    if cell.get("t") == "s" and text.isdecimal():
        return strings[int(text)].strip()
    return text.strip(" \t\r\n`")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grid: list[list[str]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.grid.append([])
        elif tag in ("td", "th"):
            if not self.grid:
                self.grid.append([])
            self.grid[-1].append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open and self.grid and self.grid[-1]:
            self.grid[-1][-1] += data


def _of_page(text: str) -> list[Table]:
    page = _Page()
    page.feed(text)
    return [Table(None, [(n, [cell.strip() for cell in cells]) for n, cells in enumerate(page.grid, 1)])]


def money(text: str) -> Decimal | None:
    """A plain amount, or None."""
    plain = text.strip("\t '=\"¥￥元").replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,15}(?:\.\d+)?", plain):
        return None
    try:
        return abs(Decimal(plain))
    except InvalidOperation:
        return None
