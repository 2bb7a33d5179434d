"""A lone date far from everything: F11 of the cell; it chooses neither the period nor what a file covers."""

from __future__ import annotations

from datetime import date

import pytest
from tests.reading.interpreter.fakes import read, table
from tests.reading.interpreter.profiles_inline import PDD

from ecrecon.base.sources import Parsed
from ecrecon.reading.stray_days import without_stray_days
from ecrecon.settings.profiles import load_profiles

GENERAL = next(p for p in load_profiles() if p.id == "bank.general")
PROFILES = {PDD.id: PDD, GENERAL.id: GENERAL}
HEAD = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\n"


def bill(*days: str, path: str = "bill.csv", range_: tuple[str, str] | None = None) -> Parsed:
    above = f"起始时间：{range_[0]} 00:00:00  终止时间：{range_[1]} 23:59:59\n" if range_ else ""
    rows = "".join(f"260505-{i:015},{day} 10:00:0{i % 10},1.00,0,交易收入,-,x\n" for i, day in enumerate(days))
    return read(table(above + HEAD + rows, path=path), PDD)


def told(parsed: list[Parsed]) -> list[tuple[str, int, str]]:
    return [
        (str(code), line, text[:10])
        for item in parsed
        for code, line, text in item.findings.select("code", "source_line", "text").rows()
    ]


def covers(item: Parsed) -> list[tuple[date, date]]:
    return list(item.source.coverage)


OCTOBER = ["2026-10-09", "2026-10-10", "2026-10-11"]


@pytest.mark.parametrize("slip", ["2062-10-09", "2099-01-01", "2036-10-09", "2016-10-09", "2006-10-09"])
def test_one_cell_far_from_its_own_file(slip: str) -> None:
    (one,) = without_stray_days([bill(*OCTOBER, slip)], PROFILES)
    assert told([one]) == [("F11", 5, slip)]
    assert covers(one) == [(date(2026, 10, 1), date(2026, 10, 11))]
    assert one.source.last is not None and one.source.latest_at is not None
    assert one.source.last.year == one.source.latest_at.year == 2026
    assert one.frame is not None and one.frame["amount_minor"].sum() == 400  # the money stays in the file's sums


def test_what_another_file_or_the_name_supports_stays() -> None:
    files = [bill(*OCTOBER, "2023-10-09", path="a.csv"), bill("2023-10-01", "2023-10-02", "2023-10-03", path="b.csv")]
    assert without_stray_days(files, PROFILES) == files
    named = [bill(*OCTOBER, path="a.csv"), bill("2029-10-09", path="2029-10.csv")]
    assert without_stray_days(named, PROFILES) == named


def test_a_file_of_one_row_far_after_all_others() -> None:
    others, lone = bill(*OCTOBER, path="a.csv"), bill("2062-10-09", path="b.csv")
    assert told(without_stray_days([others, lone], PROFILES)) == [("F11", 2, "2062-10-09")]
    assert told(without_stray_days([lone], PROFILES)) == []  # nothing else speaks
    early = bill("2016-10-09", path="b.csv")  # an old download that was left there chooses nothing
    assert told(without_stray_days([others, early], PROFILES)) == []


def test_of_two_rows_the_other_files_decide() -> None:
    pair = bill("2062-10-09", "2026-10-09", path="b.csv")
    assert told(without_stray_days([pair, bill(*OCTOBER, path="a.csv")], PROFILES)) == [("F11", 2, "2062-10-09")]
    assert told(without_stray_days([pair], PROFILES)) == [("F11", 2, "2062-10-09")]


def test_the_printed_range_is_the_home_of_all_rows() -> None:
    inside = ("2026-10-01", "2026-10-31")
    (one,) = without_stray_days([bill("2027-03-09", "2027-03-10", "2026-10-09", range_=inside)], PROFILES)
    assert told([one]) == [("F11", 3, "2027-03-09"), ("F11", 4, "2027-03-10")]
    near = bill("2026-11-05", "2026-10-09", range_=inside)  # coverage and totals may tell, the date is possible
    assert without_stray_days([near], PROFILES) == [near]


def test_an_account_may_sleep_for_a_year() -> None:
    rows = ["2025-01-03,费,1.00,,99.00,,", "2026-10-09,费,1.00,,98.00,,", "2026-10-10,费,1.00,,97.00,,"]
    text = "交易日期,摘要,支出金额,收入金额,余额,对方账号,对方户名\n" + "\n".join(rows) + "\n"
    statement = read(table(text), GENERAL)
    assert without_stray_days([statement], PROFILES) == [statement]
