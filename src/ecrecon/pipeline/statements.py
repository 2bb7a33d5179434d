"""Stage `state`: ledgers and statements of the month, with what earlier months add to them."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.texts import tr
from ecrecon.booking import Vouchers
from ecrecon.booking.legs import counter_roles
from ecrecon.booking.policies import NO_REVENUE, UNSET
from ecrecon.booking.sales.receivables import ageing
from ecrecon.booking.settings import choose, shipped
from ecrecon.judging import overview
from ecrecon.judging.payouts import Paid
from ecrecon.judging.receipt.judge import Judged
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.values import Booked, Coverage, Ledger, OrderBooks, Sales, Stated
from ecrecon.settings.workspace import Workspace
from ecrecon.statements import Statements, cash
from ecrecon.statements import history as earlier
from ecrecon.statements import profit as profit_facts
from ecrecon.statements import profit as profits
from ecrecon.statements.cash import cash_daily
from ecrecon.statements.documents import documents
from ecrecon.statements.history import History
from ecrecon.statements.income import income_statement, platform_income
from ecrecon.statements.parties import parties
from ecrecon.statements.profit import items_of


def state_books(
    *,
    settings: RunSettings,
    ledger: Ledger,
    coverage: Coverage,
    books: OrderBooks,
    judged: Judged,
    paid: Paid,
    sales: Sales,
    booked: Booked,
    made: Vouchers,
    history: History,
    moment: Moment,
) -> Stated:
    """Ledgers and statements of the month, from booked lines, sales, receivables and vouchers."""
    workspace, owed = settings.workspace, sales.receivables
    lines = booked.lines.with_columns(platform="order_platform", shop="order_shop", method="platform")
    month = pl.col("day").is_between(moment.start, moment.end)
    moved = overview.chosen_lines(judged.lines, overview.COUNTED, pl.col("in_money"), month)
    money = overview.with_order_shop(judged, moved)
    accounts = overview.account_overview(judged, ledger.sources, coverage.days, moment)
    wallets = cash.cash_ledger(cash.with_vouchers(money, made.places), earlier.carried(accounts, history), history)
    paths = [source.path for source in ledger.sources]
    told, more = profit_sources(settings, ledger, judged, sales, booked, made)
    told, pool = profit_facts.share(pl.concat([told, more]), _places(_booked_of_shops(booked)))
    shares = profits.allocations(told, books.books.order_lines)
    statements = Statements(
        documents=documents(cash.with_vouchers(lines, made.places), _per_line(workspace)),
        ledger=_with_spots(wallets, paths),
        cash_daily=cash_daily(wallets, paid.withdrawals if paid.ran else None, money),
        goods_shipped=sales.goods_shipped,
        receivables=ageing(owed, moment.day, workspace.posting.ageing_edges, workspace.posting.ageing_basis),
        parties=parties(made.vouchers, owed, history),
        profit=profits.profit(told, pool, shares, profits.goods_titles(books.books.order_lines), history),
        allocations=shares,
        platform_income=platform_income(owed, sales.events, history, sales.fake_receivables),
        income_statement=income_statement(
            made.vouchers, workspace.standard or "sbe", history, cost_known=_some_cost_is_known(sales.events)
        ),
        notes=(
            *cash.ledger_notes(wallets, paths),
            *_profit_notes(workspace, sales.events, made.vouchers, pool),
            *earlier.month_notes(history),
            *earlier.opening_notes(owed, wallets, history),
        ),
    )
    return Stated(accounts, statements)


def profit_sources(
    settings: RunSettings, ledger: Ledger, judged: Judged, sales: Sales, booked: Booked, made: Vouchers
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(FACTS of sales and booked lines, FACTS of what the vouchers hold beyond them)."""
    workspace, lines = settings.workspace, _booked_of_shops(booked)
    chart, rules = shipped(workspace.standard or "sbe")
    items = items_of(chart)
    vouchers = made.vouchers
    roles = made.places.select("line_id", pl.col("counter_role").cast(pl.String))
    lost = lines.join(roles, on="line_id", how="anti")
    if lost.height:
        roles = pl.concat([roles, counter_roles(lost, ledger.sources, rules, choose(rules, workspace.posting.policy))])
    sold = profit_facts.sales_facts(sales.events, _discounts(judged))
    of_lines = profit_facts.line_facts(lines.join(roles, on="line_id", how="left"), items)
    told = pl.concat([sold, of_lines])
    if vouchers.is_empty():
        return told, told.clear()
    with_sales = _revenue_is_booked(workspace)
    in_yuan = vouchers.filter(pl.col("fx_rate").is_not_null())["currency"].unique()
    at_rate = pl.col("currency").is_in(in_yuan.implode())  # what the accounts tell in CNY
    left = pl.concat([sold.filter(~at_rate) if with_sales else sold, of_lines.filter(~at_rate)])
    return left, profit_facts.voucher_facts(vouchers, left, items, with_sales=with_sales, places=told)


def _booked_of_shops(booked: Booked) -> pl.DataFrame:
    """Booked lines of money that has moved, under the place that vouchers name: the shop, else the account."""
    return booked.lines.filter(pl.col("disposition").cast(pl.String).ne_missing("pending")).with_columns(
        platform="order_platform",
        shop=pl.coalesce("order_shop", pl.col("shop").cast(pl.String), pl.col("account").cast(pl.String)),
    )


def _places(lines: pl.DataFrame) -> pl.DataFrame:
    """shop, is_shop: a bank and an account that no shop owns are none."""
    owned = (pl.col("platform") != "bank") & (pl.col("shop") != pl.col("account").cast(pl.String))
    return lines.group_by("shop").agg(is_shop=owned.any())


def _revenue_is_booked(workspace: Workspace) -> bool:
    return workspace.posting.policy.get("revenue_point", UNSET) not in (UNSET, NO_REVENUE)


def _discounts(judged: Judged) -> pl.DataFrame:
    """group_id, discount_minor: what the merchant took off the price; null where the export does not say it."""
    discount = pl.col("merchant_discount_minor")
    return judged.orders.group_by("group_id").agg(
        discount_minor=pl.when(discount.is_not_null().any()).then(discount.sum())
    )


def _some_cost_is_known(sales: pl.DataFrame) -> bool:
    """False where goods were sold and the cost of none of them is known."""
    sold = sales.filter(pl.col("event") == profit_facts.SALE, pl.col("gross_minor") > 0)
    return sold.is_empty() or sold["cost_minor"].count() > 0


def _cost_notes(sales: pl.DataFrame) -> list[str]:
    """One sentence per shop with sales whose cost is not known."""
    sold = sales.filter(pl.col("event") == profit_facts.SALE, pl.col("gross_minor") > 0)
    lacking = sold.group_by("shop").agg(orders=pl.len(), lacks=pl.col("cost_minor").is_null().sum()).sort("shop")
    return [
        tr(
            f"店铺 {shop} 缺成本：{lacks}/{orders} 单没有货品成本，"
            + ("成本留空，毛利和利润未扣成本" if lacks == orders else "成本只含已知部分，毛利和利润偏高")
            + "；把 ERP 的订单、出库或成本导出放进来",
            f"shop {shop}: the cost of {lacks} of {orders} orders is not known; "
            + ("the cost stays blank and profit is before it" if lacks == orders else "profit is too high by it")
            + "; add the ERP's list of orders, stock-outs or costs",
        )
        for shop, orders, lacks in lacking.filter(pl.col("lacks") > 0).iter_rows()
    ]


def _profit_notes(workspace: Workspace, sales: pl.DataFrame, vouchers: pl.DataFrame, pool: pl.DataFrame) -> list[str]:
    """What of the 利润表 is not in the accounts, and what was allocated."""
    notes = _cost_notes(sales)
    if sales.height and not (vouchers.height and _revenue_is_booked(workspace)):
        notes.append(
            tr(
                "利润表的收入、退货和成本来自订单，没有记入凭证",
                "revenue, returns and cost of the profit come from the orders; no voucher holds them",
            )
        )
    for currency, minor in pool.group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency").iter_rows():
        amount = decimal_text(minor, exponent(currency or "CNY"))
        notes.append(
            tr(
                f"公共费用 {amount} {currency} 不属于任何店铺，按净收入分摊（profit.csv 的 shared 行）",
                f"costs of no shop, {amount} {currency}, are allocated by net revenue (rows shared of profit.csv)",
            )
        )
    return notes


def _with_spots(ledger: pl.DataFrame, paths: list[str]) -> pl.DataFrame:
    """Ledger rows with `source`: file and line as people write them."""
    path = pl.lit(pl.Series(paths, dtype=pl.String)).gather(pl.col("source_id")) if paths else pl.lit(None)
    return ledger.with_columns(source=pl.concat_str(path, pl.lit(":"), pl.col("source_line").cast(pl.String)))


def _per_line(workspace: Workspace) -> bool:
    return workspace.posting.receipt_granularity == "line"
