"""The one frozen result of a run. The pipeline builds it once; every view (JSON, CSV, workbook) reads it.

Use `ecrecon.base.schema.conform(frame, SHOPS)` and the like to bring a frame into the declared shape: missing
columns become null, others are dropped. Frames arrive sorted on a total key; views keep that order unless
they say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import polars as pl

from ecrecon.base.categories import CATEGORY, ROLE
from ecrecon.base.schema import (
    FINDINGS,
    LINE_DISPOSITION,
    LINES,
    MATCHES,
    OPEN_ITEMS,
    ORDER_DISPOSITION,
    ORDERS,
    VARIANCE_ROWS,
    VOUCHER_TRACE,
    VOUCHERS,
    Schema,
    check,
    empty,
)
from ecrecon.base.sources import Source

ACCOUNTS: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "order_basis": pl.String,
    "money_basis": pl.String, "first": pl.Date, "last": pl.Date, "covered_days": pl.Int64,
    "missing_days": pl.Int64, "lines": pl.Int64, "income_minor": pl.Int64, "expense_minor": pl.Int64,
    "net_minor": pl.Int64, "opening_minor": pl.Int64, "closing_minor": pl.Int64, "balance_ok": pl.Boolean,
    "currency": pl.String,
}  # fmt: skip
"""One row per account. `order_basis`/`money_basis`: profile id or view of the chosen basis. `lines`,
`income_minor` (>= 0), `expense_minor` (<= 0) and `net_minor` are those of the money basis inside the period.
`opening_minor` and `closing_minor` are the printed balances, null where none is printed; `balance_ok` is null
where nothing could be proved."""

CONSERVATION: Schema = {
    "law": pl.String, "account": pl.String, "item": pl.String, "expected_count": pl.Int64,
    "actual_count": pl.Int64, "expected_minor": pl.Int64, "actual_minor": pl.Int64, "ok": pl.Boolean,
    "currency": pl.String,
}  # fmt: skip
"""The conservation proof (docs/matching.md "Dispositions"). `law`: `a`, `v`, `b`, `b2`, `c`, `d`, `costs`, `balance`, `vouchers`, `trace`.
`item`: a disposition, category, kind or other word; null for the total of the law. Parts of a total have no `expected_*` and no
`ok`."""

SHOPS: Schema = {
    "platform": pl.String, "shop": pl.String, "currency": pl.String, "orders": pl.Int64, "receivable_minor": pl.Int64,
    "received_minor": pl.Int64, "refunded_minor": pl.Int64, "fees_minor": pl.Int64,
    "difference_minor": pl.Int64, "open_minor": pl.Int64, "breaks": pl.Int64, "reviews": pl.Int64,
    "missing_files": pl.Int64, "verdict": pl.String,
}  # fmt: skip
"""One row per shop and currency of its orders and money. Signs: receivable and received `+` = for the merchant; refunded and fees `-` = money out.
`verdict`: `ok`, `break`, `review`, `stop`, `not_checked`; any other text is shown as it is."""

FEES: Schema = {
    "platform": pl.String, "shop": pl.String, "currency": pl.String, "raw_type": pl.String, "category": CATEGORY, "role": ROLE,
    "lines": pl.Int64, "orders": pl.Int64, "amount_minor": pl.Int64, "base_minor": pl.Int64,
    "rate": pl.String,
}  # fmt: skip
"""One row per shop, raw type and currency. `rate`: the rate found, as text to show (`0.60%`), or null."""

OPENING: Schema = {
    "platform": pl.String, "shop": pl.String, "currency": pl.String, "opening_orders": pl.Int64, "opening_minor": pl.Int64,
    "confirmed_orders": pl.Int64, "confirmed_minor": pl.Int64, "open_orders": pl.Int64,
    "open_minor": pl.Int64, "presumed_orders": pl.Int64, "presumed_minor": pl.Int64,
    "old_0_30": pl.Int64, "old_31_60": pl.Int64, "old_over_60": pl.Int64,
}  # fmt: skip
"""Opening receivables per shop and currency (docs/matching.md "Beginning in the middle"). `old_*`: minor units of `open_minor` by age in days."""

TIEOUTS: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "groups": pl.Int64,
    "agreed": pl.Int64, "differing": pl.Int64, "timing": pl.Int64, "unseen": pl.Int64, "detail_minor": pl.Int64,
    "cash_minor": pl.Int64, "gap_minor": pl.Int64,
}  # fmt: skip
"""One row per account that has a settlement detail and movements: its batches (or orders, or days) of the period.
`gap_minor`: cash - detail of the groups that differ."""

PAYOUTS: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "withdrawals": pl.Int64,
    "arrived": pl.Int64, "in_transit": pl.Int64, "missing": pl.Int64, "withdrawn_minor": pl.Int64,
    "arrived_minor": pl.Int64, "in_transit_minor": pl.Int64, "missing_minor": pl.Int64,
}  # fmt: skip
"""One row per account with withdrawals, where a bank statement is given."""

COVERAGE: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "account_kind": pl.String, "view": pl.String,
    "channel": pl.String, "orders": pl.Int64, "files": pl.Int64, "covered_days": pl.Int64, "missing_days": pl.Int64,
    "missing": pl.String, "state": pl.String,
}  # fmt: skip
"""Shop x account x view: days of the month up to as-of that are covered and that are missing. `orders`: live orders of
the channels that are paid into the account. `state`: `complete`, `gaps`, `absent` (orders wait, no file at all)."""

UNCHECKED: Schema = {
    "platform": pl.String, "shop": pl.String, "reason": pl.String, "account": pl.String, "count": pl.Int64,
    "amount_minor": pl.Int64, "currency": pl.String, "fails": pl.Boolean,
}  # fmt: skip
"""What is here and was not checked. `reason`: `no_order_file`, `bill_missing`, `unreadable_file` (`account` is its path),
`refund_unverified`. `fails`: the exit code says so."""

SET_ASIDE: Schema = {
    "source_id": pl.Int32, "source_line": pl.Int32, "last_line": pl.Int32, "reason": pl.String,
    "kept_source_id": pl.Int32, "kept_line": pl.Int32,
}  # fmt: skip
"""Rows of files that made no record of their own, and why: `source_line` to `last_line`. `kept_*`: where the record of the same
number stands. Reasons: `judging.set_aside_rows.REASONS`."""

REPORT_LINES: Schema = {
    **LINES, "disposition": LINE_DISPOSITION, "role": ROLE, "in_order": pl.Boolean, "in_money": pl.Boolean,
    "tie_id": pl.Int64,
}  # fmt: skip
"""`in_order`, `in_money`: whether the line is of the order basis and of the money basis. `tie_id`: lines of settlement
detail and movements that explain each other."""
REPORT_ORDERS: Schema = {
    **ORDERS, "group_id": pl.Int64, "disposition": ORDER_DISPOSITION, "expected_minor": pl.Int64,
    "received_minor": pl.Int64, "difference_minor": pl.Int64,
}  # fmt: skip
"""The three amounts are those of the settlement group: on the first order row of the group, null on its other
rows, so that every column adds up."""

_FRAMES: dict[str, Schema] = {
    "findings": FINDINGS, "accounts": ACCOUNTS, "conservation": CONSERVATION, "variances": VARIANCE_ROWS,
    "open_items": OPEN_ITEMS, "lines": REPORT_LINES, "orders": REPORT_ORDERS, "matches": MATCHES,
    "vouchers": VOUCHERS, "voucher_trace": VOUCHER_TRACE, "shops": SHOPS, "fees": FEES, "opening": OPENING,
    "tieouts": TIEOUTS, "payouts": PAYOUTS, "coverage": COVERAGE, "unchecked": UNCHECKED, "set_aside": SET_ASIDE,
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """What one run found. Raises InvariantError where a frame does not fit its schema.

    `as_of` is aware. `settings` holds what is in force: JSON-able, no clock, no absolute path; its `company` is
    shown in the workbook. `sources[i]` is the file of `source_id` i. `checks[name]`: `state` (`run` or
    `not_run`), `reason`, and counts. `voucher_problems`: why vouchers are missing or incomplete; empty = none.
    `notes`: sentences for the reader about the whole run. `books`: ledgers and statements by name (documents, ledger,
    cash_daily, receivables, profit, allocations, platform_income, income_statement), schemas of the posting layer.
    `previous`: period -> digest of the manifest of each earlier run that was taken in.
    """

    version: str
    period: str
    as_of: datetime
    config_digest: str
    exit_code: int
    settings: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    checks: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    voucher_problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    findings: pl.DataFrame = field(default_factory=partial(empty, FINDINGS))
    accounts: pl.DataFrame = field(default_factory=partial(empty, ACCOUNTS))
    conservation: pl.DataFrame = field(default_factory=partial(empty, CONSERVATION))
    variances: pl.DataFrame = field(default_factory=partial(empty, VARIANCE_ROWS))
    open_items: pl.DataFrame = field(default_factory=partial(empty, OPEN_ITEMS))
    lines: pl.DataFrame = field(default_factory=partial(empty, REPORT_LINES))
    orders: pl.DataFrame = field(default_factory=partial(empty, REPORT_ORDERS))
    matches: pl.DataFrame = field(default_factory=partial(empty, MATCHES))
    vouchers: pl.DataFrame = field(default_factory=partial(empty, VOUCHERS))
    voucher_trace: pl.DataFrame = field(default_factory=partial(empty, VOUCHER_TRACE))
    shops: pl.DataFrame = field(default_factory=partial(empty, SHOPS))
    fees: pl.DataFrame = field(default_factory=partial(empty, FEES))
    opening: pl.DataFrame = field(default_factory=partial(empty, OPENING))
    books: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    tieouts: pl.DataFrame = field(default_factory=partial(empty, TIEOUTS))
    payouts: pl.DataFrame = field(default_factory=partial(empty, PAYOUTS))
    coverage: pl.DataFrame = field(default_factory=partial(empty, COVERAGE))
    unchecked: pl.DataFrame = field(default_factory=partial(empty, UNCHECKED))
    set_aside: pl.DataFrame = field(default_factory=partial(empty, SET_ASIDE))
    previous: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, schema in _FRAMES.items():
            check(getattr(self, name), schema, f"report.{name}")

    @property
    def company(self) -> str:
        """Name of the company, empty where the configuration gives none."""
        return str(self.settings.get("company") or "")
