"""Times as people's spreadsheets leave them: read where they can be read in one way, else refused by name."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.interpreter.fakes import book, codes, frame, profile, read, table

from ecrecon.reading.dates import COMMON, Span, patterns, read_time, read_times

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


def times(cells: list[str], span: Span | None = None, tried: tuple[str, ...] = COMMON) -> list[str | None]:
    found, bad = read_times(pl.Series(cells, dtype=pl.String), tried, span=lambda: span)
    assert bad.to_list() == [value is None for value in found]
    return [None if value is None else f"{value:%Y-%m-%d %H:%M:%S}" for value in found]


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("2026/10/9 上午10:12:00", "2026-10-09 10:12:00"),
        ("2026/10/9 下午 1:02", "2026-10-09 13:02:00"),
        ("下午1:02 2026/10/9", None),  # the clock stands in front of the day: not seen anywhere
        ("2026-10-9 10:12:00 PM", "2026-10-09 22:12:00"),
        ("2026-10-09 12:05 am", "2026-10-09 00:05:00"),
        ("2026/10/9 中午12:05", "2026-10-09 12:05:00"),
        ("2026/10/9 凌晨0:05", "2026-10-09 00:05:00"),
        ("2026/10/9 晚上8:05", "2026-10-09 20:05:00"),
        ("2026/10/9 下午14:05", "2026-10-09 14:05:00"),
        ("2026/10/9 上午15:00", None),  # says two things
        ("2026年10月9日", "2026-10-09 00:00:00"),
        ("2026年10月9日10时12分3秒", "2026-10-09 10:12:03"),
        ("2026年10月9日 星期五 下午3:05", "2026-10-09 15:05:00"),
        ("2026-10-11 周日 10:00", "2026-10-11 10:00:00"),
        ("２０２６－１０－０９\u3000１０：１２：００", "2026-10-09 10:12:00"),
        ("2026-10-09 10：12：00", "2026-10-09 10:12:00"),
        ("20261009101200", "2026-10-09 10:12:00"),
        ("20261009 101200", "2026-10-09 10:12:00"),
        ("2026.10.9 10:12", "2026-10-09 10:12:00"),
        ("46304", "2026-10-09 00:00:00"),
        ("46304.4250115741", "2026-10-09 10:12:01"),
        ("Oct 9, 2026 1:05:33 PM", "2026-10-09 13:05:33"),
        ("09-Oct-2026", "2026-10-09 00:00:00"),
        ("2026-10-09T10:12:00+08:00", "2026-10-09 10:12:00"),
        ("2026-10-09T02:12:00Z", "2026-10-09 10:12:00"),
        ("2026-10-32", None),
        ("2026-02-30 10:00:00", None),
        ("2026-13-01", None),
        ("2026-10-09 25:61:00", None),
        ("2026-10-09 10:60:00", None),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01 00:00:00", None),
        ("10000-01-01", None),
        ("9999-12-31 23:59:59", None),
        ("1712041530", None),
        ("99999999999999", None),
        ("10:12:00", None),
        ("2026-10", None),
        ("12345", None),
        ("待结算", None),
    ],
)
def test_one_cell(printed: str, wanted: str | None) -> None:
    assert times([printed]) == [wanted]
    one = read_time(printed, COMMON)
    assert (None if one is None else f"{one:%Y-%m-%d %H:%M:%S}") == wanted


@pytest.mark.parametrize(
    ("cells", "span", "wanted"),
    [
        (["9/10/2026 10:12", "13/10/2026"], None, ["2026-10-09 10:12:00", "2026-10-13 00:00:00"]),
        (["9/10/2026 10:12", "10/13/2026"], None, ["2026-09-10 10:12:00", "2026-10-13 00:00:00"]),
        (["9/10/2026", "8/10/2026"], None, [None, None]),
        (["9/10/2026", "8/10/2026"], OCTOBER, ["2026-10-09 00:00:00", "2026-10-08 00:00:00"]),
        (["10/10/2026", "10/10/2026"], None, ["2026-10-10 00:00:00"] * 2),  # the same day either way
        (["9/10/2026", "13/10/2026", "32/10/2026"], None, ["2026-10-09 00:00:00", "2026-10-13 00:00:00", None]),
        (["26/10/09", "26/10/08"], None, [None, None]),
        (["26/10/09", "26/10/08"], OCTOBER, ["2026-10-09 00:00:00", "2026-10-08 00:00:00"]),
        (["10-09 10:12", "10月31日"], OCTOBER, ["2026-10-09 10:12:00", "2026-10-31 00:00:00"]),
        (["10-09 10:12"], None, [None]),
        (["12-31 8:00", "01-01 8:00"], (date(2026, 12, 1), date(2027, 1, 31)), ["2026-12-31 08:00:00", "2027-01-01 08:00:00"]),
        (["03-05 8:00"], OCTOBER, [None]),  # far from the days of the file
        (["11-02 8:00"], OCTOBER, ["2026-11-02 08:00:00"]),
        (["02-29"], (date(2028, 2, 1), date(2028, 2, 29)), ["2028-02-29 00:00:00"]),
        (["02-29"], (date(2026, 2, 1), date(2026, 2, 28)), [None]),
    ],
)  # fmt: skip
def test_the_column_and_the_file_decide(cells: list[str], span: Span | None, wanted: list[str | None]) -> None:
    assert times(cells, span) == wanted


def test_a_declared_order_that_does_not_fit_is_turned() -> None:
    tried = ("%d/%m/%Y", *COMMON)
    assert times(["09/10/2026", "13/10/2026"], None, tried) == ["2026-10-09 00:00:00", "2026-10-13 00:00:00"]
    assert times(["09/10/2026", "10/13/2026"], None, tried) == ["2026-09-10 00:00:00", "2026-10-13 00:00:00"]
    assert times(["09/10/2026", "10/08/2026"], None, tried)[0] == "2026-10-09 00:00:00"  # as declared


FORMS = (
    lambda t: f"{t.year}/{t.month}/{t.day} {'上午' if t.hour < 12 else '下午'}{(t.hour - 1) % 12 + 1}:{t:%M:%S}",
    lambda t: f"{t:%Y-%m-%d %I:%M:%S %p}",
    lambda t: f"{t:%Y年%m月%d日 %H时%M分%S秒}",
    lambda t: f"{t:%Y%m%d%H%M%S}",
    lambda t: f"{t:%Y-%m-%d %H:%M:%S}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789:"}),
    lambda t: str(((t - datetime(1899, 12, 30)).total_seconds()) / 86_400),
    lambda t: f"{t:%b} {t.day}, {t:%Y %H:%M:%S}",
)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2098, 12, 31)).map(lambda t: t.replace(microsecond=0)),
    st.sampled_from(range(len(FORMS))),
)
def test_every_form_of_a_time_is_that_time(moment: datetime, form: int) -> None:
    assert times([FORMS[form](moment)]) == [f"{moment:%Y-%m-%d %H:%M:%S}"]


@given(st.dates(date(2020, 1, 1), date(2030, 12, 1)), st.lists(st.integers(0, 27), min_size=1, max_size=5))
def test_a_day_without_year_takes_the_year_of_the_range(start: date, after: list[int]) -> None:
    days = [start + timedelta(days=n) for n in after]
    assert times([f"{d:%m-%d}" for d in days], (start, start + timedelta(days=28))) == [f"{d} 00:00:00" for d in days]


BILL = profile(
    r"""
[profile]
id = "test.dated"
title = "dates"
platform = "test"
kind = "bill"
view = "cash"
[header]
require = ["时间", "完成时间", "金额"]
[preamble]
from = '起始：\[([^\]]+)\]'
until = '终止：\[([^\]]+)\]'
[fields]
occurred_at = { from = ["时间"], as = "datetime" }
order_finished_at = { from = ["完成时间"], as = "datetime" }
[amount]
mode = "signed"
column = "金额"
"""
)
HEAD = "时间,完成时间,金额\n"


def test_the_range_or_name_of_the_file_gives_the_year() -> None:
    rows = "10-09 10:12,,1.00\n10-10 10:12,,2.00\n"
    with_range = "起始：[2026-10-01],终止：[2026-10-31]\n" + HEAD + rows
    for text, path in ((with_range, "bill.csv"), (HEAD + rows, "2026-10.csv"), (HEAD + rows, "2026年10月/bill.csv")):
        parsed = read(table(text, path=path), BILL)
        assert [f"{t:%F}" for t in frame(parsed)["occurred_at"]] == ["2026-10-09", "2026-10-10"], path
        assert codes(parsed) == []
    refused = read(table(HEAD + rows), BILL)
    assert codes(refused) == ["F11", "F11"]
    assert "没有年份" in refused.findings["hint"][0]


def test_what_day_and_month_leave_open_is_refused_by_name() -> None:
    parsed = read(table(HEAD + "9/10/2026,,1.00\n8/10/2026,,2.00\n"), BILL)
    assert codes(parsed) == ["F11", "F11"]
    assert "分不清日和月" in parsed.findings["hint"][0]
    told = read(table(HEAD + "9/10/2026,2026-10-20,1.00\n8/10/2026,,2.00\n"), BILL)  # another column of the file tells
    assert [f"{t:%F}" for t in frame(told)["occurred_at"]] == ["2026-10-09", "2026-10-08"]


def test_a_placeholder_for_no_day_is_no_fault_but_money_needs_a_time() -> None:
    rows = ["2026-10-09 10:12:00,1970-01-01 08:00:00,1.00", "2026-10-09 10:12:00,0001-01-01 00:00:00,1.00"]
    parsed = read(table(HEAD + "\n".join(rows) + "\n"), BILL)
    assert codes(parsed) == []
    assert frame(parsed)["order_finished_at"].null_count() == 2
    assert codes(read(table(HEAD + "1970-01-01 08:00:00,,1.00\n2026-10-09,,1.00\n"), BILL)) == ["F11"]


def test_numeric_cells_are_serial_days_and_out_of_range_they_are_refused() -> None:
    parsed = read(book([["时间", "完成时间", "金额"], [46304.425, None, 1.0], [99999, None, 2.0]]), BILL)
    assert [t and f"{t:%F %T}" for t in frame(parsed)["occurred_at"]] == ["2026-10-09 10:12:00", None]
    assert codes(parsed) == ["F11"]


@pytest.mark.parametrize(
    "text",
    ["2026-10-09 00:00:00 10:20:30", "2026-10-09 10:20:30", "2026-10-09 1899-12-31 10:20:30", "20261009 10:20:30"],
)
def test_a_day_and_a_clock_of_two_cells_that_a_spreadsheet_stores_as_times(text: str) -> None:
    times, bad = read_times(pl.Series([text]), patterns((), ()))
    assert not bad.any()
    assert str(times[0])[:19] == "2026-10-09 10:20:30"
