"""Findings as sentences: what the file shows, where, and what it should be. Reports and `audit` say the same."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.money import decimal_expr
from ecrecon.base.texts import tr

_WORDS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "F05": (("文件打印 {}，各行为 {}", "the file prints {}, the rows give {}"), ("文件打印 {}", "the file prints {}")),
    "F06": (("余额打印 {}，按上一行应为 {}", "the balance printed is {}, the row before gives {}"), ("{}", "{}")),
    "F07": (("缺 {} 的账单", "no bill for {}"), ("缺 {} 的账单", "no bill for {}")),
    "F08": (("与 {} 内容相同", "the same rows as {}"), ("与 {} 内容相同", "the same rows as {}")),
    "F10": (("{}；较新的文件：{}", "{}; the newer file: {}"), ("{}", "{}")),
    "F13": (("订单 {}，此前为“{}”", "order {}, before it was “{}”"), ("订单 {}", "order {}")),
    "F14": (("多数订单号属于 {}，配置为 {}", "most order numbers belong to {}, configured is {}"), ("{}", "{}")),
}  # fmt: skip
"""Code -> sentence of text and what was expected, sentence where nothing is said to be expected; Chinese, English."""
_DEFAULT = (("“{}”，应为 {}", "“{}”, expected {}"), ("{}", "{}"))
_ACCOUNT, _NO_COLUMN = "F07", "F13"
"""The code whose column is an account, and the one whose column is said by the sentence."""


def sentence() -> pl.Expr:
    """Expression on FINDINGS: column, text found and what was expected, as far as they are known; never `x ≠ x`."""
    code = pl.col("code").cast(pl.String)
    said = _said(_DEFAULT)
    for name, words in _WORDS.items():
        said = pl.when(code == name).then(_said(words)).otherwise(said)
    account = pl.format(tr("账户 {} ", "account {} "), pl.col("column"))
    column = pl.format(tr("{}：", "{}: "), pl.col("column"))
    unnamed = pl.col("column").is_null() | (code == _NO_COLUMN)
    where = pl.when(unnamed).then(pl.lit("")).when(code == _ACCOUNT).then(account)
    return pl.concat_str(where.otherwise(column), said, _apart(code))


def _said(words: tuple[tuple[str, str], tuple[str, str]]) -> pl.Expr:
    both, alone = tr(*words[0]), tr(*words[1])
    text, expected = pl.col("text"), pl.col("expected")
    places = [text, expected][: both.count("{}")]
    return (
        pl.when(text.is_null())
        .then(pl.when(expected.is_null()).then(pl.lit("")).otherwise(pl.format(tr("应为 {}", "expected {}"), expected)))
        .when(expected.is_null() | (text == expected))
        .then(pl.format(alone, text))
        .otherwise(pl.format(both, *places))
    )


def moved_expr() -> pl.Expr:
    """Expression on FINDINGS: what two amounts that disagree differ by (found - expected), null where none do."""
    return pl.col("actual_minor") - pl.col("expected_minor")


def _apart(code: pl.Expr) -> pl.Expr:
    """The difference of two printed amounts, of totals and balances that are told by both."""
    differs = code.is_in(["F05", "F06"]) & pl.col("expected").is_not_null() & (moved_expr() != 0)
    places = pl.col("expected").str.extract(r"\.(\d+)$", 1).str.len_chars().fill_null(0)  # those of the currency
    moved = (
        pl.when(places == 0)
        .then(decimal_expr(moved_expr(), 0))
        .when(places == 3)
        .then(decimal_expr(moved_expr(), 3))
        .otherwise(decimal_expr(moved_expr(), 2))
    )
    return pl.when(differs).then(pl.format(tr("，相差 {}", ", {} apart"), moved)).otherwise(pl.lit(""))
