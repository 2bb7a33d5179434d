"""Bills and bank statements: rows to money lines."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import PARSED_LINES, SETTLE, check, conform
from ecrecon.base.texts import tr
from ecrecon.reading.amount import Amounts, read_amount
from ecrecon.reading.category import classify
from ecrecon.reading.controls import printed_sums
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.split import split_rows
from ecrecon.reading.status import read_settle_state


def read_bill(sheet: Sheet, fields: pl.DataFrame, new_money: list[str]) -> tuple[pl.DataFrame, Amounts]:
    """(lines of schema PARSED_LINES in file order, amounts of the rows before splitting)."""
    time = fields["occurred_at"] if "occurred_at" in fields.columns else None
    amounts = read_amount(sheet, printed_sums(sheet), time)
    state = _settle(sheet, amounts)
    _report_timeless(sheet, fields, amounts, state)
    texts = fields.select(name for name, dtype in fields.schema.items() if dtype == pl.String)
    category = classify(texts, amounts.amount, sheet.profile.category)
    lines = fields.with_columns(
        sheet.line.alias("source_line"),
        amounts.amount.alias("amount_minor"),
        amounts.balance.alias("balance_minor"),
        category.alias("category"),
        state.alias("settle_status"),
        _currency(amounts).alias("currency"),
    )
    lines = split_rows(sheet, lines, amounts.currency, new_money)
    hidden = [name for name, spec in sheet.profile.fields.items() if not spec.keep and name in lines.columns]
    frame = conform(lines.drop(hidden), PARSED_LINES)
    return check(frame, PARSED_LINES, f"lines of {sheet.log.path}"), amounts


def _settle(sheet: Sheet, amounts: Amounts) -> pl.Series:
    void = pl.Series(["void"], dtype=SETTLE).new_from_index(0, len(amounts.void))
    rule = sheet.profile.rows.state
    settled = pl.Series(["settled"], dtype=SETTLE).new_from_index(0, len(amounts.void))
    state = read_settle_state(sheet, rule, amounts.amount).cast(SETTLE) if rule else settled
    return void.zip_with(amounts.void, state)


def _currency(amounts: Amounts) -> pl.Series:
    if isinstance(amounts.currency, str):
        return pl.Series([amounts.currency], dtype=pl.String).new_from_index(0, len(amounts.amount))
    return amounts.currency


def _report_timeless(sheet: Sheet, fields: pl.DataFrame, amounts: Amounts, state: pl.Series) -> None:
    """Money without a posting time belongs to no period: often a total that someone added by hand (F11).

    What is not settled yet has none, rightly.
    """
    spec = sheet.profile.fields.get("occurred_at")
    if spec is None or "occurred_at" not in fields.columns:
        return
    name = next(source.column for source in spec.from_ if sheet.has(source.column))
    if not fields["occurred_at"].has_nulls():
        return
    empty = fields["occurred_at"].is_null() & (amounts.amount != 0) & sheet.column(name).is_null()
    empty &= state.cast(pl.String) == "settled"
    if empty.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(empty),
            pl.Series([""] * int(empty.sum()), dtype=pl.String),
            column=sheet.printed[name],
            expected=tr("入账时间", "a posting time"),
            hint=tr(
                "有金额而没有时间：如是手工加的合计行请删除", "an amount without time: delete totals added by hand"
            ),
        )
