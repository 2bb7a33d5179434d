"""JD: one settlement line per order and fee, paid in a batch each night; a wallet of the batches; after-sales."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator.model import Component, Movement, Order, ShopSpec, World, share
from benchmarks.simulator.moves import day_of
from benchmarks.simulator.platforms import jd_files, live
from benchmarks.simulator.platforms.base import Platform, Rate

MANNER = live.Manner(
    fees={"commission": 500, "tech_fee": 60, "affiliate": 800}, returns=False, documents=True, first=300_000_000_000,
    settled=(20, 110), coupons=False,
)  # fmt: skip
STORIES = {
    "plain": 30, "refund_before_ship": 4, "refund_netted_rest": 3, "refund_after_full": 6, "refund_after_part": 6,
    "refund_after_several": 2, "refund_in_transit": 2, "unpaid": 2, "gift": 2, "compensated": 2, "affiliate": 3,
    "price_cut": 3, "presale": 3, "split": 2, "deposit_kept": 1,
}  # fmt: skip


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    """The life of a live shop's order under a JD number, its money moved to the batch of the next night."""
    order = live.make(MANNER, rng, spec, story, number, created)
    order.order_id = order.items[0].sub_id = f"{300 + spec.seed}{number:06d}{rng.randrange(100, 999)}"
    for place, document in enumerate(order.refunds, start=1):
        document.sub_id, document.refund_id = "", f"3{order.order_id[1:]}{place}"
    old = {m.refund_id for m in order.lines if m.refund_id}
    new = dict(zip(sorted(old), (d.refund_id for d in order.refunds), strict=False))
    for line in order.lines:
        line.order_id, line.sub_id, line.at = order.order_id, "", _night(line.at)
        line.refund_id = new.get(line.refund_id, "")
    _special(rng, order)
    return order


def _night(at: datetime) -> datetime:
    """The batch that pays what happened at `at`."""
    return (at + timedelta(days=1)).replace(hour=3, minute=10, second=0)


def _special(rng: random.Random, order: Order) -> None:
    receipt = next((m for m in order.lines if m.kind == "receipt"), None)
    if order.story == "deposit_kept":
        _keep_deposit(order)
    if receipt is None or order.buyer_paid < 1000:
        return
    if order.story == "price_cut":  # 3.00 deducted, of which the platform bears 1.00 now and then
        at = receipt.at + timedelta(days=1)
        order.lines.append(Movement(receipt.wallet, at, "price_cut", -300, order.order_id))
        if rng.random() < 0.5:
            order.lines.append(Movement(receipt.wallet, at, "price_share", 100, order.order_id))
            order.lines.append(
                Movement(receipt.wallet, at, "commission", -5, order.order_id, note="平台券价保补贴佣金")
            )
    if order.story == "presale":
        first = share(order.buyer_paid, 1, 5)
        receipt.amount, receipt.note = order.buyer_paid - first, "尾款货款"
        order.lines.insert(0, Movement(receipt.wallet, receipt.at, "receipt", first, order.order_id, note="定金货款"))
    if order.story == "split":  # the bill names two child orders
        half = order.buyer_paid // 2
        receipt.amount, receipt.note = order.buyer_paid - half, "child1"
        order.lines.append(Movement(receipt.wallet, receipt.at, "receipt", half, order.order_id, note="child2"))


def _keep_deposit(order: Order) -> None:
    """The rest of a presale was never paid: the order is closed, the deposit stays with the shop."""
    assert order.paid
    order.lines, order.refunds, order.shipped, order.confirmed = [], [], None, None
    order.closed, order.close_reason = order.paid + timedelta(days=3), "尾款未付"
    kept = share(order.buyer_paid, 1, 5)
    if kept:
        at = _night(order.closed)
        order.lines = [Movement(f"{order.shop}:main", at, "forfeit", kept, order.order_id, note="定金货款")]


def _tell_price_cuts(world: World, spec: ShopSpec) -> None:
    """A08 of the price protection that the bills of the period show."""
    for order in world.orders:
        cut = sum(m.amount for m in order.lines if m.kind in ("price_cut", "price_share") and world.in_bill(m.at))
        if order.shop == spec.name and cut:
            order.components.append(Component("A08", "info", cut))


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    _tell_price_cuts(world, spec)
    live.loose_moves(rng, world, spec, penalty_at=(3, 10))
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin."""
    order_id = f"{300 + spec.seed}999999{rng.randrange(100, 999)}"
    order = live.before_files(world, spec, order_id)
    order.lines = [Movement(f"{spec.name}:main", day_of(world, 9, 3, 10), "refund", -2990, order_id)]
    return order


JD = Platform(
    name="jd",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=jd_files.files,
    charge=live.charging(MANNER),
    terms={"": (7, 3)},
    settlement_days="7",
    rate=lambda spec: Rate("commission", "0.05", "commission"),
    fee_kinds=frozenset({"commission", "tech_fee", "affiliate"}),
    dated=True,
    folders=("jd",),
    shops=(
        ShopSpec("jd_a", "jd", "示例京东店", 81, account="110000081"),
        ShopSpec("jd_b", "jd", "示例京东二店", 82, account="110000082", shape="new"),
        ShopSpec("jd_c", "jd", "示例京东三店", 83, account="110000083", shape="book"),
    ),
)
