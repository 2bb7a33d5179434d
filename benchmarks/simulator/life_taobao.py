"""The life of a Taobao or Tmall order: paid, shipped, confirmed, settled at once (Alipay) or a week later (WeChat)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from benchmarks.simulator.goods import after, pick
from benchmarks.simulator.model import Item, Movement, Order, Refund, ShopSpec, at_rate, share

STORIES = {
    "plain": 26, "multi": 8, "refund_before_ship": 3, "refund_netted": 3, "refund_after_full": 3,
    "refund_after_part": 3, "refund_after_several": 2, "refund_deposit": 2, "refund_in_transit": 2,
    "refund_rejected": 1, "unpaid": 2, "huabei": 3, "huabei_refund": 1, "presale": 2, "presale_kept": 1,
    "gift": 2, "link": 2, "apart": 2, "compensated": 1,
}  # fmt: skip
"""Stories and how many of each a deck holds."""

ALIPAY_ONLY = frozenset({"huabei", "huabei_refund", "presale", "presale_kept", "refund_deposit", "compensated"})
MULTI = frozenset({"multi", "apart", "refund_after_several"})
COMMISSION = 500
BASE_SERVICE = 60
POINTS = 50


def make(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    """One order of `story` with its whole life, however long it lasts."""
    order = _draft(rng, spec, story, number, created)
    if story == "unpaid":
        if rng.random() < 0.7:
            order.closed, order.close_reason = created + timedelta(days=1), "买家未付款"
        return order
    order.paid = after(rng, created, 0.003, 0.2)
    order.trade = _trade(order)
    order.shipped = after(rng, order.paid, 4, 50)
    order.confirmed = after(rng, order.shipped, 70, 290)
    _tell(rng, spec, order)
    return order


def _draft(rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    # 19 digits, never ending in zeros: an id that Excel has rounded must be a fault, not an accident
    base = 5_100_000_000_000_000_000 + spec.seed * 10**14 + number * 10**5 + rng.randrange(1000, 9999) * 10 + 1
    wechat = story not in ALIPAY_ONLY and rng.randrange(100) < spec.wechat_share
    count = rng.choice((2, 3)) if story in MULTI else 1
    picks = [pick(rng) for _ in range(count)]
    quantities = [rng.choice((1, 1, 1, 2)) for _ in picks]
    prices = [p.price for p in picks]
    if story == "gift":
        prices, quantities = [0], [1]
    if story == "link":
        prices, quantities = [rng.choice((1, 500, 1000))], [1]
    goods = sum(p * q for p, q in zip(prices, quantities, strict=True))
    freight = rng.choice((0, 0, 0, 600, 800)) if story not in ("gift", "link") else 0
    discount = rng.choice((0, 0, 300, 500)) if goods > 2000 else 0
    platform = 500 if spec.t1 == "old" and story == "plain" and rng.random() < 0.25 else 0
    due = goods + freight - discount
    items: list[Item] = []
    left = due
    for index, (p, q) in enumerate(zip(picks, quantities, strict=True)):
        part = left if index == count - 1 else share(due, prices[index] * q, goods)
        left -= part
        sub_id = str(base + (index + 1) * 10 if count > 1 else base)
        title = "补差价专拍" if story == "link" else p.title
        items.append(Item(sub_id, p.goods_id, title, p.sku_text, p.sku_code, q, prices[index], part))
    return Order(
        shop=spec.name, order_id=str(base), story=story, channel="wechat" if wechat else "alipay", created=created,
        items=items, goods=goods, freight=freight, merchant_discount=discount, coupon=platform, pay_discount=0,
        buyer_paid=due - platform,
    )  # fmt: skip


def _trade(order: Order) -> str:
    assert order.paid is not None
    middle = "22001400" if order.channel == "alipay" else "00420000"
    return f"{order.paid:%Y%m%d}{middle}{order.order_id[-12:]}"


def _wallet(order: Order) -> str:
    return f"{order.shop}:{'main' if order.channel == 'alipay' else 't4'}"


def _line(
    order: Order, at: datetime, kind: str, amount: int, *, sub_id: str = "", refund_id: str = "", note: str = ""
) -> None:
    wallet = _wallet(order)
    order.lines.append(Movement(wallet, at, kind, amount, order.order_id, sub_id, order.trade, refund_id, note))


def _refund(
    rng: random.Random, order: Order, item: Item, amount: int, applied: datetime, *, returned: bool = False
) -> Refund:
    refund = Refund(
        f"{applied:%y%m%d}{order.order_id[5:15]}{len(order.refunds) + 1:02d}", item.sub_id, amount, applied,
        after(rng, applied, 2, 60), returned,
    )  # fmt: skip
    order.refunds.append(refund)
    return refund


def _tell(rng: random.Random, spec: ShopSpec, order: Order) -> None:
    """Dispatch: closing stories first, the others settle."""
    assert order.paid and order.shipped and order.confirmed
    story, first = order.story, order.items[0]
    due = order.buyer_paid + order.platform_due
    if story == "gift":
        return
    if story == "refund_before_ship":
        refund = _refund(rng, order, first, order.buyer_paid, after(rng, order.paid, 0.2, 3))
        _close(order, refund.completed, unshipped=True)
        return
    if story == "refund_in_transit":
        refund = _refund(rng, order, first, order.buyer_paid, after(rng, order.shipped, 20, 60), returned=True)
        _close(order, refund.completed)
        _insure(order)
        return
    if story == "presale_kept":
        order.confirmed = order.shipped = None
        order.buyer_paid = share(due, 1, 4)
        order.closed, order.close_reason = after(rng, order.paid, 100, 300), "买家未付尾款"
        _line(order, order.closed, "forfeit", order.buyer_paid)
        return
    if story in ("huabei", "huabei_refund"):
        _line(order, order.shipped + timedelta(seconds=5), "advance", due)
    if story == "huabei_refund":
        refund = _refund(rng, order, first, due, after(rng, order.shipped, 20, 60), returned=True)
        _line(order, refund.completed, "advance_refunded", -due)
        _close(order, refund.completed)
        return
    if story == "refund_netted":
        _refund(rng, order, first, share(first.paid, 1, 4), after(rng, order.shipped, 1, 10))
    _insure(order)
    _settle(rng, spec, order, due)
    _after_settlement(rng, order)


def _close(order: Order, at: datetime, *, unshipped: bool = False) -> None:
    order.confirmed = None
    if unshipped:
        order.shipped = None
    order.closed, order.close_reason = at, "退款"


def _insure(order: Order) -> None:
    """Freight insurance: charged at shipping, from the Alipay wallet whatever the channel."""
    if order.channel == "alipay" and order.shipped and int(order.order_id[-3]) % 2:
        _line(order, order.shipped + timedelta(seconds=40), "insurance", -120)


def _settle(rng: random.Random, spec: ShopSpec, order: Order, due: int) -> None:
    assert order.confirmed
    days = 7 if order.channel == "wechat" else 0
    at = order.confirmed + timedelta(days=days, seconds=0 if days else rng.choice((0, 1, 2)))
    netted = sum(r.amount for r in order.refunds if r.completed < order.confirmed)
    if order.story == "apart":
        _settle_apart(spec, order, at)
        return
    if order.story == "presale":
        first = share(due, 1, 4)
        _receive(spec, order, at, [(order.items[0].sub_id, first), (order.items[0].sub_id, due - first)])
        return
    _receive(spec, order, at, [("", due - netted)])
    if order.story == "huabei":
        _line(order, at + timedelta(seconds=6), "advance_repaid", -due)
        _line(order, at + timedelta(seconds=7), "payment_fee", -at_rate(due, 100))
    if order.story == "compensated":
        _line(order, after(rng, at, 5, 40), "compensation", -rng.choice((300, 500)))


def _settle_apart(spec: ShopSpec, order: Order, at: datetime) -> None:
    """Sub orders confirmed apart: the first items pay out up to two days before the last."""
    early = at - timedelta(days=2)
    for item in order.items[:-1]:
        _receive(spec, order, early, [(item.sub_id, item.paid)])
        early += timedelta(hours=3)
    last = order.items[-1]
    _receive(spec, order, at, [(last.sub_id, last.paid)])


def _receive(spec: ShopSpec, order: Order, at: datetime, parts: list[tuple[str, int]]) -> None:
    """Receipt lines and the fees that are charged with them, a second apart."""
    for sub_id, amount in parts:
        _line(order, at, "receipt", amount, sub_id=sub_id)
        charge(spec, order, at + timedelta(seconds=1), amount, sub_id)


def charge(spec: ShopSpec, order: Order, at: datetime, amount: int, sub_id: str = "") -> None:
    """Fees on one receipt of `amount`: by item where the receipt covers the whole order."""
    rate, kind = (COMMISSION, "commission") if spec.tmall else (BASE_SERVICE, "tech_fee")
    parts = [(sub_id, amount)] if sub_id else _by_item(order, amount)
    for sub, part in parts:
        if fee := at_rate(part, rate):
            _line(order, at, kind, -fee, sub_id=sub)
    if spec.tmall and (points := at_rate(amount, POINTS)):
        _line(order, at + timedelta(seconds=1), "points", -points)
    if spec.tmall and int(order.order_id[-4]) % 3 == 0 and amount > 1000:
        _line(order, at + timedelta(seconds=2), "affiliate", -at_rate(amount, 300))


def _by_item(order: Order, amount: int) -> list[tuple[str, int]]:
    total = sum(i.paid for i in order.items)
    parts = [(i.sub_id, share(amount, i.paid, total)) for i in order.items]
    short = amount - sum(part for _, part in parts)
    return [*parts[:-1], (parts[-1][0], parts[-1][1] + short)]


def _after_settlement(rng: random.Random, order: Order) -> None:
    assert order.confirmed
    settled = max(m.at for m in order.lines if m.kind == "receipt")
    first = order.items[0]
    story = order.story
    if story == "refund_rejected":
        _refund(rng, order, first, share(first.paid, 1, 2), after(rng, settled, 5, 60)).state = "rejected"
        return
    plans: list[tuple[Item, int]] = []
    if story == "refund_after_full":
        plans = [(first, first.paid)]
    elif story in ("refund_after_part", "refund_deposit"):
        plans = [(first, share(first.paid, 1, 3))]
    elif story == "refund_after_several":
        plans = [(item, share(item.paid, 1, 5) + 7 * index) for index, item in enumerate(order.items)]
    applied = settled
    for item, amount in plans:
        applied = after(rng, applied, 10, 70)
        refund = _refund(rng, order, item, amount, applied, returned=story == "refund_after_full")
        at = refund.completed + timedelta(seconds=rng.randint(0, 30))
        if story == "refund_deposit":
            order.lines.append(
                Movement(
                    f"{order.shop}:deposit", at, "deposit_refund", -amount, order.order_id, refund_id=refund.refund_id
                )
            )
            _line(order, after(rng, at, 1, 20), "deposit", -amount, note="天猫保证金-充值")
            order.lines.append(Movement(f"{order.shop}:deposit", order.lines[-1].at, "deposit", amount, note="充值"))
            continue
        _line(order, at, "refund", -amount, sub_id=item.sub_id, refund_id=refund.refund_id)
        applied = refund.completed
