"""Large delimited text, read from its bytes as they arrive; the careful reader stays the judge of everything odd.

Head and tail (the rows around which headers, trailers and cuts are looked for) go through `Delimited`; the rows between are
cut from raw pieces. Whatever does not fit, be it one byte, sends the whole file through the careful reader.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO, Protocol

import polars as pl

from ecrecon.quarantine.limits import MAX_CELLS, MAX_HOLLOW, MIN_LINE, SMALL_LINES, SMALL_RECTANGLE, Clock, LimitError
from ecrecon.quarantine.markup import looks_like_html, looks_like_spreadsheetml
from ecrecon.reading.containers.backtick import is_backticked
from ecrecon.reading.containers.delimited import BYTES_PER_CELL, Delimited, sniff_separator
from ecrecon.reading.containers.model import HEAD_ROWS, End, RawBody, header_names
from ecrecon.reading.containers.quoting import normalise
from ecrecon.reading.containers.raw_columns import Columns, Cut, UnfitError, prove, refuse_damage
from ecrecon.reading.containers.text import Text, UndecodableError, decode, pieces
from ecrecon.reading.containers.widths import end_of

_SAMPLE = 1024**2
"""Bytes from which separator, encoding and columns are told: more than the careful reader asks for."""
_SHRINK = 2
"""A character of GB18030 is at most so many times as long as in UTF-8."""
_SNIFFED = 256 * 1024
_NEAR = 32 * 1024
_END = 200 * 1024
_ROWS = 2_000
_MARK = "\ufeff"
_MARKUP_START = 4096
_CODECS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "gb18030": "gb18030"}


@dataclass(frozen=True)
class Sizes:
    """`least`: bytes of a file that is read so. `piece`: bytes that are parsed at once. `tail`: lines at the end that the
    careful reader takes."""

    least: int = 2 * 1024**2
    piece: int = 8 * 1024**2
    tail: int = 64


SIZES = Sizes()


@dataclass(frozen=True)
class RawDelimited:
    """A Grid. `top`: the first megabyte. `columns`: the rows from physical line `first_line` on, `bottom` those below.

    `careful`: the whole file by the careful reader, for a header that these rows do not fit.
    """

    top: Delimited
    columns: Columns = field(repr=False)
    first_line: int
    width: int
    bottom: Delimited
    end: End
    size: int
    careful: Callable[[], Delimited] = field(repr=False)

    @property
    def separator(self) -> str:
        """Of cells."""
        return self.top.separator

    @cached_property
    def _first_rows(self) -> list[tuple[int, list[str]]]:
        cells, lines = self.top.head(HEAD_ROWS)
        return list(zip(lines, cells, strict=True))

    def head(self, rows: int) -> tuple[list[list[str]], list[int]]:
        """The first `rows` rows and their lines."""
        return self.top.head(rows) if rows <= HEAD_ROWS else self.careful().head(rows)

    def body(self, header_index: int, header_rows: int, skip: int) -> RawBody:
        """The rows below the header."""
        rows = self._first_rows
        below = header_index + header_rows + skip
        names = header_names([cells for _, cells in rows[header_index : header_index + header_rows]])
        if below < len(rows) and len(names) == self.width:
            found = self._body(names, rows[below][0])
            if found is not None:
                return found
        return self.careful().body(header_index, header_rows, skip)

    def _body(self, names: list[str], first: int) -> RawBody | None:
        """None where the rows at the top or the bottom are of another width."""
        lead = self.top.between(first, self.first_line).rows_of(self.width) if first < self.first_line else None
        last = self.bottom.rows_of(self.width)
        if last is None or (lead is None and first < self.first_line):
            return None
        start = max(0, first - self.first_line)
        middle = self.columns.frame(start)
        full = pl.Series("width", [self.width], dtype=pl.Int32).new_from_index(0, middle.height)
        parts = [(middle, full), last] if lead is None else [lead, (middle, full), last]
        if lead is None and middle.height and str(middle[0, 0]).startswith(_MARK):
            return None  # a CSV reader drops such a mark where it begins to read
        if start > self.columns.height or self._hollow(sum(frame.height for frame, _ in parts)):
            return None
        frames = [frame for frame, _ in parts]
        cells = pl.DataFrame([pl.concat([frame[name] for frame in frames], rechunk=True) for name in middle.columns])
        widths = pl.concat([counted for _, counted in parts])
        line = pl.int_range(first, first + cells.height, dtype=pl.Int32, eager=True).alias("line")
        return RawBody(names, cells, line, None, [], [], widths if (widths < self.width).any() else None, self.end)

    def _hollow(self, rows: int) -> bool:
        """True where the careful reader might refuse the table as nearly empty."""
        filled = self.size // _SHRINK // BYTES_PER_CELL
        cells = rows * self.width
        return cells > SMALL_RECTANGLE and (cells > MAX_CELLS or cells > MAX_HOLLOW * filled)


@dataclass(frozen=True)
class RawText:
    """What reading a large file gave. `encoding` as `Text`; `sha256` of its `size` bytes."""

    grid: RawDelimited
    encoding: str
    sha256: str
    size: int


def read_raw(stream: BinaryIO, size: int, careful: Callable[[str], bytes], sizes: Sizes) -> RawText | None:
    """Read the file of `size` bytes from its beginning; None where the careful reader has to.

    `careful`: gives the bytes again, proved to have the digest it is given.
    """
    digest = hashlib.sha256()
    try:
        sample = _taken(stream, _SAMPLE, digest)
        layout = _Layout.of(sample, whole=size <= len(sample))
        columns = Columns(layout.cut)
        held, seen = sample[layout.start :], len(sample)
        while block := _taken(stream, sizes.piece, digest):
            seen += len(block)
            if len(held) < sizes.piece or len(block) < sizes.piece:
                held += block
                continue
            end = held.rfind(b"\n") + 1
            columns.add(held[:end])
            held = held[end:] + block
        end = _before_last_lines(held, sizes.tail)
        for _, part in pieces(held[:end], sizes.piece):
            columns.add(part)
        tail = _tail(held[end:], layout)
    except (UnfitError, UnicodeDecodeError, UndecodableError, LimitError):
        return None
    lines = layout.first_line + columns.height + tail.count(b"\n")
    if seen != size or not columns.height or (lines > SMALL_LINES and lines * MIN_LINE > size // _SHRINK):
        return None
    sha256 = digest.hexdigest()
    end_kind = end_of(tail, layout.top.separator)

    def again() -> Delimited:
        return Delimited(decode(careful(sha256)).data, layout.top.separator, False, end_kind)

    bottom = Delimited(tail, layout.top.separator, False, end_kind)
    grid = RawDelimited(layout.top, columns, layout.first_line, layout.width, bottom, end_kind, size, again)
    return RawText(grid, layout.encoding, sha256, size)


def _tail(data: bytes, layout: _Layout) -> bytes:
    """The last lines as UTF-8. Raises UnfitError, UnicodeDecodeError, LimitError where the careful reader has to look."""
    prove(data, layout.cut.codec)
    text = data.decode(layout.cut.codec)
    refuse_damage(text)
    tail = text.encode()
    if text.startswith(_MARK) or not tail.strip(b"\r\n") or len(tail) > _END or tail.endswith(b"\r"):
        raise UnfitError("an end that does not tell")
    if normalise(tail, layout.top.separator, layout.width, Clock.of(len(tail)))[1]:
        raise UnfitError("quoting")
    return tail


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""


def _taken(stream: BinaryIO, count: int, digest: _Hash) -> bytes:
    data = stream.read(count)
    digest.update(data)
    return data


def _before_last_lines(data: bytes, lines: int) -> int:
    """Byte at which the last `lines` whole lines, and what is below them, begin; 0 where there are no more."""
    place = len(data)
    for _ in range(lines + 1):
        place = data.rfind(b"\n", 0, place)
        if place < 0:
            return 0
    return place + 1


@dataclass(frozen=True)
class _Layout:
    """What the first megabyte tells. `start`: the byte at which rows of the usual width begin, on line `first_line`."""

    encoding: str
    top: Delimited
    cut: Cut
    width: int
    start: int
    first_line: int

    @classmethod
    def of(cls, sample: bytes, *, whole: bool) -> _Layout:
        """Raises UnfitError, UndecodableError, LimitError where the careful reader has to look."""
        lines = sample if whole else sample[: sample.rfind(b"\n") + 1]
        text = _plain_text(lines, whole=whole)
        separator, width = sniff_separator(text.data)
        codec = _CODECS[text.encoding]
        if width < 2 or (codec == "gb18030" and separator not in ",\t;"):
            raise UnfitError("separator")
        if normalise(text.data, separator, width, Clock.of(len(text.data)))[1]:
            raise UnfitError("quoting")
        top = Delimited(text.data, separator, False)
        cells, numbers = top.head(HEAD_ROWS)
        usual = next((place for place, row in enumerate(cells) if len(row) == width), None)
        if usual is None:
            raise UnfitError("no row of the usual width")
        first_line = numbers[usual] + 1
        start = 0
        for _ in range(first_line - 1):
            start = lines.find(b"\n", start) + 1
        rows = [row.split(separator) for row in text.data.decode().split("\n")[first_line - 1 :][:_ROWS]]
        rows = [row for row in rows if len(row) == width]
        if not start or not rows:
            raise UnfitError("no rows")
        return cls(text.encoding, top, Cut.of(codec, separator, rows), width, start, first_line)


def _plain_text(lines: bytes, *, whole: bool) -> Text:
    """The sample decoded as the careful reader would decode the whole; UnfitError where it may not."""
    if b"\n" not in lines or lines.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnfitError("line ends")
    text = decode(lines)
    if text.encoding not in _CODECS:
        raise UnfitError("encoding")
    mark = codecs.BOM_UTF8 if text.encoding == "utf-8-sig" else b""
    exact = lines.removeprefix(mark).decode(_CODECS[text.encoding]).encode()
    if exact != text.data:
        raise UnfitError("damage")
    refuse_damage(text.data.decode())
    if not whole and (len(text.data) < _SNIFFED or _first_odd(lines) > len(lines) - _NEAR):
        raise UnfitError("a sample that does not tell")
    start = text.data[:_MARKUP_START].decode(errors="ignore")
    if looks_like_html(start) or looks_like_spreadsheetml(start) or is_backticked(text.data):
        raise UnfitError("another kind of text")
    return text


def _first_odd(lines: bytes) -> int:
    """The first byte that is no UTF-8, around which the encoding is told; 0 where all are."""
    try:
        lines.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0
