"""The independent reader: bytes -> rows of cells, with nothing but the standard library and nothing of the product.

It knows text (csv), zip and gzip around it, workbooks (.xlsx) and pages (HTML); of the rest it says nothing (None).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zipfile
import zlib
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from io import BytesIO, StringIO
from xml.etree import ElementTree

Row = tuple[int, list[str]]
"""Physical line or sheet row (1-based), and its cells."""
Grid = list[Row]

csv.field_size_limit(2**31 - 1)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LETTERS = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_LARGEST = 64 * 1024**2
_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, KeyError, IndexError, csv.Error)


def grids(data: bytes, depth: int = 0) -> list[Grid] | None:
    """Every table of a file; None where this reader cannot say."""
    try:
        if data.startswith(b"PK"):
            return _of_zip(data, depth)
        if data.startswith(b"\x1f\x8b"):
            return grids(gzip.decompress(data), depth + 1) if depth < 3 else None
        if data.startswith(b"\xd0\xcf\x11\xe0") or b"urn:schemas-microsoft-com:office:spreadsheet" in data[:4096]:
            return None
        text = _decoded(data)
        if text is None:
            return None
        if re.match(r"\s*<(?:!doctype|html|table|head|meta|body|div|style)", text, re.I):
            return _of_page(text)
        return [_of_text(text)]
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


def _of_text(text: str) -> Grid:
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
    before = 0
    for cells in reader:
        rows.append((before + 1, [cell.strip(" \t\r`") for cell in cells]))
        before = reader.line_num
    return rows


def _of_zip(data: bytes, depth: int) -> list[Grid] | None:
    if depth > 3:
        return None
    with zipfile.ZipFile(BytesIO(data)) as package:
        infos = package.infolist()
        if sum(info.file_size for info in infos) > _LARGEST or any(info.flag_bits & 1 for info in infos):
            return None
        if "xl/workbook.xml" in package.namelist():
            return _of_workbook(package)
        found: list[Grid] = []
        for info in infos:
            inner = grids(package.read(info), depth + 1)
            if inner is None:
                return None
            found += inner
        return found


def _of_workbook(package: zipfile.ZipFile) -> list[Grid] | None:
    names = package.namelist()
    strings: list[str] = []
    if "xl/sharedStrings.xml" in names:
        root = ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
        strings = ["".join(t.text or "" for t in item.iter(_MAIN + "t")) for item in root.iter(_MAIN + "si")]
    found: list[Grid] = []
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
        found.append([(n, [rows[n].get(c, "") for c in range(1, max(rows[n]) + 1)]) for n in sorted(rows)])
    return found


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


def _of_page(text: str) -> list[Grid]:
    page = _Page()
    page.feed(text)
    return [[(n, [cell.strip() for cell in cells]) for n, cells in enumerate(page.grid, 1)]]


def money(text: str) -> Decimal | None:
    """A plain amount, or None."""
    plain = text.strip("\t '=\"¥￥元").replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,15}(?:\.\d+)?", plain):
        return None
    try:
        return abs(Decimal(plain))
    except InvalidOperation:
        return None
