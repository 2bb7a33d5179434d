"""Movements that belong to an account and not to an order, and the refunds of orders older than the order files."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator import life_pdd
from benchmarks.simulator.goods import after
from benchmarks.simulator.model import Item, Movement, Order, Refund, ShopSpec, World, at_rate


def add(rng: random.Random, world: World, spec: ShopSpec) -> None:
    """Everything of one shop that no order explains."""
    if spec.platform == "taobao":
        _taobao(rng, world, spec)
        if spec.after_sales:
            world.orphans.append(_old_taobao(rng, world, spec))
    else:
        _pdd(rng, world, spec)
        world.orphans.append(_old_pdd(rng, world, spec, documented=spec.after_sales))
        world.orphans.append(_old_pdd(rng, world, spec, documented=False))


def _day(world: World, day: int, hour: int, minute: int = 0) -> datetime:
    return world.bills_from + timedelta(days=day - 1, hours=hour, minutes=minute)


def _move(world: World, wallet: str, at: datetime, kind: str, amount: int, note: str = "", order: str = "") -> None:
    world.loose.append(Movement(wallet, at, kind, amount, order, note=note))


def _taobao(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main, ads, t4 = f"{spec.name}:main", f"{spec.name}:ads", f"{spec.name}:t4"
    for day in (6, 13, 20, 27):
        _move(world, main, _day(world, day, 18, rng.randrange(60)), "withdrawal", -rng.randint(300, 900) * 100)
    for day in (3, 17):
        amount = rng.randint(100, 300) * 100
        _move(world, main, _day(world, day, 9, 30), "ad_transfer", -amount)
        _move(world, ads, _day(world, day, 9, 31), "ad_topup", amount)
        for spend in range(4):
            _move(world, ads, _day(world, day + spend + 1, 23, 50), "ad_spend", -rng.randint(500, 2400))
    _move(world, main, _day(world, 21, 2, 3), "interest", rng.randint(12, 99))
    _move(world, main, _day(world, 8, 1, 10), "fund_out", -50_000)
    _move(world, main, _day(world, 11, 1, 12), "fund_in", 50_000)
    _move(
        world,
        main,
        _day(world, 1, 5, 0),
        "deposit",
        -20_000,
        note="天猫保证金-充值" if spec.tmall else "淘宝-额度补齐缴存",
    )
    _move(world, main, _day(world, 15, 4, 40), "donation", -rng.randint(2, 30))
    _move(world, main, _day(world, 31, 23, 20), "donation", -5)
    if spec.tmall:
        _move(world, main, _day(world, 25, 3, 33), "year_fee", -30_000)
    if spec.wechat_share:
        for day in (9, 23):
            _move(world, t4, _day(world, day, 17, 20), "withdrawal", -rng.randint(20, 90) * 100)
        _move(world, t4, _day(world, 30, 12, 5), "pay_later_fee", -rng.randint(30, 90))
        _move(world, t4, _day(world, 31, 23, 10), "withdrawal", -100)


def _pdd(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main, market = f"{spec.name}:main", f"{spec.name}:marketing"
    for day in (5, 12, 19, 26):
        _move(world, main, _day(world, day, 21, rng.randrange(60)), "withdrawal", -rng.randint(100, 500) * 100)
        _move(world, main, _day(world, day, 20, rng.randrange(60)), "ad_transfer", -rng.randint(50, 300) * 100)
    _move(world, main, _day(world, 2, 10), "deposit", -100_000)
    _move(world, main, _day(world, 16, 11), "experience", -rng.randint(200, 900))
    for day in (4, 18):
        _move(world, main, _day(world, day, 22, 15), "penalty", -rng.choice((300, 500)))
    _move(world, main, _day(world, 22, 15), "market_transfer", -5_000)
    _move(world, market, _day(world, 22, 15, 1), "market_topup", 5_000)
    mine = [o for o in world.orders if o.shop == spec.name and o.confirmed and world.in_bill(o.confirmed)]
    for index, order in enumerate(mine[:4]):
        assert order.confirmed
        kind = "review_gift" if index % 2 else "cross_rebate"
        at = min(order.confirmed + timedelta(minutes=5), world.as_of)
        _move(world, market, at, kind, -rng.choice((100, 200)), order=order.order_id)


def _old_taobao(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin; its document is in the after-sale file."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=20, hours=3)
    order_id = str(5_000_000_000_000_000_000 + spec.seed * 10**14 + rng.randrange(10**9, 9 * 10**9) * 10 + 7)
    item = Item(order_id, "700000000001", "气球套装 生日布置", "颜色:红", "SKU-001", 1, 4000, 4000)
    order = Order(spec.name, order_id, "before_files", "alipay", created, [item], 4000, 0, 0, 0, 0, 4000)
    order.trade = f"{created:%Y%m%d}22001400{order_id[-12:]}"
    order.paid = created + timedelta(seconds=30)
    applied = _day(world, 10, 13, rng.randrange(60))
    refund = Refund(f"{applied:%y%m%d}{order_id[5:15]}01", order_id, 1500, applied, after(rng, applied, 2, 20), False)
    order.refunds.append(refund)
    order.lines.append(
        Movement(
            f"{spec.name}:main", refund.completed, "refund", -1500, order_id, order_id, order.trade, refund.refund_id
        )
    )
    order.exported = False
    return order


def _old_pdd(rng: random.Random, world: World, spec: ShopSpec, *, documented: bool) -> Order:
    """The same on Pinduoduo, with the fee given back; with or without a document."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=12 + documented, hours=5)
    order_id = f"{created:%y%m%d}-{spec.seed:03d}{rng.randrange(10**8, 10**9):09d}{int(documented):03d}"
    item = Item(order_id, "700000000006", "陶瓷马克杯", "颜色:白", "SKU-006", 1, 2990, 2990)
    order = Order(spec.name, order_id, "before_files", "pdd", created, [item], 2990, 0, 0, 0, 0, 2990)
    order.paid = created
    applied = _day(world, 9 + 3 * documented, 8, rng.randrange(60))
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
