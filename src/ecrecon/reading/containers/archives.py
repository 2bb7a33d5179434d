"""Members of zip and gzip files, read within bounds and never written to disk."""

from __future__ import annotations

import gzip
import lzma
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import cast

from ecrecon.base.texts import in_one_line, tr
from ecrecon.quarantine.limits import Budget, LimitError
from ecrecon.quarantine.office import MOST, Passwords, locked_hint

UNNAMED = "unnamed"
"""What an entry without a name is called."""
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_DRIVE = re.compile(r"^[A-Za-z]:")
_MEMBER_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError)


@dataclass(frozen=True)
class Member:
    """One entry: `name` inside the archive and either its bytes or why it is refused (`reason`, `hint`).

    `locked`: a password would open it.
    """

    name: str
    data: bytes = b""
    size: int = 0
    reason: str = ""
    hint: str = ""
    locked: bool = False


def download_again() -> str:
    """Hint for damaged files."""
    return tr("请重新下载。", "download it again.")


def unpack_by_hand() -> str:
    """Hint for archives that we do not unpack."""
    return tr("请手工解压后再试。", "unpack it by hand and try again.")


def check_by_hand() -> str:
    """Hint for files that look like an attack."""
    return tr(
        "请先确认来源，不要打开它；若确是账单，请从平台重新下载。",
        "do not open it before you know where it comes from; if it is a bill, download it from the platform again.",
    )


def open_zip(data: bytes) -> zipfile.ZipFile:
    """A zip, with a reader that knows AES where an entry is encrypted. Raises zipfile.BadZipFile."""
    package = zipfile.ZipFile(BytesIO(data))
    if not any(_encrypted(info) for info in package.infolist()):
        return package
    import pyzipper  # noqa: PLC0415  only encrypted files need it

    try:
        return cast(zipfile.ZipFile, pyzipper.AESZipFile(BytesIO(data)))
    except pyzipper.BadZipFile as error:
        raise zipfile.BadZipFile(str(error)) from None


def _encrypted(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & _ENCRYPTED_FLAG)


def zip_members(package: zipfile.ZipFile, budget: Budget, passwords: Passwords) -> Iterator[Member]:
    """Entries of an open zip in archive order; folders are left out, equal names are numbered.

    Raises LimitError when the entries are too many.
    """
    budget.take_entries(len(package.infolist()))
    infos = [info for info in package.infolist() if not is_folder(info)]
    seen: Counter[str] = Counter()
    for info in infos:
        name = entry_name(info)
        seen[name] += 1
        name = name if seen[name] == 1 else f"{name}#{seen[name]}"
        refused = _refuse_entry(name, info)
        yield refused or _read_entry(package, info, name, budget, passwords)


def entry_name(info: zipfile.ZipInfo) -> str:
    """Name of an entry, "/" between folders, NFC.

    Without the UTF-8 flag the bytes are UTF-8 where they can only be that (three bytes to every character, as some
    systems write them), else GB18030 (docs/reading.md "Encodings").
    """
    name = info.filename
    if not info.flag_bits & _UTF8_FLAG and not name.isascii():
        raw = name.encode("cp437")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        if not text or any("\x7f" < character < "\u0800" for character in text):
            try:
                text = raw.decode("gb18030")
            except UnicodeDecodeError:
                text = name
        name = text
    return in_one_line(unicodedata.normalize("NFC", name.replace("\\", "/"))) or UNNAMED


def is_folder(info: zipfile.ZipInfo) -> bool:
    """True for an entry that is only a folder; one that holds bytes is a file, whatever its name ends with."""
    return info.filename.endswith("/") and not info.file_size


def _refuse_entry(name: str, info: zipfile.ZipInfo) -> Member | None:
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        reason = tr(
            f"条目路径越界（路径穿越）：{name}。", f"path traversal: the entry {name} leaves the archive's folder."
        )
        return Member(name, size=info.file_size, reason=reason, hint=check_by_hand())
    if stat.S_ISLNK(info.external_attr >> 16):
        reason = tr(f"条目是符号链接：{name}。", f"the entry {name} is a symbolic link.")
        return Member(name, size=info.file_size, reason=reason, hint=check_by_hand())
    return None


def _read_entry(
    package: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: Budget, passwords: Passwords
) -> Member:
    if _encrypted(info):
        return _read_locked(package, info, name, budget, passwords)
    try:
        with package.open(info) as stream:
            data = budget.read(stream)
    except LimitError as error:
        return Member(name, size=info.file_size, reason=str(error), hint=check_by_hand())
    except NotImplementedError:
        return _unknown_method(info, name)
    except _MEMBER_ERRORS as error:
        reason = tr(f"条目已损坏：{error}。", f"the entry is damaged: {error}.")
        return Member(name, size=info.file_size, reason=reason, hint=download_again())
    return Member(name, data, len(data))


def _read_locked(
    package: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: Budget, passwords: Passwords
) -> Member:
    """An encrypted entry (ZipCrypto, AES). Its path was checked, and its bytes are counted, like those of any other."""
    for password in _spellings(passwords):
        try:
            budget.check_time()  # a key is derived a thousand times over, for each entry and password
            with package.open(info, pwd=password) as stream:
                data = budget.read(stream)
        except LimitError as error:
            return Member(name, size=info.file_size, reason=str(error), hint=check_by_hand())
        except NotImplementedError:
            return _unknown_method(info, name)
        except Exception as error:
            # a wrong password: told by the reader, or noise that fails its checksum or does not unpack; the reader's
            # classes of such errors are its own
            if isinstance(error, MemoryError):
                raise
            continue
        return Member(name, data, len(data))
    return Member(name, size=info.file_size, reason=passwords.locked_reason(), hint=locked_hint(), locked=True)


def _spellings(passwords: Passwords) -> Iterator[bytes]:
    """The bytes of each password: UTF-8, and GB18030 as Chinese Windows programs write it."""
    for password in passwords.known[:MOST]:
        yield password.encode()
        if not password.isascii():
            yield password.encode("gb18030")


def _unknown_method(info: zipfile.ZipInfo, name: str) -> Member:
    reason = tr("不支持的压缩方法。", "packed with a method that is not supported.")
    return Member(name, size=info.file_size, reason=reason, hint=unpack_by_hand())


def gunzip(data: bytes, outer: str, budget: Budget) -> Member:
    """The one member of a gzip file; its name is that of the header, else the outer name without .gz or .gzip."""
    name = _gzip_name(data) or _plain_name(outer)
    try:
        budget.take_entries(1)
        with gzip.GzipFile(fileobj=BytesIO(data)) as stream:
            content = budget.read(stream)
    except LimitError as error:
        return Member(name, reason=str(error), hint=check_by_hand())
    except _MEMBER_ERRORS as error:
        reason = tr("gzip 文件不完整或已损坏（下载可能中断）。", f"the gzip file is cut off or damaged: {error}.")
        return Member(name, reason=reason, hint=download_again())
    return Member(name, content, len(content))


def _plain_name(outer: str) -> str:
    name = outer.rsplit("/", 1)[-1]
    ending = next((e for e in (".gz", ".gzip") if name.lower().endswith(e)), "")
    return name[: len(name) - len(ending)]


def _gzip_name(data: bytes) -> str:
    """FNAME of the header (RFC 1952); only its last part, as it is no path to follow."""
    if len(data) < 10 or not data[3] & 0x08:
        return ""
    start = 10
    if data[3] & 0x04:
        start += 2 + int.from_bytes(data[10:12], "little")
    raw = data[start : max(start, data.find(b"\0", start))]
    for encoding in ("utf-8", "gb18030", "latin-1"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return in_one_line(unicodedata.normalize("NFC", text.replace("\\", "/").rsplit("/", 1)[-1]))
    return ""
