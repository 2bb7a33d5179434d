"""Our own records of goods: ERP orders, shipments and costs, one row per line."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import decimal_text, exponent, read_money
from ecrecon.base.schema import BASIS, GOODS_STATUS, GOODS_STATUSES, PARSED_GOODS, check, conform
from ecrecon.base.sources import Control
from ecrecon.base.texts import tr
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.status import read_status
from ecrecon.settings.profiles import Reading, normal_name

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
