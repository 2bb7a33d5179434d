"""Shops in one folder without any name: files belong together by the orders they share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from ecrecon.base.sources import Parsed, Source
from ecrecon.ledger.folder_shops import mixed_folders

OCTOBER = ((date(2026, 10, 1), date(2026, 10, 31)),)


def file(
    path: str, kind: str, ids: str, coverage: tuple[tuple[date, date], ...] = OCTOBER, shop: str | None = None
) -> Parsed:
    source = Source(
        path=path,
        sha256=path,
        size=1,
        container="csv",
        kind=kind,
        profile=f"pdd.{kind}",
        platform="pdd",
        coverage=coverage,
    )
    frame = pl.DataFrame({"order_id": ids.split()}, schema={"order_id": pl.String})
    if kind == "orders":
        frame = frame.with_columns(shop=pl.lit(shop, dtype=pl.String))
    return Parsed(source, frame)


TWO = [
    file("in/a.csv", "orders", "1 2 3 4"),
    file("in/b.csv", "orders", "7 8 9"),
    file("in/c.csv", "bill", "1 2 3 x"),
    file("in/d.csv", "bill", "7 8 9"),
]


def test_two_bills_of_the_same_days_without_a_common_order_are_two_shops() -> None:
    assert mixed_folders(TWO, []) == {"in/a.csv": "in-1", "in/c.csv": "in-1", "in/b.csv": "in-2", "in/d.csv": "in-2"}


def test_order_files_of_two_months_are_tied_by_the_bill_that_pays_both() -> None:
    files = [*TWO, file("in/e.csv", "bill", "4 5"), file("in/f.csv", "orders", "5 6")]
    told = mixed_folders(files, [])
    assert told["in/f.csv"] == told["in/e.csv"] == told["in/a.csv"] == "in-1"


def test_bills_of_other_days_may_be_one_shop() -> None:
    september = ((date(2026, 9, 1), date(2026, 9, 30)),)
    assert mixed_folders([*TWO[:3], file("in/d.csv", "bill", "7 8 9", september)], []) == {}


def test_few_orders_prove_nothing() -> None:
    assert mixed_folders([*TWO[:3], file("in/d.csv", "bill", "7 8")], []) == {}


def test_a_quiet_bill_goes_where_its_days_are_open() -> None:
    early, late = ((date(2026, 10, 1), date(2026, 10, 9)),), ((date(2026, 10, 10), date(2026, 10, 10)),)
    files = [*TWO[:2], file("in/c.csv", "bill", "1 2 3", early), TWO[3], file("in/q.csv", "bill", "", late)]
    assert mixed_folders(files, [])["in/q.csv"] == "in-1"


def test_names_of_configuration_and_of_the_file_win() -> None:
    assert mixed_folders(TWO, ["in/b.csv"]) == {}
    assert mixed_folders([file("in/a.csv", "orders", "1 2 3 4", shop="店"), *TWO[1:]], []) == {}


def test_the_order_of_files_changes_nothing() -> None:
    assert mixed_folders(TWO[::-1], []) == mixed_folders(TWO, [])


def test_folders_of_one_name_in_two_places_are_taken_apart_alike() -> None:
    files = [
        replace(item, source=replace(item.source, path=path))
        for item, path in zip(TWO, ("x/in/a.csv", "y/in/b.csv", "x/in/c.csv", "y/in/d.csv"), strict=True)
    ]
    assert mixed_folders(files, []) == {
        "x/in/a.csv": "in-1", "x/in/c.csv": "in-1", "y/in/b.csv": "in-2", "y/in/d.csv": "in-2"
    }  # fmt: skip
