"""Small words for movements that belong to an account and not to an order."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.simulator.model import Movement, World


def day_of(world: World, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the `day`-th day of the bills."""
    return world.bills_from + timedelta(days=day - 1, hours=hour, minutes=minute)


def move(world: World, wallet: str, at: datetime, kind: str, amount: int, note: str = "", order: str = "") -> Movement:
    """Add a movement without a life of an order to the world; returns it."""
    movement = Movement(wallet, at, kind, amount, order, note=note)
    world.loose.append(movement)
    return movement
