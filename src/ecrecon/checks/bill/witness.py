"""Summaries (Alipay 账务汇总) against the lines they sum up: compared, never added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ecrecon.messages import tr
from ecrecon.money import decimal_text
from ecrecon.sources import Parsed, finding


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


def _cash(ledger: pl.DataFrame, account: str | None, coverage: tuple[tuple[date, date], ...]) -> pl.DataFrame | None:
    """Counted cash lines of `account` on the covered days; None where it has no such lines at all."""
    first, last = coverage[0][0], coverage[-1][1]
    mine = ledger.filter(
        pl.col("account").cast(pl.String) == account, pl.col("fate").is_null(), pl.col("view") == "cash",
        pl.col("day").is_between(first, last),
    )  # fmt: skip
    return None if mine.is_empty() else mine
