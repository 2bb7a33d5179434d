"""Sheets 结论 and 文件清单."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.labels import DEFAULT_CURRENCY, advice, foreign
from ecrecon.report.model import Report
from ecrecon.report.outstanding import month_note, stage_sums, stage_word
from ecrecon.report.todo import at_risk_by_shop, causes
from ecrecon.report.verdict import amounts, at_risk, counts, headline, next_steps, shop_name, shop_verdict
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book
from ecrecon.report.workbook.sheets_work import Places

# Sheet 结论: can the figures be trusted, what is at risk, what to do next; one row per shop.

_LAST = 12  # the widest table has thirteen columns


def write_overview(book: Book, sheet: Any, report: Report, places: Places) -> None:
    """Write the sheet; `places` are the rows of 待办 where each cause begins."""
    shops = _shops(report)
    columns = _shop_columns(shops)
    reasons = causes(report)
    book.stacked_widths(sheet, [(columns, shops)])
    book.set_width(sheet, 0, 20)
    row = _head(book, sheet, report)
    row = book.section(sheet, row, tr("各店铺", "Shops"))
    row = book.block(sheet, row, columns, shops, of="shops") if shops.height else book.nothing(sheet, row)
    book.sentence(sheet, row + 1, 0, _LAST, month_note(report))
    row = book.section(sheet, row + 3, tr("未结款项（截止时点）", "Open money at as-of"))
    row = _waiting_rows(book, sheet, row, report)
    row = book.section(sheet, row + 1, tr("各原因（一单可有多个原因，点击跳到待办）", "Causes (click to jump)"))
    row = _cause_rows(book, sheet, row, reasons, places) if reasons.height else book.nothing(sheet, row)
    row = book.section(sheet, row + 1, tr("做了哪些核对", "Checks"))
    row = _checks(book, sheet, row, report)
    if report.notes:
        row = book.section(sheet, row + 1, tr("说明", "Notes"))
        for sentence in report.notes:
            book.sentence(sheet, row, 0, _LAST, sentence)
            row += 1
    sheet.hide_gridlines(2)


def _head(book: Book, sheet: Any, report: Report) -> int:
    by_kind = counts(report)
    stops, breaks, reviews = (by_kind.get(kind, 0) for kind in ("stop", "break", "review"))
    sheet.write_string(0, 0, tr("电商对账结论", "Reconciliation: the verdict"), book.formats["title"])
    pairs = [
        (tr("公司", "Company"), report.company or tr("（未配置）", "(not configured)"), "plain"),
        (tr("会计期间", "Period"), report.period, "plain"),
        (tr("截止时点", "As of"), report.as_of.strftime("%Y-%m-%d %H:%M:%S"), "plain"),
        (tr("结论", "Verdict"), headline(report), "verdict"),
        (
            tr("待处理", "To do"),
            tr(f"停止 {stops} · 差异 {breaks} · 待确认 {reviews}", f"stop {stops} · break {breaks} · review {reviews}"),
            "plain",
        ),
        (tr("风险金额", "Money at risk"), at_risk(report), "plain"),
    ]
    row = 1
    for label, value, style in pairs:
        row += 1
        sheet.write_string(row, 0, label, book.formats["label"])
        book.sentence(sheet, row, 1, _LAST, value, style)
    for number, step in enumerate(next_steps(report), 1):
        row += 1
        label = tr("下一步", "Next steps") if number == 1 else ""
        sheet.write_string(row, 0, label, book.formats["label"])
        book.sentence(sheet, row, 1, _LAST, f"{number}. {step}")
    return row + 2


def _shops(report: Report) -> pl.DataFrame:
    """The shops with currency and verdict in words. Few rows by nature."""
    risk = at_risk_by_shop(report)
    rows = list(report.shops.iter_rows(named=True))
    codes = [row["currency"] or DEFAULT_CURRENCY for row in rows]
    sums = [dict(risk.get((row["platform"], row["shop"], code), {})) for row, code in zip(rows, codes, strict=True)]
    own = [of_shop.pop(code, 0) for of_shop, code in zip(sums, codes, strict=True)]
    others = [amounts(of_shop, code) if of_shop else None for of_shop, code in zip(sums, codes, strict=True)]
    return report.shops.with_columns(
        labels.platform_expr().alias("platform"),
        pl.Series("shop", [shop_name(row) for row in rows], dtype=pl.String),
        pl.Series("risk_minor", own, dtype=pl.Int64),
        pl.Series("risk_others", others, dtype=pl.String),
        pl.Series("words", [shop_verdict(report, row) for row in rows], dtype=pl.String),
        pl.col("currency").fill_null(DEFAULT_CURRENCY),
    )


def _shop_columns(shops: pl.DataFrame) -> list[Column]:
    several = foreign(shops)
    other_money = shops["risk_others"].null_count() < shops.height
    return [
        Column("shop", tr("店铺", "Shop"), widest=28),
        Column("platform", tr("平台", "Platform")),
        Column("orders", tr("订单数", "Orders"), "count"),
        Column("receivable_minor", tr("应收", "Receivable"), "money"),
        Column("received_minor", tr("已收", "Received"), "money"),
        Column("refunded_minor", tr("已退", "Refunded"), "money"),
        Column("fees_minor", tr("费用", "Fees"), "money"),
        Column("risk_minor", tr("风险金额", "At risk"), "money"),
        *([Column("risk_others", tr("其他币种风险", "At risk, other currencies"))] if other_money else []),
        Column("open_minor", tr("未收金额", "Open"), "money"),
        *([Column("currency", tr("币种", "Currency"))] if several else []),
        Column("breaks", tr("差异数", "Breaks"), "count"),
        Column("reviews", tr("待确认", "Reviews"), "count"),
        Column("missing_files", tr("缺文件", "Missing"), "count"),
        Column("words", tr("结论", "Verdict"), "text", 48),
    ]


def _waiting_rows(book: Book, sheet: Any, row: int, report: Report) -> int:
    """Few rows by nature: one per stage and currency."""
    sums = stage_sums(report)
    if sums.is_empty():
        return book.nothing(sheet, row)
    head, right = book.formats["header"], book.formats["header_right"]
    titles = [tr("状态", "State"), tr("笔数", "Count"), tr("金额", "Amount"), tr("见", "See")]
    for i, title in enumerate(titles):
        sheet.write_string(row, i, title, right if i in (1, 2) else head)
    amounts = [Column("stage", ""), Column("count", "", "count"), Column("amount", "", "money")]
    book.place(sheet, "stages", row + 1, sums.height, amounts)
    for stage, currency, count, minor in sums.iter_rows():
        row += 1
        place = tr("未到期", "Not due") if stage == "not_due" else tr("已到期未结", "Past due")
        sheet.write_string(row, 0, stage_word(stage), book.formats["inset"])
        book.cell(sheet, row, 1, Column("count", "", "count"), str(count))
        book.money(sheet, row, 2, minor, currency)
        sheet.write_url(row, 3, f"internal:'{place}'!A1", book.formats["link"], place)
    return row + 1


def _cause_rows(book: Book, sheet: Any, row: int, reasons: pl.DataFrame, places: Places) -> int:
    """Few rows by nature: one per type and kind."""
    head, right = book.formats["header"], book.formats["header_right"]
    titles = [
        tr("原因", "Cause"),
        tr("级别", "Level"),
        tr("笔数", "Count"),
        tr("金额", "Amount"),
        tr("怎么办", "Advice"),
    ]
    for i, title in enumerate(titles):
        sheet.write_string(row, i, title, right if i in (2, 3) else head)
    figures = [Column("count", "", "count"), Column("money", "", "money")]
    book.place(sheet, "causes", row + 1, reasons.height, [Column("cause", ""), Column("level", ""), *figures])
    sheet.merge_range(row, 4, row, _LAST, titles[4], head)
    target = tr("待办", "To do")
    for cause in reasons.iter_rows(named=True):
        row += 1
        name = labels.type_name(cause["code"])
        place = places.get((cause["code"], cause["kind"]))
        if place is None:
            sheet.write_string(row, 0, name, book.formats["inset"])
        else:
            sheet.write_url(row, 0, f"internal:'{target}'!A{place + 1}", book.formats["link"], name)
        sheet.write_string(row, 1, labels.word(labels.KIND_WORDS, cause["kind"]), book.formats["inset"])
        book.cell(sheet, row, 2, Column("count", "", "count"), str(cause["count"]))
        book.money(sheet, row, 3, cause["money"], cause["currency"])
        book.sentence(sheet, row, 4, _LAST, advice(cause["code"]), "inset")
    return row + 1


def _checks(book: Book, sheet: Any, row: int, report: Report) -> int:
    """Few rows by nature: one per check."""
    head = book.formats["header"]
    sheet.write_string(row, 0, tr("核对", "Check"), head)
    sheet.write_string(row, 1, tr("状态", "State"), head)
    sheet.merge_range(row, 2, row, _LAST, tr("说明", "Note"), head)
    for name, facts in report.checks.items():
        row += 1
        ran = facts.get("state") == "run"
        sheet.write_string(row, 0, labels.word(labels.CHECK_WORDS, name), book.formats["inset"])
        state = tr("已核对", "run") if ran else tr("未核对", "not run")
        sheet.write_string(row, 1, state, book.formats["good" if ran else "doubt"])
        book.sentence(sheet, row, 2, _LAST, str(facts.get("reason") or ""), "inset")
    return row + 1


# Sheet 文件清单: every file that was given, with what was read from it; problems on top, ignored files last.

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
