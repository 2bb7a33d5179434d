"""A simulated company whose every cent is known: true layouts and containers, injected faults, exact truth.

It shares no code with the product it judges.
"""

from __future__ import annotations

from benchmarks.simulator import company
from benchmarks.simulator.output import Month, write
from benchmarks.simulator.world import build, finish


def clean_month(
    *, seed: int = 1, orders: int = 400, period: str = "2026-10", variant: str = "usual", sides: tuple[str, ...] = ()
) -> Month:
    """A faultless month: no break, stop or review may come out of it. `sides`: words of `sides.WORDS`."""
    world = build(company.shops(variant), seed=seed, orders=orders, period=period, sides=sides)
    finish(world)
    return Month(world, company.lay_out(world))


__all__ = ["Month", "clean_month", "write"]
