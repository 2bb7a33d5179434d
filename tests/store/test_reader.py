"""A run with a folder of facts gives what a run without one gives, whatever happened to the folder."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME
from tests.disk.kill import Killed, dies_after
from tests.golden.goldens import profiles
from tests.same_outputs import differences
from tests.store.same import assert_same_files

from ecrecon.base.sources import Parsed
from ecrecon.disk import durable
from ecrecon.quarantine.office import Passwords
from ecrecon.reading import load as loading
from ecrecon.reading.containers import find_files
from ecrecon.reading.load import FileRead, load, side_by_side
from ecrecon.store import StoredReader


@pytest.fixture
def month(tmp_path: Path) -> Path:
    folder = tmp_path / "month"
    shop = folder / "pdd" / "shop_a"
    shop.mkdir(parents=True)
    (shop / BILL_NAME).write_text(BILL, encoding="gb18030")
    (shop / ORDERS_NAME).write_text(ORDERS, encoding="gb18030")
    with zipfile.ZipFile(shop / "two.zip", "w") as archive:
        archive.writestr("1.csv", BILL.replace("10-10", "10-11").encode("gb18030"))
        archive.writestr("2.png", b"\x89PNG\r\n\x1a\n0000")
        archive.writestr("3.csv", BILL.replace("10-10", "10-12").replace("20.00", "21.00").encode("gb18030"))
    (shop / "说明.docx").write_bytes(b"%PDF-1.4 no bill")
    return folder


def read(
    month: Path, facts: Path | None, said: list[str] | None = None, passwords: Passwords | None = None
) -> list[FileRead]:
    reader = StoredReader(facts, tell=(said if said is not None else []).append)
    return reader(find_files([month]), profiles(), passwords or Passwords())


def plainly(month: Path) -> list[FileRead]:
    return side_by_side(find_files([month]), profiles())


def facts_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def never(*_: object, **__: object) -> FileRead:
    raise AssertionError("a known file was read again")


def test_a_known_file_is_not_read_again(month: Path, tmp_path: Path) -> None:
    first = read(month, tmp_path / "facts")
    before = {path: path.read_bytes() for path in facts_of(tmp_path / "facts")}
    with mock.patch.object(loading, "parse_file", never):
        again = read(month, tmp_path / "facts")
    assert_same_files(first, plainly(month))
    assert_same_files(again, first)
    assert {path: path.read_bytes() for path in facts_of(tmp_path / "facts")} == before
    assert {path.parent.name for path in before} == {"bill", "orders", "ignored", "unknown"}


def test_a_new_file_beside_known_ones_is_read_alone(month: Path, tmp_path: Path) -> None:
    read(month, tmp_path / "facts")
    (month / "pdd" / "shop_a" / "new.csv").write_text(BILL.replace("10-10", "10-13"), encoding="gb18030")
    seen: list[str] = []
    real = loading.parse_file

    def watched(file, *rest):  # type: ignore[no-untyped-def]
        seen.append(file.display)
        return real(file, *rest)

    with mock.patch.object(loading, "parse_file", watched):
        again = read(month, tmp_path / "facts")
    assert seen == ["pdd/shop_a/new.csv"]
    assert_same_files(again, plainly(month))


def test_a_file_that_changed_under_its_name_is_read(month: Path, tmp_path: Path) -> None:
    read(month, tmp_path / "facts")
    path = month / "pdd" / "shop_a" / BILL_NAME
    stamp = path.stat()
    path.write_text(BILL.replace("13.80", "15.80"), encoding="gb18030")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert_same_files(read(month, tmp_path / "facts"), plainly(month))


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other", "part"])
def test_a_damaged_fact_is_told_read_anew_and_mended(month: Path, tmp_path: Path, damage: str) -> None:
    facts, said = tmp_path / "facts", list[str]()
    read(month, facts)
    path, other = [one for one in facts_of(facts) if one.parent.name == "bill"][:2]
    whole = path.read_bytes()
    if damage == "part":
        path.unlink()
    else:
        half = len(whole) // 2
        path.write_bytes({
            "flip": whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :], "cut": whole[:half], "empty": b"",
            "other": other.read_bytes(),
        }[damage])  # fmt: skip
    assert_same_files(read(month, facts, said), plainly(month))
    assert len(said) == (0 if damage == "part" else 1)
    assert all(str(path) in text for text in said)
    assert path.read_bytes() == whole


def test_what_wants_a_password_lies_nowhere_in_the_open(tmp_path: Path) -> None:
    pyzipper = pytest.importorskip("pyzipper")
    month, facts = tmp_path / "month", tmp_path / "facts"
    month.mkdir()
    with pyzipper.AESZipFile(month / "locked.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"8888")
        archive.writestr(BILL_NAME, BILL.encode("gb18030"))
    for known in ((), ("1234",), ("8888",), ("8888",), ()):
        passwords = Passwords(known)
        expected = side_by_side(find_files([month]), profiles(), passwords)
        assert_same_files(read(month, facts, passwords=passwords), expected)
        assert expected[0].locked == ("8888" not in known)
    assert facts_of(facts) == []


def test_what_could_not_be_read_is_tried_again(month: Path, tmp_path: Path) -> None:
    path = month / "cut.zip"
    path.write_bytes((month / "pdd" / "shop_a" / "two.zip").read_bytes()[:80])
    assert_same_files(read(month, tmp_path / "facts"), plainly(month))
    assert not [one for one in facts_of(tmp_path / "facts") if one.parent.name == "unreadable"]


def test_a_full_disk_costs_nothing_but_the_next_reading(month: Path, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    said: list[str] = []
    with mock.patch.object(durable, "write_synced", full):
        assert_same_files(read(month, tmp_path / "facts", said), plainly(month))
    assert len(said) == 1
    assert "磁盘已满" in said[0]
    assert facts_of(tmp_path / "facts") == []


def test_a_kill_at_any_step_leaves_a_folder_that_serves(tmp_path: Path) -> None:
    month = tmp_path / "month"
    month.mkdir()
    for name in ("1.png", "2.png"):
        (month / name).write_bytes(b"\x89PNG\r\n\x1a\n" + name.encode())
    expected = plainly(month)
    for steps in range(60):
        facts = tmp_path / f"facts{steps}"
        try:
            with dies_after(steps) as taken:
                read(month, facts)
        except Killed:
            said: list[str] = []
            assert_same_files(read(month, facts, said), expected)
            assert said == []
            continue
        assert len(taken) <= steps
        return
    raise AssertionError("more steps than were tried")


def test_two_runs_at_once(month: Path, tmp_path: Path) -> None:
    expected = plainly(month)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: read(month, tmp_path / "facts"), range(4)):
            assert_same_files(got, expected)
    assert all(path.suffix == ".parquet" for path in facts_of(tmp_path / "facts"))
    with mock.patch.object(loading, "parse_file", never):
        assert_same_files(read(month, tmp_path / "facts"), expected)


def test_what_other_files_say_of_a_file_is_no_part_of_its_fact(month: Path, tmp_path: Path) -> None:
    def loaded(facts: Path | None) -> Sequence[Parsed]:
        return load([month], profiles(), read_files=StoredReader(facts))

    shop = month / "pdd" / "shop_a"
    (shop / BILL_NAME).write_bytes((shop / BILL_NAME).read_bytes().rstrip(b"\n"))
    alone = loaded(tmp_path / "facts")
    for name in ("x.csv", "y.csv"):  # files of the layout that end their lines: now the one without is odd
        (shop / name).write_text(BILL.replace("10-10", "10-2" + str(len(name))), encoding="gb18030")
    assert [p.findings.height for p in loaded(tmp_path / "facts")] == [p.findings.height for p in loaded(None)]
    (shop / "x.csv").unlink()
    (shop / "y.csv").unlink()
    assert [p.findings.height for p in loaded(tmp_path / "facts")] == [p.findings.height for p in alone]


def test_facts_inside_the_folder_of_the_bills_are_no_input(month: Path) -> None:
    expected = plainly(month)
    for _ in range(2):
        assert_same_files(read(month, month / "book" / "facts"), expected)
    left = next(path for path in facts_of(month / "book")).with_suffix(".parquet.ab12cd34.part")
    left.write_bytes(b"PAR1")
    assert_same_files(plainly(month), expected)


@pytest.mark.slow
def test_match_and_audit_write_the_same_with_facts_and_without(month: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts"
    plain = call("match", month, "--out", tmp_path / "plain")
    audited = call("audit", month, "--json")
    for name in ("first", "second"):
        got = call("match", month, "--out", tmp_path / name, "--facts", facts, "--engine", "local:2")
        assert got.code == plain.code
        assert list(differences(tmp_path / "plain", tmp_path / name)) == []
        assert call("audit", month, "--json", "--facts", facts) == audited
    assert facts_of(facts)


@pytest.mark.slow
def test_the_workspace_names_the_folder(month: Path, tmp_path: Path) -> None:
    config = month / "ecrecon.toml"
    config.write_text('facts = "book/facts"\n', encoding="utf-8")
    assert call("match", month, "--out", tmp_path / "out").code in (0, 1)
    assert facts_of(month / "book" / "facts")
    config.write_text('facts = "../elsewhere"\n', encoding="utf-8")
    refused = call("match", month, "--out", tmp_path / "out2")
    assert refused.code == 2
    assert "facts" in refused.err
    assert call("match", month, "--out", tmp_path / "out3", "--config", config).code in (0, 1)
    assert facts_of(tmp_path / "elsewhere")


def test_a_file_in_the_place_of_the_folder_is_refused(month: Path, tmp_path: Path) -> None:
    (tmp_path / "facts").write_text("x")
    told = call("audit", month, "--facts", tmp_path / "facts")
    assert told.code == 2
    assert "不是文件夹" in told.err
