"""What a file is, from its first bytes, and text of unknown encoding to UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ecrecon.base.texts import tr

# What a file is, from its first bytes; what is no bill, also from its name.

Kind = Literal["zip", "ole", "gzip", "archive", "foreign", "binary", "text", "empty"]
"""`archive`: packed, but by a program we do not unpack. `foreign`: a known format, no bill. `binary`: unknown."""

FIRST_BYTES = 8192

_SIDE_NAMES = {".ds_store", "thumbs.db", "desktop.ini", ".gitkeep", ".gitignore", ".keep"}
_WORKSPACE_SUFFIXES = (".md", ".json", ".toml")
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"),
    (b"%PDF", "pdf"), (b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"SQLite format 3\0", "sqlite"),
    (b"MZ", "program"), (b"\x7fELF", "program"), (b"ID3", "audio"), (b"{\\rtf", "rtf"),
    (b"bplist00", "plist"),
)  # fmt: skip
_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"Rar!", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)  # fmt: skip
_PICTURES = (b"heic", b"heix", b"mif1", b"avif")
_BILL_SUFFIXES = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".zip", ".gz", ".gzip")


def ignored_name(name: str) -> str | None:
    """Reason why a file of this name is no bill, or None."""
    low = name.lower()
    if name.startswith("~$"):
        return tr("这是 Excel 的锁定文件，不是账单。", "this is a lock file of Excel, not a bill.")
    if low in _SIDE_NAMES or name.startswith("._"):
        return tr("这是系统附带文件，不是账单。", "this is a side file of the system, not a bill.")
    if low.endswith(_WORKSPACE_SUFFIXES):
        return tr("这是工作区或说明文件，不是账单。", "this is a workspace file or a note, not a bill.")
    return None


def sniff(first: bytes) -> tuple[Kind, str]:
    """Kind and a finer name from the first bytes (FIRST_BYTES are enough; fewer only if the file is shorter)."""
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip", "zip"
    if first.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole", "xls"
    if first.startswith(b"\x1f\x8b"):
        return "gzip", "gzip"
    for magic, name in _FOREIGN:
        if first.startswith(magic):
            return "foreign", name
    for magic, name in _ARCHIVES:
        if first.startswith(magic):
            return "archive", name
    return _sniff_rest(first)


def _sniff_rest(first: bytes) -> tuple[Kind, str]:
    if first[257:262] == b"ustar":
        return "archive", "tar"
    if first[4:8] == b"ftyp":
        return "foreign", "heic" if first[8:12] in _PICTURES else "media"
    if first.startswith(b"RIFF"):
        return "foreign", "webp" if first[8:12] == b"WEBP" else "media"
    if first[8:12] == b"DUCK":
        return "foreign", "duckdb"
    if first[:2] == b"BM" and b"\0" in first[:30]:
        return "foreign", "bmp"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "text", "text"
    if b"\0" in first:
        return "binary", "binary"
    return ("text", "text") if first else ("empty", "empty")


def claims_to_be_bill(name: str) -> bool:
    """True for the suffixes that bills come with: binary rubbish under such a name may be a lost bill."""
    return name.lower().endswith(_BILL_SUFFIXES)


# Text of unknown encoding -> UTF-8 (docs/reading.md "Encodings": UTF-8 with BOM, UTF-8, GB18030; never latin-1).

_REPLACEMENT = "\ufffd"
PIECE = 1024**2
"""Bytes decoded at once. Small pieces stay in the processor's cache: twice as fast as a 300 MB file in one go."""
_SAMPLE = 32 * 1024
_MOST_OF_LETTERS = 4
_MOST_OF_TEXT = 100
"""Damage of more than one in four characters beyond ASCII, and of more than one in a hundred of all: no such text."""
_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class Text:
    """`data`: UTF-8 without BOM, lines ending in LF or CRLF. `encoding`: utf-8-sig, utf-8, utf-16, gb18030."""

    data: bytes
    encoding: str


class UndecodableError(Exception):
    """Bytes that no permitted encoding explains.

    `encoding`: the one that explains the rest of the file. `offset`: 0-based byte; `line`: 1-based; `found`: the byte.
    """

    def __init__(self, encoding: str, data: bytes, offset: int) -> None:
        super().__init__(f"{encoding}: byte {offset}")
        self.encoding = encoding
        self.offset = offset
        self.line = data.count(b"\n", 0, offset) + 1
        self.found = data[offset : offset + 1].hex().upper()


def decode(data: bytes) -> Text:
    """Decode and re-encode as UTF-8, undecodable bytes as U+FFFD; raise UndecodableError where they are too many."""
    for mark, encoding in _UTF16:
        if data.startswith(mark):
            return Text(_one_line_end(_utf16(data, len(mark), encoding)), "utf-16")
    if data.startswith(codecs.BOM_UTF8):
        return Text(_one_line_end(_utf8(data)[len(codecs.BOM_UTF8) :]), "utf-8-sig")
    try:
        _check_utf8(data)
    except UndecodableError as error:
        if _mostly_utf8(data, error.offset):
            return Text(_one_line_end(_mended(data, error, "utf-8")), "utf-8")
        try:
            return Text(_one_line_end(transcode(data, "gb18030")), "gb18030")
        except UndecodableError as damage:
            return Text(_one_line_end(_mended(data, damage, "gb18030")), "gb18030")
    return Text(_one_line_end(data), "utf-8")


def _utf8(data: bytes) -> bytes:
    try:
        _check_utf8(data)
    except UndecodableError as error:
        return _mended(data, error, "utf-8")
    return data


def _mended(data: bytes, error: UndecodableError, encoding: str) -> bytes:
    """UTF-8 text with U+FFFD for what `encoding` does not explain; raise `error` where that is a large part of it."""
    bad = letters = characters = 0
    decoded: list[bytes] = []
    for _, piece in pieces(data, PIECE):
        text = piece.decode(encoding, errors="replace")
        plain = text.encode("ascii", errors="ignore")
        bad += text.count(_REPLACEMENT)
        letters += len(text) - len(plain)
        characters += len(text)
        decoded.append(text.encode())
    if bad * _MOST_OF_LETTERS > letters and bad * _MOST_OF_TEXT > characters:
        raise error
    return b"".join(decoded)


def pieces(data: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Cut after line feeds, about `size` bytes each, with their offsets.

    0x0A is never part of a longer character in UTF-8 or GB18030, so no character is cut.
    """
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + size - 1) + 1 or len(data)
        yield start, data[start:end]
        start = end


def transcode(data: bytes, encoding: str, size: int | None = None) -> bytes:
    """`data` as UTF-8, decoded in pieces of about `size` bytes. Raises UndecodableError at the first byte that does not fit."""
    decoded: list[bytes] = []
    for start, piece in pieces(data, size or PIECE):
        try:
            decoded.append(piece.decode(encoding).encode())
        except UnicodeDecodeError as error:
            raise UndecodableError(encoding, data, start + error.start) from None
    return b"".join(decoded)


def _check_utf8(data: bytes) -> None:
    for start, piece in pieces(data, PIECE):
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UndecodableError("utf-8", data, start + error.start) from None


def _utf16(data: bytes, start: int, encoding: str) -> bytes:
    """UTF-16 -> UTF-8; half a character, at the end of a file cut off, becomes U+FFFD."""
    text = data[start:].decode(encoding, errors="replace")
    if text.count(_REPLACEMENT) * _MOST_OF_LETTERS > len(text):
        raise UndecodableError("utf-16", data, start)
    return text.encode()


def _mostly_utf8(data: bytes, offset: int) -> bool:
    """True where the text around the first bad byte is UTF-8 but for a few bytes: damage, not GB18030.

    Chinese text in GB18030 read as UTF-8 is nearly all replacement characters; damaged UTF-8 nearly none.
    """
    around = data[max(0, offset - _SAMPLE) : offset + _SAMPLE].decode("utf-8", errors="replace")
    bad = around.count("\ufffd")
    good = sum(1 for character in around if character > "\x7f") - bad
    return good > 3 * bad


def _one_line_end(data: bytes) -> bytes:
    """Text whose lines end in CR alone gets LF; a second BOM is dropped."""
    data = data.removeprefix(codecs.BOM_UTF8)
    return data.replace(b"\r", b"\n") if b"\n" not in data and b"\r" in data else data
