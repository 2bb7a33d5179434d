"""What the checks of one run are asked to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.sources import Parsed
from ecrecon.ledger.order_books import Books
from ecrecon.settings.profiles import Reading
from ecrecon.settings.workspace import Workspace


@dataclass(frozen=True)
class Case:
    """Everything read, and the settings.

    `lines`: schema LEDGER. `covered`: account, day. `readings`: profile id -> its `[[receivable.reading]]`.
    `payment_profiles`: bills whose finest reference is the payment; its number in the shop stands for an order that is
    not loaded. `named_accounts`: account -> shops that configuration gives it. `doubtful_lines`: line_id of
    rows with damaged cells. `damaged_order_shops`: shops whose order files hold damaged order numbers. `unread_order_shops`: shops of
    which an order file could not be read.
    """

    lines: pl.DataFrame
    books: Books
    parsed: Sequence[Parsed]
    covered: pl.DataFrame
    workspace: Workspace
    moment: Moment
    readings: Mapping[str, Sequence[Reading]]
    payment_profiles: frozenset[str] = frozenset()
    named_accounts: Mapping[str, list[str]] = field(default_factory=dict)
    damaged_order_shops: frozenset[str] = frozenset()
    unread_order_shops: frozenset[str] = frozenset()
    doubtful_lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"line_id": pl.Int64}))
