"""Kuaishou: orders without a time of receipt, the settlement bill (detail), the wallet (cash); no after-sale file."""

from __future__ import annotations

import random
from datetime import datetime

from benchmarks.simulator.model import Order, ShopSpec, World
from benchmarks.simulator.moves import day_of
from benchmarks.simulator.platforms import kuaishou_files, live
from benchmarks.simulator.platforms.base import Platform, Rate

MANNER = live.Manner(
    fees={"tech_fee": 200, "affiliate": 1000}, returns=False, documents=False, first=2_600_000_000_000_000, settled=(72, 160)
)  # fmt: skip
STORIES = {name: count for name, count in live.MAIN_STORIES.items() if name not in ("freight", "refund_netted_rest")}


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    return live.make(MANNER, rng, spec, story, number, created)


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    live.loose_moves(rng, world, spec, penalty_at=(22, 15))
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin."""
    order_id = str(MANNER.first + spec.seed * 10**10 + rng.randrange(1000, 9999))
    order = live.before_files(world, spec, order_id)
    live.line(order, day_of(world, 9, 8, rng.randrange(60)), "refund", -2990)
    return order


KUAISHOU = Platform(
    name="kuaishou",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=kuaishou_files.files,
    charge=live.charging(MANNER),
    terms={"": (7, 3)},
    settlement_days="7",
    rate=lambda spec: Rate("tech_service_fee", "0.02", "tech_fee"),
    fee_kinds=frozenset({"tech_fee", "affiliate"}),
    dated=True,
    folders=("kuaishou",),
    shops=(
        ShopSpec("ks_a", "kuaishou", "示例快手店", 71, after_sales=False, t1="old"),
        ShopSpec("ks_b", "kuaishou", "示例快手二店", 72, after_sales=False, t1="old", shape="older"),
    ),
)
"""`t1 = "old"`: the order export prints no time of receipt."""
