"""What the words of an ERP mean: configs/matching/goods.toml and `[goods]` of the workspace."""

from __future__ import annotations

from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.validation import shipped_settings


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformWord(_Table):
    """A text inside a shop's name and the platform it stands for."""

    word: str
    platform: str


class Words(_Table):
    """The whole of goods.toml."""

    free_types: list[str]
    offline_types: list[str]
    exempt: list[str]
    returned_days: int
    unseen_days: int
    ship_days: int
    confirm_days: int
    platforms: list[PlatformWord]


@cache
def load_words() -> Words:
    """Read the shipped words; raise ConfigError when they do not fit."""
    return shipped_settings("matching/goods.toml", Words)


def holds(column: str, texts: list[str]) -> pl.Expr:
    """Boolean, never null: the text of `column` contains one of `texts`."""
    if not texts:
        return pl.lit(value=False)
    return pl.col(column).cast(pl.String).str.contains_any(texts).fill_null(value=False)


def platform_of(name: str | None) -> str | None:
    """The platform that a shop's name tells."""
    return next((p.platform for p in load_words().platforms if name and p.word in name), None)
