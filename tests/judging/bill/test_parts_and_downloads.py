"""Files that hold the same days, case by case (docs/decisions.md, "Parts and downloads")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl
from tests.judging.bill.build import at, bill, row, view

from ecrecon.base.sources import Parsed
from ecrecon.ledger.lines import Ledger, build_ledger

VIEWS = {"x": view("cash", "order"), "ids": view("cash", "order"), "bank": view("cash", "none")}
IDENTITY = {"ids": ["txn_id"]}


def sale(day: int, number: int, minor: int = 10000, **more: Any) -> dict[str, Any]:
    """Money of one order, paid out at a minute of its own."""
    return row("goods_receipt", minor, at(day, 3, number % 60), order_id=f"30000000{number:04d}", **more)


def fee(day: int, minor: int = -100, **more: Any) -> dict[str, Any]:
    """A charge without any number, printed without a time."""
    return row("other", minor, at(day, 0), raw_type="服务费", **more)


def file(
    path: str,
    rows: Sequence[dict[str, Any]],
    *,
    profile: str = "x",
    printed: tuple[int, int] | None = None,
    exported: datetime | None = None,
    **more: Any,
) -> Parsed:
    """A bill whose printed range (days of October) and export time stand in the file, or nothing."""
    kind = "bank" if profile == "bank" else "bill"
    parsed = bill(profile, rows, kind=kind, path=path)
    times = [r["occurred_at"] for r in rows]
    days = printed or (1, max((t.day for t in times), default=1))
    source = replace(
        parsed.source, sha256=path, printed_range=printed is not None, exported_at=exported,
        latest_at=max(times, default=None), coverage=((date(2026, 10, days[0]), date(2026, 10, days[1])),), **more,
    )  # fmt: skip
    return replace(parsed, source=source)


def run(*files: Parsed) -> Ledger:
    return build_ledger(list(files), VIEWS, IDENTITY)


def counted(ledger: Ledger) -> int:
    """Net of the lines that count."""
    live = ledger.lines.filter(pl.col("fate").is_null() | (pl.col("fate") == "account_level"))
    return int(live["amount_minor"].sum())


def told(ledger: Ledger) -> list[tuple[str, str | None]]:
    """Code and kind of all findings."""
    return [(code, kind) for f in ledger.findings for code, kind in f.select("code", "kind").iter_rows()]


def net(rows: Sequence[dict[str, Any]]) -> int:
    return sum(r["amount_minor"] for r in rows)


STOP = [("F10", "stop")]


def test_two_files_of_one_day_without_a_common_line_are_joined() -> None:
    first, second = [sale(9, 1), sale(9, 2)], [sale(9, 3), sale(10, 4)]
    both = run(file("a.csv", first), file("b.csv", second))
    assert (counted(both), told(both)) == (net(first + second), [])


def test_a_cut_inside_one_second() -> None:
    rows = [row("goods_receipt", 100 * n, at(9), order_id=f"30000000{n:04d}") for n in range(1, 9)]
    both = run(file("a.csv", rows[:4]), file("b.csv", rows[4:]))
    assert (counted(both), told(both)) == (net(rows), [])


def test_an_order_cut_between_its_lines_is_joined() -> None:
    rows = [
        sale(9, 1),
        sale(9, 2),
        sale(9, 3),
        row("commission", -500, at(9, 3, 3), order_id="300000000003", raw_type="佣金"),
    ]
    both = run(file("a.csv", rows[:3]), file("b.csv", [*rows[3:], sale(9, 4)]))
    assert (counted(both), told(both)) == (net([*rows, sale(9, 4)]), [])


def test_two_shops_in_one_folder_lose_nothing() -> None:
    """Both print the same month and when they were exported; nothing prints the account."""
    one, two = [sale(d, d) for d in range(1, 9)], [sale(d, 50 + d, 2000) for d in range(1, 9)]
    both = run(
        file("a.csv", [*one, fee(9)], printed=(1, 31), exported=at(1, month=11)),
        file("b.csv", [*two, fee(9)], printed=(1, 31), exported=at(2, month=11)),
    )
    assert told(both) in ([], STOP)
    assert counted(both) == net([*one, *two, fee(9), fee(9)])


def test_the_same_file_under_a_second_name_counts_once() -> None:
    rows = [sale(9, 1), fee(9)]
    twice = run(file("a.csv", rows), file("a (1).csv", rows))
    assert (counted(twice), told(twice)) == (net(rows), [("F08", None)])


def test_only_the_export_time_inside_differs() -> None:
    rows = [sale(9, 1)]
    twice = run(
        file("a.csv", rows, printed=(1, 31), exported=at(1, month=11)),
        file("b.csv", rows, printed=(1, 31), exported=at(5, month=11)),
    )
    assert (counted(twice), told(twice)) == (net(rows), [("F08", None)])


def test_late_rows_in_a_second_download() -> None:
    rows = [sale(9, n) for n in range(1, 6)]
    again = run(file("a.csv", rows[:4]), file("b.csv", rows))
    assert (counted(again), told(again)) == (net(rows), [("F10", None)])


def test_a_second_download_with_a_longer_range() -> None:
    rows = [sale(d, d) for d in range(1, 32)]
    again = run(file("1-15.csv", rows[:15], printed=(1, 15)), file("1-31.csv", rows, printed=(1, 31)))
    assert (counted(again), told(again)) == (net(rows), [])


def test_month_over_days_also_on_days_of_one_nameless_row() -> None:
    days = [[fee(d), sale(d, d)] for d in range(2, 6)]
    first = [fee(1)]
    month = [*first, *(r for d in days for r in d)]
    files = [file(f"day{n}.csv", rows) for n, rows in enumerate([first, *days])]
    whole = run(*files, file("month.csv", month))
    assert (counted(whole), [code for code, _ in told(whole) if code != "F08"]) == (net(month), [])


def test_amounts_corrected_in_a_later_export() -> None:
    old = [sale(9, n) for n in range(1, 5)]
    new = [*old[:3], sale(9, 4, 9000)]
    again = run(
        file("a.csv", old, printed=(1, 31), exported=at(1, month=11)),
        file("b.csv", new, printed=(1, 31), exported=at(5, month=11)),
    )
    assert (counted(again), told(again)) == (net(new), [("F10", None)])


def test_the_only_row_of_a_day_corrected_in_a_later_export() -> None:
    again = run(
        file("a.csv", [sale(9, 1)], printed=(9, 9), exported=at(10)),
        file("b.csv", [sale(9, 1, 9000)], printed=(9, 9), exported=at(12)),
    )
    assert (counted(again), told(again)) == (9000, [("F10", None)])


def test_the_only_row_differs_and_nothing_says_which_is_newer() -> None:
    again = run(file("a.csv", [sale(9, 1)]), file("b.csv", [sale(9, 1, 9000)]))
    assert told(again) == STOP
    assert {again.findings[0]["expected_minor"][0], again.findings[0]["actual_minor"][0]} == {9000, 19000}


def test_a_ledger_number_with_another_amount_is_the_same_line() -> None:
    old = [sale(9, n, txn_id=f"T{n}") for n in range(1, 4)]
    new = [*old[:2], sale(9, 3, 9000, txn_id="T3")]
    again = run(file("a.csv", old, profile="ids"), file("b.csv", new, profile="ids"))
    assert (counted(again), told(again)) == (net(new), [("F10", None)])
    assert "~1" in again.findings[0]["text"][0]


def test_a_status_that_changed_is_no_second_line() -> None:
    old = [sale(9, n, settle_status="settled") for n in range(1, 4)]
    new = [*old[:2], sale(9, 3, settle_status=None)]
    again = run(file("a.csv", old), file("b.csv", new))
    assert (counted(again), told(again)) == (net(new), [("F10", None)])


def test_equal_charges_on_both_sides_of_a_cut_are_a_stop_with_both_sums() -> None:
    first, second = [sale(8, 1), sale(9, 2), fee(9)], [fee(9), sale(9, 3), sale(10, 4)]
    both = run(file("a.csv", first), file("b.csv", second))
    assert told(both) == STOP
    assert counted(both) == net(first + second)
    hint = both.findings[0]["hint"][0]
    assert "398.00" in hint  # both count
    assert "399.00" in hint  # the charge counts once


def test_equal_charges_on_two_sheets_of_one_workbook_both_count() -> None:
    first, second = [sale(8, 1), sale(9, 2), fee(9)], [fee(9), sale(9, 3)]
    both = run(file("a.xlsx", first, sheet="1"), file("a.xlsx", second, sheet="2"))
    assert (counted(both), told(both)) == (net(first + second), [])


def test_a_copied_sheet_counts_once() -> None:
    rows = [sale(9, n) for n in range(1, 4)]
    both = run(file("a.xlsx", rows, sheet="1"), file("a.xlsx", rows, sheet="1 (2)"))
    assert (counted(both), told(both)) == (net(rows), [("F08", None)])


def test_parts_that_overlap_count_once() -> None:
    rows = [sale(9, n) for n in range(1, 13)]
    both = run(file("a.csv", rows[:7]), file("b.csv", rows[4:]))
    assert (counted(both), told(both)) == (net(rows), [])


def statement(days: Sequence[tuple[int, int]], opening: int) -> list[dict[str, Any]]:
    """Bank rows without any number, by (day, amount); the balance rolls."""
    rows, balance = [], opening
    for day, minor in days:
        balance += minor
        rows.append(row("transfer", minor, at(day, 0), balance_minor=balance))
    return rows


def test_statements_of_adjoining_ranges_share_the_border_day() -> None:
    rows = statement([(3, 500), (9, -100), (15, -100), (15, 700), (20, -100)], 1000)
    both = run(
        file("a.csv", rows[:4], profile="bank", printed=(1, 15)),
        file("b.csv", rows[2:], profile="bank", printed=(15, 31)),
    )
    assert (counted(both), told(both)) == (net(rows), [])


def test_one_equal_row_on_the_border_day_of_two_printed_ranges() -> None:
    rows = [row("transfer", -100, at(d, 0)) for d in (3, 15, 20)]
    both = run(
        file("a.csv", rows[:2], profile="bank", printed=(1, 15)),
        file("b.csv", rows[1:], profile="bank", printed=(15, 31)),
    )
    assert (counted(both), told(both)) == (net(rows), [])


def test_a_balance_that_goes_on_joins_equal_amounts() -> None:
    rows = statement([(14, 900), (15, -100), (15, -100), (15, -100), (16, 50)], 1000)
    both = run(file("a.csv", rows[:3], profile="bank"), file("b.csv", rows[3:], profile="bank"))
    assert (counted(both), told(both)) == (net(rows), [])


def test_a_truncated_second_download_takes_nothing_away() -> None:
    rows = [sale(9, n) for n in range(1, 11)]
    for left in (rows[:6], rows[4:], rows[2:8]):
        again = run(file("bill.csv", rows), file("bill (1).csv", left))
        assert counted(again) == net(rows) or told(again) == STOP


def test_rows_missing_in_the_middle_of_a_later_export_are_revised() -> None:
    old = [sale(9, n) for n in range(1, 11)]
    new = [*old[:4], *old[5:]]
    again = run(
        file("a.csv", old, printed=(9, 9), exported=at(10)), file("b.csv", new, printed=(9, 9), exported=at(11))
    )
    assert (counted(again), told(again)) == (net(new), [("F10", None)])
    assert "-1" in again.findings[0]["text"][0]


def test_a_later_export_of_the_account_without_any_row_is_a_stop() -> None:
    rows = [sale(9, 1), sale(9, 2)]
    again = run(
        file("a.csv", rows, printed=(9, 9), exported=at(10), printed_account=True),
        file("b.csv", [], printed=(9, 9), exported=at(11), printed_account=True),
    )
    assert (counted(again), told(again)) == (net(rows), STOP)


def test_the_order_of_the_files_does_not_matter() -> None:
    rows = [sale(9, n) for n in range(1, 10)]
    files = [file("a.csv", rows[:4]), file("b.csv", rows[4:]), file("c.csv", rows)]
    results = {
        (counted(run(*order)), tuple(told(run(*order))))
        for order in (files, files[::-1], [files[1], files[2], files[0]])
    }
    assert len(results) == 1
    assert {total for total, _ in results} == {net(rows)}
