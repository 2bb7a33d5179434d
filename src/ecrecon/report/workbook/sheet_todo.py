"""Sheet 待办: what needs a person, one row per order, grouped by cause."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.advice import advice
from ecrecon.report.amounts import foreign
from ecrecon.report.todo import Todo
from ecrecon.report.workbook.columns import Column
from ecrecon.report.workbook.grid import Book

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
