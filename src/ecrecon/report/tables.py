"""CSV and Parquet files of a run. CSV: UTF-8 with BOM, LF, safe to open in a spreadsheet. Parquet: fixed bytes."""

from __future__ import annotations

import io
import re

import polars as pl

from ecrecon.base.money import decimal_expr
from ecrecon.base.texts import FORMULA_STARTS
from ecrecon.report.alerts import ALERT_COLUMNS, alerts
from ecrecon.report.labels import text_expr
from ecrecon.report.model import Report

BOM = b"\xef\xbb\xbf"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
ROW_GROUP = 131_072
ZSTD_LEVEL = 1
"""A tenth larger than level 3, written in two thirds of the time."""

VARIANCE_COLUMNS: tuple[str, ...] = (
    "variance_id", "code", "type", "kind", "check", "platform", "shop", "account", "order_id", "sub_order_id",
    "refund_id", "txn_id", "expected", "actual", "difference", "currency", "occurred_at", "period", "age_days",
    "rule_id", "status", "note", "sources", "hint",
)  # fmt: skip
OPEN_ITEM_COLUMNS: tuple[str, ...] = (
    "platform", "shop", "account", "order_id", "sub_order_id", "expected", "received", "open", "currency",
    "event_at", "expected_by", "age_days", "state", "opening",
)  # fmt: skip
VOUCHER_COLUMNS: tuple[str, ...] = (
    "voucher_id", "date", "fiscal_year", "period", "word", "number", "attachments", "preparer", "batch_id",
    "source_hash", "event", "shop", "seq", "summary", "account_role", "account_code", "account_name", "debit",
    "credit", "currency", "fx_rate", "amount_fc", "qty", "unit", "unit_price", "aux", "settle_type", "settle_no",
    "biz_date", "biz_no", "cash_flow_item",
)  # fmt: skip
"""Those of base.schema.VOUCHERS in yuan; `trace` is `voucher_trace.parquet`. Columns that no rule fills yet stay empty."""
VOUCHER_YUAN = ("debit", "credit")
"""Columns of CNY on every line; `currency` is that of `amount_fc`."""

BOOK_COLUMNS: dict[str, tuple[str, ...]] = {
    "documents": (
        "document_no", "document_date", "document_type", "counterparty", "platform", "shop", "account", "currency",
        "amount", "category", "kind", "lines", "order_count", "cleared", "settle_no", "summary", "voucher", "status",
        "direction", "fx_rate", "amount_cny", "fee", "settle_method",
    ),
    "ledger": (
        "platform", "shop", "account", "currency", "seq", "row", "occurred_at", "voucher", "summary", "category",
        "order_id", "txn_id", "counter_account", "income", "expense", "direction", "balance", "printed", "source",
    ),
    "cash_daily": (
        "platform", "shop", "account", "currency", "day", "opening", "income", "expense", "closing", "printed",
        "difference", "lines", "level", "in_goods", "in_fees", "in_transfers", "in_other", "out_refunds", "out_fees",
        "out_compensation", "out_withdrawals", "out_transfers", "out_other", "in_transit", "frozen",
    ),
    "receivables": (
        "level", "platform", "shop", "order_id", "currency", "state", "revenue_at", "age_days", "orders", "opening",
        "increase", "reversal", "received", "paid_back", "closing", "credit", "days_*",
        "not_due", "advance", "expected_by",
    ),
    "parties": (
        "side", "shop", "account_role", "account_code", "account_name", "currency", "opening", "debit", "credit",
        "closing", "direction",
    ),
    "goods_shipped": (
        "platform", "shop", "order_id", "currency", "shipped_at", "left_at", "left_by", "opening", "shipped", "sold",
        "returned", "lost", "closing",
    ),
    "profit": (
        "level", "platform", "shop", "sku", "currency", "line", "item", "amount", "share_ppm", "last_month",
        "year_to_date", "name", "goods", "flag",
    ),
    "platform_income": (
        "platform", "shop", "quarter", "currency", "line", "item", "amount", "orders", "quarter_to_date", "months",
        "missing",
    ),
    "income_statement": ("line", "item", "indent", "month", "year_to_date", "year_ago"),
}  # fmt: skip
"""Ledgers and statements that are CSV files; `allocations` is Parquet. `days_*`: the ages that the workspace sets."""

UNSAFE = "^[" + "".join(re.escape(sign) for sign in FORMULA_STARTS) + "]"
"""Pattern: first character of a text that a spreadsheet would run as a formula."""


def safe_expr(column: str) -> pl.Expr:
    """Expression: text that a spreadsheet would run as a formula gets a leading apostrophe."""
    value = pl.col(column).cast(pl.String)
    return pl.when(value.str.contains(UNSAFE)).then(pl.lit("'") + value).otherwise(value).alias(column)


def csv_bytes(frame: pl.DataFrame, columns: tuple[str, ...], yuan: tuple[str, ...] = ()) -> bytes:
    """`frame` as CSV with exactly `columns`.

    A column `x` is read from `x`, or from `x_minor` as decimal text of the row's `currency`, those of
    `yuan` as CNY whatever it is; a column that the frame does not have stays empty. Times are Shanghai time to the second.
    """
    expressions = [_column(frame, name, yuan) for name in columns]
    body = io.BytesIO()
    frame.select(expressions).write_csv(body, line_terminator="\n", quote_style="necessary")
    return BOM + body.getvalue()


def _column(frame: pl.DataFrame, name: str, yuan: tuple[str, ...]) -> pl.Expr:
    minor = f"{name}_minor"
    if name in yuan:
        return decimal_expr(pl.col(minor)).alias(name)
    if minor in frame.columns:
        return text_expr(minor).alias(name)
    if name not in frame.columns:
        return pl.lit(None, dtype=pl.String).alias(name)
    dtype = frame.schema[name]
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.strftime(TIME_FORMAT)
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return safe_expr(name)
    return pl.col(name)


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """`frame` as Parquet whose bytes depend on its rows alone: closed words as String, one chunk, fixed settings."""
    words = [name for name, dtype in frame.schema.items() if dtype in (pl.Enum, pl.Categorical)]
    plain = frame.with_columns(pl.col(words).cast(pl.String)).rechunk()
    body = io.BytesIO()
    plain.write_parquet(
        body, compression="zstd", compression_level=ZSTD_LEVEL, row_group_size=ROW_GROUP, statistics=True
    )
    return body.getvalue()


def data_files(report: Report) -> dict[str, bytes]:
    """The CSV and Parquet files of `report` by name."""
    return {
        "variances.csv": csv_bytes(report.variances, VARIANCE_COLUMNS),
        "open_items.csv": csv_bytes(report.open_items, OPEN_ITEM_COLUMNS),
        "alerts.csv": csv_bytes(alerts(report), ALERT_COLUMNS),
        "vouchers.csv": csv_bytes(report.vouchers, VOUCHER_COLUMNS, VOUCHER_YUAN),
        "lines.parquet": parquet_bytes(report.lines),
        "orders.parquet": parquet_bytes(report.orders),
        "matches.parquet": parquet_bytes(report.matches),
        "voucher_trace.parquet": parquet_bytes(report.voucher_trace),
        "set_aside.parquet": parquet_bytes(report.set_aside),
        **_book_files(report),
    }


def _with_ages(columns: tuple[str, ...], frame: pl.DataFrame) -> tuple[str, ...]:
    """`columns` with the ages of `frame` in the place of `days_*`."""
    ages = [name.removesuffix("_minor") for name in frame.columns if name.startswith("days_")]
    return tuple(found for name in columns for found in (ages if name == "days_*" else [name]))


def _book_files(report: Report) -> dict[str, bytes]:
    files = {
        f"{name}.csv": csv_bytes(report.books[name], _with_ages(columns, report.books[name]))
        for name, columns in BOOK_COLUMNS.items()
        if name in report.books
    }
    if "allocations" in report.books:
        files["allocations.parquet"] = parquet_bytes(report.books["allocations"])
    return files
