"""Sheet 余额与勾稽: opening + in + out = closing, printed totals, the conservation proof, debit = credit."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.messages import tr
from ecrecon.report import labels
from ecrecon.report.amounts import DEFAULT_CURRENCY
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book


def write_proof(book: Book, sheet: Any, report: Report) -> None:
    """Write the four tables below each other."""
    sections = [
        (
            tr("一、账户余额：期初 + 收入 + 支出 = 期末", "1. Balances: opening + in + out = closing"),
            *_balances(report),
        ),
        (tr("二、账单自带合计与明细", "2. Totals printed in the bills"), *_controls(report)),
        (
            tr("三、去向证明：每一笔都有且只有一个去向", "3. Conservation: everything has one place"),
            *_conservation(report),
        ),
        (tr("四、凭证借贷平衡", "4. Vouchers: debit = credit"), *_vouchers(report)),
    ]
    book.stacked_widths(sheet, [(columns, frame) for _, columns, frame in sections])
    sheet.write_string(0, 0, tr("余额与勾稽", "Balances and proof"), book.formats["title"])
    row = 2
    for title, columns, frame in sections:
        sheet.write_string(row, 0, title, book.formats["section"])
        if frame.height:
            end = book.block(sheet, row + 1, columns, frame)
            marks = {_yes(): "good", _no(): "bad", _unknown(): "doubt"}
            book.color_words(sheet, row + 2, end - 1, len(columns) - 1, marks)
        else:
            sheet.write_string(row + 1, 0, tr("（没有）", "(none)"), book.formats["note"])
            end = row + 2
        row = end + 1
    for problem in report.voucher_problems:
        sheet.write_string(row, 0, problem, book.formats["warning"])
        row += 1
    sheet.freeze_panes(1, 0)


def _yes() -> str:
    return tr("相符", "agrees")


def _no() -> str:
    return tr("不符", "differs")


def _unknown() -> str:
    return tr("未印余额", "not printed")


def _result(ok: pl.Expr) -> pl.Expr:
    return pl.when(ok).then(pl.lit(_yes())).when(~ok).then(pl.lit(_no())).otherwise(pl.lit(_unknown()))


def _balances(report: Report) -> tuple[list[Column], pl.DataFrame]:
    computed = pl.col("opening_minor") + pl.col("net_minor")
    frame = report.accounts.with_columns(
        labels.platform_expr().alias("platform"),
        computed.alias("computed_minor"),
        (pl.col("closing_minor") - computed).alias("gap_minor"),
        _result(pl.col("balance_ok")).alias("result"),
        pl.concat_str("first", pl.lit(tr(" 至 ", " to ")), "last").alias("days"),
        pl.when(pl.col("missing_days") > 0).then("missing_days").alias("missing"),
    )
    columns = [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("account", tr("账户", "Account"), widest=30),
        Column("opening_minor", tr("期初余额", "Opening"), "money"),
        Column("income_minor", tr("收入", "In"), "money"),
        Column("expense_minor", tr("支出", "Out"), "money"),
        Column("computed_minor", tr("算出期末", "Computed closing"), "money"),
        Column("closing_minor", tr("账单期末", "Printed closing"), "money"),
        Column("gap_minor", tr("差额", "Gap"), "money"),
        Column("currency", tr("币种", "Currency")),
        Column("lines", tr("笔数", "Lines"), "count"),
        Column("days", tr("账单覆盖", "Coverage")),
        Column("missing", tr("缺日", "Missing days"), "count"),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def _controls(report: Report) -> tuple[list[Column], pl.DataFrame]:
    """Few rows by nature: a handful per file."""
    rows = [
        (
            labels.platform(source.platform), source.shop, source.path,
            labels.word(labels.CONTROLS, control.name) or control.name, control.printed, control.found,
            _yes() if control.ok else _no(),
        )
        for source in report.sources
        for control in source.control
    ]  # fmt: skip
    names = ["platform", "shop", "path", "name", "printed", "found", "result"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    columns = [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("path", tr("文件", "File"), widest=30),
        Column("name", tr("项目", "Item")),
        Column("printed", tr("账单自带", "Printed")),
        Column("found", tr("明细算出", "Found")),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def _conservation(report: Report) -> tuple[list[Column], pl.DataFrame]:
    laws = {name: labels.law(name) for name in report.conservation["law"].unique() if name}
    items = {name: labels.item(name) for name in report.conservation["item"].unique() if name}
    currencies = {k: v for k, v in report.accounts.select("account", "currency").iter_rows() if k and v}
    frame = report.conservation.with_columns(
        pl.col("law").replace(laws),
        pl.col("item").replace(items).fill_null(tr("合计", "total")),
        pl.col("account").replace_strict(currencies, default=DEFAULT_CURRENCY).alias("currency"),
        _result(pl.col("ok")).alias("result"),
    )
    columns = [
        Column("law", tr("规则", "Law"), widest=24),
        Column("item", tr("项目", "Item"), widest=24),
        Column("account", tr("账户", "Account"), widest=30),
        Column("expected_count", tr("应有笔数", "Expected count"), "count"),
        Column("actual_count", tr("实有笔数", "Actual count"), "count"),
        Column("expected_minor", tr("应有金额", "Expected"), "money"),
        Column("actual_minor", tr("实有金额", "Actual"), "money"),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def _vouchers(report: Report) -> tuple[list[Column], pl.DataFrame]:
    totals = (
        report.vouchers.group_by("word", "currency")
        .agg(
            pl.col("voucher_id").n_unique().alias("vouchers"),
            pl.len().cast(pl.Int64).alias("lines"),
            pl.col("debit_minor").sum(),
            pl.col("credit_minor").sum(),
        )
        .sort("word", "currency", nulls_last=True)
        .with_columns((pl.col("debit_minor") - pl.col("credit_minor")).alias("gap_minor"))
    )
    frame = totals.with_columns(_result(pl.col("gap_minor") == 0).alias("result"))
    columns = [
        Column("word", tr("凭证字", "Word")),
        Column("currency", tr("币种", "Currency")),
        Column("vouchers", tr("凭证张数", "Vouchers"), "count"),
        Column("lines", tr("分录数", "Lines"), "count"),
        Column("debit_minor", tr("借方合计", "Debit"), "money"),
        Column("credit_minor", tr("贷方合计", "Credit"), "money"),
        Column("gap_minor", tr("差额", "Gap"), "money"),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame
