"""往来余额: what others owe and what is owed to them, per shop and account of the vouchers (docs/statements.md "应收应付台账")."""

from __future__ import annotations

import tomllib
from functools import cache

import polars as pl

from ecrecon.base.resources import configs_dir
from ecrecon.base.schema import check, conform, empty
from ecrecon.base.texts import tr
from ecrecon.statements.history import EARLIER, History
from ecrecon.statements.schema import PARTIES

AR = "ar_platform"
"""The role that the list of orders explains: its opening is known from them."""
_KEY = ["shop", "account_role", "account_code", "account_name", "currency"]


@cache
def _sides() -> dict[str, list[str]]:
    path = configs_dir() / "posting" / "statements" / "parties.toml"
    return dict(tomllib.loads(path.read_text(encoding="utf-8")))


def side_of(role: str) -> str | None:
    """`receivable`, `payable`, or None for an account that no other party stands behind."""
    for side, wanted in _sides().items():
        if any(role == w or (w.endswith("*") and role.startswith(w[:-1])) for w in wanted):
            return side
    return None


def _in_their_currency(vouchers: pl.DataFrame) -> pl.DataFrame:
    return vouchers.with_columns(
        pl.when(pl.col(side) == 0).then(0).otherwise(pl.coalesce("amount_fc_minor", side)).alias(side)
        for side in ("debit_minor", "credit_minor")
    )


def parties(vouchers: pl.DataFrame, receivables: pl.DataFrame, history: History) -> pl.DataFrame:
    """Frame PARTIES. vouchers: schema.VOUCHERS of the month. receivables: frame RECEIVABLES.

    What is owed in another currency stands in that currency: exchange differences do not change it. The opening of
    应收账款-平台 is that of the orders; of the others it is the closing of last month, null where that is not given: then
    the closing counts from this month on.
    """
    vouchers = _in_their_currency(vouchers)
    sides = {role: side for role in vouchers["account_role"].unique() if (side := side_of(role)) is not None}
    moved = vouchers.filter(pl.col("account_role").is_in(list(sides))).group_by(_KEY).agg(
        pl.col("debit_minor", "credit_minor").sum()
    )  # fmt: skip
    owed = receivables.group_by("shop", "currency").agg(orders=pl.col("opening_minor").sum())
    orders = owed.with_columns(account_role=pl.lit(AR))
    last = history.last.frames["parties"] if history.last else empty(EARLIER["parties"])
    before = last.select(*_KEY, before="closing_minor").filter(pl.col("before") != 0)
    both = moved.join(before, on=_KEY, how="full", coalesce=True, nulls_equal=True).join(
        orders, on=["shop", "account_role", "currency"], how="left", nulls_equal=True
    )
    known = pl.when(pl.col("account_role") == AR).then(pl.col("orders").fill_null(0)).otherwise(
        pl.col("before").fill_null(0) if history.last else pl.lit(None, dtype=pl.Int64)
    )  # fmt: skip
    told = both.with_columns(pl.col("debit_minor", "credit_minor").fill_null(0), opening_minor=known).with_columns(
        closing_minor=pl.col("opening_minor").fill_null(0) + pl.col("debit_minor") - pl.col("credit_minor"),
        side=pl.col("account_role").map_elements(side_of, return_dtype=pl.String),
    )
    direction = pl.col("closing_minor")
    shown = told.with_columns(
        direction=pl.when(direction > 0).then(pl.lit(tr("借", "Dr"))).when(direction < 0).then(pl.lit(tr("贷", "Cr")))
        .otherwise(pl.lit(tr("平", "0")))
    )  # fmt: skip
    ordered = conform(shown, PARTIES).sort(
        "side", "account_code", "account_name", "shop", descending=[True, *[False] * 3]
    )
    return check(ordered.rechunk(), PARTIES, "parties")
