"""What a platform plugin says: how its orders live, what its accounts do, how its files look.

A plugin is one module (or package) of this folder that builds a `Platform`, and one line in `platforms/__init__.py`.
It writes the true formats of the platform and shares no code with the product.

* An order is owed `buyer_paid + platform_due`. Movements of kind `receipt` (the buyer's money), `coupon` (the
  platform's part), `refund`, `clawback` (the platform's part taken back) and `advance…` count against that; the kinds
  of fees and compensations never do. Kinds are those of `model.py`; a new kind is added to one of its sets.
* Stories whose names the faults look for: `plain` (paid, shipped, confirmed, settled in one receipt),
  `refund_after_part` and `refund_after_full` (one refund after settlement, with document and line of one refund_id),
  `refund_before_ship` (closed, nothing settled), `unpaid`, `gift` (nothing due). Others are free.
* A receipt must come inside `term` of the confirmation, or the truth calls the order overdue.
* `world.orphans` holds orders older than the order files whose lines are in the bills (X11).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.simulator.model import Movement, Order, ShopSpec, World
from benchmarks.simulator.tables import OutFile


@dataclass(frozen=True)
class Rate:
    """The agreed fee that `ecrecon.toml` names: product category, rate as text, kind of movement that charges it."""

    category: str
    rate: str
    kind: str


def no_return(order: Order) -> None:
    """A platform that keeps its fees on a refund."""


@dataclass(frozen=True)
class Platform:
    """One platform.

    `make(rng, spec, story, number, created)`: one order with its whole life. `loose(rng, world, spec)`: adds movements
    without order to `world.loose` and orders older than the files to `world.orphans`. `files(world, spec)`: all files
    of one shop. `charge(spec, order, at, base)`: adds the fees of a settlement of `base` fen. `give_back(order)`:
    renews the fees that come back with the refund and clawback lines the order has now. `terms`: channel -> days from
    confirmation to money and days of grace; the channel "" stands for any other. `wallet(order)`: where its money goes.
    `bill_number(order)`: the number that the bill knows of an order, where it is not the order number.
    `fee_kinds`: the kinds that `charge` writes. `platform_part`: the platform's part is paid as a `coupon` line of its
    own. `from_payment`: the money comes at the payment, `terms` count from there. `profiles`: file name -> text
    of the seller's own profiles, for lists of a layout of their own. `dated`: the bill shows how old an order is (printed, or inside its number). `folders`: top folders of a shop's
    files. `settlement_days`: the TOML value for ecrecon.toml. `shops`: this platform's shops of the full company.
    """

    name: str
    stories: Mapping[str, int]
    make: Callable[[random.Random, ShopSpec, str, int, datetime], Order]
    loose: Callable[[random.Random, World, ShopSpec], None]
    files: Callable[[World, ShopSpec], list[OutFile]]
    charge: Callable[[ShopSpec, Order, datetime, int], None]
    terms: Mapping[str, tuple[int, int]]
    settlement_days: str
    rate: Callable[[ShopSpec], Rate]
    fee_kinds: frozenset[str]
    give_back: Callable[[Order], None] = no_return
    bill_number: Callable[[Order], str] = field(default=lambda order: order.order_id)
    wallet: Callable[[Order], str] = field(default=lambda order: f"{order.shop}:main")
    returned_fee: str = ""
    platform_part: bool = False
    dated: bool = False
    from_payment: bool = False
    profiles: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    shops: tuple[ShopSpec, ...] = ()

    def term(self, channel: str) -> tuple[int, int]:
        """Days from confirmation to money, and days of grace."""
        return self.terms.get(channel, self.terms.get("", (0, 1)))

    def line(self, order: Order, at: datetime, kind: str, amount: int, *, refund_id: str = "") -> None:
        """Add a movement of the order's own wallet."""
        order.lines.append(
            Movement(self.wallet(order), at, kind, amount, order.order_id, trade=order.trade, refund_id=refund_id)
        )
