"""A table as a file shows it, and the containers it can stand in. Byte-identical for equal input: no clock."""

from __future__ import annotations

import gzip
import html
import io
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import xlsxwriter
import xlwt  # type: ignore[import-untyped]

Container = Literal["csv", "tsv", "xlsx", "xls", "html"]
_PINNED = (1980, 1, 1, 0, 0, 0)


def names(text: str) -> list[str]:
    """Column names as a platform prints its header: separated by commas."""
    return text.split(",")


@dataclass
class Table:
    """Text cells of one sheet. `money` columns become numbers in spreadsheets, `tabbed` ones end with TAB in text.
    `quoted`: every data cell of a text file stands in quotes."""

    columns: list[str]
    rows: list[list[str]]
    preamble: list[str] = field(default_factory=list)
    trailer: list[str] = field(default_factory=list)
    money: frozenset[str] = frozenset()
    tabbed: frozenset[str] = frozenset()
    wrapped: frozenset[str] = frozenset()
    quoted: bool = False
    sheet: str = "Sheet1"

    def at(self, row: int, column: str) -> str:
        """One cell by the name of its column."""
        return self.rows[row][self.columns.index(column)]

    def put(self, row: int, column: str, text: str) -> None:
        """Replace one cell."""
        self.rows[row][self.columns.index(column)] = text


@dataclass
class OutFile:
    """One file to write. `archive` = (zip name, entry name in it); `raw` overrides the table with bytes.

    `rows`, `income`, `expense`, `first`, `last` are the truth of `sources.csv`; None where the file is no bill.
    """

    path: str
    profile: str
    shop: str
    table: Table | None = None
    container: Container = "csv"
    encoding: str = "gb18030"
    newline: str = "\r\n"
    archive: str = ""
    gbk_names: bool = True
    gzipped: bool = False
    lying_dimension: bool = False
    text_numbers: bool = False
    raw: bytes | None = None
    wallet: str = ""
    rows: int = 0
    income: int | None = None
    expense: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    counted: bool = True

    @property
    def display(self) -> str:
        """The name the file has in `sources`: "outer.zip!/inner.csv" inside an archive, "a.csv.gz!/a.csv" in gzip."""
        if self.gzipped:
            return f"{self.path}!/{self.path.rsplit('/', 1)[-1].removesuffix('.gz')}"
        return f"{self.archive}!/{self.path}" if self.archive else self.path

    def content(self) -> bytes:
        """The bytes of the file itself (inside its archive, before gzip)."""
        if self.raw is not None:
            return self.raw
        assert self.table is not None
        if self.container in ("csv", "tsv"):
            return _text(self)
        if self.container == "html":
            return _html(self.table)
        return _xlsx(self) if self.container == "xlsx" else _xls(self.table)


def _delimited(cells: list[str], delimiter: str, *, every: bool = False) -> str:
    if every:
        return delimiter.join('"' + c.replace('"', '""') + '"' for c in cells)
    quoted = [
        '"' + c.replace('"', '""') + '"' if delimiter in c or ('"' in c and not c.startswith("=")) else c for c in cells
    ]
    return delimiter.join(quoted)


def _text(file: OutFile) -> bytes:
    table = file.table
    assert table is not None
    delimiter = "," if file.container == "csv" else "\t"
    tabbed = [c in table.tabbed and delimiter != "\t" for c in table.columns]
    wrapped = [c in table.wrapped for c in table.columns]
    lines = [*table.preamble, _delimited(table.columns, delimiter)]
    for row in table.rows:
        cells = [f'="{c}"' if w and c else f"{c}\t" if t else c for c, t, w in zip(row, tabbed, wrapped, strict=True)]
        lines.append(_delimited(cells, delimiter, every=table.quoted))
    lines += table.trailer
    return (file.newline.join(lines) + file.newline).encode(file.encoding)


def _html(table: Table) -> bytes:
    out = [
        '<html><head><meta http-equiv=Content-Type content="text/html; charset=gb2312"></head><body><table border=1>'
    ]
    for row in [table.columns, *table.rows]:
        out.append(
            "<tr>" + "".join(f'<td style="vnd.ms-excel.numberformat:@">{html.escape(c)}</td>' for c in row) + "</tr>"
        )
    return ("\n".join([*out, "</table></body></html>"]) + "\n").encode("gb18030")


def _grid(table: Table) -> list[tuple[list[str], bool]]:
    plain: list[tuple[list[str], bool]] = [([text], False) for text in table.preamble]
    plain.append((table.columns, False))
    plain += [(row, True) for row in table.rows]
    return plain + [([text], False) for text in table.trailer]


def _xlsx(file: OutFile) -> bytes:
    table = file.table
    assert table is not None
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    book.set_properties({"created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet(table.sheet)
    for index, (cells, data) in enumerate(_grid(table)):
        for column, cell in enumerate(cells):
            name = table.columns[column] if data else ""
            if data and name in table.money and not file.text_numbers and _number(cell):
                sheet.write_number(index, column, float(cell))
            elif cell:
                sheet.write_string(index, column, cell)
    book.close()
    content = buffer.getvalue()
    return _shrink_dimension(content) if file.lying_dimension else content


def _number(cell: str) -> bool:
    return bool(cell) and cell.lstrip("-").replace(".", "", 1).isdigit() and len(cell) < 15


def _shrink_dimension(content: bytes) -> bytes:
    """Declare the used range of the first sheet as the one cell A1, as some exports do."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start = data.index(b'<dimension ref="') + 16
                data = data[:start] + b"A1" + data[data.index(b'"', start) :]
            target.writestr(zipfile.ZipInfo(name, _PINNED), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _xls(table: Table) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet(table.sheet)
    for index, (cells, data) in enumerate(_grid(table)):
        for column, cell in enumerate(cells):
            if data and table.columns[column] in table.money and _number(cell):
                sheet.write(index, column, float(cell))
            elif cell:
                sheet.write(index, column, cell)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class _GbkInfo(zipfile.ZipInfo):
    """An entry whose name is stored as GBK bytes without the UTF-8 flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  name of the standard library
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def zip_bytes(entries: list[tuple[str, bytes]], *, gbk_names: bool) -> bytes:
    """An archive of the entries in the order given, with a pinned date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries:
            info = (_GbkInfo if gbk_names else zipfile.ZipInfo)(name, _PINNED)
            target.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def render(files: list[OutFile]) -> dict[str, bytes]:
    """Path -> bytes of everything on disk; archives are put together, entries in the order of `files`."""
    disk: dict[str, bytes] = {}
    archives: dict[str, list[OutFile]] = {}
    for file in files:
        if file.archive:
            archives.setdefault(file.archive, []).append(file)
        else:
            content = file.content()
            disk[file.path] = gzip.compress(content, mtime=0) if file.gzipped else content
    for name, members in archives.items():
        disk[name] = zip_bytes([(m.path, m.content()) for m in members], gbk_names=members[0].gbk_names)
    return dict(sorted(disk.items()))
