"""`[amount]`: the signed amount of each row, exactly as the file states its direction; never guessed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.formats.cells import narrow
from ecrecon.formats.numbers import currency_of, read_amounts
from ecrecon.formats.sheet import Sheet
from ecrecon.formats.signs import out_factor
from ecrecon.messages import tr
from ecrecon.profiles import AmountTable, normal_name, unsigned


@dataclass(frozen=True)
class Amounts:
    """Per row: `amount` signed Int64 (0 where refused), `inward` and `outward` its two columns signed (for printed
    totals), `balance` Int64 or null, `void` Boolean (nothing in both columns), `currency` code or String column.
    `refused`: some cell could not be read, so totals of the file prove nothing.
    """

    amount: pl.Series
    inward: pl.Series
    outward: pl.Series
    balance: pl.Series
    void: pl.Series
    currency: str | pl.Series
    refused: bool


def read_amount(sheet: Sheet, printed_out: int | None) -> Amounts:
    """Read `[amount]`. `printed_out`: the outgoing total of the trailer, which decides files of mixed signs."""
    spec = sheet.profile.amount
    assert spec is not None  # profiles of kind bill and bank have it
    currency = currency_of(sheet)
    match spec.mode:
        case "in_out":
            inward, outward, refused = _in_out(sheet, spec, currency, printed_out)
        case "direction":
            inward, outward, refused = _direction(sheet, spec, currency)
        case "columns":
            inward, outward, refused = _columns(sheet, spec, currency)
        case _:
            inward, outward, refused = _signed(sheet, spec, currency)
    amount = (inward + outward).alias("amount_minor")
    if spec.witness:
        _check_witness(sheet, spec, amount)
    void = (inward == 0) & (outward == 0)
    if spec.mode in ("signed", "columns") and spec.both_zero is None:
        void = refused
    balance = _balance(sheet, spec, currency)
    return Amounts(amount, inward, outward, balance, void, currency, bool(refused.any()))


def _cells(sheet: Sheet, name: str, currency: str | pl.Series, *, text_after: bool = False) -> pl.Series:
    column = normal_name(name)
    if not sheet.has(column):
        return pl.Series([0] * sheet.rows.height, dtype=pl.Int64)
    return read_amounts(sheet, column, sheet.column(column), currency, text_after=text_after)


def _in_out(
    sheet: Sheet, spec: AmountTable, currency: str | pl.Series, printed_out: int | None
) -> tuple[pl.Series, pl.Series, pl.Series]:
    inward = _cells(sheet, str(spec.in_), currency, text_after=spec.text_after)
    outward = _cells(sheet, str(spec.out), currency, text_after=spec.text_after)
    refused = inward.is_null() | outward.is_null()
    inward, outward = inward.fill_null(0), outward.fill_null(0)
    factor, unclear = out_factor(outward, spec.out_sign, printed_out)
    both = (inward != 0) & (outward != 0)
    out_name = sheet.printed.get(normal_name(str(spec.out)), str(spec.out))
    if both.any():
        texts = [sheet.column(normal_name(str(side))).filter(both) for side in (spec.in_, spec.out)]
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(both),
            texts[0] + " | " + texts[1],
            column=out_name,
            expected=tr("收入、支出只填一个", "either income or expense"),
            hint=tr(
                "同一行收入和支出都有金额：请对照平台页面改正", "both columns hold money: compare with the platform"
            ),
        )
    unclear &= ~both
    if unclear.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(unclear),
            sheet.column(normal_name(str(spec.out))).filter(unclear),
            column=out_name,
            expected=tr("整列同一种正负号", "one sign in the whole column"),
            hint=tr(
                "支出列正负号混用，且没有合计行可判断：请重新下载", "mixed signs and no printed total: download again"
            ),
        )
    refused |= both | unclear
    return _zero(inward, refused), _zero(outward * factor, refused), refused


def _zero(amount: pl.Series, where: pl.Series) -> pl.Series:
    return amount.set(where, 0) if where.any() else amount


def _signed(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    amount = _cells(sheet, str(spec.column), currency, text_after=spec.text_after)
    refused = amount.is_null()
    amount = amount.fill_null(0)
    if spec.always is not None:
        amount = amount.abs() * (1 if spec.always == "in" else -1)
    return *_sides(amount), refused


def _columns(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The amount is what the columns of the row add up to; columns that the file lacks count 0."""
    total = pl.Series([0], dtype=pl.Int64).new_from_index(0, sheet.rows.height)
    refused = pl.Series([False], dtype=pl.Boolean).new_from_index(0, sheet.rows.height)
    for name in spec.columns:
        part = _cells(sheet, unsigned(name), currency, text_after=spec.text_after)
        refused |= part.is_null()
        total = total - part.fill_null(0) if name.startswith("-") else total + part.fill_null(0)
    return *_sides(_zero(total, refused)), refused


def _direction(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    amount = _cells(sheet, str(spec.column), currency, text_after=spec.text_after)
    refused = amount.is_null()
    amount = amount.fill_null(0)
    name = normal_name(str(spec.direction))
    empty = pl.Series([None] * sheet.rows.height, dtype=pl.String)
    words = sheet.column(name) if sheet.has(name) else empty
    sign = _sign_of(words, _words(spec.in_), _words(spec.out))
    unknown = sign.is_null() & (amount != 0) & ~refused
    known_words = "、".join((*_words(spec.in_), *_words(spec.out)))
    if unknown.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(unknown),
            words.filter(unknown).fill_null(""),
            column=sheet.printed.get(name, name),
            expected=known_words,
            hint=tr("收支方向无法识别", "the direction is not one of the known words"),
        )
    if spec.printed == "unsigned":
        odd = (amount < 0) & ~refused
        column = normal_name(str(spec.column))
        if odd.any():
            sheet.log.add_cells(
                "F11",
                sheet.line.filter(odd),
                sheet.column(column).filter(odd),
                column=sheet.printed[column],
                expected=tr("不带符号的金额", "an amount without sign"),
                hint=tr("方向由另一列给出，金额不应带负号", "another column gives the direction"),
            )
        unknown |= odd
    if spec.printed == "signed":
        _disagreement(sheet, (amount != 0) & (amount.sign() != sign), name, words)
        return *_sides(amount), refused
    signed = _zero(amount.abs() * sign.fill_null(0), unknown)
    return *_sides(signed), refused | unknown


def _sides(amount: pl.Series) -> tuple[pl.Series, pl.Series]:
    return amount.clip(lower_bound=0), amount.clip(upper_bound=0)


def _words(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _sign_of(words: pl.Series, plus: list[str], minus: list[str]) -> pl.Series:
    table = {narrow(word): 1 for word in plus} | {narrow(word): -1 for word in minus}
    distinct = words.unique().drop_nulls().to_list()
    answer = {word: table.get(narrow(word)) for word in distinct}
    if not answer:
        return pl.Series([None] * len(words), dtype=pl.Int64)
    return words.replace_strict(answer, return_dtype=pl.Int64)


def _check_witness(sheet: Sheet, spec: AmountTable, amount: pl.Series) -> None:
    """A second column states the direction: disagreement is F05, an unknown word F11; the printed sign stays."""
    witness = spec.witness
    assert witness is not None
    if not sheet.has(witness.column):
        return
    words = sheet.column(witness.column)
    sign = _sign_of(words, witness.plus, witness.minus)
    unknown = sign.is_null() & words.is_not_null() & (amount != 0)
    if unknown.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(unknown),
            words.filter(unknown),
            column=sheet.printed[witness.column],
            expected="、".join((*witness.plus, *witness.minus)),
            hint=tr("收支方向无法识别", "the direction is not one of the known words"),
        )
    wrong = ((amount != 0) & (sign * amount < 0)).fill_null(value=False)
    _disagreement(sheet, wrong, witness.column, words)


def _disagreement(sheet: Sheet, wrong: pl.Series, name: str, words: pl.Series) -> None:
    wrong = wrong.fill_null(value=False)
    if wrong.any():
        sheet.log.add_cells(
            "F05",
            sheet.line.filter(wrong),
            words.filter(wrong),
            column=sheet.printed.get(name, name),
            expected=tr("与金额正负一致的收支方向", "a direction that agrees with the sign of the amount"),
            hint=tr(
                "收支方向与金额正负矛盾，已按金额的正负号入账", "direction and sign disagree; the printed sign is used"
            ),
        )


def _balance(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> pl.Series:
    name = normal_name(spec.balance) if spec.balance else ""
    if not sheet.has(name):
        return pl.Series("balance_minor", [None] * sheet.rows.height, dtype=pl.Int64)
    text = sheet.column(name)
    read = read_amounts(sheet, name, text, currency)
    return pl.DataFrame({"b": read, "t": text}).select(
        pl.when(pl.col("t").is_not_null()).then("b").alias("balance_minor")
    )["balance_minor"]
