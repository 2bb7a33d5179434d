"""Words of a closed list that nobody listed: one finding per word, about its rows alone (F11 of kind review)."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.texts import tr
from ecrecon.reading.numbers import currency_of
from ecrecon.reading.sheet import Sheet

_SHOWN = 5
"""Lines that one message names."""


def report_words(
    sheet: Sheet,
    name: str,
    text: pl.Series,
    where: pl.Series,
    known: list[str],
    *,
    effect: str,
    advice: str,
    money: pl.Series | None = None,
) -> None:
    """One finding per distinct word of `text` (null: nothing printed) in the rows `where`: how many rows, which, and their
    `money` (Int64 minor units, sizes). `effect`: what became of the rows; `advice`: what to do."""
    rows = pl.DataFrame({"line": sheet.line, "word": text.fill_null(""), "where": where.fill_null(value=False)})
    rows = rows.with_columns(money=pl.lit(None, dtype=pl.Int64) if money is None else money.abs()).filter("where")
    words = rows.group_by("word", maintain_order=True).agg(pl.col("line").head(_SHOWN), pl.len(), pl.col("money").sum())
    for word, lines, count, total in words.iter_rows():  # few: words of one column
        sheet.log.add(
            "F11",
            line=lines[0],
            column=sheet.printed.get(name, name),
            text=word,
            expected="、".join(known),
            hint=f"{_which(lines, count)}{_of_money(sheet, None if money is None else total)}{effect}{advice}",
            kind="review",
        )


def _which(lines: list[int], count: int) -> str:
    shown = "、".join(str(line) for line in lines)
    if count > len(lines):
        return tr(f"第 {shown} 等 {count} 行", f"line {shown} and others, {count} rows in all")
    return tr(f"第 {shown} 行（共 {count} 行）", f"line {shown} ({count} rows)")


def _of_money(sheet: Sheet, total: int | None) -> str:
    if total is None:
        return tr("：", ": ")
    currency = currency_of(sheet)
    if not isinstance(currency, str):
        return tr("：", ": ")
    places = 0 if sheet.profile.profile.unit == "fen" else exponent(currency)
    return tr(f"，金额合计 {decimal_text(total, places)}：", f", {decimal_text(total, places)} in all: ")


def list_words(name: str, table: str) -> str:
    """What to do about a word: look it up, and add it to `table` of the profile."""
    return tr(
        f"请在平台上核对这些行，并把这个词登记到格式档案的 {table}（{name}）",
        f"look the rows up on the platform and add the word to {table} of the profile ({name})",
    )
