"""Settlement terms: when an order is due and into which accounts its money may come (docs/matching.md "Terms and coverage")."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.validation import shipped_settings
from ecrecon.settings.workspace import Workspace


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Defaults(_Table):
    """`[defaults]` of terms.toml, in days."""

    unconfirmed: int
    review_days: int
    missing_time_days: int
    refund_grace: int
    fast_refund_grace: int
    fast_refund_words: list[str]
    advance_days: int
    platform_days: int
    subsidy_days: int
    subsidy_tags: list[str]
    deposit_tags: list[str]


class Term(_Table):
    """One platform, and one channel or (without) any."""

    platform: str
    channel: str | None = None
    event: Literal["finished", "paid"] = "finished"
    days: int
    grace: int
    accounts: list[str]


class ReturnedFee(_Table):
    """A fee that the platform documents to give back on a refund."""

    platform: str
    category: str


class Terms(_Table):
    """The whole of configs/matching/terms.toml."""

    defaults: Defaults
    terms: list[Term]
    returned_fees: list[ReturnedFee] = []


DEFAULT_CHANNEL = "default"
"""`settlement_days = { default = 7 }`: orders of every other channel."""


@cache
def load_terms() -> Terms:
    """Read the shipped terms; raise ConfigError when they do not fit."""
    return shipped_settings("matching/terms.toml", Terms)


TERM_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "platform": pl.String, "shop": pl.String, "channel": pl.String, "days": pl.Int32, "grace": pl.Int32,
    "accounts": pl.List(pl.String), "event": pl.String,
}  # fmt: skip


def terms_of(keys: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """Terms for each distinct (platform, shop, channel) of `keys` (all String): frame TERM_COLUMNS.

    The workspace's `settlement_days` of the shop wins (an integer or a table per channel); an unknown platform is due
    at once after the event with 3 days of grace, into any account of its shop.
    """
    table = load_terms().terms
    shops = {shop.name: shop for shop in workspace.shops}
    rows = []
    for platform, shop, channel in keys.select("platform", "shop", "channel").unique().sort(pl.all()).iter_rows():
        fits = [t for t in table if t.platform == platform and t.channel == channel]
        fits += [t for t in table if t.platform == platform and t.channel is None]
        fits += [t for t in table if t.platform == platform]
        term = fits[0] if fits else Term(platform=str(platform), days=0, grace=3, accounts=[str(platform)])
        given = shops[shop].settlement_days if shop in shops else None
        if isinstance(given, dict):
            given = given.get(channel or "", given.get(DEFAULT_CHANNEL))
        days = term.days if given is None else given
        rows.append((platform, shop, channel, days, term.grace, term.accounts, term.event))
    return pl.DataFrame(rows, schema=TERM_COLUMNS, orient="row")
