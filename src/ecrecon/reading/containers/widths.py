"""How many cells each record of delimited text has, and whether its last record is whole.

A reader that fills short records with nothing hides a download that stopped inside one.
"""

from __future__ import annotations

import re

import polars as pl

from ecrecon.reading.containers.model import End

TAIL = 64
"""Records at the end that are always counted one by one: trailers are shorter than rows, and a cut shows there."""

_END_BYTES = 256 * 1024
"""Bytes in which the last line is looked for."""
_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_LINE_ENDS = (b"\n", b"\r")


def record_widths(
    data: bytes, separator: str, start: int, height: int, width: int, *, quoted: bool
) -> pl.Series | None:
    """Int32 "width": cells of each of the `height` records from byte `start` of strict text on.

    None where they cannot be told apart. Records before the last TAIL are counted together first: where their
    separators add up to `width` cells each, they all have as many (none has more, the reader saw to that).
    """
    mark = separator.encode()
    cut = start if quoted else _before_tail(data, start)
    many = data.count(b"\n", start, cut)
    if cut > start and data.count(mark, start, cut) != many * (width - 1):
        cut, many = start, 0
    text = _QUOTED.sub(b"", data[cut:]) if quoted else data[cut:]
    lines = pl.Series("line", text.split(b"\n"), dtype=pl.Binary)
    counted = lines.cast(pl.String).str.count_matches(separator, literal=True).cast(pl.Int32) + 1
    if many + len(counted) not in (height, height + 1):
        return None
    even = pl.Series([width], dtype=pl.Int32).new_from_index(0, many)
    return pl.concat([even, counted]).head(height).alias("width")


def _before_tail(data: bytes, start: int) -> int:
    """The byte where the last TAIL lines begin, not before `start`."""
    place = len(data)
    for _ in range(TAIL + 1):
        place = data.rfind(b"\n", start, place)
        if place < 0:
            return start
    return place + 1


def end_of(data: bytes, separator: str) -> End:
    """Whether the text stops inside a line, or inside a quoted cell that opened in the last one."""
    body = data[-_END_BYTES:].rstrip(b"\r\n")
    text = body[max(body.rfind(end) for end in _LINE_ENDS) + 1 :]
    mark = re.escape(separator.encode())
    if b'"' in text and re.search(rb'(?:^|%s)"(?:[^"]|"")*\Z' % mark, _QUOTED.sub(b"", text)):
        return "open_quote"
    if data.endswith(b"\r") and data.count(b"\r") == data.count(b"\r\n") + 1 > 1:
        return "half_line_end"
    return "whole" if data.endswith(_LINE_ENDS) or not text.strip(b"\0\x1a ") else "no_line_end"
