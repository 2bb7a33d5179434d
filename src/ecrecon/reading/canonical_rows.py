"""Rows of a file to the frames of its kind: money lines; orders, order lines and after-sales; our own records of goods."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import decimal_text, exponent, read_money
from ecrecon.base.schema import (
    BASIS,
    GOODS_STATUS,
    GOODS_STATUSES,
    PARSED_GOODS,
    PARSED_LINES,
    PARSED_ORDER_LINES,
    PARSED_ORDERS,
    PARSED_REFUNDS,
    READINGS,
    REFUND_STATE,
    REFUND_STATES,
    SETTLE,
    STATUS,
    STATUSES,
    Schema,
    check,
    conform,
)
from ecrecon.base.sources import Control
from ecrecon.base.texts import tr
from ecrecon.reading.amount import Amounts, read_amount
from ecrecon.reading.category import classify
from ecrecon.reading.controls import printed_sums
from ecrecon.reading.coverage import report_times, span_of
from ecrecon.reading.dates import is_no_day, patterns, read_times
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.repeats import filled_alike, report_repeats
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.split import split_rows
from ecrecon.reading.status import read_reading, read_settle_state, read_status
from ecrecon.settings.profiles import Reading, normal_name

# Bills and bank statements: rows to money lines.


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


# Order exports, their lines and after-sale documents: rows to the frames of the books side.

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


# Our own records of goods: ERP orders, shipments and costs, one row per line.

YES = ("是", "赠品", "true", "True", "TRUE", "yes", "Y", "1", "系统赠品", "手动赠品", "自动赠送", "手工赠送")
"""Texts of a gift mark that say yes; 非赠品, 否, 0 and empty say no."""


def read_goods(sheet: Sheet, fields: pl.DataFrame) -> pl.DataFrame:
    """Rows of schema PARSED_GOODS, in file order. An empty money cell is null: unknown, not 0."""
    columns: list[pl.Series] = []
    if sheet.profile.status is not None:
        state, text = read_status(sheet, GOODS_STATUSES)
        columns += [state.cast(GOODS_STATUS).alias("status"), text.alias("raw_status")]
    for name, spec in sheet.profile.fields.items():
        if spec.as_ == "money" and f"{name}_minor" in fields.columns:
            columns.append(_known(sheet, [s.column for s in spec.from_], fields[f"{name}_minor"]))
    if "gift" in fields.columns:
        columns.append(fields["gift"].is_in(YES).fill_null(value=False).alias("gift"))
    columns += _receivable(sheet, fields)
    currency = currency_of(sheet)
    if isinstance(currency, str):
        currency = pl.Series([currency], dtype=pl.String).new_from_index(0, sheet.rows.height)
    frame = fields.with_columns(sheet.line.alias("source_line"), currency.alias("currency"), *columns)
    return check(conform(frame, PARSED_GOODS), PARSED_GOODS, f"rows of {sheet.log.path}")


def _known(sheet: Sheet, names: list[str], amount: pl.Series) -> pl.Series:
    """`amount`, null where no column of it is filled."""
    there = [pl.col(name).is_not_null() for name in sheet.present(names)]
    filled = sheet.rows.select(pl.any_horizontal(there)).to_series()
    nothing = pl.Series([None], dtype=amount.dtype).new_from_index(0, len(amount))
    return amount.zip_with(filled, nothing)


def _receivable(sheet: Sheet, fields: pl.DataFrame) -> list[pl.Series]:
    """`receivable_minor`, `receivable_basis`: per ERP order the first reading that has an amount."""
    height = sheet.rows.height
    amount = pl.Series("receivable_minor", [None], dtype=pl.Int64).new_from_index(0, height)
    basis = pl.Series("receivable_basis", [None], dtype=pl.String).new_from_index(0, height)
    order = next((fields[n] for n in ("erp_order_id", "order_id") if n in fields.columns), sheet.line.cast(pl.String))
    for reading in sheet.profile.receivable.reading:
        read = _read(sheet, reading, order)
        if read is None:
            continue
        frame = pl.DataFrame({"order": order, "amount": amount, "read": read, "basis": basis})
        open_ = pl.col("amount").is_null().all().over("order") | pl.col("order").is_null()
        chosen = open_ & pl.col("read").is_not_null()
        taken = frame.select(
            pl.when(chosen).then("read").otherwise("amount").alias("receivable_minor"),
            pl.when(chosen).then(pl.lit(reading.basis)).otherwise("basis").alias("receivable_basis"),
        )
        amount, basis = taken["receivable_minor"], taken["receivable_basis"]
    return [amount, basis.cast(BASIS)]


def _read(sheet: Sheet, reading: Reading, order: pl.Series) -> pl.Series | None:
    """What one reading says per row, None where the file lacks its columns.

    With `once_per` the amount is printed on every line of an order or on one of them: the largest counts, on its first
    row; lines that disagree are noted.
    """
    names = [normal_name(name) for name in reading.cash]
    if not all(sheet.has(name) for name in names):
        return None
    currency = currency_of(sheet)
    parts = [_known(sheet, [n], read_amounts(sheet, n, sheet.column(n), currency, text_after=True)) for n in names]
    read = parts[0]
    for part in parts[1:]:
        read = read + part.fill_null(0)
    if reading.once_per is None:
        return read
    frame = pl.DataFrame({"order": order, "read": read})
    whole = pl.col("read").max().over("order")
    first = pl.int_range(pl.len()).over("order") == 0
    odd = frame.filter(pl.col("order").is_not_null(), pl.col("read") != 0, pl.col("read") != whole)["order"].n_unique()
    if odd:
        label = "、".join(reading.cash)
        sheet.log.note(
            tr(
                f"{odd} 个订单各行的“{label}”不一致，已取最大值",
                f"{odd} orders: lines disagree in {label}, the largest counts",
            )
        )
    told = pl.when(pl.col("order").is_null()).then("read").when(whole.is_null()).then(None)
    return frame.select(told.when(first).then(whole).otherwise(0).alias("read")).to_series()


def check_totals(sheet: Sheet) -> tuple[Control, ...]:
    """Rows of `[rows] total` against the sums of the rows (F05); a figure that repeats per order may count once."""
    if sheet.totals.is_empty():
        return ()
    controls = []
    for name, decimals in _summed(sheet).items():
        printed = read_money(sheet.totals[name].head(1), decimals)
        if sheet.totals[name][0] is None or printed["bad"][0]:
            continue
        read = read_money(sheet.column(name), decimals)
        total, want = int(read["minor"].fill_null(0).sum()), int(printed["minor"][0])
        once = _once_per_order(sheet, read["minor"])
        ok = want in (total, once)
        texts = decimal_text(want, decimals), decimal_text(total, decimals)
        controls.append(Control(sheet.printed[name], *texts, ok))
        if not ok:
            sheet.log.add(
                "F05",
                column=sheet.printed[name],
                text=str(sheet.totals[name][0]),
                expected=texts[1],
                amounts=(want, total) if decimals else None,
                hint=tr("合计行与各行之和不符：可能删改过行，请重新导出", "total and rows differ: export it again"),
            )
    return tuple(controls)


def _summed(sheet: Sheet) -> dict[str, int]:
    """Columns of counts and money -> their decimals."""
    kinds = {"int": 0, "money": exponent("CNY")}
    found = {
        source.column: kinds[spec.as_]
        for spec in sheet.profile.fields.values()
        if spec.as_ in kinds
        for source in spec.from_
    }
    readings = [normal_name(n) for reading in sheet.profile.receivable.reading for n in reading.cash]
    return {name: found.get(name, 2) for name in (*found, *readings) if sheet.has(name)}


def _once_per_order(sheet: Sheet, minor: pl.Series) -> int:
    spec = sheet.profile.fields.get("erp_order_id")
    name = next((s.column for s in spec.from_ if sheet.has(s.column)), None) if spec else None
    if name is None:
        return int(minor.fill_null(0).sum())
    frame = pl.DataFrame({"order": sheet.column(name), "minor": minor})
    return int(frame.group_by("order").agg(pl.col("minor").max())["minor"].fill_null(0).sum())
