"""All downloads of all shops in one folder, no configuration: shops are told apart by the orders their files share."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import polars as pl
from tests.end_to_end.test_sample_month import SAMPLE, run

from ecrecon.report.model import Report


def told(report: Report) -> Counter[tuple[str, str, int]]:
    """Every row about an order, without the shop's name."""
    rows = report.variances.filter(
        pl.col("order_id").is_not_null(), ~pl.col("code").cast(pl.String).is_in(["C01", "C02"])
    )
    return Counter(rows.select(pl.col("code").cast(pl.String), "order_id", "difference_minor").iter_rows())


def test_one_folder_says_what_the_sorted_folders_say(tmp_path: Path) -> None:
    flat = tmp_path / "in"
    flat.mkdir()
    files = sorted(p for p in SAMPLE.rglob("*") if p.is_file() and p.name != "ecrecon.toml")
    for number, path in enumerate(files):
        shutil.copy(path, flat / (path.name if path.name.startswith("~$") else f"{number:03d}_{path.name}"))
    mixed, sorted_ = run(flat, tmp_path / "out"), run(SAMPLE, tmp_path / "sorted")
    assert told(mixed) == told(sorted_)
    codes = [set(r.variances["code"].cast(pl.String)) for r in (mixed, sorted_)]
    assert codes[0] - codes[1] == set()
    shops = {str(s.shop) for s in mixed.sources if s.platform == "pdd" and s.kind == "bill"}
    assert shops == {"pdd-1", "pdd-2"}
