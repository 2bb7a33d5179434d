"""The right answer, from the model and the injected faults alone; never from a run of the product.

`judge` gives each order its receivable, its receipts and the named parts of their difference, and refuses to
answer (AssertionError) when the parts do not add up: then the simulator itself is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.simulator import platforms
from benchmarks.simulator.model import COMPENSATION_KINDS, FEE_KINDS, Component, Order, World

TYPES = {
    "F01": ("layout_unknown", "stop"), "F02": ("layout_drift", "info"), "F03": ("encoding_damage", "stop"),
    "F04": ("id_damaged", "stop"), "F05": ("control_total", "break"), "F06": ("balance_break", "break"),
    "F07": ("coverage_gap", "break"), "F08": ("file_duplicate", "info"), "F09": ("row_duplicate", "info"),
    "F10": ("bill_reissued", "review"), "F11": ("bad_value", "stop"), "F12": ("bill_missing", "review"),
    "F13": ("snapshot_order", "review"), "F14": ("file_of_other_shop", "stop"),
    "F15": ("amount_basis", "stop"), "F16": ("not_merchant_bill", "review"),
    "X01": ("not_yet_due", "timing"), "X02": ("overdue_receipt", "break"), "X03": ("receipt_without_order", "break"),
    "X04": ("receipt_without_reference", "review"), "X11": ("before_opening", "info"), "A01": ("rounding", "tolerated"),
    "A02": ("short_receipt", "break"), "A03": ("over_receipt", "break"), "A04": ("partial_receipt", "timing"),
    "A05": ("double_receipt", "break"), "A08": ("price_adjustment", "info"), "A06": ("tolerance_cap", "break"), "A07": ("advance_open", "timing"),
    "R01": ("refund_not_in_bill", "break"), "R02": ("refund_not_in_book", "break"), "R03": ("refund_amount", "break"),
    "R07": ("fee_not_returned", "break"), "R08": ("refund_exceeds_receipt", "break"), "R09": ("refund_unverified", "info"),
    "C01": ("fee_amount", "break"), "C02": ("fee_missing", "info"), "C04": ("unmapped_fee", "review"),
    "C05": ("fee_without_order", "info"), "C06": ("coupon_short", "break"), "M08": ("status_conflict", "break"),
    "S02": ("zero_or_gift", "info"), "X05": ("sold_not_recorded", "break"), "X06": ("paid_not_shipped", "break"),
    "X07": ("payout_not_in_bank", "break"), "X08": ("bank_not_in_payout", "review"),
    "X10": ("recorded_not_on_platform", "break"), "S03": ("own_transfer", "info"), "S01": ("fake_order", "info"),
    "R06": ("returned_not_refunded", "break"), "T01": ("settlement_cash_diff", "break"),
    "M01": ("ambiguous", "review"), "M02": ("batch_unbalanced", "break"), "M05": ("shop_mismatch", "break"),
    "M06": ("currency", "break"),
}  # fmt: skip
"""Code -> type and usual kind, copied by hand from the registry of variance types."""

FEE_CODES = frozenset({"C01", "C02", "R07"})
"""Components of the fee vector: outside the difference of the order."""


@dataclass(frozen=True)
class Expected:
    """One expected row of `variances.csv`. `optional` rows may appear and need not."""

    code: str
    kind: str
    platform: str = ""
    shop: str = ""
    order_id: str = ""
    refund_id: str = ""
    difference: int = 0
    count: int = 0
    actual: int | None = None
    path: str = ""
    optional: bool = False
    note: str = ""


@dataclass
class OrderTruth:
    """One order: receivable E, receipts A, D = A - E, how it ends. Alternatives of equal right are joined by "|"."""

    order: Order
    expected: int
    actual: int
    disposition: str
    components: list[Component] = field(default_factory=list)

    @property
    def difference(self) -> int:
        """A - E."""
        return self.actual - self.expected


def received(world: World, order: Order, absent: frozenset[str]) -> int:
    """Σ printed principal lines of the order, wallets without a readable bill left out."""
    return sum(m.amount for m in _printed(world, order, absent) if m.principal)


def _printed(world: World, order: Order, absent: frozenset[str]) -> list:  # type: ignore[type-arg]
    return [m for m in order.lines if world.in_bill(m.at) and m.wallet not in absent and not m.anonymous]


def judge(world: World, order: Order, absent: frozenset[str] = frozenset()) -> OrderTruth:
    """The truth of one order. `absent`: wallets whose bills are not among the files."""
    actual = received(world, order, absent)
    status = order.status(world.as_of)
    injected = list(order.components)
    if order.created > world.as_of:
        return OrderTruth(order, order.buyer_paid + order.platform_due, 0, "after_as_of")
    if order.paid is None or order.paid > world.as_of:
        return _checked(OrderTruth(order, 0, actual, "cancelled_unpaid", injected))
    if order.buyer_paid + order.platform_due == 0 and not injected:
        early = order.created < world.bills_from
        return _checked(OrderTruth(order, 0, actual, "excluded|presumed_settled" if early else "excluded"))
    at_payment = platforms.of(world.shop(order.shop)).from_payment  # then a closed order may have been paid out too
    if status == "closed" and not (at_payment and presumed_settled(world, order)):
        return _checked(_closed(world, order, actual, injected, absent))
    if presumed_settled(world, order):
        done = sum(
            r.amount + r.platform_part for r in order.refunds
            if r.documented and r.state == "done" and world.in_bill(r.completed)
        )  # fmt: skip
        if any(m.wallet in absent for m in order.lines):
            done = -actual
        return _checked(OrderTruth(order, -done, actual, "presumed_settled|settled", injected))
    return _checked(_live(world, order, actual, injected, absent))


def _closed(world: World, order: Order, actual: int, injected: list[Component], absent: frozenset[str]) -> OrderTruth:
    assert order.closed
    lines = _printed(world, order, absent)
    kept = sum(m.amount for m in lines if m.kind == "forfeit")
    early = order.closed < world.bills_from
    state = "settled|excluded|presumed_settled" if early or not order.lines else "settled|excluded"
    return OrderTruth(order, kept, actual, "open" if injected else state, injected)


def presumed_settled(world: World, order: Order) -> bool:
    """True where the order was paid out before the bills begin (matching, first run, point 4)."""
    settled = [m.at for m in order.lines if m.kind == "receipt"]
    return bool(settled) and max(settled) < world.bills_from


def _live(world: World, order: Order, actual: int, injected: list[Component], absent: frozenset[str]) -> OrderTruth:
    lines = _printed(world, order, absent)
    has_receipt = any(m.kind in ("receipt", "advance", "coupon") for m in lines)
    refunds = [r for r in order.refunds if r.documented and r.state == "done" and r.completed <= world.as_of]
    settled = any(m.kind == "receipt" for m in lines)
    platform_back = sum(r.platform_part for r in refunds if settled) + _claw_without_document(order, lines)
    if not settled and sum(r.amount for r in refunds) >= order.buyer_paid:
        platform_back = order.platform_due  # fully refunded before any money: nothing of the coupon is owed
    expected = order.buyer_paid + order.platform_due - sum(r.amount for r in refunds) - platform_back
    truth = OrderTruth(order, expected, actual, "settled", injected)
    rest = truth.difference - sum(c.amount for c in injected if c.code not in FEE_CODES)
    if rest and not has_receipt:
        due = _due_by(world, order)
        if due > world.as_of:
            truth.components.append(Component("X01", "timing", rest))
            truth.disposition = "not_due"
        else:
            # an order whose term counts from before the bills has 60 days before it is overdue: a run may show it as not due
            old = order.created < world.bills_from and _counted_from(world, order) < world.bills_from
            truth.components.append(Component("F12", "review", rest, optional=old, note="part of the shop row"))
            truth.disposition = "not_checked|not_due" if old else "not_checked"
    elif rest and order.story == "apart":
        truth.components.append(Component("A04", "timing", rest))
        truth.disposition = "partly"
    elif injected and all(c.code in FEE_CODES for c in injected):
        truth.disposition = "settled|open"  # the fee vector stands outside the difference
    elif any(c.kind in ("stop", "break", "review") for c in injected):
        overdue = any(c.code == "X02" for c in injected)
        truth.disposition = "overdue" if overdue else "open"
    elif any(c.code == "A04" for c in injected):
        truth.disposition = "partly"
    elif any(c.code in ("A07", "R01") for c in injected):
        truth.disposition = "settled|partly|open"
    return truth


def _claw_without_document(order: Order, lines: list) -> int:  # type: ignore[type-arg]
    """A refund line that lost its document still makes its share of the coupon not owed."""
    lost = {r.refund_id: r for r in order.refunds if not r.documented}
    return sum(lost[m.refund_id].platform_part for m in lines if m.kind == "refund" and m.refund_id in lost)


def _counted_from(world: World, order: Order) -> datetime:
    """The moment from which the term of an order counts; unconfirmed orders have none."""
    if platforms.of(world.shop(order.shop)).from_payment and order.paid:
        return order.paid
    if order.confirmed is None or order.confirmed > world.as_of:
        return datetime.max
    return order.confirmed if not world.old_layout(order) else (order.paid or order.created) + timedelta(days=15)


def _due_by(world: World, order: Order) -> datetime:
    """Last moment that still counts as not due; unconfirmed orders are never due in a simulated month."""
    event = _counted_from(world, order)
    if event == datetime.max:
        return event
    days, grace = platforms.of(world.shop(order.shop)).term(order.channel)
    return datetime.combine((event + timedelta(days=days + grace)).date(), datetime.max.time())


def _checked(truth: OrderTruth) -> OrderTruth:
    parts = sum(c.amount for c in truth.components if c.code not in FEE_CODES)
    assert parts == truth.difference, (truth.order.shop, truth.order.order_id, truth.order.story, truth)
    return truth


def natural_rows(world: World, truths: Iterable[OrderTruth], absent: frozenset[str]) -> list[Expected]:
    """Rows above the level of an order that a faultless month shows as well: S02, C05, X11, R09."""
    rows: list[Expected] = []
    gifts = [t.order for t in truths if t.disposition.startswith("excluded")]
    for shop in sorted({o.shop for o in gifts}):
        mine = [o for o in gifts if o.shop == shop]
        early = sum(o.created < world.bills_from for o in mine)
        note = f"{early} of them created before the opening"
        rows.append(Expected("S02", "info", world.shop(shop).platform, shop, count=len(mine), note=note))
    for spec in world.shops:
        loose = [
            m for m in world.loose
            if m.wallet.startswith(f"{spec.name}:") and m.wallet not in absent and not m.order_id and world.in_bill(m.at)
        ]  # fmt: skip
        for kind in sorted({m.kind for m in loose if m.kind in FEE_KINDS | COMPENSATION_KINDS}):
            amounts = [m.amount for m in loose if m.kind == kind]
            rows.append(
                Expected(
                    "C05",
                    "info",
                    spec.platform,
                    spec.name,
                    count=len(amounts),
                    actual=sum(amounts),
                    note=kind,
                    optional=kind == "ad_spend",
                )
            )
        rows.extend(_unverified(world, spec.name, absent))
    for order in world.orphans:
        rows.extend(_orphan(world, order, absent))
    return rows


def _unverified(world: World, shop: str, absent: frozenset[str]) -> list[Expected]:
    spec = world.shop(shop)
    if spec.after_sales:
        return []
    lines = [
        m
        for o in (*world.orders, *world.orphans)
        if o.shop == shop
        for m in _printed(world, o, absent)
        if m.kind == "refund"
    ]
    if not lines:
        return []
    return [Expected("R09", "info", spec.platform, shop, count=len(lines), actual=sum(m.amount for m in lines))]


def _orphan(world: World, order: Order, absent: frozenset[str]) -> list[Expected]:
    amount = received(world, order, absent)
    if not amount:
        return []
    spec = world.shop(order.shop)
    code = order.components[0].code if order.components else "X11"
    kind = order.components[0].kind if order.components else TYPES[code][1]
    # a document of an unknown order is `no_order` (conservation b2): it belongs to no group and lowers no receivable
    told = any(r.documented for r in order.refunds)  # an after-sale file names the order
    number = order.order_id if told else platforms.of(spec).bill_number(order)
    return [Expected(code, kind, spec.platform, order.shop, number, difference=amount)]
