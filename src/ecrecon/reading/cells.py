"""Cell cleaning (docs/reading.md "Cells"). Text in, text out; null means "nothing printed"."""

from __future__ import annotations

import re

import polars as pl

from ecrecon.base.money import NULL_TOKENS
from ecrecon.base.texts import visible

BLANKS = " \t\r\n\ufeff\u3000\u00a0\u200b"
_ODD_BLANKS = "\ufeff\u200b"  # blanks that Unicode does not count as white space
_ACTING = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{61c}\x{2028}-\x{202e}\x{2066}-\x{2069}]"
_ACTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069]")  # the same, of one cell
_DRESS = "^[='`\ufeff\u200b]|[\ufeff\u200b]$"
_FEW_ROWS = 512  # one regex over few rows is cheaper than a query per mark, over many it is not
_WRAPPER = r'^="?(.*?)"?$'
_WRAPPED_NUMBER = r'^="[0-9A-Za-z]+"$'
_E_NOTATION = r"^[+-]?[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}$"
_FLOAT_ID = r"^([0-9]{1,15})\.0+$"
SAFE_DIGITS = 15
"""Digits that a spreadsheet number keeps; longer ids stored as numbers are damaged whatever they show."""


def clean(cells: pl.DataFrame) -> pl.DataFrame:
    """Return `cells` (String columns) stripped of blanks, TAB, BOM, `="…"`, leading `'` or backtick; empty = null.

    The texts that mean "nothing printed" become null too: in a money column they mean 0 there.
    """
    if cells.is_empty():
        return cells
    frame = cells.select(pl.all().str.strip_chars())
    if frame.height <= _FEW_ROWS:
        marks = [frame.select(pl.all().str.contains(_DRESS).any())]
    else:
        marks = [frame.select(pl.all().str.starts_with(mark).any()) for mark in ("=", "'", "`", *_ODD_BLANKS)]
        marks += [frame.select(pl.all().str.ends_with(mark).any()) for mark in _ODD_BLANKS]
    dressed = [name for name in frame.columns if any(mark[name][0] for mark in marks)]
    if dressed:
        wrapped = frame.select(_is_wrapped_number(pl.col(dressed)))
        frame = frame.with_columns(
            _unwrapped_number(pl.col(name)) if wrapped[name][0] else _undressed(pl.col(name)) for name in dressed
        )
    empty = frame.select(pl.all().is_in(NULL_TOKENS).any())
    holding = [name for name in frame.columns if empty[name][0]]  # the others are kept as they are, not copied
    if not holding:
        return frame
    return frame.with_columns(pl.when(~pl.col(name).is_in(NULL_TOKENS)).then(pl.col(name)) for name in holding)


def _is_wrapped_number(text: pl.Expr) -> pl.Expr:
    """Expression (one Boolean): every filled cell is `="…"` around ASCII letters and digits, as order exports are."""
    return text.str.contains(_WRAPPED_NUMBER).all()


def _unwrapped_number(text: pl.Expr) -> pl.Expr:
    """What `_undressed` answers for such a column, without a regular expression."""
    return text.str.strip_prefix('="').str.strip_suffix('"')


def _undressed(column: pl.Expr) -> pl.Expr:
    text = column.str.strip_chars(BLANKS)
    formula = text.str.contains(r'^="') | text.str.contains(r"^=[0-9]+$")
    bare = pl.when(formula).then(text.str.extract(_WRAPPER, 1)).otherwise(text)
    return bare.str.strip_chars(BLANKS).str.strip_chars_start("'`").str.strip_chars(BLANKS)


def damaged_id(text: pl.Expr, numeric: pl.Expr | None) -> pl.Expr:
    """Expression (Boolean): the id lost digits in a spreadsheet (E-notation, or a number of 16 and more digits)."""
    by_form = text.str.contains(_E_NOTATION)
    if numeric is None:
        return by_form.fill_null(value=False)
    digits = text.str.replace(r"\.0+$", "").str.len_bytes()
    return (by_form | (numeric & (digits > SAFE_DIGITS))).fill_null(value=False)


def tidy_id(text: pl.Expr) -> pl.Expr:
    """Expression: `123.0`, an id that passed through a float without loss, becomes `123`."""
    return (
        pl.when(text.str.ends_with("0") & text.str.contains(_FLOAT_ID))
        .then(text.str.replace(r"\.0+$", ""))
        .otherwise(text)
    )


def rounded_id(text: pl.Expr) -> pl.Expr:
    """Expression (Boolean): 18 and more digits ending in 0000, the shape left by 15-digit rounding."""
    return text.str.contains(r"^[1-9][0-9]{13,}0000$").fill_null(value=False) & (text.str.len_bytes() >= 18)


def narrow(text: str) -> str:
    """Full-width punctuation of status and type texts made half-width, blanks dropped, for comparing."""
    table = {ord("，"): ",", ord("（"): "(", ord("）"): ")", ord("："): ":", ord("；"): ";"}
    return "".join(text.translate(table).split())


def shown(text: pl.Series) -> pl.Series:
    """Text whose controls, line separators and marks of direction show as escapes (`visible`): what is kept of a cell
    goes into logs, tables and pages that other programs open. TABs and line ends stay."""
    if len(text) <= _FEW_ROWS and not any(cell and _ACTS.search(cell) for cell in text.to_list()):
        return text
    acting = text.str.contains(_ACTING)
    if not acting.any():
        return text
    acting = acting.fill_null(value=False)
    told = pl.Series([visible(cell) for cell in text.filter(acting)], dtype=pl.String)  # a loop: such cells are few
    return text.scatter(acting.arg_true(), told)
