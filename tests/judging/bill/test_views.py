"""Order basis and money basis: a settlement detail and a wallet are two looks at one pocket of money, never a sum."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judging.bill.build import at, basis, bill, ledger, row, view

from ecrecon.base.categories import CATEGORIES
from ecrecon.ledger.summaries import compare_equal_views

JD = {"detail": view("detail", "order", ties=[["payout_batch_id"]]), "wallet": view("cash", "batch", rank=20)}
KUAISHOU = {"settled": view("detail", "order", ties=[["order_id", "day"]]), "wallet": view("cash", "order", rank=20)}


def jd_detail() -> list[dict[str, object]]:
    return [
        row("goods_receipt", 12900, at(10), order_id="O1", payout_batch_id="B1"),
        row("commission", -645, at(10), order_id="O1", payout_batch_id="B1"),
        row("refund", -5900, at(10), order_id="O0", payout_batch_id="B1"),
    ]


def jd_wallet() -> list[dict[str, object]]:
    return [
        row("goods_receipt", 12900, at(10, minute=10), payout_batch_id="B1"),
        row("other", -645, at(10, minute=11), payout_batch_id="B1"),
        row("refund", -5900, at(10, minute=12), payout_batch_id="B1"),
        row("withdrawal", -100000, at(11), payout_batch_id="W1"),
        row("freight_insurance", -120, at(12), payout_batch_id="I1"),
    ]


def test_a_batch_answers_for_orders_by_its_detail_and_for_money_by_the_wallet() -> None:
    frame = ledger([bill("detail", jd_detail(), view="detail"), bill("wallet", jd_wallet())], JD).lines
    assert basis(frame, "in_order") == [
        ("cash", "freight_insurance", -120),
        ("cash", "withdrawal", -100000),
        ("detail", "commission", -645),
        ("detail", "goods_receipt", 12900),
        ("detail", "refund", -5900),
    ]
    assert {v for v, _, _ in basis(frame, "in_money")} == {"cash"}
    assert sum(a for _, _, a in basis(frame, "in_money")) == sum(r["amount_minor"] for r in jd_wallet())
    assert frame["fate"].null_count() == frame.height
    tied = frame.filter(pl.col("tie_id").is_not_null())
    assert tied["tie_id"].n_unique() == 1 and tied.height == 6


def test_adding_the_two_views_would_count_the_goods_twice() -> None:
    frame = ledger([bill("detail", jd_detail(), view="detail"), bill("wallet", jd_wallet())], JD).lines
    for name in ("in_order", "in_money"):
        assert [a for _, c, a in basis(frame, name) if c == "goods_receipt"] == [12900]


@pytest.mark.parametrize(("name", "rows", "kind"), [("detail", jd_detail(), "detail"), ("wallet", jd_wallet(), "cash")])
def test_one_view_alone_is_both_bases(name: str, rows: list[dict[str, object]], kind: str) -> None:
    frame = ledger([bill(name, rows, view=kind)], JD).lines
    assert basis(frame, "in_order") == basis(frame, "in_money")
    assert len(basis(frame, "in_money")) == len(rows)


def test_the_finer_cash_view_is_both_bases_and_the_settlement_only_witnesses() -> None:
    views = {"d1": view("cash", "sub_order"), "d3": view("detail", "sub_order", rank=20)}
    flow = [
        row("goods_receipt", 5000, at(3), order_id="1", sub_order_id="11"),
        row("refund", -500, at(9), order_id="1"),
    ]
    settled = [row("goods_receipt", 5000, at(3), order_id="1", sub_order_id="11")]
    frame = ledger([bill("d1", flow), bill("d3", settled, view="detail")], views).lines
    assert basis(frame, "in_order") == basis(frame, "in_money") == [
        ("cash", "goods_receipt", 5000), ("cash", "refund", -500)
    ]  # fmt: skip
    assert frame.filter(pl.col("view") == "detail")["fate"].to_list() == ["witness"]


def test_beside_an_order_the_cash_view_keeps_what_the_settlement_does_not_explain() -> None:
    settled = [
        row("goods_receipt", 10500, at(12), order_id="1"),
        row("tech_service_fee", -210, at(12), order_id="1"),
        row("affiliate_commission", -1000, at(12), order_id="1"),
    ]
    wallet = [
        row("goods_receipt", 9290, at(12), order_id="1"),
        row("penalty", -300, at(12, 9), order_id="1"),
        row("refund", -3000, at(20), order_id="1"),
        row("tech_service_fee", 60, at(20), order_id="1"),
    ]
    frame = ledger([bill("settled", settled, view="detail"), bill("wallet", wallet)], KUAISHOU).lines
    assert [x for x in basis(frame, "in_order") if x[0] == "cash"] == [
        ("cash", "penalty", -300), ("cash", "refund", -3000), ("cash", "tech_service_fee", 60)
    ]  # fmt: skip
    assert len([x for x in basis(frame, "in_order") if x[0] == "detail"]) == 3


def test_a_refund_after_settlement_does_not_disturb_the_tie_of_its_order() -> None:
    views = {**KUAISHOU, "settled": view("detail", "order", ties=[["order_id"]])}
    settled = [row("goods_receipt", 9500, at(12), order_id="1"), row("tech_service_fee", -210, at(12), order_id="1")]
    wallet = [row("goods_receipt", 9290, at(13), order_id="1"), row("penalty", -3000, at(20), order_id="1")]
    late = [row("refund", -3000, at(20), order_id="2"), row("goods_receipt", 100, at(12), order_id="2")]
    early = [row("goods_receipt", 100, at(12), order_id="2")]
    frame = ledger([bill("settled", settled + early, view="detail"), bill("wallet", wallet + late)], views).lines
    assert [x for x in basis(frame, "in_order") if x[0] == "cash"] == [
        ("cash", "penalty", -3000), ("cash", "refund", -3000)
    ]  # fmt: skip
    sums = frame.group_by("tie_id").agg(
        pl.col("amount_minor").filter(pl.col("view") == v).sum().alias(v) for v in ("cash", "detail")
    )
    assert all(row["cash"] == row["detail"] for row in sums.drop_nulls("tie_id").iter_rows(named=True))


def test_days_that_only_the_wallet_covers_are_answered_by_the_wallet_and_the_other_way_round() -> None:
    from datetime import date

    settled = [row("goods_receipt", 100, at(5), order_id="1"), row("goods_receipt", 200, at(25), order_id="2")]
    wallet = [row("goods_receipt", 100, at(5), order_id="1"), row("goods_receipt", 300, at(15), order_id="3")]
    files = [
        bill("settled", settled, view="detail"),
        bill("wallet", wallet, coverage=((date(2026, 10, 1), date(2026, 10, 20)),)),
    ]
    frame = ledger(files, KUAISHOU).lines
    assert sorted(a for _, _, a in basis(frame, "in_order")) == [100, 200, 300]
    assert sorted(a for _, _, a in basis(frame, "in_money")) == [100, 200, 300]
    assert [x for x in basis(frame, "in_money") if x[0] == "detail"] == [("detail", "goods_receipt", 200)]


def test_a_batch_cut_by_the_end_of_a_file_is_not_counted_twice() -> None:
    from datetime import date

    detail = [row("goods_receipt", 700, at(20, 23, 59), order_id="1", payout_batch_id="B9")]
    wallet = [row("goods_receipt", 700, at(21, 0, 1), payout_batch_id="B9")]
    to_20 = ((date(2026, 10, 1), date(2026, 10, 20)),)
    from_21 = ((date(2026, 10, 21), date(2026, 10, 31)),)
    files = [bill("detail", detail, view="detail", coverage=to_20), bill("wallet", wallet, coverage=from_21)]
    frame = ledger(files, JD).lines
    assert basis(frame, "in_order") == [("detail", "goods_receipt", 700)]
    assert basis(frame, "in_money") == [("cash", "goods_receipt", 700)]


def test_a_detail_without_tie_speaks_for_the_order_money_of_its_days() -> None:
    views = {"detail": view("detail", "order"), "wallet": view("cash", "none", rank=20)}
    wallet = [row("goods_receipt", 12255, at(10)), row("penalty", -50, at(10)), row("withdrawal", -9000, at(11))]
    frame = ledger([bill("detail", jd_detail(), view="detail"), bill("wallet", wallet)], views).lines
    assert [x for x in basis(frame, "in_order") if x[0] == "cash"] == [
        ("cash", "penalty", -50), ("cash", "withdrawal", -9000)
    ]  # fmt: skip


def test_of_equal_views_the_lower_rank_counts_and_equal_ranks_complement_each_other() -> None:
    views = {
        "j2": view("detail", "order", 10, [["payout_batch_id"]]),
        "j3": view("detail", "order", 20, [["payout_batch_id"]]),
        "other_items": view("detail", "order", 10, [["payout_batch_id"]]),
        "wallet": JD["wallet"],
    }
    extra = [row("penalty", -100, at(10), order_id="O1", payout_batch_id="B1")]
    files = [
        bill("j3", jd_detail(), view="detail"), bill("j2", jd_detail(), view="detail"),
        bill("other_items", extra, view="detail"), bill("wallet", jd_wallet()),
    ]  # fmt: skip
    frame = ledger(files, views).lines
    assert sum(a for v, _, a in basis(frame, "in_order") if v == "detail") == 12900 - 645 - 5900 - 100
    assert frame.filter(pl.col("fate") == "witness").height == 3


@pytest.mark.parametrize(("second", "found"), [(5000, []), (4900, [4900])])
def test_a_second_layout_of_the_same_movements_is_compared(second: int, found: list[int]) -> None:
    views = {"a1": view("cash", "order", 10), "a5": view("cash", "order", 20)}
    one = [row("goods_receipt", 5000, at(3), order_id="1"), row("refund", -500, at(9), order_id="1")]
    two = [row("goods_receipt", second, at(3), order_id="1"), row("refund", -500, at(9), order_id="1")]
    told = ledger([bill("a1", one), bill("a5", two)], views)
    rows = compare_equal_views(told.lines, told.sources)
    assert [r["expected_minor"][0] + 500 for r in rows] == found
    assert sum(a for _, _, a in basis(told.lines, "in_money")) == 4500


def test_a_bank_answers_for_no_order() -> None:
    frame = ledger([bill("bank", [row("withdrawal", 100, at(3))], kind="bank", account="bank:1")], {}).lines
    assert basis(frame, "in_order") == [] and len(basis(frame, "in_money")) == 1


BATCHES = st.sampled_from(["B1", "B2", "B3", None])
NAMES = st.sampled_from(sorted(CATEGORIES))
LINES = st.lists(st.tuples(NAMES, st.integers(-500, 500), st.integers(1, 28), BATCHES), max_size=12)


def _month(detail: list[tuple[str, int, int, str | None]], wallet: list[tuple[str, int, int, str | None]], seed: int):  # type: ignore[no-untyped-def]
    rng = random.Random(seed)
    files = [
        bill("detail", [row(c, m, at(d), order_id=f"O{m}", payout_batch_id=b) for c, m, d, b in detail], view="detail"),
        bill("wallet", [row(c, m, at(d, 4), payout_batch_id=b) for c, m, d, b in wallet]),
    ]
    files = [f for f in files if f.frame is not None and f.frame.height]
    shuffled = [type(f)(f.source, f.frame.sample(fraction=1, shuffle=True, seed=seed)) for f in files]  # type: ignore[union-attr]
    rng.shuffle(shuffled)
    return ledger(files, JD).lines, ledger(shuffled, JD).lines


@settings(max_examples=60)
@given(detail=LINES, wallet=LINES, seed=st.integers(0, 99))
def test_every_line_is_counted_in_the_right_basis_whatever_the_order(detail, wallet, seed) -> None:  # type: ignore[no-untyped-def]
    frame, shuffled = _month(detail, wallet, seed)
    for name in ("in_order", "in_money"):
        assert basis(frame, name) == basis(shuffled, name)
    if not detail or not wallet:
        assert basis(frame, "in_order") == basis(frame, "in_money")
        return
    # the money basis is the wallet, to the cent
    assert sorted(a for _, _, a in basis(frame, "in_money")) == sorted(m for _, m, _, _ in wallet)
    # no batch stands in the order basis with both looks
    both = frame.filter(pl.col("in_order"), pl.col("payout_batch_id").is_not_null())
    assert both.group_by("payout_batch_id").agg(pl.col("view").n_unique())["view"].max() in (None, 1)
    # what tells the bases apart is exactly the detail against the cash lines it explains
    difference = sum(a for _, _, a in basis(frame, "in_order")) - sum(m for _, m, _, _ in wallet)
    explained = frame.filter(pl.col("in_money"), ~pl.col("in_order"))["amount_minor"].sum()
    assert difference == sum(m for _, m, _, _ in detail) - explained


def test_a_settlement_is_tied_to_the_row_that_pays_it_out_beside_a_refund_of_the_same_day() -> None:
    settled = [row("goods_receipt", 5000, at(3), order_id="1"), row("commission", -100, at(3), order_id="1")]
    wallet = [
        row("goods_receipt", 4900, at(3), order_id="1"),
        row("refund", -500, at(3, 9), order_id="1"),
        row("advance", -700, at(3), order_id="1"),
    ]
    frame = ledger([bill("settled", settled, view="detail"), bill("wallet", wallet)], KUAISHOU).lines
    assert basis(frame, "in_order") == [
        ("cash", "advance", -700), ("cash", "refund", -500), ("detail", "commission", -100), ("detail", "goods_receipt", 5000)
    ]  # fmt: skip
    tied = frame.filter(pl.col("tie_id").is_not_null())
    assert sorted(tied["amount_minor"]) == [-100, 4900, 5000]


LAYOUTS = {"a1": view("cash", "order", 10), "a5": view("cash", "order", 20)}


def two_layouts(one: list[dict[str, object]], two: list[dict[str, object]]) -> tuple[int, list[tuple[str, str | None]]]:
    """(money that counts, what is said) of two layouts of one account."""
    told = ledger([bill("a1", one), bill("a5", two)], LAYOUTS)
    rows = [row for found in told.findings for row in found.select("code", "kind").iter_rows()]
    return sum(a for _, _, a in basis(told.lines, "in_money")), [(code, kind) for code, kind in rows]


def orders_of(numbers: range, day: int = 3, minor: int = 1000) -> list[dict[str, object]]:
    return [row("goods_receipt", minor + n, at(day, minute=n), order_id=f"O{n}") for n in numbers]


def test_two_layouts_of_the_same_rows_count_once() -> None:
    first = orders_of(range(1, 5))
    assert two_layouts(first, orders_of(range(1, 5))) == (4010, [])
    net = [row("goods_receipt", 900 + n, at(3, minute=n), order_id=f"O{n}") for n in range(1, 5)]
    fees = [row("commission", 100, at(3, 20), order_id=f"O{n}") for n in range(1, 5)]
    assert two_layouts(first, [*net, *fees]) == (4010, [])  # cut into other rows, the same sums by order


def test_two_layouts_without_a_common_row_are_parts_of_one_day() -> None:
    assert two_layouts(orders_of(range(1, 5)), orders_of(range(5, 9))) == (8036, [])


def test_two_layouts_with_the_same_orders_and_other_sums_stop_with_both_readings() -> None:
    fees = [row("commission", -30 - n, at(3, minute=n), order_id=f"O{n}") for n in range(1, 5)]
    assert two_layouts(orders_of(range(1, 5)), fees) == (4010 - 130, [("F10", "stop")])


def test_a_layout_that_holds_more_than_the_one_that_counts_is_told() -> None:
    assert two_layouts(orders_of(range(1, 5)), orders_of(range(1, 6))) == (4010, [("F10", None)])


def test_two_layouts_of_few_common_rows_stop() -> None:
    assert two_layouts(orders_of(range(1, 5)), orders_of(range(4, 9)))[1] == [("F10", "stop")]
