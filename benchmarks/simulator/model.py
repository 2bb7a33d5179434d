"""What exists in the simulated company: shops, orders, refunds, movements of money. Amounts are integer fen.

Times are naive Asia/Shanghai. Nothing here knows a file layout, and nothing here is taken from the product: the
simulator is the judge, so it must be able to disagree with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

Status = Literal["unpaid", "paid", "shipped", "finished", "closed"]

PRINCIPAL_KINDS = frozenset({
    "receipt", "advance", "advance_repaid", "advance_refunded", "forfeit", "refund", "deposit_refund", "coupon",
    "clawback", "freight", "price_cut", "price_share",
})  # fmt: skip
"""Kinds of movement that count against the receivable of an order."""

FEE_KINDS = frozenset({
    "commission", "tech_fee", "points", "affiliate", "insurance", "payment_fee", "installment", "year_fee",
    "experience", "traffic_card", "ad_spend", "review_gift", "cross_rebate", "pay_later_fee",
})  # fmt: skip
COMPENSATION_KINDS = frozenset({"compensation", "penalty"})


def yuan(minor: int) -> str:
    """Fen as decimal text: -701 -> "-7.01"."""
    whole, fraction = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{fraction:02d}"


def share(amount: int, part: int, whole: int) -> int:
    """amount x part / whole, rounded half up; 0 where whole is 0."""
    return (2 * amount * part + whole) // (2 * whole) if whole else 0


def at_rate(amount: int, per_mille_tenth: int) -> int:
    """amount x rate, rounded half up; the rate in 1/10000 (0.6 % = 60)."""
    return share(amount, per_mille_tenth, 10_000)


@dataclass
class Movement:
    """One change of one wallet. `wallet` is "<shop>:<pocket>" (main, t4, deposit, ads, marketing).

    A withdrawal that `arrives` is seen at the bank; one that was `sent_back` returned to the wallet and never got there;
    of `twins` nobody can tell which one the bank shows. `cash_gap`: what the account moved more than its settlement
    says. `currency`: as the bill prints it.
    """

    wallet: str
    at: datetime
    kind: str
    amount: int
    order_id: str = ""
    sub_id: str = ""
    trade: str = ""
    refund_id: str = ""
    note: str = ""
    anonymous: bool = False
    txn_id: str = ""
    balance: int = 0
    arrives: bool = True
    sent_back: bool = False
    twins: bool = False
    cash_gap: int = 0
    currency: str = "CNY"

    @property
    def principal(self) -> bool:
        """True where the line counts against a receivable."""
        return self.kind in PRINCIPAL_KINDS


@dataclass
class Item:
    """One goods line of an order; `paid` is the buyer's share of the whole payment."""

    sub_id: str
    goods_id: str
    title: str
    sku_text: str
    sku_code: str
    quantity: int
    price: int
    paid: int


@dataclass
class Refund:
    """An after-sale document. `platform_part` is what the platform takes back of its own coupon with it."""

    refund_id: str
    sub_id: str
    amount: int
    applied: datetime
    completed: datetime
    returned: bool
    state: Literal["done", "rejected"] = "done"
    platform_part: int = 0
    documented: bool = True


@dataclass(frozen=True)
class Component:
    """One line of the truth of one order."""

    code: str
    kind: str
    amount: int
    refund_id: str = ""
    optional: bool = False
    note: str = ""


@dataclass
class Order:
    """One sale. `buyer_paid + coupon` is what the merchant is owed before refunds.

    Where a platform sells and settles by sub order, an Order is a sub order: `main_id` is the number of the order that
    it stands under (empty: its own), `siblings` the other sub orders made with it.
    """

    shop: str
    order_id: str
    story: str
    channel: str
    created: datetime
    items: list[Item]
    goods: int
    freight: int
    merchant_discount: int
    coupon: int
    pay_discount: int
    buyer_paid: int
    trade: str = ""
    paid: datetime | None = None
    shipped: datetime | None = None
    confirmed: datetime | None = None
    closed: datetime | None = None
    close_reason: str = ""
    refunds: list[Refund] = field(default_factory=list)
    lines: list[Movement] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    exported: bool = True
    frozen: bool = False
    erp: Literal["", "absent", "unshipped", "returned"] = ""
    goods_back: datetime | None = None
    main_id: str = ""
    siblings: list[Order] = field(default_factory=list)

    @property
    def main(self) -> str:
        """Number of the whole order."""
        return self.main_id or self.order_id

    @property
    def platform_due(self) -> int:
        """The platform's part of the price."""
        return self.coupon + self.pay_discount

    def status(self, at: datetime) -> Status:
        """The state an export made at `at` shows."""
        if self.closed and self.closed <= at:
            return "closed"
        if self.paid is None or self.paid > at:
            return "unpaid"
        if self.confirmed and self.confirmed <= at:
            return "finished"
        return "shipped" if self.shipped and self.shipped <= at else "paid"


@dataclass(frozen=True)
class ShopSpec:
    """One shop and the shapes of its files (words of `files_*.py`; `shape` is free for other plugins)."""

    name: str
    platform: str
    title: str
    seed: int
    tmall: bool = False
    wechat_share: int = 0
    account: str = ""
    after_sales: bool = True
    t1: str = "xlsx"
    t2: str = "xlsx"
    t3: str = "xlsx"
    t4: str = "a"
    bill: str = "month"
    p3: str = "csv_zip"
    p4: str = "first"
    shape: str = ""


@dataclass
class World:
    """Everything that happened, and the window that the files show.

    `sides`: which files of the whole company exist (words of `sides.py`). `ghosts`: orders that only the ERP has (shop,
    number, created, amount). `strangers`: money at the bank from nowhere (time, amount, payer). `fakes`: orders that the
    company lists as fake.
    """

    seed: int
    period_start: date
    period_end: date
    opening: date
    opening_grace: int
    orders_start: date
    cap: int
    shops: list[ShopSpec]
    orders: list[Order] = field(default_factory=list)
    loose: list[Movement] = field(default_factory=list)
    orphans: list[Order] = field(default_factory=list)
    opening_balance: dict[str, int] = field(default_factory=dict)
    sides: tuple[str, ...] = ()
    ghosts: list[tuple[str, str, datetime, int]] = field(default_factory=list)
    strangers: list[tuple[datetime, int, str]] = field(default_factory=list)
    fakes: list[str] = field(default_factory=list)

    @property
    def bills_from(self) -> datetime:
        """First moment of the bills."""
        return datetime.combine(self.period_start, datetime.min.time())

    @property
    def as_of(self) -> datetime:
        """Last moment of the bills."""
        return datetime.combine(self.period_end, datetime.max.time()).replace(microsecond=0)

    @property
    def snapshot(self) -> datetime:
        """When the order files were exported: the next morning."""
        return self.as_of + timedelta(hours=9, seconds=1)

    def in_bill(self, at: datetime) -> bool:
        """True where a movement at `at` is printed in the bills of the period."""
        return self.bills_from <= at <= self.as_of

    @property
    def split_day(self) -> datetime:
        """Shops with `t1 = "split"`: older orders stand in an export of the old layout."""
        return (self.bills_from - timedelta(days=1)).replace(day=1)

    def old_layout(self, order: Order) -> bool:
        """True where the order stands in an old export, which prints no shipping and no confirmation time."""
        spec = self.shop(order.shop)
        return spec.t1 == "old" or (spec.t1 == "split" and order.created < self.split_day)

    def shop(self, name: str) -> ShopSpec:
        """The shop called `name`."""
        return next(s for s in self.shops if s.name == name)

    def movements(self, wallet: str) -> list[Movement]:
        """Printed movements of one wallet in the order of time (ties: order of origin)."""
        found = [m for o in (*self.orders, *self.orphans) for m in o.lines if m.wallet == wallet]
        found += [m for m in self.loose if m.wallet == wallet]
        return sorted((m for m in found if self.in_bill(m.at)), key=lambda m: m.at)
