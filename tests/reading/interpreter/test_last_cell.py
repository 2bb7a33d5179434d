"""The last cell of a text without a line end: what proves it whole, what shows a cut, what is open."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles

from ecrecon.base.sources import Parsed
from ecrecon.reading.load import load
from ecrecon.reading.truncation import last_cell

TIMES = ["2026-10-01 09:00:00", "2026-10-01 10:30:00", "2026-10-02 08:00:01"]


@pytest.mark.parametrize(
    ("cell", "above", "verdict"),
    [
        ("12.50", ["1.00", "300.25", "0.99"], "whole"),
        ("12.5", ["1.00", "300.25", "0.99"], "cut"),
        ("12.", ["1.00"], "cut"),
        ("12", ["1.00", "2.50"], "cut"),
        ("-", ["-1.00", "2.50", "3.00"], "cut"),
        ("12", ["1", "305", "22.5"], "open"),
        ("12.34", ["1", "305", "22.5"], "whole"),
        ("12.34", [], "whole"),
        ("12", [], "open"),
        (TIMES[0], TIMES, "whole"),
        (TIMES[0][:-2], TIMES, "cut"),
        (TIMES[0][:10], TIMES, "cut"),
        ("2026/10/1 9:05", ["2026/10/1 10:30", "2026/9/30 9:00"], "whole"),
        ("2026/10/1 9:0", ["2026/10/1 10:30", "2026/9/30 9:00", "2026/9/30 9:01"], "cut"),
        ("300000000001", ["300000000002"], "whole"),
        ("30000000000", ["300000000002"], "cut"),
        ("提现", ["提现", "货款"], "whole"),
        ("提", ["提现", "货款", "提现", "提现", "货款", "货款"], "cut"),
        ("提现到", ["货款", "买家留言"], "open"),
        ("提\ufffd", [], "cut"),
        ("", ["a", "b", "c"], "open"),
        ("", ["", "b", ""], "whole"),
        ("", [], "whole"),
        ("x\t", ["a\t", "b\t", "c\t"], "whole"),
        ("x", ["a\t", "b\t", "c\t"], "cut"),
    ],
)
def test_the_shape_of_the_last_cell_tells(cell: str, above: list[str], verdict: str) -> None:
    assert last_cell(cell, above) == verdict


def ends(parsed: list[Parsed]) -> list[tuple[str, str | None]]:
    rows = (row for one in parsed for row in one.findings.select("code", "kind").iter_rows())
    return [(code, kind) for code, kind in rows if code == "F17"]


def written(folder: Path, name: str, sample: str, cut: int) -> None:
    data = (FOLDER / sample).read_bytes().rstrip(b"\r\n")
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data[: len(data) - cut] if cut else data + b"\r\n")


def test_an_amount_that_was_cut_stops_and_a_time_is_reviewed(tmp_path: Path) -> None:
    written(tmp_path / "a", "wide.csv", "jd.j7/wide.csv", 1)
    assert ends(load([tmp_path / "a"], profiles(), workers=1)) == [("F17", None)]
    written(tmp_path / "b", "items.csv", "taobao.t2_old/items_with_time.csv", 3)
    assert ends(load([tmp_path / "b"], profiles(), workers=1)) == [("F17", "review")]


def test_free_text_without_a_line_end_is_told_beside_files_that_have_one(tmp_path: Path) -> None:
    sample = "taobao.t2_old/items.csv"
    written(tmp_path, "cut.csv", sample, 2)
    assert ends(load([tmp_path], profiles(), workers=1)) == []
    written(tmp_path, "whole.csv", sample, 0)
    assert ends(load([tmp_path], profiles(), workers=1)) == [("F17", "review")]
    written(tmp_path, "other.csv", sample, 1)  # two without: the way in which somebody writes them
    assert ends(load([tmp_path], profiles(), workers=1)) == []
