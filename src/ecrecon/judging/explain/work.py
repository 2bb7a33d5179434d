"""What the steps hand on: the state of each group, what is still open, and the components found so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import polars as pl

from ecrecon.base.schema import TIME
from ecrecon.base.variances import BY_CODE

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
