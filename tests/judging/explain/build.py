"""Build the three input frames of the decomposition from orders written like a table, amounts in yuan as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

from ecrecon.base.categories import CATEGORY
from ecrecon.base.money import minor_from_text
from ecrecon.base.schema import STATUS, TIME
from ecrecon.judging.explain import Explained, explain

START = datetime(2026, 10, 1, 12)
SHORT = {
    "goods": "goods_receipt", "freight": "freight_income", "coupon": "coupon_platform", "subsidy": "subsidy",
    "refund": "refund", "advance": "advance", "forfeit": "deposit_forfeit", "adjust": "price_protection",
}  # fmt: skip

GROUPS = {
    "group_id": pl.Int64, "has_order": pl.Boolean, "orphan_code": pl.String, "due_cash_minor": pl.Int64,
    "due_platform_minor": pl.Int64, "status": STATUS, "unpaid": pl.Boolean, "due": pl.Boolean, "covered": pl.Boolean,
    "gross": pl.Boolean, "tolerance_minor": pl.Int64, "overdue_kind": pl.String, "platform_due": pl.Boolean,
    "advance_late": pl.Boolean,
}  # fmt: skip
LINES = {
    "group_id": pl.Int64, "line_id": pl.Int64, "category": CATEGORY, "amount_minor": pl.Int64, "occurred_at": TIME,
    "txn_id": pl.String, "refund_id": pl.String, "self_documented": pl.Boolean,
}  # fmt: skip
DOCUMENTS = {
    "group_id": pl.Int64, "document_id": pl.Int64, "refund_id": pl.String, "amount_minor": pl.Int64,
    "completed_at": TIME, "late": pl.Boolean,
}  # fmt: skip


@cache
def minor(text: str) -> int:
    value = minor_from_text(text)
    assert value is not None, text
    return value


@dataclass(frozen=True)
class Line:
    """`hour`: hours after START."""

    category: str
    amount: str
    hour: float = 24.0
    txn: str | None = None
    refund_id: str | None = None
    own: bool = False


@dataclass(frozen=True)
class Document:
    amount: str
    hour: float = 1.0
    refund_id: str | None = None
    late: bool = True


@dataclass(frozen=True)
class Order:
    """Defaults: a finished order whose term is past and covered, tolerance one cent."""

    cash: str = "0.00"
    platform: str = "0.00"
    lines: Sequence[Line] = ()
    documents: Sequence[Document] = ()
    status: str | None = "finished"
    has_order: bool = True
    orphan: str | None = None
    unpaid: bool = False
    due: bool = True
    covered: bool = True
    gross: bool = False
    tolerance: str = "0.01"
    overdue_kind: str = "break"
    platform_due: bool = True
    advance_late: bool = False


def frames(orders: Sequence[Order]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Group ids count from 1, line ids from 100 x group id, document ids from 1000 x group id."""
    groups, lines, documents = [], [], []
    for group_id, o in enumerate(orders, start=1):
        groups.append((
            group_id, o.has_order, o.orphan, minor(o.cash), minor(o.platform), o.status, o.unpaid, o.due, o.covered,
            o.gross, minor(o.tolerance), o.overdue_kind, o.platform_due, o.advance_late,
        ))  # fmt: skip
        for i, x in enumerate(o.lines):
            when = START + timedelta(hours=x.hour)
            row = (group_id, group_id * 100 + i, SHORT[x.category], minor(x.amount), when, x.txn, x.refund_id, x.own)
            lines.append(row)
        for i, d in enumerate(o.documents):
            refund_id = d.refund_id or f"D{group_id}-{i}"
            when = START + timedelta(hours=d.hour)
            documents.append((group_id, group_id * 1000 + i, refund_id, minor(d.amount), when, d.late))
    return (
        pl.DataFrame(groups, schema=GROUPS, orient="row"),
        _timed(lines, LINES, "occurred_at"),
        _timed(documents, DOCUMENTS, "completed_at"),
    )


def _timed(rows: list[Any], schema: dict[str, Any], column: str) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={**schema, column: pl.Datetime("us")}, orient="row")
    return frame.with_columns(pl.col(column).dt.replace_time_zone("Asia/Shanghai")).cast(schema)


@dataclass(frozen=True)
class Told:
    """What the decomposition says about one order, amounts in minor units."""

    parts: list[tuple[str, int]]
    kinds: list[str]
    expected: int
    actual: int
    difference: int
    outcome: str
    netted: list[str]
    components: pl.DataFrame
    group: dict[str, Any]


def tell(order: Order) -> Told:
    """Decompose one order and collect the answer; parts are (code, amount)."""
    result: Explained = explain(*frames([order]))
    group = result.groups.row(0, named=True)
    parts = result.components
    return Told(
        parts=list(parts.select(pl.col("code").cast(pl.String), "amount_minor").iter_rows()),
        kinds=parts["kind"].cast(pl.String).to_list(),
        expected=group["expected_minor"],
        actual=group["actual_minor"],
        difference=group["difference_minor"],
        outcome=group["outcome"],
        netted=group["netted"],
        components=parts,
        group=group,
    )
