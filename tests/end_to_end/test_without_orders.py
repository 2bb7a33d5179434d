"""A shop whose bills are here and whose orders are not: nothing is called wrong that could not be compared."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
from tests.end_to_end.test_sample_month import run

GOLDEN = Path(__file__).parents[1] / "golden"


def test_money_of_a_shop_without_order_file_is_no_break(tmp_path: Path) -> None:
    for folder, sample in (("tb", "taobao.t1/new_columns.xlsx"), ("pdd", "pdd.p1/page.csv")):
        (tmp_path / "in" / folder).mkdir(parents=True)
        shutil.copy(GOLDEN / sample, tmp_path / "in" / folder)
    report = run(tmp_path / "in", tmp_path / "out")
    rows = report.variances.filter(report.variances["shop"] == "pdd")
    assert rows["code"].cast(pl.String).unique().to_list() in (["X11"], ["R09", "X11"], ["X11", "R09"])
    assert sum(minor for code, minor in rows.select("code", "actual_minor").iter_rows() if code == "X11") == 3540
    assert any("pdd" in note and "35.40" in note for note in report.notes)
