"""Files that belong to the whole company, what a faultless month shows of them, and the faults between the sides."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from benchmarks.simulator import sides_bank, sides_erp
from benchmarks.simulator.faults_order import NoCandidateError, choose, settled
from benchmarks.simulator.model import Movement, Order, World
from benchmarks.simulator.tables import OutFile
from benchmarks.simulator.truth import Expected, received

WORDS: tuple[str, ...] = (*sides_erp.LAYOUTS, *sides_bank.LAYOUTS)
"""What `--sides` may name: which export of the ERP, which bank."""


def files(world: World) -> list[OutFile]:
    """ERP export and bank statement, as far as the company has them."""
    return [*sides_erp.files(world), *sides_bank.files(world)]


def natural_rows(world: World) -> list[Expected]:
    """Rows of a faultless month: orders without money in the ERP, payouts on the way at the last moment."""
    rows = []
    if any(word in sides_erp.LAYOUTS for word in world.sides):
        for shop, count in sorted(sides_erp.free_counts(world).items()):
            rows.append(Expected("S02", "info", world.shop(shop).platform, shop, count=count, note="of the ERP"))
    if any(word in sides_bank.LAYOUTS for word in world.sides):
        for payout in sides_bank.withdrawals(world):
            shop = payout.wallet.partition(":")[0]
            arrival = sides_bank.next_working_day(payout.at)
            if payout.twins:
                continue  # the fault that made them says what is told
            if not payout.arrives:
                rows.append(Expected("X07", "break", world.shop(shop).platform, shop, difference=payout.amount))
            elif arrival > world.as_of:
                rows.append(Expected("X07", "timing", world.shop(shop).platform, shop, difference=payout.amount))
        # movements between own pockets are told as information, where the bank shows that they are none of its own
        rows += [Expected("S03", "info", spec.platform, spec.name, optional=True) for spec in world.shops]
        for _, amount, _who in world.strangers:
            rows.append(Expected("X08", "review", "alipay", sides_bank.bank_name(world), difference=amount))
    return rows


def _sold_once(world: World, order: Order) -> bool:
    """A plain settled order that stands alone: no other sub order is sold with it."""
    return settled(world, order) and not order.main_id and not order.siblings


def sold_not_recorded(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X05: settled on the platform, never taken over by the ERP."""
    order = choose(world, rng, _sold_once, shop)
    order.erp = "absent"
    due = order.buyer_paid + order.platform_due
    return [Expected("X05", "break", world.shop(order.shop).platform, order.shop, order.order_id, difference=-due)]


def paid_not_shipped(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X06: settled, and the ERP still waits to send it."""
    order = choose(world, rng, _sold_once, shop)
    order.erp = "unshipped"
    amount = received(world, order, frozenset())
    return [Expected("X06", "break", world.shop(order.shop).platform, order.shop, order.order_id, difference=amount)]


def recorded_not_on_platform(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X10: recorded and sent, and no such order on the platform."""
    like = choose(world, rng, _sold_once, shop)
    like.frozen = False
    known = {o.order_id for o in world.orders}
    number = like.order_id[:-4] + "0000"
    while number in known:
        number = like.order_id[:-4] + f"{rng.randrange(10_000):04d}"
    amount = 4321
    world.ghosts.append((like.shop, number, like.created + timedelta(minutes=7), amount))
    return [Expected("X10", "break", world.shop(like.shop).platform, like.shop, number, difference=amount)]


def _early_payouts(world: World, shop: str) -> list[Movement]:
    """Payouts whose whole window lies inside the month."""
    found = [
        m for m in sides_bank.withdrawals(world)
        if m.arrives and not m.twins and m.at <= world.bills_from + timedelta(days=20) and m.wallet.endswith(":main")
        and (not shop or m.wallet.startswith(f"{shop}:"))
    ]  # fmt: skip
    if not found:
        raise NoCandidateError(f"no payout fits the fault (shop {shop or 'any'})")
    return found


def payout_not_in_bank(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X07: withdrawn early in the month, never at the bank. The row comes with the payouts of `natural_rows`."""
    found = _early_payouts(world, shop)
    found[rng.randrange(len(found))].arrives = False
    return []


def bank_not_in_payout(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """X08: Alipay pays into the bank, and no wallet of the company paid out."""
    at = world.bills_from + timedelta(days=12, hours=11, minutes=rng.randrange(60))
    while at.weekday() >= 5:
        at += timedelta(days=1)
    world.strangers.append((at, 1_234_561 + rng.randrange(100), sides_bank.ALIPAY))
    return []


def payout_ambiguous(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """M01: the same amount withdrawn twice within an hour; the bank shows one of the two."""
    found = _early_payouts(world, shop)
    first = found[rng.randrange(len(found))]
    second = replace(first, at=first.at + timedelta(minutes=40), arrives=False, txn_id="")
    first.twins = second.twins = True
    world.loose.append(second)
    name = first.wallet.partition(":")[0]
    return [Expected("M01", "review", world.shop(name).platform, name, difference=first.amount)]


def _sent_early(world: World, order: Order) -> bool:
    return order.shipped is not None and order.shipped < world.bills_from + timedelta(days=sides_erp.RETURNED_DAY - 2)


def returned_not_refunded(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """R06: the ERP has the goods back since the middle of the month, the buyer got no money."""
    if "erp_report" not in world.sides:
        raise NoCandidateError("no file of the ERP says when goods came back: --sides erp_report")
    order = choose(world, rng, lambda w, o: _sold_once(w, o) and _sent_early(w, o), shop)
    order.erp = "returned"
    platform = world.shop(order.shop).platform
    return [Expected("R06", "break", platform, order.shop, order.order_id, difference=order.buyer_paid)]


FAULTS: dict[str, Callable[[World, random.Random, str], list[Expected]]] = {
    f.__name__: f
    for f in (
        sold_not_recorded, paid_not_shipped, recorded_not_on_platform, payout_not_in_bank, bank_not_in_payout,
        payout_ambiguous, returned_not_refunded,
    )
}  # fmt: skip
"""Faults between the platform, the ERP and the bank; they bring both sides into the month."""
