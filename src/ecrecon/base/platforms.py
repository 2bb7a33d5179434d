"""Platforms: names and facts that hold whatever layout a file has (configs/registry/platforms.toml).

The only module that knows a platform by name, and it knows it as data: code asks for a fact, never for a platform.
"""

from __future__ import annotations

import re
from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict, RootModel

from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import language, tr
from ecrecon.base.validation import read_toml, validated


class Means(BaseModel):
    """A means of payment in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class Platform(BaseModel):
    """One entry of the registry; see the comments there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str | None = None
    paid_by: Means | None = None
    order_day: str | None = None
    account: str | None = None
    deposit_copy: str | None = None


class _Registry(RootModel[dict[str, Platform]]):
    pass


@cache
def registry() -> dict[str, Platform]:
    """Word of `platform` -> what is known of it, in the order of the file."""
    path = configs_dir() / "registry" / "platforms.toml"
    return validated(read_toml(path), _Registry, path.name).root


def platform_name(word: str | None) -> str:
    """The platform as people call it; an unknown word as it is."""
    known = registry().get(word or "")
    return (tr(known.zh, known.en or word or "") if known else word) or ""


def platform_names(column: pl.Expr) -> pl.Expr:
    """Expression (String): platforms as people call them."""
    text = column.cast(pl.String)
    names = {word: known.zh if language() == "zh" else known.en or word for word, known in registry().items()}
    return text.replace(names)


def paid_by(column: pl.Expr, otherwise: str) -> pl.Expr:
    """Expression (String): the means of payment of the platform in `column`, else the text `otherwise`."""
    names = {word: tr(known.paid_by.zh, known.paid_by.en) for word, known in registry().items() if known.paid_by}
    return column.replace_strict(names, default=otherwise, return_dtype=pl.String)


def order_day(platform: pl.Expr, order_id: pl.Expr) -> pl.Expr:
    """Expression (Date): the day that an order number begins with, on platforms whose numbers do; null elsewhere."""
    days = [
        pl.when(platform.cast(pl.String) == word).then(order_id.str.extract(known.order_day, 1))
        for word, known in registry().items()
        if known.order_day
    ]
    return pl.coalesce(*days, pl.lit(None, dtype=pl.String)).str.to_date("%y%m%d", strict=False)


def copies_deposit(platform: pl.Expr, raw_desc: pl.Expr) -> pl.Expr:
    """Expression (Boolean): the line's business code says that it repeats a refund of the deposit account."""
    hits = [
        (platform.cast(pl.String) == word) & raw_desc.cast(pl.String).str.contains(known.deposit_copy, literal=True)
        for word, known in registry().items()
        if known.deposit_copy
    ]
    return pl.any_horizontal(pl.lit(value=False), *hits)


def account_number(text: str) -> str:
    """An account number as it is compared: what some platforms print behind it is left out."""
    text = text.strip()
    for known in registry().values():
        found = re.match(known.account, text) if known.account else None
        if found:
            return found.group(1)
    return text
