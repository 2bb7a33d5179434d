"""What must hold before a voucher leaves the program (docs/accounting.md "What must hold")."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.schema import ZONE
from ecrecon.booking.currencies import BOOK_CURRENCY, factors

_PARTS = 3
"""Amounts that the leg of a sale is made from, each rounded by itself."""
NEVER_BOOKED: tuple[str, ...] = ("duplicate", "superseded", "after_as_of", "void", "witness")


def check_lines(lines: pl.DataFrame, year: int, month: int) -> None:
    """Only money of the period may be booked, each line once; raise InvariantError otherwise."""
    wrong = lines.filter(pl.col("disposition").is_in(NEVER_BOOKED) | (pl.col("view") == "witness"))
    if wrong.height:
        row = wrong.row(0, named=True)
        raise InvariantError(
            f"vouchers: line {row['line_id']} ({row['disposition']}, view {row['view']}) must not be booked"
        )
    first, last = lines["occurred_at"].min(), lines["occurred_at"].max()
    zone = lines.schema["occurred_at"]
    if not isinstance(zone, pl.Datetime) or zone.time_zone != ZONE:
        raise InvariantError(f"vouchers: occurred_at must be a time in {ZONE}, not {zone}")
    for moment in (first, last):
        if moment is not None and (moment.year, moment.month) != (year, month):  # type: ignore[union-attr]
            raise InvariantError(f"vouchers: a line of {moment!s} is not of the period {year:04d}-{month:02d}")
    if lines["line_id"].null_count() or lines["amount_minor"].null_count() or lines["category"].null_count():
        raise InvariantError("vouchers: a line without line_id, amount or category")
    if lines["line_id"].n_unique() != lines.height:
        raise InvariantError("vouchers: a line_id stands in two lines")


def check_wallets(entries: pl.DataFrame, lines: pl.DataFrame) -> None:
    """Σ vouchers of each bill account = its movement in the period, in its own currency, taken from the lines themselves."""
    abroad = pl.when(pl.col("debit_minor") != 0).then("amount_fc_minor").otherwise(-pl.col("amount_fc_minor"))
    side = pl.coalesce(abroad, pl.col("debit_minor") - pl.col("credit_minor"))
    booked = entries.filter("own").group_by(pl.col("bill_account").alias("account")).agg(side.sum().alias("booked"))
    moved = (
        lines.filter(pl.col("amount_minor") != 0)
        .group_by(pl.col("account").cast(pl.String).fill_null("未知账户"))
        .agg(pl.col("amount_minor").sum().alias("moved"))
    )
    joined = booked.join(moved, on="account", how="full", coalesce=True).with_columns(pl.col("moved").fill_null(0))
    _none(joined.filter(pl.col("booked").ne_missing(pl.col("moved"))), "bill account and its vouchers differ")


def check_currencies(entries: pl.DataFrame) -> None:
    """Amount in another currency x rate = CNY of the entry, half a fen off at most per conversion (docs/accounting.md "What must hold").

    An entry of fen alone (`amount_fc` 0) is an exchange difference. CNY has neither rate nor amount.
    """
    home = pl.col("currency") == BOOK_CURRENCY
    named = pl.col("fx_rate").is_not_null() & pl.col("amount_fc_minor").is_not_null()
    _none(entries.filter(home == named), "currency, rate and amount do not go together")
    for row in entries.filter(~home, pl.col("amount_fc_minor") != 0).iter_rows(
        named=True
    ):  # few: one per account and rate
        numerator, denominator = factors(row["currency"], row["fx_rate"])
        off = abs(row["amount_fc_minor"] * numerator - row["value"] * denominator)
        parts = sum(cell is not None for cell in row["cell"]) or row["count"] * _PARTS
        if off > max(parts, 2) * denominator:
            raise InvariantError(
                f"vouchers: {row['amount_fc_minor']} {row['currency']} x {row['fx_rate']} is not {row['value']}"
            )


def check_trace(entries: pl.DataFrame, trace: pl.DataFrame, rows: int) -> None:
    """Σ traced amounts = voucher line; bill lines have `rows` rows, two each and one more per input VAT; all rows
    together add up to nothing."""
    sums = trace.group_by("entry").agg(pl.col("amount_minor").sum().alias("traced"), pl.len().alias("rows"))
    joined = entries.join(sums, on="entry", how="full", coalesce=True)
    side = pl.col("debit_minor") - pl.col("credit_minor")
    wrong = joined.filter(side.ne_missing(pl.col("traced")) | pl.col("count").ne_missing(pl.col("rows").cast(pl.Int64)))
    _none(wrong.select("entry", "voucher_id", "seq", "traced", "rows"), "voucher line and its trace differ")
    of_lines = trace.filter(pl.col("line_id").is_not_null())
    if of_lines.height != rows or trace["amount_minor"].sum() != 0:
        raise InvariantError(f"vouchers: {of_lines.height} trace rows of bill lines instead of {rows}")


def check_vouchers(vouchers: pl.DataFrame, taken: Collection[int] = ()) -> None:
    """Per voucher: Σ debit = Σ credit, one side zero, lines contiguous from 1; numbers continuous from 1.

    `taken`: numbers of the period that vouchers have which were exported before; they close gaps.

    Amounts are integers of the minor unit, so two decimals hold by type.
    """
    both = vouchers.filter((pl.col("debit_minor") == 0) == (pl.col("credit_minor") == 0))
    _none(both, "a voucher line must have exactly one side")
    _none(
        vouchers.filter(pl.any_horizontal(pl.col("account_code", "account_name").fill_null("") == "")),
        "no account",
    )
    if not vouchers["number"].is_sorted():
        raise InvariantError("vouchers: the lines of a voucher do not stand together, in order")
    heads = vouchers.group_by("word", "fiscal_year", "period", "number").agg(
        pl.col("debit_minor").sum().alias("debit"), pl.col("credit_minor").sum().alias("credit"),
        (pl.col("seq") == pl.int_range(1, pl.len() + 1)).all().alias("contiguous"), pl.len().alias("lines"),
        *((pl.col(name) != pl.col(name).first()).any().alias(f"{name}s") for name in ("voucher_id", "event", "date")),
    )  # fmt: skip
    _none(heads.filter(pl.col("debit") != pl.col("credit")), "debit and credit differ")
    _none(heads.filter(~pl.col("contiguous") | (pl.col("lines") < 2)), "lines are not 1, 2, 3 …")
    mixed = pl.any_horizontal("voucher_ids", "events", "dates")
    _none(heads.filter(mixed), "one number, two vouchers")
    if vouchers["voucher_id"].n_unique() != heads.height:
        raise InvariantError("vouchers: two vouchers have one voucher_id")
    for numbers in heads.group_by("word", "fiscal_year", "period").agg("number")["number"].to_list():
        missing = sorted(set(range(1, max(numbers) + 1)) - {*numbers, *taken})
        if missing:
            raise InvariantError(f"vouchers: numbers are not continuous from 1: {missing[:3]}")


def _none(wrong: pl.DataFrame, what: str) -> None:
    if wrong.height:
        raise InvariantError(f"vouchers: {what}: {wrong.row(0, named=True)}")
