"""Exactly one disposition for every line, order and document; what is right but not finished is carried forward."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import DOCUMENT_DISPOSITION, LINE_DISPOSITION, OPEN_ITEMS, ORDER_DISPOSITION, conform
from ecrecon.judging.receipt.judge import Judged

# Exactly one disposition for every line, order and document (docs/matching.md "Dispositions").


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


# What is right but not finished: carried forward with an expected-by date (README.md "What a run writes").

_STATES = {
    "X01": "not_due", "X02": "overdue", "A04": "partly", "A07": "not_due", "R01": "not_due", "C06": "not_due",
    "F12": "not_checked",
}  # fmt: skip


def open_items(spots: pl.DataFrame, groups: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Frame OPEN_ITEMS from located components: X01, X02, A04 and what waits for a bill, and A07, R01, C06 while they
    are timing. `open` = expected - received, so the items of an order add up to minus its components. `expected_by` is
    the item's own day: of the refund, of the advance's repayment, of the platform's part, else of the order."""
    code = pl.col("code").cast(pl.String)
    unseen = (code == "R01") & (pl.col("kind") == "review")
    timing = (pl.col("kind") == "timing") | code.is_in(["X02", "F12"]) | unseen
    frame = spots.filter(code.is_in(list(_STATES)), timing).join(
        groups.select("group_id", "accounts", "subsidy"), on="group_id", how="left", maintain_order="left"
    )
    refund = code == "R01"
    event = pl.when(refund).then("document_at").otherwise("event_at")
    subsidy = (code == "C06") & pl.col("subsidy").fill_null(False)
    by = (
        pl.when(refund).then("document_by")
        .when(code == "A07").then("advance_by")
        .when(subsidy).then("platform_by")
        .otherwise("expected_by")
    )  # fmt: skip
    result = frame.with_columns(
        account=pl.coalesce("account", pl.col("accounts").list.join("/")),
        received_minor="actual_minor",
        open_minor=-pl.col("amount_minor"),
        event_at=event,
        expected_by=by,
        age_days=(pl.lit(moment.day) - pl.coalesce(event, "order_at").dt.date()).dt.total_days(),
        state=pl.when(unseen)
        .then(pl.lit("not_checked"))
        .otherwise(code.replace_strict(_STATES, return_dtype=pl.String)),
        opening=pl.col("opening").fill_null(False),
    )
    return conform(result, OPEN_ITEMS)


def sort_items(items: pl.DataFrame) -> pl.DataFrame:
    """OPEN_ITEMS on a total key."""
    return items.sort(
        "platform", "shop", "order_id", "state", "expected_by", "open_minor", "expected_minor", "account", "event_at",
        nulls_last=True,
    )  # fmt: skip
