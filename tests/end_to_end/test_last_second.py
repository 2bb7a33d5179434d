"""The edges of a day: the last second belongs to the old month, the next instant to the new one, and none to neither."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end.csv_files import write
from tests.end_to_end.test_first_month import FLOW, ORDERS, moved, order

from ecrecon.pipeline import RunSettings, find_config, parse_as_of, read_workspace, run_match
from ecrecon.report import Report

FILLER = "6920000000000000900"
MOMENTS = {
    "2026-09-30 23:59:59": "2026-09", "2026-09-30 23:59:59.500": "2026-09", "2026-10-01 00:00:00": "2026-10",
    "2026-10-31 23:59:59.999": "2026-10", "2026-11-01 00:00:00": "2026-11",
}  # fmt: skip


def folder(root: Path) -> Path:
    """Money of unknown orders (X03) at each moment, and bills of three months."""
    shop = root / "抖音店"
    flow = [moved(FILLER, f"2026-{month}-15 01:00:00", "1.00") for month in ("09", "10", "11")]
    flow += [moved(FILLER, f"2026-{day} 02:00:00", "1.00") for day in ("09-01", "11-30")]
    for place, when in enumerate(MOMENTS, start=1):
        flow.append(moved(f"69200000000000004{place:02d}", when, f"{place}0.00"))
    write(shop / "资金" / "动账明细.csv", FLOW, flow)
    old = order("6920000000000000901", "2026-06-01", "2026-06-09")
    write(shop / "订单" / "订单.csv", ORDERS, [old, order(FILLER, "2026-08-20", "2026-08-29", paid="5.00")])
    return root


def run(root: Path, period: str, as_of: str | None = None) -> Report:
    config = find_config((root,), None)
    workspace = read_workspace(config)
    moment = parse_as_of(as_of) if as_of else None
    return run_match(RunSettings(paths=(root,), workspace=workspace, config=config, period=period, as_of=moment))


@pytest.mark.parametrize("period", ["2026-09", "2026-10", "2026-11"])
def test_each_moment_is_told_in_one_month(period: str, tmp_path: Path) -> None:
    report = run(folder(tmp_path), period)
    rows = report.variances.filter(pl.col("code") == "X03")
    wanted = [1000 * place for place, month in enumerate(MOMENTS.values(), start=1) if month == period]
    assert sorted(rows["difference_minor"]) == wanted
    assert report.as_of.isoformat().endswith("T23:59:59+08:00")


def test_an_as_of_inside_the_month_leaves_the_rest_for_a_later_run(tmp_path: Path) -> None:
    root = folder(tmp_path)
    early = run(root, "2026-10", "2026-10-05").variances.filter(pl.col("code") == "X03")
    late = run(root, "2026-10").variances.filter(pl.col("code") == "X03")
    assert early["difference_minor"].to_list() == [3000]
    assert sorted(late["difference_minor"]) == [3000, 4000]
