"""What stands in a folder and is no ordinary file, or has no ordinary name: listed, never waited for, never a crash."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import zipfile
from pathlib import Path

import pytest

from ecrecon.reading.containers import find_files, open_tables, opening

from .build import PDD, one_table, opened

CSV = PDD.encode("gb18030")
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, sockets and names of any bytes are POSIX")


def displays(root: Path) -> list[str]:
    return [file.display for file in find_files([root])]


@posix
def test_pipes_and_sockets_are_listed_and_not_opened(tmp_path: Path) -> None:
    for name in ("pipe", "pipe.csv", "manifest.json"):
        os.mkfifo(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.csv"))
        refusals = {file.display: open_tables(file).refusals[0] for file in find_files([tmp_path])}
        (given,) = find_files([tmp_path / "pipe.csv"])
    assert {name: refusal.kind for name, refusal in refusals.items()} == {
        "manifest.json": "ignored",
        "pipe": "ignored",
        "pipe.csv": "unreadable",
        "s.csv": "unreadable",
    }
    assert "管道" in open_tables(given).refusals[0].reason


@posix
def test_a_pipe_put_in_the_place_of_a_listed_file_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    (file,) = find_files([tmp_path])
    path.unlink()
    os.mkfifo(path)
    assert "管道" in open_tables(file).refusals[0].reason


@posix
def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "self.csv").symlink_to("self.csv")
    (tmp_path / "one.csv").symlink_to("two.csv")
    (tmp_path / "two.csv").symlink_to("one.csv")
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "a.csv").write_bytes(CSV)
    found = {file.display: open_tables(file) for file in find_files([tmp_path])}
    assert sorted(found) == ["a.csv", "one.csv", "self.csv", "two.csv", "zero.csv"]
    assert len(found["a.csv"].tables) == 1
    assert "绕成一圈" in found["self.csv"].refusals[0].reason
    assert all(one.refusals[0].code == "F01" for name, one in found.items() if name != "a.csv")


def test_a_folder_that_cannot_be_listed_is_a_stop_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("开/a.csv", "锁/b.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(CSV)
    real = os.scandir

    def scandir(path: Path):  # type: ignore[no-untyped-def]
        if Path(path).name == "锁":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    closed, free = sorted(find_files([tmp_path]), key=lambda file: file.obstacle is None)
    assert (closed.display, free.display) == ("锁/", "开/a.csv")
    (refusal,) = open_tables(closed).refusals
    assert (refusal.path, refusal.code) == ("锁/", "F01")
    assert "没有读到" in refusal.reason
    (root,) = find_files([tmp_path / "锁"])
    assert root.display == "锁/"


@posix
def test_names_of_any_bytes_show_and_open(tmp_path: Path) -> None:
    names = {
        b"\xff\xfe bad.csv": "\\xff\\xfe bad.csv",
        "账务明细.csv".encode("gb18030"): "账务明细.csv",
        "流水\x1b[2J.csv".encode(): "流水\\x1b[2J.csv",
        "换\n行.csv".encode(): "换\\n行.csv",
        "\u202e反.csv".encode(): "\\u202e反.csv",
        "断\u2028行.csv".encode(): "断\\u2028行.csv",
    }
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(CSV)
    files = find_files([tmp_path])
    assert sorted(file.display for file in files) == sorted(names.values())
    assert all(len(open_tables(file).tables) == 1 for file in files)


@posix
def test_forms_of_one_name_in_one_folder_stay_two_files(tmp_path: Path) -> None:
    for name in ("\u00e9.csv", "e\u0301.csv", "É.csv"):
        (tmp_path / name).write_bytes(CSV)
    assert displays(tmp_path) == ["É.csv", "é.csv", "é.csv#2"]


@posix
def test_folders_nested_deeper_than_any_recursion(tmp_path: Path) -> None:
    depth = 1200
    steps = [os.open(tmp_path, os.O_RDONLY)]
    try:
        for _ in range(depth):
            os.mkdir("d", dir_fd=steps[-1])
            below = os.open("d", os.O_RDONLY, dir_fd=steps[-1])
            os.close(steps.pop())
            steps.append(below)
        with os.fdopen(os.open("a.csv", os.O_WRONLY | os.O_CREAT, dir_fd=steps[-1]), "wb") as stream:
            stream.write(CSV)
        assert [name.count("/") for name in displays(tmp_path)] == [depth]
    finally:
        os.close(steps.pop())
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # what tidies up after tests recurses


def test_a_file_that_changes_or_fails_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    (file,) = find_files([path])

    class Stream(io.FileIO):
        def read(self, size: int = -1) -> bytes:
            if size != opening.FIRST_BYTES:
                if broken:
                    raise OSError(5, "Input/output error")
                with path.open("ab") as more:
                    more.write(b"1,2\n")
            return super().read(size)

    monkeypatch.setattr(opening, "_opened", lambda where: Stream(str(where)))
    broken = False
    assert "仍在变化" in open_tables(file).refusals[0].reason
    broken = True
    assert "Input/output error" in open_tables(file).refusals[0].reason


def test_an_entry_without_a_name_and_a_folder_that_holds_bytes(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        package.writestr("x", CSV)
    data = target.getvalue()
    nameless = data.replace(b"\x01\0\0\0x" + CSV, b"\0\0\0\0" + CSV, 1)
    at = nameless.rindex(b"PK\x01\x02")
    entry = bytearray(nameless[at : at + 46])
    entry[28:30] = b"\0\0"
    end = bytearray(nameless[nameless.rindex(b"PK\x05\x06") :])
    end[12:20] = (46).to_bytes(4, "little") + at.to_bytes(4, "little")
    table = one_table(tmp_path / "a.zip", nameless[:at] + bytes(entry) + bytes(end))
    assert table.path == "a.zip!/unnamed"


def test_entry_names_show_what_would_act(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("账\x1b]0;x\x07单\u202e.csv", CSV)
    assert opened(tmp_path / "a.zip", target.getvalue()).tables[0].path == "a.zip!/账\\x1b]0;x\\x07单\\u202e.csv"
