"""Every sample cut off at several places: what can be seen is said, and no half row is swallowed.

Nothing tells a cut exactly at the end of a row where the layout prints no totals (docs/profiles.md, `trailer`); such cuts
are counted, and no cut of a layout with a trailer may be among them.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles, samples

from ecrecon.formats.load import load
from ecrecon.sources import Parsed
from ecrecon.variances import BY_CODE

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
        assert told or same_rows(read(sample), got), f"cut after byte {place} of {len(data)}"


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
