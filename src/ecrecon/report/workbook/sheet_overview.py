"""Sheet 结论: can the figures be trusted, what is at risk, what to do next; one row per shop."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.advice import advice
from ecrecon.report.amounts import DEFAULT_CURRENCY, foreign
from ecrecon.report.model import Report
from ecrecon.report.outstanding import month_note, stage_sums, stage_word
from ecrecon.report.todo import at_risk_by_shop, causes
from ecrecon.report.verdict import amounts, at_risk, counts, headline, next_steps, shop_name, shop_verdict
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book
from ecrecon.report.workbook.sheet_todo import Places

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
