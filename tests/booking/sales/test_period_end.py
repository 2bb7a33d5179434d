"""Return estimate and small-scale relief: worked figures, entries, and when nothing may be booked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from benchmarks.simulator.__main__ import main as simulate

from ecrecon.base.errors import ConfigError
from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.sales.period_end import (
    REVERSAL,
    estimate_notes,
    quarter_relief,
    quarter_start,
    return_estimate,
    uncovered,
)
from ecrecon.booking.sales.revenue import threshold_on
from ecrecon.booking.settings import ReturnWindow, choose, shipped, shipped_events
from ecrecon.pipeline import RunSettings, find_config, read_workspace
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.pipeline.values import Stated
from ecrecon.settings.workspace import Workspace
from ecrecon.statements.profit import items_of

from ..build import SBE, entries, make_lines, make_sales, make_sources

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
END = date(2026, 10, 31)
WINDOW = ReturnWindow()


def facts(rows: list[tuple[str, int, int, int]]) -> pl.DataFrame:
    """(shop, days before the end, sold, came back), one order each."""
    last = datetime(2026, 10, 31, 12, tzinfo=ZONE)
    full = [
        (i, "pdd", shop, "CNY", f"o{i:03}", last - timedelta(days=days), sold, back, 0, i + 2)
        for i, (shop, days, sold, back) in enumerate(rows)
    ]
    return pl.DataFrame(full, orient="row", schema={
        "group_id": pl.Int64, "platform": pl.String, "shop": pl.String, "currency": pl.String, "order_id": pl.String,
        "revenue_at": TIME, "sold_minor": pl.Int64, "back_minor": pl.Int64, "source_id": pl.Int32, "source_line": pl.Int32,
    })  # fmt: skip


CLOSED = [("a", 20, 11300, 11300)] * 3 + [("a", 20, 11300, 0)] * 27
OPEN = [("a", 2, 11300, 0), ("a", 6, 11300, 0), ("a", 1, 11300, 11300), ("a", 7, 11300, 0)]
COSTS = pl.DataFrame({"group_id": [30, 31, 32], "cost_minor": [6000, 6001, 6000]})


def test_the_rate_of_closed_sales_is_applied_to_what_may_still_come_back() -> None:
    """3 of 31 closed sales came back; 200.00 net and 120.01 of cost are inside the window (the third is back already)."""
    rows, known = return_estimate(facts(CLOSED + OPEN), END, WINDOW, ("0.13", {}), COSTS)
    assert known.select("shop", "orders", "sold_minor", "back_minor").rows() == [("a", 31, 350300, 33900)]
    assert rows["net_minor"].sum() == 1935 and rows["cost_minor"].sum() == 1161  # 20000 x 3/31, 12001 x 3/31
    assert sorted(rows["order_id"]) == ["o030", "o031"] and set(rows["tax_minor"]) == {0}
    (note,) = estimate_notes(known, rows, ["a"], WINDOW)
    assert "9.7%" in note and "31 张订单" in note and "退 339.00，售 3503.00" in note and "19.35" in note


def test_too_little_history_makes_no_estimate_and_says_so() -> None:
    rows, known = return_estimate(facts(CLOSED[:20] + OPEN), END, WINDOW, ("0.13", {}), COSTS)
    assert rows.is_empty() and known.is_empty()
    assert "不到 30 张" in estimate_notes(known, rows, ["a"], WINDOW)[0]


def test_the_estimate_is_booked_and_reversed_to_nothing() -> None:
    asbe = Workspace(standard="asbe", vat_status="general")
    rows, _ = return_estimate(facts(CLOSED + OPEN), END, WINDOW, ("0.13", {}), COSTS)
    rows = rows.with_columns(day=pl.lit(END))
    policy = {"revenue_point": "confirmed", "return_estimate": "on"}

    def booked(frame: pl.DataFrame) -> dict[str, tuple[int, int]]:
        result = make_vouchers(make_lines([]), make_sources(), asbe, "2026-10", policy, frame)
        assert not result.problems
        return {name: (debit, credit) for _, _, name, debit, credit in entries(result.vouchers)}

    first = booked(rows)
    assert first == {
        "主营业务收入": (0, -1935), "预计负债-应付退货款": (0, 1935), "应收退货成本": (1161, 0), "主营业务成本": (-1161, 0),
    }  # fmt: skip
    back = booked(rows.with_columns(event=pl.lit(REVERSAL)))
    assert {name: d - c for name, (d, c) in back.items()} == {name: c - d for name, (d, c) in first.items()}


def test_small_enterprises_make_no_estimate() -> None:
    with pytest.raises(ConfigError, match="不适用") as caught:
        choose(shipped_events(), {"return_estimate": "on"}, SBE)
    assert "小企业会计准则" in caught.value.hint


def test_a_simulated_month_under_many_policies_has_one_profit_in_books_form_and_statement(tmp_path: Path) -> None:
    folder = tmp_path / "month"
    simulate(["month", "--out", str(folder), "--seed", "5", "--orders", "300"])
    config = find_config((folder,), None)
    workspace = read_workspace(config)
    policy = {
        "revenue_point": "confirmed", "return_estimate": "on", "input_vat_on_fees": "at_booking",
        "platform_subsidy": "other_revenue",
    }  # fmt: skip
    changes = {"standard": "asbe", "posting": workspace.posting.model_copy(update={"policy": policy})}
    asked = RunSettings(paths=(folder,), workspace=workspace.model_copy(update=changes), config=config)
    state = walk(Run([asked]), STAGES)
    assert not state[Vouchers].problems
    assert any(note.startswith("预计退货") for note in state[Vouchers].notes)
    booked = state[Vouchers].vouchers.filter(pl.col("event") == "return_estimate")
    assert booked.height and booked["debit_minor"].sum() == booked["credit_minor"].sum()
    left = booked.filter(pl.col("account_role") == "refund_liab")["credit_minor"]
    assert left.min() > 0
    assert state[Vouchers].vouchers.filter(pl.col("account_role") == "vat_input").height
    assert state[Vouchers].vouchers.filter(pl.col("account_role") == "other_revenue").height
    items = items_of(shipped("asbe")[0])
    results = state[Vouchers].vouchers.filter(pl.col("account_role").is_in(list(items)))
    booked_profit = (results["credit_minor"] - results["debit_minor"]).sum()
    shown = state[Stated].statements.profit.filter(pl.col("level") == "company", pl.col("item") == "profit")
    form = state[Stated].statements.income_statement.filter(pl.col("item").str.contains("利润总额"))
    assert [booked_profit] == shown["amount_minor"].to_list() == form["month_minor"].to_list()


QUARTER = [
    {"gross_minor": 10100, "tax_minor": 100, "order_id": "A", "group_id": 1},
    {"gross_minor": 20200, "tax_minor": 200, "order_id": "B", "group_id": 2},
    {"gross_minor": 20200, "tax_minor": 200, "order_id": "B", "group_id": 2, "event": "sales_return"},
]


def test_the_levy_of_a_quarter_under_the_threshold_becomes_income() -> None:
    end = date(2026, 12, 31)
    rows, notes = quarter_relief(make_sales(QUARTER), end, threshold_on(end))
    assert rows.select("order_id", "tax_minor", "day").rows() == [("A", 100, end)]
    assert "2026Q4" in notes[0] and "100.00 未超过免税额度 300000.00" in notes[0] and "减免税额 1.00" in notes[0]


@pytest.mark.parametrize(("standard", "income"), [("sbe", "营业外收入-减免增值税"), ("asbe", "其他收益-减免增值税")])
def test_the_relief_is_an_entry_of_the_last_month_of_the_quarter(standard: Any, income: str) -> None:
    end = date(2026, 12, 31)
    rows, _ = quarter_relief(make_sales(QUARTER), end, threshold_on(end))
    small = Workspace(standard=standard, vat_status="small")
    policy = {"revenue_point": "confirmed", "small_scale_relief": "move_at_quarter_end"}
    result = make_vouchers(make_lines([]), make_sources(), small, "2026-12", policy, rows)
    assert {name: (d, c) for _, _, name, d, c in entries(result.vouchers)} == {
        "应交税费-应交增值税": (100, 0), income: (0, 100),
    }  # fmt: skip
    assert result.trace["order_id"].unique().to_list() == ["A"]


def test_above_the_threshold_or_without_one_nothing_moves() -> None:
    end = date(2026, 12, 31)
    much = make_sales([{"gross_minor": 30_300_101, "tax_minor": 300_000}])
    rows, notes = quarter_relief(much, end, threshold_on(end))
    assert rows.is_empty() and "300001.01 超过免税额度" in notes[0]
    exact = make_sales([{"gross_minor": 30_300_000, "tax_minor": 300_000}])
    assert quarter_relief(exact, end, threshold_on(end))[0].height == 1
    assert threshold_on(date(2028, 3, 31)) is None
    assert quarter_relief(exact, date(2028, 3, 31), None)[0].is_empty()


def test_only_the_last_month_of_a_quarter_moves_anything() -> None:
    ends = [date(2026, month, 28) for month in range(1, 13)]
    assert [quarter_start(end) for end in ends if quarter_start(end)] == [
        date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)
    ]  # fmt: skip


def test_a_quarter_whose_bills_or_orders_are_missing_is_told() -> None:
    days = pl.date_range(date(2026, 7, 1), date(2026, 9, 30), eager=True)
    covered = pl.concat([
        pl.DataFrame({"account": ["whole"] * days.len(), "day": days}),
        pl.DataFrame({"account": ["late"] * 30, "day": pl.date_range(date(2026, 9, 1), date(2026, 9, 30), eager=True)}),
    ])  # fmt: skip
    first = [datetime(2026, 7, 2, tzinfo=ZONE), datetime(2026, 9, 2, tzinfo=ZONE)]
    orders = pl.DataFrame({"shop": ["s", "new"], "created_at": first}, schema_overrides={"created_at": TIME})
    moment = Moment(datetime(2026, 9, 30, tzinfo=ZONE), date(2026, 9, 1), date(2026, 9, 30))
    assert uncovered(covered, orders, moment) == ["late", "new"]


def test_a_general_taxpayer_has_no_relief() -> None:
    with pytest.raises(ConfigError, match="不适用"):
        choose(shipped_events(), {"small_scale_relief": "move_at_quarter_end"}, SBE)
