"""What is here and could not be checked, per shop, with the file that is missing: no shop is called agreed beside it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.schema import Schema, conform
from ecrecon.base.sources import Source
from ecrecon.judging.receipt.question import UNSEEN

REASONS: tuple[str, ...] = ("no_order_file", "bill_missing", "unreadable_file", "refund_unverified")
UNCHECKED: Schema = {
    "platform": pl.String, "shop": pl.String, "reason": pl.String, "account": pl.String, "count": pl.Int64,
    "amount_minor": pl.Int64, "currency": pl.String, "fails": pl.Boolean,
}  # fmt: skip
"""One row per shop, reason, account and currency. `reason`: `no_order_file` (lines of order money), `bill_missing` (orders
that wait for the account; the amount is what the overdue ones wait for), `unreadable_file` (`account` is its path, the shop
null where nobody knows), `refund_unverified` (refund lines). `fails`: what is here waits for its other side, so the run
cannot say that all is checked; after-sale lists, like ERP and bank files, are sides that may be absent."""

_BY_CODE = {"X12": "no_order_file", "F12": "bill_missing", "R09": "refund_unverified"}
_KEYS = ["platform", "shop"]


def unchecked(variances: pl.DataFrame, coverage: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """Frame UNCHECKED, sorted. `variances`: VARIANCE_ROWS. `coverage`: frame coverage_table.TABLE."""
    told = _of_variances(variances)
    waiting = told.filter(pl.col("reason") == "bill_missing").select(_KEYS)
    absent = _without_bill(coverage).join(waiting, on=_KEYS, how="anti", nulls_equal=True)
    parts = [told, absent, _unreadable(sources)]
    return pl.concat([conform(part, UNCHECKED) for part in parts]).sort(
        "platform", "shop", "reason", "account", "currency", nulls_last=True
    )


def _of_variances(variances: pl.DataFrame) -> pl.DataFrame:
    """Rows that say themselves that something was not checked."""
    code = pl.col("code").cast(pl.String)
    unseen = pl.col("rule_id").eq_missing(pl.lit(UNSEEN))
    rows = variances.filter(code.is_in(list(_BY_CODE)) | unseen).with_columns(
        reason=code.replace_strict(_BY_CODE, default="bill_missing", return_dtype=pl.String),
        account=pl.when((code == "F12") | unseen).then("account"),
        number=pl.when((code == "X12") | unseen).then(1).otherwise(pl.col("note").str.extract(r"(\d+)").cast(pl.Int64)),
    )
    return rows.group_by(*_KEYS, "reason", "account", "currency").agg(
        count=pl.col("number").sum(),
        amount_minor=pl.col("actual_minor").sum(),
        fails=(pl.col("reason") != "refund_unverified").first(),
    )


def _without_bill(coverage: pl.DataFrame) -> pl.DataFrame:
    """Accounts that live orders are paid into and of which no day of the month is covered by any view."""
    owned = coverage.filter(pl.col("orders") > 0).with_columns(name=pl.coalesce("account", "account_kind"))
    lacking = owned.group_by(*_KEYS, "name").agg(
        days=pl.col("covered_days").max(), absent=(pl.col("state") == "absent").any(), count=pl.col("orders").max()
    )
    return lacking.filter(pl.col("absent") | (pl.col("days") == 0)).select(
        *_KEYS, "count", account="name", reason=pl.lit("bill_missing"), fails=pl.lit(value=True)
    )


def _unreadable(sources: Sequence[Source]) -> pl.DataFrame:
    """Files that nobody could read: what they hold is not in any figure."""
    rows = [
        (source.platform, source.shop, source.path) for source in sources if source.kind in ("unreadable", "unknown")
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys((*_KEYS, "account"), pl.String), orient="row").unique()
    return frame.with_columns(
        count=pl.lit(1, dtype=pl.Int64), reason=pl.lit("unreadable_file"), fails=pl.lit(value=True)
    )
