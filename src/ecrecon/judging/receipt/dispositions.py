"""Exactly one disposition for every line, order and document (docs/matching.md "Dispositions")."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import DOCUMENT_DISPOSITION, LINE_DISPOSITION, ORDER_DISPOSITION
from ecrecon.judging.receipt.judge import Judged


def line_dispositions(judged: Judged) -> pl.Series:
    """LINE_DISPOSITION per row of `judged.lines`, in its order."""
    verdict = judged.groups.select("group_id", "has_order", "orphan_code")
    frame = judged.lines.select("line_id", "fate", "in_order", "role", "group_id").join(
        verdict, on="group_id", how="left", maintain_order="left"
    )
    in_group = pl.col("group_id").is_not_null()
    old = in_group & ~pl.col("has_order") & (pl.col("orphan_code").fill_null("X11") == "X11")
    unread = in_group & ~pl.col("has_order") & (pl.col("orphan_code") == "X12")
    return frame.select(
        pl.when(pl.col("fate").is_not_null())
        .then("fate")
        .when(~pl.col("in_order"))
        .then(pl.lit("explained"))
        .when(pl.col("role") == "account")
        .then(pl.lit("account_level"))
        .when(unread)
        .then(pl.lit("not_checked"))
        .when(old)
        .then(pl.lit("before_opening"))
        .when(in_group)
        .then(pl.lit("grouped"))
        .when(pl.col("role") == "principal")
        .then(pl.lit("unreferenced"))
        .otherwise(pl.lit("account_level"))
        .cast(LINE_DISPOSITION)
        .alias("disposition")
    ).to_series()


def order_dispositions(judged: Judged) -> pl.DataFrame:
    """Order rows (judged.orders, then those created after as-of) with `disposition` and the group's E, A and D.

    The three amounts stand on the first row of a group and are null on its others, so that columns add up.
    """
    worst = judged.components.group_by("group_id").agg(
        pl.col("kind").cast(pl.String).is_in(["stop", "break", "review"]).any().alias("bad")
    )
    refunded = judged.documents.filter("counts").select("group_id").unique().with_columns(has_documents=pl.lit(True))
    received = judged.principal.select("group_id").unique().with_columns(has_lines=pl.lit(True))
    columns = [
        "group_id",
        "outcome",
        "presumed",
        "expected_minor",
        "actual_minor",
        "difference_minor",
        "status",
        "never_paid",
    ]
    # what was sold, before refunds: a sale given back as a whole is neither a gift nor a reissue
    owed = judged.orders.group_by("group_id").agg(due=pl.sum("due_cash_minor") + pl.sum("due_platform_minor"))
    facts = (
        judged.groups.filter("has_order")
        .select(columns)
        .rename({"status": "group_status"})
        .join(owed, on="group_id", how="left")
        .join(worst, on="group_id", how="left")
        .join(received, on="group_id", how="left")
        .join(refunded, on="group_id", how="left")
    )
    frame = judged.orders.join(facts, on="group_id", how="left", maintain_order="left")
    nothing = (pl.col("due") == 0) & pl.col("has_lines").is_null() & (pl.col("group_status") != "closed")
    # a closed order without payment time was never paid, unless money or a refund says that it was
    untouched = pl.col("never_paid") & pl.col("has_lines").is_null() & pl.col("has_documents").is_null()
    disposition = (
        pl.when(pl.col("outcome") == "cancelled_unpaid").then(pl.lit("cancelled_unpaid"))
        .when(untouched & (pl.col("outcome") == "settled")).then(pl.lit("cancelled_unpaid"))
        .when(nothing & (pl.col("outcome") == "settled")).then(pl.lit("excluded"))
        .when(pl.col("presumed") & (pl.col("difference_minor") == 0)).then(pl.lit("presumed_settled"))
        .otherwise("outcome")
    )  # fmt: skip
    first = pl.col("group_id").is_first_distinct()
    now = frame.with_columns(
        disposition=disposition.cast(ORDER_DISPOSITION),
        expected_minor=pl.when(first).then("expected_minor"),
        received_minor=pl.when(first).then("actual_minor"),
        difference_minor=pl.when(first).then("difference_minor"),
    )
    later = judged.later_orders.with_columns(disposition=pl.lit("after_as_of").cast(ORDER_DISPOSITION))
    return pl.concat([now, later], how="diagonal")


def document_dispositions(judged: Judged) -> pl.Series:
    """DOCUMENT_DISPOSITION per row of `judged.documents`."""
    with_order = judged.groups.filter("has_order")["group_id"].implode()
    return judged.documents.select(
        pl.when(~pl.col("counts"))
        .then(pl.lit("not_completed"))
        .when(pl.col("group_id").is_in(with_order))
        .then(pl.lit("in_group"))
        .otherwise(pl.lit("no_order"))
        .cast(DOCUMENT_DISPOSITION)
        .alias("disposition")
    ).to_series()
