from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from ecrecon.quarantine import limits

from .build import PDD, encrypt_flag, one_refusal, one_table, opened, zipped, zipped_raw_name

CSV = PDD.encode("gb18030")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_entry_names_without_the_utf8_flag(tmp_path: Path, encoding: str) -> None:
    name = "20880_20260501_账务明细.csv"
    table = one_table(tmp_path / "a.zip", zipped_raw_name(name.encode(encoding), CSV))
    assert table.path == f"a.zip!/{name}"
    assert table.size == len(CSV)
    assert table.body(4).cells.height == 4


def test_flagged_names_folders_nested_archives_and_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(CSV)
    inner = zipped({"目录/二.csv": CSV, "c.csv.gz": packed})
    result = opened(tmp_path / "外.zip", zipped({"子/一.csv": CSV, "b.zip": inner, "子\\三.csv": CSV}))
    assert result.refusals == []
    assert [table.path for table in result.tables] == [
        "外.zip!/子/一.csv",
        "外.zip!/b.zip!/目录/二.csv",
        "外.zip!/b.zip!/c.csv.gz!/c.csv",
        "外.zip!/子/三.csv",
    ]
    assert {table.sha256 for table in result.tables} == {result.tables[0].sha256}


def test_gzip_name_of_the_header(tmp_path: Path) -> None:
    target = io.BytesIO()
    with gzip.GzipFile("内.csv", "wb", fileobj=target, mtime=0) as stream:
        stream.write(CSV)
    plain = one_table(tmp_path / "x.csv.gz", gzip.compress(CSV))
    assert plain.path == "x.csv.gz!/x.csv"
    flagged = bytearray(gzip.compress(CSV, mtime=0))
    flagged[3] |= 0x08
    named = bytes(flagged[:10]) + "账单.csv".encode("gb18030") + b"\0" + bytes(flagged[10:])
    assert one_table(tmp_path / "y.gz", named).path == "y.gz!/账单.csv"


def test_side_files_inside_are_ignored_and_equal_names_numbered(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as package:
            for name in ("a.csv", "a.csv", "__MACOSX/._a.csv", "folder/"):
                package.writestr(name, CSV)
    result = opened(tmp_path / "a.zip", target.getvalue())
    assert [table.path for table in result.tables] == ["a.zip!/a.csv", "a.zip!/a.csv#2", "a.zip!/folder/"]
    assert [(r.path, r.kind, r.code) for r in result.refusals] == [("a.zip!/__MACOSX/._a.csv", "ignored", None)]


def test_truncated_and_damaged_archives(tmp_path: Path) -> None:
    whole = zipped({"a.csv": CSV * 50})
    for data in (whole[: len(whole) // 2], whole[:40]):
        refusal = one_refusal(tmp_path / "a.zip", data)
        assert (refusal.kind, refusal.code, refusal.container) == ("unreadable", "F01", "zip")
        assert "重新下载" in refusal.hint
    damaged = bytearray(whole)
    damaged[60:80] = bytes(20)
    assert one_refusal(tmp_path / "a.zip", bytes(damaged)).path == "a.zip!/a.csv"
    packed = gzip.compress(CSV * 50)
    assert "重新下载" in one_refusal(tmp_path / "a.csv.gz", packed[:-20]).hint
    assert "空" in one_refusal(tmp_path / "a.zip", zipped({})).reason


def test_a_lying_size_does_not_get_past_the_reader(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": CSV * 50}))
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)
    refusal = one_refusal(tmp_path / "a.zip", bytes(data))
    assert (refusal.path, refusal.kind) == ("a.zip!/a.csv", "unreadable")


def test_bomb_by_ratio_total_and_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped({"bomb.csv": b"0" * 3_000_000, "fine.csv": CSV})
    monkeypatch.setattr(limits, "SMALL_TOTAL", 1_000_000)
    result = opened(tmp_path / "a.zip", data)
    assert [table.path for table in result.tables] == ["a.zip!/fine.csv"]
    assert result.refusals[0].path == "a.zip!/bomb.csv"
    assert "压缩炸弹" in result.refusals[0].message
    monkeypatch.setattr(limits, "MAX_RATIO", 10_000)
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 2_000_000)
    result = opened(tmp_path / "a.zip", data)
    assert [refusal.path for refusal in result.refusals] == ["a.zip!/bomb.csv"]
    assert "压缩炸弹" in one_refusal(tmp_path / "a.csv.gz", gzip.compress(b"0" * 3_000_000)).reason
    monkeypatch.setattr(limits, "MAX_ENTRIES", 3)
    many = zipped({f"{i}.csv": CSV for i in range(4)})
    refusal = one_refusal(tmp_path / "many.zip", many)
    assert refusal.path == "many.zip"
    assert "压缩炸弹" in refusal.reason


def test_entries_are_counted_over_all_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ENTRIES", 5)
    inner = zipped({"1.csv": CSV, "2.csv": CSV})
    result = opened(tmp_path / "a.zip", zipped({"a.zip": inner, "b.zip": inner}))
    assert [table.path for table in result.tables] == ["a.zip!/a.zip!/1.csv", "a.zip!/a.zip!/2.csv"]
    assert [refusal.path for refusal in result.refusals] == ["a.zip!/b.zip"]


def test_nesting_is_bounded(tmp_path: Path) -> None:
    data = CSV
    name = "a.csv"
    for level in range(3):
        data, name = zipped({name: data}), f"{level}.zip"
    assert one_table(tmp_path / "ok.zip", data).path.count("!/") == 3
    refusal = one_refusal(tmp_path / "deep.zip", zipped({name: data}))
    assert "嵌套" in refusal.reason


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "C:/a.csv", "x/../../a.csv", "..\\a.csv"])
def test_paths_that_leave_the_folder_are_refused_by_name(tmp_path: Path, name: str) -> None:
    result = opened(tmp_path / "a.zip", zipped({name: CSV, "ok.csv": CSV}))
    assert [table.path for table in result.tables] == ["a.zip!/ok.csv"]
    refusal = result.refusals[0]
    assert (refusal.kind, refusal.code) == ("unreadable", "F01")
    assert "路径穿越" in refusal.reason
    assert name.replace("\\", "/") in refusal.reason


def test_symbolic_link_entries_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.csv")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr(info, "/etc/passwd")
    assert "符号链接" in one_refusal(tmp_path / "a.zip", target.getvalue()).reason


def zip_crypto(name: str, data: bytes, password: bytes) -> bytes:
    """A stored entry under traditional zip encryption (APPNOTE 6.1)."""
    table = [_crc_step(i) for i in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    check = zlib.crc32(data) >> 24
    sealed = bytearray()
    for byte in bytes(11) + bytes([check]) + data:
        low = (keys[2] | 2) & 0xFFFF
        sealed.append(byte ^ (((low * (low ^ 1)) >> 8) & 0xFF))
        update(byte)
    plain = bytearray(zipped_stored(name, bytes(sealed)))
    for signature, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        at = plain.find(signature)
        struct.pack_into("<I", plain, at + offset, zlib.crc32(data))
        struct.pack_into("<I", plain, at + offset + 8, len(data))
    return encrypt_flag(bytes(plain))


def _crc_step(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ 0xEDB88320 if value & 1 else value >> 1
    return value


def zipped_stored(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr(name, data)
    return target.getvalue()


def test_encrypted_entries_want_their_password(tmp_path: Path) -> None:
    data = zip_crypto("a.csv", CSV, b"8888")
    refusal = one_refusal(tmp_path / "a.zip", data)
    assert (refusal.kind, refusal.code) == ("unreadable", "F01")
    assert "密码" in refusal.reason
    assert opened(tmp_path / "a.zip", data, ["1234"]).tables == []
    tables = opened(tmp_path / "a.zip", data, ["1234", "8888"]).tables
    assert [table.path for table in tables] == ["a.zip!/a.csv"]
    assert tables[0].head[0] == ["拼多多店铺账务明细查询"]
