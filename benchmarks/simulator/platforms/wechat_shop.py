"""WeChat shop (微信小店): paid out at the payment, refunds later, one fund flow with balance."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator.goods import after, pick
from benchmarks.simulator.model import Item, Order, Refund, ShopSpec, World, at_rate, share
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.platforms import wechat_shop_files
from benchmarks.simulator.platforms.base import Platform, Rate

STORIES = {
    "plain": 30, "multi": 4, "platform_coupon": 3, "present": 2, "cancelled_whole": 4, "refund_in_transit": 2,
    "refund_after_full": 6, "refund_after_part": 6, "refund_after_several": 2, "refund_fast": 2, "refund_rejected": 1,
    "unpaid": 2, "gift": 2, "affiliate": 3, "insured": 2,
}  # fmt: skip
"""`present`: an order that one person pays and another receives. `refund_fast`: the platform lends the refund."""

TECH_FEE = 60
FIRST = 3_700_000_000_000_000_000


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    order = _draft(rng, spec, story, number, created)
    if story == "unpaid":
        if rng.random() < 0.7:
            order.closed, order.close_reason = created + timedelta(hours=30), "超时未付款"
        return order
    order.paid = created + timedelta(seconds=rng.randint(5, 90))
    order.shipped = after(rng, created, 4, 40)
    order.confirmed = after(rng, order.shipped, 60, 240)
    if story != "gift":
        _tell(rng, spec, order)
    return order


def _draft(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    order_id = str(FIRST + spec.seed * 10**10 + number * 10**4 + rng.randrange(1000, 9999))
    items = []
    for _ in range(2 if story == "multi" else 1):
        article, quantity = pick(rng), rng.choice((1, 1, 1, 2))
        price = 0 if story == "gift" else article.price
        items.append(Item(
            order_id, article.goods_id, article.title, article.sku_text, article.sku_code, quantity, price, price * quantity
        ))  # fmt: skip
    goods = sum(item.paid for item in items)
    merchant = rng.choice((0, 0, 200, 500)) if goods > 1500 else 0
    coupon = rng.choice((100, 300, 455)) if story == "platform_coupon" and goods > 1500 else 0
    freight = rng.choice((0, 0, 0, 600)) if goods else 0
    return Order(
        shop=spec.name, order_id=order_id, story=story, channel="", created=created, items=items, goods=goods,
        freight=freight, merchant_discount=merchant, coupon=coupon, pay_discount=0,
        buyer_paid=goods + freight - merchant - coupon, trade=f"42000000{spec.seed:02d}{created:%Y%m%d}{number:010d}",
    )  # fmt: skip


def _tell(rng: random.Random, spec: ShopSpec, order: Order) -> None:
    assert order.paid and order.shipped and order.confirmed
    paid, story = order.paid, order.story
    WECHAT_SHOP.line(order, paid, "receipt", order.buyer_paid + order.platform_due)
    _charge(spec, order, paid, order.buyer_paid + order.platform_due)
    if story == "insured":
        WECHAT_SHOP.line(order, paid, "insurance", -80)
    if story == "affiliate":
        at = after(rng, order.confirmed, 160, 180)
        WECHAT_SHOP.line(order, at, "affiliate", -at_rate(order.buyer_paid, 1000))
    if story in ("cancelled_whole", "refund_in_transit"):
        start = after(rng, paid, 0.2, 3) if story == "cancelled_whole" else after(rng, order.shipped, 20, 50)
        document = _refund(rng, spec, order, order.buyer_paid, start, returned=story == "refund_in_transit")
        order.confirmed = None
        if story == "cancelled_whole":
            order.shipped = None
        order.closed, order.close_reason = document.completed, "退款"
        return
    if story == "refund_fast":
        document = _refund(rng, spec, order, order.buyer_paid, after(rng, order.shipped, 20, 50), returned=True)
        WECHAT_SHOP.line(order, document.completed, "fast_advance", document.amount, refund_id=document.refund_id)
        WECHAT_SHOP.line(order, after(rng, document.completed, 1, 9), "fast_repaid", -document.amount)
        return
    cash, at = order.buyer_paid, order.confirmed
    parts = {
        "refund_after_full": [cash], "refund_after_part": [share(cash, 1, 3)],
        "refund_after_several": [share(cash, 1, 5), share(cash, 1, 6) + 3],
    }.get(story, [])  # fmt: skip
    for amount in parts:
        at = _refund(rng, spec, order, amount, after(rng, at, 8, 60), returned=amount == cash).completed
    if story == "refund_rejected":
        start = after(rng, at, 5, 50)
        _document(rng, order, share(cash, 1, 2), start, returned=False).state = "rejected"


def _document(rng: random.Random, order: Order, amount: int, start: datetime, *, returned: bool) -> Refund:
    number = 2_000_000_000_000 + int(order.order_id[-11:]) * 10 + len(order.refunds) + 1
    document = Refund(str(number), "", amount, start, after(rng, start, 1, 50), returned)
    order.refunds.append(document)
    return document


def _refund(
    rng: random.Random, spec: ShopSpec, order: Order, amount: int, start: datetime, *, returned: bool
) -> Refund:
    document = _document(rng, order, amount, start, returned=returned)
    WECHAT_SHOP.line(order, document.completed, "refund", -amount, refund_id=document.refund_id)
    if spec.shape == "net":
        _give_back(order)
    return document


def _charge(spec: ShopSpec, order: Order, at: datetime, base: int) -> None:
    if fee := at_rate(base, TECH_FEE):
        WECHAT_SHOP.line(order, at, "tech_fee", -fee)


def _give_back(order: Order) -> None:
    """Renew the fees that come back inside the refund rows (cumulative); only where they came back before."""
    refunds = sorted((m for m in order.lines if m.kind == "refund"), key=lambda m: m.at)
    order.lines = [m for m in order.lines if not (m.kind == "tech_fee" and m.amount > 0)]
    charged = -sum(m.amount for m in order.lines if m.kind == "tech_fee")
    base = sum(m.amount for m in order.lines if m.kind == "receipt")
    taken = given = 0
    for line in refunds:
        taken -= line.amount
        if back := min(charged, share(charged, taken, base)) - given:
            given += back
            WECHAT_SHOP.line(order, line.at, "tech_fee", back, refund_id=line.refund_id)


def _give_back_again(order: Order) -> None:
    if any(m.kind == "tech_fee" and m.amount > 0 for m in order.lines):
        _give_back(order)


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main = f"{spec.name}:main"
    for day in (7, 14, 21, 28):
        move(world, main, day_of(world, day, 8, rng.randrange(60)), "withdrawal", -rng.randint(200, 700) * 100)
    move(world, main, day_of(world, 17, 8), "withdrawal", -30_000).sent_back = True
    move(world, main, day_of(world, 17, 15), "withdrawal_back", 30_000)
    for day in (9, 19):
        move(world, main, day_of(world, day, 22, 15), "traffic_card", rng.choice((300, 500)))
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order files begin; its document is in the after-sale file."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=15, hours=4)
    order_id = str(FIRST + spec.seed * 10**10 + rng.randrange(1000, 9999))
    item = Item(order_id, "700000000006", "陶瓷马克杯", "颜色:白", "SKU-006", 1, 2990, 2990)
    order = Order(spec.name, order_id, "before_files", "", created, [item], 2990, 0, 0, 0, 0, 2990)
    order.trade = f"42000000{spec.seed:02d}{created:%Y%m%d}{0:010d}"
    order.paid, order.exported = created, False
    document = _document(rng, order, 2990, day_of(world, 9, 8, rng.randrange(60)), returned=True)
    WECHAT_SHOP.line(order, document.completed, "refund", -2990, refund_id=document.refund_id)
    return order


WECHAT_SHOP = Platform(
    name="wechat_shop",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=wechat_shop_files.files,
    charge=_charge,
    terms={"": (1, 3)},
    settlement_days="1",
    rate=lambda spec: Rate("tech_service_fee", "0.006", "tech_fee"),
    fee_kinds=frozenset({"tech_fee"}),
    give_back=_give_back_again,
    from_payment=True,
    folders=("wechat_shop",),
    shops=(
        ShopSpec("wx_a", "wechat_shop", "示例微信小店", 81),
        ShopSpec("wx_b", "wechat_shop", "示例微信二店", 82, shape="net"),
        ShopSpec("wx_c", "wechat_shop", "示例微信三店", 83, shape="payment"),
    ),
)
"""Shapes: "" (12 columns, CSV, refunds whole), net (11 columns, xlsx, signed, refunds net of the fee that comes back),
payment (关联订单号 holds the number of the payment)."""
