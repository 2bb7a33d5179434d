"""The life of an order in a live shop (Douyin, Kuaishou): settled some days after receipt, net of its fees, in one row.

The platform's part of the price is `coupon` (borne by the platform) and `pay_discount` (borne by the talent).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.simulator.goods import after, pick
from benchmarks.simulator.model import FEE_KINDS, Item, Movement, Order, Refund, ShopSpec, World, at_rate, share
from benchmarks.simulator.moves import day_of, move
from benchmarks.simulator.tables import OutFile

NETTED = "netted"
"""Note of a refund that stands on the row of its settlement."""
MAIN_STORIES = {
    "plain": 30, "refund_before_ship": 4, "refund_netted": 3, "refund_netted_rest": 2, "refund_after_full": 6,
    "refund_after_part": 6, "refund_after_several": 2, "refund_in_transit": 2, "unpaid": 2, "gift": 2,
    "compensated": 2, "affiliate": 3, "freight": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Manner:
    """How one platform does it. `fees`: kind -> rate in 1/10000 of what was received, charged on each settlement; the
    kind `affiliate` only in the story of that name. `returns`: fees and the platform's part come back on a refund.
    `first`: the smallest order number; `settled`: hours from confirmation to money; `coupons`: the platform bears a part
    of the price."""

    fees: dict[str, int]
    returns: bool
    documents: bool
    first: int
    settled: tuple[float, float]
    coupons: bool = True


def make(manner: Manner, rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    """One order of `story` with its whole life."""
    order = _draft(manner, rng, spec, story, number, created)
    if story == "unpaid":
        if rng.random() < 0.7:
            order.closed, order.close_reason = created + timedelta(hours=30), "超时未付款"
        return order
    order.paid = created + timedelta(seconds=rng.randint(5, 90))
    order.shipped = after(rng, created, 4, 40)
    order.confirmed = after(rng, order.shipped, 60, 240)
    _tell(manner, rng, order)
    if story == "two_subs":
        order.siblings.append(_sibling(manner, rng, spec, order, number))
    return order


def _sibling(manner: Manner, rng: random.Random, spec: ShopSpec, first: Order, number: int) -> Order:
    """A second sub order of the order: bought and paid together, shipped, settled or given back by itself."""
    story = rng.choice(("plain", "refund_after_part", "refund_after_full", "refund_before_ship"))
    order = make(manner, rng, spec, story, number, first.created)
    order.story, order.paid, order.main_id = "second_sub", first.paid, first.order_id
    return order


def _draft(manner: Manner, rng: random.Random, spec: ShopSpec, story: str, number: int, created: datetime) -> Order:
    article = pick(rng)
    quantity = rng.choice((1, 1, 1, 2))
    price = 0 if story == "gift" else article.price
    goods = price * quantity
    rich = goods > 1500
    merchant = rng.choice((0, 0, 200, 500)) if rich else 0
    coupon = rng.choice((0, 0, 300, 455, 1000)) if rich else 0
    talent = rng.choice((0, 0, 0, 100, 233)) if rich else 0
    if story == "advance" or not manner.coupons:
        coupon = talent = 0  # what the platform pays ahead is the buyer's money
    freight = 600 if story.startswith("freight") else 0
    order_id = str(manner.first + spec.seed * 10**10 + number * 10**4 + rng.randrange(1000, 9999))
    paid = goods + freight - merchant - coupon - talent
    item = Item(order_id, article.goods_id, article.title, article.sku_text, article.sku_code, quantity, price, paid)
    return Order(
        shop=spec.name, order_id=order_id, story=story, channel="", created=created, items=[item], goods=goods,
        freight=freight, merchant_discount=merchant, coupon=coupon, pay_discount=talent, buyer_paid=paid,
    )  # fmt: skip


def line(order: Order, at: datetime, kind: str, amount: int, *, refund_id: str = "", note: str = "") -> None:
    """Add a movement of the shop's account to the order."""
    order.lines.append(
        Movement(f"{order.shop}:main", at, kind, amount, order.order_id, order.items[0].sub_id, order.trade, refund_id, note)
    )  # fmt: skip


def refund(order: Order, amount: int, applied: datetime, completed: datetime, *, returned: bool = False) -> Refund:
    """Add an after-sale document to the order."""
    number = 148 * 10**15 + int(order.order_id[-14:]) * 10 + len(order.refunds) + 1
    document = Refund(str(number), order.items[0].sub_id, amount, applied, completed, returned)
    order.refunds.append(document)
    return document


def _tell(manner: Manner, rng: random.Random, order: Order) -> None:
    assert order.paid and order.shipped and order.confirmed
    story = order.story
    if story == "gift":
        return
    if story in ("refund_before_ship", "refund_in_transit"):
        start = after(rng, order.paid, 0.2, 3) if story == "refund_before_ship" else after(rng, order.shipped, 20, 50)
        document = refund(order, order.buyer_paid, start, after(rng, start, 1, 30), returned=story.endswith("transit"))
        order.confirmed = None
        if story == "refund_before_ship":
            order.shipped = None
        order.closed, order.close_reason = document.completed, "退款"
        return
    at = after(rng, order.confirmed, *manner.settled)
    cash, coupon = order.buyer_paid, order.platform_due
    if story == "advance":
        line(order, order.shipped + timedelta(minutes=5), "advance", cash)
    if story.startswith("refund_netted"):
        start = after(rng, order.shipped, 1, 9)
        done = after(rng, start, 1, 40) if manner.documents else at  # without documents the row itself is the refund
        document = refund(order, share(cash, 1, 3), min(start, done), done)
        if manner.returns:
            document.platform_part = share(coupon, document.amount, cash)
        coupon -= document.platform_part
        if story == "refund_netted":
            line(order, at, "receipt", cash)
            line(order, at, "refund", -document.amount, note=NETTED)
        else:
            line(order, at, "receipt", cash - document.amount)
        _coupon_and_fees(manner, order, at, cash - document.amount, coupon)
        return
    apart = order.freight if story == "freight_apart" else 0
    line(order, at, "receipt", cash - apart)
    _coupon_and_fees(manner, order, at, cash, coupon)
    if apart:
        line(order, at + timedelta(seconds=1), "freight", apart)
    if story == "advance":
        line(order, at + timedelta(seconds=1), "advance_repaid", -cash)
    _after_settlement(manner, rng, order, at)


def _coupon_and_fees(manner: Manner, order: Order, at: datetime, cash: int, coupon: int) -> None:
    if coupon:
        line(order, at, "coupon", coupon)
    charge(manner, order, at, cash + coupon)


def charge(manner: Manner, order: Order, at: datetime, base: int) -> None:
    """Fees of a settlement of `base`, on the row of the last receipt not later than `at`."""
    row = max((m.at for m in order.lines if m.kind == "receipt" and m.at <= at), default=at)
    for kind, rate in manner.fees.items():
        fee = at_rate(base, rate)
        if fee and (kind != "affiliate" or order.story == "affiliate"):
            line(order, row, kind, -fee)


def charging(manner: Manner) -> Callable[[ShopSpec, Order, datetime, int], None]:
    """`Platform.charge` of a platform of this manner: the same for each of its shops."""
    return lambda _spec, order, at, base: charge(manner, order, at, base)


def give_back(manner: Manner, order: Order) -> None:
    """Renew the fees that come back, in proportion to what was taken back after settlement (cumulative)."""
    order.lines = [m for m in order.lines if not (m.kind in manner.fees and m.amount > 0)]
    for taken in sorted((m for m in order.lines if _taken(m)), key=lambda m: (m.at, m.kind)):
        give_back_at(manner, order, taken.at, taken.refund_id)


def give_back_at(manner: Manner, order: Order, at: datetime, refund_id: str) -> None:
    """Fees that are still to come back for what was taken back until `at`."""
    base = sum(m.amount for m in order.lines if m.kind in ("receipt", "coupon", "freight"))
    base += sum(m.amount for m in order.lines if m.note == NETTED)
    taken = -sum(m.amount for m in order.lines if _taken(m) and m.at <= at)
    for kind in manner.fees:
        charged = -sum(m.amount for m in order.lines if m.kind == kind and m.amount < 0)
        given = sum(m.amount for m in order.lines if m.kind == kind and m.amount > 0)
        if (back := min(charged, share(charged, taken, base)) - given) > 0:
            line(order, at, kind, back, refund_id=refund_id)


def _taken(movement: Movement) -> bool:
    return movement.kind in ("refund", "clawback") and movement.note != NETTED


def _after_settlement(manner: Manner, rng: random.Random, order: Order, settled: datetime) -> None:
    cash, coupon = order.buyer_paid, order.platform_due
    if order.story == "compensated":
        line(order, after(rng, settled, 1, 40), "compensation", -rng.choice((200, 500)))
        return
    amounts = {
        "refund_after_full": [cash], "refund_after_part": [share(cash, 1, 3)],
        "refund_after_several": [share(cash, 1, 5), share(cash, 1, 6) + 3], "refund_claw_later": [share(cash, 2, 5)],
    }.get(order.story, [])  # fmt: skip
    at = settled
    for amount in amounts:
        start = after(rng, at, 8, 60)
        document = refund(order, amount, start, after(rng, start, 1, 50), returned=amount == cash)
        at = document.completed
        line(order, at, "refund", -amount, refund_id=document.refund_id)
        if manner.returns:
            document.platform_part = share(coupon, amount, cash)
            claw_at = at + timedelta(days=2, hours=5) if order.story == "refund_claw_later" else at
            give_back_at(manner, order, at, document.refund_id)
            if document.platform_part:
                line(order, claw_at, "clawback", -document.platform_part, refund_id=document.refund_id)
                give_back_at(manner, order, claw_at, document.refund_id)


@dataclass(frozen=True)
class LedgerRow:
    """Movements that a bill prints as one row: same order, moment and heading."""

    heading: str
    moves: tuple[Movement, ...]

    @property
    def first(self) -> Movement:
        """The movement whose ids and time the row prints."""
        return self.moves[0]

    @property
    def net(self) -> int:
        """What the row moves."""
        return sum(m.amount for m in self.moves)

    def total(self, *kinds: str) -> int:
        """Σ of the movements of these kinds."""
        return sum(m.amount for m in self.moves if m.kind in kinds)


def rows_of(moves: list[Movement], heading: dict[str, str], refund_back: str) -> list[LedgerRow]:
    """Rows of a bill in order of time. `heading`: kind -> printed type; fees given back stand under `refund_back`."""
    rows: list[LedgerRow] = []
    for moved in moves:
        back = moved.amount > 0 and moved.kind in FEE_KINDS
        name = refund_back if back else heading["receipt"] if moved.note == NETTED else heading[moved.kind]
        last = rows[-1] if rows else None
        same = last is not None and (last.heading, last.first.order_id, last.first.at, last.first.refund_id) == (
            name, moved.order_id, moved.at, moved.refund_id,
        )  # fmt: skip
        if last is not None and same and moved.order_id:
            rows[-1] = LedgerRow(name, (*last.moves, moved))
        else:
            rows.append(LedgerRow(name, (moved,)))
    return rows


def described(file: OutFile, rows: list[LedgerRow]) -> OutFile:
    """Tell in `file` what its rows add up to and the time they span."""
    file.rows = len(rows)
    file.income = sum(r.net for r in rows if r.net > 0)
    file.expense = sum(r.net for r in rows if r.net < 0)
    file.first = min((r.first.at for r in rows), default=None)
    file.last = max((r.first.at for r in rows), default=None)
    return file


def loose_moves(rng: random.Random, world: World, spec: ShopSpec, *, penalty_at: tuple[int, int]) -> None:
    """Movements of the shop's account without order; `penalty_at`: hour and minute at which penalties are taken."""
    main = f"{spec.name}:main"
    for day in (6, 15, 24):
        move(world, main, day_of(world, day, 12, rng.randrange(60)), "withdrawal", -rng.randint(200, 700) * 100)
        move(world, main, day_of(world, day, 20, rng.randrange(60)), "ad_transfer", -rng.randint(50, 300) * 100)
    move(world, main, day_of(world, 3, 10), "deposit", -30_000)
    for day in (1, 18, 31):
        move(world, main, day_of(world, day, *penalty_at), "penalty", -rng.choice((300, 500)))


def before_files(world: World, spec: ShopSpec, order_id: str) -> Order:
    """A paid order that was created before the order files begin: no file shows it."""
    created = datetime.combine(world.orders_start, datetime.min.time()) - timedelta(days=15, hours=4)
    item = Item(order_id, "700000000006", "陶瓷马克杯", "颜色:白", "SKU-006", 1, 2990, 2990)
    order = Order(spec.name, order_id, "before_files", "", created, [item], 2990, 0, 0, 0, 0, 2990)
    order.paid, order.exported = created, False
    return order
