"""What is read in the program's own process is bounded in time as well: unpacking, decrypting, and quoting that joins lines."""

from __future__ import annotations

import lzma
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.reading.containers.build import PDD, opened
from tests.sealed import zip_aes

from ecrecon.quarantine import limits
from ecrecon.quarantine.limits import Budget, Clock, LimitError

CSV = PDD.encode("gb18030")
LOOSE = "订单,名称,备注\n" + '订单,"a"b,"c,1.00,x"y",z\n' * 50
"""Quotes that close nothing: each of these lines might go on in any of the hundred after it."""


@pytest.fixture
def each_look_takes_a_second(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    ticks = count()
    monkeypatch.setattr(limits.time, "thread_time", lambda: float(next(ticks)))
    yield


def test_a_clock_runs_out_and_says_how_long_it_was(each_look_takes_a_second: None) -> None:
    clock = Clock(3)
    for _ in range(3):
        clock.check()
    with pytest.raises(LimitError, match="3 秒"):
        clock.check()


def test_a_larger_file_may_take_longer(each_look_takes_a_second: None) -> None:
    assert Clock.of(100 * 1024**2).seconds > Clock.of(1000).seconds > 0


@pytest.mark.parametrize("wrong", [0, 40])
def test_decrypting_is_bounded_over_all_entries_and_passwords(
    tmp_path: Path, each_look_takes_a_second: None, wrong: int
) -> None:
    sealed = zip_aes({f"{n}.csv": CSV for n in range(30)}, "对账")
    result = opened(tmp_path / "a.zip", sealed, [*map(str, range(wrong)), "对账"])
    assert len(result.tables) + len(result.refusals) == 30
    slow = [refusal for refusal in result.refusals if "秒" in refusal.reason]
    assert slow
    assert all(refusal.code == "F01" and refusal.hint and not refusal.locked for refusal in slow)
    assert bool(result.tables) == (wrong == 0)  # what was read in time stays read


def test_unpacking_is_bounded(each_look_takes_a_second: None) -> None:
    class Endless:
        def read(self, size: int, /) -> bytes:
            return b"x"

    with pytest.raises(LimitError, match="秒"):
        Budget.of(1000).read(Endless())


def test_quotes_that_close_nothing_are_bounded(tmp_path: Path, each_look_takes_a_second: None) -> None:
    (refusal,) = opened(tmp_path / "a.csv", LOOSE.encode()).refusals
    assert (refusal.kind, refusal.code) == ("unreadable", "F01")
    assert "秒" in refusal.reason


def test_quotes_that_close_nothing_are_read_in_time(tmp_path: Path) -> None:
    assert opened(tmp_path / "a.csv", LOOSE.encode()).refusals == []


def test_a_damaged_lzma_entry_costs_that_entry(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("good.csv", CSV)
        package.writestr("bad.csv", CSV * 40, compress_type=zipfile.ZIP_LZMA)
    packed = bytearray(path.read_bytes())
    start = packed.index(b"bad.csv") + len(b"bad.csv") + 30
    packed[start : start + 60] = b"\xff" * 60
    path.write_bytes(packed)
    with pytest.raises(lzma.LZMAError):
        zipfile.ZipFile(path).read("bad.csv")
    result = opened(path, bytes(packed))
    assert [table.path for table in result.tables] == ["a.zip!/good.csv"]
    (refusal,) = result.refusals
    assert refusal.path == "a.zip!/bad.csv"
    assert "损坏" in refusal.reason


@pytest.mark.parametrize("tables", [limits.MAX_TABLES, limits.MAX_TABLES + 1, 5_000])
def test_a_page_of_thousands_of_tables_is_refused_by_name(tmp_path: Path, tables: int) -> None:
    result = opened(tmp_path / "a.xls", b"<html>" + b"<table><tr><td>x</td></tr></table>" * tables + b"</html>")
    if tables <= limits.MAX_TABLES:
        assert len(result.tables) == tables
    else:
        (refusal,) = result.refusals
        assert (refusal.kind, refusal.code) == ("unreadable", "F01")
        assert str(tables) in refusal.reason
