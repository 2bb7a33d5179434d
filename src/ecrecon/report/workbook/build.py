"""Puts the sheets together. The order of the sheets is the same in both languages."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime

from ecrecon.base.texts import tr
from ecrecon.report.model import Report
from ecrecon.report.todo import Todo
from ecrecon.report.workbook.grid import Book, PlacedTable
from ecrecon.report.workbook.sheets_books import (
    write_cash,
    write_documents,
    write_ledger,
    write_profit,
    write_receivables,
)
from ecrecon.report.workbook.sheets_proof import write_proof
from ecrecon.report.workbook.sheets_run import write_files, write_overview
from ecrecon.report.workbook.sheets_work import write_fees, write_open_items, write_opening, write_past_due, write_todo

SHEETS: tuple[tuple[str, str], ...] = (
    ("结论", "Verdict"), ("待办", "To do"), ("未到期", "Not due"), ("期初核销", "Opening"), ("费用汇总", "Fees"),
    ("余额与勾稽", "Balances and proof"), ("文件清单", "Files"), ("已到期未结", "Past due"), ("利润表", "Profit"), ("应收台账", "Receivables"),
    ("资金日报", "Cash by day"), ("收支明细账", "Ledger"), ("收付款单", "Receipts and payments"),
)  # fmt: skip


def sheet_names() -> list[str]:
    """Names of the sheets in the language of the run."""
    return [tr(zh, en) for zh, en in SHEETS]


def workbook(report: Report, todo: Todo) -> tuple[bytes, list[PlacedTable]]:
    """`report.xlsx` and where its tables stand; equal reports give equal bytes. `todo`: the to-do list of the report."""
    book = Book(period_end(report))
    colors = ("#1F3864", "#C00000", *[None] * (len(SHEETS) - 2))
    (
        overview,
        todo_sheet,
        open_items,
        opening,
        fees,
        proof,
        files,
        past_due,
        profit,
        receivables,
        cash,
        ledger,
        documents,
    ) = (book.sheet(name, color) for name, color in zip(sheet_names(), colors, strict=True))
    places = write_todo(book, todo_sheet, todo)
    write_overview(book, overview, report, places)
    write_open_items(book, open_items, report)
    write_opening(book, opening, report)
    write_fees(book, fees, report)
    write_proof(book, proof, report)
    write_files(book, files, report)
    write_past_due(book, past_due, report)
    write_profit(book, profit, report)
    write_receivables(book, receivables, report)
    write_cash(book, cash, report)
    write_ledger(book, ledger, report)
    write_documents(book, documents, report)
    overview.activate()
    return book.close(), book.placed


def period_end(report: Report) -> datetime:
    """The last second of the period (`2026-10`), or as-of where the period is no month; without a zone."""
    try:
        year, month = (int(part) for part in report.period.split("-"))
        return datetime(year, month, monthrange(year, month)[1], 23, 59, 59)
    except ValueError:
        return report.as_of.replace(tzinfo=None, microsecond=0)
