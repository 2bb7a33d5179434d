"""Issued vouchers among the vouchers of a run, so that a trace finds what the accounting program holds."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from ecrecon.base.money import decimal_text
from ecrecon.issuing.issued.register import Issued, Register
from ecrecon.issuing.trace import Books


def with_issued(books: Books, register: Register) -> Books:
    """`books` (vouchers as text, of `vouchers.csv`) with every issued voucher as it was issued.

    A reversal, or a correction under an id of its own, has the trail of the voucher it stands for, a reversal negated;
    where the run does not make that voucher any more there is no trail.
    """
    if not register.issued:
        return books
    shown = books.vouchers.filter(~pl.col("voucher_id").is_in(list(register.issued)))
    rows = [row for item in register.issued.values() for row in _rows(item)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), orient="row")
    trails = [books.trace, *(_trail(books.trace, identity, item) for identity, item in register.issued.items())]
    return replace(books, vouchers=pl.concat([shown, frame], how="diagonal"), trace=pl.concat(trails))


def _rows(item: Issued) -> list[dict[str, str]]:
    voucher = item.voucher
    return [
        {
            "voucher_id": voucher.voucher_id, "fiscal_year": str(voucher.year), "period": str(voucher.period),
            "word": voucher.word, "number": str(voucher.number), "event": voucher.event, "shop": voucher.shop,
            "seq": str(line.seq), "summary": line.summary, "account_code": line.account_code,
            "account_name": line.account_name, "debit": decimal_text(line.debit_minor),
            "credit": decimal_text(line.credit_minor), "currency": line.currency,
            "aux": ";".join(f"{name}={value}" for name, value in line.facts.items()),
        }
        for line in voucher.lines
    ]  # fmt: skip


def _trail(trace: pl.DataFrame, identity: str, item: Issued) -> pl.DataFrame:
    if identity == item.of:
        return trace.clear()
    sign = -1 if item.red else 1
    return trace.filter(pl.col("voucher_id") == item.of).with_columns(
        pl.lit(identity, dtype=trace.schema["voucher_id"]).alias("voucher_id"), pl.col("amount_minor") * sign
    )
