"""Sheet 文件清单: every file that was given, with what was read from it; problems on top, ignored files last."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "path": pl.String, "kind": pl.String, "profile": pl.String, "platform": pl.String,
    "shop": pl.String, "account": pl.String, "view": pl.String, "rows": pl.Int64, "income_minor": pl.Int64,
    "expense_minor": pl.Int64, "net_minor": pl.Int64, "currency": pl.String, "coverage": pl.String,
    "first": pl.Datetime("us"), "last": pl.Datetime("us"), "control": pl.String, "note": pl.String,
    "encoding": pl.String,
}  # fmt: skip


def write_files(book: Book, sheet: Any, report: Report) -> None:
    """Write the sheet. One row per file, few by nature."""
    ordered = sorted(report.sources, key=_rank)  # stable: paths stay in order
    frame = pl.DataFrame([_row(source) for source in ordered], schema=_SCHEMA, orient="row")
    unread = sum(source.kind in ("unreadable", "unknown") for source in report.sources)
    ignored = sum(source.kind in ("ignored", "ignore") for source in report.sources)
    title = tr(f"文件清单：{frame.height} 个", f"Files: {frame.height}")
    note = tr(
        f"读不了的 {unread} 个在最上面；忽略的 {ignored} 个在最后。收入、支出为文件自身合计。缺哪些账单见表的下方",
        f"{unread} unreadable files on top, {ignored} ignored ones last; what is missing stands below",
    )
    first = book.table(sheet, _columns(), frame, title, note, of="files")
    last = first + max(frame.height, 1) - 1
    bad = {labels.word(labels.SOURCE_KINDS, kind): "bad" for kind in ("unreadable", "unknown")}
    book.color_words(sheet, first, last, 1, bad)
    book.color_words(sheet, first, last, 13, {_control_words()[False]: "bad"})
    _write_coverage(book, sheet, last + 2, report)


def _write_coverage(book: Book, sheet: Any, row: int, report: Report) -> None:
    """Shop x account x days below the files: what to download."""
    title = tr("店铺与账户的覆盖天数（缺什么）", "Days covered per shop and account (what is missing)")
    sheet.write_string(row, 0, title, book.formats["section"])
    if report.coverage.is_empty():
        sheet.write_string(row + 1, 0, tr("（没有）", "(none)"), book.formats["note"])
        return
    words = {"complete": tr("齐全", "complete"), "gaps": tr("缺日", "days missing"), "absent": tr("缺账单", "no bill")}
    frame = report.coverage.with_columns(
        labels.platform_expr().alias("platform"),
        labels.word_expr(labels.VIEW_WORDS, "view"),
        where=pl.coalesce("account", "account_kind"),
        state=pl.col("state").replace(words),
    )
    columns = [
        Column("where", tr("账户", "Account"), "text"),
        Column("state", tr("状态", "State")),
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop")),
        Column("channel", tr("支付渠道", "Channel")),
        Column("view", tr("账单性质", "View")),
        Column("orders", tr("订单数", "Orders"), "count"),
        Column("files", tr("文件数", "Files"), "count"),
        Column("covered_days", tr("覆盖天数", "Days covered"), "count"),
        Column("missing_days", tr("缺天数", "Days missing"), "count"),
        Column("missing", tr("缺的日期", "Missing"), "text"),
    ]
    end = book.block(sheet, row + 1, columns, frame, of="coverage")
    book.color_words(
        sheet, row + 2, end - 1, 1, {words["complete"]: "good", words["gaps"]: "doubt", words["absent"]: "bad"}
    )


def _rank(source: Source) -> int:
    ranks = {"unreadable": 0, "unknown": 0, "refused": 1, "ignored": 3, "ignore": 3}
    return ranks.get(source.kind, 2)


def _row(source: Source) -> tuple[object, ...]:
    income, expense = source.income_minor, source.expense_minor
    net = income + expense if income is not None and expense is not None else None
    first, last = ((t.replace(tzinfo=None) if t else None) for t in (source.first, source.last))
    notes = [source.reason, *source.notes]
    return (
        source.path, labels.word(labels.SOURCE_KINDS, source.kind), source.profile,
        labels.platform(source.platform), source.shop, source.account,
        labels.word(labels.VIEW_WORDS, source.view), source.rows if source.readable else None, income, expense,
        net, source.currency or "CNY", _coverage(source), first, last, _control(source),
        tr("；", "; ").join(note for note in notes if note), source.encoding,
    )  # fmt: skip


def _coverage(source: Source) -> str:
    spans = [
        first.isoformat() if first == last else f"{first.isoformat()}{tr(' 至 ', ' to ')}{last.isoformat()}"
        for first, last in source.coverage
    ]
    return tr("；", "; ").join(spans)


def _control_words() -> dict[bool, str]:
    return {True: tr("相符", "agrees"), False: tr("不符", "differs")}


def _control(source: Source) -> str:
    return _control_words()[all(c.ok for c in source.control)] if source.control else ""


def _columns() -> list[Column]:
    return [
        Column("path", tr("文件", "File"), "wide", 60),
        Column("kind", tr("类型", "Kind")),
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("account", tr("账户", "Account"), widest=28),
        Column("view", tr("账单性质", "View")),
        Column("rows", tr("行数", "Rows"), "count", total=True),
        Column("income_minor", tr("收入", "In"), "money"),
        Column("expense_minor", tr("支出", "Out"), "money"),
        Column("net_minor", tr("净额", "Net"), "money"),
        Column("coverage", tr("账单覆盖", "Coverage"), widest=40),
        Column("first", tr("第一笔", "First"), "time"),
        Column("last", tr("最后一笔", "Last"), "time"),
        Column("control", tr("自带合计", "Printed totals")),
        Column("note", tr("原因与说明", "Reason and notes"), "wide", 60),
        Column("profile", tr("格式档案", "Profile")),
        Column("encoding", tr("编码", "Encoding")),
    ]
