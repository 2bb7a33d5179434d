"""A month of which no bill is here: its orders are not checked, whatever other months lie in the folder."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end.csv_files import write
from tests.end_to_end.test_first_month import FLOW, ORDERS, REFUNDS, moved, order, refund

from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match
from ecrecon.report import Report

AUGUST, OCTOBER = ("2026-08-01", "2026-08-31"), ("2026-10-01", "2026-10-31")
SILENT, SHORT, REFUNDED = "6920000000000000301", "6920000000000000302", "6920000000000000303"
FILLER = "6920000000000000900"

Told = dict[str, tuple[str, str, int]]


def month(folder: Path, period: str, spans: list[tuple[str, str]], orders: list[dict[str, str]],
          flow: list[dict[str, str]], refunds: list[dict[str, str]], config: str = "") -> Report:  # fmt: skip
    """A run for `period`: one bill per span of days (a line of 1.00 on its first and last day), orders, after-sales."""
    shop = folder / "抖音店"
    for first, last in spans:
        inside = [row for row in flow if first <= row["动账时间"][:10] <= last]
        edges = [moved(FILLER, f"{day} 01:00:00", "1.00") for day in (first, last)]
        write(shop / "资金" / f"动账明细_{first[:7]}.csv", FLOW, [*inside, *edges])
    due = f"{len(spans) * 2}.00"
    write(shop / "订单" / "订单.csv", ORDERS, [order(FILLER, "2026-07-20", "2026-07-29", paid=due), *orders])
    write(shop / "售后" / "售后单.csv", REFUNDS, [*refunds, refund(FILLER, "2026-07-30 10:00:00", "0.00")])
    if config:
        (folder / "ecrecon.toml").write_text(config, encoding="utf-8")
    found = find_config((folder,), None)
    settings = RunSettings(paths=(folder,), workspace=read_workspace(found), config=found, period=period)
    return run_match(settings)


def told(report: Report) -> Told:
    rows = report.variances.filter(
        pl.col("order_id").is_not_null() & (pl.col("order_id") != FILLER) & ~pl.col("kind").cast(pl.String).eq("info")
    ).select("order_id", pl.col("code", "kind").cast(pl.String), "difference_minor")
    return {number: tuple(rest) for number, *rest in rows.iter_rows()}  # type: ignore[misc]


def states(report: Report) -> dict[str, str]:
    return dict(report.orders.select("order_id", pl.col("disposition").cast(pl.String)).iter_rows())


def waiting(report: Report) -> list[tuple[str, int]]:
    """(kind, Σ of orders) of the rows F12."""
    rows = report.variances.filter(pl.col("code") == "F12")
    return rows.select(pl.col("kind").cast(pl.String), "actual_minor").rows()


@pytest.mark.parametrize("period", ["2026-09", "2026-10"])
def test_orders_of_a_month_without_bill_are_not_overdue(period: str, tmp_path: Path) -> None:
    """Confirmed on 5 September, due on the 12th: bills of August and October do not show what September brought."""
    report = month(tmp_path, period, [AUGUST, OCTOBER], [order(SILENT, "2026-08-30", "2026-09-05")], [], [])
    assert told(report) == {}
    assert states(report)[SILENT] == "not_checked"
    assert waiting(report) == [("review", -10000)]


def test_the_window_is_covered_from_the_event_on_not_from_the_period(tmp_path: Path) -> None:
    """Confirmed on 26 September, due with grace on 5 October: the days of September are asked for as well."""
    report = month(tmp_path, "2026-10", [AUGUST, OCTOBER], [order(SILENT, "2026-09-20", "2026-09-26")], [], [])
    assert states(report)[SILENT] == "not_checked"
    whole = [AUGUST, ("2026-09-01", "2026-09-30"), OCTOBER]
    report = month(tmp_path / "b", "2026-10", whole, [order(SILENT, "2026-09-20", "2026-09-26")], [], [])
    assert told(report) == {SILENT: ("X02", "break", -10000)}


def test_a_part_that_came_before_the_hole_is_not_short_and_not_waiting_either(tmp_path: Path) -> None:
    """60.00 of 100.00 on the last of August, due with grace on 7 September."""
    orders, flow = [order(SHORT, "2026-08-20", "2026-08-29")], [moved(SHORT, "2026-08-31 09:00:00", "60.00")]
    assert told(month(tmp_path / "a", "2026-08", [AUGUST, OCTOBER], orders, flow, [])) == {
        SHORT: ("A04", "timing", -4000)
    }
    report = month(tmp_path / "b", "2026-10", [AUGUST, OCTOBER], orders, flow, [])
    assert told(report) == {}
    assert states(report)[SHORT] == "not_checked"
    assert waiting(report) == [("review", -4000)]
    whole = [AUGUST, ("2026-09-01", "2026-09-30"), OCTOBER]
    assert told(month(tmp_path / "c", "2026-09", whole, orders, flow, [])) == {SHORT: ("A02", "break", -4000)}
    assert told(month(tmp_path / "d", "2026-10", whole, orders, flow, [])) == {}


def test_a_refund_whose_days_no_bill_covers_is_for_a_person_with_the_reason(tmp_path: Path) -> None:
    orders, flow = [order(REFUNDED, "2026-08-02", "2026-08-12")], [moved(REFUNDED, "2026-08-19 09:00:00", "100.00")]
    refunds = [refund(REFUNDED, "2026-09-10 10:00:00", "30.00")]
    report = month(tmp_path, "2026-10", [AUGUST, OCTOBER], orders, flow, refunds)
    assert told(report) == {REFUNDED: ("R01", "review", 3000)}
    (note,) = report.variances.filter(pl.col("code") == "R01")["note"]
    assert "没有账单" in note
    (state,) = report.open_items.filter(pl.col("order_id") == REFUNDED)["state"]
    assert state == "not_checked"
    assert report.exit_code == 1


def test_with_a_configured_opening_a_month_without_bill_is_not_before_the_books(tmp_path: Path) -> None:
    """Only October's bill is here. A run for September has nothing to check its orders with; one for October knows that
    September had a run of its own."""
    config = '[opening]\ndate = 2026-08-01\n[[shops]]\nname = "s"\nplatform = "douyin"\npaths = ["抖音店/**"]\n'
    orders = [order(SILENT, "2026-08-30", "2026-09-05")]
    september = month(tmp_path / "a", "2026-09", [OCTOBER], orders, [], [], config)
    assert states(september)[SILENT] == "not_checked"
    october = month(tmp_path / "b", "2026-10", [OCTOBER], orders, [], [], config)
    assert states(october)[SILENT] == "presumed_settled"


def test_a_file_that_begins_inside_the_month_says_nothing_of_the_days_before(tmp_path: Path) -> None:
    """A configured opening on the first; the only bill begins on the 15th: an order due on the 10th is not presumed."""
    config = '[opening]\ndate = 2026-10-01\n[[shops]]\nname = "s"\nplatform = "douyin"\npaths = ["抖音店/**"]\n'
    shop = tmp_path / "抖音店"
    write(shop / "资金" / "动账明细_20261015-20261031.csv", FLOW, [moved(FILLER, "2026-10-15 01:00:00", "2.00")])
    rows = [order(FILLER, "2026-09-20", "2026-09-29", paid="2.00"), order(SILENT, "2026-09-25", "2026-10-01")]
    write(shop / "订单" / "订单.csv", ORDERS, rows)
    (tmp_path / "ecrecon.toml").write_text(config, encoding="utf-8")
    found = find_config((tmp_path,), None)
    report = run_match(RunSettings(paths=(tmp_path,), workspace=read_workspace(found), config=found, period="2026-10"))
    assert states(report)[SILENT] == "not_checked"
