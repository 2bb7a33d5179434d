"""Currency columns: names that banks print, a file of several currencies, texts that name none."""

from __future__ import annotations

import polars as pl
import pytest
from tests.reading.interpreter.fakes import profile, table
from tests.reading.interpreter.test_words import HEAD, SUM

from ecrecon.base.sources import Parsed
from ecrecon.reading.numbers import currency_codes
from ecrecon.reading.parse import parse_pockets

TOML = (HEAD + SUM).replace('view = "cash"', 'view = "cash"\ncurrency = "column:币种"')
HEADER = "时间,货款,退款,手续费,商户,币种\n"


def parts(text: str) -> list[Parsed]:
    return parse_pockets(table(HEADER + text), profile(TOML), 0)


@pytest.mark.parametrize(
    ("printed", "code"),
    [("人民币", "CNY"), ("人民币元(本币)", "CNY"), ("rmb", "CNY"), ("元", "CNY"), ("港元", "HKD"), ("美元", "USD"),
     ("usd", "USD"), ("新币", "新币")],
)  # fmt: skip
def test_printed_names(printed: str, code: str) -> None:
    assert currency_codes(pl.Series([printed])).to_list() == [code]


def test_money_of_another_currency_is_an_account_beside_the_usual_one() -> None:
    found = parts(
        "2026-05-01,100,0,0,1900000109,人民币\n2026-05-02,1.5,0,0,1900000109,日元\n"
        "2026-05-03,7,0,0,1900000109,USD\n2026-05-04,2,0,0,1900000109,\n2026-05-05,3,0,0,1900000109,人民币\n"
    )
    told = [(p.source.account, p.source.account_suffix, p.source.currency, p.source.income_minor) for p in found]
    assert told == [
        ("1900000109", None, "CNY", 10300), ("1900000109", "USD", "USD", 900),
        ("1900000109", "JPY", "JPY", 0),
    ]  # fmt: skip
    # a cell without a currency has that of the row above; half a yen does not exist
    assert [p.findings["code"].to_list() for p in found] == [[], [], ["F11"]]


def test_a_text_that_names_no_currency_is_told_once_and_its_row_has_no_amount() -> None:
    (one,) = parts("2026-05-01,100,1,0,1900000109,CNY\n2026-05-02,50,2,0,1900000109,新币\n")
    assert one.findings.select("code", "source_line", "column", "text").rows() == [("F11", 3, "币种", "新币")]
    assert (one.source.currency, one.source.income_minor, one.source.expense_minor) == ("CNY", 9900, 0)


@pytest.mark.parametrize("words", [("新币", "新币"), ("新币", "XYZ"), ("?", "?", "?")])
def test_several_rows_of_unknown_currencies_lose_their_amounts_not_the_file(words: tuple[str, ...]) -> None:
    rows = "".join(f"2026-05-02,50,2,0.5,1900000109,{word}\n" for word in words)
    (one,) = parts("2026-05-01,100,1,0,1900000109,CNY\n" + rows)
    assert one.findings["code"].to_list() == ["F11"] * len(words)
    assert (one.source.rows, one.source.income_minor) == (1 + len(words), 9900)
    (only,) = parts(rows)
    assert (only.source.rows, only.source.income_minor, only.findings.height) == (len(words), 0, len(words))


@pytest.mark.parametrize(
    ("code", "text", "minor"), [("KRW", "1000", 1000), ("ZAR", "10.00", 1000), ("JOD", "1.000", 1000)]
)
def test_each_currency_has_its_own_decimals(code: str, text: str, minor: int) -> None:
    (one,) = parts(f"2026-05-01,{text},0,0,1900000109,{code}\n")
    assert (one.source.currency, one.source.income_minor, one.findings.height) == (code, minor, 0)


def test_a_column_without_any_currency_is_yuan() -> None:
    (one,) = parts("2026-05-01,100,0,0,1900000109,\n")
    assert (one.source.currency, one.source.income_minor) == ("CNY", 10000)
