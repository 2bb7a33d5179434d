"""The slots of a settlement group: every principal line belongs to exactly one (docs/matching.md "Decomposition").

cash   = goods_receipt, freight_income, advance, deposit_forfeit
plat   = positive coupon_platform and subsidy;  claw = the negative ones
rows   = refund lines (gross documents: also the negative platform lines)
adjust = price_protection
"""

from __future__ import annotations

import polars as pl

CASH_CATEGORIES = ("goods_receipt", "freight_income", "advance", "deposit_forfeit")
PLATFORM_CATEGORIES = ("coupon_platform", "subsidy")
PLAIN_CASH = ("goods_receipt", "freight_income")

IS_CASH = pl.col("category").is_in(CASH_CATEGORIES)
IS_PLATFORM = pl.col("category").is_in(PLATFORM_CATEGORIES)
IS_RECEIPT = (IS_CASH | IS_PLATFORM) & (pl.col("amount_minor") > 0)
"""A receipt is a positive line of cash or plat."""

GROUP_INPUT: dict[str, pl.DataType | type[pl.DataType]] = {
    "group_id": pl.Int64, "has_order": pl.Boolean, "orphan_code": pl.String, "due_cash_minor": pl.Int64,
    "due_platform_minor": pl.Int64, "status": pl.String, "unpaid": pl.Boolean, "due": pl.Boolean,
    "covered": pl.Boolean, "gross": pl.Boolean, "tolerance_minor": pl.Int64, "overdue_kind": pl.String,
    "platform_due": pl.Boolean, "advance_late": pl.Boolean,
}  # fmt: skip
LINE_INPUT = (
    "group_id", "line_id", "category", "amount_minor", "occurred_at", "txn_id", "refund_id", "self_documented",
)  # fmt: skip
DOCUMENT_INPUT = ("group_id", "document_id", "refund_id", "amount_minor", "completed_at", "late")

SLOT_LINES: dict[str, pl.Expr] = {
    "all": pl.lit(True),
    "received": IS_CASH | (IS_PLATFORM & (pl.col("amount_minor") > 0)),
    "plat": IS_PLATFORM & (pl.col("amount_minor") > 0),
    "claw": IS_PLATFORM & (pl.col("amount_minor") < 0),
    "advance": pl.col("category") == "advance",
    "adjust": pl.col("category") == "price_protection",
    "protected": (pl.col("category") == "price_protection") | (IS_PLATFORM & (pl.col("amount_minor") > 0)),
}
"""Which lines stand behind a component that does not name its lines itself."""


def facts(groups: pl.DataFrame) -> pl.DataFrame:
    """Bring the groups to GROUP_INPUT: nulls (groups without an order) become 0 and false; sorted by group_id."""
    frame = groups.select(pl.col(name).cast(dtype) for name, dtype in GROUP_INPUT.items())
    return frame.with_columns(
        pl.col(pl.Int64).exclude("group_id").fill_null(0),
        pl.col(pl.Boolean).fill_null(False),
        pl.col("overdue_kind").fill_null("break"),
    ).sort("group_id")


def quick_sums(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per group with lines: `actual`, `plat_in` (Int64) and `special` (Boolean).

    `special`: a line that only the full table understands (negative, refund, advance, forfeit, price protection).
    """
    platform = pl.when(IS_PLATFORM).then("amount_minor").otherwise(0)
    plain = pl.col("category").is_in(PLAIN_CASH + PLATFORM_CATEGORIES) & (pl.col("amount_minor") >= 0)
    return (
        lines.lazy()
        .select("group_id", "amount_minor", plat_in=platform, special=~plain)
        .group_by("group_id")
        .agg(
            actual=pl.col("amount_minor").sum(),
            plat_in=pl.col("plat_in").sum(),
            special=pl.col("special").any(),
        )
        .collect()
    )


def slot_sums(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per group with lines: Int64 sums per slot, `has_receipt`, `has_refund_line` and `first_receipt`."""
    amount = pl.col("amount_minor")

    def total(mask: pl.Expr) -> pl.Expr:
        return pl.when(mask).then(amount).otherwise(0)

    receipt = IS_RECEIPT
    parts = lines.select(
        "group_id",
        actual=amount,
        cash_in=total(IS_CASH),
        plat_in=total(IS_PLATFORM & (amount > 0)),
        claw_in=total(IS_PLATFORM & (amount < 0)),
        goods=total(pl.col("category") == "goods_receipt"),
        advance=total(pl.col("category") == "advance"),
        forfeit=total(pl.col("category") == "deposit_forfeit"),
        adjust=total(pl.col("category") == "price_protection"),
        has_receipt=receipt,
        has_refund_line=pl.col("category") == "refund",
        first_receipt=pl.when(receipt).then("occurred_at"),
    )
    return parts.group_by("group_id").agg(
        pl.col(pl.Int64).sum(), pl.col("has_receipt", "has_refund_line").any(), pl.col("first_receipt").min()
    )
