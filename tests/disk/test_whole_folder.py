"""A folder of results is wholly old or wholly new, at whatever step the process dies, and the next one goes on from there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from tests.disk.kill import Killed, dies_after

from ecrecon.disk import BusyError, folder, locked, swap
from ecrecon.disk import journal as in_place
from ecrecon.disk.durable import exchange, replace_file

OLD = {"a.csv": b"old a", "b.csv": b"old b", "manifest.json": b"old"}
NEW = {"a.csv": b"new a", "c.csv": b"new c", "manifest.json": b"new"}
CHANGE = folder.Change(NEW, {}, ("b.csv",))
OTHERS = {"note.txt": b"mine", "vouchers/log.jsonl": b"{}", "vouchers/deep/x.dbf": b"x"}

Way = Callable[[pytest.MonkeyPatch], None]


def beside(_: pytest.MonkeyPatch) -> None:
    """One exchange of names."""


def without_exchange(patch: pytest.MonkeyPatch) -> None:
    """As on Windows: two renames."""
    patch.setattr(swap, "exchange", lambda *_: False)


def mounted(patch: pytest.MonkeyPatch) -> None:
    """A mount point cannot change its name."""
    patch.setattr(os.path, "ismount", lambda path: Path(path).name == "o")


WAYS: list[Way] = [beside, without_exchange, mounted]


def made(place: Path, *contents: dict[str, bytes]) -> Path:
    for name, content in (item for files in contents for item in files.items()):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


def found(place: Path) -> dict[str, bytes]:
    """Every file of a folder; what begins with a dot is the writer's own."""
    paths = [path for path in place.rglob("*") if path.is_file()] if place.exists() else []
    named = {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in named.items() if not name.startswith(".")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("others", [{}, OTHERS])
def test_a_folder_is_replaced_and_the_files_of_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way, others: dict[str, bytes]
) -> None:
    way(monkeypatch)
    place = made(tmp_path / "o", OLD, others)
    place.chmod(0o2770)
    with folder.held(place):
        folder.replace(place, CHANGE)
    assert found(place) == {**NEW, **others}
    assert place.stat().st_mode & 0o7777 == 0o2770
    assert [path.name for path in tmp_path.iterdir()] == ["o"]
    assert not [path for path in place.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("way", WAYS)
def test_at_whatever_step_it_dies_the_next_one_finds_a_whole_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    way(monkeypatch)
    steps, finished, seen = 0, False, set()
    while not finished:
        place = made(tmp_path / str(steps) / "o", OLD, OTHERS)
        try:
            with dies_after(steps) as taken, folder.held(place):
                folder.replace(place, CHANGE)
            finished = len(taken) < steps
        except Killed:
            pass
        after_kill = found(place)
        if way is beside:  # nobody has to come: it is whole at every moment
            assert after_kill in ({**OLD, **OTHERS}, {**NEW, **OTHERS}), steps
        elif after_kill not in ({**OLD, **OTHERS}, {**NEW, **OTHERS}):
            assert folder.unfinished(place), steps
        with folder.held(place):
            pass
        assert found(place) in ({**OLD, **OTHERS}, {**NEW, **OTHERS}), steps
        seen.add(found(place) == {**NEW, **OTHERS})
        assert [path.name for path in place.parent.iterdir()] == ["o"], steps
        assert not [path for path in place.iterdir() if path.name.startswith(".")], steps
        with folder.held(place):
            folder.replace(place, CHANGE)
        assert found(place) == {**NEW, **OTHERS}
        steps += 1
    assert seen == {True, False} and steps > 10


@pytest.mark.parametrize("way", WAYS)
def test_a_first_run_that_dies_leaves_nothing_or_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    if way is mounted:
        return  # a mount point is there before
    way(monkeypatch)
    for steps in range(30):
        place = tmp_path / str(steps) / "o"
        try:
            with dies_after(steps), folder.held(place):
                folder.replace(place, folder.Change(NEW))
        except Killed:
            pass
        assert found(place) in ({}, NEW)
        with folder.held(place):
            folder.replace(place, folder.Change(NEW))
        assert found(place) == NEW


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_at_any_step_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way, number: int
) -> None:
    way(monkeypatch)
    fsync = os.fsync
    for steps in range(3):  # three files are written
        place = made(tmp_path / str(steps) / "o", OLD, OTHERS)
        calls = iter([False] * steps + [True] * 100)

        def full(descriptor: int, calls: object = calls) -> None:
            if next(calls):  # type: ignore[call-overload]
                raise OSError(number, os.strerror(number))
            fsync(descriptor)

        with mock.patch.object(os, "fsync", full), pytest.raises(OSError), folder.held(place):
            folder.replace(place, CHANGE)
        assert found(place) == {**OLD, **OTHERS}
        assert [path.name for path in place.parent.iterdir()] == ["o"]


def test_what_others_save_during_the_replacement_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = made(tmp_path / "o", OLD, OTHERS)

    def late(one: Path, other: Path) -> bool:
        replace_file(place / "note.txt", b"saved just now")
        return exchange(one, other)

    monkeypatch.setattr(swap, "exchange", late)
    with folder.held(place):
        folder.replace(place, CHANGE)
    assert found(place)["note.txt"] == b"saved just now"


def test_a_folder_of_an_earlier_version_comes_back(tmp_path: Path) -> None:
    """It was killed between two renames: the old folder stands inside a hidden one, a half new one beside it."""
    made(tmp_path / ".o.abcd1234.old" / "o", OLD)
    made(tmp_path / ".o.wxyz_987.new", {"a.csv": b"half"})
    made(tmp_path / ".o.notours", {"x": b"y"})
    assert folder.unfinished(tmp_path / "o")
    with folder.held(tmp_path / "o"):
        pass
    assert found(tmp_path / "o") == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == [".o.notours", "o"]


def test_a_folder_that_somebody_works_in_or_that_is_full_of_others_files_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = made(tmp_path / "o", OLD)
    assert swap.movable(place)
    monkeypatch.chdir(place)
    assert not swap.movable(place)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(swap, "MOST", 2)
    assert not swap.movable(place)
    number = place.stat().st_ino
    with folder.held(place):
        folder.replace(place, CHANGE)
    assert found(place) == NEW and place.stat().st_ino == number


def test_a_journal_of_somebody_else_cannot_reach_out_of_the_folder(tmp_path: Path) -> None:
    place = made(tmp_path / "o", OLD)
    made(tmp_path, {"victim": b"x"})
    journal = made(place / in_place.JOURNAL, {"b.csv": b"forged"})
    (journal / in_place.LIST).write_text('{"files": {"b.csv": "0", "../victim": "0"}, "gone": ["../victim"]}', "utf-8")
    in_place.settle(place)
    assert found(place) == OLD and (tmp_path / "victim").exists()


def test_a_long_name_has_siblings_too(tmp_path: Path) -> None:
    place = made(tmp_path / ("月" * 80), OLD)
    with folder.held(place):
        folder.replace(place, CHANGE)
    assert found(place) == NEW


def test_a_second_writer_waits_and_is_told(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(BusyError), locked(tmp_path / "lock", wait=0.1):
        raise AssertionError("two hold one lock")
    with locked(tmp_path / "lock", wait=0.1):
        pass
    assert not list(tmp_path.iterdir())
