"""What a file is, from its first bytes; what is no bill, also from its name."""

from __future__ import annotations

import codecs
from typing import Literal

from ecrecon.base.texts import tr

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
