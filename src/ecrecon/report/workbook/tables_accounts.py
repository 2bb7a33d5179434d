"""Tables of the checks `tieout` and `payout` on sheet 余额与勾稽."""

from __future__ import annotations

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report import labels
from ecrecon.report.model import Report
from ecrecon.report.workbook.columns import Column


def tieouts(report: Report) -> tuple[list[Column], pl.DataFrame]:
    """Per account: batches of the settlement detail against the movements."""
    wrong, waiting = pl.col("differing") > 0, pl.col("timing") > 0
    frame = report.tieouts.with_columns(labels.platform_expr().alias("platform"), _word(wrong, waiting).alias("result"))
    columns = [
        *_who(),
        Column("groups", tr("组数", "Groups"), "count"),
        Column("agreed", tr("相符", "Agree"), "count"),
        Column("differing", tr("不符", "Differ"), "count"),
        Column("timing", tr("跨期", "At the edge"), "count"),
        Column("unseen", tr("对方未覆盖", "Not covered"), "count"),
        Column("detail_minor", tr("结算明细", "Settlement"), "money"),
        Column("cash_minor", tr("资金流水", "Movements"), "money"),
        Column("gap_minor", tr("差额", "Gap"), "money"),
        Column("currency", tr("币种", "Currency")),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def payout_table(report: Report) -> tuple[list[Column], pl.DataFrame]:
    """Per account: withdrawals, what the bank shows, what is on the way, what is missing."""
    wrong, waiting = pl.col("missing") > 0, pl.col("in_transit") > 0
    frame = report.payouts.with_columns(labels.platform_expr().alias("platform"), _word(wrong, waiting).alias("result"))
    columns = [
        *_who(),
        Column("withdrawals", tr("提现笔数", "Withdrawals"), "count"),
        Column("withdrawn_minor", tr("提现金额", "Withdrawn"), "money"),
        Column("arrived", tr("到账笔数", "Arrived"), "count"),
        Column("arrived_minor", tr("到账金额", "Arrived amount"), "money"),
        Column("in_transit", tr("在途笔数", "On the way"), "count"),
        Column("in_transit_minor", tr("在途金额", "On the way amount"), "money"),
        Column("missing", tr("未到账笔数", "Missing"), "count"),
        Column("missing_minor", tr("未到账金额", "Missing amount"), "money"),
        Column("currency", tr("币种", "Currency")),
        Column("result", tr("勾稽", "Result")),
    ]
    return columns, frame


def _who() -> list[Column]:
    return [
        Column("platform", tr("平台", "Platform")),
        Column("shop", tr("店铺", "Shop"), widest=24),
        Column("account", tr("账户", "Account"), widest=30),
    ]


def _word(wrong: pl.Expr, waiting: pl.Expr) -> pl.Expr:
    """The words that the sheet colours: agrees, differs, and in between."""
    return (
        pl.when(wrong)
        .then(pl.lit(tr("不符", "differs")))
        .when(waiting)
        .then(pl.lit(tr("有在途", "on the way")))
        .otherwise(pl.lit(tr("相符", "agrees")))
    )
