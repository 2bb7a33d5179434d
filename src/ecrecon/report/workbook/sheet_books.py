"""Sheets 利润表 and 应收台账."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

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
