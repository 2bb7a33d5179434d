"""The currency of the rows of a sheet: fixed by its layout, printed in a column, or named above the header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from ecrecon.base.money import EXPONENTS
from ecrecon.settings.profiles import Profile, normal_name

_NAMES = {
    "人民币": "CNY", "RMB": "CNY", "￥": "CNY", "美元": "USD", "港币": "HKD", "港元": "HKD", "欧元": "EUR", "日元": "JPY",
    "英镑": "GBP", "新加坡元": "SGD", "新加坡币": "SGD", "澳元": "AUD", "澳大利亚元": "AUD", "加元": "CAD", "加拿大元": "CAD",
    "韩元": "KRW", "泰铢": "THB", "新台币": "TWD",
}  # fmt: skip
"""Names that a printed currency may contain, as in `人民币元(本币)`."""
_ABOVE = re.compile(r"(?:币种|币别|货币(?:种类|名称)?|[Cc]urrency)\s*[:：]?\s*([^\s:：,，;；/|()（）]+)")


def currency_column(profile: Profile) -> str | None:
    """The normalised name of the column that prints the currency; None where the layout fixes it."""
    word = profile.profile.currency
    return normal_name(word.removeprefix("column:")) if word.startswith("column:") else None


def read_currency(profile: Profile, rows: pl.DataFrame, preamble: Sequence[Sequence[str]]) -> str | pl.Series:
    """The fixed code of the profile, or the codes of its currency column, one per row (String). A bank statement without
    the column may name its currency above the header."""
    name = currency_column(profile)
    if name is None or name not in rows.columns:
        named = _named_above(preamble) if profile.profile.kind == "bank" else None
        return named or (profile.profile.currency if name is None else "CNY")
    codes = currency_codes(rows[name])
    if codes.has_nulls():
        codes = codes.fill_null(strategy="forward").fill_null(strategy="backward").fill_null("CNY")
    only = codes[0] if len(codes) and codes.n_unique() == 1 else None
    return only if only in EXPONENTS else codes


def _named_above(preamble: Sequence[Sequence[str]]) -> str | None:
    """The one known currency that the lines above the header name (`币种：日元`)."""
    lines = ("\t".join(cell for cell in row if cell) for row in preamble)
    found = {_code(match) for line in lines for match in _ABOVE.findall(line)} & set(EXPONENTS)
    return next(iter(found)) if len(found) == 1 else None


def currency_codes(text: pl.Series) -> pl.Series:
    """Printed currencies as ISO codes where they are known; other text in upper case. `元` alone is CNY."""
    codes = {printed: _code(printed) for printed in text.unique().to_list() if printed is not None}
    return text.replace_strict(codes, default=None, return_dtype=pl.String) if codes else text


@lru_cache(maxsize=1024)
def _code(printed: str) -> str:
    plain = printed.upper()
    if plain in EXPONENTS:
        return plain
    if plain == "元":
        return "CNY"
    return next((code for name, code in _NAMES.items() if name in plain), plain)
