"""Input and output of the reference: one settlement group at a time, integers only.

Amounts are minor units, `+` = money in (documents: positive). Times are whole seconds from an arbitrary start.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields

CASH = ("goods_receipt", "freight_income", "advance", "deposit_forfeit")
PLATFORM = ("coupon_platform", "subsidy")
PRINCIPAL = (*CASH, *PLATFORM, "refund", "price_protection")


@dataclass(frozen=True)
class Line:
    line_id: int
    category: str
    amount: int
    at: int = 0
    txn_id: str | None = None
    refund_id: str | None = None
    self_documented: bool = False


@dataclass(frozen=True)
class Document:
    document_id: int
    amount: int
    refund_id: str | None = None
    completed_at: int = 0
    late: bool = True


@dataclass(frozen=True)
class Group:
    due_cash: int = 0
    due_platform: int = 0
    lines: tuple[Line, ...] = ()
    documents: tuple[Document, ...] = ()
    status: str = "finished"
    unpaid: bool = False
    due: bool = True
    covered: bool = True
    gross: bool = False
    tolerance: int = 1
    platform_due: bool = True
    advance_late: bool = False
    overdue_kind: str = "break"
    has_order: bool = True
    orphan_code: str = "X03"


@dataclass(frozen=True, order=True)
class Component:
    code: str
    kind: str
    amount: int
    refund_id: str = ""


@dataclass
class Result:
    expected: int
    actual: int
    difference: int
    components: list[Component]
    outcome: str
    netted: list[int] = field(default_factory=list)
    """document_id of the refunds that were taken off before the settlement"""


def constructor(value: object) -> str:
    """The shortest constructor text of a Group, Line, Document or a tuple of them: defaults are left out."""
    if isinstance(value, tuple):
        return "(" + "".join(f"{constructor(item)}, " for item in value) + ")"
    if not isinstance(value, Group | Line | Document):
        return repr(value)
    given = [
        f"{f.name}={constructor(getattr(value, f.name))}"
        for f in fields(value)
        if f.default is MISSING or getattr(value, f.name) != f.default
    ]
    return f"{type(value).__name__}({', '.join(given)})"
