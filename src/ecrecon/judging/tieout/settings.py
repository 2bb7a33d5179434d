"""configs/matching/tieout.toml."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from ecrecon.base.validation import shipped_settings


class TieSettings(BaseModel):
    """`lag_days`: days around a group that the other side must cover. `systematic`: see the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lag_days: int
    systematic: int


@cache
def load_tie_settings() -> TieSettings:
    """Read the shipped settings; raise ConfigError when they do not fit."""
    return shipped_settings("matching/tieout.toml", TieSettings)
