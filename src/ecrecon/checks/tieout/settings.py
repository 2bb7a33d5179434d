"""configs/matching/tieout.toml."""

from __future__ import annotations

import tomllib
from functools import cache

from pydantic import BaseModel, ConfigDict, ValidationError

from ecrecon.errors import ConfigError
from ecrecon.resources import configs_dir
from ecrecon.validation import explain_validation


class TieSettings(BaseModel):
    """`lag_days`: days around a group that the other side must cover. `systematic`: see the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lag_days: int
    systematic: int


@cache
def load_tie_settings() -> TieSettings:
    """Read the shipped settings; raise ConfigError when they do not fit."""
    path = configs_dir() / "matching" / "tieout.toml"
    try:
        return TieSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {explain_validation(error, TieSettings)}") from None
