"""Encrypted files of every kind that downloads come in, made on the spot."""

from __future__ import annotations

import io
import struct
import zipfile
from hashlib import md5

import olefile
import pyzipper
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.rc4 import DocumentRC4

_SALT = bytes(range(16))
_PLAIN_RECORDS = (0x0809, 0x002F, 0x00E1)  # BOF, FILEPASS, INTERFACEHDR stay readable
_BOUND_SHEET, _WRITE_ACCESS, _FILE_PASS = 0x0085, 0x005C, 0x002F


def zip_aes(entries: dict[str, bytes], password: str) -> bytes:
    """A zip under WinZip AES-256."""
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as package:
        package.setpassword(password.encode())
        for name, data in entries.items():
            package.writestr(name, data)
    return target.getvalue()


def xlsx_agile(plain: bytes, password: str) -> bytes:
    """An xlsx under ECMA-376 agile encryption, as Excel and WPS write it."""
    target = io.BytesIO()
    OOXMLFile(io.BytesIO(plain)).encrypt(password, target)
    return target.getvalue()


def xls_rc4(plain: bytes, password: str) -> bytes:
    """A BIFF8 workbook under RC4 ([MS-OFFCRYPTO] 2.3.6): its WRITEACCESS record makes room for FILEPASS."""
    with olefile.OleFileIO(io.BytesIO(plain)) as ole:
        stream = ole.openstream("Workbook").read()
    target = io.BytesIO(plain)
    with olefile.OleFileIO(target, write_mode=True) as ole:
        ole.write_stream("Workbook", _sealed(_with_file_pass(stream, password), password))
    return target.getvalue()


def _with_file_pass(stream: bytes, password: str) -> bytes:
    verifier = bytes(range(100, 116))
    both = verifier + md5(verifier).digest()
    sealed = DocumentRC4.decrypt(password, _SALT, io.BytesIO(both), blocksize=1024).read()
    at = next(place for place, kind, _ in _records(stream) if kind == _WRITE_ACCESS)
    size = struct.unpack_from("<H", stream, at + 2)[0]
    body = (struct.pack("<HHH", 1, 1, 1) + _SALT + sealed).ljust(size, b"\0")
    return stream[:at] + struct.pack("<HH", _FILE_PASS, size) + body + stream[at + 4 + size :]


def _sealed(stream: bytes, password: str) -> bytes:
    """Every record body under the key stream, which also runs over headers and plain records."""
    key = DocumentRC4.decrypt(password, _SALT, io.BytesIO(bytes(len(stream))), blocksize=1024).read()
    result = bytearray(stream)
    for place, kind, size in _records(stream):
        if kind in _PLAIN_RECORDS:
            continue
        first = place + 4 + (4 if kind == _BOUND_SHEET else 0)
        for at in range(first, place + 4 + size):
            result[at] ^= key[at]
    return bytes(result)


def _records(stream: bytes) -> list[tuple[int, int, int]]:
    """(place, kind, size) of each record up to the padding."""
    found, place = [], 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == 0 and size == 0:
            break
        found.append((place, kind, size))
        place += 4 + size
    return found
