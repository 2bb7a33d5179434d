"""Money that has not come yet: what is not due, and what is past its day and why it still stands."""

from __future__ import annotations

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.report.labels import DEFAULT_CURRENCY
from ecrecon.report.model import Report
from ecrecon.report.verdict import amount

STAGES: dict[str, tuple[str, str]] = {
    "not_due": ("未到期", "not due"),
    "in_grace": ("已到期，宽限期内", "due, within its grace"),
    "not_checked": ("已到期，缺账单未核对", "a bill is missing: not checked"),
    "overdue": ("已超期", "overdue"),
}
"""What open money is at as-of, in order. Only the first waits for its day; the others stand apart from it in every view."""


def waiting(report: Report) -> pl.DataFrame:
    """OPEN_ITEMS plus `stage` (a key of STAGES), soonest first.

    Not due: its day is not before as-of, or no day is known. In grace: the day is past, and the days of grace are not.
    """
    state = pl.col("state")
    past = (pl.col("expected_by") < report.as_of.date()).fill_null(False)
    stage = (
        pl.when(state.is_in(["overdue", "not_checked"])).then(state)
        .when(past).then(pl.lit("in_grace"))
        .otherwise(pl.lit("not_due"))
    )  # fmt: skip
    return report.open_items.with_columns(stage=stage).sort(
        "expected_by", "platform", "shop", "order_id", "sub_order_id", "open_minor", "account", nulls_last=True
    )


def stage_sums(report: Report) -> pl.DataFrame:
    """stage, currency, count, open_minor: what is open at as-of, in the order of STAGES."""
    order = pl.col("stage").cast(pl.Enum(list(STAGES)))
    return (
        waiting(report)
        .group_by("stage", pl.col("currency").fill_null(DEFAULT_CURRENCY))
        .agg(pl.len().alias("count"), pl.col("open_minor").sum())
        .sort(order.to_physical(), "currency")
    )


def stage_word(stage: str) -> str:
    """The stage as people read it."""
    return tr(*STAGES[stage])


def month_note(report: Report) -> str:
    """What the columns of the shops speak of: one month, in every view."""
    return tr(
        f"应收=月初未收+{report.period} 新增，已减退款；已收、已退、费用=本月流水；差异=要处理的；未收=截止时点余额",
        f"receivable = open at the beginning + new in {report.period}, net of refunds; received, refunded, fees = money of "
        "that month; open = at as-of",
    )


def waiting_line(report: Report) -> str:
    """Open money at as-of in one sentence, by stage; empty where nothing is open."""
    parts: dict[str, list[str]] = {}
    counted: dict[str, int] = {}
    for stage, currency, count, minor in stage_sums(report).iter_rows():
        parts.setdefault(stage, []).append(amount(minor, currency))
        counted[stage] = counted.get(stage, 0) + count
    named = [
        tr(
            f"{stage_word(stage)} {counted[stage]} 笔 {'、'.join(sums)}",
            f"{stage_word(stage)} {counted[stage]} x {', '.join(sums)}",
        )
        for stage, sums in parts.items()
    ]
    return tr("；", "; ").join(named)
