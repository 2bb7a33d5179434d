"""Small files in true shapes, and the one call the tests make."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import xlsxwriter

from ecrecon.reading.containers import Opened, Passwords, RawTable, Refusal, find_files, open_tables

PDD = (
    "拼多多店铺账务明细查询\r\n"
    "\r\n"
    "起始时间：2026-05-09 00:00:00  终止时间：2026-05-09 23:59:59\r\n"
    "----------交易记录明细列表---------\r\n"
    "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\r\n"
    "260505-100000000000001\t,2026-05-09 10:12:01,59.90,0,交易收入,-,0010002|交易收入-订单收入\r\n"
    ",2026-05-09 20:00:00,0,-500.00,转账,-,0070004|转账-广告账户\r\n"
    "#支出合计：1笔-500.00元\r\n"
    "#导出时间：2026-05-10 10:00:00\r\n"
)


def opened(path: Path, data: bytes, passwords: Sequence[str] = ()) -> Opened:
    """Write `data` to `path` and open it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return open_tables(find_files([path])[0], Passwords(tuple(passwords)))


def one_table(path: Path, data: bytes) -> RawTable:
    """The only table of a file without refusals."""
    result = opened(path, data)
    assert result.refusals == []
    assert len(result.tables) == 1
    return result.tables[0]


def one_refusal(path: Path, data: bytes) -> Refusal:
    """The only refusal of a file without tables."""
    result = opened(path, data)
    assert result.tables == []
    assert len(result.refusals) == 1
    return result.refusals[0]


def zipped(entries: dict[str, bytes]) -> bytes:
    """A zip of `entries`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in entries.items():
            package.writestr(name, data)
    return target.getvalue()


def zipped_raw_name(name: bytes, data: bytes) -> bytes:
    """A zip with one entry whose name bytes carry no UTF-8 flag."""
    placeholder = b"x" * len(name)
    return zipped({placeholder.decode(): data}).replace(placeholder, name)


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """An xlsx made by `fill`."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    fill(book)
    book.close()
    return target.getvalue()


def patched(package: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same package with one part changed."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    before = parts[part]
    parts[part] = change(before)
    assert parts[part] != before
    return zipped(parts)


def encrypt_flag(package: bytes) -> bytes:
    """Set the encryption bit of every entry (the data stays plain: enough to be asked for a password)."""
    data = bytearray(package)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            flags = struct.unpack_from("<H", data, at + offset)[0]
            struct.pack_into("<H", data, at + offset, flags | 1)
            at = data.find(signature, at + 4)
    return bytes(data)
