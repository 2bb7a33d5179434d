"""Receivables and sales: worked orders, and what holds for every simulated month."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from benchmarks.simulator.__main__ import main as simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.categories import CATEGORY
from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME
from ecrecon.booking import Vouchers
from ecrecon.booking.sales.receivables import OF_SALES, receivables
from ecrecon.booking.sales.revenue import sales_events, split_by_total, tax_inside, with_rates
from ecrecon.judging.receipt.judge import Judged
from ecrecon.pipeline import RunSettings, find_config, read_workspace
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.pipeline.values import Sales

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = Moment(datetime(2026, 10, 31, 23, 59, 59, tzinfo=ZONE), date(2026, 10, 1), date(2026, 10, 31))


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00").replace(tzinfo=ZONE)


def ledger_frame(
    expected: int, lines: list[tuple[str, int, str]], documents: list[tuple[int, str]] = (), *, event: str = "2026-10-10",
    status: str = "finished", platform: int = 0,
) -> pl.DataFrame:  # fmt: skip
    groups = pl.DataFrame(
        {"group_id": [1], "has_order": [True], "platform": ["pdd"], "shop": ["s"], "order_id": ["o"], "currency": ["CNY"],
         "status": [status], "unpaid": [False], "event_at": [day(event)], "shipped_at": [None],
         "expected_minor": [expected], "due_platform_minor": [platform], "source_id": [0], "source_line": [2]},
        schema_overrides={"event_at": TIME, "shipped_at": TIME, "source_id": pl.Int32, "source_line": pl.Int32},
    )  # fmt: skip
    money = pl.DataFrame(
        [(1, i, c, a, day(d), False, "s", "pdd", "CNY") for i, (c, a, d) in enumerate(lines)],
        schema={"group_id": pl.Int64, "line_id": pl.Int64, "category": CATEGORY, "amount_minor": pl.Int64, "occurred_at": TIME,
                "self_documented": pl.Boolean, "shop": pl.String, "platform": pl.String, "currency": pl.String}, orient="row",
    )  # fmt: skip
    refunds = pl.DataFrame(
        [(1, a, day(d)) for a, d in documents],
        schema={"group_id": pl.Int64, "amount_minor": pl.Int64, "completed_at": TIME}, orient="row",
    )  # fmt: skip
    return receivables(groups, money, refunds, OCTOBER)


def ledger(*args: Any, **changes: Any) -> dict[str, int]:
    frame = ledger_frame(*args, **changes)
    if frame.is_empty():
        return {}
    row = frame.row(0, named=True)
    return {
        name.removesuffix("_minor"): row[name]
        for name in row
        if name.endswith("_minor") and row[name] and name not in OF_SALES
    }


def test_sold_and_paid_in_the_month_leaves_nothing() -> None:
    assert ledger(11000, [("goods_receipt", 10000, "2026-10-11"), ("coupon_platform", 1000, "2026-10-11")], platform=1000) == {
        "increase": 11000, "received": 11000,
    }  # fmt: skip


def test_sold_and_not_yet_paid_is_a_receivable() -> None:
    assert ledger(11000, []) == {"increase": 11000, "closing": 11000}


def test_sold_last_month_and_paid_now_was_a_receivable_at_the_start() -> None:
    assert ledger(11000, [("goods_receipt", 11000, "2026-10-01")], event="2026-09-28") == {
        "opening": 11000, "received": 11000,
    }  # fmt: skip


def test_paid_before_it_is_confirmed_is_an_advance() -> None:
    assert ledger(6600, [("advance", 6600, "2026-10-20")], status="shipped") == {"received": 6600, "closing": -6600}


def test_a_return_after_the_sale_is_a_reversal_with_the_coupon_taken_back() -> None:
    lines = [("goods_receipt", 10000, "2026-10-11"), ("coupon_platform", 1000, "2026-10-11"),
             ("refund", -10000, "2026-10-20"), ("coupon_platform", -1000, "2026-10-20")]  # fmt: skip
    assert ledger(0, lines, [(10000, "2026-10-20")], platform=1000) == {
        "increase": 11000, "reversal": 11000, "received": 11000, "paid_back": 11000,
    }  # fmt: skip


def test_a_refund_before_the_sale_only_makes_the_sale_smaller() -> None:
    assert ledger(8000, [("goods_receipt", 8000, "2026-10-11")], [(2000, "2026-10-05")]) == {
        "increase": 8000, "received": 8000,
    }  # fmt: skip


def test_a_return_of_last_months_sale() -> None:
    lines = [("goods_receipt", 10000, "2026-09-21"), ("refund", -3000, "2026-10-20")]
    assert ledger(7000, lines, [(3000, "2026-10-20")], event="2026-09-20") == {"reversal": 3000, "paid_back": 3000}


@pytest.mark.parametrize(("gross", "rate", "tax"), [
    (11000, "0.13", 1265), (10000, "0.13", 1150), (2000, "0.13", 230), (10000, "0.01", 99), (0, "0.13", 0), (1, "0.13", 0),
    (-2000, "0.13", -230),
])  # fmt: skip
def test_tax_is_gross_minus_net(gross: int, rate: str, tax: int) -> None:
    frame = with_rates(pl.DataFrame({"shop": ["s"], "gross_minor": [gross]}), rate, {})
    assert frame.select(tax_inside(pl.col("gross_minor"))).item() == tax


def test_a_thousand_orders_share_the_tax_of_their_total() -> None:
    """Line by line it would be 2,290.00; the total 19,900.00 has 2,289.38."""
    frame = with_rates(pl.DataFrame({"shop": ["s"] * 1000, "gross_minor": [1990] * 1000}), "0.13", {}).with_row_index(
        "row"
    )
    told = split_by_total(frame, ["shop"])
    assert told["tax_minor"].sum() == 228938
    assert set(told["tax_minor"]) <= {228, 229}


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 10**7), min_size=1, max_size=40), st.sampled_from(["0.13", "0.09", "0.06", "0.03", "0.01"])
)
def test_shares_of_the_tax_add_up_and_none_is_off_by_a_cent(amounts: list[int], rate: str) -> None:
    frame = with_rates(pl.DataFrame({"shop": ["s"] * len(amounts), "gross_minor": amounts}), rate, {}).with_row_index(
        "row"
    )
    told = split_by_total(frame, ["shop"])
    total = frame.select(tax_inside(pl.col("gross_minor").sum()), num="num").row(0)[0]
    assert told["tax_minor"].sum() == total
    exact = [amount * total / sum(amounts) for amount in amounts]
    assert all(abs(tax - share) < 1 for tax, share in zip(told["tax_minor"], exact, strict=True))
    again = split_by_total(frame.sample(fraction=1, shuffle=True, seed=1), ["shop"]).sort("row")
    assert again["tax_minor"].to_list() == told["tax_minor"].to_list()


@pytest.fixture
def month(sold_month: Run) -> Run:
    return sold_month


def test_every_receivable_is_what_is_owed_less_what_came(month: Run) -> None:
    forfeited = (
        month[Judged]
        .principal.filter(pl.col("category") == "deposit_forfeit")
        .group_by("group_id")
        .agg(forfeit=pl.col("amount_minor").sum())
    )
    groups = (
        month[Judged]
        .groups.join(forfeited, on="group_id", how="left")
        .select("group_id", "expected_minor", actual_minor=pl.col("actual_minor") - pl.col("forfeit").fill_null(0))
    )
    rows = month[Sales].receivables.filter(pl.col("state") != "no_reference").join(groups, on="group_id")
    owed = pl.when(pl.col("state") == "booked").then("expected_minor").otherwise(0)
    assert rows.select((owed - pl.col("actual_minor") == pl.col("closing_minor")).all()).item()
    assert rows.height > 100


def test_the_ledger_is_the_account_of_the_vouchers(month: Run) -> None:
    booked = month[Vouchers].vouchers.filter(pl.col("account_role") == "ar_platform")
    moved = booked.select((pl.col("debit_minor") - pl.col("credit_minor")).sum()).item()
    assert moved == month[Sales].receivables.select((pl.col("closing_minor") - pl.col("opening_minor")).sum()).item()
    assert month[Vouchers].problems == []


def test_net_and_tax_are_gross_and_a_full_return_nets_to_nothing(month: Run) -> None:
    sales = month[Sales].events
    assert sales is not None
    assert sales.select((pl.col("net_minor") + pl.col("tax_minor") == pl.col("gross_minor")).all()).item()
    signed = pl.when(pl.col("event") == "revenue").then(1).otherwise(-1)
    sums = sales.group_by("order_id").agg((pl.col("gross_minor", "net_minor", "tax_minor") * signed).sum(), pl.len())
    whole = sums.filter((pl.col("gross_minor") == 0) & (pl.col("len") == 2))
    assert whole.height > 0
    assert whole.select((pl.col("net_minor") == 0).all() & (pl.col("tax_minor") == 0).all()).item()


def test_every_cent_of_revenue_leads_to_its_order(month: Run) -> None:
    trace = month[Vouchers].trace.filter(pl.col("line_id").is_null())
    assert set(trace["order_id"]) == set(month[Sales].events["order_id"])
    assert trace["amount_minor"].sum() == 0
    assert trace["source_id"].null_count() == 0


def test_sales_do_not_depend_on_the_order_of_rows(month: Run) -> None:
    shuffled = (
        month[Sales]
        .receivables.sample(fraction=1, shuffle=True, seed=3)
        .sort("platform", "shop", "order_id", "group_id", nulls_last=True)
    )
    nothing = month[Sales].events.select(
        "group_id", cost_minor=pl.lit(None, dtype=pl.Int64), goods_returned=pl.lit(value=False)
    )
    assert (
        sales_events(shuffled, "0.13", {}, costs=nothing.unique())
        .drop("cost_minor")
        .equals(month[Sales].events.drop("cost_minor"))
    )


def test_split_line_by_line_is_the_sum_of_its_lines(month: Run) -> None:
    told = sales_events(month[Sales].receivables, "0.13", {}, "line").filter(pl.col("event") == "revenue")
    exact = told.with_columns(num=pl.lit(13, dtype=pl.Int64), den=pl.lit(100, dtype=pl.Int64))
    assert exact.select((tax_inside(pl.col("gross_minor")) == pl.col("tax_minor")).all()).item()


def test_cost_leaves_with_the_sale_and_comes_back_with_the_goods() -> None:
    rows = [(1, 11000, 0), (2, 11000, 11000), (3, 9000, 3000), (4, 5000, 5000)]
    ledger_rows = pl.DataFrame(
        [(g, "pdd", "s", f"o{g}", "CNY", sold, back, sold, back) for g, sold, back in rows],
        schema=["group_id", "platform", "shop", "order_id", "currency", "increase_minor", "reversal_minor", "sold_minor", "back_minor"],
        orient="row",
    ).with_columns(source_id=pl.lit(0, dtype=pl.Int32), source_line=pl.lit(2, dtype=pl.Int32),
                   revenue_at=pl.lit(day("2026-10-03"), dtype=TIME), returned_at=pl.lit(day("2026-10-09"), dtype=TIME))  # fmt: skip
    ledger_rows = ledger_rows.with_columns(increase_platform=pl.lit(0), reversal_platform=pl.lit(0))
    costs = pl.DataFrame(
        {"group_id": [1, 2, 3, 4], "cost_minor": [6000, 6001, 4000, 100], "goods_returned": [False, True, True, False]}
    )
    told = sales_events(ledger_rows, "0.13", {}, costs=costs)
    found = {(event, order): cost for event, order, cost in told.select("event", "order_id", "cost_minor").iter_rows()}
    assert [found["revenue", f"o{g}"] for g in (1, 2, 3, 4)] == [6000, 6001, 4000, 100]
    assert [found["sales_return", f"o{g}"] for g in (2, 3, 4)] == [6001, 1333, 0]


def test_a_full_return_over_two_months_brings_back_the_whole_cost() -> None:
    """10.01 of cost on a sale of 30.00: 10.00 come back in one month, 20.00 in the next."""

    def of_month(increase: int, back: int, so_far: int) -> int:
        row = (1, "pdd", "s", "o", "CNY", increase, back, 3000, so_far)
        names = [
            "group_id",
            "platform",
            "shop",
            "order_id",
            "currency",
            "increase_minor",
            "reversal_minor",
            "sold_minor",
            "back_minor",
        ]
        frame = pl.DataFrame([row], schema=names, orient="row").with_columns(
            source_id=pl.lit(0, dtype=pl.Int32), source_line=pl.lit(2, dtype=pl.Int32),
            revenue_at=pl.lit(day("2026-10-03"), dtype=TIME), returned_at=pl.lit(day("2026-10-09"), dtype=TIME),
            increase_platform=pl.lit(0), reversal_platform=pl.lit(0),
        )  # fmt: skip
        costs = pl.DataFrame({"group_id": [1], "cost_minor": [1001], "goods_returned": [True]})
        told = sales_events(frame, "0.13", {}, costs=costs).filter(pl.col("event") == "sales_return")
        return int(told["cost_minor"].item())

    assert [of_month(3000, 1000, 1000), of_month(0, 2000, 3000)] == [334, 667]


@pytest.mark.parametrize(("policy", "booked"), [({}, False), ({"revenue_point": "none"}, True)])
def test_without_a_confirmed_revenue_point_nothing_is_booked_and_none_books_the_money_alone(
    tmp_path: Path, policy: dict[str, str], booked: bool
) -> None:
    folder = tmp_path / "month"
    simulate(["month", "--out", str(folder), "--seed", "5", "--orders", "200"])
    config = find_config((folder,), None)
    workspace = read_workspace(config)
    workspace = workspace.model_copy(update={"posting": workspace.posting.model_copy(update={"policy": policy})})
    state = walk(Run([RunSettings(paths=(folder,), workspace=workspace, config=config)]), STAGES)
    events = set(state[Vouchers].vouchers["event"])
    assert "revenue" not in events and ("receipt" in events) == booked
    told = state[Vouchers].notes if booked else state[Vouchers].problems
    assert any("revenue_point" in text for text in told)


def _sold_with_platform_part(documents: list[tuple[int, str]], lines: list[tuple[str, int, str]]) -> dict[str, int]:
    """subsidy_minor per event of one order of 110.00, of which the platform pays 10.00."""
    expected = 11000 - sum(a for a, _ in documents) + sum(a for c, a, _ in lines if c == "coupon_platform" and a < 0)
    frame = ledger_frame(expected, lines, documents, platform=1000)
    return dict(sales_events(frame, "0.13", {}).select("event", "subsidy_minor").iter_rows())


def test_the_platforms_part_of_net_follows_the_sale_and_its_return() -> None:
    paid = [("goods_receipt", 10000, "2026-10-11"), ("coupon_platform", 1000, "2026-10-11")]
    assert _sold_with_platform_part([], paid) == {"revenue": 885}
    back = [("refund", -10000, "2026-10-20"), ("coupon_platform", -1000, "2026-10-20")]
    assert _sold_with_platform_part([(10000, "2026-10-20")], paid + back) == {"revenue": 885, "sales_return": 885}
    half = [("refund", -5000, "2026-10-20")]
    assert _sold_with_platform_part([(5000, "2026-10-20")], paid + half) == {"revenue": 885, "sales_return": 0}
