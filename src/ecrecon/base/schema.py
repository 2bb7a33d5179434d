"""Canonical frames, declared once; `check` holds every stage to them (docs/architecture.md "What everything keeps to").

Money is Int64 minor units of `currency`, `+` = money into the merchant's account. Ids are String, every digit kept.
Times are Datetime("us", "Asia/Shanghai"). Closed word lists are Enum, open low-cardinality texts Categorical.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.categories import CATEGORY, ROLE
from ecrecon.base.errors import InvariantError
from ecrecon.base.variances import CODE, KIND

ZONE = "Asia/Shanghai"
TIME = pl.Datetime("us", ZONE)
CAT = pl.Categorical()

VIEWS = ("cash", "detail", "witness")
VIEW = pl.Enum(VIEWS)
SETTLE_STATES = ("settled", "pending", "void")
SETTLE = pl.Enum(SETTLE_STATES)
LINE_DISPOSITIONS = (
    "grouped", "account_level", "unreferenced", "before_opening", "duplicate", "superseded", "pending",
    "after_as_of", "void", "witness", "explained", "not_checked",
)  # fmt: skip
"""`not_checked`: money of an order of a shop of which no order file could be read.
`explained`: money of the cash view whose break-down by order is the settlement detail's (`ledger.views`, `ledger.lines`)."""
LINE_DISPOSITION = pl.Enum(LINE_DISPOSITIONS)
ORDER_DISPOSITIONS = (
    "settled", "partly", "open", "overdue", "not_due", "cancelled_unpaid", "excluded", "not_checked",
    "presumed_settled", "after_as_of",
)  # fmt: skip
ORDER_DISPOSITION = pl.Enum(ORDER_DISPOSITIONS)
STATUSES = ("unpaid", "paid", "shipped", "finished", "closed")
STATUS = pl.Enum(STATUSES)
REFUND_STATES = ("done", "pending", "rejected")
REFUND_STATE = pl.Enum(REFUND_STATES)
ORIGIN = pl.Enum(["platform", "erp"])
BASES = ("platform", "erp", "weak")
BASIS = pl.Enum(BASES)
DOCUMENT_DISPOSITIONS = ("in_group", "no_order", "not_completed")
DOCUMENT_DISPOSITION = pl.Enum(DOCUMENT_DISPOSITIONS)

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

PARSED_LINES: Schema = {
    "source_line": pl.Int32, "money_column": CAT, "entity": CAT, "txn_id": pl.String, "biz_txn_id": pl.String,
    "payout_batch_id": pl.String, "bank_ref": pl.String, "order_id": pl.String, "sub_order_id": pl.String,
    "parent_order_id": pl.String, "pay_id": pl.String, "merchant_order_no": pl.String, "refund_id": pl.String, "goods_id": pl.String,
    "category": CATEGORY, "raw_type": CAT, "raw_desc": CAT, "amount_minor": pl.Int64, "currency": CAT,
    "occurred_at": TIME, "settled_at": TIME, "order_created_at": TIME, "order_finished_at": TIME,
    "settle_status": SETTLE, "expected_at": TIME, "channel": CAT, "fee_rate": pl.Int64, "balance_minor": pl.Int64,
    "remark": pl.String,
}  # fmt: skip
"""What a parsed bill delivers, one row per money movement, in file order. `source_line` is the 1-based physical line
or sheet row; `fee_rate` is parts per million."""

LINES: Schema = {
    "line_id": pl.Int64, "source_id": pl.Int32, "platform": CAT, "shop": CAT, "account": CAT, "view": VIEW,
    **PARSED_LINES,
}  # fmt: skip
"""Bill lines of the whole run. `source_id` is the position in `summary.json` `sources[]`; `line_id` counts the rows
sorted by (source_id, source_line, money_column order)."""

ORDERS: Schema = {
    "platform": CAT, "shop": CAT, "order_id": pl.String, "sub_order_id": pl.String, "parent_order_id": pl.String,
    "pay_id": pl.String, "origin": ORIGIN, "channel": CAT, "status": STATUS,
    "raw_status": CAT, "created_at": TIME, "paid_at": TIME, "shipped_at": TIME, "finished_at": TIME,
    "freight_minor": pl.Int64, "buyer_paid_minor": pl.Int64, "merchant_discount_minor": pl.Int64,
    "due_cash_minor": pl.Int64, "due_platform_minor": pl.Int64, "receivable_basis": BASIS, "currency": CAT,
    "snapshot_at": TIME, "source_id": pl.Int32, "source_line": pl.Int32,
}  # fmt: skip

READINGS = 4
"""How many `[[receivable.reading]]` a profile may give."""

PARSED_ORDERS: Schema = {
    "source_line": pl.Int32, "shop": CAT, "entity": CAT, "order_id": pl.String, "sub_order_id": pl.String,
    "parent_order_id": pl.String, "pay_id": pl.String, "channel": CAT, "status": STATUS, "raw_status": CAT,
    "created_at": TIME, "paid_at": TIME, "shipped_at": TIME, "finished_at": TIME, "freight_minor": pl.Int64,
    "buyer_paid_minor": pl.Int64, "merchant_discount_minor": pl.Int64, "currency": CAT, "tag": CAT,
    **{f"reading{n}_{part}_minor": pl.Int64 for n in range(1, READINGS + 1) for part in ("cash", "platform")},
}  # fmt: skip
"""One row per order (or sub order) of an export. `readingN_*` are the amounts of the profile's N-th
`[[receivable.reading]]`; null cash = the columns of that reading are not in the file. `merchant_discount_minor` is
what the merchant took off the price, null where the export does not say it. `tag` is an order type or mark
that rules read (国补, 定金 ...)."""

GOODS_STATUSES = (*STATUSES, "replaced")
GOODS_STATUS = pl.Enum(GOODS_STATUSES)


PARSED_GOODS: Schema = {
    "source_line": pl.Int32, "shop": CAT, "order_id": pl.String, "sub_order_id": pl.String, "erp_order_id": pl.String,
    "order_type": CAT, "status": GOODS_STATUS, "raw_status": CAT, "created_at": TIME, "paid_at": TIME,
    "shipped_at": TIME, "finished_at": TIME, "returned_at": TIME, "waybill": pl.String, "sku": pl.String,
    "title": pl.String, "quantity": pl.Int64, "returned_quantity": pl.Int64, "gift": pl.Boolean,
    "amount_minor": pl.Int64, "receivable_minor": pl.Int64, "receivable_basis": BASIS, "returned_minor": pl.Int64,
    "unit_cost_minor": pl.Int64, "cost_minor": pl.Int64, "currency": CAT,
}  # fmt: skip
"""Our own records of goods: one row per line of an ERP order, shipment or cost list. `order_id` is the platform's
number as printed: it may be a list of several or carry a suffix. `receivable_minor` stands on one row of each ERP order
(sums over rows are right), null where the file has no amount; costs are unit and total of the line."""

PARSED_ORDER_LINES: Schema = {
    "source_line": pl.Int32, "order_id": pl.String, "sub_order_id": pl.String, "goods_id": pl.String,
    "sku": pl.String, "title": pl.String, "quantity": pl.Int64, "amount_minor": pl.Int64, "currency": CAT,
    "created_at": TIME, "status": STATUS, "raw_status": CAT,
}  # fmt: skip
ORDER_LINES: Schema = {"platform": CAT, "shop": CAT, "source_id": pl.Int32, **PARSED_ORDER_LINES}

PARSED_REFUNDS: Schema = {
    "source_line": pl.Int32, "shop": CAT, "refund_id": pl.String, "order_id": pl.String,
    "sub_order_id": pl.String, "pay_id": pl.String, "amount_minor": pl.Int64, "gross": pl.Boolean,
    "state": REFUND_STATE, "raw_status": CAT, "stage": CAT, "goods_returned": pl.Boolean, "applied_at": TIME,
    "paid_at": TIME, "completed_at": TIME, "currency": CAT,
}  # fmt: skip
"""After-sale documents. `amount_minor` is positive. `gross`: the amount includes the platform's part."""
REFUNDS: Schema = {"platform": CAT, "source_id": pl.Int32, **PARSED_REFUNDS}

FINDINGS: Schema = {
    "code": CODE, "source_path": pl.String, "source_line": pl.Int32, "column": pl.String, "text": pl.String,
    "expected": pl.String, "hint": pl.String, "expected_minor": pl.Int64, "actual_minor": pl.Int64, "kind": KIND,
}  # fmt: skip
"""Bad cells, rows and files as data. `text` is the offending text, `expected` says what would fit, `hint` what to do.
`source_line` null = the whole file. `kind` null = that of the type. `expected_minor`/`actual_minor` only where two
amounts disagree (F05, F06)."""

COMPONENTS: Schema = {
    "group_id": pl.Int64, "code": CODE, "kind": KIND, "amount_minor": pl.Int64, "refund_id": pl.String,
    "line_ids": pl.List(pl.Int64), "expected_minor": pl.Int64, "actual_minor": pl.Int64, "rule_id": pl.String,
    "note": pl.String, "since": pl.Date,
}  # fmt: skip
"""One part of the difference of one settlement group. Σ amount_minor of a group = its D (docs/matching.md "Decomposition").
`expected_minor`/`actual_minor` are those of the component's slot. `since`: the day that dates it (`ecrecon.base.variances`), null
where its lines and documents say it."""

VARIANCE_ROWS: Schema = {
    "variance_id": pl.String, "code": CODE, "type": pl.String, "kind": KIND, "check": pl.String,
    "platform": pl.String, "shop": pl.String, "account": pl.String, "order_id": pl.String,
    "sub_order_id": pl.String, "refund_id": pl.String, "txn_id": pl.String, "expected_minor": pl.Int64,
    "actual_minor": pl.Int64, "difference_minor": pl.Int64, "currency": pl.String, "occurred_at": TIME,
    "period": pl.String, "age_days": pl.Int64, "rule_id": pl.String, "status": pl.String, "note": pl.String,
    "sources": pl.String, "hint": pl.String, "since": pl.Date,
}  # fmt: skip
"""Rows of `variances.csv` (README.md "What a run writes"), money still in minor units, sorted on a total key. `since` is the day on
which the row became certain and decides which month's run tells it (`judging.variance_rows`); it is no column of the file."""

OPEN_ITEMS: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "order_id": pl.String,
    "sub_order_id": pl.String, "expected_minor": pl.Int64, "received_minor": pl.Int64, "open_minor": pl.Int64,
    "currency": pl.String, "event_at": TIME, "expected_by": pl.Date, "age_days": pl.Int64, "state": pl.String,
    "opening": pl.Boolean,
}  # fmt: skip

MATCHES: Schema = {
    "group_id": pl.Int64, "platform": pl.String, "shop": pl.String, "order_id": pl.String, "line_id": pl.Int64,
    "refund_id": pl.String, "source_id": pl.Int32, "source_line": pl.Int32, "category": CATEGORY, "role": ROLE,
    "amount_minor": pl.Int64, "currency": pl.String, "rule_id": pl.String,
}  # fmt: skip
"""One row per bill line or refund document in a settlement group, with the rule that put it there."""

VOUCHERS: Schema = {
    "voucher_id": pl.String, "date": pl.Date, "fiscal_year": pl.Int32, "period": pl.Int32, "word": pl.String,
    "number": pl.Int32, "attachments": pl.Int32, "preparer": pl.String, "batch_id": pl.String,
    "source_hash": pl.String, "event": pl.String, "shop": pl.String, "seq": pl.Int32, "summary": pl.String,
    "account_role": pl.String, "account_code": pl.String, "account_name": pl.String, "debit_minor": pl.Int64,
    "credit_minor": pl.Int64, "currency": pl.String, "aux": pl.String, "fx_rate": pl.String, "amount_fc_minor": pl.Int64,
}  # fmt: skip
"""Canonical voucher lines, header fields repeated per line. Debit and credit are fen, whatever
`currency` is; `amount_fc` in minor units of `currency` on the side of the entry, null like `fx_rate` for CNY."""

VOUCHER_TRACE: Schema = {
    "voucher_id": pl.String, "seq": pl.Int32, "line_id": pl.Int64, "source_id": pl.Int32,
    "source_line": pl.Int32, "order_id": pl.String, "amount_minor": pl.Int64,
}  # fmt: skip
"""Which bill lines make up which voucher line; Σ amount_minor (signed, debit +) = debit - credit of the line."""


def empty(schema: Schema) -> pl.DataFrame:
    """Return a frame of `schema` without rows."""
    return pl.DataFrame(schema=dict(schema))


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Add missing columns as null, drop others, cast and order as declared."""
    have = frame.columns
    return frame.select(
        (pl.col(name).cast(dtype) if name in have else pl.lit(None).cast(dtype).alias(name))
        for name, dtype in schema.items()
    )


def check(frame: pl.DataFrame, schema: Schema, where: str) -> pl.DataFrame:
    """Return `frame` unchanged, or raise InvariantError naming `where` and the columns that differ."""
    got = dict(frame.schema)
    want = dict(schema)
    if list(got) == list(want) and all(got[name] == dtype for name, dtype in want.items()):
        return frame
    wrong = [f"{n}: {got.get(n)} instead of {d}" for n, d in want.items() if got.get(n) != d]
    extra = [n for n in got if n not in want]
    raise InvariantError(f"{where}: frame does not fit its schema: {'; '.join(wrong)} extra: {extra}")
