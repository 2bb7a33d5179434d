"""Bytes of unquoted delimited text -> columns, piece by piece, without decoding what repeats.

Comma, TAB, semicolon and line ends are never inside a character of GB18030 or UTF-8, so cells can be cut from the bytes
as they are. A column of few words is kept as words and codes, each word decoded once; a column of ASCII needs no decoding;
other text is decoded cell by cell, joined by line feeds. So every byte is decoded, by the same codec as whole files are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_FEW = 8
"""A column is one of words where its sample holds each of them so many times on the average."""
MOST_WORDS = 20_000
"""Words of a column beyond which codes save nothing."""
_BLOCK = 256 * 1024
"""Bytes that the CSV reader takes at once: what stays in the processor's cache is read twice as fast."""
_DAMAGE = "\ufffd"
_BOM = b"\xef\xbb\xbf"
_QUOTE = b'"'
_OPEN = '="'


class UnfitError(Exception):
    """Text that only the careful reader may judge."""


@dataclass(frozen=True)
class Cut:
    """How the text is cut. `codec`: utf-8 or gb18030. `words`: per column, whether it is kept as words."""

    codec: str
    separator: str
    words: tuple[bool, ...]

    @classmethod
    def of(cls, codec: str, separator: str, rows: Sequence[Sequence[str]]) -> Cut:
        """By a sample of rows of equal width."""
        columns = zip(*rows, strict=True)
        return cls(codec, separator, tuple(len(set(column)) * _FEW <= len(rows) for column in columns))


@dataclass
class Column:
    """One column while it grows. `known`: word -> code, in order of appearance (code 0 is the empty cell)."""

    chunks: list[pl.Series] = field(default_factory=list)
    known: dict[str | None, int] | None = None

    def whole(self, name: str, start: int, count: int) -> pl.Series:
        """String: `count` cells from `start` on."""
        if not self.chunks:
            return pl.Series(name, [], dtype=pl.String)
        cells = pl.concat(self.chunks, rechunk=True).slice(start, count)
        if self.known is not None:
            cells = pl.Series(list(self.known), dtype=pl.String).gather(cells)
        return cells.alias(name)


class Columns:
    """The columns of a text that arrives in pieces of whole lines."""

    def __init__(self, cut: Cut) -> None:
        self.height = 0
        self._cut = cut
        self._columns = [Column(known={None: 0} if few else None) for few in cut.words]

    def frame(self, start: int) -> pl.DataFrame:
        """String columns c0, c1, …; the rows from `start` on. An empty cell is null."""
        count = max(0, self.height - start)
        return pl.DataFrame([column.whole(f"c{i}", start, count) for i, column in enumerate(self._columns)])

    def add(self, piece: bytes) -> None:
        """Cut, decode and keep the rows of `piece`. Raises UnfitError, UnicodeDecodeError."""
        if not piece:
            return
        prove(piece, self._cut.codec)
        table = self._table(piece).unify_dictionaries()
        if table.num_rows != piece.count(b"\n"):
            raise UnfitError("lines")  # a lone carriage return ends a line for one reader and not for the other
        if all(cells.null_count for cells in table.columns) and _has_blank_line(piece):
            raise UnfitError("a blank line")  # a row without cells, not of so many empty ones
        quoted, wrapped = _QUOTE in piece, 0
        for column, cells in zip(self._columns, table.columns, strict=True):
            if column.known is not None:
                self._extend(column, cells.combine_chunks())
                continue
            column.chunks.append(_decoded(cells, self._cut.codec))
            wrapped += _wrapped_cells(column.chunks[-1]) if quoted else 0
        if quoted:
            _prove_quotes(piece, self._cut.separator.encode(), wrapped)
        self.height += table.num_rows

    def _table(self, piece: bytes) -> pa.Table:
        names = [f"c{place}" for place in range(len(self._columns))]
        kept = [column.known is not None for column in self._columns]
        kinds = {
            n: pa.dictionary(pa.int32(), pa.binary()) if k else pa.binary() for n, k in zip(names, kept, strict=True)
        }
        try:
            return csv.read_csv(
                pa.BufferReader(pa.py_buffer(piece)),
                read_options=csv.ReadOptions(column_names=names, block_size=_BLOCK, use_threads=False),
                parse_options=csv.ParseOptions(
                    delimiter=self._cut.separator, quote_char=False, double_quote=False, escape_char=False,
                    newlines_in_values=False, ignore_empty_lines=False,
                ),
                convert_options=csv.ConvertOptions(
                    column_types=kinds, null_values=[""], strings_can_be_null=True, check_utf8=False
                ),
            )  # fmt: skip
        except pa.ArrowInvalid as error:
            raise UnfitError(str(error)) from None

    def _extend(self, column: Column, cells: pa.DictionaryArray) -> None:
        """Append the codes of `cells`."""
        assert column.known is not None
        words = [None if word is None else word.decode(self._cut.codec) for word in cells.dictionary.to_pylist()]
        together = "".join(word or "" for word in words)
        refuse_damage(together)
        if '"' in together:
            raise UnfitError("a quote in a word")
        codes = [0, *(column.known.setdefault(word, len(column.known)) for word in words)]
        places = pl.Series(pl.from_arrow(pc.fill_null(pc.add(cells.indices, 1), 0)))
        column.chunks.append(pl.Series(codes, dtype=pl.UInt32).gather(places))
        if len(column.known) > MOST_WORDS:
            column.chunks = [column.whole("", 0, sum(map(len, column.chunks)))]
            column.known = None


def _has_blank_line(piece: bytes) -> bool:
    return piece.startswith((b"\n", b"\r")) or b"\n\n" in piece or b"\n\r" in piece


def prove(piece: bytes, codec: str) -> None:
    """Raise UnfitError where `piece` begins with what a reader may drop, or is UTF-8 with damage; UnicodeDecodeError
    where it is none."""
    if piece.startswith(_BOM):
        raise UnfitError("what looks like a byte order mark")
    if codec == "utf-8":
        refuse_damage(piece.decode())


def refuse_damage(text: str) -> None:
    """Raise UnfitError where `text` holds U+FFFD: what it damages is told cell by cell."""
    if _DAMAGE in text:
        raise UnfitError("a replacement character")


def _prove_quotes(piece: bytes, mark: bytes, cells: int) -> None:
    """Every quote belongs to one of so many cells that begin with `="` and end with a quote: such quotes quote nothing."""
    if piece.count(_QUOTE) != 2 * cells or any(b'="' + after in piece for after in (mark, b"\r", b"\n")):
        raise UnfitError("quotes")


def _wrapped_cells(cells: pl.Series) -> int:
    """How many cells are wrapped as `="…"`; UnfitError where one is so at one of its ends only."""
    opened = cells.str.starts_with(_OPEN)
    if not opened.any():
        return 0
    if not (opened == (cells.str.ends_with('"') & (cells.str.len_bytes() > len(_OPEN)))).all():
        raise UnfitError("half a wrapper")
    return int(opened.sum())


def _decoded(cells: pa.ChunkedArray, codec: str) -> pl.Series:
    """Binary cells -> String; null stays null."""
    if cells.null_count == len(cells):
        return pl.repeat(None, len(cells), dtype=pl.String, eager=True)
    if codec == "utf-8" or all(_bytes_of(chunk).isascii() for chunk in cells.chunks):
        plain = [
            pa.Array.from_buffers(pa.string(), len(chunk), chunk.buffers(), offset=chunk.offset)
            for chunk in cells.chunks
        ]
        return pl.Series(pl.from_arrow(pa.chunked_array(plain, pa.string())))
    lines = pc.binary_join_element_wise(pc.fill_null(cells, b""), b"", b"\n")
    text = b"".join(_bytes_of(chunk) for chunk in lines.chunks).decode(codec)
    refuse_damage(text)
    decoded = pl.Series([text[:-1]]).str.split("\n").explode()
    if len(decoded) != len(cells):
        raise UnfitError("cells")
    return decoded.to_frame("cell").select(pl.when(pl.col("cell") != "").then("cell"))["cell"]


def _bytes_of(chunk: pa.Array) -> bytes:
    """All bytes of binary cells, one after the other."""
    _, offsets, values = chunk.buffers()
    places = memoryview(offsets).cast("i")
    return bytes(memoryview(values)[places[chunk.offset] : places[chunk.offset + len(chunk)]]) if values else b""
