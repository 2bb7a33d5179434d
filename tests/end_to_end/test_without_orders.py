"""A shop whose bills are here and whose orders are not: nothing is called wrong that could not be compared."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
from tests.end_to_end.test_sample_month import run

from ecrecon.report.verdict import sentences

GOLDEN = Path(__file__).parents[1] / "golden"


def test_money_of_a_shop_without_order_file_is_no_break(tmp_path: Path) -> None:
    for folder, sample in (("tb", "taobao.t1/new_columns.xlsx"), ("pdd", "pdd.p1/page.csv")):
        (tmp_path / "in" / folder).mkdir(parents=True)
        shutil.copy(GOLDEN / sample, tmp_path / "in" / folder)
    report = run(tmp_path / "in", tmp_path / "out")
    rows = report.variances.filter(report.variances["shop"] == "pdd")
    assert set(rows["code"].cast(pl.String)) - {"R09"} == {"X12"}
    assert sum(minor for code, minor in rows.select("code", "actual_minor").iter_rows() if code == "X12") == 3540
    assert any("pdd" in told and "35.40" in told and "缺订单文件" in told for told in sentences(report.unchecked))
