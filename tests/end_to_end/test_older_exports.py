"""Two exports of the orders: what the older one shows dates what the newer one says without a time."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.end_to_end.csv_files import write
from tests.end_to_end.test_first_month import FLOW, ORDERS, moved, order

from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match

KEPT, FILLER = "6920000000000000501", "6920000000000000900"


def told(root: Path, period: str) -> list[tuple[str, str, int]]:
    config = find_config((root,), None)
    report = run_match(RunSettings(paths=(root,), workspace=read_workspace(config), config=config, period=period))
    rows = report.variances.filter(pl.col("order_id") == KEPT, pl.col("kind").cast(pl.String) != "info")
    return rows.select(pl.col("code", "kind").cast(pl.String), "difference_minor").rows()


def folder(root: Path, *, older: bool) -> Path:
    """Paid out on 20 August; open in August's export, closed without a refund in September's."""
    shop = root / "抖音店"
    days = [moved(FILLER, f"2026-{day} 01:00:00", "1.00") for day in ("08-01", "08-31", "09-30")]
    write(shop / "资金" / "动账明细.csv", FLOW, [*days, moved(KEPT, "2026-08-20 09:00:00", "100.00")])
    old = order("6920000000000000901", "2026-06-01", "2026-06-09")
    filler = order(FILLER, "2026-07-20", "2026-07-29", paid="3.00")
    if older:
        late = order("6920000000000000902", "2026-08-31", "")  # its time is that of the export
        write(shop / "订单" / "订单8月.csv", ORDERS, [old, filler, order(KEPT, "2026-08-05", "2026-08-12"), late])
    last = order("6920000000000000903", "2026-09-30", "")
    write(shop / "订单" / "订单9月.csv", ORDERS, [old, filler, order(KEPT, "2026-08-05", "2026-08-12", "已关闭"), last])
    return root


def test_an_order_closed_between_two_exports_keeps_its_money_from_then_on(tmp_path: Path) -> None:
    root = folder(tmp_path, older=True)
    assert told(root, "2026-08") == []
    assert told(root, "2026-09") == [("M08", "break", 10000)]


def test_without_the_older_export_the_receipt_dates_it(tmp_path: Path) -> None:
    root = folder(tmp_path, older=False)
    assert told(root, "2026-08") == [("M08", "break", 10000)]
    assert told(root, "2026-09") == []
