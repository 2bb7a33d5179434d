"""Faults at a month's edge: what each run of a row of months has to say of them, and no other run.

Each fault takes an order (or a wallet) of a world of several months, moves its events to the edge of its first month, and
returns one `Told` per run that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.simulator import platforms
from benchmarks.simulator.model import Movement, Order, Refund, World, share
from benchmarks.simulator.moves import move
from benchmarks.simulator.world import month, periods


@dataclass(frozen=True)
class Told:
    """One row of `variances.csv` of the run for `period`; `number`: the order, else the amount of a withdrawal."""

    period: str
    code: str
    kind: str
    number: str
    difference: int


def edge(world: World, index: int = 0) -> datetime:
    """Noon of the last day of the `index`-th month."""
    return datetime.combine(month(periods(world)[index])[1], datetime.min.time()) + timedelta(hours=12)


def runs(world: World, number: str, difference: int, *told: tuple[int, str, str]) -> list[Told]:
    """`told`: index of the month, code, kind."""
    names = periods(world)
    return [Told(names[i], code, kind, number, difference) for i, code, kind in told]


def plain_order(world: World, shop: str, *, coupon: bool = False, refund: bool = False) -> Order:
    """An untouched order of the shop, moved so that it is confirmed in the morning of the day before the first edge."""
    stories = ("refund_after_part", "refund_after_full") if refund else ("plain",)
    order = next(
        o
        for o in world.orders
        if o.shop == shop and o.story in stories and not o.frozen and o.exported and o.created >= world.bills_from
        and o.confirmed and o.lines and o.buyer_paid > 3000 and (o.platform_due > 0 or not coupon) and not o.siblings
    )  # fmt: skip
    order.frozen = True
    assert order.confirmed
    shift = edge(world) - timedelta(days=1, hours=4) - order.confirmed
    _shift(order, shift)
    return order


def _shift(order: Order, by: timedelta) -> None:
    """Move every event of an order that keeps its number (the date inside a Pinduoduo number is that of its creation)."""
    order.paid, order.shipped, order.confirmed = (
        at + by if at else at for at in (order.paid, order.shipped, order.confirmed)
    )
    order.created = min(order.created, order.paid or order.created)
    for line in order.lines:
        line.at += by
    for document in order.refunds:
        document.applied, document.completed = document.applied + by, document.completed + by


def _fees(world: World, order: Order) -> frozenset[str]:
    return platforms.of(world.shop(order.shop)).fee_kinds


def _reprice(world: World, order: Order) -> None:
    """Fees of what was received, so that a wrong receipt is not also a wrong fee."""
    receipt = next(m for m in order.lines if m.kind == "receipt")
    order.lines = [m for m in order.lines if m.kind not in _fees(world, order)]
    base = sum(m.amount for m in order.lines if m.kind in ("receipt", "coupon"))
    platforms.of(world.shop(order.shop)).charge(world.shop(order.shop), order, receipt.at + timedelta(seconds=1), base)


def never_paid(world: World, shop: str) -> list[Told]:
    """Confirmed before the edge, due after it, nothing ever comes."""
    order = plain_order(world, shop)
    order.lines = []
    due = order.buyer_paid + order.platform_due
    return runs(world, order.order_id, -due, (0, "X01", "timing"), (1, "X02", "break"), (2, "X02", "break"))


def paid_late(world: World, shop: str) -> list[Told]:
    """The same, paid in the third month: overdue in the second, settled in the third."""
    order = plain_order(world, shop)
    _at_noon(order, edge(world, 1) + timedelta(days=9))
    due = order.buyer_paid + order.platform_due
    return runs(world, order.order_id, -due, (0, "X01", "timing"), (1, "X02", "break"))


def paid_short(world: World, shop: str) -> list[Told]:
    """5.37 too little on the last day: partly paid there, short from the day after term and grace."""
    order = plain_order(world, shop)
    receipt = next(m for m in order.lines if m.kind == "receipt")
    receipt.amount -= 537
    _at_noon(order, edge(world))
    _reprice(world, order)
    return runs(world, order.order_id, -537, (0, "A04", "timing"), (1, "A02", "break"))


def _at_noon(order: Order, noon: datetime) -> None:
    first = min(m.at for m in order.lines)
    for line in order.lines:
        line.at = noon + (line.at - first)


def coupon_never_came(world: World, shop: str) -> list[Told]:
    """The buyer's money came on the last day, the platform's part never."""
    order = plain_order(world, shop, coupon=True)
    _at_noon(order, edge(world))
    order.lines = [m for m in order.lines if m.kind != "coupon"]
    _reprice(world, order)
    told = ((0, "C06", "timing"), (1, "C06", "break"), (2, "C06", "break"))
    return runs(world, order.order_id, -order.platform_due, *told)


def _refunded(world: World, shop: str, at: datetime, *, line: bool, fee: bool) -> tuple[Order, Refund, int]:
    """An order settled well before the edge and refunded by a third at `at`; the fee that should come back."""
    order = plain_order(world, shop, refund=True)
    _shift(order, timedelta(days=-8))
    receipt = next(m for m in order.lines if m.kind == "receipt")
    order.lines = [m for m in order.lines if m.at <= receipt.at + timedelta(minutes=1)]
    document = replace(order.refunds[0], amount=share(order.buyer_paid, 1, 3), platform_part=0, returned=False)
    document.applied, document.completed = at - timedelta(hours=1), at
    order.refunds = [document]
    platform = platforms.of(world.shop(shop))
    if line:
        platform.line(order, at, "refund", -document.amount, refund_id=document.refund_id)
        platform.give_back(order)
    back = sum(m.amount for m in order.lines if m.kind in platform.fee_kinds and m.amount > 0)
    if not fee:
        order.lines = [m for m in order.lines if not (m.kind in platform.fee_kinds and m.amount > 0)]
    return order, document, back


def refund_never_shown(world: World, shop: str) -> list[Told]:
    """Refunded on the last day by the after-sale list; no bill shows it."""
    order, document, _ = _refunded(world, shop, edge(world), line=False, fee=True)
    told = ((0, "R01", "timing"), (1, "R01", "break"), (2, "R01", "break"))
    return runs(world, order.order_id, document.amount, *told)


def refund_shown_later(world: World, shop: str) -> list[Told]:
    """Refunded on the last day by the after-sale list; the bill shows it on the first."""
    order, document, _ = _refunded(world, shop, edge(world), line=True, fee=True)
    for line in order.lines:
        if line.at >= edge(world):
            line.at += timedelta(hours=13)
    return runs(world, order.order_id, document.amount, (0, "R01", "timing"))


def refund_closed_after_midnight(world: World, shop: str) -> list[Told]:
    """The bill shows the refund a minute before midnight, the after-sale closes after it: nothing is wrong in any run."""
    _order, document, _ = _refunded(world, shop, edge(world) + timedelta(hours=11, minutes=59), line=True, fee=True)
    document.completed += timedelta(minutes=5)
    return []


def fee_kept_across_months(world: World, shop: str) -> list[Told]:
    """Charged in the first month, refunded on the fifth of the second: the fee never comes back."""
    order, _, back = _refunded(world, shop, edge(world) + timedelta(days=5), line=True, fee=False)
    return runs(world, order.order_id, -back, (1, "R07", "break"))


def fee_kept_at_the_edge(world: World, shop: str) -> list[Told]:
    """Refunded on the last day: it may still come back within the days of grace."""
    order, _, back = _refunded(world, shop, edge(world), line=True, fee=False)
    return runs(world, order.order_id, -back, (0, "R07", "timing"), (1, "R07", "break"))


def wrong_fee_refunded_later(world: World, shop: str) -> list[Told]:
    """A fee too high in the first month; a refund in the second brings its share back: told once, where it was charged."""
    order, _, _ = _refunded(world, shop, edge(world) + timedelta(days=5), line=False, fee=True)
    kind = platforms.of(world.shop(shop)).rate(world.shop(shop)).kind
    next(m for m in order.lines if m.kind == kind).amount -= 66
    order.refunds = []
    return runs(world, order.order_id, -66, (0, "C01", "break"))


def goods_back_money_kept(world: World, shop: str) -> list[Told]:
    """Goods are back in the last days of the month, the days of waiting end in the next, and no refund is seen."""
    order = plain_order(world, shop)
    _shift(order, timedelta(days=-15))
    order.erp, order.goods_back = "returned", edge(world) - timedelta(days=2)
    return runs(world, order.order_id, order.buyer_paid + order.platform_due, (1, "R06", "break"))


def payout_never_came(world: World, shop: str) -> list[Told]:
    """Withdrawn on the last day; the bank never shows it."""
    amount = 43_219
    move(world, f"{shop}:main", edge(world), "withdrawal", -amount).arrives = False
    _feed(world, shop, amount)
    told = ((0, "X07", "timing"), (1, "X07", "break"), (2, "X07", "break"))
    return runs(world, str(amount), -amount, *told)


def payout_on_the_way(world: World, shop: str) -> list[Told]:
    """Withdrawn on the last day, at the bank on the next working day."""
    amount = 44_321
    move(world, f"{shop}:main", edge(world) + timedelta(hours=1), "withdrawal", -amount)
    _feed(world, shop, amount)
    return runs(world, str(amount), -amount, (0, "X07", "timing"))


def _feed(world: World, shop: str, amount: int) -> None:
    """A withdrawal needs money: the deposit comes back early in the month."""
    world.loose.append(Movement(f"{shop}:main", edge(world) - timedelta(days=20), "deposit", amount))


FAULTS: dict[str, tuple[Callable[[World, str], list[Told]], str]] = {
    "never_paid": (never_paid, "pdd_a"), "paid_late": (paid_late, "pdd_b"), "paid_short": (paid_short, "pdd_a"),
    "coupon_never_came": (coupon_never_came, "pdd_a"), "refund_never_shown": (refund_never_shown, "pdd_a"),
    "refund_shown_later": (refund_shown_later, "tmall_a"),
    "refund_closed_after_midnight": (refund_closed_after_midnight, "tmall_a"),
    "fee_kept_across_months": (fee_kept_across_months, "pdd_a"),
    "fee_kept_at_the_edge": (fee_kept_at_the_edge, "pdd_a"),
    "wrong_fee_refunded_later": (wrong_fee_refunded_later, "pdd_a"),
    "goods_back_money_kept": (goods_back_money_kept, "tmall_a"),
    "payout_never_came": (payout_never_came, "tmall_a"), "payout_on_the_way": (payout_on_the_way, "pdd_a"),
}  # fmt: skip
"""Name -> fault and its usual shop."""


def inject(world: World, names: Sequence[str] = tuple(FAULTS)) -> list[Told]:
    """Put faults into a world that is not numbered yet; everything that the runs have to say of them."""
    found: list[Told] = []
    for name in names:
        fault, shop = FAULTS[name]
        found += fault(world, shop)
    return sorted(found, key=lambda told: (told.period, told.code, told.number))
