"""Sheets 利润表, 应收台账, 资金日报, 收支明细账 and 收付款单."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

# Sheets 利润表 and 应收台账.

_SUMS = ("sales_net", "net_revenue", "gross_profit", "contribution", "profit")
_STATES = {
    "booked": ("已确认收入", "booked"), "advance": ("预收", "advance"), "no_order": ("无订单", "no order"),
    "no_reference": ("无单号", "no reference"),
}  # fmt: skip
_LIMIT = 5000
_AGES_SHOWN = 4
"""Age buckets that are shown also where nothing stands in them."""


def _word(table: dict[str, tuple[str, str]], column: str) -> pl.Expr:
    return pl.col(column).replace({key: tr(zh, en) for key, (zh, en) in table.items()})


def write_profit(book: Book, sheet: Any, report: Report) -> None:
    """利润表: one row per item; the company with its share, last month and year to date, then this month of every shop."""
    profit = book.told(sheet, report.books.get("profit"), tr("利润表", "Profit"))
    if profit is None:
        return
    keys = ["line", "name", "item", "currency"]
    company = profit.filter(pl.col("level") == "company").select(
        *keys, "amount_minor", "share_ppm", "last_month_minor", "year_to_date_minor", "flag"
    )
    amount = pl.col("amount_minor")
    of_shops = profit.filter(pl.col("level") == "shop").group_by(
        *keys, pl.concat_str(pl.lit("shop:"), "shop").alias("place"), maintain_order=True
    ).agg(pl.when(amount.count() > 0).then(amount.sum()))  # fmt: skip
    wide = of_shops.pivot("place", index=keys, values="amount_minor", aggregate_function="first")
    company = company.with_columns(name=_marked(company))
    wide = wide.drop("name")
    keys = [key for key in keys if key != "name"]
    frame = company.join(wide, on=keys, how="left", nulls_equal=True).sort("currency", "line")
    places = [name for name in wide.columns if name not in keys]
    several = frame["currency"].n_unique() > 1
    columns = [
        Column("name", tr("项目", "Item"), widest=34),
        *([Column("currency", tr("币种", "Currency"))] if several else []),
        Column("amount_minor", tr("本月金额", "This month"), "money"),
        Column("share_ppm", tr("占净收入", "Of net revenue"), "percent"),
        Column("last_month_minor", tr("上月金额", "Last month"), "money"),
        Column("year_to_date_minor", tr("本年累计", "Year to date"), "money"),
        *(Column(name, name.removeprefix("shop:"), "money", widest=16) for name in places),
    ]
    first = book.table(
        sheet, columns, frame, tr("利润表（管理口径）", "Profit, management form"), _profit_note(profit), of="profit"
    )
    names = [
        name for item, name in frame.select("item", "name").unique(maintain_order=True).iter_rows() if item in _SUMS
    ]
    book.bold_rows(sheet, (first, first + frame.height - 1, len(columns) - 1), names)
    sheet.freeze_panes(first, 1)
    _write_form(book, sheet, report, first + frame.height + 1, several)


def _marked(company: pl.DataFrame) -> pl.Expr:
    """Name of the line, with what its amount lacks."""
    words = {flag: labels.lacking_cost(flag) for flag in company["flag"].drop_nulls().unique()}
    return pl.concat_str("name", pl.col("flag").replace(words).fill_null(""))


def _write_form(book: Book, sheet: Any, report: Report, row: int, several: bool) -> None:
    """Below it the statutory form: 会小企02表 or 会企02表, with the columns that each prescribes."""
    form = report.books.get("income_statement")
    if form is None or form.is_empty() or report.vouchers.is_empty():
        return
    asbe = report.settings.get("standard") == "asbe"
    title = (
        tr("会企02表 利润表", "Statutory form 02 (ASBE)")
        if asbe
        else tr("会小企02表 利润表", "Statutory form 02 (SBE)")
    )
    row = book.section(sheet, row, tr(f"{title}（取自凭证；没有科目的行由会计填列）", f"{title}, from the vouchers"))
    amounts = [
        Column("month_minor", tr("本期金额", "This period"), "money"),
        Column("year_ago_minor", tr("上期金额", "A year ago"), "money"),
    ] if asbe else [
        Column("year_to_date_minor", tr("本年累计金额", "Year to date"), "money"),
        Column("month_minor", tr("本月金额", "This month"), "money"),
    ]  # fmt: skip
    indent = pl.lit("　").repeat_by(pl.col("indent")).list.join("")
    frame = form.with_columns(shown=pl.concat_str(indent, "item"))
    gap = [Column("currency", tr("币种", "Currency"))] if several else []
    book.block(
        sheet,
        row,
        [Column("shown", tr("项目", "Item")), *gap, Column("line", tr("行次", "Line"), "count"), *amounts],
        frame,
        of="income_statement",
    )


def _profit_note(profit: pl.DataFrame) -> str:
    note = tr(
        "合计后各列是各店铺本月；SKU 明细见 profit.csv",
        "after the company: this month of each shop; by SKU in profit.csv",
    )
    if profit["year_to_date_minor"].null_count() == profit.height:
        note += tr(
            "。没有给出以前月份，上月和本年累计留空", ". No earlier months: last month and year to date are empty"
        )
    if profit.filter(pl.col("flag") == "no_cost").height:
        note += tr(
            "。缺成本：成本留空，标注的毛利和利润未扣成本",
            ". Cost not known: it stays blank, the marked profits are before it",
        )
    if profit.filter(pl.col("flag") == "cost_partial", pl.col("level") != "sku").height:
        note += tr("。部分订单缺成本，毛利和利润偏高", ". Some orders lack their cost: profit is too high")
    if profit.filter(pl.col("flag") == "allocated").height:
        note += tr("。公共费用按净收入分摊", ". Shared costs are allocated by net revenue")
    return note


def write_receivables(book: Book, sheet: Any, report: Report) -> None:
    """应收台账: per shop, then the orders that are not zero, with ageing."""
    ledger = book.told(sheet, report.books.get("receivables"), tr("应收台账", "Receivables"))
    if ledger is None:
        return
    frame = ledger.head(_LIMIT).with_columns(
        labels.platform_expr().alias("platform"),
        pl.when(pl.col("level") == "shop").then(pl.lit(tr("店铺合计", "shop"))).otherwise("order_id").alias("order_id"),
        _word(_STATES, "state"),
    )
    money = (
        ("opening", "期初应收", "Opening"), ("increase", "本期确认", "Increase"), ("reversal", "退货折让", "Returns"),
        ("received", "本期收款", "Received"), ("paid_back", "本期退款", "Paid back"), ("closing", "期末应收", "Closing"),
        ("credit", "其中贷方余额", "Of which credit"), ("advance", "其中预收", "Of which advance"),
        *_ages(ledger), *([("not_due", "未到期", "Not due")] if ledger["not_due_minor"].sum() else []),
    )  # fmt: skip
    columns = [
        Column("platform", tr("平台", "Platform")), Column("shop", tr("店铺", "Shop"), widest=24),
        Column("order_id", tr("订单号", "Order")), Column("state", tr("状态", "State")),
        Column("revenue_at", tr("确认时间", "Sold at"), "time"), Column("age_days", tr("账龄", "Days"), "count"),
        *(Column(f"{name}_minor", tr(zh, en), "money") for name, zh, en in money),
    ]  # fmt: skip
    more = ledger.height - frame.height
    basis = dict(report.settings.get("posting") or {}).get("ageing_basis")  # type: ignore[call-overload]
    since = tr("到期日", "the due date") if basis == "due_date" else tr("确认收入日", "the sale")
    note = tr(
        f"期初 + 确认 − 退货 − 收款 + 退款 = 期末 = 贷方 + 各账龄；账龄从{since}起算，贷方不与借方相抵",
        f"opening + increase - returns - received + paid back = closing = credit + ages; ages count from {since}",
    )
    if more > 0:
        note += tr(f"；另有 {more:,} 行见 receivables.csv", f"; {more:,} more rows in receivables.csv")
    first = book.table(sheet, columns, frame, tr("应收应付台账", "Receivables and payables"), note, of="receivables")
    book.bold_rows(sheet, (first, first + frame.height - 1, len(columns) - 1), [tr("店铺合计", "shop")], 2)
    sheet.freeze_panes(first, 3)
    _write_parties(book, sheet, report, first + frame.height + 1)


def _ages(ledger: pl.DataFrame) -> list[tuple[str, str, str]]:
    """(key, Chinese, English) of each age bucket up to the oldest that holds anything."""
    names = [name for name in ledger.columns if name.startswith("days_")]
    used = [number for number, name in enumerate(names, start=1) if (ledger[name] != 0).any()]
    ages = []
    for name in names[: max([_AGES_SHOWN, *used])]:
        low, high = name.removesuffix("_minor").split("_")[1:]
        words = (f"{high}天以上", f"over {high}") if low == "over" else (f"{low}-{high}天", f"{low}-{high} days")
        ages.append((name.removesuffix("_minor"), *words))
    return ages


def _write_parties(book: Book, sheet: Any, report: Report, row: int) -> None:
    """Below the orders: every account of the vouchers behind which another party stands."""
    parties = report.books.get("parties")
    if parties is None or parties.is_empty():
        return
    row = book.section(sheet, row, tr("往来科目余额（取自凭证）", "Balances with others, from the vouchers"))
    sides = {"receivable": ("应收类", "receivable"), "payable": ("应付类", "payable")}
    frame = parties.with_columns(
        _word(sides, "side"), account=pl.concat_str("account_code", pl.lit(" "), "account_name")
    )
    columns = [
        Column("side", tr("类别", "Side")), Column("shop", tr("店铺", "Shop")), Column("account", tr("科目", "Account")),
        Column("direction", tr("方向", "Side of balance")), Column("account_role", tr("科目角色", "Role")),
        Column("currency", tr("币种", "Currency")),
        Column("opening_minor", tr("期初余额", "Opening"), "money"), Column("debit_minor", tr("本期借方", "Debit"), "money"),
        Column("credit_minor", tr("本期贷方", "Credit"), "money"), Column("closing_minor", tr("期末余额", "Closing"), "money"),
    ]  # fmt: skip
    book.block(sheet, row, columns, frame, of="parties")


# Sheets 资金日报, 收支明细账 and 收付款单.

LIMIT = 5000
"""Rows of one sheet; the CSV file holds all."""
_TYPES = {"receipt": "收款", "payment": "付款", "transfer": "转账"}
_WAYS = {"in": "收", "out": "付"}


def _more(frame: pl.DataFrame, file: str) -> str:
    more = frame.height - LIMIT
    return tr(f"；另有 {more:,} 行见 {file}", f"; {more:,} more rows in {file}") if more > 0 else ""


def write_cash(book: Book, sheet: Any, report: Report) -> None:
    """资金日报: one row per account and day, against the platform's balance."""
    daily = book.told(sheet, report.books.get("cash_daily"), tr("资金日报", "Cash by day"))
    if daily is None:
        return
    totals_first = pl.concat([daily.filter(pl.col("level") == "total"), daily.filter(pl.col("level") != "total")])
    frame = totals_first.head(LIMIT).with_columns(
        labels.platform_expr().alias("platform"),
        pl.when(pl.col("level") == "total")
        .then(pl.lit(tr("全部账户", "all accounts")))
        .otherwise("account")
        .alias("account"),
    )
    kinds = (
        ("in_goods", "收货款", "In: goods"), ("in_fees", "收回费用", "In: fees"), ("in_transfers", "转入", "In: transfers"),
        ("in_other", "其他收入", "In: other"), ("out_refunds", "付退款", "Out: refunds"), ("out_fees", "付费用", "Out: fees"),
        ("out_compensation", "付赔付罚款", "Out: compensation"), ("out_withdrawals", "提现", "Out: withdrawals"),
        ("out_transfers", "转出", "Out: transfers"), ("out_other", "其他支出", "Out: other"),
        ("in_transit", "在途", "On the way"), ("frozen", "冻结", "Held"),
    )  # fmt: skip
    shown = [kind for kind in kinds if (daily[f"{kind[0]}_minor"].fill_null(0) != 0).any()]
    columns = [
        Column("platform", tr("平台", "Platform")), Column("shop", tr("店铺", "Shop"), widest=24),
        Column("account", tr("账户", "Account"), widest=24), Column("day", tr("日期", "Day"), "date"),
        Column("opening_minor", tr("昨日余额", "Opening"), "money"), Column("income_minor", tr("本日收入", "In"), "money"),
        Column("expense_minor", tr("本日支出", "Out"), "money"), Column("closing_minor", tr("本日余额", "Closing"), "money"),
        Column("printed_minor", tr("平台账面余额", "Platform's"), "money"),
        Column("difference_minor", tr("差额", "Difference"), "money"), Column("lines", tr("笔数", "Lines"), "count"),
        *(Column(f"{name}_minor", tr(zh, en), "money") for name, zh, en in shown),
    ]  # fmt: skip
    note = tr(
        "没有印余额的账户从上月期末或 0 开始；前面各行是全部账户；逐笔见 ledger.csv",
        "accounts without printed balance start at last month's closing or at 0; all accounts together come first; lines in ledger.csv",
    )
    note += _more(daily, "cash_daily.csv")
    first = book.table(sheet, columns, frame, tr("资金日报", "Cash by day"), note, of="cash_daily")
    whole = [tr("全部账户", "all accounts")]
    book.bold_rows(sheet, (first, first + frame.height - 1, len(columns) - 1), whole, 2)
    sheet.freeze_panes(first, 4)


def write_ledger(book: Book, sheet: Any, report: Report) -> None:
    """收支明细账: every movement of every account with its running balance; totals of days, the month and the year."""
    ledger = book.told(sheet, report.books.get("ledger"), tr("收支明细账", "Ledger"))
    if ledger is None:
        return
    names = {name: tr(category.zh, name) for name, category in CATEGORIES.items()}
    frame = ledger.head(LIMIT).with_columns(pl.col("category").replace(names))
    columns = [
        Column("shop", tr("店铺", "Shop"), widest=20), Column("account", tr("账户", "Account"), widest=22),
        Column("occurred_at", tr("日期", "Date"), "time"), Column("voucher", tr("凭证字号", "Voucher")),
        Column("summary", tr("摘要", "Summary"), widest=36), Column("category", tr("业务类型", "Kind")),
        Column("order_id", tr("订单号", "Order"), widest=24), Column("txn_id", tr("流水号", "Flow"), widest=24),
        Column("counter_account", tr("对方科目", "Other account"), widest=30),
        Column("income_minor", tr("收入(借)", "In (Dr)"), "money"), Column("expense_minor", tr("支出(贷)", "Out (Cr)"), "money"),
        Column("direction", tr("方向", "Side")), Column("balance_minor", tr("余额", "Balance"), "money"),
        Column("printed_minor", tr("平台余额", "Platform's"), "money"),
    ]  # fmt: skip
    note = tr(
        "每个账户：期初余额、逐笔与本日合计、本月合计、本年累计",
        "per account: opening, lines with day totals, month, year",
    )
    note += _more(ledger, "ledger.csv")
    first = book.table(sheet, columns, frame, tr("收支明细账", "Ledger"), note, of="ledger")
    totals = [tr(*words) for words in (("期初余额", "opening balance"), ("本日合计", "total of the day"),
              ("本月合计", "total of the month"), ("本年累计", "total of the year"))]  # fmt: skip
    book.bold_rows(sheet, (first, first + frame.height - 1, len(columns) - 1), totals, 4)
    sheet.freeze_panes(first, 3)


def write_documents(book: Book, sheet: Any, report: Report) -> None:
    """收付款单: receipts, payments and transfers, with what they clear."""
    documents = book.told(sheet, report.books.get("documents"), tr("收付款单", "Receipts and payments"))
    if documents is None:
        return
    frame = documents.head(LIMIT).with_columns(
        labels.word_expr(_TYPES, "document_type"), labels.word_expr(_WAYS, "direction"),
        labels.word_expr({"cleared": "已核销"}, "status"),
        counterparty=pl.concat_str(labels.platform_expr(), pl.lit("/"), "shop", ignore_nulls=True),
    )  # fmt: skip
    columns = [
        Column("document_no", tr("单据编号", "Number")), Column("document_date", tr("单据日期", "Date"), "date"),
        Column("document_type", tr("单据类型", "Type")), Column("counterparty", tr("往来单位", "Counterparty"), widest=24),
        Column("account", tr("结算账户", "Account"), widest=22), Column("currency", tr("币种", "Currency")),
        Column("fx_rate", tr("汇率", "Rate")), Column("direction", tr("收付", "In or out")),
        Column("amount_minor", tr("金额", "Amount"), "money"), Column("amount_cny_minor", tr("本币金额", "In CNY"), "money"),
        Column("fee_minor", tr("手续费", "Fee"), "money"), Column("settle_method", tr("结算方式", "Settled by")),
        Column("settle_no", tr("结算号", "Settlement no."), widest=24), Column("kind", tr("款项类型", "Kind")),
        Column("cleared", tr("核销单据", "Clears"), widest=36), Column("order_count", tr("订单数", "Orders"), "count"),
        Column("summary", tr("摘要", "Summary"), widest=24), Column("status", tr("状态", "State")),
        Column("voucher", tr("关联凭证号", "Voucher")),
    ]  # fmt: skip
    note = tr(
        "按账户、日期、类别、方向各一张；手续费单独成单", "one per account, day, kind and direction; fees are documents"
    )
    title = tr("收付款单", "Receipts and payments")
    first = book.table(sheet, columns, frame, title, note + _more(documents, "documents.csv"), of="documents")
    sheet.freeze_panes(first, 1)
