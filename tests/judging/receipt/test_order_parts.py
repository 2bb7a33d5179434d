"""An export in two files or sheets that meet inside an order: no row is lost, none counts twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from tests.judging.bill.build import at

from ecrecon.base.schema import PARSED_GOODS, PARSED_ORDER_LINES, PARSED_ORDERS, Schema, conform
from ecrecon.base.sources import Parsed, Source
from ecrecon.ledger.order_books import build_books
from ecrecon.matching.goods_records import gather


def export(rows: list[dict[str, Any]], path: str, kind: str, schema: Schema, **more: Any) -> Parsed:
    frame = pl.DataFrame(rows, infer_schema_length=None).with_row_index("source_line", offset=2)
    source = Source(
        path=path, sha256=path, size=0, container="csv", kind=kind, profile="p", platform="x", shop="a",
        latest_at=at(20), **more,
    )  # fmt: skip
    return Parsed(source, conform(frame, schema))


def orders(rows: list[tuple[str, int]], path: str, **more: Any) -> Parsed:
    made = [{"order_id": o, "reading1_cash_minor": m, "reading1_platform_minor": 0, "shop": "a"} for o, m in rows]
    return export(made, path, "orders", PARSED_ORDERS, **more)


def items(rows: list[tuple[str, str]], path: str) -> Parsed:
    made = [{"order_id": o, "sub_order_id": None, "sku": sku, "amount_minor": 100, "quantity": 1} for o, sku in rows]
    return export(made, path, "order_lines", PARSED_ORDER_LINES)


def erp(rows: list[tuple[str, str, int | None]], path: str) -> Parsed:
    made = [
        {"erp_order_id": o, "order_id": o, "sku": sku, "quantity": 1, "cost_minor": 40, "receivable_minor": minor}
        for o, sku, minor in rows
    ]
    return export(made, path, "orders", PARSED_GOODS, origin="erp")


def amounts(*parsed: Parsed, **more: Any) -> dict[str, int | None]:
    made = build_books(list(parsed), {"p"}, **more).orders
    return dict(made.select("order_id", "reading1_cash_minor").iter_rows())


def test_amounts_of_an_order_in_two_files_add_up() -> None:
    first, second = orders([("1", 900), ("2", 500)], "a.csv"), orders([("2", 300), ("3", 700)], "b.csv")
    assert amounts(first, second) == amounts(second, first) == {"1": 900, "2": 800, "3": 700}


def test_an_order_over_three_files_adds_up() -> None:
    files = [
        orders([("1", 900), ("2", 500)], "a.csv"),
        orders([("2", 300)], "b.csv"),
        orders([("2", 20), ("3", 7)], "c.csv"),
    ]
    assert amounts(*files) == {"1": 900, "2": 820, "3": 7}


def test_an_amount_that_each_row_repeats_counts_once_over_two_files() -> None:
    first, second = orders([("1", 900), ("2", 500)], "a.csv"), orders([("2", 500), ("3", 700)], "b.csv")
    assert amounts(first, second, repeated={"p"}) == {"1": 900, "2": 500, "3": 700}
    printed_once = orders([("2", 0), ("3", 700)], "b.csv")
    assert amounts(first, printed_once, repeated={"p"}) == {"1": 900, "2": 500, "3": 700}


def test_another_download_replaces_the_order() -> None:
    old, new = [("1", 900), ("2", 500), ("3", 100)], [("1", 900), ("2", 300), ("3", 100)]
    assert amounts(orders(old, "a.csv"), orders(new, "b.csv")) == dict(new)


def test_sheets_of_one_workbook_with_equal_rows_on_both_sides() -> None:
    first, second = [("1", 900), ("2", 500)], [("2", 500), ("3", 700)]
    sheets = [orders(first, "a.xlsx", sheet="1"), orders(second, "a.xlsx", sheet="2")]
    assert amounts(*sheets) == {"1": 900, "2": 1000, "3": 700}


def test_a_copied_sheet_adds_nothing() -> None:
    rows = [("1", 900), ("2", 500)]
    assert amounts(orders(rows, "a.xlsx", sheet="1"), orders(rows, "a.xlsx", sheet="2")) == dict(rows)


def test_items_of_an_order_in_two_files_all_stay() -> None:
    made = build_books([items([("1", "s"), ("2", "t")], "a.csv"), items([("2", "u"), ("3", "v")], "b.csv")]).order_lines
    assert made.select("order_id", "sku").rows() == [("1", "s"), ("2", "t"), ("2", "u"), ("3", "v")]


def test_a_newer_list_replaces_the_items_of_an_order() -> None:
    old, new = [("1", "s"), ("2", "t")], [("1", "s"), ("2", "w")]
    made = build_books([items(old, "a.csv"), items(new, "b.csv")]).order_lines
    assert made.select("order_id", "sku").rows() == new


def test_a_record_of_the_erp_in_two_files_keeps_its_costs_and_one_amount() -> None:
    files = [erp([("1", "s", 900), ("2", "t", 500)], "a.csv"), erp([("2", "u", 500), ("3", "v", 700)], "b.csv")]
    books = build_books([])
    rows = gather(files, {}, books.orders, books.order_lines, {"p"}).rows
    assert int(rows["cost_minor"].sum()) == 160
    assert rows.group_by("record").agg(pl.col("receivable_minor").sum()).sort("record").rows() == [
        ("1", 900), ("2", 500), ("3", 700),
    ]  # fmt: skip


def test_a_newer_list_of_the_erp_replaces_the_record() -> None:
    old = erp([("1", "s", 900), ("2", "t", 500)], "a.csv")
    new = replace(erp([("1", "s", 900), ("2", "w", 400)], "b.csv"))
    books = build_books([])
    rows = gather([old, new], {}, books.orders, books.order_lines, {"p"}).rows
    assert rows.select("record", "sku").rows() == [("1", "s"), ("2", "w")]
