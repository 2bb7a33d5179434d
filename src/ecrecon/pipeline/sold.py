"""What the sales of a run are made from: settlement groups, their order money and their refunds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from ecrecon.checks import overview
from ecrecon.checks.receipt.judge import Judged
from ecrecon.pipeline.state import State
from ecrecon.posting.policies import NO_REVENUE, UNSET
from ecrecon.posting.sales import Moments


@dataclass(frozen=True)
class Sold:
    """What the sales of a run are made from: arguments of `posting.sales.receivables`."""

    groups: pl.DataFrame
    lines: pl.DataFrame
    documents: pl.DataFrame
    moments: Moments
    point: str

    def of(self, keep: Callable[[pl.DataFrame], pl.DataFrame]) -> Sold:
        """The same of some groups."""
        return replace(self, groups=keep(self.groups), lines=keep(self.lines), documents=keep(self.documents))


def sold_of(state: State, point: str) -> Sold:
    """All groups with an order or order money, as the run judged them."""
    judged, moment = state.judged, state.moment
    assert judged is not None and moment is not None
    return Sold(
        groups=_groups(judged),
        lines=of_shops(judged, judged.principal.filter(pl.col("fate").is_null())),
        documents=judged.documents.filter("counts", pl.col("group_id").is_not_null()),
        moments=Moments(moment.start, moment.end, moment.as_of),
        point="confirmed" if point in (UNSET, NO_REVENUE) else point,
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
