"""Sheets 待办, 未到期, 已到期未结, 期初核销 and 费用汇总."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.categories import CATEGORIES, NAMES
from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.labels import advice, foreign
from ecrecon.report.model import Report
from ecrecon.report.outstanding import STAGES, stage_word, waiting
from ecrecon.report.todo import Todo
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

# Sheets 未到期, 已到期未结, 期初核销 and 费用汇总.


def write_open_items(book: Book, sheet: Any, report: Report) -> None:
    """未到期: right but not finished, its day is still to come. What is past its day stands in 已到期未结."""
    items = waiting(report)
    frame = items.filter(pl.col("stage") == "not_due")
    past = items.height - frame.height
    title = tr(f"未到期：{frame.height:,} 笔", f"Not due: {frame.height:,}")
    note = tr(
        f"截止 {report.as_of:%Y-%m-%d} 未到期，不是差异，等到“预计到账日”再看；已过预计到账日的 {past:,} 笔在“已到期未结”",
        f"not due at {report.as_of:%Y-%m-%d}: no differences, wait until Expected by; {past:,} items past their day are "
        "in Past due",
    )
    _write_items(book, sheet, report, frame, (title, note))


def write_past_due(book: Book, sheet: Any, report: Report) -> None:
    """已到期未结: past its day and not here: within its grace, not checked for want of a bill, or overdue."""
    frame = waiting(report).filter(pl.col("stage") != "not_due")
    order = pl.col("stage").cast(pl.Enum(["overdue", "not_checked", "in_grace"])).to_physical()
    title = tr(f"已到期未结：{frame.height:,} 笔", f"Past due: {frame.height:,}")
    note = tr(
        "“已超期”的同时在“待办”；“缺账单未核对”的补下载账单后再看；“宽限期内”的过了宽限期仍未到账会转到待办",
        "overdue items are in To do as well; not checked: download the bill; within its grace: told in To do once that is over",
    )
    _write_items(book, sheet, report, frame.sort(order, maintain_order=True), (title, note))


def _write_items(book: Book, sheet: Any, report: Report, items: pl.DataFrame, texts: tuple[str, str]) -> None:
    frame = items.with_columns(
        pl.when(pl.col("stage") == "not_due")
        .then(labels.word_expr(labels.STATES, "state"))
        .otherwise(pl.col("stage").replace({name: stage_word(name) for name in STAGES}))
        .alias("state"),
        labels.platform_expr().alias("platform"),
        pl.when("opening").then(pl.lit(tr("期初", "opening"))).alias("opening_mark"),
    )
    columns = [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("order_id", tr("订单号", "Order")),
        *_unless_empty(frame, Column("sub_order_id", tr("子订单号", "Sub-order"))),
        Column("expected_minor", tr("应收", "Expected"), "money", total=True),
        Column("received_minor", tr("已收", "Received"), "money", total=True),
        Column("open_minor", tr("未收", "Open"), "money", total=True),
        *_currency(frame),
        Column("event_at", tr("起算日", "Counted from"), "time"),
        Column("expected_by", tr("预计到账日", "Expected by"), "date"),
        Column("age_days", tr("账龄(天)", "Age (days)"), "count"),
        Column("state", tr("状态", "State")),
        *_unless_empty(frame, Column("opening_mark", tr("期初", "Opening"))),
        Column("account", tr("账户", "Account"), widest=24),
    ]
    title, note = texts
    first = book.table(sheet, columns, frame, title, note, of="open_items")
    sheet.freeze_panes(first, 3)


def _unless_empty(frame: pl.DataFrame, column: Column) -> list[Column]:
    return [column] if frame[column.key].null_count() < frame.height else []


def write_opening(book: Book, sheet: Any, report: Report) -> None:
    """期初核销: opening receivables per shop and what became of them."""
    frame = report.opening.with_columns(labels.platform_expr().alias("platform"))
    title = tr("期初应收的核销", "Opening receivables")
    note = tr(
        "期初应收由期初前的订单算出；“视为已结”是期初前应已结清、不再追踪的订单",
        "computed from the orders before the start; presumed settled orders are not followed up",
    )
    days = tr("天", " days")
    columns = [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        *_currency(frame),
        Column("opening_orders", tr("期初笔数", "Opening"), "count", total=True),
        Column("opening_minor", tr("期初应收", "Opening amount"), "money", total=True),
        Column("confirmed_orders", tr("已核销笔数", "Confirmed"), "count", total=True),
        Column("confirmed_minor", tr("已核销金额", "Confirmed amount"), "money", total=True),
        Column("open_orders", tr("未核销笔数", "Open"), "count", total=True),
        Column("open_minor", tr("未核销金额", "Open amount"), "money", total=True),
        Column("old_0_30", f"0-30{days}", "money", total=True),
        Column("old_31_60", f"31-60{days}", "money", total=True),
        Column("old_over_60", tr("60天以上", "over 60 days"), "money", total=True),
        Column("presumed_orders", tr("视为已结笔数", "Presumed settled"), "count", total=True),
        Column("presumed_minor", tr("视为已结金额", "Presumed amount"), "money", total=True),
    ]
    book.table(sheet, columns, frame, title, note, of="opening")


def write_fees(book: Book, sheet: Any, report: Report) -> None:
    """费用汇总: every raw name of the bills, what it was taken for, unmapped ones on top."""
    order = {name: i for i, name in enumerate(NAMES)}
    rank = {"fee": 0, "compensation": 1, "principal": 2, "account": 3}
    category = pl.col("category").cast(pl.String)
    fees = report.fees
    frame = fees.sort(
        category != "unmapped", "platform", "shop", pl.col("role").cast(pl.String).replace_strict(rank, default=None),
        category.replace_strict(order, default=None), pl.col("amount_minor").abs(), "raw_type", "currency",
        descending=[False, False, False, False, False, True, False, False],
        nulls_last=True,
    ).with_columns(
        labels.platform_expr().alias("platform"),
        labels.word_expr({name: c.zh for name, c in CATEGORIES.items()}, "category").alias("category"),
        labels.word_expr(labels.ROLE_WORDS, "role").alias("role"),
    )  # fmt: skip
    unmapped = fees.filter(category == "unmapped").height
    title = tr("费用汇总：账单上的每一种名称及归类", "Fees: every name in the bills and its category")
    note = tr(
        f"有 {unmapped} 种名称未识别，排在最上面，请确认含义" if unmapped else "账单上的名称全部识别",
        f"{unmapped} names are not known, on top" if unmapped else "every name is known",
    )
    columns = [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("raw_type", tr("账单上的名称", "Name in the bill"), widest=50),
        Column("category", tr("归类", "Category")),
        Column("role", tr("类别", "Role")),
        Column("lines", tr("笔数", "Lines"), "count", total=True),
        Column("orders", tr("订单数", "Orders"), "count"),
        Column("amount_minor", tr("金额", "Amount"), "money", total=True),
        *_currency(frame),
        Column("base_minor", tr("计费基数", "Base"), "money"),
        Column("rate", tr("实际费率", "Rate found")),
    ]
    first = book.table(sheet, columns, frame, title, note, of="fees")
    unknown = labels.category("unmapped")
    book.color_words(sheet, first, first + max(frame.height, 1) - 1, 3, {unknown: "doubt"})


def _currency(frame: pl.DataFrame) -> list[Column]:
    """The column of the currency where any row is not in yuan."""
    return [Column("currency", tr("币种", "Currency"))] if foreign(frame) else []


# Sheet 待办: what needs a person, one row per order, grouped by cause.

Places = dict[tuple[str, str], int]


def write_todo(book: Book, sheet: Any, todo: Todo) -> Places:
    """Write the sheet; returns the 0-based row where each (code, kind) begins."""
    frame = todo.rows.with_columns(
        pl.col("code").cast(pl.String).replace({c: labels.type_name(c) for c in _codes(todo)}).alias("cause"),
        labels.word_expr(labels.KIND_WORDS, "kind").alias("level"),
        labels.platform_expr().alias("platform_name"),
        pl.coalesce(_filled("hint"), _advice(todo)).alias("advice"),
        _decision().alias("decision"),
        pl.col("occurred_at").dt.date().alias("day"),
    )
    note = tr(
        "差额=实收-应收，等于后面各原因列之和（费用类另计）；请在“处理”列选择：接受 / 已核销 / 忽略 / 待查",
        "difference = received - expected; its components are the columns after it. Fill the column Decision.",
    )
    title = tr(f"待办：{frame.height:,} 行", f"To do: {frame.height:,} rows")
    columns = _columns(todo)
    first = book.table(sheet, columns, frame, title, note, of="todo")
    levels = {kind: labels.word(labels.KIND_WORDS, kind) for kind in ("stop", "break", "review")}
    colors = {levels["stop"]: "bad", levels["break"]: "bad", levels["review"]: "doubt"}
    book.color_words(sheet, first, first + max(frame.height, 1) - 1, 1, colors)
    sheet.freeze_panes(first, 1)
    # components and places in the files are for the screen: on paper they would make everything else too small to read
    printed = next(i for i, column in enumerate(columns) if column.key == "note")
    sheet.print_area(0, 0, first + max(frame.height, 1) - 1, printed)
    return _places(todo, first)


def _columns(todo: Todo) -> list[Column]:
    """Columns that would be empty for every row are left out; those up to `note` are printed."""
    several = foreign(todo.rows)
    subs = todo.rows["sub_order_id"].null_count() < todo.rows.height
    return [
        Column("cause", tr("原因", "Cause")),
        Column("level", tr("级别", "Level")),
        Column("shop", tr("店铺", "Shop"), widest=20),
        Column("platform_name", tr("平台", "Platform"), widest=12),
        Column("order_id", tr("订单号", "Order")),
        *([Column("sub_order_id", tr("子订单号", "Sub-order"))] if subs else []),
        Column("money", tr("涉及金额", "Amount"), "money", total=True),
        Column("expected", tr("应收", "Expected"), "money"),
        Column("actual", tr("实收", "Received"), "money"),
        Column("difference", tr("差额", "Difference"), "money", total=True),
        *([Column("currency", tr("币种", "Currency"))] if several else []),
        Column("day", tr("业务日期", "Date"), "date"),
        Column("age_days", tr("账龄", "Days"), "count"),
        Column("advice", tr("建议", "Advice"), "wide", 34),
        Column("decision", tr("处理", "Decision"), "choice"),
        Column("note", tr("说明", "Note"), "wide", 30),
        *(Column(code, labels.type_name(code), "money") for code in todo.components),
        Column("sources", tr("来源（文件:行）", "Source (file:line)"), "wide", 60),
        Column("account", tr("账户", "Account"), widest=24),
        Column("variance_ids", tr("差异编号", "Variance id"), widest=40),
    ]


def _codes(todo: Todo) -> list[str]:
    return [str(code) for code in todo.rows["code"].unique()]


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(pl.col(column))


def _advice(todo: Todo) -> pl.Expr:
    return pl.col("code").cast(pl.String).replace({code: advice(code) for code in _codes(todo)})


def _decision() -> pl.Expr:
    """The decision already taken, where the row's status is one."""
    status = pl.col("status")
    shown = status.replace(labels.DECISIONS) if tr("zh", "en") == "zh" else status
    return pl.when(status.is_in(list(labels.DECISIONS))).then(shown)


def _places(todo: Todo, first: int) -> Places:
    starts = (
        todo.rows.with_row_index("row")
        .group_by(pl.col("code").cast(pl.String), pl.col("kind").cast(pl.String))
        .agg(pl.col("row").min())
    )
    return {(code, kind): first + row for code, kind, row in starts.iter_rows()}
