"""Order exports, their lines and after-sale documents: rows to the frames of the books side."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import (
    PARSED_ORDER_LINES,
    PARSED_ORDERS,
    PARSED_REFUNDS,
    READINGS,
    REFUND_STATE,
    REFUND_STATES,
    STATUS,
    STATUSES,
    Schema,
    check,
    conform,
)
from ecrecon.base.texts import tr
from ecrecon.reading.dates import is_no_day, patterns, read_times
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.repeats import filled_alike, report_repeats
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.spans import report_times, span_of
from ecrecon.reading.status import read_reading, read_status

_TRUE = ("true", "yes", "1", "是")


def read_orders(sheet: Sheet, fields: pl.DataFrame) -> pl.DataFrame:
    """Rows of schema PARSED_ORDERS, in file order."""
    state, text = read_status(sheet, STATUSES)
    columns = [state.cast(STATUS).alias("status"), text.alias("raw_status")]
    for number, reading in enumerate(sheet.profile.receivable.reading[:READINGS], start=1):
        cash, platform = read_reading(sheet, reading)
        columns += [cash.alias(f"reading{number}_cash_minor"), platform.alias(f"reading{number}_platform_minor")]
        if cash.null_count() == len(cash) and len(cash):
            names = "、".join(reading.cash)
            sheet.log.note(
                tr(f"应收口径 {number} 不可用：没有“{names}”", f"reading {number} not available: no {names}")
            )
    frame = _finished(sheet, fields, columns, "order_id", PARSED_ORDERS)
    if sheet.profile.receivable.sums_rows:
        return frame
    amounts = [name for name in frame.columns if name.endswith("_minor")]
    frame = filled_alike(frame, ("order_id", "sub_order_id"), amounts)
    report_repeats(sheet, frame, ("order_id", "sub_order_id"), _readings(frame), "order_id")
    return frame


def _readings(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name.startswith("reading")]


def read_order_lines(sheet: Sheet, fields: pl.DataFrame) -> pl.DataFrame:
    """Rows of schema PARSED_ORDER_LINES, in file order."""
    columns = []
    if sheet.profile.status is not None:
        state, text = read_status(sheet, STATUSES)
        columns = [state.cast(STATUS).alias("status"), text.alias("raw_status")]
    return _finished(sheet, fields, columns, "order_id", PARSED_ORDER_LINES)


def read_refunds(sheet: Sheet, fields: pl.DataFrame) -> pl.DataFrame:
    """Rows of schema PARSED_REFUNDS, in file order; `amount_minor` is positive."""
    spec = sheet.profile.refund
    assert spec is not None  # profiles of kind refunds have it
    state, text = read_status(sheet, REFUND_STATES)
    columns = [state.cast(REFUND_STATE).alias("state"), text.alias("raw_status")]
    names = sheet.present(spec.amount)
    if names:
        amount = _added(sheet, names)
        if (amount < 0).any():
            sheet.log.note(tr("退款金额带负号，按绝对值读取", "refund amounts are negative: read without sign"))
        columns.append(amount.abs().alias("amount_minor"))
    columns.append(pl.Series("gross", [spec.gross], dtype=pl.Boolean).new_from_index(0, sheet.rows.height))
    if spec.completed and sheet.has(spec.completed):
        columns.append(_completed(sheet, spec.completed))
    if "goods_returned" in fields.columns:
        word = fields["goods_returned"]
        columns.append(word.is_in(_TRUE).alias("goods_returned"))
    frame = _finished(sheet, fields, columns, "refund_id", PARSED_REFUNDS)
    same = ("amount_minor", "order_id", "sub_order_id")
    report_repeats(sheet, frame, ("refund_id",), same, "refund_id")
    alike = frame.with_columns(
        pl.when(pl.any_horizontal(pl.col(name).n_unique().over("refund_id") > 1 for name in same)).then(None)
        .otherwise(pl.col("refund_id")).alias("refund_id")
    )  # fmt: skip
    report_repeats(sheet, alike, ("refund_id",), ("state",), "refund_id", "review")
    return frame


def _added(sheet: Sheet, names: list[str]) -> pl.Series:
    """Σ of money columns, empty cells as 0; null where one of them cannot be read."""
    currency = currency_of(sheet)
    total, *rest = (read_amounts(sheet, name, sheet.column(name), currency, text_after=True) for name in names)
    for part in rest:
        total = total + part
    return total


def _finished(sheet: Sheet, fields: pl.DataFrame, columns: list[pl.Series], key: str, schema: Schema) -> pl.DataFrame:
    currency = currency_of(sheet)
    if isinstance(currency, str):
        currency = pl.Series([currency], dtype=pl.String).new_from_index(0, sheet.rows.height)
    hidden = [name for name, spec in sheet.profile.fields.items() if not spec.keep and name in fields.columns]
    frame = fields.drop(hidden).with_columns(sheet.line.alias("source_line"), currency.alias("currency"), *columns)
    _report_keyless(sheet, frame, key)
    return check(conform(frame, schema), schema, f"rows of {sheet.log.path}")


def _report_keyless(sheet: Sheet, frame: pl.DataFrame, key: str) -> None:
    """A document without its number cannot be matched (F11); damaged numbers were reported already."""
    spec = sheet.profile.fields.get(key)
    if spec is None or key not in frame.columns:
        return
    name = next(source.column for source in spec.from_ if sheet.has(source.column))
    empty = frame[key].is_null() & sheet.column(name).is_null()
    if empty.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(empty),
            pl.Series([""] * int(empty.sum()), dtype=pl.String),
            column=sheet.printed[name],
            expected=tr("单号", "a document number"),
            hint=tr("该行没有单号：如是手工加的合计行请删除", "no number: delete totals added by hand"),
        )


def _completed(sheet: Sheet, name: str) -> pl.Series:
    file = sheet.profile.file
    text = sheet.column(name)
    numeric = sheet.stored_as_number(name)
    times, bad = read_times(text, patterns((), file.dates), file.zone, numeric, lambda: span_of(sheet))
    bad &= ~is_no_day(text)
    report_times(sheet, sheet.printed[name], sheet.line.filter(bad), text.filter(bad))
    return times.alias("completed_at")
