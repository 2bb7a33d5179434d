"""The money gate: exact or refused, never rounded, never silently null."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.base import money


def gate(text: str | None, decimals: int = 2, **options: bool) -> dict[str, object]:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    return frame.select(money.parse_money(pl.col("text"), decimals, **options)).item()


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0.29", 29), ("1.15", 115), ("19.99", 1999), ("1,234.56", 123456), ("-0.01", -1), ("¥5", 500), ("￥-5.5", -550),
        ("12.340", 1234), ("+3", 300), ("5.", 500), (".5", 50), ("－3.10", -310), (" 7 ", 700), ("8元", 800),
        ("--", 0), ("-", 0), ("", 0), ("/", 0), ("无", 0), ("无退款申请", 0), (None, 0), ("10000000000000.00", 10**15), ("10,000,000,000,000", 10**15),
    ],
)  # fmt: skip
def test_exact_amounts_pass(text: str | None, minor: int) -> None:
    assert gate(text) == {"minor": minor, "bad": False, "tail": None}


@pytest.mark.parametrize(
    "text",
    [
        "12.345",
        "-0.005",
        "abc",
        "1e3",
        "12,34",
        "1.2.3",
        "1 2 3 x",
        "92233720368547758.08",
        "10000000000000.01",
        "-10000000000000.01",
    ],
)
def test_what_does_not_fit_is_refused(text: str) -> None:
    assert gate(text) == {"minor": None, "bad": True, "tail": None}


def test_a_number_followed_by_text_is_read_only_where_allowed() -> None:
    assert gate("-0.03 技术服务费", text_after=True) == {"minor": -3, "bad": False, "tail": "技术服务费"}
    assert gate("-0.03 技术服务费")["bad"] is True


@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3]))
def test_text_and_minor_units_are_the_same_amount(minor: int, decimals: int) -> None:
    text = money.decimal_text(minor, decimals)
    assert money.minor_from_text(text, decimals) == minor
    assert pl.select(money.decimal_expr(pl.lit(minor), decimals)).item() == text


@given(
    st.from_regex(r"-?[0-9]{1,17}(\.[0-9]{0,4})?", fullmatch=True) | st.text("0123456789.-+,元 ", max_size=8),
    st.sampled_from([0, 2, 3]),
)
def test_one_value_is_read_as_a_column_is(text: str, decimals: int) -> None:
    assert money.minor_from_text(text, decimals) == gate(text, decimals)["minor"]


@given(st.integers(-(10**11), 10**11))
def test_spreadsheet_numbers_come_back_exact(minor: int) -> None:
    cell = money.cell_number(minor)
    assert money.read_numbers(pl.Series([repr(cell)])).to_list() == [minor]
    assert pl.select(money.cell_expr(pl.lit(minor))).item() == cell


def test_a_spreadsheet_number_with_a_third_decimal_is_refused() -> None:
    assert money.read_numbers(pl.Series(["12.345", repr(0.1 + 0.2)])).to_list() == [None, 30]


@given(st.integers(-(10**9), 10**9), st.integers(0, 999))
def test_rates_round_half_up_in_integers(minor: int, per_mille: int) -> None:
    numerator, denominator = money.rate_scaled(f"0.{per_mille:03d}")
    found = pl.select(money.times_rate(pl.lit(minor), numerator, denominator)).item()
    exact = abs(minor) * per_mille
    expected = (exact * 2 + 1000) // 2000 * (1 if minor >= 0 else -1)
    assert found == expected


def test_the_documented_rate_example() -> None:
    assert pl.select(money.times_rate(pl.lit(6290), *money.rate_scaled("0.006"))).item() == 38


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            "-",
            "无",
            "0",
            "12.",
            "-0",
            "+5",
            " 7.50 ",
            "1,234.50",
            "12,34",
            "¥3",
            "1e3",
            "abc",
            "12.345",
            "-0.03 技术服务费",
            "１２",
            "9" * 14,
            "9" * 17,
        ]
    ),
    st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{0,4})?", fullmatch=True),
    st.text(max_size=6),
)


@given(st.lists(CELLS, min_size=1, max_size=20), st.sampled_from([0, 2, 3, 6]), st.booleans())
def test_short_columns_are_read_as_the_gate_reads_them(
    cells: list[str | None], decimals: int, text_after: bool
) -> None:
    text = pl.Series("t", cells, dtype=pl.String)
    gate = (
        pl.DataFrame(text)
        .select(money.parse_money(pl.col("t"), decimals, text_after=text_after).alias("r"))
        .unnest("r")
    )
    assert money.read_money(text, decimals, text_after=text_after).rows() == gate.rows()
