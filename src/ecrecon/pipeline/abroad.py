"""Balances in other currencies at the start of the month, from the bills and the receivables of the run."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.checks import overview
from ecrecon.pipeline.state import State
from ecrecon.posting.fx import BOOK_CURRENCY, OPENINGS
from ecrecon.posting.fx.rates import NO_RATE, POLICY
from ecrecon.posting.legs import pocket_role
from ecrecon.posting.policies import NO_REVENUE
from ecrecon.posting.settings import shipped_events
from ecrecon.posting.statements import earlier
from ecrecon.schema import conform


def foreign_openings(state: State, chosen: Mapping[str, str]) -> pl.DataFrame | None:
    """Frame OPENINGS; None where no rate is used.

    Accounts whose bills print a balance, and the receivable of each shop; the latter only where revenue is booked, for
    without it the account holds receipts alone.
    """
    assert state.judged is not None and state.covered is not None and state.moment is not None
    assert state.receivables is not None and state.history is not None
    if chosen[POLICY] == NO_RATE:
        return None
    known = overview.account_overview(state.judged, state.sources, state.covered, state.moment)
    roles = {s.account: pocket_role(s, shipped_events()) for s in state.sources if s.account and s.view != "witness"}
    foreign = pl.col("currency") != BOOK_CURRENCY
    accounts = earlier.carried(known, state.history).filter(foreign, pl.col("opening_minor").is_not_null())
    printed = accounts.with_columns(
        role=pl.col("account").replace_strict(roles, return_dtype=pl.String), shop=pl.coalesce("shop", "account")
    )
    owed = state.receivables.filter(foreign).group_by("shop", "currency").agg(pl.col("opening_minor").sum())
    due = owed.with_columns(role=pl.lit("ar_platform"))
    parts = [printed, due.clear() if chosen["revenue_point"] == NO_REVENUE else due]
    return pl.concat([conform(part, OPENINGS) for part in parts]).sort(pl.all(), nulls_last=True)
