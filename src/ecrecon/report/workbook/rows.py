"""Many rows of one layout, written straight into the sheet's XML.

The workbook library needs some 150 microseconds per row of fifteen cells, which is most of a large run. So a sheet is
laid out by the library with one sample row, and the rows proper replace that row afterwards, built column by column.
Only what the file format itself guarantees is used: `<row>`, `<c>` with the sample's style numbers, inline text.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.report.workbook.columns import width_expr

LINE_HEIGHT = 16

_MOST_LINES = 12
_SLICE = 50_000
_STAMP = (1980, 1, 1, 0, 0, 0)
_ZIP64_ROWS = 500_000
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"
_DIMENSION = re.compile(r'<dimension ref="[A-Z]+\d+(?::[A-Z]+\d+)?"/>')
_LAST_ROW = re.compile(r'<row r="(\d+)"')


@dataclass(frozen=True)
class Fill:
    """Rows for one sheet: `sheet` is its 1-based number, `row` the 1-based sample row, `texts` as `columns.cells`
    gives them, `numeric[i]` says whether column i holds numbers, `wrapped` gives the room for text, in half-width
    characters, of the columns whose cells wrap (spreadsheets do not all find the height of a row themselves)."""

    sheet: int
    row: int
    texts: pl.DataFrame
    numeric: tuple[bool, ...]
    wrapped: dict[int, int]


def column_letters(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def fill_rows(workbook: bytes, fills: list[Fill]) -> bytes:
    """`workbook` with the sample row of each fill replaced by its rows. Equal input gives equal bytes."""
    by_name = {f"xl/worksheets/sheet{fill.sheet}.xml": fill for fill in fills}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            entry = zipfile.ZipInfo(info.filename, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = info.external_attr
            entry.create_system = 0
            body = source.read(info)
            fill = by_name.get(info.filename)
            huge = fill is not None and fill.texts.height > _ZIP64_ROWS
            with target.open(entry, "w", force_zip64=huge) as stream:
                for part in [body] if fill is None else _parts(body.decode(), fill):
                    stream.write(part)
    return out.getvalue()


def _parts(xml: str, fill: Fill) -> Iterator[bytes]:
    sample = re.search(rf'<row r="{fill.row}"[^>]*>.*?</row>', xml, re.DOTALL)
    if sample is None:
        raise InvariantError(f"sheet {fill.sheet}: the sample row {fill.row} is missing")
    last = max([fill.row + fill.texts.height - 1, *(int(row) for row in _LAST_ROW.findall(xml))])
    reference = f'<dimension ref="A1:{column_letters(fill.texts.width - 1)}{last}"/>'
    yield _DIMENSION.sub(reference, xml[: sample.start()], count=1).encode()
    styles = [_style(sample.group(), column_letters(i), fill.row) for i in range(fill.texts.width)]
    for start in range(0, fill.texts.height, _SLICE):
        part = fill.texts.slice(start, _SLICE).with_row_index("row", offset=fill.row + start)
        yield part.select(_row(fill, styles).str.join("")).item().encode()
    yield xml[sample.end() :].encode()


def _style(sample: str, letters: str, row: int) -> str:
    found = re.search(rf'<c r="{letters}{row}"([^>]*?)/?>', sample)
    style = re.search(r's="\d+"', found.group(1)) if found else None
    return f" {style.group()}" if style else ""


def _row(fill: Fill, styles: list[str]) -> pl.Expr:
    number = pl.col("row").cast(pl.String)
    parts = [pl.lit('<row r="') + number + _height(fill) + pl.lit(">")]
    for i, (numeric, style) in enumerate(zip(fill.numeric, styles, strict=True)):
        head = pl.lit(f'<c r="{column_letters(i)}') + number
        value = pl.col(f"c{i}")
        if numeric:
            cell = pl.concat_str(head, pl.lit(f'"{style}><v>'), value, pl.lit("</v></c>"))
        else:
            opening = pl.lit(f'"{style} t="inlineStr"><is><t xml:space="preserve">')
            cell = pl.concat_str(head, opening, _escape(value), pl.lit("</t></is></c>"))
        parts.append(cell.fill_null(""))
    return pl.concat_str(*parts, pl.lit("</row>"))


def _height(fill: Fill) -> pl.Expr:
    """The attributes after the row number: closed quote, and a height where some text needs several lines."""
    if not fill.wrapped:
        return pl.lit('"')
    needed = [(width_expr(pl.col(f"c{i}")).fill_null(1) + room - 1) // room for i, room in fill.wrapped.items()]
    lines = pl.max_horizontal(needed).clip(1, _MOST_LINES)
    height = (lines * LINE_HEIGHT).cast(pl.String)
    tall = pl.concat_str(pl.lit('" ht="'), height, pl.lit('" customHeight="1"'))
    return pl.when(lines > 1).then(tall).otherwise(pl.lit('"'))


def _escape(text: pl.Expr) -> pl.Expr:
    """Text as XML; control characters that XML forbids go, `_xHHHH_` is kept from being read as an escape."""
    return (
        text.str.replace_all(_ILLEGAL, "")
        .str.replace_all(r"_(x[0-9a-fA-F]{4}_)", "_x005F_$1")
        .str.replace_all("&", "&amp;", literal=True)
        .str.replace_all("<", "&lt;", literal=True)
        .str.replace_all(">", "&gt;", literal=True)
    )
