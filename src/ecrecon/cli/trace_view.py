"""An answer of `trace` as text of at most 80 columns, or as plain data."""

from __future__ import annotations

from typing import Any

import polars as pl

from ecrecon.categories import CATEGORIES
from ecrecon.messages import tr
from ecrecon.money import decimal_text, exponent
from ecrecon.posting import Found
from ecrecon.report.labels import DISPOSITIONS, KIND_WORDS, SOURCE_KINDS, STATES, type_name, word

_NOT_COUNTED = {
    "superseded": ("另一次下载已计", "counted from another download"), "duplicate": ("重复，未计", "repeated, not counted"),
    "witness": ("只作对照", "only compared"), "explained": ("由结算明细说明", "explained by the settlement detail"),
    "after_as_of": ("截止时点之后", "after as-of"), "pending": ("未结算", "not settled yet"), "void": ("零金额", "zero"),
}  # fmt: skip
MOST = 40
"""Rows of one list that are printed; the rest is counted."""


def as_dict(answer: Found) -> dict[str, Any]:
    """Everything, amounts as decimal text, times as ISO text."""
    traced = answer.traced
    frames = {
        "entries": traced.entries, "links": traced.links, "lines": traced.lines, "documents": traced.documents,
        "orders": answer.orders, **answer.tables, "places": answer.places,
    }  # fmt: skip
    told = {name: [_plain(row) for row in frame.iter_rows(named=True)] for name, frame in frames.items()}
    return {"id": traced.identifier, "kinds": list(answer.kinds), **told}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_minor") and not isinstance(value, str):
            result[name.removesuffix("_minor")] = _money(row, name)
        else:
            result[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return result


def _money(row: dict[str, Any], name: str) -> str | None:
    """An amount in the decimals of the row's currency; debit and credit are of the books."""
    if row[name] is None:
        return None
    currency = "CNY" if name in ("debit_minor", "credit_minor") else row.get("currency") or "CNY"
    return decimal_text(row[name], exponent(currency))


def as_text(answer: Found) -> str:
    """Vouchers first, then what is behind them: orders, bill lines, refund documents; then what is said of them."""
    traced = answer.traced
    kinds = ", ".join(tr(_KINDS.get(kind, kind), kind) for kind in answer.kinds)
    parts = [f"{shown_id(traced.identifier)}  ({kinds})"]
    parts += _section(tr("凭证分录", "voucher lines"), traced.entries, _entry)
    if traced.entries.height and traced.links.is_empty():
        parts.append(
            tr(
                "  本次运行没有做这张凭证：它背后的账单行在导出它的那次运行里",
                "  this run does not make the voucher: its bill lines are in the run that exported it",
            )
        )
    parts += _section(tr("订单入账", "orders booked"), _sold(traced.links), _order)
    parts += _section(tr("订单", "orders"), answer.orders, _expected)
    parts += _section(tr("账单行", "bill lines"), traced.lines, _line)
    parts += _section(tr("售后单", "refund documents"), traced.documents, _document)
    for name, (zh, en, render) in _TABLES.items():
        if name in answer.tables:
            parts += _section(tr(zh, en), answer.tables[name], render)
    parts += _section(tr("文件位置", "places in files"), answer.places, _place)
    return "\n".join(parts)


def shown_id(identifier: str) -> str:
    """The identifier on one line."""
    return identifier if identifier.isprintable() else repr(identifier)


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
    amount = decimal_text(row["debit_minor"] or row["credit_minor"] or 0)
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
    return f"  {row['path']}:{row['source_line']}\n    {when} {label} {_money(row, 'amount_minor') or ''}  {ids}{mark}"


def _document(row: dict[str, Any]) -> str:
    return f"  {row['path']}:{row['source_line']}  {row['refund_id']}  {_money(row, 'amount_minor') or ''}"


def _expected(row: dict[str, Any]) -> str:
    sums = [
        f"{tr(zh, en)} {_money(row, name)}"
        for name, zh, en in (
            ("buyer_paid_minor", "买家实付", "buyer paid"), ("due_cash_minor", "应收", "due"),
            ("due_platform_minor", "平台应付", "due from the platform"),
        )
        if row[name] is not None
    ]  # fmt: skip
    due = " ".join(sums) or tr("没有计算应收", "no receivable computed")
    group = [
        f"{tr(zh, en)} {_money(row, name)}"
        for name, zh, en in (
            ("expected_minor", "本组应收", "expected"), ("received_minor", "实收", "received"), ("difference_minor", "差异", "difference"),
        )
        if row[name] is not None
    ]  # fmt: skip
    ids = " ".join(str(row[k]) for k in ("order_id", "sub_order_id", "pay_id") if row[k])
    state = tr(DISPOSITIONS.get(row["disposition"] or "", row["disposition"] or ""), row["disposition"] or "")
    return f"  {row['path']}:{row['source_line']}  {ids}\n    {due} {row['currency'] or ''}  {' '.join(group)}  {state}"


def _variance(row: dict[str, Any]) -> str:
    kind = word(KIND_WORDS, row["kind"])
    amount = row["difference"] if row["difference"] not in (None, "0.00") else row["actual"] or row["difference"] or ""
    ids = " ".join(str(row[k]) for k in ("order_id", "refund_id", "txn_id") if row[k])
    sums = f"{tr('应为', 'expected')} {row['expected'] or '-'} {tr('实为', 'actual')} {row['actual'] or '-'}"
    hint = f"\n    {row['hint']}" if row["hint"] else ""
    return f"  {row['variance_id']} {row['code']} {type_name(row['code'])} ({kind}) {amount} {row['currency'] or ''}  {ids}\n    {sums}{hint}"


def _open_item(row: dict[str, Any]) -> str:
    state = tr(STATES.get(row["state"] or "", row["state"] or ""), row["state"] or "")
    by = tr(f"应于 {row['expected_by']} 前到账", f"expected by {row['expected_by']}") if row["expected_by"] else ""
    return f"  {row['order_id']} {tr('未核销', 'open')} {row['open']} {row['currency'] or ''}  {state} {by}"


def _paper(row: dict[str, Any]) -> str:
    way = tr("收", "in") if row["direction"] == "in" else tr("付", "out")
    amount = f"{row['amount']} {row['currency'] or ''}"
    return (
        f"  {row['document_no']} {row['document_date']} {way} {amount}  {row['summary'] or ''}  {row['voucher'] or ''}"
    )


def _receivable(row: dict[str, Any]) -> str:
    return f"  {row['order_id']} {tr('期末余额', 'closing')} {row['closing']} {row['currency'] or ''}  {row['expected_by'] or ''}"


def _shipped(row: dict[str, Any]) -> str:
    return f"  {row['order_id']} {row['shipped_at'] or ''} {tr('期末', 'closing')} {row['closing']}"


def _alert(row: dict[str, Any]) -> str:
    return f"  {row['rule']} {row['variance_id'] or ''} {row['order_id'] or ''} {row['value']} ({tr('界限', 'limit')} {row['limit']})"


def _share(row: dict[str, Any]) -> str:
    return f"  {row['order_id']} {row['goods_id'] or ''} {row['sku'] or ''} {row['item']} {row['amount']}"


def _place(row: dict[str, Any]) -> str:
    """A place in a file that is no bill line, order or document: what the file is, and what became of the row."""
    kind = word(SOURCE_KINDS, row["kind"] or "unknown")
    if row["source_line"] is None:
        return f"  {row['path']}  {kind} {row['profile'] or ''}  {tr('数据行', 'rows')} {row['rows'] or 0}  {row['reason'] or ''}".rstrip()
    if row["profile"] is None:
        why = row["reason"] or tr("文件没有作为账单读取", "the file was not read as a bill")
    elif row["kind"] in ("bill", "bank"):
        why = tr(
            "这一行没有成为账单行：表头、说明、合计、空行，或文件没有这一行",
            "no bill line: a header, note, total or empty row, or the file does not have it",
        )
    else:
        why = tr(
            "这一行没有单独成为一条记录：表头、合计、空行、同一单据的另一行或较早的导出，或文件没有这一行",
            "no record of its own: a header, total or empty row, another row or an older export of the same document, or no such row",
        )
    return f"  {row['path']}:{row['source_line']}  {kind} {row['profile'] or ''}\n    {why}"


_TABLES: dict[str, tuple[str, str, Any]] = {
    "variances": ("差异", "differences", _variance), "open_items": ("未核销", "open items", _open_item),
    "receivables": ("应收台账", "receivables", _receivable), "papers": ("收付款单", "receipts and payments", _paper),
    "goods_shipped": ("发出商品", "goods shipped", _shipped), "allocations": ("分摊", "allocations", _share),
    "alerts": ("预警", "alerts", _alert),
}  # fmt: skip
_KINDS = {
    "voucher": "凭证", "line": "账单行", "order": "订单", "refund": "退款单", "txn": "流水", "variance": "差异", "document": "收付款单",
    "place": "文件位置",
}  # fmt: skip
