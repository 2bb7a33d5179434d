"""Vouchers per month, day or order: the same money, cut differently."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.base.schema import ZONE, conform
from ecrecon.booking import make_vouchers
from ecrecon.booking.sales.revenue import SALES_EVENTS
from ecrecon.booking.vouchers import Vouchers

from .build import SBE, START, make_lines, make_sources
from .test_properties import FEW, LINE, SOURCES

pytestmark = pytest.mark.slow

MONTH = st.lists(st.tuples(LINE, st.integers(0, 29)), max_size=30)
SALE = st.tuples(
    st.sampled_from(["revenue", "sales_return"]), st.sampled_from(["A", "B", "C"]), st.integers(0, 29),
    st.integers(1, 10**6), st.integers(0, 10**5),
)  # fmt: skip
STYLE = st.sampled_from(["red_same_side", "opposite_side"])
GRAINS = ("month", "day", "order")


def lines_of(rows: list[tuple[dict[str, Any], int]]) -> pl.DataFrame:
    return make_lines([{**row, "occurred_at": START + timedelta(days=day)} for row, day in rows])


def sales_of(rows: list[tuple[str, str, int, int, int]]) -> pl.DataFrame:
    """One row per event and order, tax 13 %."""
    unique = {(event, order): row for row in rows for event, order in [row[:2]]}
    told = [
        {"event": event, "platform": "taobao", "shop": "tmall_a", "order_id": order, "currency": "CNY",
         "day": date(2026, 10, 1 + day), "gross_minor": net + net * 13 // 100, "net_minor": net,
         "tax_minor": net * 13 // 100, "cost_minor": cost, "shipped_minor": cost // 3, "source_id": 0, "source_line": 2}
        for event, order, day, net, cost in unique.values()
    ]  # fmt: skip
    return conform(pl.DataFrame(told), SALES_EVENTS) if told else pl.DataFrame(schema=dict(SALES_EVENTS))


def book(lines: pl.DataFrame, sales: pl.DataFrame, grain: str, style: str = "red_same_side") -> Vouchers:
    policy = {"voucher_granularity": grain, "revenue_point": "confirmed", "red_style": style}
    return make_vouchers(lines, SOURCES, SBE, "2026-10", policy, sales)


@given(MONTH, st.lists(SALE, max_size=8), st.sampled_from(GRAINS), STYLE)
@FEW
def test_each_granularity_books_the_same_money_and_traces_every_cent(
    rows: list[tuple[dict[str, Any], int]], sold: list[tuple[str, str, int, int, int]], grain: str, style: str
) -> None:
    lines, sales = lines_of(rows), sales_of(sold)
    month, fine = book(lines, sales, "month", style), book(lines, sales, grain, style)
    sums = [
        result.vouchers.group_by("event", "shop", "account_role", "aux", "account_code")
        .agg(pl.col("debit_minor", "credit_minor").sum())
        .sort(pl.all())
        for result in (month, fine)
    ]  # fmt: skip
    assert sums[0].equals(sums[1])
    totals: Counter[str] = Counter()
    lines_booked: Counter[tuple[str, int]] = Counter()
    for row in fine.vouchers.iter_rows(named=True):
        totals[row["voucher_id"]] += row["debit_minor"] - row["credit_minor"]
        lines_booked[row["voucher_id"], row["seq"]] += row["debit_minor"] - row["credit_minor"]
    assert not any(totals.values())
    traced: Counter[tuple[str, int]] = Counter()
    for row in fine.trace.iter_rows(named=True):
        traced[row["voucher_id"], row["seq"]] += row["amount_minor"]
    assert dict(traced) == dict(lines_booked)


@given(MONTH, st.lists(SALE, max_size=8), st.sampled_from(["day", "order"]))
@FEW
def test_a_voucher_holds_one_day_and_one_order_and_numbers_run_by_date(
    rows: list[tuple[dict[str, Any], int]], sold: list[tuple[str, str, int, int, int]], grain: str
) -> None:
    lines, sales = lines_of(rows), sales_of(sold)
    result = book(lines, sales, grain)
    heads = result.vouchers.unique("number", maintain_order=True)
    assert heads["number"].to_list() == list(range(1, heads.height + 1))
    assert heads["date"].is_sorted()
    assert heads["voucher_id"].n_unique() == heads.height
    placed = result.trace.join(heads.select("voucher_id", "date", "event", "shop"), on="voucher_id")
    of_lines = placed.join(lines.select("line_id", day=pl.col("occurred_at").dt.date()), on="line_id")
    assert of_lines.select((pl.col("day") == pl.col("date")).all()).item()
    of_orders = placed.filter(pl.col("line_id").is_null()).join(
        sales.select("event", "order_id", "day"), on=["event", "order_id"]
    )
    assert of_orders.select((pl.col("day") == pl.col("date")).all()).item()
    if grain == "order":
        orders = placed.group_by("voucher_id").agg(pl.col("order_id").n_unique())
        assert set(orders["order_id"]) <= {1}
        cut = placed.select("event", "shop", "date", "order_id").unique().height
        assert cut == heads.height
    else:
        assert heads.select("event", "shop", "date").n_unique() == heads.height


ROWS = [
    {"category": "goods_receipt", "amount_minor": 5990, "order_id": "A", "occurred_at": datetime(2026, 10, 5, 9, tzinfo=ZoneInfo(ZONE))},
    {"category": "goods_receipt", "amount_minor": 1000, "order_id": "B", "occurred_at": datetime(2026, 10, 5, 23, 59, tzinfo=ZoneInfo(ZONE))},
    {"category": "commission", "amount_minor": -30, "order_id": "A", "occurred_at": datetime(2026, 10, 5, 9, tzinfo=ZoneInfo(ZONE))},
    {"category": "withdrawal", "amount_minor": -5000, "occurred_at": datetime(2026, 10, 2, 9, tzinfo=ZoneInfo(ZONE))},
]  # fmt: skip


@pytest.mark.parametrize(
    ("grain", "heads"),
    [
        ("month", [(31, "tmall_a 2026-10 平台结算货款到账"), (31, "tmall_a 2026-10 佣金"), (31, "tmall_a 2026-10 提现")]),
        ("day", [(2, "tmall_a 2026-10-02 提现"), (5, "tmall_a 2026-10-05 平台结算货款到账"), (5, "tmall_a 2026-10-05 佣金")]),
        ("order", [(2, "tmall_a 2026-10-02 提现"), (5, "tmall_a A 平台结算货款到账"), (5, "tmall_a B 平台结算货款到账"),
                   (5, "tmall_a A 佣金")]),
    ],
)  # fmt: skip
def test_dates_and_summaries(grain: str, heads: list[tuple[int, str]]) -> None:
    made = make_vouchers(make_lines(ROWS), make_sources(), SBE, "2026-10", {"voucher_granularity": grain}).vouchers
    debits = made.filter(pl.col("seq") == 1)
    told = [(day.day, text.replace("平台佣金", "佣金")) for day, text in debits.select("date", "summary").iter_rows()]
    assert told == heads


def test_equal_orders_have_ids_of_their_own() -> None:
    rows = [{"category": "goods_receipt", "amount_minor": 1990, "order_id": order} for order in ("A", "B", "C")]
    made = make_vouchers(make_lines(rows), make_sources(), SBE, "2026-10", {"voucher_granularity": "order"}).vouchers
    assert made["voucher_id"].n_unique() == 3


def test_many_order_vouchers_are_made_by_columns() -> None:
    count = 30_000
    one = make_lines([{"category": "goods_receipt", "amount_minor": 5990, "order_id": "x"}])
    lines = one[[0] * count].with_columns(
        line_id=pl.int_range(count, dtype=pl.Int64), order_id=pl.format("42000012342026{}", pl.int_range(count)),
        occurred_at=pl.col("occurred_at") + pl.duration(minutes=pl.int_range(count) % 40_000),
    )  # fmt: skip
    made = make_vouchers(lines, make_sources(), SBE, "2026-10", {"voucher_granularity": "order"})
    assert made.vouchers["number"].max() == count
    assert made.trace.height == 2 * count
