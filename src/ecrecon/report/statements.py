"""Sums of the ledgers and statements, told once: `summary.json` and the page show these, the sheets and CSV files the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ecrecon.report.amounts import text
from ecrecon.report.model import Report

Json = dict[str, Any]
SHOP_LINES: tuple[str, ...] = ("sales_gross", "net_revenue", "gross_profit", "contribution", "profit")
"""Lines of the 利润表 that are told per shop; the company's are all told."""
RECEIVABLE_AMOUNTS: tuple[str, ...] = (
    "opening", "increase", "reversal", "received", "paid_back", "closing", "credit", "advance",
)  # fmt: skip


def book(report: Report, name: str, *needed: str) -> pl.DataFrame | None:
    """The statement `name` where the report holds it with rows and the columns `needed`."""
    frame = report.books.get(name)
    return frame if frame is not None and frame.height and set(needed) <= set(frame.columns) else None


def statements_block(report: Report) -> Json:
    """`statements` of `summary.json`. Few rows by nature: lines, shops, accounts."""
    return {
        "previous": sorted(report.previous),
        "profit": _profit(report),
        "profit_by_shop": _profit_by_shop(report),
        "income_statement": _amounts(report, "income_statement", ["line", "item"], ["month", "year_to_date", "year_ago"]),
        "receivables": _receivables(report),
        "parties": _amounts(
            report, "parties", ["side", "shop", "account_role", "account_code", "account_name", "currency"],
            ["opening", "debit", "credit", "closing"],
        ),
        "cash": _cash(report),
        "documents": _documents(report),
    }  # fmt: skip


def _rows(frame: pl.DataFrame, keys: Sequence[str], amounts: Sequence[str]) -> list[Json]:
    return [
        {key: row[key] for key in keys} | {name: text(row[f"{name}_minor"], row.get("currency")) for name in amounts}
        for row in frame.iter_rows(named=True)
    ]


def _amounts(report: Report, name: str, keys: Sequence[str], amounts: Sequence[str]) -> list[Json]:
    frame = book(report, name)
    return [] if frame is None else _rows(frame, keys, amounts)


def _profit(report: Report) -> list[Json]:
    frame = book(report, "profit")
    if frame is None:
        return []
    company = frame.filter(pl.col("level") == "company")
    return _rows(company, ["currency", "line", "item", "flag"], ["amount", "last_month", "year_to_date"])


def profit_by_shop(report: Report) -> pl.DataFrame:
    """platform, shop, currency, flag (of the profit: `no_cost`, `cost_partial` or null) and one `<line>_minor` per line of
    SHOP_LINES; no row without a statement."""
    frame = book(report, "profit")
    keys = ["platform", "shop", "currency"]
    texts = dict.fromkeys([*keys, "flag"], pl.String)
    if frame is None:
        return pl.DataFrame(schema={**texts, **{f"{n}_minor": pl.Int64 for n in SHOP_LINES}})
    amount = pl.col("amount_minor")
    mine = {name: amount.filter(pl.col("item") == name) for name in SHOP_LINES}
    sums = [pl.when(part.count() > 0).then(part.sum()).alias(f"{name}_minor") for name, part in mine.items()]
    flag = pl.col("flag").filter(pl.col("item") == "profit").first()
    return frame.filter(pl.col("level") == "shop").group_by(keys, maintain_order=True).agg(flag, *sums)


def _profit_by_shop(report: Report) -> list[Json]:
    return _rows(profit_by_shop(report), ["platform", "shop", "currency", "flag"], SHOP_LINES)


def receivables_by_shop(report: Report) -> pl.DataFrame | None:
    """The rows of the shops of the 应收台账."""
    frame = book(report, "receivables")
    return None if frame is None else frame.filter(pl.col("level") == "shop")


def _receivables(report: Report) -> list[Json]:
    frame = receivables_by_shop(report)
    return [] if frame is None else _rows(frame, ["platform", "shop", "currency"], RECEIVABLE_AMOUNTS)


def _cash(report: Report) -> list[Json]:
    """Per account: movement of the month and the balance at its end, from the 收支明细账."""
    frame = book(report, "ledger")
    if frame is None:
        return []
    month = frame.filter(pl.col("row") == "month")
    return _rows(month, ["platform", "shop", "account", "currency"], ["income", "expense", "balance"])


def _documents(report: Report) -> list[Json]:
    """Per account: documents and their signed sums."""
    frame = book(report, "documents")
    if frame is None:
        return []
    inward = pl.col("direction") == "in"
    sums = frame.group_by("account", "currency").agg(
        count=pl.len(), in_minor=pl.col("amount_minor").filter(inward).sum(),
        out_minor=pl.col("amount_minor").filter(~inward).sum(),
    ).sort("account", "currency")  # fmt: skip
    return _rows(sums, ["account", "currency", "count"], ["in", "out"])
