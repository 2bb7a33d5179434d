"""Balances in other currencies at the start of the month, from the bills and the receivables of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import conform
from ecrecon.base.sources import Source
from ecrecon.booking.fx import BOOK_CURRENCY, OPENINGS
from ecrecon.booking.fx.rates import NO_RATE, POLICY
from ecrecon.booking.legs import pocket_role
from ecrecon.booking.policies import NO_REVENUE
from ecrecon.booking.settings import shipped_events
from ecrecon.judging import overview
from ecrecon.judging.receipt.judge import Judged
from ecrecon.statements import history as earlier
from ecrecon.statements.history import History


def foreign_openings(
    chosen: Mapping[str, str],
    judged: Judged,
    sources: Sequence[Source],
    covered: pl.DataFrame,
    moment: Moment,
    history: History,
    receivables: pl.DataFrame,
) -> pl.DataFrame | None:
    """Frame OPENINGS; None where no rate is used.

    Accounts whose bills print a balance, and the receivable of each shop; the latter only where revenue is booked, for
    without it the account holds receipts alone.
    """
    if chosen[POLICY] == NO_RATE:
        return None
    known = overview.account_overview(judged, sources, covered, moment)
    roles = {s.account: pocket_role(s, shipped_events()) for s in sources if s.account and s.view != "witness"}
    foreign = pl.col("currency") != BOOK_CURRENCY
    accounts = earlier.carried(known, history).filter(foreign, pl.col("opening_minor").is_not_null())
    printed = accounts.with_columns(
        role=pl.col("account").replace_strict(roles, return_dtype=pl.String), shop=pl.coalesce("shop", "account")
    )
    owed = receivables.filter(foreign).group_by("shop", "currency").agg(pl.col("opening_minor").sum())
    due = owed.with_columns(role=pl.lit("ar_platform"))
    parts = [printed, due.clear() if chosen["revenue_point"] == NO_REVENUE else due]
    return pl.concat([conform(part, OPENINGS) for part in parts]).sort(pl.all(), nulls_last=True)
