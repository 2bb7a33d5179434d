"""Small bills for tests: parsed files without files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ecrecon.base.schema import PARSED_LINES, ZONE, conform
from ecrecon.base.sources import Parsed, Source
from ecrecon.ledger.lines import Ledger, build_ledger
from ecrecon.ledger.views import GRAINS, View

OCTOBER = ((date(2026, 10, 1), date(2026, 10, 31)),)


def at(day: int, hour: int = 3, minute: int = 0, month: int = 10) -> datetime:
    """A moment of the month, Shanghai time."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ZONE))


def row(category: str, minor: int, when: datetime, **more: Any) -> dict[str, Any]:
    """One bill line."""
    return {"category": category, "amount_minor": minor, "occurred_at": when, "currency": "CNY", **more}


def bill(
    profile: str,
    rows: Sequence[dict[str, Any]],
    *,
    view: str | None = "cash",
    kind: str = "bill",
    account: str = "jd:a",
    shop: str = "a",
    coverage: tuple[tuple[date, date], ...] = OCTOBER,
    path: str | None = None,
) -> Parsed:
    """One parsed file of `profile`."""
    frame = pl.DataFrame(
        list(rows), schema_overrides={"occurred_at": pl.Datetime("us", ZONE)}, infer_schema_length=None
    )
    frame = frame.with_row_index("source_line", offset=2)
    times = [r["occurred_at"] for r in rows]
    source = Source(
        path=path or f"{profile}.csv", sha256=profile, size=0, container="csv", kind=kind, profile=profile, view=view,
        platform=account.partition(":")[0], shop=shop, account=account, currency="CNY", rows=len(rows),
        income_minor=sum(max(r["amount_minor"], 0) for r in rows),
        expense_minor=sum(min(r["amount_minor"], 0) for r in rows),
        coverage=coverage, printed_range=True,
        first=min(times, default=None), last=max(times, default=None),
    )  # fmt: skip
    return Parsed(source, conform(frame, PARSED_LINES))


def view(kind: str, grain: str, rank: int = 10, ties: Sequence[Sequence[str]] = ()) -> View:
    """What a profile says about its look at the money."""
    return View(kind, GRAINS.index(grain), rank, tuple(tuple(tie) for tie in ties))


def ledger(parsed: Sequence[Parsed], views: dict[str, View]) -> Ledger:
    """The ledger of some files."""
    return build_ledger(list(parsed), views, {})


def basis(frame: pl.DataFrame, name: str) -> list[tuple[str, str, int]]:
    """(view, category, amount) of the lines in one basis, sorted."""
    live = pl.col("fate").is_null() | (pl.col("fate") == "account_level")
    picked = frame.filter(live, pl.col(name)).select(pl.col("view", "category").cast(pl.String), "amount_minor")
    return sorted(picked.iter_rows())
