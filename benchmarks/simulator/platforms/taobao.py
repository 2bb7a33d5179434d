"""Taobao and Tmall: orders, Alipay wallet, settlement account, deposit."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator import files_alipay, files_pockets, files_taobao, life_taobao
from benchmarks.simulator.goods import after
from benchmarks.simulator.model import Item, Movement, Order, Refund, ShopSpec, World
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.platforms.base import Platform, Rate
from benchmarks.simulator.tables import OutFile


def _files(world: World, spec: ShopSpec) -> list[OutFile]:
    return files_taobao.files(world, spec) + files_alipay.bills(world, spec) + files_pockets.files(world, spec)


def _rate(spec: ShopSpec) -> Rate:
    if spec.tmall:
        return Rate("commission", "0.05", "commission")
    return Rate("tech_service_fee", "0.006", "tech_fee")


def _wallet(order: Order) -> str:
    return f"{order.shop}:{'t4' if order.channel == 'wechat' else 'main'}"


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    _taobao(rng, world, spec)
    if spec.after_sales:
        world.orphans.append(_old_taobao(rng, world, spec))


def _taobao(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main, ads, t4 = f"{spec.name}:main", f"{spec.name}:ads", f"{spec.name}:t4"
    for day in (6, 13, 20, 27):
        move(world, main, day_of(world, day, 18, rng.randrange(60)), "withdrawal", -rng.randint(300, 900) * 100)
    for day in (3, 17):
        amount = rng.randint(100, 300) * 100
        move(world, main, day_of(world, day, 9, 30), "ad_transfer", -amount)
        move(world, ads, day_of(world, day, 9, 31), "ad_topup", amount)
        for spend in range(4):
            move(world, ads, day_of(world, day + spend + 1, 23, 50), "ad_spend", -rng.randint(500, 2400))
    move(world, main, day_of(world, 21, 2, 3), "interest", rng.randint(12, 99))
    move(world, main, day_of(world, 8, 1, 10), "fund_out", -50_000)
    move(world, main, day_of(world, 11, 1, 12), "fund_in", 50_000)
    move(
        world,
        main,
        day_of(world, 1, 5, 0),
        "deposit",
        -20_000,
        note="天猫保证金-充值" if spec.tmall else "淘宝-额度补齐缴存",
    )
    move(world, main, day_of(world, 15, 4, 40), "donation", -rng.randint(2, 30))
    move(world, main, day_of(world, 31, 23, 20), "donation", -5)
    if spec.tmall:
        move(world, main, day_of(world, 25, 3, 33), "year_fee", -30_000)
    if spec.wechat_share:
        for day in (9, 23):
            move(world, t4, day_of(world, day, 17, 20), "withdrawal", -rng.randint(20, 90) * 100)
        move(world, t4, day_of(world, 30, 12, 5), "pay_later_fee", -rng.randint(30, 90))
        move(world, t4, day_of(world, 31, 23, 10), "withdrawal", -100)


def _old_taobao(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin; its document is in the after-sale file."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=20, hours=3)
    order_id = str(5_000_000_000_000_000_000 + spec.seed * 10**14 + rng.randrange(10**9, 9 * 10**9) * 10 + 7)
    item = Item(order_id, "700000000001", "气球套装 生日布置", "颜色:红", "SKU-001", 1, 4000, 4000)
    order = Order(spec.name, order_id, "before_files", "alipay", created, [item], 4000, 0, 0, 0, 0, 4000)
    order.trade = f"{created:%Y%m%d}22001400{order_id[-12:]}"
    order.paid = created + timedelta(seconds=30)
    applied = day_of(world, 10, 13, rng.randrange(60))
    refund = Refund(f"{applied:%y%m%d}{order_id[5:15]}01", order_id, 1500, applied, after(rng, applied, 2, 20), False)
    order.refunds.append(refund)
    order.lines.append(
        Movement(
            f"{spec.name}:main", refund.completed, "refund", -1500, order_id, order_id, order.trade, refund.refund_id
        )
    )
    order.exported = False
    return order


TAOBAO = Platform(
    name="taobao",
    stories=life_taobao.STORIES,
    make=life_taobao.make,
    loose=_loose,
    files=_files,
    charge=life_taobao.charge,
    terms={"wechat": (7, 2), "": (0, 1)},
    settlement_days="{ alipay = 0, wechat = 7 }",
    rate=_rate,
    fee_kinds=frozenset({"commission", "tech_fee", "points", "affiliate"}),
    wallet=_wallet,
    folders=("taobao", "alipay"),
)
