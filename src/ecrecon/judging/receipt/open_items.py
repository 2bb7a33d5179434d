"""What is right but not finished: carried forward with an expected-by date (README.md "What a run writes")."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import OPEN_ITEMS, conform

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
