"""Small frames of bill lines, as the pipeline hands them to posting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ecrecon.base.categories import role_expr
from ecrecon.base.schema import CAT, LINE_DISPOSITION, LINES, ZONE, conform
from ecrecon.base.sources import Source
from ecrecon.booking.sales.revenue import SALES_EVENTS
from ecrecon.settings.workspace import Workspace

START = datetime(2026, 10, 1, 9, tzinfo=ZoneInfo(ZONE))
SBE = Workspace(company="示例", standard="sbe", vat_status="general")
ASBE = Workspace(company="示例", standard="asbe", vat_status="small")


def make_lines(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Lines from partial rows; line_id, source_line and times are filled in order."""
    full = []
    for index, row in enumerate(rows):
        base = {
            "line_id": index, "source_id": 0, "source_line": index + 2, "platform": "taobao", "shop": "tmall_a",
            "account": "2088000000000001", "view": "cash", "currency": "CNY", "txn_id": f"txn{index}",
            "occurred_at": START + timedelta(minutes=index), "disposition": "grouped", "order_shop": None,
        }  # fmt: skip
        full.append({**base, **row})
    order_shop = pl.Series([row["order_shop"] for row in full], dtype=pl.String).cast(CAT)
    disposition = pl.Series([row["disposition"] for row in full], dtype=pl.String).cast(LINE_DISPOSITION)
    kept = [{k: v for k, v in row.items() if k in LINES} for row in full]
    names = {k for row in kept for k in row} or {"line_id"}
    texts = {k: pl.String if not LINES[k].is_numeric() and not LINES[k].is_temporal() else LINES[k] for k in names}
    frame = pl.DataFrame(kept, schema={k: texts[k] for k in LINES if k in names}, orient="row")
    return conform(frame, LINES).with_columns(disposition=disposition, role=role_expr(), order_shop=order_shop)


def make_sources(count: int = 3, **changes: Any) -> list[Source]:
    """`count` readable bills with digests of their own; `changes` for all of them."""
    base = [Source(path=f"taobao/{i}.csv", sha256=f"{i + 1:064x}", size=1, container="csv", kind="bill",
                   profile="alipay.a1", view="cash") for i in range(count)]  # fmt: skip
    return [replace(source, **changes) for source in base]


def entries(vouchers: pl.DataFrame) -> list[tuple[str, str, str, int, int]]:
    """(event, code, name, debit, credit) per voucher line, in order."""
    return vouchers.select("event", "account_code", "account_name", "debit_minor", "credit_minor").rows()


def make_sales(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Frame SALES_EVENTS from partial rows: `gross_minor` and `tax_minor` given, net follows; order ids in order."""
    full = []
    for index, row in enumerate(rows):
        base = {
            "event": "revenue", "platform": "taobao", "shop": "tmall_a", "order_id": f"o{index}", "group_id": index,
            "currency": "CNY", "day": START.date(), "vat_rate": "0.13", "tax_minor": 0, "cost_minor": 0, "shipped_minor": 0, "source_id": 0,
            "source_line": index + 2, "net_minor": row["gross_minor"] - row.get("tax_minor", 0),
        }  # fmt: skip
        full.append({**base, **row})
    return conform(pl.DataFrame(full), SALES_EVENTS)
