"""Money that moves between own accounts: seen twice, counted once (S03)."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ecrecon.matching import resolve

WORDS = ("转账", "内部", "调拨", "往来", "划转", "本行转账", "同名")
"""Words of a bank line that may be an own transfer [I]; the company's own name is one, too."""

_SIDE = ("row_id", "account", "currency", "day", "amount_minor", "own", "of_bank")


def own_transfers(wallets: pl.DataFrame, banks: pl.DataFrame, company: str, days: int) -> pl.DataFrame:
    """Outgoing lines of own transfers: columns of `wallets` (sides.COMMON), `other_account` and `other_day` (the later
    day of the two sides).

    `wallets`: lines of category transfer; `banks`: bank lines that no payout explains. Out of one account and into
    another with the same amount, at most `days` days later, each the only candidate of the other (or equal sets). Two
    bank lines need a word of their own: equal amounts of strangers are common.
    """
    text = pl.concat_str(
        [pl.col(n).fill_null("") for n in ("channel", "remark", "raw_type", "raw_desc")], separator=" "
    )
    words = [*WORDS, company] if company else list(WORDS)
    own = text.str.contains_any(words)
    frame = pl.concat([
        wallets.with_columns(own=pl.lit(True), of_bank=pl.lit(False)),
        banks.select(wallets.columns).with_columns(own=own, of_bank=pl.lit(True)),
    ])  # fmt: skip
    out = frame.filter(pl.col("amount_minor") < 0).select(_SIDE).with_columns(amount_minor=-pl.col("amount_minor"))
    into = frame.filter(pl.col("amount_minor") > 0).select(_SIDE)
    pairs = out.join(into, on=["amount_minor", "currency"], suffix="_in").filter(
        pl.col("account") != pl.col("account_in"),
        pl.col("day_in").is_between(pl.col("day"), pl.col("day") + timedelta(days=days)),
        ~(pl.col("of_bank") & pl.col("of_bank_in")) | (pl.col("own") & pl.col("own_in")),
    )
    parts = [part for part in resolve(pairs.select(left="row_id", right="row_id_in")) if part.settled]
    names = dict(frame.select("row_id", "account").iter_rows())
    day_of = dict(frame.select("row_id", "day").iter_rows())
    found = [
        (row, "+".join(sorted({names[other] for other in part.right})), max(day_of[other] for other in part.right))
        for part in parts
        for row in part.left
    ]
    schema = {"row_id": pl.Int64, "other_account": pl.String, "other_day": pl.Date}
    table = pl.DataFrame(found, schema=schema, orient="row")
    return frame.join(table, on="row_id").sort("row_id")
