"""Cash of the whole simulated company: documents, ledger and days agree with the movement of every wallet and the bank."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.booking.sales.test_statements import told
from tests.months import booked, confirmed

from ecrecon.base.categories import CATEGORY
from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME
from ecrecon.booking import Vouchers
from ecrecon.booking.settings import shipped
from ecrecon.judging import overview
from ecrecon.judging.payouts import Paid
from ecrecon.judging.receipt.judge import Judged
from ecrecon.pipeline.chain import Run
from ecrecon.pipeline.values import Coverage, Ledger
from ecrecon.statements.cash import cash_daily, cash_ledger, ledger_notes
from ecrecon.statements.history import History
from ecrecon.statements.profit import items_of
from ecrecon.statements.schema import IN_KINDS, OUT_KINDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company(faulty_company: Run) -> Run:
    """Shops of every platform with ERP and bank; some withdrawals never reach the bank."""
    return booked(faulty_company, confirmed(faulty_company))


def movements(company: Run) -> pl.DataFrame:
    """account, net_minor of every wallet, from its own lines."""
    accounts = overview.account_overview(
        company[Judged], company[Ledger].sources, company[Coverage].days, company[Moment]
    )
    return accounts.filter(pl.col("platform") != "bank").select("account", "net_minor").sort("account")


def test_signed_documents_are_the_movement_of_every_wallet(company: Run) -> None:
    documents = told(company).documents
    sign = pl.when(pl.col("direction") == "in").then(1).otherwise(-1)
    sums = documents.group_by("account").agg(net_minor=(pl.col("amount_minor") * sign).sum())
    wallets = movements(company)
    assert wallets.height > 15
    both = wallets.join(sums, on="account", how="left", suffix="_documents").with_columns(
        pl.col("net_minor_documents").fill_null(0)
    )
    assert both.filter(pl.col("net_minor") != pl.col("net_minor_documents")).is_empty()
    assert {"支付宝", "微信支付", "平台钱包", "银行转账"} == set(documents["settle_method"])
    assert documents.select((pl.col("amount_cny_minor") == pl.col("amount_minor")).all()).item()


def test_the_ledger_moves_as_the_wallets_do_and_prints_each_day(company: Run) -> None:
    ledger = told(company).ledger
    month = ledger.filter(pl.col("row") == "month").with_columns(
        net_minor=pl.col("income_minor") - pl.col("expense_minor")
    )
    both = movements(company).join(month, on="account", suffix="_ledger")
    assert both.height > 15 and both.filter(pl.col("net_minor") != pl.col("net_minor_ledger")).is_empty()
    day = pl.col("occurred_at").dt.date()
    lines = ledger.filter(pl.col("row") == "line").group_by("account", day=day).agg(
        pl.col("income_minor", "expense_minor").sum(), pl.col("balance_minor").last()
    )  # fmt: skip
    days = ledger.filter(pl.col("row") == "day").select(
        "account", "income_minor", "expense_minor", "balance_minor", day=day
    )
    assert days.select(lines.columns).sort("account", "day").equals(lines.sort("account", "day"))
    assert ledger.select((pl.col("seq") == pl.int_range(pl.len()).over("account")).all()).item()
    words = ledger.select(pl.when(pl.col("balance_minor") > 0).then(pl.lit("借")).when(pl.col("balance_minor") < 0)
                          .then(pl.lit("贷")).otherwise(pl.lit("平")) == pl.col("direction"))  # fmt: skip
    assert words.to_series().all()


def test_days_say_what_came_in_and_went_out_and_what_is_on_the_way(company: Run) -> None:
    daily = told(company).cash_daily
    for side, kinds in (("in", IN_KINDS), ("out", OUT_KINDS)):
        parts = pl.sum_horizontal(f"{side}_{kind}_minor" for kind in kinds)
        whole = pl.col("income_minor" if side == "in" else "expense_minor")
        assert daily.select((parts == whole).all()).item()
    accounts, totals = (daily.filter(pl.col("level") == level) for level in ("account", "total"))
    assert accounts.filter(pl.col("difference_minor").is_not_null() & (pl.col("difference_minor") != 0)).is_empty()
    assert totals["income_minor"].sum() == accounts["income_minor"].sum()
    assert totals["day"].n_unique() == totals.height
    rolls = totals.sort("day").with_columns(before=pl.col("closing_minor").shift(1)).drop_nulls("before")
    assert rolls.select((pl.col("before") == pl.col("opening_minor")).all()).item()
    ended = accounts.group_by("account", maintain_order=True).agg(pl.col("closing_minor").last())
    assert totals.sort("day")["closing_minor"].last() == ended["closing_minor"].sum()
    last = accounts.group_by("account", maintain_order=True).agg(pl.col("in_transit_minor", "day").last())
    expected = company[Paid].totals.select("account", waiting=pl.col("in_transit_minor") + pl.col("missing_minor"))
    late = (
        company[Paid].withdrawals.group_by("account").agg(latest=pl.col("day").max(), came=pl.col("arrived_on").max())
    )
    both = (
        last.join(expected, on="account")
        .join(late, on="account")
        .filter(
            (pl.col("day") >= pl.col("latest"))
            & ((pl.col("came") <= pl.col("day")) | (pl.col("came") > company[Moment].end))  # type: ignore[union-attr]
        )
    )
    assert both.height > 3 and both["waiting"].sum() > 0
    assert both.filter(pl.col("in_transit_minor") != pl.col("waiting")).is_empty()


def test_bank_charges_and_interest_are_shared_and_the_profit_ties_to_the_accounts(company: Run) -> None:
    profit = told(company).profit
    items = items_of(shipped("sbe")[0])
    booked = company[Vouchers].vouchers.filter(pl.col("account_role").is_in(list(items)))
    whole = booked.select((pl.col("credit_minor") - pl.col("debit_minor")).sum()).item()
    value = dict(profit.filter(pl.col("level") == "company").select("item", "amount_minor").iter_rows())
    assert value["profit"] == whole == told(company).income_statement.filter(pl.col("line") == 30)["month_minor"].item()
    pool = profit.filter(pl.col("level") == "shared", pl.col("item") == "profit")["amount_minor"].sum()
    assert value["shared"] == pool != 0
    shops = profit.filter(pl.col("level") == "shop", pl.col("item") == "shared")
    assert shops["amount_minor"].sum() == pool and "bank" not in set(shops["platform"])
    assert value["cost"] is None and value["gross_profit"] == value["net_revenue"] > 0  # its records print no cost


START = datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def small(rows: list[tuple[int, int, str, str]]) -> pl.DataFrame:
    """(amount, printed balance, category, text), two a day, as lines of one wallet."""
    full = [
        (n, "kuaishou", "s", "w", "CNY", c, (START + timedelta(hours=12 * n)).date(), START + timedelta(hours=12 * n), a, b,
         None, None, t, None, None, 0, n + 2, "记-1", "1122")
        for n, (a, b, c, t) in enumerate(rows)
    ]  # fmt: skip
    return pl.DataFrame(
        full,
        schema={"line_id": pl.Int64, "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String,
                "category": CATEGORY, "day": pl.Date, "occurred_at": TIME, "amount_minor": pl.Int64, "balance_minor": pl.Int64,
                "order_id": pl.String, "txn_id": pl.String, "raw_type": pl.String, "raw_desc": pl.String, "remark": pl.String,
                "source_id": pl.Int32, "source_line": pl.Int32, "voucher": pl.String, "counter_account": pl.String},
        orient="row",
    )  # fmt: skip


def test_the_first_row_that_leaves_the_platforms_balance_is_named() -> None:
    openings = pl.DataFrame({"account": ["w"], "opening_minor": [1000]})
    lines = small(
        [(500, 1500, "goods_receipt", "货款"), (-200, 1290, "withdrawal", "提现"), (10, 1300, "interest", "利息")]
    )
    ledger = cash_ledger(lines, openings, History("2026-10"))
    assert ledger.filter(pl.col("row") == "line")["balance_minor"].to_list() == [1500, 1300, 1310]
    assert ledger_notes(ledger, ["a.csv"]) == ["账户 w：从 a.csv:3 起，余额 13.00 与平台余额 12.90 不同"]


def test_money_on_hold_is_shown_until_it_is_released() -> None:
    openings = pl.DataFrame({"account": ["w"], "opening_minor": [1000]})
    lines = small(
        [(-300, 700, "deposit", "资金冻结"), (100, 800, "goods_receipt", "货款"), (300, 1100, "deposit", "资金解冻")]
    )
    daily = cash_daily(cash_ledger(lines, openings, History("2026-10")), None, lines).filter(
        pl.col("level") == "account"
    )
    assert daily["frozen_minor"].to_list() == [300, 0]
    assert daily["in_transit_minor"].null_count() == 2
