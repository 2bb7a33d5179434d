"""The closed registry of variance types (docs/variances.md "Variance types"). None changes meaning once published."""

from __future__ import annotations

import tomllib
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.resources import configs_dir

Kind = Literal["stop", "break", "review", "timing", "tolerated", "info"]
Level = Literal["order", "line", "file", "shop", "raw_type"]

KINDS: tuple[Kind, ...] = ("stop", "break", "review", "timing", "tolerated", "info")
KIND = pl.Enum(KINDS)


class VarianceType(BaseModel):
    """One type of variance: opaque code, stable English name, Chinese name, default kind, definition, what to do next."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: str
    name: str
    zh: str
    kind: Kind
    check: str
    level: Level
    definition: str
    advice_zh: str
    advice_en: str


def _registry() -> tuple[VarianceType, ...]:
    """The rows of configs/variances.toml, in order."""
    path = configs_dir() / "variances.toml"
    return tuple(VarianceType.model_validate(row) for row in tomllib.loads(path.read_text("utf-8"))["variance"])


VARIANCES: dict[str, VarianceType] = {row.name: row for row in _registry()}
BY_CODE: dict[str, VarianceType] = {v.code: v for v in VARIANCES.values()}
CODES: tuple[str, ...] = tuple(BY_CODE)
CODE = pl.Enum(CODES)
CHECKS: tuple[str, ...] = ("bill", "receipt", "refund", "fee", "goods", "tieout", "payout")


def advice_map(lang: str) -> dict[str, str]:
    """Code -> what to do next, in the language `lang`: the one sentence that every view shows."""
    return {v.code: v.advice_zh if lang == "zh" else v.advice_en for v in VARIANCES.values()}


def type_expr(column: str = "code") -> pl.Expr:
    """Expression: the English type name of the code in `column`."""
    return (
        pl.col(column).cast(pl.String).replace_strict({c: v.name for c, v in BY_CODE.items()}, return_dtype=pl.String)
    )


def check_expr(column: str = "code") -> pl.Expr:
    """Expression: the check that the code in `column` belongs to."""
    return (
        pl.col(column).cast(pl.String).replace_strict({c: v.check for c, v in BY_CODE.items()}, return_dtype=pl.String)
    )
