"""Every worked order of the specification, exact, against the reference."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.oracle.decompose import decompose
from tests.oracle.model import Document, Group, Line


def fen(text: str) -> int:
    """Yuan text with at most two decimals, exact."""
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("+-").partition(".")
    return sign * (int(whole) * 100 + int(fraction.ljust(2, "0")))


def lines(*cells: str) -> tuple[Line, ...]:
    """`"goods_receipt +80"`: one line per cell, a day apart, receipts and refunds in the order printed."""
    parts = [cell.split() for cell in cells]
    return tuple(
        Line(number, category, fen(amount), at=86_400 * (number + 10), self_documented="alone" in rest)
        for number, (category, amount, *rest) in enumerate(parts)
    )


def documents(*amounts: str, at: int = 0) -> tuple[Document, ...]:
    return tuple(
        Document(number, fen(amount), refund_id=f"R{number}", completed_at=at + number)
        for number, amount in enumerate(amounts)
    )


def group(cash: str, platform: str = "0", *cells: str, refunds: tuple[str, ...] = (), **settings: object) -> Group:
    return Group(fen(cash), fen(platform), lines(*cells), documents(*refunds), **settings)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Worked:
    group: Group
    expected: str
    difference: str
    components: tuple[str, ...] = ()
    outcome: str = "settled"


CLOSED: dict[str, object] = {"status": "closed"}
WORKED = {
    "1": Worked(group("100", "0", "goods_receipt 80", refunds=("20",)), "80", "0"),
    "1 reading 2": Worked(group("100", "0", "goods_receipt 80", refunds=("20",)), "80", "0"),
    "1b": Worked(
        group("100", "0", "goods_receipt 79.99", refunds=("20",)), "80", "-0.01", ("A01 tolerated -0.01",)
    ),
    "1c closed unshipped": Worked(group("0", refunds=("27.50",), **CLOSED), "0", "0"),
    "1d reading 2": Worked(group("27.50", refunds=("27.50",), **CLOSED), "0", "0"),
    "2": Worked(group("100", "0", "goods_receipt 100", "refund -30", refunds=("30",)), "70", "0"),
    "2b": Worked(
        group("100", "0", "goods_receipt 100", "refund -10", refunds=("10", "10")), "80", "10",
        ("R01 break 10 R1",), "open",
    ),
    "3 no after-sale file": Worked(group("66", "0", "goods_receipt 66", "payment_fee -0.40", "refund -10 alone"), "56", "0"),
    "4": Worked(group("66", "0", "goods_receipt 16", "goods_receipt 50"), "66", "0"),
    "4b": Worked(group("16", "0", "deposit_forfeit 16", **CLOSED), "16", "0"),
    "5a": Worked(group("66", "0", "advance 66"), "66", "0"),
    "5b": Worked(group("66", "0", "advance 66", "goods_receipt 66", "advance -66"), "66", "0"),
    "5c": Worked(
        group("66", "0", "advance 66", "goods_receipt 66"), "66", "66", ("A07 timing 66",), "partly"
    ),
    "5c after term + 30": Worked(
        group("66", "0", "advance 66", "goods_receipt 66", advance_late=True), "66", "66", ("A07 review 66",), "open"
    ),
    "5d": Worked(group("66", "0", "advance 66", "advance -66", refunds=("66",)), "0", "0"),
    "6 refund from deposit": Worked(group("100", "0", "goods_receipt 100", "refund -30", refunds=("30",)), "70", "0"),
    "6b in both bills": Worked(
        group("100", "0", "goods_receipt 100", "refund -30", "refund -30", refunds=("30",)), "70", "-30",
        ("R02 break -30",), "open",
    ),
    "7": Worked(
        group(
            "59.90", "3", "goods_receipt 59.90", "coupon_platform 3", "tech_service_fee -0.38", "refund -59.90",
            "coupon_platform -3", "tech_service_fee 0.38", refunds=("59.90",),
        ), "0", "0",
    ),
    "7b": Worked(group("59.90", "3", refunds=("59.90",)), "0", "0"),
    "7c": Worked(
        group("59.90", "3", "goods_receipt 59.90", "coupon_platform 3", "coupon_platform -3"), "62.90", "-3",
        ("R02 break -3",), "open",
    ),
    "8": Worked(
        group("59.90", "3", "goods_receipt 59.90", "coupon_platform 3", "refund -20", "coupon_platform -1", refunds=("20",)),
        "41.90", "0",
    ),
    "8b": Worked(group("59.90", "3", "goods_receipt 39.90", "coupon_platform 2", refunds=("20",)), "41.90", "0"),
    "8c": Worked(group("59.90", "3", "goods_receipt 39.90", "coupon_platform 3", refunds=("20",)), "42.90", "0"),
    "9": Worked(group("59.90", "0", "goods_receipt 25", **CLOSED), "0", "25", ("M08 break 25",), "open"),
    "9b": Worked(
        group("65", "0", "goods_receipt 25", refunds=("40",), **CLOSED), "0", "25", ("M08 break 25",), "open"
    ),
    "9b full refund missing": Worked(
        group("65", "0", "goods_receipt 65", refunds=("65",), **CLOSED), "0", "65", ("R01 break 65 R0",), "open"
    ),
    "10": Worked(
        group("100", "0", "goods_receipt 100", "goods_receipt 100"), "100", "100", ("A05 break 100",), "open"
    ),
    "11": Worked(
        group("40", "10", "goods_receipt 39.99", refunds=("3",)), "47", "-7.01",
        ("A01 tolerated -0.01", "C06 break -10", "R01 break 3 R0"), "open",
    ),
    "11b": Worked(
        group("40", "10", "goods_receipt 40.01"), "50", "-9.99", ("A01 tolerated 0.01", "C06 break -10"), "open"
    ),
    "12": Worked(
        group("100", status="shipped", due=False, covered=False), "100", "-100", ("X01 timing -100",), "not_due"
    ),
    "12 day not covered": Worked(group("100", covered=False), "100", "-100", ("F12 review -100",), "not_checked"),
    "12b": Worked(group("100"), "100", "-100", ("X02 break -100",), "overdue"),
    "12c": Worked(group("100", refunds=("20",)), "80", "-80", ("X02 break -80",), "overdue"),
    "12d": Worked(group("0.01"), "0.01", "-0.01", ("X02 break -0.01",), "overdue"),
    "13": Worked(group("0", "0", "freight_insurance -1.20"), "0", "0"),
    "14": Worked(group("27.50", **CLOSED), "0", "0"),
    "15": Worked(group("40", "10", "goods_receipt 40", refunds=("10",)), "40", "0"),
    "sentence: advance": Worked(group("66", "0", "advance 66", "goods_receipt 66", "advance -66"), "66", "0"),
    "sentence: deposit": Worked(group("66", "0", "goods_receipt 16", "goods_receipt 50"), "66", "0"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_worked_order(name: str) -> None:
    worked = WORKED[name]
    result = decompose(worked.group)
    found = tuple(f"{c.code} {c.kind} {c.amount} {c.refund_id}".rstrip() for c in result.components)
    wanted = []
    for text in worked.components:
        code, kind, amount, *refund_id = text.split()
        wanted.append(" ".join([code, kind, str(fen(amount)), *refund_id]))
    assert found == tuple(wanted)
    assert (result.expected, result.difference) == (fen(worked.expected), fen(worked.difference))
    assert result.actual == result.expected + result.difference
    assert result.outcome == worked.outcome


@pytest.mark.parametrize("name", ["1", "1b", "5d", "8b", "8c", "9b", "15"])
def test_netted_documents_are_named(name: str) -> None:
    assert decompose(WORKED[name].group).netted == [0]


def test_orders_before_the_opening() -> None:
    lone = Group(has_order=False, lines=lines("goods_receipt 12"))
    assert [c.code for c in decompose(lone).components] == ["X03"]
    fees = Group(has_order=False, lines=lines("commission -3"))
    assert decompose(fees).components == []
    refund = Group(has_order=False, lines=lines("refund -12"), documents=documents("12"))
    assert [(c.code, c.amount) for c in decompose(refund).components] == [("X11", -1200)]
