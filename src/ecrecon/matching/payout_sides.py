"""The two sides: withdrawals of wallets and lines of bank statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ecrecon.base.sources import Source
from ecrecon.matching.payout_settings import Payers, load_payout_settings
from ecrecon.matching.working_days import after_working_days

REFERENCES = ("txn_id", "biz_txn_id", "payout_batch_id", "bank_ref")
SHORTEST = 8
"""Shorter texts are no references."""
TOKEN = r"[0-9A-Za-z]{8,}"
RETURN_DAYS = 10
"""A withdrawal that the bank sent back (提现退票) comes back within so many days."""

COMMON = (
    "row_id", "source_id", "source_line", "platform", "shop", "account", "currency", "category", "amount_minor",
    "occurred_at", "day", "channel", "remark", "raw_type", "raw_desc", *REFERENCES,
)  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """Frames by line. `withdrawals`: COMMON with `amount_minor` > 0 = what should arrive, `expected_by`, `returned`.
    `receipts`: bank lines, signed, with `payer_platform`. `transfers`: lines of own transfers of any account."""

    withdrawals: pl.DataFrame
    receipts: pl.DataFrame
    transfers: pl.DataFrame


def make_sides(lines: pl.DataFrame, sources: Sequence[Source], payers: Payers) -> Sides:
    """`lines`: LEDGER with fates as of the moment. Bank lines after it are kept: they show that a payout arrived. A line
    whose day could not be read (F11) is neither due nor seen on any day: it takes no part."""
    bank_ids = [index for index, source in enumerate(sources) if source.kind == "bank"]
    of_bank = pl.col("source_id").is_in(bank_ids)
    frame = lines.filter(pl.col("in_money"), pl.col("day").is_not_null()).with_columns(
        pl.col("platform", "shop", "account", "currency", "category", "channel", "raw_type", "raw_desc").cast(
            pl.String
        ),
        row_id="line_id",
    )
    counted = pl.col("fate").is_null() | (pl.col("fate") == "account_level")
    wallet = frame.filter(~of_bank, counted).select(COMMON)
    bank = frame.filter(of_bank, counted | (pl.col("fate") == "after_as_of")).select(COMMON)
    platforms = {name: payers.platform_of(name) for name in bank["channel"].unique()}
    bank = bank.with_columns(
        payer_platform=pl.col("channel").replace_strict(platforms, default=None, return_dtype=pl.String)
    )
    moved = wallet.filter(pl.col("category") == "withdrawal", pl.col("amount_minor") != 0)
    out = moved.filter(pl.col("amount_minor") < 0)
    back = moved.filter(pl.col("amount_minor") > 0)
    return Sides(
        withdrawals=_expected(_returned(out, back)).with_columns(-pl.col("amount_minor")),
        receipts=bank,
        transfers=wallet.filter(pl.col("category") == "transfer", pl.col("amount_minor") != 0),
    )


def _expected(withdrawals: pl.DataFrame) -> pl.DataFrame:
    """Add `expected_by`: the last day of the bank window."""
    window = load_payout_settings().window_days
    days: Mapping[date, date] = {day: after_working_days(day, window) for day in withdrawals["day"].unique()}
    return withdrawals.with_columns(expected_by=pl.col("day").replace_strict(days, return_dtype=pl.Date))


def _returned(out: pl.DataFrame, back: pl.DataFrame) -> pl.DataFrame:
    """Add `returned`: the amount came back to the wallet, by the same document or as the only one of its amount."""
    flag = pl.lit(None, dtype=pl.Boolean)
    if back.is_empty():
        return out.with_columns(returned=flag.fill_null(value=False))
    same = out.join(back, on=["account", "biz_txn_id"], how="semi").filter(pl.col("biz_txn_id").is_not_null())
    rest_out = out.join(same, on="row_id", how="anti")
    rest_back = back.join(out, on=["account", "biz_txn_id"], how="anti")
    pairs = rest_out.join(
        rest_back.select("account", back_id="row_id", amount_minor=-pl.col("amount_minor"), back_day="day"),
        on=["account", "amount_minor"],
    ).filter((pl.col("back_day") - pl.col("day")).dt.total_days().is_between(0, RETURN_DAYS))
    only = pairs.filter(
        (pl.len().over("row_id") == 1) & (pl.len().over("back_id") == 1),
    )
    gone = pl.concat([same["row_id"], only["row_id"]])
    return out.with_columns(returned=pl.col("row_id").is_in(gone.implode()))
