"""The worked orders, those of docs/matching.md "Decomposition" among them, with exact components."""

from __future__ import annotations

import pytest
from tests.judging.explain.build import Document as D  # noqa: N817
from tests.judging.explain.build import Line as L  # noqa: N817
from tests.judging.explain.build import Order, tell

BEFORE, RECEIPT, AFTER = 1.0, 24.0, 48.0
CLOSED = "closed"

WORKED = {
    "1 refunded before receipt, reading 1 (80 + 20)": (
        Order("100.00", lines=[L("goods", "80.00")], documents=[D("20.00")]), 8000, [], "settled"),
    "1' the same by reading 2 (100 paid)": (
        Order("100.00", lines=[L("goods", "80.00", RECEIPT)], documents=[D("20.00", BEFORE)]), 8000, [], "settled"),
    "1b one cent missing": (
        Order("100.00", lines=[L("goods", "79.99")], documents=[D("20.00")]), 8000, [("A01", -1)], "settled"),
    "1d closed unshipped, reading 2": (
        Order("27.50", documents=[D("27.50")], status=CLOSED), 0, [], "settled"),
    "1c closed unshipped, reading 1": (
        Order("0.00", documents=[D("27.50")], status=CLOSED), 0, [], "settled"),
    "2 refund after receipt": (
        Order("100.00", lines=[L("goods", "100.00"), L("refund", "-30.00", AFTER)], documents=[D("30.00", AFTER)]),
        7000, [], "settled"),
    "2b two documents, one line": (
        Order("100.00", lines=[L("goods", "100.00"), L("refund", "-10.00", AFTER)],
              documents=[D("10.00", AFTER), D("10.00", AFTER + 1)]), 8000, [("R01", 1000)], "open"),
    "3 refund line without after-sale file": (
        Order("66.00", lines=[L("goods", "66.00"), L("refund", "-10.00", AFTER, own=True)]), 5600, [], "settled"),
    "4 deposit and balance": (
        Order("66.00", lines=[L("goods", "16.00"), L("goods", "50.00")]), 6600, [], "settled"),
    "4b deposit kept, closed": (
        Order("66.00", lines=[L("forfeit", "16.00")], status=CLOSED), 1600, [], "settled"),
    "5a advance before the receipt": (
        Order("66.00", lines=[L("advance", "66.00")]), 6600, [], "settled"),
    "5b advance repaid": (
        Order("66.00", lines=[L("advance", "66.00"), L("goods", "66.00", AFTER), L("advance", "-66.00", AFTER)]),
        6600, [], "settled"),
    "5c receipt in, repayment not yet": (
        Order("66.00", lines=[L("advance", "66.00"), L("goods", "66.00", AFTER)]), 6600, [("A07", 6600)], "partly"),
    "5d refund in sale, advance taken back": (
        Order("66.00", lines=[L("advance", "66.00", BEFORE), L("advance", "-66.00", AFTER)],
              documents=[D("66.00", AFTER)]), 0, [], "settled"),
    "6 refund from the deposit account": (
        Order("100.00", lines=[L("goods", "100.00"), L("refund", "-30.00", AFTER)], documents=[D("30.00", AFTER)]),
        7000, [], "settled"),
    "6b refund in two accounts": (
        Order("100.00", lines=[L("goods", "100.00"), L("refund", "-30.00", AFTER), L("refund", "-30.00", AFTER)],
              documents=[D("30.00", AFTER)]), 7000, [("R02", -3000)], "open"),
    "7 full refund after settlement": (
        Order("59.90", "3.00", lines=[L("goods", "59.90"), L("coupon", "3.00"), L("refund", "-59.90", AFTER),
              L("coupon", "-3.00", AFTER)], documents=[D("59.90", AFTER)]), 0, [], "settled"),
    "7b full refund before settlement": (
        Order("59.90", "3.00", documents=[D("59.90")]), 0, [], "settled"),
    "7c clawback without refund": (
        Order("59.90", "3.00", lines=[L("goods", "59.90"), L("coupon", "3.00"), L("coupon", "-3.00", AFTER)]),
        6290, [("R02", -300)], "open"),
    "8 part refunded after settlement, clawback 1": (
        Order("59.90", "3.00", lines=[L("goods", "59.90"), L("coupon", "3.00"), L("refund", "-20.00", AFTER),
              L("coupon", "-1.00", AFTER)], documents=[D("20.00", AFTER)]), 4190, [], "settled"),
    "8b part refunded before, coupon pro rata": (
        Order("59.90", "3.00", lines=[L("goods", "39.90"), L("coupon", "2.00")], documents=[D("20.00")]),
        4190, [], "settled"),
    "8c part refunded before, coupon whole": (
        Order("59.90", "3.00", lines=[L("goods", "39.90"), L("coupon", "3.00")], documents=[D("20.00")]),
        4290, [], "settled"),
    "9 closed order keeps money": (
        Order("65.00", lines=[L("goods", "25.00")], status=CLOSED), 0, [("M08", 2500)], "open"),
    "9b closed, paid 65, refunded 40": (
        Order("65.00", lines=[L("goods", "25.00")], documents=[D("40.00")], status=CLOSED), 0, [("M08", 2500)],
        "open"),
    "9b' full refund missing from the bill": (
        Order("65.00", lines=[L("goods", "65.00")], documents=[D("65.00", AFTER)], status=CLOSED), 0,
        [("R01", 6500)], "open"),
    "10 double receipt": (
        Order("100.00", lines=[L("goods", "100.00"), L("goods", "100.00", AFTER)]), 10000, [("A05", 10000)], "open"),
    "11 coupon missing, a cent short, refund unseen": (
        Order("40.00", "10.00", lines=[L("goods", "39.99")], documents=[D("3.00")]), 4700,
        [("A01", -1), ("C06", -1000), ("R01", 300)], "open"),
    "11b a cent over instead": (
        Order("40.00", "10.00", lines=[L("goods", "40.01")]), 5000, [("A01", 1), ("C06", -1000)], "open"),
    "12 in transit at as-of": (
        Order("100.00", status="shipped", due=False, covered=False), 10000, [("X01", -10000)], "not_due"),
    "12b overdue": (Order("100.00"), 10000, [("X02", -10000)], "overdue"),
    "12c overdue, 20 netted": (Order("100.00", documents=[D("20.00")]), 8000, [("X02", -8000)], "overdue"),
    "12d overdue link of one cent": (Order("0.01"), 1, [("X02", -1)], "overdue"),
    "13 gift": (Order(), 0, [], "settled"),
    "14 closed, no after-sale list": (Order("27.50", status=CLOSED), 0, [], "settled"),
    "15 document covers cash and coupon": (
        Order("40.00", "10.00", lines=[L("goods", "40.00")], documents=[D("10.00")]), 4000, [], "settled"),
    "text: 40.00 + 10.00 due, 39.99 received, document 3.00 unseen": (
        Order("40.00", "10.00", lines=[L("goods", "39.99")], documents=[D("3.00", AFTER)]), 4700,
        [("A01", -1), ("C06", -1000), ("R01", 300)], "open"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_worked_order(name: str) -> None:
    order, expected, parts, outcome = WORKED[name]
    told = tell(order)
    assert sorted(told.parts) == sorted(parts)
    assert told.expected == expected
    assert told.difference == sum(amount for _, amount in parts)
    assert told.outcome == outcome


@pytest.mark.parametrize("name", [n for n in WORKED if n.split()[0] in ("1", "1b", "5d", "8b", "8c", "15")])
def test_netted_documents_are_named(name: str) -> None:
    assert tell(WORKED[name][0]).netted == ["D1-0"]


@pytest.mark.parametrize(
    "name", ["2 refund after receipt", "2b two documents, one line", "7 full refund after settlement"]
)
def test_documents_with_a_line_are_not_netted(name: str) -> None:
    assert tell(WORKED[name][0]).netted == []
