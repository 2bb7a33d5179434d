"""Money that came before the bills begin: it is presumed, so that what the bills show later is still judged.

Two cases. An order was settled before: without its receipt a refund would look like money taken for nothing. An advance
was paid before: without it its repayment would look like a shortfall. What is presumed takes part in the decomposition
as lines of its own and is taken out of the figures again; it never leaves this module's frames.
"""

from __future__ import annotations

import polars as pl

from ecrecon.base.categories import CATEGORY
from ecrecon.base.schema import conform

_SLOTS = (("due_cash", "goods_receipt"), ("due_platform", "coupon_platform"), ("advance", "advance"))
"""Amount column and category of the presumed lines of a group; the position makes their line ids."""


def add_virtual_receipts(
    groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Give presumed groups the receipt, and old orders the advance, that lies before the bills.

    Refunds completed before a presumed receipt leave with it, unless the bill shows their line: some after-sale files
    print the application alone (Pinduoduo), which may be days before the refund. Adds `virtual_minor` to groups. Virtual lines have
    negative line ids, so no bill line can be confused with them.
    """
    repaid = _repaid_advances(groups, lines)
    starts = groups.filter("presumed").select("group_id", "bills_start")
    if starts.is_empty() and repaid.is_empty():
        return groups.with_columns(virtual_minor=pl.lit(0, dtype=pl.Int64)), lines, documents
    dated = documents.join(starts, on="group_id", how="left", maintain_order="left")
    dated = dated.join(_returned(lines), on=["group_id", "amount_minor"], how="left", maintain_order="left")
    earlier = (pl.col("completed_at").dt.date() < pl.col("bills_start")).fill_null(False) & pl.col("in_bill").is_null()
    gone = dated.filter(earlier).group_by("group_id").agg(pl.col("amount_minor").sum().alias("gone_minor"))
    kept = dated.filter(~earlier).drop("bills_start", "in_bill")
    frame = groups.join(gone, on="group_id", how="left", maintain_order="left").with_columns(
        due_cash_minor=pl.col("due_cash_minor") - pl.col("gone_minor").fill_null(0)
    )
    virtual = (
        frame.select("group_id", "status", "presumed", "event_at", "created_at", "due_cash_minor", "due_platform_minor")
        .join(_given_back(lines, kept), on="group_id", how="left", maintain_order="left")
        .join(repaid, on="group_id", how="left", maintain_order="left")
        .with_columns(_owed(), advance=pl.col("advance").fill_null(0))
        .with_columns(
            due_platform=pl.when("presumed").then("due_platform_minor").otherwise(0),
            due_cash=pl.when("presumed").then("owed").otherwise(0),
        )
    )
    frame = frame.drop("gone_minor").with_columns(
        virtual_minor=virtual["due_cash"] + virtual["due_platform"] + virtual["advance"]
    )
    return frame, pl.concat([lines, *_virtual(virtual, lines.schema)]), kept


def _repaid_advances(groups: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """group_id, advance (> 0): repaid beyond what the bills show as paid, of orders placed before the bills begin."""
    old = groups.filter(pl.col("created_at").dt.date() < pl.col("bills_start")).select("group_id")
    return (
        lines.filter(pl.col("category") == "advance")
        .join(old, on="group_id", how="semi")
        .group_by("group_id")
        .agg(advance=-pl.col("amount_minor").sum())
        .filter(pl.col("advance") > 0)
    )


def _returned(lines: pl.DataFrame) -> pl.DataFrame:
    """group_id, amount_minor (> 0), in_bill: amounts of the refund lines of each group."""
    refunds = lines.filter(pl.col("category") == "refund", pl.col("amount_minor") < 0)
    return refunds.select("group_id", amount_minor=-pl.col("amount_minor"), in_bill=pl.lit(True)).unique()


def _given_back(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """group_id, given_back_minor: refunds of the group, each once: documents, and lines that document themselves."""
    own = lines.filter(pl.col("category") == "refund", "self_documented").select(
        "group_id", amount_minor=-pl.col("amount_minor")
    )
    told = pl.concat([documents.select("group_id", "amount_minor"), own])
    return told.group_by("group_id").agg(given_back_minor=pl.col("amount_minor").sum())


def _owed() -> pl.Expr:
    """The presumed receipt: what was due; of a closed order, which keeps nothing, what it gives back."""
    given_back = pl.min_horizontal(pl.col("given_back_minor").fill_null(0), "due_cash_minor")
    return pl.when(pl.col("status") == "closed").then(given_back).otherwise("due_cash_minor").alias("owed")


def _virtual(presumed: pl.DataFrame, schema: pl.Schema) -> list[pl.DataFrame]:
    parts = []
    for number, (column, category) in enumerate(_SLOTS):
        part = presumed.filter(pl.col(column) != 0).select(
            "group_id",
            line_id=-(pl.col("group_id") * len(_SLOTS) + 1 + number),
            category=pl.lit(category).cast(CATEGORY),
            amount_minor=column,
            occurred_at=pl.coalesce("event_at", "created_at"),
            txn_id=pl.lit(None, dtype=pl.String),
            refund_id=pl.lit(None, dtype=pl.String),
            self_documented=pl.lit(False),
        )
        parts.append(conform(part, schema))
    return parts


def without_virtual(groups: pl.DataFrame) -> pl.DataFrame:
    """Take what was presumed out of expected and actual again; the difference stays."""
    return groups.with_columns(
        pl.col("expected_minor") - pl.col("virtual_minor"), pl.col("actual_minor") - pl.col("virtual_minor")
    ).drop("virtual_minor")
