"""Pinduoduo: orders, goods account, marketing account."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator import files_pdd, life_pdd
from benchmarks.simulator.goods import after
from benchmarks.simulator.model import Item, Order, Refund, ShopSpec, World, at_rate, share
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.platforms.base import Platform, Rate


def _charge(spec: ShopSpec, order: Order, at: datetime, base: int) -> None:
    if fee := at_rate(base, life_pdd.TECH_FEE):
        life_pdd.line(order, at, "tech_fee", -fee)


def _give_back(order: Order) -> None:
    """Renew the fee that Pinduoduo gives back, in proportion to the lines that were taken back."""
    taken_lines = [m for m in order.lines if m.kind in ("refund", "clawback")]
    order.lines = [m for m in order.lines if not (m.kind == "tech_fee" and m.amount > 0)]
    charged = -sum(m.amount for m in order.lines if m.kind == "tech_fee")
    base = sum(m.amount for m in order.lines if m.kind in ("receipt", "coupon"))
    back = min(charged, share(charged, -sum(m.amount for m in taken_lines), base))
    if back and taken_lines:
        life_pdd.line(order, max(m.at for m in taken_lines) + timedelta(seconds=1), "tech_fee", back)


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    _pdd(rng, world, spec)
    world.orphans.append(_old_pdd(rng, world, spec, documented=spec.after_sales))
    world.orphans.append(_old_pdd(rng, world, spec, documented=False))


def _pdd(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main, market = f"{spec.name}:main", f"{spec.name}:marketing"
    for day in (5, 12, 19, 26):
        move(world, main, day_of(world, day, 21, rng.randrange(60)), "withdrawal", -rng.randint(100, 500) * 100)
        move(world, main, day_of(world, day, 20, rng.randrange(60)), "ad_transfer", -rng.randint(50, 300) * 100)
    move(world, main, day_of(world, 2, 10), "deposit", -100_000)
    move(world, main, day_of(world, 16, 11), "experience", -rng.randint(200, 900))
    for day in (4, 18):
        move(world, main, day_of(world, day, 22, 15), "penalty", -rng.choice((300, 500)))
    move(world, main, day_of(world, 22, 15), "market_transfer", -5_000)
    move(world, market, day_of(world, 22, 15, 1), "market_topup", 5_000)
    mine = [o for o in world.orders if o.shop == spec.name and o.confirmed and world.in_bill(o.confirmed)]
    for index, order in enumerate(mine[:4]):
        assert order.confirmed
        kind = "review_gift" if index % 2 else "cross_rebate"
        at = min(order.confirmed + timedelta(minutes=5), world.as_of)
        move(world, market, at, kind, -rng.choice((100, 200)), order=order.order_id)


def _old_pdd(rng: random.Random, world: World, spec: ShopSpec, *, documented: bool) -> Order:
    """The same on Pinduoduo, with the fee given back; with or without a document."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=12 + documented, hours=5)
    order_id = f"{created:%y%m%d}-{spec.seed:03d}{rng.randrange(10**8, 10**9):09d}{int(documented):03d}"
    item = Item(order_id, "700000000006", "陶瓷马克杯", "颜色:白", "SKU-006", 1, 2990, 2990)
    order = Order(spec.name, order_id, "before_files", "pdd", created, [item], 2990, 0, 0, 0, 0, 2990)
    order.paid = created
    applied = day_of(world, 9 + 3 * documented, 8, rng.randrange(60))
    refund = Refund(
        str(29_000_000_000_000 + spec.seed * 1000 + documented), "", 2990, applied, after(rng, applied, 2, 30), True
    )
    refund.documented = documented
    order.refunds.append(refund)
    life_pdd.line(order, refund.completed, "refund", -2990, refund_id=refund.refund_id)
    life_pdd.line(
        order,
        refund.completed + timedelta(seconds=1),
        "tech_fee",
        at_rate(2990, life_pdd.TECH_FEE),
        refund_id=refund.refund_id,
    )
    order.exported = False
    return order


PDD = Platform(
    name="pdd",
    stories=life_pdd.STORIES,
    make=life_pdd.make,
    loose=_loose,
    files=files_pdd.files,
    charge=_charge,
    terms={"": (1, 2)},
    settlement_days="1",
    rate=lambda spec: Rate("tech_service_fee", "0.006", "tech_fee"),
    fee_kinds=frozenset({"tech_fee"}),
    give_back=_give_back,
    returned_fee="tech_fee",
    platform_part=True,
    dated=True,
    folders=("pdd",),
)
