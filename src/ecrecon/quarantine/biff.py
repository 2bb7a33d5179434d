"""What a BIFF workbook (.xls) must pass before a reader sees it: whole records, no absurd extent, no password.

Its error cells, formulas without a result and merged cells are noted too: a reader takes the first two for empty.
Layout: [MS-CFB] 2.2 to 2.6, [MS-XLS] 2.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial

from ecrecon.quarantine import limits
from ecrecon.quarantine.facts import PutBack, SheetFacts
from ecrecon.quarantine.plain import Span
from ecrecon.quarantine.workbook import LockedError, WorkbookError

_LAST_SECTOR = 0xFFFFFFFA
BOUND_SHEET, FILE_PASS = 0x0085, 0x002F
_BOF, _BOOL_ERROR, _FORMULA, _MERGED = 0x0809, 0x0205, 0x0006, 0x00E5
NEVER_ENCRYPTED = {_BOF, FILE_PASS, 0x00E1, 0x0194, 0x0195, 0x0196, 0x0138}
"""Records that stay plain in an encrypted workbook ([MS-XLS] 2.2.10)."""
_CELLS = {0x0203, 0x0204, 0x00FD, 0x027E, 0x00BD, 0x00D6, _BOOL_ERROR, _FORMULA}
_NO_RESULT = 3
"""Type of a formula's result that is an empty text: what programs write that do not calculate."""
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def inspect(data: bytes) -> dict[str, SheetFacts]:
    """Walk the records; return what the sheets know beside values, per sheet name.

    Raises LockedError (password), LimitError (extent) and WorkbookError (damaged).
    """
    try:
        stream = _workbook_stream(data)
        return _walk(stream)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise WorkbookError(str(error)) from None


def _walk(stream: bytes) -> dict[str, SheetFacts]:
    sheets: dict[int, str] = {}
    put_back: dict[str, PutBack] = {}
    merged: dict[str, list[Span]] = {}
    start = rows = columns = cells = 0
    for place, kind, body in records(stream):
        if kind == _BOF:
            limits.refuse_hollow(rows, columns, partial(int, cells), sheets.get(start, ""))
            start, rows, columns, cells = place, 0, 0, 0
        elif kind == FILE_PASS:
            raise LockedError("FILEPASS")
        elif kind == BOUND_SHEET:
            sheets[struct.unpack_from("<I", body)[0]] = _sheet_name(body)
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            if kind == 0x00BD:
                (last,) = struct.unpack_from("<H", body, len(body) - 2)
                columns = max(columns, last + 1)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            cells += 1
            text = _error_text(kind, body)
            if text is not None:
                put_back.setdefault(sheets.get(start, ""), {})[row, column] = text
        elif kind == _MERGED:
            merged.setdefault(sheets.get(start, ""), []).extend(_spans(body))
    limits.refuse_hollow(rows, columns, partial(int, cells), sheets.get(start, ""))
    names = {**put_back, **merged}
    return {name: SheetFacts(put_back.get(name, {}), tuple(merged.get(name, ()))) for name in names}


def _spans(body: bytes) -> Iterator[Span]:
    """The areas of a MERGEDCELLS record: first and last row, first and last column, all 0-based."""
    (count,) = struct.unpack_from("<H", body)
    for place in range(count):
        top, bottom, left, right = struct.unpack_from("<4H", body, 2 + 8 * place)
        yield Span(top + 1, bottom + 1, left, right)


def records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(place, kind, body) of each record of a workbook stream."""
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield place, kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _sheet_name(body: bytes) -> str:
    length, flags = body[6], body[7]
    return body[8 : 8 + 2 * length].decode("utf-16-le") if flags & 1 else body[8 : 8 + length].decode("latin-1")


def _error_text(kind: int, body: bytes) -> str | None:
    if kind == _BOOL_ERROR and body[7] == 1:
        return _ERRORS.get(body[6], "#ERROR")
    if kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
        return _ERRORS.get(body[8], "#ERROR")
    if kind == _FORMULA and body[6] == _NO_RESULT and body[12:14] == b"\xff\xff":
        return "=…"
    return None


def _workbook_stream(data: bytes) -> bytes:
    """The stream "Workbook" (BIFF8) or "Book" (BIFF5)."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise WorkbookError(f"sector size {size}")
    directory, cutoff, mini_start = (struct.unpack_from("<I", data, at)[0] for at in (48, 56, 60))
    table = _sector_table(data, size)
    entries = _chain(data, directory, table, size, size)
    found: dict[str, tuple[int, int]] = {}
    root = 0
    for at in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        name = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
        begin, extent = struct.unpack_from("<II", entries, at + 116)
        if entries[at + 66] == 5:
            root = begin
        elif entries[at + 66] == 2:
            found.setdefault(name, (begin, extent))
    begin, extent = found.get("Workbook") or found.get("Book") or (_LAST_SECTOR, 0)
    if extent >= cutoff:
        stream = _chain(data, begin, table, size, size)[:extent]
    else:
        mini_table = _numbers(_chain(data, mini_start, table, size, size))
        stream = _chain(_chain(data, root, table, size, size), begin, mini_table, 64, 0)[:extent]
    if len(stream) < max(extent, 1):
        raise WorkbookError(f"{len(stream)} of {extent} bytes")
    return stream


def _sector_table(data: bytes, size: int) -> tuple[int, ...]:
    """The allocation table: the sector that follows each sector."""
    sectors = list(struct.unpack_from("<109I", data, 76))
    following, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        if following >= _LAST_SECTOR:
            break
        more = _numbers(data[size * (following + 1) : size * (following + 2)])
        sectors += more[:-1]
        following = more[-1]
    used = (sector for sector in sectors if sector < _LAST_SECTOR)
    return _numbers(b"".join(data[size * (sector + 1) : size * (sector + 2)] for sector in used))


def _numbers(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])


def _chain(data: bytes, start: int, table: tuple[int, ...], size: int, offset: int) -> bytes:
    """Sectors from `start` on, joined; a chain that runs in a circle is damage."""
    pieces: list[bytes] = []
    sector = start
    while sector < _LAST_SECTOR:
        if len(pieces) > len(table):
            raise WorkbookError("circular chain of sectors")
        pieces.append(data[offset + sector * size : offset + (sector + 1) * size])
        sector = table[sector]
    return b"".join(pieces)
