"""Sheet 余额与勾稽: opening + in + out = closing, printed totals, ties, payouts, the conservation proof, debit = credit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ecrecon.base.sources import Control, Source
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.labels import DEFAULT_CURRENCY, foreign
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

# Tables of the checks `tieout` and `payout` on sheet 余额与勾稽.


def tieouts(report: Report) -> tuple[list[Column], pl.DataFrame]:
    """Per account: batches of the settlement detail against the movements."""
    wrong, waiting = pl.col("differing") > 0, pl.col("timing") > 0
    frame = report.tieouts.with_columns(labels.platform_expr().alias("platform"), _word(wrong, waiting).alias("result"))
    columns = [
        *_who(),
        Column("groups", tr("组数", "Groups"), "count"),
        Column("agreed", tr("相符", "Agree"), "count"),
        Column("differing", tr("不符", "Differ"), "count"),
        Column("timing", tr("跨期", "At the edge"), "count"),
        Column("unseen", tr("对方未覆盖", "Not covered"), "count"),
        Column("detail_minor", tr("结算明细", "Settlement"), "money"),
        Column("cash_minor", tr("资金流水", "Movements"), "money"),
        Column("gap_minor", tr("差额", "Gap"), "money"),
        Column("currency", tr("币种", "Currency")),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def payout_table(report: Report) -> tuple[list[Column], pl.DataFrame]:
    """Per account: withdrawals, what the bank shows, what is on the way, what is missing."""
    wrong, waiting = pl.col("missing") > 0, pl.col("in_transit") > 0
    frame = report.payouts.with_columns(labels.platform_expr().alias("platform"), _word(wrong, waiting).alias("result"))
    columns = [
        *_who(),
        Column("withdrawals", tr("提现笔数", "Withdrawals"), "count"),
        Column("withdrawn_minor", tr("提现金额", "Withdrawn"), "money"),
        Column("arrived", tr("到账笔数", "Arrived"), "count"),
        Column("arrived_minor", tr("到账金额", "Arrived amount"), "money"),
        Column("in_transit", tr("在途笔数", "On the way"), "count"),
        Column("in_transit_minor", tr("在途金额", "On the way amount"), "money"),
        Column("missing", tr("未到账笔数", "Missing"), "count"),
        Column("missing_minor", tr("未到账金额", "Missing amount"), "money"),
        Column("currency", tr("币种", "Currency")),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def _who() -> list[Column]:
    return [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("account", tr("账户", "Account"), widest=30),
    ]


def _word(wrong: pl.Expr, waiting: pl.Expr) -> pl.Expr:
    """The words that the sheet colours: agrees, differs, and in between."""
    return (
        pl.when(wrong)
        .then(pl.lit(tr("不符", "differs")))
        .when(waiting)
        .then(pl.lit(tr("有在途", "on the way")))
        .otherwise(pl.lit(tr("相符", "agrees")))
    )


# Sheet 余额与勾稽: opening + in + out = closing, printed totals, the conservation proof, debit = credit.

_LAST = 13  # the widest table has fourteen columns
_TEXT_AT = 6


def write_proof(book: Book, sheet: Any, report: Report) -> None:
    """Write the six tables below each other."""
    balances, conservation, vouchers = _balances(report), _conservation(report), voucher_totals(report)
    ties, payouts = tieouts(report), payout_table(report)
    book.stacked_widths(sheet, [balances, conservation, vouchers, ties, payouts])
    sheet.write_string(0, 0, tr("余额与勾稽", "Balances and proof"), book.formats["title"])
    row = book.section(sheet, 2, tr("一、账户余额：期初 + 收入 + 支出 = 期末", "1. Opening + in + out = closing"))
    row = _table(book, sheet, row, "accounts", *balances)
    row = book.section(sheet, row, tr("二、账单自带合计与明细", "2. Totals printed in the bills"))
    printed = any(source.control for source in report.sources)
    row = (_controls(book, sheet, row, report) if printed else book.nothing(sheet, row)) + 1
    for name, title, table in (
        ("tieout", tr("三、结算明细与资金流水", "3. Settlement detail and movements"), ties),
        ("payout", tr("四、提现与银行流水", "4. Withdrawals and bank statements"), payouts),
    ):
        row = book.section(sheet, row, title)
        row = (
            _table(book, sheet, row, name, *table) if table[1].height else _not_run(book, sheet, row, report, name) + 1
        )
    row = book.section(
        sheet, row, tr("五、去向证明：每一笔都有且只有一个去向", "5. Conservation: everything has one place")
    )
    row = _table(book, sheet, row, "conservation", *conservation)
    row = book.section(sheet, row, tr("六、凭证借贷平衡", "6. Vouchers: debit = credit"))
    row = _table(book, sheet, row, "words", *vouchers)
    for problem in report.voucher_problems:
        book.sentence(sheet, row, 0, _LAST, problem, "warning")
        row += 1
    sheet.freeze_panes(1, 0)
    sheet.print_area(0, 0, row, _LAST)


def _not_run(book: Book, sheet: Any, row: int, report: Report, check: str) -> int:
    """Why a check has no table."""
    reason = str(report.checks.get(check, {}).get("reason") or "")
    if not reason:
        return book.nothing(sheet, row)
    sheet.write_string(row, 0, tr(f"未核对：{reason}", f"not checked: {reason}"), book.formats["note"])
    return row + 1


def _table(book: Book, sheet: Any, row: int, of: str, columns: Sequence[Column], frame: pl.DataFrame) -> int:
    """The table `of`, whose last column is the result; returns the row after a blank one."""
    if frame.is_empty():
        return book.nothing(sheet, row) + 1
    end = book.block(sheet, row, columns, frame, of)
    marks = {_yes(): "good", _no(): "bad", _unknown(): "doubt"}
    book.color_words(sheet, row + 1, end - 1, len(columns) - 1, marks)
    return end + 1


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


def _controls(book: Book, sheet: Any, row: int, report: Report) -> int:
    """One row per file that prints totals, files that differ first. Few rows by nature."""
    columns = [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop")),
        Column("account", tr("账户", "Account")),
        Column("number", tr("合计项数", "Totals"), "count"),
        Column("wrong", tr("不符项数", "Differ"), "count"),
        Column("result", tr("勾稽", "Result")),
        Column("text", tr("文件与自带合计", "File and its totals")),
    ]
    book.headers(sheet, row, columns)
    book.sentence(sheet, row, _TEXT_AT, _LAST, columns[_TEXT_AT].title, "header")
    printed = sorted((s for s in report.sources if s.control), key=lambda s: all(c.ok for c in s.control))
    first = row + 1
    book.place(sheet, "controls", first, len(printed), columns)
    for source in printed:
        row += 1
        wrong = [control for control in source.control if not control.ok]
        texts = [
            labels.platform(source.platform), source.shop, source.account, str(len(source.control)), str(len(wrong)),
            _no() if wrong else _yes(),
        ]  # fmt: skip
        for i, shown in enumerate(texts):
            book.cell(sheet, row, i, columns[i], shown)
        book.sentence(sheet, row, _TEXT_AT, _LAST, _control_text(source, wrong), "inset")
    book.color_words(sheet, first, row, _TEXT_AT - 1, {_yes(): "good", _no(): "bad"})
    return row + 1


def _control_text(source: Source, wrong: Sequence[Control]) -> str:
    """The file and what it prints; where something differs, only that, with what the lines give."""
    if wrong:
        found = tr("明细", "lines")
        parts = [f"{labels.control(c.name)} {c.printed}（{found} {c.found}）" for c in wrong]
    else:
        parts = [f"{labels.control(c.name)} {c.printed}" for c in source.control]
    return source.path + tr("：", ": ") + tr("，", ", ").join(parts)


def _conservation(report: Report) -> tuple[list[Column], pl.DataFrame]:
    laws = {name: labels.law(name) for name in report.conservation["law"].unique() if name}
    items = {name: labels.item(name) for name in report.conservation["item"].unique() if name}
    currencies = {k: v for k, v in report.accounts.select("account", "currency").iter_rows() if k and v}
    frame = report.conservation.with_columns(
        pl.col("law").replace(laws),
        pl.col("item").replace(items).fill_null(tr("合计", "total")),
        pl.coalesce("currency", pl.col("account").replace_strict(currencies, default=DEFAULT_CURRENCY)).alias(
            "currency"
        ),
        pl.when(pl.col("ok").is_null())
        .then(pl.lit(tr("其中", "part of it")))
        .otherwise(_result(pl.col("ok")))
        .alias("result"),
    )
    columns = [
        Column("law", tr("规则", "Law"), widest=24),
        Column("item", tr("项目", "Item"), widest=24),
        Column("account", tr("账户", "Account"), widest=30),
        Column("expected_count", tr("应有笔数", "Expected count"), "count"),
        Column("actual_count", tr("实有笔数", "Actual count"), "count"),
        Column("expected_minor", tr("应有金额", "Expected"), "money"),
        Column("actual_minor", tr("实有金额", "Actual"), "money"),
        *([Column("currency", tr("币种", "Currency"))] if foreign(frame) else []),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def voucher_totals(report: Report) -> tuple[list[Column], pl.DataFrame]:
    """Columns and rows of the table of vouchers: per word, sums of both sides in CNY and what lies between them."""
    totals = (
        report.vouchers.group_by("word", currency=pl.lit(DEFAULT_CURRENCY))  # debit and credit are CNY on every line
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
