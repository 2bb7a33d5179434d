"""Small-scale relief: the quarter's levy becomes income under the dated threshold of sales (docs/accounting.md "The end of a period")."""

from __future__ import annotations

from datetime import date

import polars as pl

from ecrecon.base.money import decimal_text
from ecrecon.base.schema import conform, empty
from ecrecon.base.texts import tr
from ecrecon.booking.sales.revenue import SALES_EVENTS
from ecrecon.booking.sales.vat import Threshold

RELIEF = "small_scale_relief"


def quarter_start(end: date) -> date | None:
    """First day of the quarter that ends on `end`, None where no quarter ends in that month."""
    return date(end.year, end.month - 2, 1) if end.month % 3 == 0 else None


def quarter_relief(sales: pl.DataFrame, end: date, threshold: Threshold | None) -> tuple[pl.DataFrame, list[str]]:
    """(rows of SALES_EVENTS: the tax that each order of the quarter still owes, signed; what is told).

    sales: SALES_EVENTS of the whole quarter. No rows without a threshold in force, or with sales above it.
    """
    sign = pl.when(pl.col("event") == "revenue").then(1).when(pl.col("event") == "sales_return").then(-1).otherwise(0)
    sold = int(sales.select((pl.col("net_minor") * sign).sum()).item())
    quarter = f"{end.year}Q{end.month // 3}"
    if threshold is None:
        said = tr(
            f"{quarter} 没有现行的小规模免税额度，没有结转", f"{quarter}: no relief of small-scale taxpayers in force"
        )
        return empty(SALES_EVENTS), [said]
    limit = threshold.minor
    amounts = decimal_text(sold), decimal_text(limit)
    if sold > limit:
        return empty(SALES_EVENTS), [
            tr(
                f"{quarter} 平台销售额 {amounts[0]} 超过免税额度 {amounts[1]}，没有结转减免税额",
                f"{quarter}: platform sales {amounts[0]} are above the relief of {amounts[1]}, nothing was moved",
            )
        ]
    keys = ["platform", "shop", "currency", "order_id", "group_id"]
    rows = sales.group_by(keys, maintain_order=True).agg(
        tax_minor=(pl.col("tax_minor") * sign).sum(), vat_rate=pl.col("vat_rate").first(),
        source_id=pl.col("source_id").first(), source_line=pl.col("source_line").first(),
    )  # fmt: skip
    zeros = ("gross_minor", "net_minor", "cost_minor", "shipped_minor", "subsidy_minor")
    told = rows.filter(pl.col("tax_minor") != 0).with_columns(
        *(pl.lit(0, dtype=pl.Int64).alias(name) for name in zeros), event=pl.lit(RELIEF), day=pl.lit(end)
    )
    tax = decimal_text(int(told["tax_minor"].sum()))
    return conform(told, SALES_EVENTS), [
        tr(
            f"{quarter} 平台销售额 {amounts[0]} 未超过免税额度 {amounts[1]}（{threshold.source}），结转减免税额 {tax}。"
            "平台以外的销售和已开专票的部分程序看不到，请会计确认",
            f"{quarter}: platform sales {amounts[0]} are within the relief of {amounts[1]} ({threshold.source}), tax of {tax} "
            "was moved. Sales outside the platforms and special invoices are not seen: for the accountant to confirm",
        )
    ]


def not_covered(end: date, accounts: list[str]) -> str:
    """Why nothing was moved: bills of the quarter are missing."""
    listed = "、".join(accounts[:5]) + (" …" if len(accounts) > 5 else "")
    quarter = f"{end.year}Q{end.month // 3}"
    return tr(
        f"{quarter} 的账单不全（{listed} 缺本季度前几个月的账单或订单），无法判断是否免税，没有结转：请把整个季度的文件放进来",
        f"{quarter} is not covered ({listed}: bills or orders of its earlier months are missing), nothing was moved: "
        "add the files of the whole quarter",
    )
