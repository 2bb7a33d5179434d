"""Office files with a password -> the plain file, in memory; passwords are tried in order and shown nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from ecrecon.base.texts import tr
from ecrecon.quarantine import biff
from ecrecon.quarantine.limits import LimitError
from ecrecon.quarantine.workbook import LockedError, WorkbookError

# Passwords of downloads: tried in order on each encrypted file, shown nowhere.

MOST = 100
"""Passwords that are tried on one file: an Office file takes about 0.2 s for each."""


@dataclass(frozen=True)
class Passwords:
    """What may open a file. Neither `repr` nor comparison shows a password.

    `known`: tried in this order. `ask`: called with the name of a file that none of them opens; its answer is tried
    too. None where nobody can be asked.
    """

    known: tuple[str, ...] = field(default=(), repr=False, compare=False)
    ask: Callable[[str], str | None] | None = field(default=None, repr=False, compare=False)

    def plus(self, answer: str) -> Passwords:
        """The same with one more password, and nobody to ask again."""
        return Passwords((*self.known, answer))

    def locked_reason(self) -> str:
        """Why a file that wants a password was not read."""
        if not self.known:
            return tr("文件有密码保护，没有给出密码。", "password protected, and no password was given.")
        count = len(self.known)
        return tr(
            f"文件有密码保护，给出的 {count} 个密码都不符。",
            f"password protected, and none of the {count} passwords given opens it.",
        )


def locked_hint() -> str:
    """What to do about a file that wants a password."""
    return tr(
        "请用 --password 给出下载时设置的密码（可重复），或写入 ecrecon.toml 的 passwords / password_file，"
        "或设环境变量 ECRECON_PASSWORD；也可以用密码解开后放入未加密的文件。",
        "give the password of the download with --password (repeatable), as passwords or password_file in "
        "ecrecon.toml, or as ECRECON_PASSWORD; or open it by hand and hand in the plain file.",
    )


# Office files with a password -> the plain file, in memory. Layout: [MS-OFFCRYPTO].

_WRITE_PROTECTED = "VelvetSweatshop"
"""Excel encrypts with this where only changes are protected, and opens it without asking ([MS-OFFCRYPTO] 2.3.6.1)."""
_SPIN = re.compile(rb'spinCount="(\d+)"')
_MAX_SPIN = 500_000
"""Rounds of hashing per password; Excel writes 100,000. More is a way to keep a reader busy."""
_BLOCK = 1024
_SHEET_PLACE = 4  # of a BOUNDSHEET record, where its sheet begins
_MAX_BIFF = 128 * 1024**2
"""Bytes of an encrypted .xls; 65,536 rows take far less."""


def unlock(data: bytes, passwords: Passwords) -> bytes:
    """The plain file of an encrypted one.

    Raises LockedError (no password fits), LimitError (made to be slow) and WorkbookError (damaged, unknown method).
    """
    from msoffcrypto.exceptions import InvalidKeyError  # noqa: PLC0415  a third of a second that few files need

    _refuse_slow(data)
    odd = ""
    for password in (_WRITE_PROTECTED, *passwords.known[:MOST]):
        try:
            return _decrypted(data, password)
        except InvalidKeyError:
            odd = ""
        except Exception as error:
            # damaged files raise whatever the parser of the moment raises; its text may quote the password
            odd = type(error).__name__
    if odd:
        raise WorkbookError(odd)
    raise LockedError("password")


def _decrypted(data: bytes, password: str) -> bytes:
    import msoffcrypto  # noqa: PLC0415

    locked: Any = msoffcrypto.OfficeFile(BytesIO(data))
    plain = BytesIO()
    if locked.format == "ooxml":
        locked.load_key(password=password, verify_password=True)
        locked.decrypt(plain)
    else:
        locked.load_key(password=password)
        if locked.type == "xor":
            locked.decrypt(plain)
        else:
            _decrypt_biff(locked, data, plain)
    return plain.getvalue()


def _decrypt_biff(locked: Any, data: bytes, plain: BytesIO) -> None:
    """RC4 over the workbook stream, with a key per 1024 bytes; record headers and some records are plain in it.

    The library's own walk stumbles over streams that are padded to an odd length, as other writers than Excel do.
    """
    from msoffcrypto.method.rc4 import DocumentRC4  # noqa: PLC0415
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI  # noqa: PLC0415

    locked.data.workbook.seek(0)
    stream = locked.data.workbook.read()
    sealed = BytesIO(stream)
    if locked.type == "rc4":
        opened = DocumentRC4.decrypt(locked.key, locked.salt, sealed, blocksize=_BLOCK)
    else:
        opened = DocumentRC4CryptoAPI.decrypt(locked.key, locked.salt, locked.keySize, sealed, blocksize=_BLOCK)
    result = bytearray(opened.read())
    for place, kind, body in biff.records(stream):
        bare = len(body) if kind in biff.NEVER_ENCRYPTED else _SHEET_PLACE if kind == biff.BOUND_SHEET else 0
        result[place : place + 4 + bare] = stream[place : place + 4 + bare]
        if kind == biff.FILE_PASS:
            result[place : place + 2] = b"\0\0"  # a record that says nothing, in place of "encrypted"
    plain.write(data)
    with type(locked.ole)(plain, write_mode=True) as package:
        package.write_stream("Workbook", bytes(result))


def _refuse_slow(data: bytes) -> None:
    rounds = max((int(found) for found in _SPIN.findall(data)), default=0)
    if rounds > _MAX_SPIN:
        raise LimitError(
            tr(
                f"密码散列要求 {rounds} 轮，超出上限 {_MAX_SPIN}。",
                f"{rounds} rounds of hashing per password: more than {_MAX_SPIN}.",
            )
        )
    if b"E\0n\0c\0r\0y\0p\0t\0i\0o\0n\0I\0n\0f\0o\0" not in data and len(data) > _MAX_BIFF:
        raise LimitError(
            tr(f"加密的 xls 有 {len(data)} 字节，超出上限。", f"an encrypted xls of {len(data)} bytes: too large.")
        )
