"""Settlements that stand net of their fees (views of grain `none`) never answer for an order by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from ecrecon.base.categories import role_expr
from ecrecon.base.sources import Source
from ecrecon.ledger.coverage import order_days
from ecrecon.ledger.views import GRAINS, View, order_grains


def without_net_receipts(lines: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """`lines` (LEDGER) with `in_order` false for order money of views of grain `none` that names an order.

    Where a view whose lines name orders covers the day, that view says what was settled, and what it lacks is left in:
    there the money has no explanation. Elsewhere the order waits for its bill (F12); net of fees it would look short.
    An advance is not net: it counts until its settlement comes.
    """
    nameless = {name for name, view in views.items() if GRAINS[view.grain] == "none"}
    net = [index for index, source in enumerate(sources) if source.profile in nameless]
    order = ["account", "order_id", "sub_order_id"]
    suspects = lines.filter(
        pl.col("source_id").is_in(net), pl.col("in_order"), role_expr() == "principal",
        pl.any_horizontal(pl.col("order_id", "sub_order_id").is_not_null()),
    ).select("line_id", pl.col("account").cast(pl.String), *order[1:], "day", "category")  # fmt: skip
    if suspects.is_empty():
        return lines
    spoken = order_days(sources, order_grains(views))
    lost = suspects.join(spoken, on=["account", "day"], how="anti")
    settled = lost.filter(pl.col("category") != "advance")
    waiting = lost.join(settled, on=order, how="anti", nulls_equal=True)["line_id"]
    hidden = lost.filter(~pl.col("line_id").is_in(waiting.implode()))["line_id"]
    return lines.with_columns(in_order=pl.col("in_order") & ~pl.col("line_id").is_in(hidden.implode()))
