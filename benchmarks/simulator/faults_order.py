"""Faults in the money of an order. Each changes chosen orders of the model and writes down what must be reported."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from benchmarks.simulator import life_taobao, platforms
from benchmarks.simulator.model import Component, Movement, Order, World, share
from benchmarks.simulator.platforms import Platform
from benchmarks.simulator.truth import TYPES, Expected

Predicate = Callable[[World, Order], bool]
CALM = timedelta(days=5)
"""Distance from the as-of moment that keeps every grace period in the past."""


class NoCandidateError(RuntimeError):
    """No order fits the fault: the month is too small."""


def platform_of(world: World, order: Order) -> Platform:
    """The platform that the order was sold on."""
    return platforms.of(world.shop(order.shop))


def choose(world: World, rng: random.Random, fits: Predicate, shop: str = "") -> Order:
    """A random untouched order that fits, marked as taken."""
    found = [o for o in world.orders if not o.frozen and o.exported and (not shop or o.shop == shop) and fits(world, o)]
    if not found:
        raise NoCandidateError(f"no order fits the fault (shop {shop or 'any'})")
    order = found[rng.randrange(len(found))]
    order.frozen = True
    return order


def settled(world: World, order: Order) -> bool:
    """A plain order of the period, paid out in it and long past its term."""
    receipts = [m.at for m in order.lines if m.kind == "receipt"]
    if order.story != "plain" or not receipts or order.confirmed is None or order.created < world.bills_from:
        return False
    days, grace = platform_of(world, order).term(order.channel)
    event = order.confirmed
    if world.old_layout(order):
        assert order.paid
        event = max(event, order.paid + timedelta(days=15))
        days, grace = platform_of(world, order).term("wechat")  # no channel is printed: the longest term may apply
    calm = event + timedelta(days=days + grace + 1) <= world.as_of
    return calm and receipts[0] + CALM <= world.as_of and order.buyer_paid > 2000


def with_coupon(world: World, order: Order) -> bool:
    """The same, with a platform part of the price that comes as a line of its own."""
    return settled(world, order) and order.platform_due > 0 and platform_of(world, order).platform_part


def refunded(world: World, order: Order) -> bool:
    """One completed refund after settlement, both in the bills, with a document and an after-sale file."""
    if order.story not in ("refund_after_part", "refund_after_full") or not world.shop(order.shop).after_sales:
        return False
    receipts = [m.at for m in order.lines if m.kind == "receipt"]
    last = max((m.at for m in order.lines), default=world.as_of)
    return order.created >= world.bills_from and bool(receipts) and last + CALM <= world.as_of


def _add(order: Order, code: str, amount: int, kind: str = "", refund_id: str = "") -> None:
    order.components.append(Component(code, kind or TYPES[code][1], amount, refund_id))


def _receipt(order: Order) -> Movement:
    return next(m for m in order.lines if m.kind == "receipt")


def _drop(order: Order, *kinds: str) -> None:
    order.lines = [m for m in order.lines if m.kind not in kinds]


def reprice(world: World, order: Order) -> None:
    """Charge the fees anew on what was received, so that a wrong receipt is not also a wrong fee."""
    platform, receipt = platform_of(world, order), _receipt(order)
    base = sum(m.amount for m in order.lines if m.kind in ("receipt", "coupon"))
    _drop(order, *platform.fee_kinds)
    platform.charge(world.shop(order.shop), order, receipt.at + timedelta(seconds=1), base)


def missing_receipt(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X02: confirmed, due, covered, nothing came."""
    order = choose(world, rng, settled, shop)
    _drop(order, "receipt", "coupon", *platform_of(world, order).fee_kinds)
    _add(order, "X02", -(order.buyer_paid + order.platform_due), "review" if world.old_layout(order) else "break")
    return []


def _changed_receipt(code: str, delta: int) -> Callable[[World, random.Random, str], list[Expected]]:
    def inject(world: World, rng: random.Random, shop: str) -> list[Expected]:
        order = choose(world, rng, settled, shop)
        _receipt(order).amount += delta
        if abs(delta) > 1:
            reprice(world, order)
        _add(order, code, delta)
        return []

    inject.__doc__ = f"{code}: the receipt differs by {delta} fen."
    return inject


rounding = _changed_receipt("A01", -1)
short_receipt = _changed_receipt("A02", -537)
over_receipt = _changed_receipt("A03", 888)


def double_receipt(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """A05: the whole receipt a second time an hour later, with its fees."""
    order = choose(world, rng, settled, shop)
    first = _receipt(order)
    at = first.at + timedelta(hours=1)
    order.lines.append(Movement(first.wallet, at, "receipt", first.amount, first.order_id, first.sub_id, first.trade))
    platform_of(world, order).charge(world.shop(order.shop), order, at + timedelta(seconds=1), first.amount)
    _add(order, "A05", first.amount)
    return []


def receipt_without_order(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X03: the order is in no order file (X11 while the grace after the opening lasts and no date shows its age)."""
    order = choose(world, rng, settled, shop)
    order.exported = False
    world.orders.remove(order)
    world.orphans.append(order)
    grace_ends = world.bills_from + timedelta(days=world.opening_grace)
    young = not platform_of(world, order).dated and world.opening_grace and _receipt(order).at < grace_ends
    _add(order, "X11" if young else "X03", sum(m.amount for m in order.lines if m.principal))
    return []


def receipt_without_reference(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X04: order money without any number that leads to an order."""
    spec = world.shop(shop) if shop else world.shops[rng.randrange(len(world.shops))]
    amount = rng.randint(1000, 9900)
    at = world.bills_from + timedelta(days=rng.randint(3, 25), hours=11, minutes=rng.randrange(60))
    world.loose.append(Movement(f"{spec.name}:main", at, "receipt", amount, anonymous=True))
    return [Expected("X04", "review", spec.platform, spec.name, difference=amount)]


def refund_not_in_bill(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R01: the after-sale is done, the bill never shows it."""
    order = choose(world, rng, refunded, shop)
    refund = order.refunds[0]
    order.lines = [m for m in order.lines if m.refund_id != refund.refund_id]
    refund.platform_part = 0
    _add(order, "R01", refund.amount, refund_id=refund.refund_id)
    return []


def refund_not_in_book(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R02: the bill shows a refund that no after-sale document explains."""
    order = choose(world, rng, refunded, shop)
    refund = order.refunds[0]
    refund.documented = False
    _add(order, "R02", -refund.amount)
    return []


def refund_amount(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R03: document and line of the one refund differ by 3.10."""
    order = choose(world, rng, lambda w, o: refunded(w, o) and o.refunds[0].amount > 1000, shop)
    refund = order.refunds[0]
    line = next(m for m in order.lines if m.kind == "refund")
    line.amount += 310
    _add(order, "R03", 310, refund_id=refund.refund_id)
    platform_of(world, order).give_back(order)
    return []


def coupon_missing(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """C06: the platform's part of the price never comes."""
    order = choose(world, rng, with_coupon, shop)
    _drop(order, "coupon")
    reprice(world, order)
    _add(order, "C06", -order.platform_due)
    return []


def closed_keeps_money(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """M08: a closed order without any refund document that keeps half of its money."""

    def fits(world: World, order: Order) -> bool:
        recent = order.closed is not None and world.bills_from < order.closed < world.as_of - CALM
        return order.story == "refund_before_ship" and recent and order.created >= world.bills_from

    order = choose(world, rng, fits, shop)
    assert order.closed
    order.refunds = []
    amount = share(order.buyer_paid, 1, 2)
    platform_of(world, order).line(order, order.closed + timedelta(hours=2), "receipt", amount)
    reprice(world, order)
    _add(order, "M08", amount)
    return []


def fee_rate_wrong(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """C01: the agreed fee is charged 0.66 too high."""
    order = choose(world, rng, lambda w, o: settled(w, o) and len(o.items) == 1, shop)
    kind = platform_of(world, order).rate(world.shop(order.shop)).kind
    next(m for m in order.lines if m.kind == kind).amount -= 66
    _add(order, "C01", -66)
    return []


def fee_not_returned(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R07: the refund came, the fee that comes back with it did not."""

    def returned(order: Order) -> int:
        kind = platform_of(world, order).returned_fee
        return sum(m.amount for m in order.lines if m.kind == kind and m.amount > 0)

    order = choose(world, rng, lambda w, o: refunded(w, o) and returned(o) > 2, shop)
    lost, kind = returned(order), platform_of(world, order).returned_fee
    order.lines = [m for m in order.lines if not (m.kind == kind and m.amount > 0)]
    _add(order, "R07", -lost)
    return []


def clawback_without_refund(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R02: the platform takes its coupon back although nothing was refunded."""
    order = choose(world, rng, with_coupon, shop)
    platform = platform_of(world, order)
    platform.line(order, _receipt(order).at + timedelta(days=1), "clawback", -order.platform_due)
    platform.give_back(order)
    _add(order, "R02", -order.platform_due)
    return []


def clawback_too_big(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R08: with a refund the platform takes back 2.00 more than it ever paid."""

    def fits(world: World, order: Order) -> bool:
        return platform_of(world, order).platform_part and refunded(world, order) and order.platform_due > 0

    order = choose(world, rng, fits, shop)
    refund, platform = order.refunds[0], platform_of(world, order)
    refund.platform_part = order.platform_due
    claw = next((m for m in order.lines if m.kind == "clawback"), None)
    if claw is None:
        at = next(m.at for m in order.lines if m.kind == "refund")
        platform.line(order, at, "clawback", 0, refund_id=refund.refund_id)
        claw = order.lines[-1]
    claw.amount = -(order.platform_due + 200)
    platform.give_back(order)
    _add(order, "R08", -200)
    return []


def unknown_fee_type(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """C04: three lines of a type that no list knows."""
    spec = world.shop(shop) if shop else world.shops[rng.randrange(len(world.shops))]
    amounts = [-rng.randint(100, 900) for _ in range(3)]
    for day, amount in zip((4, 14, 24), amounts, strict=True):
        at = world.bills_from + timedelta(days=day, hours=6, minutes=rng.randrange(60))
        world.loose.append(Movement(f"{spec.name}:main", at, "mystery", amount))
    return [Expected("C04", "review", spec.platform, spec.name, count=3, actual=sum(amounts))]


def advance_not_repaid(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """A07: advance and receipt both in, the repayment of the advance not yet."""

    def fits(world: World, order: Order) -> bool:
        inside = [m for m in order.lines if m.kind in ("advance", "receipt") and world.in_bill(m.at)]
        return order.story in ("huabei", "advance") and len(inside) == 2 and order.created >= world.bills_from

    order = choose(world, rng, fits, shop)
    advance = next(m for m in order.lines if m.kind == "advance")
    _drop(order, "advance_repaid")
    _add(order, "A07", advance.amount)
    return []


def partial_receipt(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """A04: one sub order of several is confirmed and paid out, the order is still on its way."""

    def fits(world: World, order: Order) -> bool:
        on_way = order.status(world.snapshot) == "shipped" and order.created >= world.bills_from
        calm = order.shipped is not None and order.shipped < world.as_of - timedelta(days=1)
        return order.story == "multi" and on_way and calm and order.channel == "alipay"

    order = choose(world, rng, fits, shop)
    assert order.shipped
    item = order.items[0]
    at = order.shipped + timedelta(hours=20)
    order.lines = [m for m in order.lines if m.at <= world.as_of]
    wallet = f"{order.shop}:main"
    order.lines.append(Movement(wallet, at, "receipt", item.paid, order.order_id, item.sub_id, order.trade))
    life_taobao.charge(world.shop(order.shop), order, at + timedelta(seconds=1), item.paid, item.sub_id)
    _add(order, "A04", item.paid - order.buyer_paid - order.platform_due)
    return []


def rounding_over_cap(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """A06: three roundings of one cent under a cap of two."""
    world.cap = 2
    spec = world.shop(shop or "pdd_a")
    for _ in range(3):
        rounding(world, rng, spec.name)
    return []


def receipt_before_files(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X11: money for a Pinduoduo order whose number is older than the order files."""
    spec = world.shop(shop) if shop else next(s for s in world.shops if s.platform == "pdd")
    old = next(o for o in world.orphans if o.shop == spec.name)
    order_id = f"{old.created - timedelta(days=3):%y%m%d}-{rng.randrange(10**14, 10**15):015d}"
    order = Order(spec.name, order_id, "before_files", "pdd", old.created, list(old.items), 2990, 0, 0, 0, 0, 2990)
    order.exported, order.paid = False, order.created
    at = world.bills_from + timedelta(days=2, hours=rng.randrange(20))
    platform = platform_of(world, order)
    platform.line(order, at, "receipt", 2990)
    platform.charge(spec, order, at, 2990)
    world.orphans.append(order)
    return []


def fake_order(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """S01: a settled order that the company itself lists as fake; its money is proved like any other."""
    order = choose(world, rng, settled, shop)
    world.fakes.append(order.order_id)
    spec = world.shop(order.shop)
    return [Expected("S01", "info", spec.platform, spec.name, order.order_id)]


def paid_to_other_shop(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """M05: the money of an order stands in the bill of the company's other shop."""
    order = choose(world, rng, settled, shop or "pdd_a")
    spec = world.shop(order.shop)
    other = next(s for s in world.shops if s.platform == spec.platform and s.name != spec.name)
    for movement in order.lines:
        movement.wallet = movement.wallet.replace(f"{spec.name}:", f"{other.name}:")
    return [Expected("M05", "break", spec.platform, spec.name, order.order_id)]


def settlement_differs(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """T01: the account moved 5.00 less than the settlement of one order says."""
    order = choose(world, rng, settled, shop or "jd_a")
    _receipt(order).cash_gap = -500
    return [Expected("T01", "break", world.shop(order.shop).platform, order.shop, difference=-500)]


def refund_in_other_currency(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """M06: an order paid in yuan, its refund in another currency."""
    order = choose(world, rng, refunded, shop or "own_a")
    next(m for m in order.lines if m.kind == "refund").currency = "HKD"
    return [Expected("M06", "break", world.shop(order.shop).platform, order.shop, order.order_id)]


FAULTS: dict[str, Callable[[World, random.Random, str], list[Expected]]] = {
    f.__name__: f for f in (
        missing_receipt, double_receipt, receipt_without_order, receipt_without_reference, refund_not_in_bill,
        refund_not_in_book, refund_amount, coupon_missing, closed_keeps_money, fee_rate_wrong, fee_not_returned,
        clawback_without_refund, clawback_too_big, unknown_fee_type, advance_not_repaid, partial_receipt,
        rounding_over_cap, receipt_before_files, fake_order, paid_to_other_shop, settlement_differs,
        refund_in_other_currency,
    )
} | {"rounding": rounding, "short_receipt": short_receipt, "over_receipt": over_receipt}  # fmt: skip
"""Faults of orders and accounts by name."""
