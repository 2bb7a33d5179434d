"""What the sales of a run are made from, and orders on the list of fake ones, which are no sales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_text
from ecrecon.base.texts import tr
from ecrecon.booking.policies import NO_REVENUE, UNSET
from ecrecon.booking.sales.receivables import sales_facts
from ecrecon.judging import overview
from ecrecon.judging.receipt.judge import Judged
from ecrecon.settings.workspace import Workspace

# What the sales of a run are made from: settlement groups, their order money and their refunds.


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


# Orders on the user's list of fake orders (docs/accounting.md "Fake orders").


@dataclass(frozen=True)
class Fakes:
    """`groups`: group_id of fake groups. `mixed`: how many groups hold listed and other orders."""

    groups: pl.DataFrame
    mixed: int

    def without(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` without the rows of fake groups; without any, `frame` itself and no copy of millions of lines."""
        if self.groups.is_empty():
            return frame
        return frame.join(self.groups, on="group_id", how="anti", maintain_order="left")

    def only(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of fake groups."""
        return frame.join(self.groups, on="group_id", how="semi", maintain_order="left")

    def marked(self, lines: pl.DataFrame) -> pl.DataFrame:
        """`lines` with `fake`: their order is on the list."""
        ids = self.groups["group_id"].implode()
        return lines.with_columns(fake=pl.col("group_id").is_in(ids).fill_null(value=False))


def find_fakes(judged: Judged, workspace: Workspace) -> Fakes:
    """The settlement groups of the listed orders."""
    listed = pl.col("order_id").is_in(workspace.fake_orders).fill_null(value=False)
    groups = judged.orders.group_by("group_id").agg(every=listed.all(), some=listed.any()).drop_nulls("group_id")
    return Fakes(
        groups.filter("every").select("group_id").sort("group_id"),
        groups.filter(pl.col("some") & ~pl.col("every")).height,
    )


def fake_notes(fakes: Fakes, ledger: pl.DataFrame, workspace: Workspace) -> list[str]:
    """Count and warn. ledger: frame RECEIVABLES of the fake groups, as if they were sales."""
    if not fakes.groups.height and not fakes.mixed:
        return []
    sums = {name: decimal_text(int(ledger[f"{name}_minor"].sum())) for name in ("increase", "received", "paid_back")}
    count = ledger["group_id"].n_unique()
    why = _said(workspace)
    notes = [
        tr(
            f"名单内刷单 {count} 单本期有业务：收入 {sums['increase']} 元未确认，成本未结转，收款 {sums['received']} 元、"
            f"退款 {sums['paid_back']} 元记入其他应收款-待核查。{why}虚构交易违反《反不正当竞争法》《电子商务法》，平台仍会向税务机关"
            "报送这些收入，税务机关可能要求补税；请与会计师、律师核实",
            f"{count} listed fake orders in the period: revenue of {sums['increase']} and its cost are not booked; "
            f"{sums['received']} received and {sums['paid_back']} paid back stand as unexplained. {why}False transactions "
            "break competition and e-commerce law, the platform reports this income to the tax office all the same, and it "
            "may be taxed: ask your accountant and lawyer",
        )
    ]
    if fakes.mixed:
        notes.append(
            tr(
                f"{fakes.mixed} 个合并付款组里既有名单内订单又有其他订单，分不开，按正常销售入账，请逐笔核对",
                f"{fakes.mixed} groups paid together hold listed and other orders: booked as sales, check them by hand",
            )
        )
    return notes


def _said(workspace: Workspace) -> str:
    """Reason and approver of the list, or that they are missing."""
    reason, approver = workspace.fake_orders_reason, workspace.fake_orders_approver
    if reason and approver:
        return tr(f"理由：{reason}；批准人：{approver}。", f"Reason: {reason}; approved by {approver}. ")
    return tr(
        "名单没有写理由和批准人：请在 ecrecon.toml 写 fake_orders_reason 和 fake_orders_approver。",
        "The list has no reason or approver: write fake_orders_reason and fake_orders_approver in ecrecon.toml. ",
    )
