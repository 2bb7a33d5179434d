"""Orders on the user's list of fake orders (docs/accounting.md "Fake orders").

They are no sales: out of revenue and cost of goods, their money stands as unexplained until somebody clears it, and the
run says so. A settlement group counts as fake when all its orders are listed; a group that holds others is booked as usual
and named.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.money import decimal_text
from ecrecon.base.texts import tr
from ecrecon.judging.receipt.judge import Judged
from ecrecon.settings.workspace import Workspace


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
