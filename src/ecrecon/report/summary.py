"""`summary.json`: the run for machines, with the sums of ledgers and statements. Nothing of the clock, no absolute path."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from ecrecon.base.sources import Source
from ecrecon.base.variances import BY_CODE, KINDS
from ecrecon.report.labels import DEFAULT_CURRENCY, money_expr, text
from ecrecon.report.model import Report
from ecrecon.report.outstanding import stage_sums
from ecrecon.report.todo import at_risk, at_risk_by_shop
from ecrecon.report.verdict import obstacles, of_shop

# Sums of the ledgers and statements, told once: `summary.json` and the page show these, the sheets and CSV files the
# rows.

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


# `summary.json`: the run for machines (README.md "What a run writes"). Nothing of the clock, no absolute path.

Ranges = Iterable[tuple[date, date]]


def as_json(report: Report) -> str:
    """Text of `summary.json`: UTF-8, two blanks of indent, keys in declared order, LF at the end."""
    return json.dumps(as_dict(report), ensure_ascii=False, indent=2) + "\n"


def as_dict(report: Report) -> Json:
    """The fields of `summary.json`. Amounts are strings with the currency's decimals."""
    return {
        "version": report.version,
        "period": report.period,
        "as_of": report.as_of.isoformat(),
        "config_digest": report.config_digest,
        "sources": sources_block(report.sources),
        "accounts": _accounts(report),
        "conservation": _conservation(report),
        "checks": {name: dict(facts) for name, facts in report.checks.items()},
        "variances": variances_block(report),
        "open_items": open_items_block(report),
        "coverage": coverage_block(report.coverage),
        "shops": _shops(report),
        "unchecked": _unchecked(report),
        "at_risk": risk_block(at_risk(report)),
        "statements": statements_block(report),
        "vouchers": _vouchers(report),
        "notes": list(report.notes),
        "exit_code": report.exit_code,
    }


def sources_block(sources: Sequence[Source]) -> list[Json]:
    """`sources[]`, in the order of `source_id`; also what `audit --json` prints."""
    return [_source(source) for source in sources]


def _source(source: Source) -> Json:
    income, expense = source.income_minor, source.expense_minor
    net = income + expense if income is not None and expense is not None else None
    currency = source.currency or (DEFAULT_CURRENCY if net is not None else None)
    return {
        "path": source.path,
        "sha256": source.sha256,
        "profile": source.profile,
        "kind": source.kind,
        "view": source.view,
        "platform": source.platform,
        "shop": source.shop,
        "account": source.account,
        "encoding": source.encoding,
        "rows": source.rows,
        "income": text(income, currency),
        "expense": text(expense, currency),
        "net": text(net, currency),
        "currency": currency,
        "first": source.first.isoformat() if source.first else None,
        "last": source.last.isoformat() if source.last else None,
        "coverage": _ranges(source.coverage),
        "control": [{"name": c.name, "printed": c.printed, "found": c.found, "ok": c.ok} for c in source.control],
        "uncompared": list(source.uncompared),
        "container": source.container,
        "sheet": source.sheet,
        "size": source.size,
        "reason": source.reason or None,
        "notes": list(source.notes),
    }


def findings_block(findings: pl.DataFrame) -> list[Json]:
    """What is wrong with files and cells (schema FINDINGS), in order of place; what `audit --json` prints."""
    rows = findings.sort("source_path", "source_line", "code", "column", "text", nulls_last=True, maintain_order=True)
    return [
        {
            "code": str(row["code"]),
            "type": BY_CODE[str(row["code"])].name,
            "kind": row["kind"] or BY_CODE[str(row["code"])].kind,
            "path": row["source_path"],
            "line": row["source_line"],
            "column": row["column"],
            "text": row["text"],
            "expected": row["expected"],
            "hint": row["hint"],
        }
        for row in rows.iter_rows(named=True)
    ]


def coverage_block(coverage: pl.DataFrame) -> list[Json]:
    """Shop x account x view with the days that are missing; also what `audit --json` prints."""
    return [dict(row) for row in coverage.iter_rows(named=True)]


def _ranges(ranges: Ranges) -> list[list[str]]:
    return [[first.isoformat(), last.isoformat()] for first, last in ranges]


def merge_ranges(ranges: Ranges) -> list[tuple[date, date]]:
    """Union of closed day ranges; ranges that touch become one."""
    merged: list[tuple[date, date]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + timedelta(days=1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _accounts(report: Report) -> list[Json]:
    """Few rows by nature: one per account."""
    coverage: dict[str | None, list[tuple[date, date]]] = {}
    for source in report.sources:
        if source.readable:
            coverage.setdefault(source.account, []).extend(source.coverage)
    blocks = []
    for row in report.accounts.iter_rows(named=True):
        currency = row["currency"]
        blocks.append({
            "platform": row["platform"],
            "shop": row["shop"],
            "account": row["account"],
            "order_basis": row["order_basis"],
            "money_basis": row["money_basis"],
            "first": row["first"].isoformat() if row["first"] else None,
            "last": row["last"].isoformat() if row["last"] else None,
            "coverage": _ranges(merge_ranges(coverage.get(row["account"], []))),
            "covered_days": row["covered_days"],
            "missing_days": row["missing_days"],
            "lines": row["lines"],
            "income": text(row["income_minor"], currency),
            "expense": text(row["expense_minor"], currency),
            "net": text(row["net_minor"], currency),
            "opening": text(row["opening_minor"], currency),
            "closing": text(row["closing_minor"], currency),
            "balance_ok": row["balance_ok"],
            "currency": currency,
        })  # fmt: skip
    return blocks


def _conservation(report: Report) -> Json:
    """Rows of the proof by law. Few rows by nature: accounts times dispositions and categories."""
    currencies = dict(report.accounts.select("account", "currency").iter_rows())
    laws: dict[str, Json] = {}
    for row in report.conservation.iter_rows(named=True):
        law = laws.setdefault(row["law"], {"ok": True, "rows": []})
        currency = row["currency"] or currencies.get(row["account"])
        law["ok"] = law["ok"] and row["ok"] is not False
        law["rows"].append({
            "account": row["account"],
            "item": row["item"],
            "expected_count": row["expected_count"],
            "actual_count": row["actual_count"],
            "expected": text(row["expected_minor"], currency),
            "actual": text(row["actual_minor"], currency),
            "currency": currency,
            "ok": row["ok"],
        })  # fmt: skip
    return {"ok": all(law["ok"] for law in laws.values()), "laws": laws}


def variances_block(report: Report) -> Json:
    """Keyed by type, ordered by code: code, kind (the most severe of its rows), count, amount, and both by kind."""
    totals = (
        report.variances.with_columns(money_expr().alias("money"))
        .group_by("type", "code", "kind", "currency")
        .agg(pl.len().alias("count"), pl.col("money").sum())
        .sort(pl.col("code").cast(pl.String), pl.col("kind").to_physical(), "currency", nulls_last=True)
    )
    block: Json = {}
    for name in totals["type"].unique(maintain_order=True):
        rows = totals.filter(pl.col("type") == name).rows(named=True)
        kinds = [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]
        block[name] = {
            "code": rows[0]["code"],
            "kind": kinds[0],
            **_total(rows),
            "by_kind": {kind: _total([row for row in rows if row["kind"] == kind]) for kind in kinds},
        }
    return block


def _total(rows: list[Json]) -> Json:
    """Count and amount; several currencies are never added up: then `amount` is null and `amounts` names each."""
    sums: dict[str, int] = {}
    for row in rows:
        currency = row["currency"] or DEFAULT_CURRENCY
        sums[currency] = sums.get(currency, 0) + row["money"]
    amounts = {currency: text(minor, currency) for currency, minor in sorted(sums.items())}
    total: Json = {"count": sum(row["count"] for row in rows)}
    if len(amounts) == 1:
        return {**total, "amount": next(iter(amounts.values()))}
    return {**total, "amount": None, "amounts": amounts}


def open_items_block(report: Report) -> list[Json]:
    """What is open at as-of: one entry per stage (`waiting.STAGES`) and currency, with count and amount."""
    return [
        {"stage": stage, "currency": currency, "count": count, "amount": text(minor, currency)}
        for stage, currency, count, minor in stage_sums(report).iter_rows()
    ]


def _shops(report: Report) -> list[Json]:
    risk = at_risk_by_shop(report)
    blocks = []
    for row in report.shops.iter_rows(named=True):
        currency = row["currency"] or DEFAULT_CURRENCY
        amounts = {name.removesuffix("_minor"): text(row[name], currency) for name in row if name.endswith("_minor")}
        counts = {name: row[name] for name in ("orders", "breaks", "reviews", "missing_files")}
        blocks.append({
            "platform": row["platform"], "shop": row["shop"], "currency": currency, **counts, **amounts,
            "at_risk": risk_block(risk.get((row["platform"], row["shop"], currency), {})), "verdict": row["verdict"],
            "missing": of_shop(report, row["shop"]),
        })  # fmt: skip
    return blocks


def _unchecked(report: Report) -> list[Json]:
    """What is here and was not checked; with `fails` the exit code says so. Few rows: shops times missing files."""
    return [
        {
            "platform": row["platform"], "shop": row["shop"], "reason": row["reason"], "account": row["account"],
            "count": row["count"], "amount": text(row["amount_minor"], row["currency"]), "currency": row["currency"],
            "fails": row["fails"],
        }
        for row in report.unchecked.iter_rows(named=True)
    ]  # fmt: skip


def risk_block(sums: dict[str, int]) -> Json:
    """Currency -> amount at risk; empty where there is none."""
    return {currency: text(minor, currency) for currency, minor in sums.items()}


def _vouchers(report: Report) -> Json:
    totals = report.vouchers.select(
        pl.col("voucher_id").n_unique(), pl.col("debit_minor").sum(), pl.col("credit_minor").sum()
    ).row(0)
    return {
        "count": totals[0],
        "lines": report.vouchers.height,
        "debit": text(totals[1]),
        "credit": text(totals[2]),
        "problems": list(report.voucher_problems),
        "obstacles": obstacles(report),
    }
