"""Which order a line belongs to: every pass by its name, the grain of a group, and what stays undecided."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.matching.order_groups import LINE_KEYS, Links, link

ID = ("order_id", "sub_order_id", "parent_order_id", "pay_id")
DOCUMENT = ("document_id", "order_id", "sub_order_id", "pay_id", "refund_id")


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pl.DataFrame:
    schema = {c: pl.Int64 if c in ("line_id", "document_id") else pl.String for c in columns}
    return pl.DataFrame([{c: r.get(c) for c in columns} for r in rows], schema=schema)


def grouped(
    orders: list[dict[str, Any]], lines: list[dict[str, Any]], documents: list[dict[str, Any]] | None = None
) -> Links:
    numbered = [{"line_id": n, **line} for n, line in enumerate(lines)]
    papers = [{"document_id": n, **paper} for n, paper in enumerate(documents or [])]
    items = frame([], ("order_id", "sub_order_id"))
    return link(frame(orders, ID), items, frame(numbered, LINE_KEYS), frame(papers, DOCUMENT))


def rule_and_key(links: Links) -> list[tuple[str | None, str | None]]:
    named = links.lines.join(links.groups, on="group_id", how="left", maintain_order="left")
    return list(named.sort("line_id").select("rule_id", "group_key").iter_rows())


@pytest.mark.parametrize(
    ("order", "line", "rule"),
    [
        ({"order_id": "100001"}, {"order_id": "100001"}, "receipt.order_id"),
        ({"order_id": "100001", "sub_order_id": "55"}, {"order_id": "55"}, "receipt.sub_order_as_order"),
        ({"order_id": "100001", "sub_order_id": "55"}, {"sub_order_id": "55"}, "receipt.sub_order_id"),
        ({"order_id": "100001"}, {"order_id": "9", "sub_order_id": "100001"}, "receipt.sub_order_is_order"),
        ({"order_id": "300000000100"}, {"order_id": "7", "parent_order_id": "300000000100"}, "receipt.parent_order_id"),
        ({"order_id": "8", "parent_order_id": "300000000100"}, {"order_id": "300000000100"}, "receipt.order_is_parent"),
        ({"order_id": "100001", "pay_id": "P1"}, {"biz_txn_id": "P1"}, "receipt.pay_id"),
        ({"order_id": "M202605010001"}, {"merchant_order_no": "M202605010001"}, "receipt.merchant_order_no"),
        ({"order_id": "A1", "pay_id": "M9"}, {"merchant_order_no": "M9"}, "receipt.merchant_order_no_is_pay_id"),
        ({"order_id": "692000000101,692000000102"}, {"order_id": "692000000102"}, "receipt.order_id_in_list"),
        ({"order_id": "692000000101；692000000102"}, {"order_id": "692000000101"}, "receipt.order_id_in_list"),
        ({"order_id": "692000000101|692000000102"}, {"order_id": "692000000101"}, "receipt.order_id_in_list"),
        ({"order_id": "692000000101-1"}, {"order_id": "692000000101"}, "receipt.order_id_suffix"),
        ({"order_id": "300000000100A"}, {"order_id": "300000000100"}, "receipt.order_id_suffix"),
        ({"order_id": "692000000101补发"}, {"merchant_order_no": "692000000101"}, "receipt.order_id_suffix"),
        ({"order_id": "M202605010001"}, {"merchant_order_no": "M202605010001_2"}, "receipt.line_id_suffix"),
        ({"order_id": "M202605010001"}, {"remark": "补差价 M202605010001 客户要求"}, "receipt.id_in_remark"),
    ],
)
def test_each_pass_has_its_name(order: dict[str, str], line: dict[str, str], rule: str) -> None:
    links = grouped([order], [line])
    assert rule_and_key(links) == [(rule, order["order_id"])]
    assert links.ambiguous.is_empty()


def test_a_refund_that_prints_only_its_own_number_finds_its_order_by_the_document() -> None:
    papers = [{"order_id": "M202605010001", "refund_id": "R1"}]
    links = grouped([{"order_id": "M202605010001"}], [{"merchant_order_no": "R1"}], papers)
    assert rule_and_key(links) == [("receipt.refund_document", "M202605010001")]


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"merchant_order_no": "M2026050"},
        {"remark": "提现"},
        {"order_id": None, "remark": "M20260501000", "merchant_order_no": None},
    ],
)
def test_what_names_nothing_known_matches_nothing(line: dict[str, str]) -> None:
    links = grouped([{"order_id": "M202605010001", "pay_id": None}], [line])
    assert rule_and_key(links) == [(None, None)]


def test_a_number_that_fits_two_orders_is_listed_and_never_decided() -> None:
    orders = [{"order_id": "692000000101-1"}, {"order_id": "692000000101-2"}]
    links = grouped(orders, [{"order_id": "692000000101"}, {"remark": "692000000101-1 和 692000000101-2 合并"}])
    assert rule_and_key(links) == [(None, None), (None, None)]
    assert links.ambiguous.group_by("line_id").len().sort("line_id")["len"].to_list() == [2, 2]


def test_the_order_number_wins_over_every_other_hint() -> None:
    orders = [{"order_id": "A00000001", "pay_id": "P"}, {"order_id": "B00000001", "pay_id": "Q"}]
    links = grouped(
        orders, [{"order_id": "A00000001", "pay_id": "Q", "remark": "B00000001", "merchant_order_no": "B00000001"}]
    )
    assert rule_and_key(links) == [("receipt.order_id", "A00000001")]


def test_one_payment_ties_its_orders_together() -> None:
    orders = [{"order_id": "1", "pay_id": "P"}, {"order_id": "2", "pay_id": "P"}, {"order_id": "3", "pay_id": "X"}]
    links = grouped(orders, [{"pay_id": "P"}, {"order_id": "2"}])
    assert links.orders["group_id"].n_unique() == 2
    assert links.lines["group_id"].n_unique() == 1


SUBS = [{"order_id": "1", "sub_order_id": "1"}, {"order_id": "1", "sub_order_id": "12"}]


def test_a_group_is_the_sub_order_where_everything_names_one() -> None:
    lines = [{"order_id": "1", "sub_order_id": "1"}, {"order_id": "1", "sub_order_id": "12"}, {"sub_order_id": "12"}]
    links = grouped(SUBS, lines, [{"order_id": "1", "sub_order_id": "12", "refund_id": "R"}])
    assert links.orders["group_id"].n_unique() == 2
    assert [key for _, key in rule_and_key(links)] == ["1/1", "1/12", "1/12"]
    assert links.documents["group_id"].to_list() == links.lines["group_id"].to_list()[1:2]


@pytest.mark.parametrize(
    ("line", "paper"),
    [({"order_id": "1"}, {"order_id": "1", "sub_order_id": "12"}),
     ({"order_id": "1", "sub_order_id": "1"}, {"order_id": "1"}),
     ({"order_id": "1", "sub_order_id": "99"}, {"order_id": "1", "sub_order_id": "12"})],
)  # fmt: skip
def test_one_line_or_document_without_a_known_sub_order_keeps_the_order_whole(
    line: dict[str, str], paper: dict[str, str]
) -> None:
    links = grouped(SUBS, [{"order_id": "1", "sub_order_id": "12"}, line], [paper])
    assert links.groups["group_key"].to_list() == ["1"]
    assert links.lines["group_id"].n_unique() == links.documents["group_id"].n_unique() == 1


def test_an_order_row_without_a_sub_order_keeps_the_order_whole() -> None:
    links = grouped([*SUBS, {"order_id": "1"}], [{"order_id": "1", "sub_order_id": "12"}])
    assert links.groups["group_key"].to_list() == ["1"]


IDS = st.sampled_from(
    ["692000000101", "692000000102", "692000000101-1", "692000000101,692000000103", "692000000104A", None]
)
ROWS = st.lists(
    st.fixed_dictionaries({"order_id": IDS, "sub_order_id": IDS, "merchant_order_no": IDS, "remark": IDS}), max_size=8
)
ORDERS = st.lists(st.fixed_dictionaries({"order_id": IDS.filter(bool), "sub_order_id": IDS, "pay_id": IDS}), max_size=6)


@settings(max_examples=80)
@given(orders=ORDERS, lines=ROWS, seed=st.integers(0, 50))
def test_no_line_is_in_two_groups_and_row_order_decides_nothing(orders, lines, seed) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(seed)
    numbered = [{"line_id": n, **line} for n, line in enumerate(lines)]
    mixed_lines, mixed_orders = rng.sample(numbered, len(lines)), rng.sample(orders, len(orders))
    items, papers = frame([], ("order_id", "sub_order_id")), frame([], DOCUMENT)
    one = link(frame(orders, ID), items, frame(numbered, LINE_KEYS), papers)
    two = link(frame(mixed_orders, ID), items, frame(mixed_lines, LINE_KEYS), papers)
    assert one.lines["line_id"].is_unique().all() and one.lines.height == len(lines)
    assert rule_and_key(one) == rule_and_key(two)
    assert one.groups.equals(two.groups)
    assert not set(one.ambiguous["line_id"]) & set(one.lines.filter(pl.col("group_id").is_not_null())["line_id"])
