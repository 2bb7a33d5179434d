"""Summaries (Alipay 账务汇总) against the lines they sum up: compared, never added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ecrecon.base.money import decimal_text
from ecrecon.base.sources import Parsed, Source, finding
from ecrecon.base.texts import tr


def compare_witnesses(parsed: Sequence[Parsed], ledger: pl.DataFrame) -> list[pl.DataFrame]:
    """F05 for each undated summary whose total differs from the cash lines of its account and printed range.

    A summary is a witness whose rows carry no time: one total per type. A dated witness repeats lines and is only
    listed. Loops over files.
    """
    found = []
    for item in parsed:
        source = item.source
        if source.view != "witness" or item.frame is None or item.frame.is_empty() or not source.coverage:
            continue
        if item.frame["occurred_at"].null_count() < item.frame.height:
            continue
        printed = int(item.frame["amount_minor"].sum())
        lines = _cash(ledger, source.account, source.coverage)
        if lines is None:
            continue
        actual = int(lines["amount_minor"].sum())
        if actual != printed:
            found.append(
                finding(
                    "F05",
                    source.path,
                    text=decimal_text(printed),
                    expected=decimal_text(actual),
                    expected_minor=printed,
                    actual_minor=actual,
                    hint=tr(
                        f"汇总表净额 {decimal_text(printed)}，明细净额 {decimal_text(actual)}；请确认明细文件是否完整",
                        f"the summary's net is {decimal_text(printed)}, the lines give {decimal_text(actual)}; "
                        "is the file of lines complete?",
                    ),
                )
            )
    return found


def compare_equal_views(ledger: pl.DataFrame, sources: Sequence[Source]) -> list[pl.DataFrame]:
    """F05 for each file of a second cash view whose total differs from the view that counts, over their common days.

    Two layouts of the same movements (`rank`): one counts, the other must say the same. Only whole days count: the
    first and last day of a file without a printed range may be cut.
    """
    second = ledger.filter((pl.col("fate") == "witness") & (pl.col("view") == "cash"))
    if second.is_empty():
        return []
    accounts = second["account"].cast(pl.String).unique()
    first = ledger.filter(
        pl.col("in_money"), pl.col("view") == "cash", pl.col("account").cast(pl.String).is_in(accounts.implode())
    )
    counted = _days(first, sources)
    found = []
    for (index,), part in second.partition_by("source_id", as_dict=True, maintain_order=True).items():  # few files
        source = sources[int(str(index))]
        days = _days(part, sources).join(counted, on=["account", "day"], suffix="_counted")
        own, other = int(days["minor"].sum()), int(days["minor_counted"].sum())
        if own != other:
            found.append(_differs(source, own, other))
    return found


def _days(lines: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """account, day, minor: what a view moved on its whole days."""
    printed = [index for index, source in enumerate(sources) if source.printed_range]
    edges = lines.group_by("source_id").agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"))
    whole = pl.col("source_id").is_in(printed) | ((pl.col("day") > pl.col("first")) & (pl.col("day") < pl.col("last")))
    return (
        lines.join(edges, on="source_id")
        .group_by(pl.col("account").cast(pl.String), "day")
        .agg(minor=pl.col("amount_minor").sum(), whole=whole.all())
        .filter("whole")
        .drop("whole")
    )


def _differs(source: Source, own: int, other: int) -> pl.DataFrame:
    return finding(
        "F05",
        source.path,
        text=decimal_text(own),
        expected=decimal_text(other),
        expected_minor=own,
        actual_minor=other,
        hint=tr(
            f"同一账户的两种账单净额不同：本文件 {decimal_text(own)}，已采用的账单 {decimal_text(other)}；请确认哪份完整",
            f"two bills of one account differ: this file {decimal_text(own)}, the one that counts {decimal_text(other)}; "
            "which one is complete?",
        ),
    )


def _cash(ledger: pl.DataFrame, account: str | None, coverage: tuple[tuple[date, date], ...]) -> pl.DataFrame | None:
    """Counted cash lines of `account` on the covered days; None where it has no such lines at all."""
    first, last = coverage[0][0], coverage[-1][1]
    mine = ledger.filter(
        pl.col("account").cast(pl.String) == account, pl.col("fate").is_null(), pl.col("view") == "cash",
        pl.col("day").is_between(first, last),
    )  # fmt: skip
    return None if mine.is_empty() else mine
