"""What a sheet of a binary workbook (.xlsb) knows beside values: merged cells, errors, formulas that nobody calculated.

Records as in [MS-XLSB]: a type of one or two bytes, a size of up to four, the content. A formula always stores a number or
text; one that is marked to be calculated at each opening and stores nothing was written by a program that does not calculate.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ecrecon.quarantine.facts import PutBack, SheetFacts
from ecrecon.quarantine.plain import Span

_ROW, _CELL_ERROR, _FORMULAS, _FORMULA_ERROR = 0, 3, (8, 9), 11
_MERGED, _SHEET = 176, 156
_ALWAYS = 0x0002
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def sheet_facts(data: bytes) -> SheetFacts:
    """Facts of one worksheet part. What is cut off ends the walk: the reader of values says what is wrong with the part."""
    put_back: PutBack = {}
    merged: list[Span] = []
    row = 0
    for kind, content in _records(data):
        if kind == _ROW and len(content) >= 4:
            (row,) = struct.unpack_from("<I", content)
        elif kind == _MERGED and len(content) >= 16:
            first, last, left, right = struct.unpack_from("<4I", content)
            merged.append(Span(first + 1, last + 1, left, right))
        elif kind in (_CELL_ERROR, _FORMULA_ERROR) and len(content) >= 9:
            put_back[row, _column(content)] = _ERRORS.get(content[8], "#ERR")
        elif kind in _FORMULAS and _unvalued(kind, content):
            put_back[row, _column(content)] = "=…"
    return SheetFacts(put_back, tuple(merged))


def sheet_names(data: bytes) -> list[tuple[str, str]]:
    """(relation, name) of the sheets that the workbook part lists."""
    found = []
    for kind, content in _records(data):
        if kind == _SHEET and len(content) >= 12:
            relation, end = _text(content, 8)
            found.append((relation, _text(content, end)[0]))
    return found


def _records(data: bytes) -> Iterator[tuple[int, memoryview]]:
    view, place = memoryview(data), 0
    while place < len(data):
        kind = data[place]
        place += 1
        if kind & 0x80 and place < len(data):
            kind = (kind & 0x7F) | (data[place] & 0x7F) << 7
            place += 1
        size = shift = 0
        while place < len(data) and shift < 28:
            byte = data[place]
            place += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if place + size > len(data):
            return
        yield kind, view[place : place + size]
        place += size


def _column(content: memoryview) -> int:
    return int(struct.unpack_from("<I", content)[0])


def _unvalued(kind: int, content: memoryview) -> bool:
    """A formula that stores 0 or no text and is to be calculated when the file is opened."""
    if len(content) < 12:
        return False
    if kind == _FORMULAS[1]:
        end = 16
        empty = len(content) >= end and struct.unpack_from("<d", content, 8)[0] == 0
    else:
        (length,) = struct.unpack_from("<I", content, 8)
        end, empty = 12 + 2 * length, length == 0
    return empty and len(content) >= end + 2 and bool(struct.unpack_from("<H", content, end)[0] & _ALWAYS)


def _text(content: memoryview, place: int) -> tuple[str, int]:
    """A wide string at `place`, and where it ends."""
    if place + 4 > len(content):
        return "", len(content)
    (length,) = struct.unpack_from("<I", content, place)
    end = place + 4 + 2 * min(length, len(content))
    return bytes(content[place + 4 : end]).decode("utf-16-le", errors="replace"), end
