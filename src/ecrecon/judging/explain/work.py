"""The slots of a settlement group, and what the steps hand on: its state, what is still open, the components found so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import polars as pl

from ecrecon.base.schema import TIME
from ecrecon.base.variances import BY_CODE

# The slots of a settlement group: every principal line belongs to exactly one (docs/matching.md "Decomposition").

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


# What the steps hand on: the state of each group, what is still open, and the components found so far.

FOUND: dict[str, pl.DataType | type[pl.DataType]] = {
    "group_id": pl.Int64, "code": pl.String, "kind": pl.String, "amount_minor": pl.Int64, "refund_id": pl.String,
    "line_ids": pl.List(pl.Int64), "expected_minor": pl.Int64, "actual_minor": pl.Int64, "rule_id": pl.String,
    "slot": pl.String,
}  # fmt: skip
"""A component while the steps run. `slot` names the lines behind it where `line_ids` is null."""

NETTED: dict[str, pl.DataType | type[pl.DataType]] = {
    "group_id": pl.Int64, "document_id": pl.Int64, "refund_id": pl.String, "amount_minor": pl.Int64,
    "completed_at": TIME, "step": pl.String,
}  # fmt: skip
"""A document that needs no bill line and the step that took it: `6.cash` and `6.both` are the two targets of step 6."""


@dataclass(frozen=True)
class ExplainSettings:
    """`netting_limit`: most documents in one set of step 6. `search_budget`: most sets tried per group; every set of
    up to 16 documents is within it."""

    netting_limit: int = 8
    search_budget: int = 65_536


@dataclass(frozen=True)
class Work:
    """State between two steps; a step returns a changed copy.

    `state`: one row per group with an order: the facts of `slots.GROUP_INPUT`, the sums of `slots.slot_sums`,
    `documents` (sum of documents), `has_document`, `not_owed` (platform share that left E), the slots `cash`, `plat`,
    `claw`, and `done` (step 5 has answered the group). `lines`: their principal lines. `rows`, `open`: refund lines
    and documents that no step has taken yet. `netted`: NETTED. `found`: frames of FOUND.
    """

    settings: ExplainSettings
    state: pl.DataFrame
    lines: pl.DataFrame
    rows: pl.DataFrame
    open: pl.DataFrame
    netted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NETTED))
    found: tuple[pl.DataFrame, ...] = ()

    def with_(self, **changes: object) -> Self:
        """Return a copy with `changes`."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def leave(self, documents: pl.DataFrame, step: str) -> Self:
        """Return a copy where the open documents named in `documents` (document_id) are netted by `step`."""
        gone = self.open.join(documents.select("document_id"), on="document_id", how="semi")
        if gone.is_empty():
            return self
        told = gone.with_columns(step=pl.lit(step)).select(pl.col(n).cast(d) for n, d in NETTED.items())
        still = self.open.join(gone, on="document_id", how="anti")
        return replace(self, open=still, netted=pl.concat([self.netted, told]))

    def found_more(self, frame: pl.DataFrame) -> Self:
        """Return a copy with the components of `frame` added; amounts of zero are no components."""
        real = frame.filter(pl.col("amount_minor") != 0)
        return replace(self, found=(*self.found, real)) if real.height else self


def component(
    code: str,
    step: str,
    amount: pl.Expr,
    *,
    expected: pl.Expr | int = 0,
    kind: pl.Expr | None = None,
    slot: str | None = None,
    refund_id: pl.Expr | None = None,
    line_ids: pl.Expr | None = None,
) -> list[pl.Expr]:
    """Expressions that make FOUND rows out of any frame with `group_id`; actual = expected + amount."""
    wanted = pl.lit(expected) if isinstance(expected, int) else expected
    columns = {
        "group_id": pl.col("group_id"),
        "code": pl.lit(code),
        "kind": pl.lit(BY_CODE[code].kind) if kind is None else kind,
        "amount_minor": amount,
        "refund_id": pl.lit(None) if refund_id is None else refund_id,
        "line_ids": pl.lit(None) if line_ids is None else line_ids,
        "expected_minor": wanted,
        "actual_minor": wanted + amount,
        "rule_id": pl.lit(f"explain.{step}"),
        "slot": pl.lit(slot),
    }
    return [columns[name].cast(dtype).alias(name) for name, dtype in FOUND.items()]


def add_to(state: pl.DataFrame, amounts: pl.DataFrame, **targets: str) -> pl.DataFrame:
    """Add columns of `amounts` (one row per group_id) to columns of `state`: `cash="total"` adds `total` to `cash`."""
    if amounts.is_empty():
        return state
    joined = state.join(
        amounts.select("group_id", *(pl.col(source).alias(f"+{target}") for target, source in targets.items())),
        on="group_id",
        how="left",
        maintain_order="left",
    )
    summed = joined.with_columns(pl.col(target) + pl.col(f"+{target}").fill_null(0) for target in targets)
    return summed.drop([f"+{target}" for target in targets])
