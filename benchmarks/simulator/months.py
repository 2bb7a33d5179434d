"""Several months in one piece: what happened, cut at each month's end into what is true there.

The files show all months; a run asks for one of them. Its truth is the world as it stood at that month's last moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.simulator import company, output
from benchmarks.simulator.model import Order, ShopSpec, World
from benchmarks.simulator.truth import OrderTruth, judge
from benchmarks.simulator.world import build, finish, month, periods

PERIODS = ("2026-08", "2026-09", "2026-10")
"""The usual three months: orders reach back 70 days before them."""


def build_months(
    shops: Sequence[ShopSpec], *, seed: int, orders: int, first: str = PERIODS[0], last: str = PERIODS[-1],
    sides: tuple[str, ...] = ("bank",),
) -> World:  # fmt: skip
    """A faultless company whose bills show all months from `first` to `last`."""
    return build(list(shops), seed=seed, orders=orders, period=first, until=last, sides=sides)


def write_months(world: World, out: Path) -> None:
    """Number and write all files of the company below `out`, without a truth: each month has its own (`truths_at`)."""
    finish(world)
    for name, content in output.Month(world, company.lay_out(world)).disk().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def at_end(world: World, period: str) -> World:
    """The world as the bills up to the end of `period` show it."""
    return replace(world, period_end=month(period)[1])


def truths_at(world: World, period: str) -> list[OrderTruth]:
    """Every exported order as it stands at the end of `period`.

    Left out: orders that a fault has taken (`faults_edge` says what is told of them), and orders of which a document and its line lie on two sides of that moment, for which the truth of one month
    has no word (the difference is a matter of days, and the next month's truth holds it).
    """
    view = at_end(world, period)
    known = (o for o in world.orders if o.exported and not o.frozen and o.created <= view.as_of and not _cut(view, o))
    return [judge(view, order) for order in known]


def _cut(view: World, order: Order) -> bool:
    """True where a refund is on one side of as-of and a line of it on the other."""
    return any(
        (line.at <= view.as_of) != (refund.completed <= view.as_of)
        for refund in order.refunds
        for line in order.lines
        if line.refund_id == refund.refund_id
    )


__all__ = ["PERIODS", "at_end", "build_months", "periods", "truths_at", "write_months"]
