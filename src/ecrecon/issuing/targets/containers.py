"""Containers of voucher files: xlsx, xls, csv, text, the second sheet of K/3 WISE, and dBASE III."""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import cell_number
from ecrecon.base.texts import FORMULA_STARTS, tr
from ecrecon.issuing.targets.cells import Cell, Money, cell
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher

# Row-and-column containers: xlsx, xls, csv, text. Bytes in memory, pinned dates, so equal vouchers give equal bytes.

_PINNED = datetime(2000, 1, 1)


def rows_of(vouchers: Sequence[Voucher], layout: Layout) -> list[list[Cell]]:
    """One row per voucher line; lines of a voucher stand together, in order."""
    lines = (
        (voucher, line, position, serial)
        for serial, voucher in enumerate(vouchers, start=1)
        for position, line in enumerate(voucher.lines)
    )
    return [[cell(column, *place, row) for column in layout.column] for row, place in enumerate(lines, start=1)]


def headers(layout: Layout) -> list[list[str]]:
    """The header rows: none, one, or two where columns have captions."""
    if not layout.target.header:
        return []
    names = [[column.header for column in layout.column]]
    if any(column.caption is not None for column in layout.column):
        names.append([column.caption or "" for column in layout.column])
    return names


def xlsx(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """A workbook of one sheet; codes and texts are text cells, amounts numbers of two decimals."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _PINNED})
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.00"})
    sheet = book.add_worksheet(layout.target.sheet)
    row = 0
    for names in headers(layout):
        for column, name in enumerate(names):
            sheet.write_string(row, column, name, text)
        row += 1
    for content in rows_of(vouchers, layout):
        for column, value in enumerate(content):
            if isinstance(value, Money):
                sheet.write_number(row, column, cell_number(value.minor), money)
            elif isinstance(value, Decimal):
                sheet.write_number(row, column, float(value))
            elif isinstance(value, int) and not layout.column[column].code:
                sheet.write_number(row, column, value)
            elif value is not None:
                sheet.write_string(row, column, str(value), text)
        row += 1
    book.close()
    return buffer.getvalue()


def xls(vouchers: Sequence[Voucher], layout: Layout, more: dict[str, list[list[Any]]] | None = None) -> bytes:
    """A BIFF workbook (what old Kingdee software takes); `more`: further sheets by name."""
    xlwt = need("xlwt")
    book = xlwt.Workbook(encoding="utf-8")
    text, money = xlwt.easyxf(num_format_str="@"), xlwt.easyxf(num_format_str="0.00")
    sheet = book.add_sheet(layout.target.sheet)
    content: list[list[Any]] = [*headers(layout), *rows_of(vouchers, layout)]
    for row, cells in enumerate(content):
        for column, value in enumerate(cells):
            if isinstance(value, Money):
                sheet.write(row, column, cell_number(value.minor), money)
            elif isinstance(value, Decimal):
                sheet.write(row, column, float(value))
            elif isinstance(value, int):
                sheet.write(row, column, value)
            elif value is not None:
                sheet.write(row, column, value, text)
    for name, grid in (more or {}).items():
        extra = book.add_sheet(name)
        for row, cells in enumerate(grid):
            for column, value in enumerate(cells):
                if value != "":
                    extra.write(row, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def delimited(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """CSV: quoted where needed; a text that a spreadsheet would take for a formula gets a leading apostrophe."""
    out = io.StringIO()
    end = "\r\n" if layout.target.newline == "crlf" else "\n"
    writer = csv.writer(out, delimiter=layout.target.separator, lineterminator=end)
    for names in headers(layout):
        writer.writerow(names)
    for row in rows_of(vouchers, layout):
        writer.writerow([plain(value, guard=True) for value in row])
    return out.getvalue().encode(layout.target.encoding)


def text(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """Separated text without any quoting: the separator may not occur in a field (`limits.forbidden`)."""
    end = "\r\n" if layout.target.newline == "crlf" else "\n"
    lines = [*layout.target.preamble, *(layout.target.separator.join(names) for names in headers(layout))]
    lines += [layout.target.separator.join(plain(value) for value in row) for row in rows_of(vouchers, layout)]
    return (end.join(lines) + end).encode(layout.target.encoding)


def plain(value: Cell, *, guard: bool = False) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, Money):
        return value.text
    shown = str(value)
    return f"'{shown}" if guard and isinstance(value, str) and shown.startswith(FORMULA_STARTS) else shown


def need(module: str) -> Any:
    """An optional writer library; raise ConfigError that says how to get it."""
    import importlib  # noqa: PLC0415  optional libraries are looked up when they are needed

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise ConfigError(
            tr(f"写这种文件需要 {module}", f"this kind of file needs {module}"),
            tr("运行 pip install 'ecrecon[targets]'", "run pip install 'ecrecon[targets]'"),
        ) from None


# The second sheet of a K/3 WISE voucher file: `t_Schema`, which describes the columns (docs/targets.md "Programs").

_HEAD = (
    "FType", "FKey", "FFieldName", "FCaption", "FValueType", "FNeedSave", "FColIndex", "FSrcTableName", "FSrcFieldName",
    "FExpFieldName", "FImpFieldName", "FDefaultVal", "FSearch", "FItemPageName", "FTrueType", "FPrecision",
    "FSearchName", "FIsShownList", "FViewMask", "FPage",
)  # fmt: skip

_FIELDS: tuple[tuple[str, str, str, int], ...] = (
    ("FDate", "凭证日期", "DateTime", 1), ("FYear", "会计年度", "Decimal(28,10)", 2),
    ("FPeriod", "会计期间", "Decimal(28,10)", 3), ("FGroupID", "凭证字", "Varchar(80)", 4),
    ("FNumber", "凭证号", "Decimal(28,10)", 5), ("FAccountNum", "科目代码", "Varchar(40)", 7),
    ("FAccountName", "科目名称", "Varchar(80)", 8), ("FCurrencyNum", "币别代码", "Varchar(10)", 9),
    ("FCurrencyName", "币别名称", "Varchar(40)", 10), ("FAmountFor", "原币金额", "Decimal(28,10)", 11),
    ("FDebit", "借方", "Decimal(28,10)", 12), ("FCredit", "贷方", "Decimal(28,10)", 13),
    ("FPreparerID", "制单", "Varchar(255)", 14), ("FCheckerID", "审核", "Varchar(255)", 15),
    ("FApproveID", "核准", "Varchar(255)", 17), ("FCashierID", "出纳", "Varchar(255)", 18),
    ("FHandler", "经办", "Varchar(50)", 19), ("FSettleTypeID", "结算方式", "Varchar(80)", 20),
    ("FSettleNo", "结算号", "Varchar(255)", 21), ("FExplanation", "凭证摘要", "Varchar(255)", 22),
    ("FQuantity", "数量", "Decimal(28,10)", 23), ("FMeasureUnitID", "数量单位", "Varchar(255)", 24),
    ("FUnitPrice", "单价", "Decimal(28,10)", 25), ("FReference", "参考信息", "Varchar(255)", 26),
    ("FTransDate", "业务日期", "DateTime", 27), ("FTransNo", "往来业务编号", "Varchar(255)", 28),
    ("FAttachments", "附件数", "Decimal(28,10)", 29), ("FSerialNum", "序号", "Decimal(28,10)", 30),
    ("FObjectName", "系统模块", "Varchar(100)", 31), ("FParameter", "业务描述", "Varchar(100)", 32),
    ("FExchangeRateType", "汇率类型", "Varchar(80)", 33), ("FExchangeRate", "汇率", "Decimal(28,10)", 34),
    ("FEntryID", "分录序号", "Decimal(28,10)", 35), ("FItem", "核算项目", "Text", 36),
    ("FPosted", "过账", "Decimal(28,10)", 37), ("FInternalInd", "机制凭证", "Varchar(10)", 38),
    ("FCashFlow", "现金流量", "Text", 39),
)  # fmt: skip


def schema_sheet() -> list[list[str | int]]:
    """All rows of `t_Schema`."""
    width = len(_HEAD)
    fixed = [["ClassInfo", "ClassType", "", "VoucherData"], ["ClassInfo", "ClassTypeID", "", "123"],
             ["PageInfo", "Page1", "", "Page1"]]  # fmt: skip
    rows: list[list[str | int]] = [list(_HEAD)]
    for known in fixed:
        rows.append([*known, *[""] * (width - len(known))])
    for key, caption, kind, index in _FIELDS:
        row: list[str | int] = [""] * width
        row[:7] = ["FieldInfo", key, key, caption, kind, "", index]
        row[9], row[10] = key, key
        row[12], row[15], row[16], row[17], row[18], row[19] = 0, 0, 0, 0, 0, 1
        rows.append(row)
    return rows


# dBASE III tables in GBK, which Kingdee KIS takes. The format is forty lines; the libraries for it stamp the clock.

_TYPE = re.compile(r"^(?:(C)\((\d+)\)|(N)\((\d+),(\d+)\)|(D)|(L))$")
_DRIVER_GBK = 0x4D


@dataclass(frozen=True)
class _Field:
    name: str
    kind: str
    width: int
    decimals: int


def table(vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """The file's bytes; the date of change in its header is that of the newest voucher."""
    fields = [_field(column.header, column.type or "") for column in layout.column]
    rows = rows_of(vouchers, layout)
    day = max((voucher.day for voucher in vouchers), default=None)
    stamp = bytes((day.year - 1900, day.month, day.day)) if day else b"\x00\x01\x01"
    record = 1 + sum(field.width for field in fields)
    head = struct.pack("<B3sIHH16xBB2x", 0x03, stamp, len(rows), 33 + 32 * len(fields), record, 0, _DRIVER_GBK)
    parts = [head, *(_described(field) for field in fields), b"\r"]
    for row in rows:
        parts.append(b" " + b"".join(_stored(f, value) for f, value in zip(fields, row, strict=True)))
    return b"".join(parts) + b"\x1a"


def _field(name: str, text: str) -> _Field:
    found = _TYPE.match(text)
    if found is None:
        raise ConfigError(f"column {name}: {text!r} is no dBASE type", "write C(60), N(14,2), D or L")
    if found[1]:
        return _Field(name, "C", int(found[2]), 0)
    if found[3]:
        return _Field(name, "N", int(found[4]), int(found[5]))
    return _Field(name, "D", 8, 0) if found[6] else _Field(name, "L", 1, 0)


def _described(field: _Field) -> bytes:
    return struct.pack("<11sc4xBB14x", field.name.encode("ascii"), field.kind.encode(), field.width, field.decimals)


def _stored(field: _Field, value: Cell) -> bytes:
    if field.kind == "N":
        return _number(field, value).rjust(field.width).encode()
    shown = "" if value is None else str(value)
    if field.kind == "D":
        shown = shown.replace("-", "")
    data = shown.encode("gbk")
    if len(data) > field.width:
        raise ConfigError(
            tr(
                f"{field.name}：“{shown}”超过 {field.width} 字节",
                f"{field.name}: {shown!r} has over {field.width} bytes",
            ),
            tr("请缩短", "shorten it"),
        )
    return data.ljust(field.width)


def _number(field: _Field, value: Cell) -> str:
    text = value.text if isinstance(value, Money) else str(value or 0)
    whole, _, fraction = text.partition(".")
    if fraction[field.decimals :].strip("0"):
        raise ConfigError(
            tr(
                f"{field.name}：{text} 超过 {field.decimals} 位小数",
                f"{field.name}: {text} has over {field.decimals} decimals",
            ),
            tr("请换一种格式", "use another target"),
        )
    shown = whole if field.decimals == 0 else f"{whole}.{fraction[: field.decimals].ljust(field.decimals, '0')}"
    if len(shown) > field.width:
        raise ConfigError(
            tr(f"{field.name}：{shown} 超过 {field.width} 位", f"{field.name}: {shown} has over {field.width} digits"),
            tr("请拆分凭证", "split the voucher"),
        )
    return shown
