"""The named escapes of the vocabulary: layouts that no word can say. Each is a function of at most one screen."""

from __future__ import annotations

import polars as pl

from ecrecon.reading.dates import COMMON, read_times
from ecrecon.reading.sheet import Sheet

_ORDER_NUMBER = r"^\d{15,19}$"
_MOST = 0.5


def apply_quirk(sheet: Sheet) -> Sheet:
    """Apply the quirk that the profile names, if any."""
    if sheet.profile.profile.quirk == "unnamed_columns":
        _unnamed_columns(sheet)
    return sheet


def _unnamed_columns(sheet: Sheet) -> None:
    """Deposit ledger of Taobao: the order column may have an empty header, the name of the time column varies.

    Takes the unknown column of order numbers, and the unknown column of times, as the first column of the profile's
    `order_id` and `occurred_at`.
    """
    for field, is_it in (("order_id", _order_numbers), ("occurred_at", _times)):
        target = sheet.profile.fields[field].from_[0].column
        if sheet.has(target):
            continue
        for name in sheet.spare.columns:
            text = sheet.spare[name].str.strip_chars(" \t\r\n\ufeff'`")
            text = text.to_frame("t").select(pl.when(pl.col("t") != "").then("t"))["t"]
            if is_it(text):
                sheet.rows = sheet.rows.with_columns(text.alias(target))
                sheet.spare = sheet.spare.drop(name)
                sheet.printed[target] = sheet.printed.get(name) or target
                break


def _order_numbers(text: pl.Series) -> bool:
    filled = text.drop_nulls()
    return len(filled) > 0 and int(filled.str.contains(_ORDER_NUMBER).sum()) > _MOST * len(filled)


def _times(text: pl.Series) -> bool:
    filled = text.drop_nulls()
    return len(filled) > 0 and int(read_times(filled, COMMON)[0].is_not_null().sum()) > _MOST * len(filled)
