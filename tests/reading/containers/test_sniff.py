from __future__ import annotations

from pathlib import Path

import pytest

from ecrecon.base.texts import set_language

from .build import one_refusal, one_table, opened, zipped


@pytest.mark.parametrize(
    "name",
    ["~$订单.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini", "._a.csv", ".gitkeep", "a.md", "a.json", "ecrecon.toml"],
)
def test_files_ignored_by_name(tmp_path: Path, name: str) -> None:
    refusal = one_refusal(tmp_path / name, b"a,b\n1,2\n")
    assert (refusal.kind, refusal.code) == ("ignored", None)
    assert refusal.reason
    assert (len(refusal.sha256), refusal.size) == (64, 8)


@pytest.mark.parametrize(
    ("name", "data", "container"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "png"),
        ("bill.csv", b"\xff\xd8\xff\xe0" + bytes(50), "jpeg"),
        ("a.pdf", b"%PDF-1.7\n", "pdf"),
        ("lines.parquet", b"PAR1" + bytes(50), "parquet"),
        ("a.docx", zipped({"word/document.xml": b"<x/>"}), "docx"),
        ("a.bin", bytes(range(1, 9)) + bytes(50), "binary"),
    ],
)
def test_known_formats_that_are_no_bill_are_ignored(tmp_path: Path, name: str, data: bytes, container: str) -> None:
    for result in (opened(tmp_path / name, data), opened(tmp_path / "z.zip", zipped({name: data}))):
        assert result.tables == []
        refusal = result.refusals[0]
        assert (refusal.kind, refusal.code, refusal.container) == ("ignored", None, container)
        assert refusal.reason


@pytest.mark.parametrize(
    ("data", "container"),
    [(bytes(4096), "binary"), (b"Rar!\x1a\x07\x01\0" + bytes(50), "rar"), (b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z")],
)
def test_a_bill_that_may_be_lost_is_unreadable(tmp_path: Path, data: bytes, container: str) -> None:
    refusal = one_refusal(tmp_path / "bill.csv", data)
    assert (refusal.kind, refusal.code, refusal.container) == ("unreadable", "F01", container)
    assert refusal.hint


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_files_are_unreadable(tmp_path: Path, data: bytes) -> None:
    refusal = one_refusal(tmp_path / "bill.csv", data)
    assert (refusal.kind, refusal.code, refusal.size) == ("unreadable", "F01", len(data))
    assert "空" in refusal.reason


def test_extension_says_nothing(tmp_path: Path) -> None:
    assert one_table(tmp_path / "bill.xlsx", b"a,b\n1,2\n").container == "csv"


def test_messages_in_english(tmp_path: Path) -> None:
    set_language("en")
    try:
        refusal = one_refusal(tmp_path / "bill.csv", b"")
    finally:
        set_language("zh")
    assert refusal.message == "bill.csv: the file is empty where a bill was expected. download it again."


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecrecon.reading.containers import find_files, open_tables

    path = tmp_path / "bill.csv"
    path.write_bytes(b"a,b\n")
    file = find_files([path])[0]
    path.unlink()
    assert open_tables(file).refusals[0].kind == "unreadable"
