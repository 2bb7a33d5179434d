"""Orders that stand on several rows of an export, and readings beyond the second."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from tests.judging.bill.build import at

from ecrecon.base.schema import PARSED_ORDERS, conform
from ecrecon.base.sources import Parsed, Source
from ecrecon.judging.receipt.receivable import choose_readings, numbers_of, with_candidates, with_due
from ecrecon.ledger.order_books import build_books
from ecrecon.settings.profiles import Reading


def export(rows: list[dict[str, Any]], path: str = "orders.csv", exported: int = 20) -> Parsed:
    frame = pl.DataFrame(rows, infer_schema_length=None).with_row_index("source_line", offset=2)
    source = Source(
        path=path, sha256=path, size=0, container="csv", kind="orders", profile="jd.orders", platform="jd", shop="a",
        exported_at=at(exported),
    )  # fmt: skip
    return Parsed(source, conform(frame, PARSED_ORDERS))


def goods(order: str, minor: int | None, status: str = "finished") -> dict[str, Any]:
    return {
        "order_id": order,
        "reading1_cash_minor": minor,
        "reading1_platform_minor": 0,
        "status": status,
        "shop": "a",
    }


def test_a_repeated_amount_counts_once_and_spread_amounts_add_up() -> None:
    # what the interpreter makes of once_per: the amount on the first row of the order, 0 on its others
    parsed = [export([goods("1", 9900), goods("1", 0), goods("2", 500), goods("3", None), goods("3", None)])]
    orders = build_books(parsed, {"jd.orders"}).orders
    assert orders.select("order_id", "reading1_cash_minor", "source_line").rows() == [
        ("1", 9900, 2),
        ("2", 500, 4),
        ("3", None, 5),
    ]


def test_a_newer_export_replaces_all_rows_of_the_order() -> None:
    old = export([goods("1", 100), goods("1", 200)], "old.csv", 10)
    new = export([goods("1", 100), goods("1", 150)], "new.csv", 20)
    assert build_books([new, old], {"jd.orders"}).orders["reading1_cash_minor"].to_list() == [250]


def test_without_the_word_the_last_row_of_an_order_counts() -> None:
    parsed = [export([goods("1", 100, "shipped"), goods("1", 120)])]
    assert build_books(parsed).orders["reading1_cash_minor"].to_list() == [120]


@pytest.mark.parametrize(("amounts", "chosen"), [([10, 20, 30], 3), ([30, 20, 30], 1), ([5, 30, 30], 2)])
def test_the_reading_that_closes_most_orders_wins_and_the_lower_number_breaks_ties(
    amounts: list[int], chosen: int
) -> None:
    readings = {"jd.orders": [Reading(cash=[name]) for name in ("a", "b", "c")]}
    rows = [{"order_id": "1", "status": "finished", "shop": "a"}]
    rows[0] |= {f"reading{n}_cash_minor": minor for n, minor in enumerate(amounts, 1)}  # type: ignore[arg-type]
    orders = build_books([export(rows)]).orders.with_columns(group_id=pl.lit(0, dtype=pl.Int64))
    documents = pl.DataFrame(
        schema={"target_order": pl.String, "amount_minor": pl.Int64, "completed_at": orders.schema["paid_at"], "group_id": pl.Int64}
    )  # fmt: skip
    money = pl.DataFrame({"group_id": [0], "category": ["goods_receipt"], "amount_minor": [30]})
    candidates = with_candidates(orders, readings, documents)
    told, _ = choose_readings(candidates, money, documents, 0, numbers_of(readings))
    assert told["reading"].to_list() == [chosen]
    assert with_due(candidates, told)["due_cash_minor"].to_list() == [30]
