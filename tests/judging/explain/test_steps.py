"""Each step of docs/matching.md "Decomposition": what it takes, what it leaves, what it does at its edges."""

from __future__ import annotations

import polars as pl
import pytest
from tests.judging.explain.build import Document as D  # noqa: N817
from tests.judging.explain.build import Line as L  # noqa: N817
from tests.judging.explain.build import Order, Told, frames, tell

from ecrecon.base.errors import InvariantError
from ecrecon.judging.explain import explain
from ecrecon.judging.explain.netting import best_set
from ecrecon.judging.explain.work import ExplainSettings

BEFORE, RECEIPT, AFTER = 1.0, 24.0, 48.0
CLOSED = "closed"


def parts(order: Order) -> list[tuple[str, int]]:
    return sorted(tell(order).parts)


def row(told: Told, code: str) -> dict[str, object]:
    return told.components.filter(pl.col("code") == code).row(0, named=True)


# step -1


@pytest.mark.parametrize(("code", "kind"), [("X03", "break"), ("X11", "info")])
def test_money_without_order(code: str, kind: str) -> None:
    told = tell(Order(has_order=False, status=None, orphan=code, lines=[L("goods", "66.00"), L("coupon", "3.00")]))
    assert (told.parts, told.kinds, told.outcome) == ([(code, 6900)], [kind], "no_order")
    assert row(told, code)["line_ids"] == [100, 101]


def test_fee_lines_alone_are_nothing() -> None:
    told = tell(Order(has_order=False, status=None, orphan="X03"))
    assert (told.parts, told.outcome) == ([], "no_order")


def test_refund_alone_with_a_document_is_x11() -> None:
    told = tell(
        Order(has_order=False, status=None, orphan="X03", lines=[L("refund", "-20.00")], documents=[D("20.00")])
    )
    assert told.parts == [("X11", -2000)]
    assert (row(told, "X11")["expected_minor"], row(told, "X11")["actual_minor"]) == (0, -2000)


def test_a_document_without_order_lowers_nothing() -> None:
    told = tell(Order(has_order=False, status=None, orphan="X03", lines=[L("goods", "66.00")], documents=[D("20.00")]))
    assert told.parts == [("X03", 6600)]
    assert parts(Order(has_order=False, status=None, orphan="X03", documents=[D("20.00")])) == []


def test_refund_alone_without_a_document_follows_the_orphan_code() -> None:
    assert parts(Order(has_order=False, status=None, orphan="X03", lines=[L("refund", "-20.00")])) == [("X03", -2000)]


# steps 0a, 0b, 0c


def test_a_line_that_a_document_explains_does_not_document_itself() -> None:
    order = Order(
        "100.00", lines=[L("goods", "100.00"), L("refund", "-20.00", AFTER, own=True)], documents=[D("20.00")]
    )
    told = tell(order)
    assert (told.parts, told.expected) == ([], 8000)


def test_self_documented_line_beside_a_netted_document() -> None:
    lines = [L("goods", "70.00"), L("refund", "-25.00", AFTER, own=True)]
    told = tell(Order("100.00", lines=lines, documents=[D("30.00")]))
    assert (told.parts, told.expected, told.netted) == ([], 4500, ["D1-0"])


def test_self_documented_refund_lets_the_platform_take_its_part_back() -> None:
    lines = [
        L("goods", "59.90"),
        L("coupon", "3.00"),
        L("refund", "-59.90", AFTER, own=True),
        L("coupon", "-3.00", AFTER),
    ]
    told = tell(Order("59.90", "3.00", lines=lines))
    assert (told.parts, told.expected) == ([], 0)


def test_closed_order_owes_no_more_platform_part_than_came() -> None:
    told = tell(Order("40.00", "10.00", lines=[L("coupon", "4.00")], status=CLOSED))
    assert (told.parts, told.group["due_platform_minor"]) == ([], 400)


def test_unpaid_order() -> None:
    told = tell(Order("66.00", "3.00", status="unpaid", unpaid=True))
    assert (told.parts, told.expected, told.outcome) == ([], 0, "cancelled_unpaid")


def test_money_for_an_unpaid_order_is_open() -> None:
    told = tell(Order("66.00", status="unpaid", unpaid=True, lines=[L("goods", "66.00")]))
    assert (told.parts, told.outcome) == ([("A03", 6600)], "open")


# steps 1, 2


def test_price_protection_is_a_fact_beside_everything_else() -> None:
    told = tell(Order("100.00", lines=[L("goods", "99.99"), L("adjust", "-5.00", AFTER)]))
    assert sorted(zip(told.parts, told.kinds, strict=True)) == [(("A01", -1), "tolerated"), (("A08", -500), "info")]
    assert row(told, "A08")["line_ids"] == [101]
    assert told.outcome == "settled"


def test_clawback_above_what_the_platform_owed_is_r08() -> None:
    lines = [L("goods", "59.90"), L("coupon", "3.00"), L("refund", "-59.90", AFTER), L("coupon", "-4.00", AFTER)]
    told = tell(Order("59.90", "3.00", lines=lines, documents=[D("59.90", AFTER)]))
    assert told.parts == [("R08", -100)]
    assert (row(told, "R08")["expected_minor"], row(told, "R08")["actual_minor"]) == (-300, -400)


def test_gross_documents_pair_with_refund_and_clawback_together() -> None:
    lines = [L("goods", "59.90"), L("coupon", "3.00"), L("refund", "-59.90", AFTER), L("coupon", "-3.00", AFTER)]
    told = tell(Order("59.90", "3.00", lines=lines, documents=[D("62.90", AFTER)], gross=True))
    assert (told.parts, told.expected) == ([], 0)


# steps 3, 3d, 4


def test_same_refund_id_other_amount_is_r03() -> None:
    lines = [
        L("goods", "100.00"),
        L("refund", "-30.00", AFTER, refund_id="R1"),
        L("refund", "-5.00", AFTER, refund_id="R1"),
    ]
    told = tell(Order("100.00", lines=lines, documents=[D("30.00", AFTER, "R1")]))
    assert told.parts == [("R03", -500)]
    found = row(told, "R03")
    assert (found["refund_id"], found["line_ids"], found["rule_id"]) == ("R1", [101, 102], "explain.3a")
    assert (found["expected_minor"], found["actual_minor"]) == (-3000, -3500)


def test_same_refund_id_in_two_lines_of_the_same_sum() -> None:
    lines = [L("goods", "100.00"), L("refund", "-30.00", refund_id="R1"), L("refund", "-5.00", refund_id="R1")]
    assert parts(Order("100.00", lines=lines, documents=[D("35.00", AFTER, "R1")])) == []


def test_equal_amounts_pair_in_order_of_time() -> None:
    lines = [L("goods", "100.00"), L("refund", "-10.00", AFTER)]
    told = tell(Order("100.00", lines=lines, documents=[D("10.00", 50.0, "late"), D("10.00", 49.0, "early")]))
    assert row(told, "R01")["refund_id"] == "late"


def test_surplus_line_of_the_same_amount_is_r02() -> None:
    lines = [L("goods", "100.00"), L("refund", "-10.00", 50.0), L("refund", "-10.00", 49.0)]
    told = tell(Order("100.00", lines=lines, documents=[D("10.00", AFTER)]))
    assert (told.parts, row(told, "R02")["line_ids"]) == ([("R02", -1000)], [101])


def test_equal_totals_pair() -> None:
    lines = [L("goods", "100.00"), L("refund", "-10.00", AFTER), L("refund", "-25.00", AFTER)]
    assert parts(Order("100.00", lines=lines, documents=[D("20.00", AFTER), D("15.00", AFTER)])) == []


def test_last_document_and_last_line_pair_as_r03() -> None:
    told = tell(
        Order("100.00", lines=[L("goods", "100.00"), L("refund", "-10.00", AFTER)], documents=[D("12.00", AFTER)])
    )
    assert (told.parts, row(told, "R03")["rule_id"]) == ([("R03", 200)], "explain.3d")


def test_several_lines_without_document_are_one_r02_each() -> None:
    lines = [L("goods", "100.00"), L("refund", "-10.00", AFTER), L("refund", "-5.00", AFTER)]
    assert parts(Order("100.00", lines=lines)) == [("R02", -1000), ("R02", -500)]


# step 8


def test_part_of_an_advance_where_nothing_closes() -> None:
    told = tell(Order("66.00", lines=[L("advance", "66.00"), L("goods", "30.00", AFTER)]))
    assert told.parts == [("A07", 3000)]


def test_whole_advance_where_a_document_closes_the_rest() -> None:
    lines = [L("advance", "66.00"), L("goods", "46.00", AFTER)]
    told = tell(Order("66.00", lines=lines, documents=[D("20.00")]))
    assert (told.parts, told.kinds, told.netted) == ([("A07", 6600)], ["timing"], ["D1-0"])


def test_old_advance_is_review() -> None:
    told = tell(Order("66.00", lines=[L("advance", "66.00"), L("goods", "66.00", AFTER)], advance_late=True))
    assert (told.kinds, told.outcome) == (["review"], "open")


# step 10


def test_receipt_three_times() -> None:
    told = tell(Order("50.00", lines=[L("goods", "50.00", h) for h in (24.0, 25.0, 26.0)]))
    assert told.parts == [("A05", 10000)]
    assert row(told, "A05")["line_ids"] == [100, 101, 102]


def test_double_receipt_of_a_refunded_order() -> None:
    told = tell(Order("100.00", lines=[L("goods", "80.00"), L("goods", "80.00", AFTER)], documents=[D("20.00")]))
    assert (told.parts, told.netted) == ([("A05", 8000)], ["D1-0"])


def test_equal_parts_of_one_order_are_no_double_receipt() -> None:
    assert parts(Order("100.00", lines=[L("goods", "50.00"), L("goods", "50.00")])) == []
    assert parts(Order("100.00", lines=[L("goods", "50.00"), L("goods", "50.00"), L("goods", "7.00")])) == [
        ("A03", 700)
    ]


# steps 6, 6b


def test_several_lines_of_one_order() -> None:
    assert parts(Order("100.00", lines=[L("goods", "60.00"), L("goods", "20.00")], documents=[D("20.00")])) == []
    after = [L("goods", "60.00"), L("goods", "40.00"), L("refund", "-20.00", AFTER)]
    assert parts(Order("100.00", lines=after, documents=[D("20.00", AFTER)])) == []


def test_a_set_of_documents_closes_the_gap_and_the_other_stays() -> None:
    documents = [D("20.00", 1.0), D("7.00", 2.0), D("13.00", 3.0)]
    told = tell(Order("100.00", lines=[L("goods", "67.00")], documents=documents))
    assert (told.parts, sorted(told.netted)) == ([("R01", 700)], ["D1-0", "D1-2"])


@pytest.mark.parametrize(
    ("amounts", "target", "chosen"),
    [
        ([10, 20, 30], 30, (2,)),  # fewest documents
        ([11, 10], 10, (1,)),  # smallest gap before earliest
        ([10, 10, 10], 20, (0, 1)),  # earliest
        ([11, 9], 10, (0,)),  # equal gaps: earliest
        ([5, 50], 20, None),
        ([1] * 12, 9, (0, 1, 2, 3, 4, 5, 6, 7)),  # at most eight, a cent apart
        ([1] * 12, 10, None),
    ],
)
def test_best_set(amounts: list[int], target: int, chosen: tuple[int, ...] | None) -> None:
    assert best_set(amounts, target, 1, ExplainSettings()) == chosen


def test_search_among_many_documents_is_bounded() -> None:
    assert best_set([1000 + i for i in range(60)], 7_777_777, 1, ExplainSettings(search_budget=500)) is None


def test_a_closed_slot_takes_no_document() -> None:
    assert parts(Order("100.00", lines=[L("goods", "100.00")], documents=[D("0.01")])) == [("R01", 1)]


@pytest.mark.parametrize(("coupon", "found"), [("1.99", []), ("1.98", [("C06", -102)])])
def test_platform_share_of_a_netted_refund_is_rounded_up(coupon: str, found: list[tuple[str, int]]) -> None:
    lines = [L("goods", "39.90"), L("coupon", coupon)]  # 3.00 x 20.00 / 59.90 = 1.0017
    assert parts(Order("59.90", "3.00", lines=lines, documents=[D("20.00")])) == found


def test_refund_inside_the_settlement_row_releases_the_platform_share() -> None:
    same_row = [L("goods", "59.90", txn="t1"), L("coupon", "2.00", txn="t1"), L("refund", "-20.00", 25.0, txn="t1")]
    same_second = [L("goods", "59.90"), L("coupon", "2.00"), L("refund", "-20.00")]
    another = [L("goods", "59.90"), L("coupon", "2.00"), L("refund", "-20.00", AFTER)]
    document = [D("20.00", BEFORE)]
    assert parts(Order("59.90", "3.00", lines=same_row, documents=document)) == []
    assert parts(Order("59.90", "3.00", lines=same_second, documents=document)) == []
    assert parts(Order("59.90", "3.00", lines=another, documents=document)) == [("C06", -100)]


def test_gross_documents_release_no_platform_share() -> None:
    lines = [L("goods", "39.90"), L("coupon", "2.00")]
    assert parts(Order("59.90", "3.00", lines=lines, documents=[D("20.00")], gross=True)) == [("C06", -100)]


def test_early_documents_leave_when_they_bring_cash_nearer() -> None:
    told = tell(Order("100.00", lines=[L("goods", "75.00")], documents=[D("20.00")]))
    assert (told.parts, told.netted) == ([("A02", -500)], ["D1-0"])


def test_late_documents_do_not_leave_by_time() -> None:
    told = tell(Order("100.00", lines=[L("goods", "75.00")], documents=[D("20.00", AFTER)]))
    assert sorted(told.parts) == [("A02", -2500), ("R01", 2000)]


# step 5


def test_due_but_not_covered_is_not_checked() -> None:
    told = tell(Order("100.00", covered=False))
    assert (told.parts, told.kinds, told.outcome) == ([("F12", -10000)], ["review"], "not_checked")


def test_overdue_of_kind_review() -> None:
    told = tell(Order("100.00", "3.00", documents=[D("20.00")], overdue_kind="review"))
    assert (told.parts, told.kinds, told.outcome) == ([("X02", -8300)], ["review"], "overdue")
    assert (row(told, "X02")["expected_minor"], row(told, "X02")["actual_minor"]) == (8300, 0)
    assert "D1-0" in str(row(told, "X02")["note"])


def test_order_paid_by_coupons_alone_is_still_due() -> None:
    assert parts(Order("0.00", "10.00")) == [("X02", -1000)]


def test_refund_of_money_that_never_came() -> None:
    order = Order("100.00", lines=[L("refund", "-30.00")], documents=[D("30.00")])
    assert parts(order) == [("X02", -10000)]


# steps 7, 9, 11, 12


def test_refund_document_within_its_grace_is_timing() -> None:
    told = tell(Order("100.00", lines=[L("goods", "100.00")], documents=[D("30.00", AFTER, late=False)]))
    assert (told.parts, told.kinds, told.outcome) == ([("R01", 3000)], ["timing"], "partly")
    assert (row(told, "R01")["expected_minor"], row(told, "R01")["actual_minor"]) == (-3000, 0)


def test_coupon_inside_the_receipt() -> None:
    assert parts(Order("40.00", "10.00", lines=[L("goods", "50.00")])) == []
    assert parts(Order("50.00", lines=[L("goods", "40.00"), L("coupon", "10.00")])) == []


def test_missing_coupon_before_its_term_is_timing() -> None:
    told = tell(Order("40.00", "10.00", lines=[L("goods", "40.00"), L("subsidy", "4.00")], platform_due=False))
    assert (told.parts, told.kinds) == ([("C06", -600)], ["timing"])
    assert (row(told, "C06")["expected_minor"], row(told, "C06")["actual_minor"]) == (1000, 400)


def test_cash_above_due_makes_up_for_the_platform_part() -> None:
    assert parts(Order("40.00", "10.00", lines=[L("goods", "47.00")])) == [("A02", -300)]


@pytest.mark.parametrize(
    ("order", "found", "outcome"),
    [
        (Order("100.00", lines=[L("goods", "99.99")]), ("A01", -1), "settled"),
        (Order("100.00", lines=[L("goods", "100.01")]), ("A01", 1), "settled"),
        (Order("100.00", lines=[L("goods", "99.98")]), ("A02", -2), "open"),
        (Order("100.00", lines=[L("goods", "100.02")]), ("A03", 2), "open"),
        (Order("100.00", lines=[L("goods", "60.00")], due=False), ("A04", -4000), "partly"),
        (Order("100.00", lines=[L("goods", "60.00")], covered=False), ("A04", -4000), "partly"),
        (Order("100.00", lines=[L("goods", "0.02")], status=CLOSED), ("M08", 2), "open"),
        (Order("100.00", lines=[L("goods", "0.01")], status=CLOSED), ("A01", 1), "settled"),
    ],
)
def test_residue(order: Order, found: tuple[str, int], outcome: str) -> None:
    told = tell(order)
    assert (told.parts, told.outcome) == ([found], outcome)
    assert row(told, found[0])["expected_minor"] == told.expected
    assert row(told, found[0])["actual_minor"] == told.actual


def test_slots_of_a_residue_beside_other_components() -> None:
    told = tell(Order("40.00", "10.00", lines=[L("goods", "39.99")], documents=[D("3.00", AFTER)]))
    rows = told.components
    assert (rows["actual_minor"] - rows["expected_minor"]).equals(rows["amount_minor"], check_names=False)


# step 13 and the edges of the input


def test_unknown_group_and_double_group_are_bugs() -> None:
    groups, lines, documents = frames([Order("1.00", lines=[L("goods", "1.00")], documents=[D("1.00")])])
    other = pl.col("group_id") + 1
    with pytest.raises(InvariantError, match="unknown group"):
        explain(groups, lines.with_columns(other), documents)
    with pytest.raises(InvariantError, match="unknown group"):
        explain(groups, lines, documents.with_columns(other))
    with pytest.raises(InvariantError, match="twice"):
        explain(pl.concat([groups, groups]), lines, documents)


def test_no_rows() -> None:
    told = explain(*(frame.clear() for frame in frames([Order()])))
    assert (told.groups.height, told.components.height) == (0, 0)
