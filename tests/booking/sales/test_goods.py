"""发出商品: where the goods of each order stand, by its dates alone, and what the vouchers make of it."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from benchmarks.simulator.__main__ import main as simulate
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.booking.build import SBE, make_lines, make_sources

from ecrecon.base.categories import CATEGORY
from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.sales.goods import goods_events, goods_shipped
from ecrecon.booking.sales.receivables import receivables, sales_facts
from ecrecon.booking.sales.revenue import sales_events
from ecrecon.pipeline import RunSettings, find_config, read_workspace
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.pipeline.values import Sales
from ecrecon.report.model import Report

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 8, 1, 12, tzinfo=ZONE)
MONTHS = [(2026, 8), (2026, 9), (2026, 10), (2026, 11)]

ORDER = st.fixed_dictionaries(
    {
        "due": st.integers(1, 10**6),
        "cost": st.integers(0, 10**6),
        "shipped": st.none() | st.integers(0, 110),
        "finished": st.none() | st.integers(0, 110),
        "refund": st.none() | st.tuples(st.integers(0, 110), st.sampled_from(["all", "part"]), st.booleans()),
    }
)


def moments(year: int, month: int) -> Moment:
    last = date(year, month, monthrange(year, month)[1])
    return Moment(datetime(year, month, last.day, 23, 59, 59, tzinfo=ZONE), date(year, month, 1), last)


def at(day: int | None, until: Moment) -> datetime | None:
    moment = None if day is None else FIRST + timedelta(days=day)
    return moment if moment is None or moment <= until.as_of else None


def frames(
    orders: list[dict[str, Any]], until: Moment
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Groups, lines (none), documents and costs, as they are known at the end of a month."""
    groups, documents, costs = [], [], []
    for index, order in enumerate(orders):
        back = 0
        if order["refund"] is not None:
            day, how, goods = order["refund"]
            moment = at(day, until)
            if moment is not None:
                back = order["due"] if how == "all" else order["due"] // 2
                documents.append((index, back, moment))
            costs.append((index, order["cost"], goods and moment is not None))
        else:
            costs.append((index, order["cost"], False))
        finished = at(order["finished"], until)
        groups.append((index, True, "pdd", "s", f"o{index}", "CNY", "finished" if finished else "shipped", False, finished,
                       at(order["shipped"], until), order["due"] - back, 0, 0, index))  # fmt: skip
    schema = {"group_id": pl.Int64, "has_order": pl.Boolean, "platform": pl.String, "shop": pl.String, "order_id": pl.String,
              "currency": pl.String, "status": pl.String, "unpaid": pl.Boolean, "event_at": TIME, "shipped_at": TIME,
              "expected_minor": pl.Int64, "due_platform_minor": pl.Int64, "source_id": pl.Int32, "source_line": pl.Int32}  # fmt: skip
    lines = pl.DataFrame(
        schema={"group_id": pl.Int64, "line_id": pl.Int64, "category": CATEGORY, "amount_minor": pl.Int64, "occurred_at": TIME,
                "self_documented": pl.Boolean, "shop": pl.String, "platform": pl.String, "currency": pl.String}
    )  # fmt: skip
    return (
        pl.DataFrame(groups, schema=schema, orient="row"),
        lines,
        pl.DataFrame(
            documents, schema={"group_id": pl.Int64, "amount_minor": pl.Int64, "completed_at": TIME}, orient="row"
        ),
        pl.DataFrame(
            costs, schema={"group_id": pl.Int64, "cost_minor": pl.Int64, "goods_returned": pl.Boolean}, orient="row"
        ),
    )


def month_of(orders: list[dict[str, Any]], year: int, month: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """GOODS_SHIPPED of a month, and the vouchers of its sales and goods."""
    until = moments(year, month)
    groups, lines, documents, costs = frames(orders, until)
    goods = goods_shipped(sales_facts(groups, lines, documents, until, "confirmed"), lines, documents, costs, until)
    through = goods.filter(pl.col("left_by") == "sold").select("group_id", through=pl.lit(value=True))
    ledger = receivables(groups, lines, documents, until, "confirmed")
    sales = sales_events(ledger, "0.13", {}, costs=costs.join(through, on="group_id", how="left"))
    policy = {"revenue_point": "confirmed", "goods_shipped_used": "yes"}
    made = make_vouchers(
        make_lines([]), make_sources(1), SBE, f"{year}-{month:02d}", policy, pl.concat([sales, goods_events(goods)])
    )
    return goods, made.vouchers


def there(order: dict[str, Any], until: Moment) -> bool:
    """Plain Python: shipped, and neither sold nor given back in full by the end of the month."""
    shipped, finished = at(order["shipped"], until), at(order["finished"], until)
    refunded = at(order["refund"][0], until) if order["refund"] is not None and order["refund"][1] == "all" else None
    sold = finished is not None and (refunded is None or refunded > finished)
    left = finished if sold else refunded
    return shipped is not None and left is None


@given(st.lists(ORDER, max_size=8))
@settings(max_examples=60)
def test_1406_holds_what_was_shipped_and_neither_sold_nor_given_back(orders: list[dict[str, Any]]) -> None:
    balance = 0
    for year, month in MONTHS:
        until = moments(year, month)
        goods, vouchers = month_of(orders, year, month)
        assert goods["opening_minor"].sum() == balance
        moved = vouchers.filter(pl.col("account_role") == "goods_shipped")
        balance += moved["debit_minor"].sum() - moved["credit_minor"].sum()
        expected = {f"o{i}": order["cost"] for i, order in enumerate(orders) if there(order, until) and order["cost"]}
        listed = goods.filter(pl.col("closing_minor") != 0)
        assert dict(listed.select("order_id", "closing_minor").iter_rows()) == expected
        assert balance == sum(expected.values())


@given(st.lists(ORDER, max_size=8))
@settings(max_examples=40)
def test_the_cost_of_sales_does_not_depend_on_the_policy(orders: list[dict[str, Any]]) -> None:
    until = moments(2026, 9)
    groups, lines, documents, costs = frames(orders, until)
    ledger = receivables(groups, lines, documents, until, "confirmed")
    plain = make_vouchers(make_lines([]), make_sources(1), SBE, "2026-09", {"revenue_point": "confirmed"},
                          sales_events(ledger, "0.13", {}, costs=costs)).vouchers  # fmt: skip
    with_goods = month_of(orders, 2026, 9)[1]
    sums = [
        v.filter(pl.col("account_role") == "cogs")
        .select(pl.col("debit_minor").sum() - pl.col("credit_minor").sum())
        .item()
        for v in (plain, with_goods)
    ]
    assert sums[0] == sums[1]


CASES = [
    ({"shipped": 5}, {"goods_shipped": [("1406", 6000, 0), ("1405", 0, 6000)]}),
    ({"shipped": 5, "finished": 9}, {
        "goods_shipped": [("1406", 6000, 0), ("1405", 0, 6000)],
        "revenue": [("1122", 11300, 0), ("5401", 6000, 0), ("1406", 0, 6000), ("2221", 0, 1300), ("5001", 0, 10000)],
    }),
    ({"finished": 9}, {
        "revenue": [("1122", 11300, 0), ("5401", 6000, 0), ("1405", 0, 6000), ("2221", 0, 1300), ("5001", 0, 10000)],
    }),
    ({"shipped": 5, "refund": (8, "all", True)}, {
        "goods_shipped": [("1406", 6000, 0), ("1405", 0, 6000)], "goods_returned": [("1405", 6000, 0), ("1406", 0, 6000)],
    }),
    ({"shipped": 5, "refund": (8, "all", False)}, {
        "goods_shipped": [("1406", 6000, 0), ("1405", 0, 6000)], "goods_lost": [("5601", 6000, 0), ("1406", 0, 6000)],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("order", "expected"), CASES)
def test_worked_entries(order: dict[str, Any], expected: dict[str, list[tuple[str, int, int]]]) -> None:
    full = {"due": 11300, "cost": 6000, "shipped": None, "finished": None, "refund": None, **order}
    vouchers = month_of([full], 2026, 8)[1]
    found = {
        str(event): part.select("account_code", "debit_minor", "credit_minor").rows()
        for (event,), part in vouchers.group_by("event", maintain_order=True)
    }
    assert {event: sorted(rows) for event, rows in found.items()} == {k: sorted(v) for k, v in expected.items()}


def test_lost_goods_may_stand_outside_the_business() -> None:
    until = moments(2026, 8)
    groups, lines, documents, costs = frames(
        [{"due": 11300, "cost": 6000, "shipped": 5, "finished": None, "refund": (8, "all", False)}], until
    )
    goods = goods_shipped(sales_facts(groups, lines, documents, until, "confirmed"), lines, documents, costs, until)
    policy = {"revenue_point": "confirmed", "goods_shipped_used": "yes", "goods_lost_account": "nonop_expense"}
    made = make_vouchers(make_lines([]), make_sources(1), SBE, "2026-08", policy, goods_events(goods)).vouchers
    assert ("5711", "营业外支出-存货毁损") in made.select("account_code", "account_name").rows()


def test_a_whole_company_with_erp(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    simulate(["month", "--out", str(folder), "--seed", "3", "--orders", "300", "--sides", "erp"])
    config = find_config((folder,), None)
    workspace = read_workspace(config)
    policy = {"revenue_point": "confirmed", "goods_shipped_used": "yes"}
    workspace = workspace.model_copy(update={"posting": workspace.posting.model_copy(update={"policy": policy})})
    state = walk(Run([RunSettings(paths=(folder,), workspace=workspace, config=config)]), STAGES)
    shipped = state[Sales].goods_shipped
    assert shipped is not None and shipped.height > 20
    booked = state[Vouchers].vouchers.filter(pl.col("account_role") == "goods_shipped")
    moved = booked["debit_minor"].sum() - booked["credit_minor"].sum()
    assert moved == shipped["closing_minor"].sum() - shipped["opening_minor"].sum()
    assert "goods_shipped" in state[Report].books
