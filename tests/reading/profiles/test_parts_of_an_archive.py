"""Files of one archive of which only the first has the header: parts of one export."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles

from ecrecon.base.sources import Parsed
from ecrecon.reading.load import load


def read(tmp_path: Path, parts: dict[str, bytes]) -> list[Parsed]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    (tmp_path / "bill.zip").write_bytes(target.getvalue())
    return load([tmp_path / "bill.zip"], profiles(), workers=1)


def whole(sample: str) -> tuple[list[bytes], int]:
    """Physical lines of a sample and how many of them stand above its first row."""
    path = FOLDER / sample
    (parsed,) = load([path], profiles(), workers=1)
    assert parsed.source.header_line is not None
    return path.read_bytes().splitlines(keepends=True), parsed.source.header_line


SAMPLES = ["wechat_shop.w1/page_12_columns.csv", "kuaishou.k2/page.csv", "douyin.d1/page.csv", "jd.j2/page_22_columns.csv",
           "alipay.a5/picked.csv", "taobao.t7/named_columns.csv"]  # fmt: skip


def money(parsed: list[Parsed]) -> tuple[int, int]:
    frames = [one.frame for one in parsed if one.frame is not None]
    return sum(frame.height for frame in frames), sum(int(frame["amount_minor"].sum()) for frame in frames)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("names", [("1.csv", "2.csv"), ("2.csv", "1.csv")])
def test_parts_without_a_header_go_on_with_the_part_that_has_it(
    sample: str, names: tuple[str, str], tmp_path: Path
) -> None:
    lines, above = whole(sample)
    cut = above + max(1, (len(lines) - above) // 2)
    parts = {names[0]: b"".join(lines[:cut]), names[1]: b"".join(lines[cut:])}
    got = read(tmp_path, dict(sorted(parts.items())))
    expected = load([FOLDER / sample], profiles(), workers=1)
    assert money(got) == money(expected)
    later = next(one for one in got if one.source.path.endswith(names[1]))
    assert later.source.account == expected[0].source.account
    assert any("没有表头" in note for note in later.source.notes)
    assert later.frame is not None and later.frame["source_line"].to_list()[0] == 1


def test_rows_with_another_number_of_cells_are_told_and_not_joined(tmp_path: Path) -> None:
    lines, above = whole(SAMPLES[0])
    rows = [line.rstrip(b"\r\n") + b",x\r\n" for line in lines[above + 1 :]]
    got = read(tmp_path, {"1.csv": b"".join(lines[: above + 1]), "2.csv": b"".join(rows)})
    assert [one.source.kind for one in got] == ["bill", "unknown"]


def test_a_part_beside_an_archive_is_told_and_not_joined(tmp_path: Path) -> None:
    lines, above = whole(SAMPLES[0])
    (tmp_path / "1.csv").write_bytes(b"".join(lines[: above + 1]))
    (tmp_path / "2.csv").write_bytes(b"".join(lines[above + 1 :]))
    got = load([tmp_path], profiles(), workers=1)
    assert [one.source.kind for one in got] == ["bill", "unknown"]
