"""Ledgers and statements of the month: cash, receivables, profit, platform income (docs/statements.md "Statements")."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import polars as pl

from ecrecon.base.schema import empty
from ecrecon.booking.sales.receivables import AGED
from ecrecon.statements import schema


@dataclass(frozen=True, kw_only=True)
class Statements:
    """One frame per statement (`statements.schema`, AGED); `notes`: where a ledger leaves its platform.

    `goods_shipped` (GOODS_SHIPPED): None where the policy goods_shipped_used is off.
    """

    documents: pl.DataFrame = field(default_factory=partial(empty, schema.DOCUMENTS))
    ledger: pl.DataFrame = field(default_factory=partial(empty, schema.LEDGER))
    cash_daily: pl.DataFrame = field(default_factory=partial(empty, schema.CASH_DAILY))
    goods_shipped: pl.DataFrame | None = None
    receivables: pl.DataFrame = field(default_factory=partial(empty, AGED))
    parties: pl.DataFrame = field(default_factory=partial(empty, schema.PARTIES))
    profit: pl.DataFrame = field(default_factory=partial(empty, schema.PROFIT))
    allocations: pl.DataFrame = field(default_factory=partial(empty, schema.ALLOCATIONS))
    platform_income: pl.DataFrame = field(default_factory=partial(empty, schema.PLATFORM_INCOME))
    income_statement: pl.DataFrame = field(default_factory=partial(empty, schema.INCOME_STATEMENT))
    notes: tuple[str, ...] = ()


__all__ = ["Statements"]
