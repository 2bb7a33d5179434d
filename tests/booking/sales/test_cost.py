"""Costs of orders from our own records: every printed cost has one fate, and none is counted twice."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.base.errors import InvariantError
from ecrecon.base.schema import TIME
from ecrecon.booking.sales import goods as cost
from ecrecon.booking.sales.goods import Costed, order_costs

COLUMNS: dict[str, Any] = {
    "row_id": pl.Int64, "source_id": pl.Int32, "kind": pl.String, "profile": pl.String, "record": pl.String,
    "number": pl.String, "first_file": pl.Boolean, "status": pl.String, "shipped_at": TIME, "waybill": pl.String,
    "sku": pl.String, "sub_order_id": pl.String, "quantity": pl.Int64, "unit_cost_minor": pl.Int64,
    "printed_cost_minor": pl.Int64,
}  # fmt: skip


def records(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of goods; `cost` is the printed cost of the row, `unit` a price of a list."""
    usual = {"source_id": 0, "kind": "orders", "profile": "erp", "first_file": True, "status": "shipped", "quantity": 1}
    told = []
    for n, row in enumerate(rows):
        full = {**usual, "row_id": n, **row}
        full["printed_cost_minor"] = full.pop("cost", None)
        full["unit_cost_minor"] = full.pop("unit", None)
        told.append({name: full.get(name) for name in COLUMNS})
    return pl.DataFrame(told, schema=COLUMNS)


def costed(rows: pl.DataFrame, links: dict[int, list[str]], weights: dict[str, int]) -> Costed:
    pairs = [(row, target) for row, targets in links.items() for target in targets]
    return order_costs(
        rows,
        pl.DataFrame(pairs, schema={"row_id": pl.Int64, "target": pl.String}, orient="row"),
        pl.DataFrame(list(weights.items()), schema={"order_id": pl.String, "weight_minor": pl.Int64}, orient="row"),
    )


def of_orders(found: Costed) -> dict[str, int]:
    return dict(found.orders.iter_rows())


def of_fates(found: Costed) -> dict[str, int]:
    return dict(found.fates.group_by("fate").agg(pl.col("cost_minor").sum()).iter_rows())


def test_lines_else_the_price_list_and_merged_orders_share_by_worth() -> None:
    rows = records(
        {"record": "e1", "sku": "A", "quantity": 2, "cost": 1500}, {"record": "e1", "sku": "B", "quantity": 3, "cost": 600},
        {"record": "e2", "sku": "C"}, {"record": "e3", "sku": "D"},
        {"kind": "cost", "profile": "list", "first_file": False, "sku": "C", "unit": 777},
        {"record": "e1", "profile": "sent", "first_file": False, "sku": "A", "cost": 9999},
        {"record": "e4", "sku": "A", "cost": 100},
    )  # fmt: skip
    links = {0: ["o1"], 1: ["o1"], 2: ["o2"], 3: ["o3"], 5: ["o1"], 6: ["o4", "o5"]}
    found = costed(rows, links, {"o1": 1, "o2": 1, "o3": 1, "o4": 100, "o5": 200})
    assert of_orders(found) == {"o1": 2100, "o2": 777, "o4": 33, "o5": 67}  # D has no cost anywhere
    assert of_fates(found) == {"order": 2200, "other_file": 9999}


def test_a_record_that_is_the_order_itself_bears_its_cost() -> None:
    rows = records({"record": "e1", "number": "o1", "cost": 1000}, {"record": "e2", "number": "o2,o3", "cost": 500})
    assert of_orders(costed(rows, {}, {"o1": 1, "o2,o3": 1})) == {"o1": 1000, "o2,o3": 500}


@pytest.mark.parametrize("word", ["replaced", "paid"])
def test_merged_records_cost_once_whether_or_not_their_status_says_so(word: str) -> None:
    rows = records(
        {"record": "e1", "number": "o1", "sku": "A", "cost": 1000, "status": word},
        {"record": "e2", "number": "o2", "sku": "B", "cost": 1100, "status": word},
        {"record": "e3", "number": "o1,o2", "sku": "A", "cost": 1000, "waybill": "SF1"},
        {"record": "e3", "number": "o1,o2", "sku": "B", "cost": 1100, "waybill": "SF1"},
    )
    links = {0: ["o1"], 1: ["o2"], 2: ["o1", "o2"], 3: ["o1", "o2"]}
    found = costed(rows, links, {"o1": 100, "o2": 100})
    assert sum(of_orders(found).values()) == 2100
    assert of_fates(found) == {"merged": 2100, "order": 2100}


def test_a_second_parcel_of_a_merged_order_costs_its_own() -> None:
    rows = records(
        {"record": "e1", "number": "o1", "sku": "A", "cost": 1000, "waybill": "SF2"},
        {"record": "e3", "number": "o1,o2", "sku": "A", "cost": 1000, "waybill": "SF1"},
    )
    found = costed(rows, {0: ["o1"], 1: ["o1", "o2"]}, {"o1": 100, "o2": 100})
    assert of_fates(found) == {"order": 2000}


def test_a_cost_file_that_names_the_record_stands_above_estimates() -> None:
    rows = records(
        {"record": "e1", "number": "o1", "sku": "A", "cost": 1000},
        {
            "record": "e1",
            "number": "o1",
            "sku": "A",
            "kind": "cost",
            "profile": "cost",
            "first_file": False,
            "cost": 600,
        },
        {
            "record": "e1",
            "number": "o1",
            "sku": "A",
            "kind": "cost",
            "profile": "cost",
            "first_file": False,
            "cost": 500,
        },
    )
    found = costed(rows, {0: ["o1"], 1: ["o1"], 2: ["o1"]}, {"o1": 1})
    assert of_orders(found) == {"o1": 1100} and of_fates(found) == {"order": 1100, "other_file": 1000}


def test_the_list_of_shipments_tells_the_cost_that_the_order_list_lacks() -> None:
    rows = records(
        {"record": "e1", "number": "o1", "sku": "A"},
        {
            "record": "e1",
            "number": "o1",
            "sku": "A",
            "kind": "shipments",
            "profile": "sent",
            "first_file": False,
            "cost": 700,
        },
    )
    assert of_orders(costed(rows, {0: ["o1"], 1: ["o1"]}, {"o1": 1})) == {"o1": 700}


def test_what_bears_no_order_is_said() -> None:
    rows = records(
        {"record": "e1", "number": "o9", "cost": 100}, {"record": "e2", "number": "o1", "cost": 200, "status": "closed"},
        {"cost": 30, "status": "closed"}, {"cost": 40},
    )  # fmt: skip
    found = costed(rows, {1: ["o1"]}, {"o1": 1})
    assert of_orders(found) == {} and of_fates(found) == {"no_order": 140, "cancelled": 230}


def test_an_order_of_nothing_has_its_cost() -> None:
    rows = records({"record": "e1", "cost": 500})
    assert of_orders(costed(rows, {0: ["gift"]}, {"gift": 0})) == {"gift": 500}


ROWS = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 500) | st.none(), st.sampled_from(["shipped", "closed", "replaced"]),
        st.lists(st.sampled_from(["a", "b", "c", "z"]), max_size=2, unique=True),
    ),
    max_size=10,
)  # fmt: skip


@given(told=ROWS)
def test_every_printed_cost_has_one_fate(told: list[tuple[int, int | None, str, list[str]]]) -> None:
    rows = records(*({"record": f"e{r}", "sku": "A", "cost": c, "status": s} for r, c, s, _ in told))
    links = {n: [t for t in targets if t != "z"] for n, (_, _, _, targets) in enumerate(told)}
    found = costed(rows, links, {"a": 5, "b": 0, "c": 7})
    assert sum(of_fates(found).values()) == sum(c for _, c, _, _ in told if c is not None)
    whole = all(c is not None for _, c, _, _ in told)
    assert not whole or sum(of_orders(found).values()) == of_fates(found).get("order", 0)


def test_a_lost_share_is_a_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = records({"record": "e1", "cost": 500}, {"record": "e2", "cost": 70})
    allocate = cost.allocate
    monkeypatch.setattr(cost, "allocate", lambda *given: allocate(*given)[1:])
    with pytest.raises(InvariantError):
        costed(rows, {0: ["a"], 1: ["b"]}, {"a": 1, "b": 1})
