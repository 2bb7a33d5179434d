"""Password-protected downloads: zip (ZipCrypto, AES), xlsx, xls; bounds hold inside them too."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest
import xlwt
from tests.reading.containers.build import opened, workbook, zipped
from tests.reading.containers.test_archives import zip_crypto
from tests.sealed import xls_rc4, xlsx_agile, zip_aes

from ecrecon.base.texts import set_language
from ecrecon.reading.containers import Passwords

pytestmark = pytest.mark.slow

CSV = "商户订单号,发生时间,收入金额（+元）\r\n260505-1,2026-05-09 10:12:01,59.90\r\n".encode("gb18030")
PASSWORD = "对账2026!"
ROWS = [["订单编号", "金额"], ["2605050000000000001", "12.50"]]


def xlsx() -> bytes:
    def fill(book) -> None:  # type: ignore[no-untyped-def]
        sheet = book.add_worksheet("明细")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)

    return workbook(fill)


def xls() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("明细")
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            sheet.write(number, column, text)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


SEALED = {
    "crypto.zip": lambda password: zip_crypto("a.csv", CSV, password.encode()),
    "gbk.zip": lambda password: zip_crypto("a.csv", CSV, password.encode("gb18030")),
    "aes.zip": lambda password: zip_aes({"a.csv": CSV}, password),
    "book.xlsx": lambda password: xlsx_agile(xlsx(), password),
    "book.xls": lambda password: xls_rc4(xls(), password),
    "inside.zip": lambda password: zipped({"book.xlsx": xlsx_agile(xlsx(), password)}),
    "twice.zip": lambda password: zip_aes({"book.xlsx": xlsx_agile(xlsx(), password)}, password),
}


@pytest.mark.parametrize("name", SEALED)
def test_the_right_password_opens_each_kind(tmp_path: Path, name: str) -> None:
    data = SEALED[name](PASSWORD)
    result = opened(tmp_path / name, data, ["wrong", PASSWORD, "later"])
    assert result.refusals == []
    (table,) = result.tables
    assert table.head[1][0] == ("260505-1" if table.container == "csv" else ROWS[1][0])


@pytest.mark.parametrize("name", SEALED)
def test_no_or_a_wrong_password_is_an_unreadable_source_that_says_what_to_do(tmp_path: Path, name: str) -> None:
    data = SEALED[name](PASSWORD)
    for passwords, zh, en in (([], "没有给出密码", "no password"), (["a", "b"], "2 个密码都不符", "none of the 2")):
        for language, reason, hint in (("zh", zh, "--password"), ("en", en, "ECRECON_PASSWORD")):
            set_language(language)  # type: ignore[arg-type]
            try:
                result = opened(tmp_path / name, data, passwords)
            finally:
                set_language("zh")
            assert result.tables == []
            (refusal,) = result.refusals
            assert (refusal.kind, refusal.code, refusal.locked) == ("unreadable", "F01", True)
            assert reason in refusal.reason
            assert hint in refusal.hint
            assert refusal.path.startswith(name)


def test_the_digest_is_that_of_the_file_as_downloaded(tmp_path: Path) -> None:
    data = xlsx_agile(xlsx(), PASSWORD)
    (table,) = opened(tmp_path / "a.xlsx", data, [PASSWORD]).tables
    (refusal,) = opened(tmp_path / "a.xlsx", data).refusals
    assert (table.sha256, table.size) == (refusal.sha256, refusal.size) == (refusal.sha256, len(data))


def test_protection_against_changes_only_needs_no_password(tmp_path: Path) -> None:
    assert len(opened(tmp_path / "a.xlsx", xlsx_agile(xlsx(), "VelvetSweatshop")).tables) == 1


def test_bombs_and_traversal_are_refused_inside_encrypted_archives(
    tmp_path: Path,
) -> None:
    bomb = zip_aes({"../a.csv": CSV, "bomb.csv": bytes(20 * 1024**2), "ok.csv": CSV}, PASSWORD)
    result = opened(tmp_path / "a.zip", bomb, [PASSWORD])
    assert [table.path for table in result.tables] == ["a.zip!/ok.csv"]
    assert ["路径穿越" in r.reason or "压缩炸弹" in r.reason for r in result.refusals] == [True, True]

    def corner(book) -> None:  # type: ignore[no-untyped-def]
        book.add_worksheet().write(1_048_575, 16_383, "b")

    (refusal,) = opened(tmp_path / "a.xlsx", xlsx_agile(workbook(corner), PASSWORD), [PASSWORD]).refusals
    assert "超出上限" in refusal.reason


def test_a_file_made_to_be_slow_or_damaged_is_refused(tmp_path: Path) -> None:
    data = xlsx_agile(xlsx(), PASSWORD)
    slow = data.replace(b'spinCount="100000"', b'spinCount="999999"')
    assert "999999" in opened(tmp_path / "a.xlsx", slow, [PASSWORD]).refusals[0].reason
    broken = data[:700] + bytes(400) + data[1100:]
    (refusal,) = opened(tmp_path / "a.xlsx", broken, [PASSWORD]).refusals
    assert refusal.kind == "unreadable"


def test_a_document_with_a_password_is_no_bill(tmp_path: Path) -> None:
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    word = zipped({"[Content_Types].xml": types, "word/document.xml": random.Random(1).randbytes(9000)})
    (refusal,) = opened(tmp_path / "a.docx", xlsx_agile(word, PASSWORD), [PASSWORD]).refusals
    assert (refusal.kind, refusal.container) == ("ignored", "docx")


def test_an_entry_packed_by_an_unknown_method_is_not_called_locked(tmp_path: Path) -> None:
    data = bytearray(zip_aes({"a.csv": CSV}, PASSWORD))
    for signature in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.find(signature)
        extra = data.find(struct.pack("<HH", 0x9901, 7), at)
        struct.pack_into("<H", data, extra + 9, 98)
    (refusal,) = opened(tmp_path / "a.zip", bytes(data), [PASSWORD]).refusals
    assert not refusal.locked
    assert "压缩方法" in refusal.reason


def test_passwords_never_show() -> None:
    passwords = Passwords((PASSWORD,))
    assert PASSWORD not in repr(passwords)
    assert PASSWORD not in str(passwords.plus(PASSWORD))
    assert zipfile.is_zipfile(io.BytesIO(zip_aes({"a": b"b"}, PASSWORD)))
