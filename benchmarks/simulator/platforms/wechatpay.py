"""WeChat Pay: a shop of one's own, paid at once; trade bills explain the fund flow. The order list is the seller's own."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator.goods import after, pick
from benchmarks.simulator.model import Item, Order, Refund, ShopSpec, World, at_rate, share
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.platforms import wechatpay_files
from benchmarks.simulator.platforms.base import Platform, Rate

STORIES = {
    "plain": 30, "cancelled_whole": 4, "refund_after_full": 6, "refund_after_part": 6, "refund_after_several": 2,
    "refund_rejected": 1, "unpaid": 2, "gift": 2,
}  # fmt: skip
FEE = 60


def _make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    order_id = f"D{spec.seed:02d}{created:%Y%m%d}{number:06d}"
    article, quantity = pick(rng), rng.choice((1, 1, 1, 2))
    price = 0 if story == "gift" else article.price
    paid = price * quantity
    item = Item(order_id, article.goods_id, article.title, article.sku_text, article.sku_code, quantity, price, paid)
    order = Order(spec.name, order_id, story, "", created, [item], paid, 0, 0, 0, 0, paid, trade=f"M{order_id[1:]}")
    if story == "unpaid":
        if rng.random() < 0.7:
            order.closed, order.close_reason = created + timedelta(hours=2), "未付款"
        return order
    order.paid = created + timedelta(seconds=rng.randint(5, 90))
    order.shipped = after(rng, created, 4, 40)
    order.confirmed = after(rng, order.shipped, 60, 240)
    if story != "gift":
        _tell(rng, order)
    return order


def _tell(rng: random.Random, order: Order) -> None:
    assert order.paid and order.confirmed
    cash, at = order.buyer_paid, order.confirmed
    WECHATPAY.line(order, order.paid, "receipt", cash)
    _charge_at(order, order.paid, cash)
    if order.story == "cancelled_whole":
        document = _refund(rng, order, cash, after(rng, order.paid, 0.2, 3))
        order.shipped = order.confirmed = None
        order.closed, order.close_reason = document.completed, "退款"
        return
    parts = {
        "refund_after_full": [cash], "refund_after_part": [share(cash, 1, 3)],
        "refund_after_several": [share(cash, 1, 5), share(cash, 1, 6) + 3],
    }.get(order.story, [])  # fmt: skip
    for amount in parts:
        at = _refund(rng, order, amount, after(rng, at, 8, 60)).completed
    if order.story == "refund_rejected":
        _document(rng, order, share(cash, 1, 2), after(rng, at, 5, 50)).state = "rejected"


def _document(rng: random.Random, order: Order, amount: int, start: datetime) -> Refund:
    number = f"R{order.order_id[1:]}{len(order.refunds) + 1}"
    document = Refund(number, "", amount, start, after(rng, start, 1, 50), amount == order.buyer_paid)
    order.refunds.append(document)
    return document


def _refund(rng: random.Random, order: Order, amount: int, start: datetime) -> Refund:
    document = _document(rng, order, amount, start)
    WECHATPAY.line(order, document.completed, "refund", -amount, refund_id=document.refund_id)
    _give_back(order)
    return document


def _charge_at(order: Order, at: datetime, base: int) -> None:
    """The fee of a payment stands on its row."""
    row = max((m.at for m in order.lines if m.kind == "receipt" and m.at <= at), default=at)
    if fee := at_rate(base, FEE):
        WECHATPAY.line(order, row, "payment_fee", -fee)


def _charge(spec: ShopSpec, order: Order, at: datetime, base: int) -> None:
    _charge_at(order, at, base)


def _give_back(order: Order) -> None:
    """Renew the fees that come back on the refund rows (cumulative)."""
    order.lines = [m for m in order.lines if not (m.kind == "payment_fee" and m.amount > 0)]
    charged = -sum(m.amount for m in order.lines if m.kind == "payment_fee")
    base = sum(m.amount for m in order.lines if m.kind == "receipt")
    taken = given = 0
    for line in sorted((m for m in order.lines if m.kind == "refund"), key=lambda m: m.at):
        taken -= line.amount
        if back := min(charged, share(charged, taken, base)) - given:
            given += back
            WECHATPAY.line(order, line.at, "payment_fee", back, refund_id=line.refund_id)


def _loose(rng: random.Random, world: World, spec: ShopSpec) -> None:
    main, operation = f"{spec.name}:main", f"{spec.name}:operation"
    for day in (7, 14, 21, 28):
        move(world, main, day_of(world, day, 23, rng.randrange(60)), "withdrawal", -rng.randint(200, 700) * 100)
    move(world, operation, day_of(world, 5, 9), "topup", 100_000)
    for day in (6, 16):
        move(world, operation, day_of(world, day, 11, rng.randrange(60)), "payout", -rng.randint(10, 90) * 100)
    world.orphans.append(_old(rng, world, spec))


def _old(rng: random.Random, world: World, spec: ShopSpec) -> Order:
    """A refund of an order that was created before the order list begins; its document is in the refund list."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=15, hours=4)
    order_id = f"D{spec.seed:02d}{created:%Y%m%d}000000"
    item = Item(order_id, "700000000006", "陶瓷马克杯", "颜色:白", "SKU-006", 1, 2990, 2990)
    order = Order(spec.name, order_id, "before_files", "", created, [item], 2990, 0, 0, 0, 0, 2990)
    order.trade, order.paid, order.exported = f"M{order_id[1:]}", created, False
    document = _document(rng, order, 2990, day_of(world, 9, 8, rng.randrange(60)))
    WECHATPAY.line(order, document.completed, "refund", -2990, refund_id=document.refund_id)
    WECHATPAY.line(order, document.completed, "payment_fee", 18, refund_id=document.refund_id)
    return order


WECHATPAY = Platform(
    name="wechatpay",
    stories=STORIES,
    make=_make,
    loose=_loose,
    files=wechatpay_files.files,
    charge=_charge,
    terms={"": (1, 1)},
    settlement_days="1",
    rate=lambda spec: Rate("payment_fee", "0.006", "payment_fee"),
    fee_kinds=frozenset({"payment_fee"}),
    give_back=_give_back,
    bill_number=lambda order: order.trade,
    returned_fee="payment_fee",
    from_payment=True,
    profiles=wechatpay_files.PROFILES,
    folders=("wechatpay",),
    shops=(
        ShopSpec("own_a", "wechatpay", "示例自营商城", 91, account="1900000109"),
        ShopSpec("own_b", "wechatpay", "示例小程序商城", 92, account="1900000110", shape="split"),
    ),
)
"""Shapes: "" (ALL bills, plain text), split (SUCCESS and REFUND bills, gzip)."""
