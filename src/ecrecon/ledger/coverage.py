"""Which days the bills of an account cover (docs/reading.md "Covered days"), and F07."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from ecrecon.base.sources import Source, finding
from ecrecon.base.texts import tr

ORDER_GRAINS = ("sub_order", "order", "payment")
"""Grains whose lines name orders."""

COVERED: dict[str, pl.DataType | type[pl.DataType]] = {"account": pl.String, "day": pl.Date}


def ranges_of(days: Sequence[date]) -> list[tuple[date, date]]:
    """Sorted days as closed ranges; a loop over days of one account, a few hundred at most."""
    ranges: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if ranges and day - ranges[-1][1] <= timedelta(days=1):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def covered_days(sources: Sequence[Source]) -> pl.DataFrame:
    """Frame COVERED: an account is covered on the days where any of its cash or detail views is.

    A file that holds several pockets of a shop speaks for all of them: in a quiet one it has no row.
    """
    known = {source.account for source in sources}
    beside = _other_currencies(sources)
    rows = {
        (account, day)
        for source in sources
        if source.kind in ("bill", "bank") and source.account and source.view != "witness"
        for account in {source.account, *_pockets(source), *beside.get(str(source.account), ())} & known
        for first, last in source.coverage
        for day in days_between(first, last)
    }
    return pl.DataFrame(sorted(rows), schema=COVERED, orient="row")


def _other_currencies(sources: Sequence[Source]) -> dict[str, set[str]]:
    """Account -> accounts beside it that hold money of another currency: its files speak for them too."""
    found: dict[str, set[str]] = {}
    for source in sources:
        mark = f":{source.currency}"
        if source.account and source.account_suffix and f":{source.account_suffix}".endswith(mark):
            found.setdefault(source.account.removesuffix(mark), set()).add(source.account)
    return found


def _pockets(source: Source) -> list[str]:
    """Accounts of all pockets that the file speaks for."""
    base = str(source.account).removesuffix(f":{source.account_suffix}")
    return [f"{base}:{suffix}" if suffix else base for suffix in source.pockets]


def order_days(sources: Sequence[Source], grains: Mapping[str, str]) -> pl.DataFrame:
    """Frame COVERED, of views whose lines name orders only: a wallet that prints net batches cannot answer for one.

    `grains`: profile id -> grain.
    """
    return covered_days([s for s in sources if s.kind == "bill" and grains.get(s.profile or "") in ORDER_GRAINS])


def gaps(sources: Sequence[Source], start: date, end: date) -> list[pl.DataFrame]:
    """F07: days of [start, end] missing inside the covered range of an account; one finding per account and gap."""
    found: list[pl.DataFrame] = []
    covered = covered_days(sources)
    for (account,), frame in covered.group_by("account", maintain_order=True):
        ranges = ranges_of(frame["day"].to_list())
        example = next(s for s in sources if s.account == account and s.kind in ("bill", "bank"))
        for before, after in pairwise(ranges):
            first, last = max(before[1] + timedelta(days=1), start), min(after[0] - timedelta(days=1), end)
            if first > last:
                continue
            missing = f"{first}" if first == last else f"{first}..{last}"
            found.append(
                finding(
                    "F07",
                    example.path,
                    column=str(account),
                    text=missing,
                    expected=f"{ranges[0][0]}..{ranges[-1][1]}",
                    hint=tr(
                        f"账户 {account} 缺 {missing} 的账单，请补下载后重跑",
                        f"account {account} has no bill for {missing}; download it and run again",
                    ),
                )
            )
    return found
