"""Totals that a file prints outside the words of its profile: rows of totals under the columns, sentences with counts and
sums. Each is held against the rows, or said to be compared with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ecrecon.base.money import EXPONENTS, decimal_text, exponent, minor_from_text, read_money, read_numbers
from ecrecon.reading.amount import Amounts
from ecrecon.reading.columns import amount_columns, money_columns
from ecrecon.reading.currency import currency_codes
from ecrecon.reading.numbers import currency_of
from ecrecon.reading.sheet import LABEL, Sheet, as_printed
from ecrecon.settings.profiles import normal_name

_SPEAKS = re.compile(r"合计|总计|总额|总金额|总笔数|总条数|总数|笔数|小计|累计|共\s*[\d,]+\s*[笔条]|\btotals?\b", re.I)
_WHOLE = re.compile(r"合计|总计|总额|\btotals?\b", re.I)
_PART = re.compile(r"小计|本页|本日|当日|本月|本年|累计|承前|过次|subtotal", re.I)
_ADDS = re.compile(r"小计|本页|本日|当日|subtotal", re.I)
"""Parts that add up to the whole when each is printed once; those of months and years may reach beyond the file."""
_SIDES: tuple[tuple[Literal["in", "out"], str], ...] = (
    ("out", "借方|支出|付出|转出|支取|取出|付款|出账|付方|debits?|withdrawals?"),
    ("in", "贷方|收入|存入|转入|收款|入账|收方|credits?|deposits?"),
)
_SIDE = "|".join(f"(?P<{side}>{words})" for side, words in _SIDES)
_NUMBER = r"[+-]?\d[\d,]*(?:\.\d+)?"
_SIDED = re.compile(
    rf"(?:{_SIDE})[^\d,，;；|]{{0,14}}?(?P<count_word>笔数|次数|count|number)?[^\d+\-]{{0,12}}?(?P<first>{_NUMBER})\s*"
    rf"(?P<unit>笔|次|条)?(?:\s*[,，、]?\s*(?:共|合计|计|总?金?额)?\s*[:：]?\s*(?P<second>{_NUMBER})\s*元?(?!\s*[笔次条\d]))?",
    re.I,
)
_ROWS = re.compile(
    r"(?:总笔数|总条数|总记录数|记录总数|合计笔数|交易笔数|总数|共计?|合计)[^\d.]{0,10}?(?P<n>\d[\d,]*)\s*(?:笔|条)"
)
_BARE_ROWS = re.compile(r"(?:总笔数|总条数|总记录数|记录总数|合计笔数|交易笔数)[^\d.]{0,24}?(?P<n>\d[\d,]*)(?![\d.])")
_LABELS = 200


@dataclass(frozen=True)
class SideTotal:
    """A count and/or sum of one side that a sentence prints; `of` = rows counts all rows."""

    of: Literal["in", "out", "rows"]
    text: str
    count: int | None
    total: str | None


@dataclass(frozen=True)
class RowTotal:
    """One cell of a row of totals against its column: texts for a control, minor units where both are amounts."""

    column: str
    printed: str
    found: str
    ok: bool
    amounts: tuple[int, int]


def sentences(lines: Iterable[Sequence[str]], own: Sequence[str]) -> tuple[list[SideTotal], list[str]]:
    """(what the lines around a table say of both sides, the lines that speak of totals and say nothing readable).

    `own`: regexes of the profile; what they read is not asked again.
    """
    read: list[SideTotal] = []
    silent: list[str] = []
    for cells in lines:
        text = " ".join(cell.strip() for cell in cells if cell and cell.strip()).lstrip("#").strip()
        if not _speaks(text) or any(re.search(regex, separated) for regex in own for separated in _joined(cells)):
            continue
        found = [] if _PART.search(text) else _of_sentence(text)
        read += found
        if not found:
            silent.append(text)
    return read, silent


def _speaks(text: str) -> bool:
    """True for a line that prints a total: one of the words, and a number behind it."""
    word = _SPEAKS.search(text)
    return word is not None and re.search(r"\d", text[word.start() :]) is not None


def _joined(cells: Sequence[str]) -> list[str]:
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return [separator.join(filled) for separator in (",", "", " ")]


def _of_sentence(text: str) -> list[SideTotal]:
    found = []
    for match in _SIDED.finditer(text):
        side: Literal["in", "out"] = "out" if match["out"] else "in"
        first, second = match["first"], match["second"]
        counted = bool(match["unit"] or match["count_word"])
        if counted:
            count = int(first.replace(",", "")) if re.fullmatch(r"[\d,]+", first) else None
            found.append(SideTotal(side, match[0].strip(), count, second if match["unit"] else None))
        else:
            found.append(SideTotal(side, match[0].strip(), None, first))
    if not found:
        rows = _ROWS.search(text) or _BARE_ROWS.search(text)
        found += [SideTotal("rows", rows[0], int(rows["n"].replace(",", "")), None)] if rows else []
    return found


def total_rows(sheet: Sheet, amounts: Amounts) -> tuple[list[RowTotal], list[str]]:
    """(cells of rows of totals that lie under the columns they add up, the texts of the other rows of totals).

    A row speaks of the whole file (合计), or several speak of its parts (小计), which add up. A row that names both sides
    in words is a sentence, unless its cells fit the columns. Loops over such rows only.
    """
    told: list[RowTotal] = []
    others: list[str] = []
    parts: list[dict[str, str | None]] = []
    for row in _speaking(sheet).iter_rows(named=True):
        label = str(row[LABEL])
        if _PART.search(label):
            parts.append(row) if _ADDS.search(label) else others.append(label)
            continue
        compared = [_compared(sheet, amounts, name, [row[name]], label) for name in _summed(sheet)]
        good = [one for one in compared if one is not None]
        if not good or (_of_sentence(label.replace("|", " ")) and not all(one.ok for one in good)):
            others.append(label)
        else:
            told += good
    added = (
        [_compared(sheet, amounts, name, [row[name] for row in parts], "") for name in _summed(sheet)] if parts else []
    )
    sure = [one for one in added if one is not None and one.ok]
    if parts and not sure:
        others.append(str(parts[0][LABEL]))
    return [*told, *sure], others


def _speaking(sheet: Sheet) -> pl.DataFrame:
    """The rows beside the data that speak of totals."""
    if sheet.aside.is_empty():
        return sheet.aside
    return sheet.aside.filter(pl.col(LABEL).str.contains(f"(?i){_SPEAKS.pattern}")).head(_LABELS)


def side_sums(sheet: Sheet, own: Sequence[str]) -> dict[str, int]:
    """`in` and `out` -> the sums that such rows and sentences print for a file of one currency."""
    spec, currency = sheet.profile.amount, currency_of(sheet)
    if spec is None or not isinstance(currency, str):
        return {}
    decimals = 0 if sheet.profile.profile.unit == "fen" else exponent(currency)
    found: dict[str, int] = {}
    rows = _speaking(sheet)
    for row in rows.iter_rows(named=True):
        label = str(row[LABEL])
        if _PART.search(label) or _of_sentence(label.replace("|", " ")):
            continue
        for side, name in (("in", spec.in_), ("out", spec.out)):
            cell = row.get(normal_name(name)) if spec.mode == "in_out" and isinstance(name, str) else None
            minor = minor_from_text(cell, decimals) if cell else None
            if minor is not None:
                found.setdefault(side, minor)
    labels = [label.split("|") for label in rows[LABEL].to_list()]
    for said in sentences([*sheet.preamble, *labels], own)[0]:
        minor = minor_from_text(said.total, decimals) if said.total else None
        if minor is not None and said.of != "rows":
            found.setdefault(said.of, minor)
    return found


def _summed(sheet: Sheet) -> list[str]:
    """Columns of amounts that add up: not the balance, not the words beside them."""
    spec = sheet.profile.amount
    balance = normal_name(spec.balance) if spec and spec.balance else None
    names = dict.fromkeys([*amount_columns(sheet.profile), *money_columns(sheet.profile)])
    words = (
        [normal_name(name) for name in (spec.direction, spec.witness.column if spec.witness else None) if name]
        if spec
        else []
    )
    return [name for name in sheet.present(names) if name not in (balance, *words)]


def _compared(sheet: Sheet, amounts: Amounts, name: str, cells: Sequence[str | None], label: str) -> RowTotal | None:
    """The printed total of one column, or of its parts, against its rows; None where none is printed or the money is of
    several currencies. A total may subtract red entries or add up sizes."""
    currency = currency_of(sheet)
    named = _currency_named(label)
    rows = sheet.rows
    if not isinstance(currency, str):
        if named is not None:
            rows = rows.filter(currency == named)
        elif currency.n_unique() > 1:
            return None
        named = named or (str(currency[0]) if len(currency) else "CNY")
    code = named if named in EXPONENTS else currency if isinstance(currency, str) else "CNY"
    decimals = 0 if sheet.profile.profile.unit == "fen" else exponent(str(code))
    printed = _read(pl.Series(list(cells), dtype=pl.String), decimals, typed=sheet.numeric is not None)
    if all(cell is None for cell in cells) or printed["bad"].any():
        return None
    total = int(printed["minor"].sum())
    sums = []
    for column in (one for one in (name, as_printed(name)) if one in rows.columns):
        minor = _read(rows[column], decimals, typed=sheet.numeric is not None)["minor"].fill_null(0)
        sums += [int(minor.sum()), int(minor.abs().sum()), int(minor.clip(lower_bound=0).sum())]
    spec = sheet.profile.amount
    if spec is not None and name == normal_name(str(spec.column)) and len(rows) == sheet.rows.height:
        sums += [int(amounts.amount.sum()), int(amounts.inward.sum()), int(amounts.outward.sum())]
    found = next((one for one in sums if abs(one) == abs(total)), sums[0])
    texts = decimal_text(total, decimals), decimal_text(found, decimals)
    return RowTotal(sheet.printed.get(name, name), *texts, abs(found) == abs(total), (total, found))


def _read(text: pl.Series, decimals: int, *, typed: bool) -> pl.DataFrame:
    """Amounts of a column; in a spreadsheet (`typed`) sums of binary numbers are rounded by the gate's rule."""
    read = read_money(text, decimals)
    if not typed or not read["bad"].any():
        return read
    number = read_numbers(text, decimals)
    near = read["bad"] & number.is_not_null()
    return read.with_columns(read["minor"].zip_with(~near, number), read["bad"] & ~near)


def _currency_named(label: str) -> str | None:
    """The currency that the label of a row of totals begins with (人民币合计, USD total)."""
    word = _WHOLE.split(label)[0].strip(" :：-（(|")
    if not word or len(word) > len("澳大利亚元"):
        return None
    code = currency_codes(pl.Series([word]))[0]
    return code if code in EXPONENTS else None
