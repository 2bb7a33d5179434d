"""The balance that a statement prints before its first and behind its last row, held against the rows (F05).

A running balance without a gap proves that no row between is missing; only the printed ends prove the first and the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import polars as pl

from ecrecon.base.money import decimal_text, exponent, minor_from_text
from ecrecon.base.sources import Control
from ecrecon.base.texts import tr
from ecrecon.reading.amount import Amounts
from ecrecon.reading.balance import Ends, chain_ends
from ecrecon.reading.numbers import currency_of
from ecrecon.reading.sheet import LABEL, Sheet

End = Literal["opening", "closing"]

_VALUE = r"[^\d+\-]{0,14}?(?P<value>[+-]?\d[\d,]*(?:\.\d{1,3})?)(?![\d.]*[-/年:：])"
_WORDS: dict[End, str] = {
    "opening": r"(?:期初|起始|上期|上日|承前)(?:账户)?(?:余额|结余|结存)|opening balance|beginning balance",
    "closing": r"(?:期末|终止|结束)(?:账户)?(?:余额|结余|结存)|closing balance|ending balance",
}
_PRINTED = {end: re.compile(f"(?:{words}){_VALUE}", re.I) for end, words in _WORDS.items()}
_NAMES: dict[End, tuple[str, str]] = {
    "opening": ("期初余额", "opening balance"),
    "closing": ("期末余额", "closing balance"),
}


def speaks_of_ends(cells: Sequence[str]) -> bool:
    """True for a line that prints one of the end balances."""
    text = _text(cells)
    return any(pattern.search(text) for pattern in _PRINTED.values())


def end_balances(
    sheet: Sheet, fields: pl.DataFrame, amounts: Amounts, once: pl.Series, *, several: bool
) -> list[Control]:
    """Controls `opening_balance` and `closing_balance` of what the lines around the table print. `several`: the file holds
    several accounts, so that nobody knows whose they are: not compared, like ends that the file prints twice."""
    printed = {end: texts for end in _PRINTED if (texts := _printed(sheet, end))}
    if not printed:
        return []
    known = None if several or not isinstance(currency_of(sheet), str) else _found(fields, amounts, once)
    places = 0 if sheet.profile.profile.unit == "fen" else exponent(_currency(sheet))
    values = {end: minor_from_text(texts[0], places) if len(texts) == 1 else None for end, texts in printed.items()}
    if known is None and not several and amounts.balance.null_count() == len(amounts.balance):
        known = _by_sum(values, amounts, once)
    told = []
    for end, texts in printed.items():
        minor = values[end]
        if known is None or minor is None or amounts.refused:
            sheet.log.uncompared += [f"{tr(*_NAMES[end])} {text}" for text in texts]
            continue
        found = known.opening if end == "opening" else known.closing
        told.append(Control(f"{end}_balance", texts[0], decimal_text(found, places), minor == found))
        if minor != found:
            _report(sheet, end, texts[0], (minor, found), places)
    return told


def _currency(sheet: Sheet) -> str:
    word = currency_of(sheet)
    return word if isinstance(word, str) else "CNY"


def _printed(sheet: Sheet, end: End) -> list[str]:
    """The distinct values that the lines around the table print for one end."""
    labels = [label for label in sheet.aside[LABEL].to_list() if label is not None]
    texts = [_text(cells) for cells in (*sheet.preamble, *sheet.trailer)] + [
        label.replace("|", " ") for label in labels
    ]
    found = (match["value"] for text in texts for match in _PRINTED[end].finditer(text))
    return list(dict.fromkeys(found))


def _text(cells: Sequence[str]) -> str:
    return " ".join(cell.strip() for cell in cells if cell and cell.strip())


def _found(fields: pl.DataFrame, amounts: Amounts, once: pl.Series) -> Ends | None:
    """The ends by the running balance."""
    if "occurred_at" not in fields.columns or amounts.balance.null_count() == len(amounts.balance):
        return None
    columns = (amounts.amount, amounts.balance, fields["occurred_at"])
    return chain_ends(*(column.filter(once) for column in columns))


def _by_sum(values: dict[End, int | None], amounts: Amounts, once: pl.Series) -> Ends | None:
    """Without a running balance: the printed opening and what the rows add up to."""
    opening = values.get("opening")
    if opening is None or values.get("closing") is None:
        return None
    return Ends(opening, opening + int(amounts.amount.filter(once).sum()))


def _report(sheet: Sheet, end: End, text: str, amounts: tuple[int, int], places: int) -> None:
    found = decimal_text(amounts[1], places)
    where = tr(*(("最早", "before the first") if end == "opening" else ("最后", "behind the last")))
    sheet.log.add(
        "F05",
        column=tr(*_NAMES[end]),
        text=text,
        expected=found,
        amounts=amounts,
        hint=tr(
            f"文件打印的{_NAMES[end][0]}是 {text}，按各行推算为 {found}：{where}的行可能缺失，请重新下载",
            f"the file prints {text}, the rows give {found}: rows {where} one are missing? download it again",
        ),
    )
