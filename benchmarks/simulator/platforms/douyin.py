"""Douyin: orders by sub order, the ledger of the shop's account in all its layouts, settlement bill, after-sales."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial

from benchmarks.simulator.goods import after
from benchmarks.simulator.model import Movement, Order, ShopSpec, World
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.platforms import douyin_files, live
from benchmarks.simulator.platforms.base import Platform, Rate

MANNER = live.Manner(
    fees={"tech_fee": 500, "affiliate": 1000},
    returns=True,
    documents=True,
    first=6_920_000_000_000_000_000,
    settled=(72, 160),
)
STORIES = live.MAIN_STORIES | {"advance": 6, "freight_apart": 2, "two_subs": 4, "refund_claw_later": 2}


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    order = live.make(MANNER, rng, spec, story, number, created)
    if order.paid and rng.random() < 0.2 and order.buyer_paid:
        live.line(order, order.paid + timedelta(minutes=3), "insurance", -80)
    return order


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main = f"{spec.name}:main"
    for day in (7, 14, 21, 28):
        move(world, main, day_of(world, day, 0, rng.randrange(60)), "withdrawal", -rng.randint(200, 700) * 100)
        move(world, main, day_of(world, day, 20, rng.randrange(60)), "ad_transfer", -rng.randint(50, 300) * 100)
    move(world, main, day_of(world, 3, 10), "deposit", -50_000)
    move(world, main, day_of(world, 16, 11), "experience", -rng.randint(200, 900))
    for day in (1, 18, 31):
        move(world, main, day_of(world, day, 22, 15), "penalty", -rng.choice((300, 500)))
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin; its document is in the after-sale file."""
    order_id = str(MANNER.first + spec.seed * 10**10 + rng.randrange(1000, 9999))
    order = live.before_files(world, spec, order_id)
    applied = day_of(world, 9, 8, rng.randrange(60))
    document = live.refund(order, 2990, applied, after(rng, applied, 2, 30), returned=True)
    live.line(order, document.completed, "refund", -2990, refund_id=document.refund_id)
    order.lines.append(
        Movement(f"{spec.name}:main", document.completed, "tech_fee", 150, order_id, order_id, "", document.refund_id)
    )
    return order


DOUYIN = Platform(
    name="douyin",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=douyin_files.files,
    charge=live.charging(MANNER),
    terms={"": (7, 2)},
    settlement_days="7",
    rate=lambda spec: Rate("tech_service_fee", "0.05", "tech_fee"),
    fee_kinds=frozenset({"tech_fee", "affiliate"}),
    give_back=partial(live.give_back, MANNER),
    returned_fee="tech_fee",
    platform_part=True,
    dated=True,
    folders=("douyin",),
    shops=(
        ShopSpec("dou_a", "douyin", "示例抖音店", 61, shape="zip"),
        ShopSpec("dou_b", "douyin", "示例抖音二店", 62, shape="signed"),
        ShopSpec("dou_c", "douyin", "示例抖音三店", 63, shape="narrow"),
        ShopSpec("dou_d", "douyin", "示例抖音四店", 64, shape="old"),
        ShopSpec("dou_e", "douyin", "示例抖音五店", 65, shape="api"),
        ShopSpec("dou_f", "douyin", "示例抖音六店", 66, shape="flow"),
    ),
)
