"""Variance rows and open items of check `payout`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_expr
from ecrecon.base.schema import OPEN_ITEMS, VARIANCE_ROWS, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.matching.payout_plan import Match
from ecrecon.matching.payout_sides import Sides

_DAY = timedelta(days=1)
_STATES = {"in_transit": "not_due", "missing": "overdue", "unseen": "not_checked"}
"""State of a withdrawal -> state of the open item."""


def _spot(sources: Sequence[Source]) -> pl.Expr:
    paths = dict(enumerate(source.path for source in sources))
    path = pl.col("source_id").replace_strict(paths, default="", return_dtype=pl.String)
    return pl.concat_str(path, pl.lit(":"), pl.col("source_line").cast(pl.String))


def missing_rows(withdrawals: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """X07: on the way at as-of timing; past the window a break where the bank's statement covers it, else a review."""
    frame = withdrawals.filter(pl.col("state").is_in(["missing", "in_transit", "unseen"]))
    arrived = pl.col("arrived_on").is_not_null()
    note = (
        pl.when(arrived)
        .then(pl.format(tr("{} 到账", "arrived on {}"), "arrived_on"))
        .when(pl.col("state") == "unseen")
        .then(
            pl.format(
                tr(
                    "应于 {} 前到账，但银行流水没有覆盖到那天",
                    "expected by {}, but no statement covers the days up to it",
                ),
                "expected_by",
            )
        )
        .otherwise(pl.format(tr("应于 {} 前到账", "expected by {}"), "expected_by"))
    )
    return conform(
        frame.with_columns(
            code=pl.lit("X07"),
            kind=pl.when(pl.col("state") == "missing")
            .then(pl.lit("break"))
            .when(pl.col("state") == "unseen")
            .then(pl.lit("review"))
            .otherwise(pl.lit("timing")),
            since=pl.when(pl.col("state") == "in_transit").then("day").otherwise(pl.col("expected_by") + _DAY),
            expected_minor="amount_minor",
            actual_minor=pl.lit(0, dtype=pl.Int64),
            difference_minor=-pl.col("amount_minor"),
            txn_id=pl.coalesce("txn_id", "biz_txn_id", "payout_batch_id"),
            rule_id=pl.lit("payout.none"),
            note=note,
            sources=_spot(sources),
        ),
        VARIANCE_ROWS,
    )


def charge_rows(withdrawals: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """X07 of kind review: arrived, less than was withdrawn (a charge kept back that no bill shows)."""
    short = pl.col("received_minor") - pl.col("amount_minor")
    frame = withdrawals.filter(pl.col("state") == "arrived", short != 0)
    return conform(
        frame.with_columns(
            code=pl.lit("X07"),
            kind=pl.lit("review"),
            since="arrived_on",
            expected_minor="amount_minor",
            actual_minor="received_minor",
            difference_minor=short,
            txn_id=pl.coalesce("txn_id", "biz_txn_id", "payout_batch_id"),
            note=pl.format(
                tr("到账少 {}，可能是提现手续费", "{} short on arrival, perhaps a charge"), decimal_expr(-short)
            ),
            sources=_spot(sources),
        ),
        VARIANCE_ROWS,
    )


def ambiguous_rows(ambiguous: Sequence[Match], sides: Sides, moment: Moment, sources: Sequence[Source]) -> pl.DataFrame:
    """M01: withdrawals and bank lines of one amount that do not pair up; one row per set, candidates in the note."""
    out = sides.withdrawals.with_columns(spot=_spot(sources))
    into = sides.receipts.with_columns(spot=_spot(sources))
    parts = [conform(pl.DataFrame(schema={"code": pl.String}), VARIANCE_ROWS)]
    for match in ambiguous:  # few by nature
        mine = out.filter(pl.col("row_id").is_in(match.withdrawals)).sort("row_id")
        theirs = into.filter(pl.col("row_id").is_in(match.receipts)).sort("row_id")
        expected, actual = int(mine["amount_minor"].sum()), int(theirs["amount_minor"].sum())
        until = mine["expected_by"].max()
        short = actual < expected  # then one of them may still arrive
        waiting = short and until >= moment.day  # type: ignore[operator]
        decided = until + _DAY if short else mine["day"].max()  # type: ignore[operator]
        parts.append(conform(
            mine.head(1).with_columns(
                code=pl.lit("M01"), check=pl.lit("payout"),
                kind=pl.lit("timing" if waiting else "review"), since=pl.lit(decided, dtype=pl.Date),
                expected_minor=pl.lit(expected), actual_minor=pl.lit(actual), difference_minor=pl.lit(actual - expected),
                rule_id=pl.lit(match.rule_id), sources=pl.lit(";".join([*mine["spot"], *theirs["spot"]])),
                note=pl.lit(tr(
                    f"{mine.height} 笔提现，{theirs.height} 笔银行收款金额相同：{'、'.join(theirs['spot'])}",
                    f"{mine.height} withdrawals, {theirs.height} bank lines of one amount: {', '.join(theirs['spot'])}",
                )),
            ), VARIANCE_ROWS,
        ))  # fmt: skip
    return pl.concat(parts)


def sourceless_rows(receipts: pl.DataFrame, moment: Moment, sources: Sequence[Source]) -> pl.DataFrame:
    """X08: paid by a platform, no withdrawal. Where the withdrawal may lie before the first bill of the wallet: timing, a
    review once nobody has handed in an earlier bill for long (`final_by`)."""
    waits = pl.col("early") & (pl.col("final_by") >= moment.day)
    frame = receipts.with_columns(
        code=pl.lit("X08"),
        kind=pl.when(waits).then(pl.lit("timing")).otherwise(pl.lit("review")),
        since=pl.when("early").then(pl.col("final_by") + _DAY).otherwise("day"),
        platform="payer_platform",
        expected_minor=pl.lit(0, dtype=pl.Int64),
        actual_minor="amount_minor",
        difference_minor="amount_minor",
        note=pl.when("early")
        .then(pl.format(tr("{}：提现在账单开始之前", "{}: withdrawn before the first bill"), "channel"))
        .when("unseen")
        .then(pl.format(tr("{}：提现可能在缺账单的日期", "{}: withdrawn perhaps on a day without a bill"), "channel"))
        .otherwise(pl.col("channel")),
        sources=_spot(sources),
    )
    return conform(frame, VARIANCE_ROWS)


def transfer_rows(transfers: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """S03: the outgoing line of an own transfer; the sum stands in `actual`."""
    frame = transfers.with_columns(
        code=pl.lit("S03"),
        kind=pl.lit("info"),
        since="other_day",
        actual_minor="amount_minor",
        difference_minor=pl.lit(0, dtype=pl.Int64),
        note=pl.format(tr("转入 {}", "into {}"), "other_account"),
        sources=_spot(sources),
    )
    return conform(frame, VARIANCE_ROWS)


def open_items(withdrawals: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """What left a wallet and is not at the bank at as-of: on the way, missing, or not to be seen in any statement."""
    frame = withdrawals.filter(pl.col("state").is_in(list(_STATES))).with_columns(
        expected_minor="amount_minor",
        received_minor=pl.lit(0, dtype=pl.Int64),
        open_minor="amount_minor",
        event_at="occurred_at",
        age_days=(pl.lit(moment.day) - pl.col("day")).dt.total_days(),
        state=pl.col("state").replace_strict(_STATES, return_dtype=pl.String),
        opening=pl.lit(False),
    )
    return conform(frame, OPEN_ITEMS)
