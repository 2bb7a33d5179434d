"""How far back the bills reach that could show the withdrawal behind a bank line (X08)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.sources import Source
from ecrecon.judging.receipt.due import OPENING_DAYS
from ecrecon.matching.payout_settings import Payers, load_payout_settings
from ecrecon.matching.working_days import before_working_days

WALLETS: dict[str, pl.DataType | type[pl.DataType]] = {
    "account": pl.String, "platform": pl.String, "shop": pl.String,
}  # fmt: skip


def wallets_of(sources: Sequence[Source]) -> pl.DataFrame:
    """Frame WALLETS: every account that has a bill and may be withdrawn from; banks and witnesses are none."""
    rows = {
        (str(s.account), str(s.platform), s.shop)
        for s in sources
        if s.kind == "bill" and s.account and s.view != "witness"
    }
    return pl.DataFrame(sorted(rows, key=str), schema=WALLETS, orient="row").unique(
        "account", keep="first", maintain_order=True
    )


def with_reach(
    receipts: pl.DataFrame, wallets: pl.DataFrame, covered: pl.DataFrame, payers: Payers, moment: Moment
) -> pl.DataFrame:
    """Add to bank lines without a withdrawal: `early`, `unseen`, `final_by`.

    Only the wallets that the line's payer pays out for are asked, each about the days on which the withdrawal may lie.
    `early`: they begin before the first bill of one of these wallets. `unseen`: a later day of them has no bill.
    `final_by` (Date): until when an early line waits for an earlier bill. A line whose payer pays out for no wallet here
    is neither: no bill of such an account was given. Loops over payers and days, few by nature.
    """
    days = {
        str(account): sorted(frame["day"]) for (account,), frame in covered.group_by("account", maintain_order=True)
    }
    window = load_payout_settings().window_days
    rows = []
    for channel, platform, day in receipts.select("channel", "payer_platform", "day").unique().iter_rows():
        begin = before_working_days(day, window)
        early, unseen, final = False, False, None
        for account in _paid_out_by(wallets, payers, channel, platform):
            known = days.get(account, [])
            first = known[0] if known else moment.start
            if begin < first:
                early, final = True, max(final or first, first + timedelta(days=OPENING_DAYS))
            asked = _days(max(begin, first), day)
            unseen = unseen or bool(asked - set(known))
        rows.append((channel, platform, day, early, unseen, final))
    schema = {
        "channel": pl.String, "payer_platform": pl.String, "day": pl.Date, "early": pl.Boolean, "unseen": pl.Boolean,
        "final_by": pl.Date,
    }  # fmt: skip
    told = pl.DataFrame(rows, schema=schema, orient="row")
    return receipts.join(
        told, on=["channel", "payer_platform", "day"], how="left", nulls_equal=True, maintain_order="left"
    )


def _paid_out_by(wallets: pl.DataFrame, payers: Payers, channel: str | None, platform: str | None) -> list[str]:
    """Accounts whose payouts the payer of a bank line brings: by their own names of payers, else by platform."""
    return [
        account
        for account, sold_on, shop in wallets.iter_rows()
        if ((names := payers.of(account, sold_on, shop)) and channel and any(name in channel for name in names))
        or (not names and sold_on == platform)
    ]  # fmt: skip


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}
