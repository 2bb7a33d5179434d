"""Xiaohongshu: orders settled net of fees into one of three pockets; other services; the ledger of the balance."""

from __future__ import annotations

import random
from datetime import datetime
from functools import partial

from benchmarks.simulator.model import Order, ShopSpec, World
from benchmarks.simulator.moves import day_of
from benchmarks.simulator.platforms import live, xiaohongshu_files
from benchmarks.simulator.platforms.base import Platform, Rate

MANNER = live.Manner(
    fees={"commission": 500, "payment_fee": 70, "affiliate": 1000}, returns=True, documents=False, first=0,
    settled=(30, 150),
)  # fmt: skip
STORIES = {
    "plain": 30, "refund_before_ship": 4, "refund_after_full": 6, "refund_after_part": 6, "refund_after_several": 2,
    "refund_in_transit": 2, "unpaid": 2, "gift": 2, "compensated": 2, "affiliate": 3, "freight": 2,
}  # fmt: skip


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    order = live.make(MANNER, rng, spec, story, number, created)
    order.order_id = order.items[0].sub_id = f"P{700 + spec.seed}{number:011d}{rng.randrange(1000, 9999)}"
    old = sorted({m.refund_id for m in order.lines if m.refund_id})
    new = {number: f"R9{order.order_id[1:]}{place}" for place, number in enumerate(old)}
    for line in order.lines:
        line.order_id, line.sub_id, line.refund_id = order.order_id, "", new.get(line.refund_id, "")
    for document in order.refunds:
        document.refund_id = new.get(document.refund_id, document.refund_id)
    return order


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    live.loose_moves(rng, world, spec, penalty_at=(22, 15))
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin."""
    order_id = f"P{700 + spec.seed}99999999999{rng.randrange(1000, 9999)}"
    order = live.before_files(world, spec, order_id)
    live.line(order, day_of(world, 9, 8, rng.randrange(60)), "refund", -2990, refund_id=f"R9{order_id[-12:]}")
    return order


XIAOHONGSHU = Platform(
    name="xiaohongshu",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=xiaohongshu_files.files,
    charge=live.charging(MANNER),
    terms={"": (7, 3)},
    settlement_days="7",
    rate=lambda spec: Rate("commission", "0.05", "commission"),
    fee_kinds=frozenset({"commission", "payment_fee", "affiliate"}),
    give_back=partial(live.give_back, MANNER),
    platform_part=True,
    dated=True,
    folders=("xiaohongshu",),
    shops=(
        ShopSpec("red_a", "xiaohongshu", "示例小红书店", 91, after_sales=False),
        ShopSpec("red_b", "xiaohongshu", "示例小红书二店", 92, after_sales=False, shape="sku"),
        ShopSpec("red_c", "xiaohongshu", "示例小红书三店", 93, after_sales=False, shape="both"),
        ShopSpec("red_d", "xiaohongshu", "示例小红书四店", 94, after_sales=False, shape="magnitudes"),
    ),
)
