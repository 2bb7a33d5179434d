"""The life of a Pinduoduo order: one goods line, the platform's coupon paid out beside the buyer's money."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator.goods import after, pick
from benchmarks.simulator.model import Item, Movement, Order, Refund, ShopSpec, at_rate, share

STORIES = {
    "plain": 30, "refund_before_ship": 4, "refund_netted": 3, "refund_netted_whole_coupon": 2,
    "refund_after_full": 4, "refund_after_part": 3, "refund_after_several": 2, "refund_in_transit": 2,
    "refund_rejected": 1, "unpaid": 2, "gift": 2, "link": 2, "compensated": 2, "affiliate": 3,
}  # fmt: skip
"""Stories and how many of each a deck holds."""

TECH_FEE = 60


def make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    """One order of `story` with its whole life."""
    order = _draft(rng, spec, story, number, created)
    if story == "unpaid":
        if rng.random() < 0.7:
            order.closed, order.close_reason = created + timedelta(hours=30), "未付款"
        return order
    order.paid = created
    order.shipped = after(rng, created, 4, 47)
    order.confirmed = after(rng, order.shipped, 60, 280)
    _tell(rng, spec, order)
    return order


def _draft(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    article = pick(rng)
    quantity = rng.choice((1, 1, 1, 2, 3))
    price = article.price
    if story == "gift":
        price, quantity = 0, 1
    if story == "link":
        price, quantity = rng.choice((1, 300, 990)), 1
    goods = price * quantity
    freight = rng.choice((0, 0, 0, 0, 500)) if goods > 1000 else 0
    merchant = rng.choice((0, 0, 200, 500)) if goods > 1500 else 0
    coupon = rng.choice((0, 0, 100, 300, 455)) if goods > 1500 else 0
    pay_discount = rng.choice((0, 0, 0, 50, 123)) if goods > 1500 else 0
    if story == "refund_netted_whole_coupon":
        coupon = coupon or 300
    receivable = goods + freight - merchant
    tail = spec.seed * 10**12 + number * 10**4 + rng.randrange(1000, 9999)
    order_id = f"{created:%y%m%d}-{tail:015d}"
    title = "补邮费差价" if story == "link" else article.title
    paid = receivable - coupon - pay_discount
    item = Item(order_id, article.goods_id, title, article.sku_text, article.sku_code, quantity, price, paid)
    return Order(
        shop=spec.name, order_id=order_id, story=story, channel="pdd", created=created, items=[item], goods=goods,
        freight=freight, merchant_discount=merchant, coupon=coupon, pay_discount=pay_discount, buyer_paid=paid,
    )  # fmt: skip


def line(order: Order, at: datetime, kind: str, amount: int, *, refund_id: str = "") -> None:
    """Add a movement of the goods account to the order."""
    order.lines.append(Movement(f"{order.shop}:main", at, kind, amount, order.order_id, refund_id=refund_id))


def refund(rng: random.Random, order: Order, amount: int, applied: datetime, *, returned: bool = False) -> Refund:
    """Add an after-sale document to the order."""
    number = int(order.order_id.replace("-", "")[-12:]) * 10 + len(order.refunds) + 1
    document = Refund(str(20_000_000_000_000 + number), "", amount, applied, after(rng, applied, 1, 50), returned)
    order.refunds.append(document)
    return document


def _tell(rng: random.Random, spec: ShopSpec, order: Order) -> None:
    assert order.paid and order.shipped and order.confirmed
    story = order.story
    if story == "gift":
        return
    if story in ("refund_before_ship", "refund_in_transit"):
        start = after(rng, order.paid, 0.2, 3) if story == "refund_before_ship" else after(rng, order.shipped, 20, 50)
        document = refund(rng, order, order.buyer_paid, start, returned=story == "refund_in_transit")
        order.confirmed = None
        if story == "refund_before_ship":
            order.shipped = None
        order.closed, order.close_reason = document.completed, "退款"
        return
    cash, coupon = order.buyer_paid, order.platform_due
    if story.startswith("refund_netted") and spec.after_sales:
        document = refund(rng, order, share(cash, 1, 3), after(rng, order.shipped, 1, 9))
        cash -= document.amount
        if story == "refund_netted":
            document.platform_part = share(coupon, document.amount, order.buyer_paid)
            coupon -= document.platform_part
    settle(order, after(rng, order.confirmed, 3, 22), cash, coupon)
    _after_settlement(rng, order)


def settle(order: Order, at: datetime, cash: int, coupon: int) -> None:
    """Receipt, coupon and technical service fee of one settlement."""
    line(order, at, "receipt", cash)
    if coupon:
        line(order, at, "coupon", coupon)
    if fee := at_rate(cash + coupon, TECH_FEE):
        line(order, at + timedelta(seconds=1), "tech_fee", -fee)
    if order.story == "affiliate":
        line(order, at + timedelta(seconds=2), "affiliate", -at_rate(cash, 800))


def take_back(order: Order, at: datetime, document: Refund, claw: int) -> None:
    """Lines of a refund after settlement: buyer's money, coupon, fee given back (cumulative, so cents never drift)."""
    line(order, at, "refund", -document.amount, refund_id=document.refund_id)
    document.platform_part = claw
    if claw:
        line(order, at, "clawback", -claw, refund_id=document.refund_id)
    charged = -sum(m.amount for m in order.lines if m.kind == "tech_fee" and m.amount < 0)
    given = sum(m.amount for m in order.lines if m.kind == "tech_fee" and m.amount > 0)
    base = sum(m.amount for m in order.lines if m.kind in ("receipt", "coupon"))
    taken = -sum(m.amount for m in order.lines if m.kind in ("refund", "clawback"))
    if back := min(charged, share(charged, taken, base)) - given:
        line(order, at + timedelta(seconds=1), "tech_fee", back, refund_id=document.refund_id)


def _after_settlement(rng: random.Random, order: Order) -> None:
    settled = max(m.at for m in order.lines if m.kind == "receipt")
    cash, coupon = order.buyer_paid, order.platform_due
    if order.story == "refund_rejected":
        refund(rng, order, share(cash, 1, 2), after(rng, settled, 5, 50)).state = "rejected"
        return
    if order.story == "compensated":
        line(order, after(rng, settled, 1, 40), "compensation", -rng.choice((200, 500)))
        return
    amounts: list[int] = []
    if order.story == "refund_after_full":
        amounts = [cash]
    elif order.story == "refund_after_part":
        amounts = [share(cash, 1, 3)]
    elif order.story == "refund_after_several":
        amounts = [share(cash, 1, 5), share(cash, 1, 6) + 3]
    at = settled
    for amount in amounts:
        document = refund(rng, order, amount, after(rng, at, 8, 60), returned=amount == cash)
        at = document.completed + timedelta(seconds=rng.randint(0, 20))
        take_back(order, at, document, share(coupon, amount, cash))
