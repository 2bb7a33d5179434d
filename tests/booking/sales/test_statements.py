"""Ledgers and statements of simulated months: every one adds up, and to the others."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.moment import Moment
from ecrecon.base.schema import ORDER_LINES, TIME, conform, empty
from ecrecon.base.shares import allocate
from ecrecon.booking import Vouchers
from ecrecon.booking.sales.receivables import ageing
from ecrecon.booking.settings import shipped
from ecrecon.judging.receipt.judge import Judged
from ecrecon.pipeline.chain import Run
from ecrecon.pipeline.statements import profit_sources
from ecrecon.pipeline.values import Booked, Coverage, Differences, Ledger, Sales, Stated
from ecrecon.statements import Statements
from ecrecon.statements.cash import cash_ledger, in_chain_order
from ecrecon.statements.history import EARLIER, Earlier, History
from ecrecon.statements.income import form, income_statement
from ecrecon.statements.parties import parties, side_of
from ecrecon.statements.profit import (
    FACTS,
    goods_titles,
    items_of,
    profit,
    profit_form,
    sales_facts,
    share,
    voucher_facts,
)
from ecrecon.statements.profit import sums as sums_of_the_form
from ecrecon.statements.schema import ALLOCATIONS

pytestmark = pytest.mark.slow


@pytest.fixture
def month(sold_month: Run) -> Run:
    return sold_month


def told(month: Run) -> Statements:
    return month[Stated].statements


def test_the_ledger_rolls_from_opening_to_closing_and_equals_the_platform(month: Run) -> None:
    ledger = told(month).ledger
    moved = pl.col("income_minor").fill_null(0) - pl.col("expense_minor").fill_null(0)
    lines = ledger.filter(pl.col("row").is_in(["opening", "line"]))
    rolls = lines.with_columns(before=pl.col("balance_minor").shift(1).over("account"), moved=moved).filter(
        pl.col("row") == "line"
    )
    assert rolls.select((pl.col("before") + pl.col("moved") == pl.col("balance_minor")).all()).item()
    printed = rolls.filter(pl.col("printed_minor").is_not_null())
    broken = {note.split("：")[0].removeprefix("账户 ") for note in told(month).notes}
    sound = printed.filter(~pl.col("account").is_in(sorted(broken)))
    assert sound.height > 100
    assert sound.select((pl.col("printed_minor") == pl.col("balance_minor")).all()).item()


def test_documents_add_up_to_the_movement_of_each_account(month: Run) -> None:
    documents = told(month).documents
    assert documents["document_no"].n_unique() == documents.height
    assert (documents["amount_minor"] > 0).all()
    moved = (
        month[Booked]
        .lines.group_by(pl.col("account").cast(pl.String))
        .agg(pl.col("amount_minor").abs().sum(), pl.len().alias("n"))
    )
    grouped = documents.group_by("account").agg(pl.col("lines").sum())
    nonzero = month[Booked].lines.filter(pl.col("amount_minor") != 0).height
    assert grouped["lines"].sum() == nonzero
    assert set(grouped["account"]) <= set(moved["account"])
    assert documents["voucher"].null_count() == 0


def test_days_of_cash_roll(month: Run) -> None:
    daily = told(month).cash_daily
    assert daily.select(
        (pl.col("opening_minor") + pl.col("income_minor") - pl.col("expense_minor") == pl.col("closing_minor")).all()
    ).item()
    before = daily.with_columns(before=pl.col("closing_minor").shift(1).over("account")).filter(
        pl.col("before").is_not_null()
    )
    assert before.select((pl.col("before") == pl.col("opening_minor")).all()).item()


def test_the_levels_of_the_profit_add_up(month: Run) -> None:
    profit = told(month).profit
    summed = profit.filter(~pl.col("item").is_in(["gmv", "merchant_discount"]))
    sums = {
        level: part.group_by("item").agg(pl.col("amount_minor").sum()).sort("item")
        for (level,), part in summed.group_by("level")
    }
    assert sums["company"].equals(sums["shop"])
    assert sums["company"].equals(sums["platform"])
    assert sums["company"].equals(sums["sku"])
    value = dict(sums["company"].iter_rows())
    assert value["net_revenue"] == value["sales_gross"] + value["sales_tax"] + value["returns_net"]
    for total, parts in sums_of_the_form().items():
        assert value[total] == sum(value[part] for part in parts), total
    assert value["profit"] == sum(value[line.key] for line in profit_form() if not line.add and not line.memo)


def test_the_profit_of_each_shop_is_what_its_accounts_say(month: Run) -> None:
    """Line by line, per shop, from the vouchers; and the sales and lines alone say the same: nothing was made to fit."""
    chart, _ = shipped("sbe")
    items = items_of(chart)
    side = pl.col("credit_minor") - pl.col("debit_minor")
    booked = month[Vouchers].vouchers.filter(pl.col("account_role").is_in(list(items)))
    accounts = booked.group_by("shop", item=pl.col("account_role").replace_strict(items)).agg(side.sum())
    revenue = ["sales_gross", "sales_tax", "returns_net"]
    merged = pl.when(pl.col("item").is_in(revenue)).then(pl.lit("returns_net")).otherwise("item")
    lines = [line.key for line in profit_form() if not line.add and not line.memo]
    shops = told(month).profit.filter(pl.col("level") == "shop", pl.col("item").is_in(lines))
    ours = shops.group_by("shop", item=merged).agg(pl.col("amount_minor").sum()).filter(pl.col("amount_minor") != 0)
    theirs = accounts.rename({"credit_minor": "amount_minor"}).filter(pl.col("amount_minor") != 0)
    assert ours.height > 20
    assert ours.sort(pl.all()).equals(theirs.sort(pl.all()))
    form_lines = dict(told(month).income_statement.select("line", "month_minor").iter_rows())
    whole = told(month).profit.filter(pl.col("level") == "company", pl.col("item") == "profit")["amount_minor"].sum()
    assert whole == form_lines[30]
    _, more = month.of(profit_sources)
    assert more.is_empty()


def test_what_the_vouchers_hold_beyond_the_lines_stands_in_its_line() -> None:
    told_facts = facts([("s", "o", "sales_gross", 11300), ("s", "o", "sales_tax", -1300), ("s", None, "freight", -50)])
    rows = [("revenue", "s", "revenue", 0, 10000), ("fee", "s", "selling_freight", 50, 0),
            ("accrual", "s", "selling_freight", 30, 0), ("accrual", "s", "ap", 0, 30)]  # fmt: skip
    vouchers = pl.DataFrame(rows, schema=["event", "shop", "account_role", "debit_minor", "credit_minor"], orient="row")
    items = items_of(shipped("sbe")[0])
    more = voucher_facts(vouchers, told_facts, items, with_sales=True)
    assert more.select("platform", "shop", "order_id", "item", "amount_minor").rows() == [
        ("pdd", "s", None, "freight", -30)
    ]
    without = vouchers.filter(pl.col("event") != "revenue")
    assert voucher_facts(without, told_facts, items, with_sales=False)["item"].to_list() == ["freight"]


def facts(rows: list[tuple[str, str | None, str, int]]) -> pl.DataFrame:
    full = [("bank" if s == "cmb" else "pdd", s, "CNY", o, i, a) for s, o, i, a in rows]
    return pl.DataFrame(full, schema=dict(FACTS), orient="row")


def test_costs_of_no_shop_are_allocated_by_net_revenue_and_shown_in_full() -> None:
    rows = [("a", "1", "sales_gross", 20000), ("b", "2", "sales_gross", 10000), ("c", "3", "returns_net", -500),
            ("cmb", None, "payment", -100), ("cmb", None, "finance", 50)]  # fmt: skip
    places = pl.DataFrame({"shop": ["a", "b", "c", "cmb"], "is_shop": [True, True, True, False]})
    shared_out, pool = share(facts(rows), places)
    of_shops = shared_out.filter(pl.col("item") == "shared").select("shop", "amount_minor").sort("shop").rows()
    assert of_shops == [("a", -33), ("b", -17)]
    assert shared_out["amount_minor"].sum() == sum(row[3] for row in rows)
    statement = profit(shared_out, pool, empty(ALLOCATIONS), goods_titles(empty(ORDER_LINES)), History("2026-10"))
    level = {name: part for (name,), part in statement.group_by("level")}
    full = level["shared"].filter(pl.col("amount_minor") != 0, pl.col("item").is_in(["payment", "finance"]))
    assert sorted(full["amount_minor"]) == [-100, 50]
    assert set(statement.filter(pl.col("flag") == "allocated")["item"]) == {"shared"}
    kept, _ = share(facts(rows[3:]), places)
    assert kept.select("shop", "item", "amount_minor").rows() == [("cmb", "shared", -100), ("cmb", "shared", 50)]


def test_an_order_without_printed_discount_leaves_the_gmv_unknown_not_smaller() -> None:
    sales = pl.DataFrame(
        [("revenue", "pdd", s, o, g, "CNY", amount, 0, amount, 0) for s, o, g, amount in
         [("a", "1", 1, 9000), ("a", "2", 2, 4000), ("b", "3", 3, 500)]],
        schema=["event", "platform", "shop", "order_id", "group_id", "currency", "gross_minor", "tax_minor", "net_minor", "cost_minor"],
        orient="row",
    )  # fmt: skip
    for known, gmv in (({1: 1000, 2: 0}, 14000), ({1: 1000, 2: None}, None)):
        discounts = pl.DataFrame({"group_id": list(known), "discount_minor": list(known.values())})
        rows = sales_facts(sales, discounts)
        statement = profit(rows, rows.clear(), empty(ALLOCATIONS), goods_titles(empty(ORDER_LINES)), History("2026-10"))
        told_gmv = statement.filter(pl.col("item") == "gmv")
        assert told_gmv.filter(pl.col("shop") == "a", pl.col("level") == "shop")["amount_minor"].to_list() == [gmv]
        assert told_gmv.filter(pl.col("level") == "company")["amount_minor"].to_list() == [None]


@pytest.mark.parametrize("standard", ["sbe", "asbe"])
def test_every_profit_account_has_its_line(standard: str) -> None:
    chart, _ = shipped(standard)
    items = items_of(chart)
    assert {"revenue", "cogs", "selling_freight", "nonop_donation", "finance_interest", "tax_surcharge"} <= set(items)
    assert not {"wallet", "ar_platform", "vat_output", "unexplained", "prepay_ads"} & set(items)
    assert set(items.values()) <= {line.key for line in profit_form() if not line.add}


def test_profit_is_the_statutory_form_is_the_vouchers(month: Run) -> None:
    form_lines = dict(told(month).income_statement.select("line", "month_minor").iter_rows())
    profit = dict(told(month).profit.filter(pl.col("level") == "company").select("item", "amount_minor").iter_rows())
    assert form_lines[1] == profit["net_revenue"]
    assert (
        form_lines[21]
        == form_lines[1]
        - (form_lines[2] or 0)
        - form_lines[3]
        - form_lines[11]
        - form_lines[14]
        - form_lines[18]
        + form_lines[20]
    )


def test_receivables_age_without_netting(month: Run) -> None:
    aged = told(month).receivables
    ages = [name for name in aged.columns if name.startswith("days_")] + ["not_due_minor"]
    assert aged.select((pl.sum_horizontal(ages) + pl.col("credit_minor") == pl.col("closing_minor")).all()).item()
    assert aged.select(
        (pl.col("advance_minor") >= pl.col("credit_minor")).all() & (pl.col("credit_minor") <= 0).all()
    ).item()
    shops, orders = (aged.filter(pl.col("level") == level) for level in ("shop", "order"))
    assert shops["closing_minor"].sum() == orders["closing_minor"].sum()
    assert shops["advance_minor"].sum() == orders.filter(pl.col("state") == "advance")["closing_minor"].sum()


def test_receivable_account_orders_and_open_items_say_the_same(month: Run) -> None:
    """Account 1122 of the vouchers = shop row = Σ of its orders; what is only waiting stands in both lists alike."""
    aged, parties_ = told(month).receivables, told(month).parties
    account = parties_.filter(pl.col("account_role") == "ar_platform").select("shop", "opening_minor", "closing_minor")
    shops = aged.filter(pl.col("level") == "shop").select("shop", "opening_minor", "closing_minor")
    assert account.sort("shop").equals(shops.sort("shop"))
    of_orders = aged.filter(pl.col("level") == "order").group_by("shop").agg(pl.col("closing_minor").sum())
    assert of_orders.sort("shop").equals(shops.select("shop", "closing_minor").sort("shop"))
    booked = aged.filter(pl.col("level") == "order", pl.col("state") == "booked")
    waiting = (
        month[Differences].open_items.group_by("order_id").agg(pl.col("open_minor").sum(), pl.col("state").first())
    )
    both = booked.join(waiting.filter(pl.col("state").is_in(["not_due", "overdue"])), on="order_id")
    exact = both.filter(pl.col("closing_minor") == pl.col("open_minor"))
    assert both.height > 10 and exact.height >= both.height - 3  # an order may also have a part that is wrong
    refunded = month[Sales].receivables.filter(pl.col("reversal_minor") > 0).height
    assert refunded > 10


def test_accounts_with_others_roll_from_last_month(month: Run) -> None:
    first = told(month).parties
    assert set(first["side"]) <= {"receivable", "payable"}
    others = first.filter(pl.col("account_role") != "ar_platform")
    assert others.height > 3 and others["opening_minor"].null_count() == others.height
    known = (pl.col("opening_minor").fill_null(0) + pl.col("debit_minor") - pl.col("credit_minor")) == pl.col(
        "closing_minor"
    )
    assert first.select(known.all()).item()
    frames = {name: empty(schema) for name, schema in EARLIER.items()}
    gone = others.head(1).with_columns(shop=pl.lit("gone"), closing_minor=pl.lit(700, dtype=pl.Int64))
    frames["parties"] = conform(pl.concat([others, gone]), EARLIER["parties"])
    later = parties(
        month[Vouchers].vouchers, month[Sales].receivables, History("2026-11", (Earlier("2026-10", "", frames),))
    )
    rolled = later.join(others, on=["shop", "account_role", "account_name"], suffix="_before")
    assert rolled.height == others.height
    assert rolled.select((pl.col("opening_minor") == pl.col("closing_minor_before")).all()).item()
    assert later.filter(pl.col("shop") == "gone").select("opening_minor", "closing_minor").rows() == [(700, 700)]


def test_what_platforms_owe_stays_where_a_month_has_no_vouchers(month: Run) -> None:
    """应收账款-平台 opens with what the orders owe, also where no voucher of the month names the account."""
    frames = {name: empty(schema) for name, schema in EARLIER.items()}
    owed = told(month).parties.filter(pl.col("account_role") == "ar_platform", pl.col("closing_minor") != 0)
    frames["parties"] = conform(owed, EARLIER["parties"])
    still = owed.select("shop", "currency", opening_minor="closing_minor")
    later = parties(month[Vouchers].vouchers.clear(), still, History("2026-11", (Earlier("2026-10", "", frames),)))
    assert later.height == owed.height > 0
    both = later.join(still, on=["shop", "currency"], suffix="_owed")
    assert both.select((pl.col("closing_minor") == pl.col("opening_minor_owed")).all()).item()


@pytest.mark.parametrize(("role", "side"), [
    ("ar_platform", "receivable"), ("deposit", "receivable"), ("ap", "payable"), ("ap_accrued", "payable"),
    ("other_payable", "payable"), ("tax_withheld", "payable"), ("contract_liab", "payable"), ("wallet", None),
    ("selling_freight", None), ("vat_output", None),
])  # fmt: skip
def test_parties_stand_behind_their_accounts(role: str, side: str | None) -> None:
    assert side_of(role) == side


def test_ages_follow_the_edges_and_the_basis(month: Run) -> None:
    usual = told(month).receivables
    wide = ageing(month[Sales].receivables, month[Moment].day, [10, 365])
    assert [name for name in wide.columns if name.startswith("days_")] == [
        "days_0_10_minor", "days_11_365_minor", "days_over_365_minor",
    ]  # fmt: skip
    for name in ("closing_minor", "credit_minor"):
        assert wide[name].to_list() == usual[name].to_list()
    due = ageing(month[Sales].receivables, month[Moment].day, basis="due_date")
    old = due.filter(pl.col("level") == "order", pl.col("expected_by").is_not_null())
    days = (pl.lit(month[Moment].day) - pl.col("expected_by")).dt.total_days()
    assert old.select((pl.col("age_days") == days).all()).item()
    early = old.filter(pl.col("age_days") < 0, pl.col("closing_minor") > 0)
    assert early.height > 5
    assert early.select((pl.col("not_due_minor") == pl.col("closing_minor")).all()).item()


def test_the_bridge_to_platform_income_adds_up(month: Run) -> None:
    wide = told(month).platform_income.pivot("item", index=["platform", "shop"], values="amount_minor")
    assert wide.select((pl.col("received") + pl.col("paid_back") == pl.col("platform_income")).all()).item()
    assert wide.select(
        (
            pl.col("platform_income") + pl.col("fake_orders") + pl.col("receivable_change") == pl.col("booked_gross")
        ).all()
    ).item()
    assert wide.select((pl.col("booked_gross") + pl.col("tax") == pl.col("booked_net")).all()).item()


def test_allocations_add_up_per_order(month: Run) -> None:
    shares = told(month).allocations
    assert shares.height > 100
    sales = shares.filter(pl.col("item") == "sales_gross").group_by("order_id").agg(pl.col("amount_minor").sum())
    sold = month[Sales].events.filter(pl.col("event") == "revenue").select("order_id", "gross_minor")
    both = sales.join(sold, on="order_id")
    assert both.height == sales.height
    assert both.select((pl.col("amount_minor") == pl.col("gross_minor")).all()).item()


@pytest.mark.parametrize(("amount", "weights", "shares"), [
    (1000, [3333, 3333, 3334], [333, 333, 334]), (1000, [1, 1, 1], [334, 333, 333]), (-5, [10, 20, 30], [-1, -2, -2]),
    (7, [0, 0], [4, 3]), (0, [1, 2], []),
])  # fmt: skip
def test_worked_allocations(amount: int, weights: list[int], shares: list[int]) -> None:
    amounts = pl.DataFrame({"order_id": ["o"], "item": ["x"], "amount_minor": [amount]})
    rows = pl.DataFrame({"order_id": ["o"] * len(weights), "row": range(len(weights)), "weight_minor": weights})
    assert allocate(amounts, rows, "order_id")["amount_minor"].to_list() == shares


@settings(max_examples=80)
@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=12))
def test_allocation_is_exact_and_within_a_cent(amount: int, weights: list[int]) -> None:
    amounts = pl.DataFrame({"order_id": ["o"], "item": ["x"], "amount_minor": [amount]})
    rows = pl.DataFrame({"order_id": ["o"] * len(weights), "row": range(len(weights)), "weight_minor": weights})
    shares = allocate(amounts, rows, "order_id")["amount_minor"].to_list()
    assert sum(shares) == amount
    used = weights if sum(weights) else [1] * len(weights)
    if amount:
        assert all(
            abs(share * sum(used) - amount * weight) < sum(used) for share, weight in zip(shares, used, strict=True)
        )


def test_lines_of_one_second_stand_in_the_order_of_their_balances() -> None:
    at = datetime(2026, 10, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    rows = [("w", at, 0, 1, -30, 1070), ("w", at, 0, 2, 100, 1100), ("w", at, 0, 3, -60, 1010)]
    lines = pl.DataFrame(rows, schema={"account": pl.String, "occurred_at": TIME, "source_id": pl.Int32, "source_line": pl.Int32,
                                       "amount_minor": pl.Int64, "balance_minor": pl.Int64}, orient="row").with_columns(line_id="source_line")  # fmt: skip
    assert in_chain_order(lines)["source_line"].to_list() == [2, 1, 3]


def test_a_long_ledger_is_told_by_day_and_ends_alike(month: Run) -> None:
    from ecrecon.judging import overview

    money = overview.with_order_shop(month[Judged], month[Judged].lines.filter(overview.COUNTED, pl.col("in_money")))
    named = money.with_columns(voucher=pl.lit("记-1"), counter_account=pl.lit("1122"))
    openings = overview.account_overview(month[Judged], month[Ledger].sources, month[Coverage].days, month[Moment])
    full, short = (cash_ledger(named, openings, History("2026-10"), **most) for most in ({}, {"most": 10}))
    assert short.height < full.height
    ends = [
        f.filter(pl.col("row") == "month").select("account", "income_minor", "expense_minor", "balance_minor")
        for f in (full, short)
    ]
    assert ends[0].equals(ends[1])


@pytest.mark.parametrize("standard", ["sbe", "asbe"])
def test_forms_only_add_lines_above_them(standard: str) -> None:
    seen: set[int] = set()
    for line in form(standard):
        assert set(line.add) | set(line.subtract) <= seen
        seen.add(line.line)
    empty = pl.DataFrame(schema={"account_role": pl.String, "credit_minor": pl.Int64, "debit_minor": pl.Int64})
    assert income_statement(empty, standard, History("2026-10"))["month_minor"].sum() == 0
