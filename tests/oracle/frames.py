"""Groups of the reference as the frames that the vectorised decomposition takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
from tests.oracle.model import PRINCIPAL, Group

from ecrecon.base.categories import CATEGORY
from ecrecon.base.schema import STATUS, TIME

START = datetime(2026, 10, 1, tzinfo=UTC)
NUMBERING = 1000
"""line_id and document_id are unique over the run: group_id * NUMBERING + number"""


def moment(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def group_frame(groups: Sequence[Group]) -> pl.DataFrame:
    rows = [
        {
            "group_id": number, "has_order": g.has_order, "orphan_code": None if g.has_order else g.orphan_code,
            "due_cash_minor": g.due_cash if g.has_order else 0, "due_platform_minor": g.due_platform if g.has_order else 0,
            "status": g.status if g.has_order else None, "unpaid": g.unpaid and g.has_order, "due": g.due,
            "covered": g.covered, "gross": g.gross, "tolerance_minor": g.tolerance, "overdue_kind": g.overdue_kind,
            "platform_due": g.platform_due, "advance_late": g.advance_late,
        }
        for number, g in enumerate(groups)
    ]  # fmt: skip
    text, whole, truth = pl.String, pl.Int64, pl.Boolean
    return pl.DataFrame(
        rows,
        schema={
            "group_id": whole, "has_order": truth, "orphan_code": text, "due_cash_minor": whole,
            "due_platform_minor": whole, "status": STATUS, "unpaid": truth, "due": truth, "covered": truth,
            "gross": truth, "tolerance_minor": whole, "overdue_kind": text, "platform_due": truth,
            "advance_late": truth,
        },
    )  # fmt: skip


def line_frame(groups: Sequence[Group], categories: tuple[str, ...] = PRINCIPAL) -> pl.DataFrame:
    """Lines of `categories` only: the decomposition is given principal lines."""
    rows = [
        (number, number * NUMBERING + line.line_id, line.category, line.amount, moment(line.at), line.txn_id,
         line.refund_id, line.self_documented)
        for number, group in enumerate(groups)
        for line in group.lines
        if line.category in categories
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        orient="row",
        schema={
            "group_id": pl.Int64, "line_id": pl.Int64, "category": CATEGORY, "amount_minor": pl.Int64,
            "occurred_at": TIME, "txn_id": pl.String, "refund_id": pl.String, "self_documented": pl.Boolean,
        },
    )  # fmt: skip


def document_frame(groups: Sequence[Group]) -> pl.DataFrame:
    rows = [
        (number, number * NUMBERING + document.document_id, document.refund_id, document.amount,
         moment(document.completed_at), document.late)
        for number, group in enumerate(groups)
        for document in group.documents
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        orient="row",
        schema={
            "group_id": pl.Int64, "document_id": pl.Int64, "refund_id": pl.String, "amount_minor": pl.Int64,
            "completed_at": TIME, "late": pl.Boolean,
        },
    )  # fmt: skip
