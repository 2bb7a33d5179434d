"""dBASE III tables in GBK, which Kingdee KIS takes. The format is forty lines; the libraries for it stamp the clock."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.cells import Cell, Money
from ecrecon.issuing.targets.grid import rows_of
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher

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
