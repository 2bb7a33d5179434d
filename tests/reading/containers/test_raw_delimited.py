"""The fast reader of large text files against the careful one: the same tables, findings and frames, or none at all."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ecrecon.base.sources import Parsed
from ecrecon.reading.containers import opening
from ecrecon.reading.containers.model import RawBody, RawTable
from ecrecon.reading.containers.raw_delimited import RawDelimited, Sizes
from ecrecon.reading.load import load
from ecrecon.settings.profiles import Profile, load_profiles

from .build import one_table

ROOT = Path(__file__).parents[3]
SMALL = Sizes(least=0, piece=300, tail=2)
NEVER = Sizes(least=2**60)
HEADER = "订单号,时间,金额,类型,说明\r\n"
ROWS = [
    f"{n:06},2026-10-01 00:00:{n % 60:02},{n}.{n % 100:02},{'收入支出'[n % 2 * 2 :][:2]},第{n}单\r\n" for n in range(40)
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every file is large."""
    monkeypatch.setattr(opening, "SIZES", SMALL)
    return monkeypatch


@cache
def profiles() -> tuple[Profile, ...]:
    return load_profiles()


def body_of(table: RawTable, place: int) -> RawBody | str:
    try:
        return table.body(place)
    except Exception as error:  # both readers refuse alike
        return f"{type(error).__name__}: {error}"


def assert_same_table(one: RawTable, other: RawTable) -> None:
    assert one == other
    for place in range(min(len(one.head), 1 if one.size > 2**20 else 5)):
        mine, theirs = body_of(one, place), body_of(other, place)
        if isinstance(mine, str) or isinstance(theirs, str):
            assert mine == theirs
            continue
        assert_frame_equal(mine.cells, theirs.cells)
        assert mine.line.equals(theirs.line)
        assert mine.line.dtype == theirs.line.dtype
        assert (mine.names, mine.ragged, mine.damaged, mine.end) == (
            theirs.names,
            theirs.ragged,
            theirs.damaged,
            theirs.end,
        )
        assert (mine.widths is None) == (theirs.widths is None)
        assert mine.widths is None or (theirs.widths is not None and mine.widths.equals(theirs.widths))


def assert_same_file(path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """The two readers agree on `data`; whether the fast one read it."""
    path.write_bytes(data)
    file = opening.InputFile(path, path.name)
    monkeypatch.setattr(opening, "SIZES", SMALL)
    fast = opening.open_tables(file)
    monkeypatch.setattr(opening, "SIZES", NEVER)
    careful = opening.open_tables(file)
    assert fast.refusals == careful.refusals
    assert len(fast.tables) == len(careful.tables)
    for one, other in zip(fast.tables, careful.tables, strict=True):
        assert_same_table(one, other)
    return any(isinstance(table.grid, RawDelimited) for table in fast.tables)


def damaged(data: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Twins of a file with one fault each."""
    place = chance.randrange(1, len(data))
    line = data.find(b"\n", place) + 1
    yield "cut", data[:place]
    yield "cut at a line", data[: line or place]
    yield "a byte flipped", data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
    for name, extra in (
        ("a quote", b'"'), ("a pair of quotes", b',"a,b",'), ("a separator", b","), ("half a character", b"\xd6"),
        ("a carriage return", b"\r"), ("a line end", b"\n"), ("a NUL", b"\0"), ("a replacement", "\ufffd".encode()),
        ("an odd code", b"\xa8\xbc\xa6\xd9"), ("a mark", b"\xef\xbb\xbf"), ("a wrapper", b'="12"'), ("half of one", b'="12'),
    ):  # fmt: skip
        yield name, data[:place] + extra + data[place:]
        yield name + " at a line", data[:line] + extra + data[line:]


def texts() -> list[Path]:
    """Every text file of a bill in the repository, each content once."""
    found = [
        *(ROOT / "tests").rglob("*.csv"),
        *(ROOT / "tests").rglob("*.txt"),
        *(ROOT / "sample_bills").rglob("*.csv"),
    ]
    inputs = [path for path in sorted(found) if path.stat().st_size and path.name != "expected.csv"]
    once = {hashlib.sha256(path.read_bytes()).digest(): path for path in reversed(inputs)}
    return sorted(once.values())


def test_every_text_file_of_the_repository(tmp_path: Path, small: pytest.MonkeyPatch) -> None:
    read = sum(assert_same_file(tmp_path / path.name, path.read_bytes(), small) for path in texts())
    assert read > 20


@pytest.mark.slow
def test_damaged_twins_of_every_text_file(tmp_path: Path, small: pytest.MonkeyPatch) -> None:
    chance, read, tried = random.Random(20261201), 0, 0
    for path in texts():
        twins = list(damaged(path.read_bytes()[:20_000], chance))
        for _, data in chance.sample(twins, 1):
            read += assert_same_file(tmp_path / path.name, data, small)
            tried += 1
    assert 0 < read < tried


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["", "#合计,,12.30\r\n", "\r\n\r\n", "x,y"])
def test_damaged_twins_of_one_file(tmp_path: Path, small: pytest.MonkeyPatch, encoding: str, end: str) -> None:
    above = "账单\r\n\r\n" if end else ""
    data = (above + HEADER + "".join(ROWS) + end).encode(encoding)
    assert assert_same_file(tmp_path / "bill.csv", data, small) == (encoding != "utf-16" and end != "\r\n\r\n")
    for name, twin in damaged(data, random.Random(name_seed(encoding, end))):
        assert assert_same_file(tmp_path / "bill.csv", twin, small) in (True, False), name


def name_seed(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:4], "big")


@pytest.mark.parametrize(
    "cell",
    ['="5101"', '="51,01"', '="a="', '="', '5" 气球', '"x"', "=1", "`1", "\t5101\t", "𠀀", "\ue7c7", "e" * 400_000],
)
def test_cells_of_every_dress(tmp_path: Path, small: pytest.MonkeyPatch, cell: str) -> None:
    rows = [row.replace("第", cell + "第") if cell in ("=1", "`1", "𠀀") else cell + row[6:] for row in ROWS]
    for codec in ("gb18030", "utf-8"):
        fast = assert_same_file(tmp_path / "bill.csv", (HEADER + "".join(rows[:6])).encode(codec), small)
        assert fast == (cell in ('="5101"', "=1", "`1", "\t5101\t", "𠀀", "\ue7c7"))


def test_pieces_and_words_make_no_difference(tmp_path: Path, small: pytest.MonkeyPatch) -> None:
    data = (HEADER + "".join(ROWS) * 800 + "#结束\r\n").encode("gb18030")
    assert len(data) > 1024**2 + 4000
    for piece in (100_000, 2**23):
        small.setattr(opening, "SIZES", Sizes(least=0, piece=piece, tail=3))
        fast = one_table(tmp_path / "bill.csv", data)
        assert isinstance(fast.grid, RawDelimited)
        small.setattr(opening, "SIZES", NEVER)
        assert_same_table(fast, one_table(tmp_path / "bill.csv", data))
        assert fast.sha256 == hashlib.sha256(data).hexdigest()


def test_a_fault_far_below_the_first_megabyte_is_told_as_by_the_careful_reader(
    tmp_path: Path, small: pytest.MonkeyPatch
) -> None:
    data = (HEADER + "".join(ROWS) * 800).encode("gb18030")
    place = data.rindex(b"\n", 0, -300) - 3  # inside a cell of text
    assert not assert_same_file(tmp_path / "bill.csv", data[:place] + b"\xd6" + data[place:], small)


def test_what_is_parsed_is_the_same(tmp_path: Path, small: pytest.MonkeyPatch) -> None:
    folder = ROOT / "sample_bills" / "2026-10"
    fast = load([folder], profiles(), 1)
    small.setattr(opening, "SIZES", NEVER)
    careful = load([folder], profiles(), 1)
    assert len(fast) == len(careful)
    for one, other in zip(fast, careful, strict=True):
        assert_same_parsed(one, other)


def assert_same_parsed(one: Parsed, other: Parsed) -> None:
    assert one.source == other.source
    assert (one.frame is None) == (other.frame is None)
    if one.frame is not None and other.frame is not None:
        assert_frame_equal(one.frame, other.frame)
    assert_frame_equal(pl.DataFrame(one.findings), pl.DataFrame(other.findings))


def test_a_header_that_the_rows_do_not_fit_goes_to_the_careful_reader(
    tmp_path: Path, small: pytest.MonkeyPatch
) -> None:
    assert assert_same_file(tmp_path / "bill.csv", ("a,b,c,d\n" + "1,2,3\n" * 30).encode(), small)


def test_a_file_that_changes_after_it_was_opened_is_not_mixed(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    table = one_table(path, ("a,b,c,d\n" + "1,2,3\n" * 30).encode())
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(OSError, match=r"变化"):
        table.body(0)
