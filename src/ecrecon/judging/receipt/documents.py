"""After-sale documents: which count by as-of, which refund lines no after-sale file can speak for (step 0a)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from ecrecon.base.sources import Parsed
from ecrecon.judging.receipt.due import load_terms


def dated(refunds: pl.DataFrame, lines: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """REFUNDS (with document_id, group_id) -> plus `counts` (finished by as-of) and `grace_days` (until its line must be
    in the bill); `completed_at` is filled.

    `lines`: frame `refund_lines`, of all days. A document without a completion time is dated by the bill line that pays
    it, else by its application, else by the payment (docs/matching.md "Receivable"). One that closed within its grace after as-of
    counts where the bill shows the refund before: a refund just before midnight of the month's last day is completed on
    the next. Where the platform paid the buyer first (极速退款) the merchant's line comes later.
    """
    defaults = load_terms().defaults
    words = pl.concat_str(pl.col("stage", "raw_status").cast(pl.String), separator="/", ignore_nulls=True)
    fast = words.str.contains_any(defaults.fast_refund_words).fill_null(False)
    done = pl.col("state") == "done"
    told = _with_lines(refunds, lines).with_columns(
        completed_at=pl.coalesce("completed_at", "line_at", "applied_at", "paid_at"),
        grace_days=pl.when(fast).then(defaults.fast_refund_grace).otherwise(defaults.refund_grace),
    )
    finished = pl.col("completed_at").is_null() | (pl.col("completed_at") <= as_of)
    within = pl.col("completed_at").dt.date() - pl.duration(days=pl.col("grace_days")) <= as_of.date()
    shown = (pl.col("line_at") <= as_of) & within
    return told.with_columns(counts=(done & (finished | shown.fill_null(False))).fill_null(False)).drop("line_at")


def refund_lines(lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Refund lines of the bills, also those after as-of: group_id, refund_id, amount_minor (> 0), occurred_at, line_id.

    `lines`: LEDGER with group_id and fate; lines after as-of are in no group yet and find theirs by the order numbers of
    `orders` (order_id, sub_order_id, group_id).
    """
    found = _of_groups(lines.filter(pl.col("category") == "refund", pl.col("amount_minor") < 0), orders)
    return found.select("group_id", "refund_id", -pl.col("amount_minor"), "occurred_at", "line_id")


def _of_groups(lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Live lines of the order basis, also those after as-of, that belong to a group of `orders`."""
    live = pl.col("fate").is_null() | (pl.col("fate") == "after_as_of")
    numbers = pl.concat(
        [orders.select(by_number="group_id", number=name) for name in ("order_id", "sub_order_id")]
    ).drop_nulls().unique("number", keep="first", maintain_order=True)  # fmt: skip
    columns = ["line_id", "group_id", "refund_id", "amount_minor", "occurred_at"]
    named = lines.filter(live, pl.col("in_order")).select(*columns, number=pl.coalesce("sub_order_id", "order_id"))
    found = named.join(numbers, on="number", how="left", maintain_order="left")
    return found.with_columns(pl.coalesce("group_id", "by_number").alias("group_id")).filter(
        pl.col("group_id").is_not_null()
    )


def _with_lines(refunds: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Add `line_at`: the bill line of the document, by refund id, else the n-th line of its amount in the group."""
    named = lines.filter(pl.col("refund_id").is_not_null()).group_by("group_id", "refund_id").agg(
        named_at=pl.col("occurred_at").max()
    )  # fmt: skip
    key = ["group_id", "amount_minor", "nth"]
    order = pl.coalesce("completed_at", "applied_at", "paid_at").alias("order_at")
    done = pl.col("state") == "done"
    by_id = refunds.join(named, on=["group_id", "refund_id"], how="left", maintain_order="left")
    rest = by_id.filter(done, pl.col("named_at").is_null()).with_columns(order).with_columns(
        nth=pl.int_range(pl.len()).over("group_id", "amount_minor", order_by=["order_at", "document_id"])
    )  # fmt: skip
    ids = by_id.filter(pl.col("named_at").is_not_null()).select("group_id", "refund_id").unique()
    free = lines.join(ids, on=["group_id", "refund_id"], how="anti").with_columns(
        nth=pl.int_range(pl.len()).over("group_id", "amount_minor", order_by=["occurred_at", "line_id"])
    )
    equal = rest.join(free.select(*key, equal_at="occurred_at"), on=key).select("document_id", "equal_at")
    return (
        by_id.join(equal, on="document_id", how="left", maintain_order="left")
        .with_columns(line_at=pl.coalesce("named_at", "equal_at"))
        .drop("named_at", "equal_at")
    )


def as_of_states(
    orders: pl.DataFrame, documents: pl.DataFrame, lines: pl.DataFrame, refunds: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """Orders in the state they had at as-of: an order file is a snapshot taken later than the moment the run judges at.

    Paid only afterwards, and nothing came before: `unpaid`. Closed, but a refund that a document or a bill line dates
    afterwards shows that it was open, its first money comes afterwards (a deposit that is kept), or an older export that
    shows it open was made on that day or later: `shipped`; what such an order keeps up to as-of is no M08. `orders`,
    `documents`: with group_id; `lines`: LEDGER of all days, with group_id up to as-of; `refunds`: frame `refund_lines`.
    """
    later = documents.filter(pl.col("state") == "done", ~pl.col("counts"), pl.col("completed_at") > as_of)
    back = refunds.filter(pl.col("occurred_at") > as_of)
    closed = pl.col("status") == "closed"
    moved = lines.filter(pl.col("fate").is_null(), pl.col("group_id").is_not_null())["group_id"].unique()
    first = _of_groups(
        lines.filter(pl.col("fate") == "after_as_of", pl.col("role") == "principal"), orders.filter(closed)
    ).filter(~pl.col("group_id").is_in(moved.implode()))
    groups = pl.concat([later["group_id"], back["group_id"], first["group_id"]]).drop_nulls().unique()
    seen_open = (pl.col("open_at").dt.date() >= as_of.date()).fill_null(False)
    reopened = closed & (pl.col("group_id").is_in(groups.implode()) | seen_open)
    unpaid = (~closed & (pl.col("paid_at") > as_of) & ~pl.col("group_id").is_in(moved.implode())).fill_null(False)
    status = (
        pl.when(unpaid)
        .then(pl.lit("unpaid"))
        .when(reopened)
        .then(pl.lit("shipped"))
        .otherwise(pl.col("status").cast(pl.String))
    )
    return orders.with_columns(status=status.cast(orders.schema["status"]))


def covered_months(refunds: pl.DataFrame, parsed: Sequence[Parsed], period: str) -> pl.DataFrame:
    """Calendar months that after-sale files speak for: columns shop String, month String ("2026-10").

    A file covers the whole months that any of its date columns touch; an empty one the run's period.
    """
    parts = [
        refunds.select(pl.col("shop").cast(pl.String), pl.col(column).dt.strftime("%Y-%m").alias("month"))
        for column in ("applied_at", "paid_at", "completed_at")
    ]
    empty = [
        (item.source.shop, period)
        for item in parsed
        if item.source.kind == "refunds" and item.frame is not None and item.frame.is_empty()
    ]
    parts.append(pl.DataFrame(empty, schema={"shop": pl.String, "month": pl.String}, orient="row"))
    return pl.concat(parts).drop_nulls().unique().sort(pl.all())


def self_documented(lines: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """Add Boolean `self_documented`: no after-sale file covers the line's shop and month. `lines`: shop, occurred_at."""
    return (
        lines.with_columns(month=pl.col("occurred_at").dt.strftime("%Y-%m"))
        .join(months.with_columns(known=pl.lit(True)), on=["shop", "month"], how="left", maintain_order="left")
        .with_columns(self_documented=pl.col("known").is_null())
        .drop("month", "known")
    )
