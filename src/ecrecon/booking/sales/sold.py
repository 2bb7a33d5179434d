"""What the sales of a run are made from: settlement groups, their order money and their refunds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.texts import tr
from ecrecon.booking.policies import NO_REVENUE, UNSET
from ecrecon.booking.sales import sales_facts
from ecrecon.judging import overview
from ecrecon.judging.receipt.judge import Judged


@dataclass(frozen=True)
class Sold:
    """What the sales of a run are made from: arguments of `booking.sales.receivables`."""

    groups: pl.DataFrame
    lines: pl.DataFrame
    documents: pl.DataFrame
    moments: Moment
    point: str

    def of(self, keep: Callable[[pl.DataFrame], pl.DataFrame]) -> Sold:
        """The same of some groups."""
        return replace(self, groups=keep(self.groups), lines=keep(self.lines), documents=keep(self.documents))


def sold_of(judged: Judged, moment: Moment, point: str) -> Sold:
    """All groups with an order or order money, as the run judged them."""
    return Sold(
        groups=_groups(judged),
        lines=of_shops(judged, judged.principal.filter(pl.col("fate").is_null())),
        documents=judged.documents.filter("counts", pl.col("group_id").is_not_null()),
        moments=moment,
        point="confirmed" if point in (UNSET, NO_REVENUE) else point,
    )


def point_notes(sold: Sold, wanted: str) -> list[str]:
    """Shops whose files cannot follow the policy revenue_point, with the number of orders and what stands in for it.

    `shipped`: files that print no time of shipment; `confirmed`: files that print no confirmation, where the payment or
    the receipt is the event that the term counts from.
    """
    facts = sales_facts(sold.groups, sold.lines, sold.documents, sold.moments, sold.point)
    reached = facts.filter("has_order", pl.col("inside").fill_null(value=False))
    if wanted == "shipped":
        other = reached.filter(pl.col("shipped_at").is_null())
    elif wanted == "confirmed":
        other = reached.filter((pl.col("event") == "paid") | ~pl.col("event_known").fill_null(value=True))
    else:
        return []
    counts = other.group_by("shop").agg(
        orders=pl.len(), paid=(pl.col("event") == "paid").all() & pl.lit(wanted == "confirmed")
    ).sort("shop", nulls_last=True)  # fmt: skip
    total = dict(reached.group_by("shop").len().iter_rows())
    return [_point_note(wanted, shop, orders, total[shop], paid) for shop, orders, paid in counts.iter_rows()]


def _point_note(wanted: str, shop: str | None, orders: int, of: int, paid: bool) -> str:
    zh = {"shipped": "没有发货时间", "confirmed": "没有确认收货时间"}[wanted]
    en = {"shipped": "no time of shipment", "confirmed": "no time of confirmation"}[wanted]
    stand = ("完成时间", "the confirmation") if wanted == "shipped" else ("付款时间", "the payment")
    if wanted == "confirmed" and not paid:
        stand = ("首次到账时间（没有到账的按付款后 15 天）", "the first receipt (else 15 days after the payment)")
    return tr(
        f"收入时点 {wanted} 对店铺 {shop} 的 {orders}/{of} 单没有作用：订单文件{zh}，按{stand[0]}确认收入",
        f"revenue_point {wanted} has no effect on {orders} of {of} orders of shop {shop}: their file prints {en}; "
        f"revenue is booked at {stand[1]}",
    )


def of_shops(judged: Judged, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines under the shop and platform they count for; a wallet is none."""
    return overview.with_order_shop(judged, lines).with_columns(platform="order_platform", shop="order_shop")


def _groups(judged: Judged) -> pl.DataFrame:
    """Settlement groups with currency and the place of their first order row."""
    first = judged.orders.group_by("group_id", maintain_order=True).agg(
        pl.col("currency").cast(pl.String).first(), pl.col("source_id", "source_line").first()
    )
    return judged.groups.drop("currency", "source_id", "source_line", strict=False).join(
        first, on="group_id", how="left", maintain_order="left"
    )
