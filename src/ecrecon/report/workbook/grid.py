"""One workbook under construction: formats, sheets, and the two ways to put a frame on a sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

import polars as pl
import xlsxwriter

from ecrecon.base.texts import tr
from ecrecon.report.labels import DECISIONS, text
from ecrecon.report.workbook.columns import Column, cells, lines_needed, text_width, widths
from ecrecon.report.workbook.rows import LINE_HEIGHT, Fill, column_letters, fill_rows

ROW_LIMIT = 1_048_576
_HEADER_HEIGHT = 30
FONT = "Microsoft YaHei"
_MONEY = "#,##0.00;[Red]-#,##0.00"
_HEADER = {"bold": True, "bg_color": "#DCE6F1", "border": 1, "border_color": "#B8C6D9", "valign": "vcenter"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "section": {"bold": True, "font_size": 11, "font_color": "#1F3864"},
    "label": {"bold": True, "font_color": "#595959", "valign": "top"},
    "plain": {"valign": "top", "text_wrap": True},
    "inset": {"valign": "top", "text_wrap": True, "align": "left", "indent": 1},
    "verdict": {"bold": True, "font_size": 12, "text_wrap": True, "valign": "top"},
    "note": {"font_color": "#7F7F7F"},
    "warning": {"bold": True, "font_color": "#C00000", "text_wrap": True, "valign": "top"},
    "header": {**_HEADER, "text_wrap": True, "align": "left", "indent": 1},
    "header_right": {**_HEADER, "text_wrap": True, "align": "right"},
    "total": {"bold": True, "num_format": _MONEY, "valign": "vcenter"},
    "total_count": {"bold": True, "num_format": "#,##0", "valign": "vcenter"},
    "total_label": {"bold": True, "align": "right"},
    "text": {"num_format": "@", "valign": "top", "align": "left", "indent": 1},
    "wide": {"num_format": "@", "text_wrap": True, "valign": "top", "align": "left", "indent": 1},
    "choice": {"bg_color": "#FFF9E5", "valign": "top", "align": "left", "indent": 1},
    "blank": {"valign": "top"},
    "money": {"num_format": _MONEY, "valign": "top"},
    "count": {"num_format": "#,##0", "valign": "top"},
    "percent": {"num_format": "0.0%;[Red]-0.0%", "valign": "top"},
    "sum_row": {"bold": True, "bg_color": "#F2F2F2"},
    "date": {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left", "indent": 1},
    "time": {"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left", "indent": 1},
    "link": {"font_color": "#0563C1", "underline": 1, "valign": "top", "align": "left", "indent": 1},
    "good": {"font_color": "#006100", "bg_color": "#E2F0D9", "align": "left", "indent": 1},
    "bad": {"font_color": "#9C0006", "bg_color": "#FBE5E5", "align": "left", "indent": 1},
    "doubt": {"font_color": "#7F6000", "bg_color": "#FFF2CC", "align": "left", "indent": 1},
}


class PlacedTable(TypedDict):
    """Where a table stands: name of its sheet, what it repeats, first row (1-based), number of rows, and its columns from
    A on as `key kind` (`columns.Column`). `manifest.json` holds these, so that who checks the workbook needs no titles."""

    sheet: str
    table: str
    row: int
    rows: int
    columns: list[str]


@dataclass
class Book:
    """A workbook whose bytes depend on what is written alone: the creation date is the one given."""

    created: datetime
    fills: list[Fill] = field(default_factory=list)
    column_widths: dict[tuple[int, int], int] = field(default_factory=dict)
    placed: list[PlacedTable] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stream = io.BytesIO()
        self.workbook = xlsxwriter.Workbook(
            self.stream,
            {
                "in_memory": True,
                "strings_to_urls": False,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": FONT, "font_size": 10},
            },
        )
        self.workbook.set_properties({"created": self.created, "title": "ecrecon", "author": "ecrecon"})
        base = {"font_name": FONT, "font_size": 10}
        self.formats = {name: self.workbook.add_format({**base, **style}) for name, style in _STYLES.items()}

    def sheet(self, name: str, color: str | None = None) -> Any:
        """A new sheet with the print setup of all: A4 landscape, one page wide, page numbers."""
        sheet = self.workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(tr("&L&A&R第 &P 页，共 &N 页", "&L&A&RPage &P of &N"))
        if color:
            sheet.set_tab_color(color)
        return sheet

    def close(self) -> bytes:
        """The finished workbook."""
        self.workbook.close()
        return fill_rows(self.stream.getvalue(), self.fills)

    def headers(self, sheet: Any, row: int, columns: Sequence[Column]) -> None:
        """The titles of `columns` in `row`."""
        sheet.set_row(row, _HEADER_HEIGHT if any(text_width(c.title) > 8 for c in columns) else None)
        for i, column in enumerate(columns):
            style = "header_right" if column.kind in ("money", "count", "percent") else "header"
            sheet.write_string(row, i, column.title, self.formats[style])

    def place(self, sheet: Any, name: str, row: int, rows: int, columns: Sequence[Column]) -> None:
        """Remember where the table `name` stands; `row` is its first one, from 0. Without a name it repeats nothing."""
        if name:
            told = [f"{column.key.removesuffix('_minor')} {column.kind}" for column in columns]
            self.placed.append({"sheet": sheet.name, "table": name, "row": row + 1, "rows": rows, "columns": told})

    def block(self, sheet: Any, row: int, columns: Sequence[Column], frame: pl.DataFrame, of: str = "") -> int:
        """A small table at `row`, cell by cell; returns the first row after it. `of`: the table that it repeats."""
        self.headers(sheet, row, columns)
        self.place(sheet, of, row + 1, frame.height, columns)
        for texts in cells(frame, columns).iter_rows():
            row += 1
            for i, (column, shown) in enumerate(zip(columns, texts, strict=True)):
                self.cell(sheet, row, i, column, shown)
        return row + 1

    def cell(self, sheet: Any, row: int, position: int, column: Column, shown: str | None) -> None:
        """One cell of `column`."""
        style = self.formats[column.kind]
        if shown is None:
            sheet.write_blank(row, position, None, style)
        elif column.numeric:
            sheet.write_number(row, position, Decimal(shown), style)
        else:
            sheet.write_string(row, position, shown, style)

    def money(self, sheet: Any, row: int, position: int, minor: int, currency: str | None) -> None:
        """One amount."""
        self.cell(sheet, row, position, Column("", "", "money"), text(minor, currency))

    def sentence(self, sheet: Any, row: int, first: int, last: int, words: str, style: str = "plain") -> None:
        """One text over the merged columns `first` to `last`, wrapped; the row is as high as the text needs."""
        width = sum(self.column_widths.get((sheet.index, i), 10) for i in range(first, last + 1))
        lines = lines_needed(words, width - 2)
        sheet.merge_range(row, first, row, last, "", self.formats[style])
        sheet.write_string(row, first, words, self.formats[style])
        if lines > 1:
            sheet.set_row(row, LINE_HEIGHT * lines)

    def section(self, sheet: Any, row: int, title: str) -> int:
        """Write the title of a part of a sheet; returns the row below."""
        sheet.write_string(row, 0, title, self.formats["section"])
        return row + 1

    def nothing(self, sheet: Any, row: int) -> int:
        """Say that a part is empty; returns the row below."""
        sheet.write_string(row, 0, tr("（没有）", "(none)"), self.formats["note"])
        return row + 1

    def set_width(self, sheet: Any, position: int, width: int) -> None:
        """Width of one column in half-width characters."""
        sheet.set_column(position, position, width)
        self.column_widths[sheet.index, position] = width

    def table(
        self, sheet: Any, columns: Sequence[Column], frame: pl.DataFrame, title: str, note: str = "", of: str = ""
    ) -> int:
        """A whole sheet: title, note, totals, frozen filtered header, any number of rows. Returns its first row.

        Rows over the sheet's limit are cut, and the note says so. `of`: the table that it repeats.
        """
        first = 4
        room = ROW_LIMIT - first
        style = "note"
        if frame.height > room:
            note = tr(
                f"只显示前 {room:,} 行，其余 {frame.height - room:,} 行见同一文件夹的 CSV 文件",
                f"only the first {room:,} rows; {frame.height - room:,} more are in the CSV file beside this one",
            )
            style = "warning"
        shown = frame.head(room)
        self.place(sheet, of, first, shown.height, columns)
        texts = cells(shown, columns)
        sheet.write_string(0, 0, title, self.formats["title"])
        sheet.write_string(1, 0, note, self.formats[style])
        self._totals(sheet, columns, shown, first)
        self.headers(sheet, first - 1, columns)
        self._widths(sheet, columns, texts)
        last = first + max(texts.height, 1) - 1
        sheet.autofilter(first - 1, 0, last, len(columns) - 1)
        sheet.freeze_panes(first, 0)
        sheet.repeat_rows(first - 1)
        if texts.height:
            for i, column in enumerate(columns):
                self.cell(sheet, first, i, column, texts.item(0, i))
            numeric = tuple(c.numeric for c in columns)
            self.fills.append(Fill(sheet.index + 1, first + 1, texts, numeric, self._wrapped(sheet, columns)))
        else:
            sheet.write_string(first, 0, tr("（没有）", "(none)"), self.formats["note"])
        self._choices(sheet, columns, first, last)
        return first

    def _wrapped(self, sheet: Any, columns: Sequence[Column]) -> dict[int, int]:
        """Room for text, in half-width characters, of the columns whose cells wrap."""
        return {i: self.column_widths[sheet.index, i] - 3 for i, c in enumerate(columns) if c.kind == "wide"}

    def _widths(self, sheet: Any, columns: Sequence[Column], texts: pl.DataFrame) -> None:
        for i, width in enumerate(widths(texts, columns)):
            self.set_width(sheet, i, width)

    def _totals(self, sheet: Any, columns: Sequence[Column], frame: pl.DataFrame, first: int) -> None:
        """Subtotals over the header that follow the filter; our own formula, its value stored beside it."""
        currencies = frame["currency"].unique().to_list() if "currency" in frame.columns else [None]
        if not any(column.total for column in columns) or len(currencies) != 1:
            return
        for i, column in enumerate(columns):
            if not column.total:
                continue
            total = int(frame[column.key].sum() or 0)
            value = Decimal((text(total, currencies[0]) or "0") if column.kind == "money" else str(total))
            area = f"{column_letters(i)}{first + 1}:{column_letters(i)}{first + frame.height}"
            style = self.formats["total" if column.kind == "money" else "total_count"]
            sheet.write_formula(first - 2, i, f"=SUBTOTAL(109,{area})", style, value)
        place = next(i for i, column in enumerate(columns) if column.total)
        if place:
            sheet.write_string(
                first - 2, place - 1, tr("合计（随筛选）", "total (filtered)"), self.formats["total_label"]
            )

    def _choices(self, sheet: Any, columns: Sequence[Column], first: int, last: int) -> None:
        words = list(DECISIONS.values()) if tr("zh", "en") == "zh" else list(DECISIONS)
        for i, column in enumerate(columns):
            if column.kind == "choice":
                sheet.data_validation(
                    first, i, last, i,
                    {
                        "validate": "list", "source": words,
                        "error_title": tr("请选择", "Choose"),
                        "error_message": tr("请从列表中选择", "choose from the list"),
                    },
                )  # fmt: skip

    def color_words(self, sheet: Any, first: int, last: int, position: int, words: dict[str, str]) -> None:
        """Colour the cells of one column by their word: `words` maps a word to `good`, `bad` or `doubt`."""
        for word, style in words.items():
            sheet.conditional_format(
                first, position, last, position,
                {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": self.formats[style]},
            )  # fmt: skip

    def told(self, sheet: Any, frame: pl.DataFrame | None, title: str) -> pl.DataFrame | None:
        """`frame` where it has rows; else None, and the sheet says under `title` that there is no data."""
        if frame is not None and not frame.is_empty():
            return frame
        sheet.write_string(0, 0, title + tr("：没有数据", ": no data"), self.formats["title"])
        return None

    def bold_rows(self, sheet: Any, area: tuple[int, int, int], words: Sequence[str], position: int = 0) -> None:
        """Make rows of `area` (first row, last row, last column) bold whose cell at `position` is one of `words`."""
        first, last, right = area
        cell = f"${column_letters(position)}{first + 1}"
        for word in words:
            rule = {"type": "formula", "criteria": f'={cell}="{word}"', "format": self.formats["sum_row"]}
            sheet.conditional_format(first, 0, last, right, rule)

    def stacked_widths(self, sheet: Any, parts: Sequence[tuple[Sequence[Column], pl.DataFrame]]) -> None:
        """Column widths of a sheet that holds several tables below each other."""
        found: dict[int, int] = {}
        for columns, frame in parts:
            for i, width in enumerate(widths(cells(frame, columns), columns, filtered=False)):
                found[i] = max(found.get(i, 0), width)
        for i, width in found.items():
            self.set_width(sheet, i, width)
