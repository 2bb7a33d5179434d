"""The words that every table of a profile is made of: names of columns, regexes, categories, lists."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from ecrecon.base import categories

_ALIASES = (("动帐", "动账"), ("入帐", "入账"), ("帐", "账"), ("劵", "券"))
_BLANKS = re.compile(r"[\s\ufeff\u3000\u00a0\u200b]+")
_ENGLISH = re.compile(r"(?<=[^\x00-\x7f])\[[\x20-\x5a\x5e-\x7e]*\]$")
_UNIT = re.compile(r"\((?:[+-]?(?:元|分|RMB|CNY|人民币))\)$")

_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width ASCII: brackets, slash, colon, plus, minus, letters, digits."""


@lru_cache(maxsize=100_000)
def normal_name(name: str) -> str:
    """Column name as profiles and files are compared: docs/reading.md "Names of columns".

    Strips BOM, TAB, blanks, line breaks and, as of cells, `="…"`, quotes and backticks around it, makes full-width signs and
    letters half-width, drops a trailing unit and a translation in square brackets behind a Chinese name, unifies 帐/账 and 劵/券.
    """
    if name.isascii() and name.isalnum():
        return name
    text = _BLANKS.sub("", unicodedata.normalize("NFC", name)).strip("=`'\"")
    text = text.translate(_HALF_WIDTH)
    text = _UNIT.sub("", _ENGLISH.sub("", text))
    for wrong, right in _ALIASES:
        text = text.replace(wrong, right)
    return text


def _regex_one_group(value: str) -> str:
    compiled = _compiles(value)
    if compiled.groups != 1:
        raise ValueError(f"the regex {value!r} needs exactly one group, it has {compiled.groups}")
    if "(?=" in value or "(?!" in value or "(?<" in value:
        raise ValueError(f"the regex {value!r} uses look-around, which is not supported")
    return value


def _compiles(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regex: {error}") from None


def _plain_regex(value: str) -> str:
    _compiles(value)
    return value


def unsigned(name: str) -> str:
    """The column of a signed name: `-退款金额` is 退款金额."""
    return name.removeprefix("-")


def _category(value: str) -> str:
    if value not in categories.CATEGORIES:
        near = difflib.get_close_matches(value, categories.NAMES, 1)
        raise ValueError(f"unknown category {value!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    return value


def _category_or_field(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) != {"+", "-"}:
            raise ValueError('a category by direction needs exactly the keys "+" and "-"')
        return {sign: _category(name) for sign, name in value.items()}
    return value if value.startswith("by:") else _category(value)


Name = Annotated[str, AfterValidator(normal_name)]
GroupRegex = Annotated[str, AfterValidator(_regex_one_group)]
Regex = Annotated[str, AfterValidator(_plain_regex)]
CategoryName = Annotated[str, AfterValidator(_category)]
SplitTarget = Annotated[str | dict[str, str], AfterValidator(_category_or_field)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[Name], BeforeValidator(_as_list)]
Texts = Annotated[list[str], BeforeValidator(_as_list)]


class Word(BaseModel):
    """A table of the vocabulary: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
