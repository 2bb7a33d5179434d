"""Every sample cut off at several places: what can be seen is said, and no half row is swallowed.

Nothing tells a cut exactly at the end of a row where the layout prints no totals (docs/profiles.md, `trailer`), nor one
inside a last cell of free text, unless other files of the layout lie beside it; such cuts are counted, and no cut of a layout
with a trailer may be among them. A whole file without the last line end gives no finding.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from tests.golden.goldens import FOLDER, profiles, samples

from ecrecon.base.sources import Parsed
from ecrecon.base.variances import BY_CODE
from ecrecon.reading.load import load

pytestmark = pytest.mark.slow

_PACKED = (b"PK", b"\xd0\xcf", b"\x1f\x8b")
_SERIOUS = {"stop", "break", "review"}


def read(path: Path) -> list[Parsed]:
    return load([path], profiles(), workers=1)


def kinds(parsed: list[Parsed]) -> set[tuple[str, str]]:
    rows = (row for one in parsed for row in one.findings.select("code", "kind").iter_rows())
    return {(code, kind or BY_CODE[code].kind) for code, kind in rows}


def same_rows(whole: list[Parsed], got: list[Parsed]) -> bool:
    before, after = (
        [one.frame for one in parsed if one.frame is not None and one.frame.height] for parsed in (whole, got)
    )
    return len(before) == len(after) and all(a.equals(b) for a, b in zip(before, after, strict=True))


def cuts(data: bytes, name: str) -> list[int]:
    """A seeded place in the last two thirds, and one just before the end."""
    places = random.Random(name).randrange(len(data) // 3, len(data) - 3), len(data) - 3
    return [place for place in places if not data[:place].endswith(b"\n")]


READ = {profile.id for profile in profiles() if profile.profile.kind != "ignore"}
USED = [path for path in samples() if path.parent.name in READ]
PLAIN = [path for path in USED if not path.read_bytes().startswith(_PACKED)]


@pytest.mark.parametrize("sample", USED, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_file_that_stops_early_says_so(sample: Path, tmp_path: Path) -> None:
    data = sample.read_bytes()
    path = tmp_path / sample.name
    for place in cuts(data, sample.name):
        path.write_bytes(data[:place])
        got = read(path)
        told = {kind for _, kind in kinds(got)} & _SERIOUS
        whole = read(sample)
        assert told or same_rows(whole, got) or first_rows(whole, got) or free_text_at_its_end(got), (
            f"cut after byte {place} of {len(data)}"
        )


def first_rows(whole: list[Parsed], got: list[Parsed]) -> bool:
    """What was read is the beginning of the file, and every row in it is whole: cut at the end of a row."""
    before, after = ([one.frame for one in parsed if one.frame is not None] for parsed in (whole, got))
    if len(before) != len(after) or not all(frame.height for frame in after):
        return False
    lines = {line for frame in after for line in frame["source_line"]}
    kept = [frame.filter(pl.col("source_line").is_in(lines)) for frame in before]
    return all(a.equals(b) for a, b in zip(kept, after, strict=True))


def free_text_at_its_end(got: list[Parsed]) -> bool:
    """The last cell is a text that nothing measures; that it may be cut is told beside files that end their lines."""
    return all(one.source.line_end == "open" for one in got if one.frame is not None)


@pytest.mark.parametrize(
    "sample", [p for p in PLAIN if p.suffix == ".csv"], ids=lambda p: p.relative_to(FOLDER).as_posix()
)
def test_a_whole_file_without_its_last_line_end_is_no_finding(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / sample.name
    path.write_bytes(sample.read_bytes().rstrip(b"\r\n"))
    got, whole = read(path), read(sample)
    assert {code for code, _ in kinds(got)} <= {code for code, _ in kinds(whole)}
    assert same_rows(whole, got)


def test_a_cut_at_the_end_of_a_row_is_seen_where_the_layout_ends_in_totals(tmp_path: Path) -> None:
    ends = {profile.id for profile in profiles() if profile.file.trailer}
    seen = Counter[bool]()
    for sample in PLAIN:
        (whole, *_) = read(sample)
        lines = sample.read_bytes().splitlines(keepends=True)
        if whole.frame is None or whole.frame.is_empty() or len(lines) < 4:
            continue
        path = tmp_path / sample.name
        path.write_bytes(b"".join(lines[: max(whole.frame["source_line"].to_list()) - 1]))
        told = bool({kind for _, kind in kinds(read(path))} & _SERIOUS)
        seen[told] += 1
        totals = any(control.name != "balance" for control in whole.source.control)
        assert told or sample.parent.name not in ends or not totals, sample
    assert seen[True] > 15  # trailers, totals above the header, closing tags
    assert seen[False] < 80  # plain CSV without totals: the page on profiles says so
