"""Builds the company: orders of all shops with their lives, the movements of the accounts, old refunds, balances."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

from benchmarks.simulator import platforms
from benchmarks.simulator.goods import Deck
from benchmarks.simulator.model import Order, ShopSpec, World

REACH_DAYS = 70
_TRIES = 400

NEEDS_CODE = frozenset({"huabei", "huabei_refund", "presale_kept"})
"""Stories that only 业务描述 tells apart from plain receipts: not told where the bill has no such column."""


def month(period: str) -> tuple[date, date]:
    """First and last day of "2026-10"."""
    first = date.fromisoformat(f"{period}-01")
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def build(
    shops: list[ShopSpec], *, seed: int, orders: int, period: str, cap: int = 1000, grace: int = 0,
    sides: tuple[str, ...] = (), until: str = "",
) -> World:  # fmt: skip
    """A faultless company with about `orders` orders, spread over its shops.

    `until`: the last of several months that the files show in one piece (`months.py`).

    `cap` is the tolerance cap per shop in fen, `grace` the days after the opening during which a receipt without
    order counts as older than the books (`opening.grace_days`).
    """
    first, last = month(period)[0], month(until or period)[1]
    world = World(
        seed=seed, period_start=first, period_end=last, opening=first, opening_grace=grace,
        orders_start=first - timedelta(days=REACH_DAYS), cap=cap, shops=shops, sides=sides,
    )  # fmt: skip
    for index, spec in enumerate(shops):
        count = orders // len(shops) + (index < orders % len(shops))
        world.orders.extend(_shop_orders(world, spec, count))
        rng = random.Random(f"{seed}:{spec.name}:accounts")
        for one in periods(world):
            platforms.of(spec).loose(rng, of_month(world, one), spec)
    world.orphans = _told_once(world.orphans)
    return world


def _told_once(orphans: list[Order]) -> list[Order]:
    """Orders older than the files, each number of an order or an after-sale once: a platform numbers them alike each month."""
    known: set[str] = set()
    kept = []
    for order in orphans:
        numbers = {order.order_id, *(refund.refund_id for refund in order.refunds)}
        if not numbers & known:
            kept.append(order)
        known |= numbers
    return kept


def periods(world: World) -> list[str]:
    """The months that the files show, "2026-08" and so on."""
    found, day = [], world.period_start
    while day <= world.period_end:
        found.append(f"{day:%Y-%m}")
        day = month(found[-1])[1] + timedelta(days=1)
    return found


def of_month(world: World, period: str) -> World:
    """The same company (its lists are shared) seen through one of its months."""
    first, last = month(period)
    return replace(world, period_start=first, period_end=last)


def _shop_orders(world: World, spec: ShopSpec, count: int) -> list[Order]:
    rng = random.Random(f"{world.seed}:{spec.name}:orders")
    platform = platforms.of(spec)
    deck = Deck(rng, dict(platform.stories))
    start = datetime.combine(world.orders_start, datetime.min.time())
    span = int((world.snapshot - start).total_seconds())
    made: list[Order] = []
    for number in range(1, count + 1):
        story = deck.draw()
        if spec.bill == "a1_narrow" and story in NEEDS_CODE:
            story = "plain"
        for _ in range(_TRIES):
            # two orders of five are of the period itself, so that a small company still shows every state
            low = int((world.bills_from - start).total_seconds()) - 12 * 86400 if rng.random() < 0.4 else 0
            order = platform.make(rng, spec, story, number, start + timedelta(seconds=rng.randint(low, span - 1)))
            if all(acceptable(world, spec, each) for each in (order, *order.siblings)):
                if world.old_layout(order):
                    _without_sub_orders(order)
                made += [order, *order.siblings]
                break
        else:
            raise RuntimeError(f"{spec.name}: no acceptable order of story {story}")
    return sorted(made, key=lambda o: (o.created, o.order_id))


def _without_sub_orders(order: Order) -> None:
    """Old exports print no sub order number, so bills and refunds of such orders name the main order only."""
    for item in order.items:
        item.sub_id = order.order_id
    for refund in order.refunds:
        refund.sub_id = order.order_id
    for movement in order.lines:
        movement.sub_id = ""


def acceptable(world: World, spec: ShopSpec, order: Order) -> bool:
    """False for the few lives whose right answer the specification leaves open at the edges of the window.

    Those are: money that arrived just before the bills begin although the term reaches into them, an advance or a
    partial receipt cut by the first day, documents and lines on two sides of an edge, orders forgotten for months.
    """
    begin, end = world.bills_from, world.as_of
    times = [m.at for m in order.lines if m.kind != "insurance"]
    if any(end < t <= world.snapshot + timedelta(hours=1) for t in times):
        return False
    for refund in order.refunds:
        if end < refund.completed <= world.snapshot or (refund.applied < begin) != (refund.completed < begin):
            return False
        near = [m.at for m in order.lines if m.refund_id == refund.refund_id]
        if any((t <= end) != (refund.completed <= end) or (t < begin) != (refund.completed < begin) for t in near):
            return False
    if order.closed and end < order.closed <= world.snapshot:
        return False
    receipts = [m.at for m in order.lines if m.kind in ("receipt", "advance", "advance_repaid", "advance_refunded")]
    if receipts and min(receipts) < begin <= max(receipts):
        return False
    charges = [
        m.at for m in order.lines if m.kind not in ("refund", "clawback", "deposit", "insurance", "compensation")
    ]
    settled = [m.at for m in order.lines if m.kind == "receipt"]
    if settled and any((t <= end) != (settled[-1] <= end) for t in charges if t >= settled[-1]):
        return False
    if settled and settled[-1] < begin and not _settled_before(world, spec, order):
        return False
    open_at_end = order.status(end) in ("paid", "shipped")
    return not (open_at_end and order.paid and order.paid < end - timedelta(days=40))


def _settled_before(world: World, spec: ShopSpec, order: Order) -> bool:
    assert order.paid
    platform = platforms.of(spec)
    days, grace = platform.term(order.channel)
    if world.old_layout(order):
        # neither channel nor confirmation time is printed: payment + 15 days and the longest term stand in for them
        days, grace = platform.term("wechat" if spec.wechat_share else "alipay")
        return order.paid + timedelta(days=17 + days + grace) < world.bills_from
    event = order.paid if platform.from_payment else order.confirmed
    assert event
    return event + timedelta(days=days + grace + 2) < world.bills_from


def finish(world: World) -> None:
    """Give every printed movement its ledger id and every wallet its running balance (never below zero)."""
    names = sorted(
        {m.wallet for o in (*world.orders, *world.orphans) for m in o.lines} | {m.wallet for m in world.loose}
    )
    for number, wallet in enumerate(names):
        running = lowest = 0
        printed = world.movements(wallet)
        for index, movement in enumerate(printed, start=1):
            movement.txn_id = f"15{number + 10:02d}{world.period_start:%y%m}{index:09d}"
            running += movement.amount
            movement.balance = running
            lowest = min(lowest, running)
        opening = -lowest + 10_000 + 137 * (number + 1)
        world.opening_balance[wallet] = opening
        for movement in printed:
            movement.balance += opening
