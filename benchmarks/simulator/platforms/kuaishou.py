"""Kuaishou: orders without a time of receipt, the settlement bill (detail), the wallet (cash); no after-sale file."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator.model import Item, Order, ShopSpec, World
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.platforms import kuaishou_files, live
from benchmarks.simulator.platforms.base import Platform, Rate

MANNER = live.Manner(
    fees={"tech_fee": 200, "affiliate": 1000}, returns=False, documents=False, first=2_600_000_000_000_000, settled=(72, 160)
)  # fmt: skip
STORIES = {name: count for name, count in live.MAIN_STORIES.items() if name not in ("freight", "refund_netted_rest")}


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    return live.make(MANNER, rng, spec, story, number, created)


def _charge(spec: ShopSpec, order: Order, at: datetime, base: int) -> None:
    live.charge(MANNER, order, at, base)


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main = f"{spec.name}:main"
    for day in (6, 15, 24):
        move(world, main, day_of(world, day, 12, rng.randrange(60)), "withdrawal", -rng.randint(200, 700) * 100)
        move(world, main, day_of(world, day, 20, rng.randrange(60)), "ad_transfer", -rng.randint(50, 300) * 100)
    move(world, main, day_of(world, 3, 10), "deposit", -30_000)
    for day in (1, 18, 31):
        move(world, main, day_of(world, day, 22, 15), "penalty", -rng.choice((300, 500)))
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=15, hours=4)
    order_id = str(MANNER.first + spec.seed * 10**10 + rng.randrange(1000, 9999))
    item = Item(order_id, "700000000006", "陶瓷马克杯", "颜色:白", "SKU-006", 1, 2990, 2990)
    order = Order(spec.name, order_id, "before_files", "", created, [item], 2990, 0, 0, 0, 0, 2990)
    order.paid = created
    live.line(order, day_of(world, 9, 8, rng.randrange(60)), "refund", -2990)
    order.exported = False
    return order


KUAISHOU = Platform(
    name="kuaishou",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=kuaishou_files.files,
    charge=_charge,
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
