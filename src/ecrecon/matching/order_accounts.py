"""Which accounts the money of a shop's orders comes into, and which days they cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ecrecon.base.sources import Source

SHARE = 10
"""An account belongs to a shop that owns at least 1/10 of the orders seen in it, or that configuration names."""

ACCOUNT_SHOPS = {"account": pl.String, "account_kind": pl.String, "shop": pl.String}


def account_shops(
    sources: Sequence[Source], lines: pl.DataFrame, order_shops: pl.DataFrame, named: dict[str, list[str]]
) -> pl.DataFrame:
    """Frame ACCOUNT_SHOPS: account, its kind (platform or platform:suffix) and a shop whose orders it pays.

    `lines`: account, order_id; `order_shops`: order_id, shop (any key that both share stands in for order_id);
    `named`: account -> shops that configuration gives it.
    """
    kinds = {
        str(s.account): (f"{s.platform}:{s.account_suffix}" if s.account_suffix else str(s.platform))
        for s in sources
        if s.kind in ("bill", "bank") and s.account and s.view != "witness"
    }
    rows = {(str(s.account), str(s.shop)) for s in sources if str(s.account) in kinds and s.shop}
    rows |= {(account, shop) for account, shops in named.items() if account in kinds for shop in shops}
    seen = (
        lines.select("account", "order_id")
        .filter(pl.col("order_id").is_not_null())
        .unique()
        .with_columns(pl.col("account").cast(pl.String))
        .join(order_shops, on="order_id")
        .group_by("account", "shop")
        .agg(pl.len().alias("n"))
        .filter(pl.col("n") * SHARE >= pl.col("n").sum().over("account"))
    )
    rows |= set(seen.select("account", "shop").iter_rows())
    full = sorted((account, kinds[account], shop) for account, shop in rows if account in kinds)
    return pl.DataFrame(full, schema=ACCOUNT_SHOPS, orient="row")


def accounts_for(terms: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """For each (platform, shop, channel) of `terms` the accounts present: columns platform, shop, channel, account.

    Without a channel any present account of the listed kinds speaks; a named channel needs its own kind.
    """
    return (
        terms.select("platform", "shop", "channel", account_kind="accounts")
        .explode("account_kind")
        .join(shops, on=["shop", "account_kind"])
        .select("platform", "shop", "channel", "account")
        .unique()
        .sort(pl.all())
    )


class Coverage:
    """Answers "are all days of [start, end] covered" for many windows at once, by running counts of covered days."""

    def __init__(self, covered: pl.DataFrame) -> None:
        """`covered`: account String, day Date, one row per covered day."""
        self.first = covered.group_by("account").agg(pl.col("day").min().alias("first_covered"))
        self._counts = (
            covered.unique()
            .sort("account", "day")
            .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account", order_by="day").alias("count"))
        )

    def whole(self, windows: pl.DataFrame) -> pl.DataFrame:
        """`windows`: row_id, account, start, end (Date). Returns row_id, covered: every day of every account is there.

        An empty window (end before start) is covered. Rows without an account do not appear.
        """
        key = ["account", "start", "end"]
        asked = windows.select(key).unique()  # many orders share a window: days of a month, few accounts
        upto, before = self._at(asked, "end", 0), self._at(asked, "start", -1)
        days = (pl.col("end") - pl.col("start")).dt.total_days() + 1
        told = asked.with_columns(covered=(days <= 0) | (upto - before == days))
        rows = (
            windows.filter(pl.col("account").is_not_null())
            .join(told, on=key, nulls_equal=True)
            .select("row_id", "covered")
        )
        return rows.group_by("row_id").agg(pl.col("covered").all())

    def _at(self, windows: pl.DataFrame, column: str, offset: int) -> pl.Series:
        """Number of covered days of the account up to `column` + offset days, per row of `windows`."""
        asked = windows.select("account", day=pl.col(column) + pl.duration(days=offset)).with_row_index("place")
        counts = self._counts.sort("day")
        found = asked.sort("day").join_asof(counts, on="day", by="account", strategy="backward", check_sortedness=False)
        return found.sort("place")["count"].fill_null(0)


def first_days(accounts: pl.DataFrame, coverage: Coverage) -> pl.DataFrame:
    """(platform, shop, channel) -> first covered day of its accounts: columns platform, shop, channel, first_covered."""
    return (
        accounts.join(coverage.first, on="account")
        .group_by("platform", "shop", "channel")
        .agg(pl.col("first_covered").min())
    )


def day_of(column: str) -> pl.Expr:
    """Local date of a TIME column."""
    return pl.col(column).dt.date()


def clamp(day: date | None, low: date) -> date:
    """The later of two days; `low` where the first is missing."""
    return low if day is None else max(day, low)
