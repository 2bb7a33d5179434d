"""What was not checked, in words: which file is missing and what waits for it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.amounts import DEFAULT_CURRENCY, grouped
from ecrecon.report.model import Report


def of_shop(report: Report, shop: str | None) -> list[str]:
    """Phrases about one shop; a file that lies in nobody's folder may be of every shop."""
    rows = report.unchecked.filter((pl.col("shop") == shop).fill_null(value=False) | pl.col("shop").is_null())
    return [phrase(row) for row in rows.iter_rows(named=True)]


def sentences(unchecked: pl.DataFrame) -> list[str]:
    """One per row of the frame UNCHECKED, with its shop."""
    return [
        tr(f"店铺 {row['shop']} {phrase(row)}", f"shop {row['shop']}: {phrase(row)}") if row["shop"] else phrase(row)
        for row in unchecked.iter_rows(named=True)
    ]


def phrase(row: Mapping[str, object]) -> str:
    """One row of the frame UNCHECKED."""
    count = row["count"] or 0
    match row["reason"]:
        case "no_order_file":
            return tr(
                f"缺订单文件：{count} 笔订单收退款（净额 {_amount(row)}）没有核对",
                f"no order file: {count} lines of order money (net {_amount(row)}) not checked",
            )
        case "bill_missing":
            name = _accounts(str(row["account"] or ""))
            return tr(f"缺{name}账单：{count} 个订单没有核对", f"no bill of {name}: {count} orders not checked")
        case "refund_unverified":
            return tr(
                f"缺售后文件：{count} 笔退款（{_amount(row)}）没有核对",
                f"no after-sale file: {count} refunds ({_amount(row)}) not checked",
            )
        case _:
            return tr(f"文件 {row['account']} 读不了，没有核对", f"file {row['account']} cannot be read, not checked")


def _amount(row: Mapping[str, object]) -> str:
    code = str(row["currency"] or DEFAULT_CURRENCY)
    return (
        f"{grouped(int(str(row['amount_minor'] or 0)), code)} {tr('元', 'CNY') if code == DEFAULT_CURRENCY else code}"
    )


def _accounts(text: str) -> str:
    """Accounts or kinds of accounts (`alipay/wechatpay`) as people call them."""
    names = [labels.platform(name) for name in text.split("/") if name]
    return tr("、", ", ").join(names) or tr("账户", "the account")
