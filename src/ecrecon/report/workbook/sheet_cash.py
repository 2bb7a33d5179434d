"""Sheets 资金日报, 收支明细账 and 收付款单."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

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
