"""The log of issued vouchers and the files beside it: both or neither, at whatever step the process dies."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from pathlib import Path
from unittest import mock

import pytest
from tests.disk.kill import Killed, dies_after

from ecrecon.base.errors import ConfigError
from ecrecon.issuing.issued.log import COPY, EXPORT, LOG, Entry, append, commit, read_log, recover, settle
from ecrecon.issuing.issued.register import Register
from ecrecon.issuing.targets.model import Voucher, VoucherLine


def entry(number: int, file: str, content: bytes, reason: str = "") -> Entry:
    import hashlib

    line = VoucherLine(1, "摘要\u2028\x85换行", "1001", "现金", 100, 0, "CNY", {"店铺": "a"})
    voucher = Voucher(
        f"V{number}", dt.date(2026, 10, 31), 2026, 10, "记", number, 0, "", "goods", "a",
        (line, VoucherLine(2, "摘要", "1002", "银行", 0, 100, "CNY", {"店铺": "a"})),
    )  # fmt: skip
    files = {file: hashlib.sha256(content).hexdigest()}
    return Entry(EXPORT, f"V{number}", f"2026-10/记-{number}", f"V{number}", "", reason, "", "t", files, after=voucher)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_whatever_step_it_dies_at_no_file_is_without_its_entries_and_no_entry_without_its_file(tmp_path: Path) -> None:
    finished, steps, seen = False, 0, set()
    while not finished:
        folder = tmp_path / str(steps)
        commit(folder, {"a.dbf": b"a"}, [entry(1, "a.dbf", b"a")])
        try:
            with dies_after(steps) as taken:
                commit(folder, {"b.dbf": b"b"}, [entry(2, "b.dbf", b"b"), entry(3, "b.dbf", b"b")])
            finished = len(taken) < steps
        except Killed:
            pass
        settle(folder)
        found = read_log(folder)
        assert len(found) in (1, 3), steps
        assert names(folder) == {LOG, COPY, "a.dbf"} | ({"b.dbf"} if len(found) == 3 else set()) | (
            names(folder) & {COPY}
        )
        assert not [name for name in names(folder) if name.startswith(".")]
        seen.add(len(found))
        if len(found) == 1:
            commit(folder, {"b.dbf": b"b"}, [entry(2, "b.dbf", b"b"), entry(3, "b.dbf", b"b")])
        assert list(Register.of(read_log(folder)).issued) == ["V1", "V2", "V3"]
        steps += 1
    assert seen == {1, 3} and steps > 8


def test_a_full_disk_at_any_step_issues_nothing(tmp_path: Path) -> None:
    commit(tmp_path, {"a.dbf": b"a"}, [entry(1, "a.dbf", b"a")])
    before = (tmp_path / LOG).read_bytes()
    fsync = os.fsync
    for steps in (0, 1):
        calls = iter([False] * steps + [True] * 9)

        def full(number: int, calls: object = calls) -> None:
            if next(calls):  # type: ignore[call-overload]
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(number)

        with mock.patch.object(os, "fsync", full), pytest.raises(OSError):
            commit(tmp_path, {"b.dbf": b"b"}, [entry(2, "b.dbf", b"b")])
        assert (tmp_path / LOG).read_bytes() == before and names(tmp_path) == {LOG, COPY, "a.dbf"}


def test_texts_with_line_separators_do_not_break_the_log(tmp_path: Path) -> None:
    append(tmp_path, [entry(1, "a", b"a", "原因\u2028\u2029\x0b\x0c\x1c\x85 x\n\r")])
    append(tmp_path, [entry(2, "a", b"a")])
    found = read_log(tmp_path)
    assert found[0].reason == "原因\u2028\u2029\x0b\x0c\x1c\x85 x\n\r"
    assert found[0].after == entry(1, "a", b"a").after and len(found) == 2


@pytest.mark.parametrize("cut", [1, 30, 400])
def test_a_log_cut_off_inside_its_last_line_names_the_line_and_the_way_back(tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "vouchers"
    append(folder, [entry(1, "a", b"a")])
    append(folder, [entry(2, "a", b"a")])
    whole = (folder / LOG).read_bytes()
    (folder / LOG).write_bytes(whole[:-cut])
    with pytest.raises(ConfigError) as told:
        read_log(folder)
    assert "第 2 行没有写完" in told.value.message and "前 1 行完好" in told.value.message
    assert f"--from {tmp_path} --repair" in told.value.hint and f"{COPY} 有 2 行完好" in told.value.hint
    with pytest.raises(ConfigError):
        append(folder, [entry(3, "a", b"a")])  # never to a broken chain
    found = recover(folder, "断电")
    assert found is not None and (found.entries, found.lost, found.source) == (2, 0, COPY)
    assert (folder / found.kept[0]).read_bytes() == whole[:-cut]
    assert (folder / LOG).read_bytes().startswith(whole)
    assert [e.action for e in read_log(folder)] == ["export", "export", "repair"]
    assert read_log(folder)[-1].reason == "断电" and recover(folder, "x") is None
    append(folder, [entry(3, "a", b"a")])
    assert list(Register.of(read_log(folder)).issued) == ["V1", "V2", "V3"]


def test_a_log_without_a_copy_goes_on_from_its_whole_part_and_says_what_is_lost(tmp_path: Path) -> None:
    commit(tmp_path, {"a.dbf": b"a"}, [entry(1, "a.dbf", b"a")])
    commit(tmp_path, {"b.dbf": b"b"}, [entry(2, "b.dbf", b"b"), entry(3, "b.dbf", b"b")])
    (tmp_path / COPY).unlink()
    lines = (tmp_path / LOG).read_bytes().split(b"\n")
    changed = json.loads(lines[1])
    changed["reason"] = "forged"
    lines[1] = json.dumps(changed, ensure_ascii=False).encode()
    (tmp_path / LOG).write_bytes(b"\n".join(lines))
    with pytest.raises(ConfigError, match="第 2 行被改动过"):
        read_log(tmp_path)
    found = recover(tmp_path, "x")
    assert found is not None and (found.entries, found.lost, found.unlisted) == (1, 2, ("b.dbf",))


def test_a_log_that_is_gone_is_not_an_empty_one(tmp_path: Path) -> None:
    append(tmp_path, [entry(1, "a", b"a")])
    (tmp_path / LOG).unlink()
    with pytest.raises(ConfigError, match="不见了"):
        read_log(tmp_path)
    found = recover(tmp_path, "x")
    assert found is not None and found.entries == 1 and len(read_log(tmp_path)) == 2


@pytest.mark.parametrize("line", [b"{}", b"[]", b"1", b'{"hash": 1}', b"\xff\xfe", b'{"hash": {}, "prev": ""}', b""])
def test_whatever_a_line_holds_it_is_told_by_number(tmp_path: Path, line: bytes) -> None:
    (tmp_path / LOG).write_bytes(line + b"\n")
    with pytest.raises(ConfigError, match="第 1 行"):
        read_log(tmp_path)
