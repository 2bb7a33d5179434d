"""An answer of `trace` as text of at most 80 columns, or as plain data."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.categories import CATEGORIES
from ecrecon.messages import tr
from ecrecon.money import decimal_text
from ecrecon.posting import Traced

_NOT_COUNTED = {
    "superseded": ("另一次下载已计", "counted from another download"), "duplicate": ("重复，未计", "repeated, not counted"),
    "witness": ("只作对照", "only compared"), "explained": ("由结算明细说明", "explained by the settlement detail"),
    "after_as_of": ("截止时点之后", "after as-of"), "pending": ("未结算", "not settled yet"), "void": ("零金额", "zero"),
}  # fmt: skip
MOST = 40
"""Rows of one list that are printed; the rest is counted."""


def as_dict(answer: Traced) -> dict[str, Any]:
    """Everything, amounts as decimal text, times as ISO text."""
    frames = {"entries": answer.entries, "links": answer.links, "lines": answer.lines, "documents": answer.documents}
    told = {name: [_plain(row) for row in frame.iter_rows(named=True)] for name, frame in frames.items()}
    return {"id": answer.identifier, "kinds": list(answer.kinds), **told}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_minor"):
            result[name.removesuffix("_minor")] = None if value is None else decimal_text(value)
        else:
            result[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return result


def as_text(answer: Traced) -> str:
    """Vouchers first, then the bill lines behind them, then refund documents."""
    parts = [f"{answer.identifier}  ({', '.join(answer.kinds)})"]
    parts += _section(tr("凭证分录", "voucher lines"), answer.entries, _entry)
    if answer.entries.height and answer.links.is_empty():
        parts.append(
            tr(
                "  本次运行没有做这张凭证：它背后的账单行在导出它的那次运行里",
                "  this run does not make the voucher: its bill lines are in the run that exported it",
            )
        )
    parts += _section(tr("订单", "orders"), _sold(answer.links), _order)
    parts += _section(tr("账单行", "bill lines"), answer.lines, _line)
    parts += _section(tr("售后单", "refund documents"), answer.documents, _document)
    return "\n".join(parts)


def _section(title: str, frame: pl.DataFrame, render: Any) -> list[str]:
    if frame.is_empty():
        return []
    rows = [render(row) for row in frame.head(MOST).iter_rows(named=True)]
    rest = frame.height - MOST
    if rest > 0:
        rows.append(tr(f"  … 另有 {rest} 行，用 --json 查看全部", f"  … {rest} more, see all with --json"))
    return ["", f"{title} ({frame.height})", *rows]


def _entry(row: dict[str, Any]) -> str:
    side = tr("借", "Dr") if row["debit_minor"] else tr("贷", "Cr")
    amount = decimal_text(row["debit_minor"] or row["credit_minor"])
    return (
        f"  {row['voucher']}/{row['seq']} {side} {row['account_code']} {row['account_name']} {amount}  {row['summary']}"
    )


def _sold(links: pl.DataFrame) -> pl.DataFrame:
    """Sales and returns behind voucher lines: one row per order and voucher, with the receivable it moved (its first
    line), a return negative. An entry made from balances has no file behind it."""
    sales = links.filter(pl.col("line_id").is_null(), pl.col("path").is_not_null()).sort("voucher_id", "seq")
    return (
        sales.group_by("order_id", "path", "source_line", "voucher_id", maintain_order=True)
        .agg(pl.col("amount_minor").first())
        .sort(
            "path", "source_line", "order_id", "amount_minor", descending=[False, False, False, True], nulls_last=True
        )
    )


def _order(row: dict[str, Any]) -> str:
    return f"  {row['path']}:{row['source_line']}  {row['order_id']}  {decimal_text(row['amount_minor'])}"


def _line(row: dict[str, Any]) -> str:
    category = CATEGORIES[row["category"]].zh if row["category"] else ""
    label = tr(category, str(row["category"] or ""))
    ids = " ".join(str(row[k]) for k in ("order_id", "refund_id", "txn_id") if row[k])
    when = f"{row['occurred_at']:%Y-%m-%d %H:%M:%S}" if row["occurred_at"] else ""
    left_out = _NOT_COUNTED.get(str(row.get("disposition") or ""))
    mark = f"  [{tr(*left_out)}]" if left_out else ""
    return f"  {row['path']}:{row['source_line']}\n    {when} {label} {decimal_text(row['amount_minor'] or 0)}  {ids}{mark}"


def _document(row: dict[str, Any]) -> str:
    return f"  {row['path']}:{row['source_line']}  {row['refund_id']}  {decimal_text(row['amount_minor'] or 0)}"
