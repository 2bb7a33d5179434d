"""资金日报: what each account held, took in and paid out every day, and what is on the way (docs/statements.md "资金日报")."""

from __future__ import annotations

import polars as pl

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.schema import check, conform
from ecrecon.statements.schema import CASH_DAILY, IN_KINDS, OUT_KINDS

HOLDS = "冻结|解冻"
"""Texts of lines that hold money inside an account, or release it."""
_PLACE = ["platform", "shop", "account", "currency"]
_OF_ROLE = {"principal": "goods", "fee": "fees", "compensation": "compensation", "account": "other"}
_OF_CATEGORY = {"withdrawal": "withdrawals", "transfer": "transfers", "deposit": "transfers", "loan": "transfers"}


def _kinds(names: tuple[str, ...], other: dict[str, str]) -> dict[str, str]:
    """Category -> kind of one direction; what the direction does not know is `other`."""
    found = {c.name: _OF_CATEGORY.get(c.name, _OF_ROLE[c.role]) for c in CATEGORIES.values()}
    named = {category: other.get(kind, kind) for category, kind in found.items()}
    return {category: kind if kind in names else "other" for category, kind in named.items()}


_IN = _kinds(IN_KINDS, {"withdrawals": "transfers"})
"""A withdrawal that came back is a transfer in."""
_OUT = _kinds(OUT_KINDS, {"goods": "refunds"})
"""Order money that leaves is a refund, a clawback or an advance given back."""


def cash_daily(ledger: pl.DataFrame, transit: pl.DataFrame | None, moved: pl.DataFrame) -> pl.DataFrame:
    """Frame CASH_DAILY from LEDGER. transit: account, day, arrived_on (null: not yet), amount_minor of withdrawals; None
    where no bank statement says what arrived. moved: account, day of each bill line behind the ledger, of which one row may
    stand for many."""
    lines = ledger.filter(pl.col("row") == "line").with_columns(day=pl.col("occurred_at").dt.date())
    kinds = [_sum("income_minor", _IN, kind, f"in_{kind}_minor") for kind in IN_KINDS]
    kinds += [_sum("expense_minor", _OUT, kind, f"out_{kind}_minor") for kind in OUT_KINDS]
    hold = pl.col("summary").str.contains(HOLDS).fill_null(value=False)
    held = pl.col("expense_minor").fill_null(0) - pl.col("income_minor").fill_null(0)
    days = lines.group_by([*_PLACE, "day"], maintain_order=True).agg(
        pl.col("income_minor", "expense_minor").sum(), pl.col("balance_minor").last().alias("closing_minor"),
        pl.col("printed_minor").last(), *kinds,
        held=held.filter(hold).sum(), holds=hold.any(),
    ).join(_counted(moved), on=["account", "day"], how="left").sort("account", "day")  # fmt: skip
    told = days.with_columns(
        opening_minor=pl.col("closing_minor") - pl.col("income_minor") + pl.col("expense_minor"),
        difference_minor=pl.col("closing_minor") - pl.col("printed_minor"),
        frozen_minor=pl.when(pl.col("holds").any().over("account")).then(pl.col("held").cum_sum().over("account")),
        level=pl.lit("account"),
    )
    told = _with_transit(told, transit)
    both = pl.concat([conform(told, CASH_DAILY), _totals(told)])
    ordered = both.sort("level", "platform", "account", "currency", "day", nulls_last=True)
    return check(ordered.rechunk(), CASH_DAILY, "cash by day")


def _counted(moved: pl.DataFrame) -> pl.DataFrame:
    """lines: how many of each account and day."""
    return moved.group_by(pl.col("account").cast(pl.String), "day").agg(lines=pl.len().cast(pl.Int64))


def _sum(amount: str, kinds: dict[str, str], kind: str, name: str) -> pl.Expr:
    mine = [category for category, own in kinds.items() if own == kind]
    return pl.col(amount).filter(pl.col("category").is_in(mine)).sum().alias(name)


def _with_transit(days: pl.DataFrame, transit: pl.DataFrame | None) -> pl.DataFrame:
    """Add in_transit_minor: withdrawals up to the day that had not arrived by then."""
    if transit is None:
        return days.with_columns(in_transit_minor=pl.lit(None, dtype=pl.Int64))
    moved = transit.select("account", "amount_minor", "arrived_on", left="day")
    pairs = days.select("account", "day").join(moved, on="account")
    on_the_way = pairs.filter(
        pl.col("left") <= pl.col("day"), pl.col("arrived_on").is_null() | (pl.col("arrived_on") > pl.col("day"))
    )
    sums = on_the_way.group_by("account", "day").agg(in_transit_minor=pl.col("amount_minor").sum())
    return days.join(sums, on=["account", "day"], how="left", maintain_order="left").with_columns(
        pl.col("in_transit_minor").fill_null(0)
    )


def _totals(days: pl.DataFrame) -> pl.DataFrame:
    """One row per currency and day on which any of its accounts moved; an account that rests keeps its balance."""
    grid = days.select("currency", "day").unique().join(days.select("account", "currency").unique(), on="currency")
    known = grid.join(days, on=["account", "currency", "day"], how="left").sort("account", "day")
    before = pl.col("opening_minor").drop_nulls().first().over("account")
    carried = ["closing_minor", "in_transit_minor", "frozen_minor"]
    rested = known.with_columns(pl.col(carried).forward_fill().over("account")).with_columns(
        pl.col("closing_minor").fill_null(before)
    )
    moved = [
        name for name in CASH_DAILY if name.startswith(("in_", "out_")) or name in ("income_minor", "expense_minor")
    ]
    sums = [name for name in [*moved, "closing_minor", "frozen_minor", "lines"] if name != "in_transit_minor"]
    transit = pl.when(pl.col("in_transit_minor").count() > 0).then(pl.col("in_transit_minor").sum())
    total = rested.group_by("currency", "day").agg(
        *(pl.col(name).sum() for name in sums), in_transit_minor=transit, level=pl.lit("total")
    )
    told = total.with_columns(
        opening_minor=pl.col("closing_minor") - pl.col("income_minor") + pl.col("expense_minor"),
        frozen_minor=pl.when(days["frozen_minor"].count() > 0).then("frozen_minor"),
    )
    return conform(told, CASH_DAILY)
