"""Columns that came or went (F02), told once per file. Unknown columns are dropped, unknown money never silently."""

from __future__ import annotations

import re

import polars as pl

from ecrecon.base.money import decimal_text, exponent, read_money
from ecrecon.base.texts import tr
from ecrecon.reading.cells import clean
from ecrecon.reading.columns import amount_columns
from ecrecon.reading.findings import listed
from ecrecon.reading.numbers import currency_of
from ecrecon.reading.sheet import Sheet

_MONEY_NAME = re.compile(
    r"金额|补贴|优惠|红包|服务费|佣金|立减|抵扣|费用|价款|应收|应付|实收|实付|扣款|税费|amount|fee", re.I
)
_NOT_MONEY = re.compile(r"编号|单号|ID$|id$|账号|电话|手机|数量|比例|费率|时间|日期|类型|名称|编码|状态|是否|说明|备注")
_DIGIT = re.compile(r"\d")
_SAMPLE = 1000


def new_money_columns(sheet: Sheet) -> dict[str, int]:
    """Unknown columns that hold money -> their sum in minor units; replaces them in `sheet.spare` by clean text."""
    found: dict[str, int] = {}
    word = currency_of(sheet)
    decimals = 0 if sheet.profile.profile.unit == "fen" else exponent(word if isinstance(word, str) else "CNY")
    names = [name for name in sheet.spare.columns if name and not _NOT_MONEY.search(name)]
    sample = clean(sheet.spare.select(names).head(_SAMPLE)) if names else sheet.spare
    for name in names:
        if not _reads(sample[name], decimals):
            continue
        text = sample[name] if sheet.spare.height <= _SAMPLE else clean(sheet.spare.select(name))[name]
        read = read_money(text, decimals)
        total = int(read["minor"].fill_null(0).sum())
        if read["bad"].any() or not (read["minor"] != 0).any() or not _looks_like_money(name, sheet, text):
            continue
        sheet.spare = sheet.spare.with_columns(text.alias(name))
        found[name] = total
    return found


def _reads(text: pl.Series, decimals: int) -> bool:
    first = text.drop_nulls().head(1).to_list()
    if first and _DIGIT.search(first[0]) is None:
        return False  # words: nearly all unknown columns, told without the gate
    return not bool(read_money(text, decimals)["bad"].any())


def _looks_like_money(name: str, sheet: Sheet, text: pl.Series) -> bool:
    """By name, by a unit in the printed header, or because most filled cells show decimals."""
    if _MONEY_NAME.search(name) or "元" in sheet.printed[name]:
        return True
    filled = text.drop_nulls()
    return bool(len(filled)) and int(filled.str.contains(r"\.\d{1,2}$").sum()) * 2 >= len(filled)


def report_drift(sheet: Sheet, money: dict[str, int]) -> None:
    """One F02 per file, and a note. Exports whose columns the user chose (orders, refunds): only new money is F02."""
    profile = sheet.profile
    bill = profile.amount is not None
    missing = _missing(sheet)
    unknown = [sheet.printed[n] for n in sheet.spare.columns if n not in money] if bill and profile.header.known else []
    parts = []
    if missing:
        parts.append(tr(f"缺少列：{listed(missing)}", f"missing columns: {listed(missing)}"))
    if money:
        sums = [f"{sheet.printed[n]}（{decimal_text(total)}）" for n, total in money.items()]
        parts.append(tr(f"新的金额列：{listed(sums)}", f"new money columns: {listed(sums)}"))
    if unknown:
        parts.append(tr(f"新的列：{listed(unknown)}", f"new columns: {listed(unknown)}"))
    if not parts:
        return
    sheet.log.note("；".join(parts))
    if money and profile.header.new_money_column == "stop":
        sheet.log.add(
            "F01",
            column=listed([sheet.printed[n] for n in money]),
            text="；".join(parts),
            expected=tr("档案登记过的金额列", "money columns that the profile knows"),
            hint=tr("请更新格式档案后重跑", "update the profile and run again"),
        )
    elif bill or money:
        columns = [*(missing if bill else []), *(sheet.printed[n] for n in money), *unknown]
        sheet.log.add(
            "F02",
            column=listed(columns),
            text="；".join(parts),
            expected=tr(f"{profile.profile.title}的列", f"the columns of {profile.id}"),
            hint=tr(
                "其余列照常读取；请确认新列无需入账", "all other columns are read; check whether a new one matters"
            ),
        )


def _missing(sheet: Sheet) -> list[str]:
    """Columns of fields none of whose columns is in the file, and missing amount columns.

    Columns of `header.known` come and go with the variants of a layout: their absence is no news.
    """
    if sheet.profile.header.general:  # no issuer prints every column of the common form
        return []
    missing: dict[str, None] = {}
    for spec in sheet.profile.fields.values():
        names = [source.column for source in spec.from_]
        if not any(sheet.has(name) or name in sheet.profile.header.known for name in names):
            missing.update(dict.fromkeys(names[:1]))
    lacking = [name for name in amount_columns(sheet.profile) if not sheet.has(name)]
    missing.update(dict.fromkeys(name for name in lacking if name not in sheet.profile.header.known))
    return list(missing)
