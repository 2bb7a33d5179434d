"""`[amount]`: the signed amount of each row, exactly as the file states its direction; never guessed.

Where a sign runs against its column or its direction word, the balance and the printed totals of the file decide; what
they leave open is read by the stated default and told (`reading.signs`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import polars as pl

from ecrecon.base.nulls import filled, incoming, is_null, magnitudes, outgoing
from ecrecon.base.texts import tr
from ecrecon.reading.cells import narrow
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.sheet import Sheet
from ecrecon.reading.signs import Evidence, Side, settle_signs, usual_sign
from ecrecon.reading.status import list_words, report_words
from ecrecon.settings.profiles import AmountTable, normal_name, unsigned

_SHOWN = 5
"""Lines that one message names."""


@dataclass(frozen=True)
class Amounts:
    """Per row: `amount` signed Int64 (0 where refused), `inward` and `outward` its two columns signed (for printed
    totals), `balance` Int64 or null, `void` Boolean (nothing in both columns), `currency` code or String column.
    `refused`: some cell could not be read, so totals of the file prove nothing. `unsigned`: lines of rows whose word of
    direction nobody listed and whose sign nothing else proves; their amount is 0.
    """

    amount: pl.Series
    inward: pl.Series
    outward: pl.Series
    balance: pl.Series
    void: pl.Series
    currency: str | pl.Series
    refused: bool
    unsigned: tuple[int, ...] = ()


@dataclass(frozen=True)
class Totals:
    """The sums that the lines around the table print, minor units; None where they do not."""

    inward: int | None = None
    outward: int | None = None
    net: int | None = None


@dataclass(frozen=True)
class _Read:
    """Both columns signed by the default reading, 0 where `refused`. `doubtful`: rows whose sign or mark lets the file
    mean the opposite; `told`: those of them that are told where nothing in the file decides; `column`: whose sign it is.
    A minus that all rows of a column share is doubtful, but not told: it is how most files print expenses.
    `unknown`: rows whose word of direction is not listed (`words`), read as income until the file decides.
    """

    inward: pl.Series
    outward: pl.Series
    refused: pl.Series
    doubtful: pl.Series
    told: pl.Series
    column: str
    unknown: pl.Series | None = None
    words: pl.Series | None = None


def read_amount(sheet: Sheet, totals: Totals, time: pl.Series | None = None) -> Amounts:
    """Read `[amount]`. `totals` (the printed sums) and the running balance in the order of `time` decide signs that run
    against their column."""
    spec = sheet.profile.amount
    assert spec is not None  # profiles of kind bill and bank have it
    currency = currency_of(sheet)
    balance = _balance(sheet, spec, currency)
    read = _with_marks(sheet, spec, _READERS[spec.mode](sheet, spec, currency))
    inward, outward, refused = read.inward, read.outward, read.refused
    unsigned: tuple[int, ...] = ()
    if read.doubtful.any():
        signs = settle_signs(inward + outward, read.doubtful, _evidence(sheet, read, totals, balance, time))
        inward, outward = (side.zip_with(~signs.flipped, -side) for side in (inward, outward))
        _report_open(sheet, spec, read.column, signs.open & read.told)
        if read.unknown is not None and read.unknown.any():
            lost = read.unknown & signs.open
            _report_directions(sheet, spec, read, lost)
            inward, outward, refused = _zero(inward, lost), _zero(outward, lost), refused | lost
            unsigned = tuple(sheet.line.filter(lost))
    amount = inward + outward
    if spec.witness:
        amount = _check_witness(sheet, spec, amount, _evidence(sheet, read, totals, balance, time))
        inward, outward = _sides(amount)
    void = (inward == 0) & (outward == 0)
    if spec.mode in ("signed", "columns") and spec.both_zero is None:
        void = refused
    refused_any = bool(refused.any())
    return Amounts(amount.alias("amount_minor"), inward, outward, balance, void, currency, refused_any, unsigned)


def _evidence(sheet: Sheet, read: _Read, totals: Totals, balance: pl.Series, time: pl.Series | None) -> Evidence:
    """What of the file can decide a sign."""
    sides = (
        (read.outward != 0, totals.outward, False),
        (read.inward != 0, totals.inward, False),
        (_flags(sheet, value=True), totals.net, True),
    )
    printed = [Side(rows, total, signed) for rows, total, signed in sides if total is not None]
    timeless = pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, sheet.rows.height)
    return Evidence(balance, timeless if time is None else time, _owner(sheet), printed)


def _owner(sheet: Sheet) -> pl.Series:
    """Whose running balance a row belongs to: one account, one currency, and what `[[controls.balance]] per` names."""
    names = [balance.per for balance in sheet.profile.controls.balance if balance.per]
    account = sheet.profile.fields.get("account")
    names += [source.column for source in account.from_] if account else []
    word = sheet.profile.profile.currency
    names += [normal_name(word.removeprefix("column:"))] if word.startswith("column:") else []
    there = sheet.present(dict.fromkeys(names))
    if not there:
        return pl.Series([""], dtype=pl.String).new_from_index(0, sheet.rows.height)
    parts = [pl.col(name).fill_null("") for name in there]
    return sheet.rows.select(pl.concat_str(parts, separator="\x1f").alias("owner"))["owner"]


def _report_open(sheet: Sheet, spec: AmountTable, name: str, rows: pl.Series) -> None:
    """Signs that nothing in the file decides, and how they were read: F11 of kind review, one for the column."""
    if not rows.any():
        return
    line = sheet.line.filter(rows)
    count, lines = len(line), "、".join(str(number) for number in line.head(_SHOWN).to_list())
    zh_more, en_more = (f" 等 {count} 行", f" and others, {count} in all") if count > _SHOWN else (" 行", "")
    by_word = spec.mode == "direction" and spec.against == "direction"
    sheet.log.add(
        "F11",
        line=line[0],
        column=sheet.printed.get(name, name),
        text=sheet.column(name).filter(rows)[0],
        expected=tr("余额或合计能证明的正负号", "a sign that the balance or a printed total proves"),
        hint=tr(
            f"第 {lines}{zh_more}的正负号与众不同，文件里的余额和合计都判断不了："
            f"{'已按收支方向一栏入账' if by_word else '已按通常的写法入账（与该列其他行相反的视为红字冲回）'}，请与平台页面核对",
            f"line {lines}{en_more}: neither balance nor totals decide the sign; "
            f"{'read as the direction says' if by_word else 'read as usual (against the rest of the column: taken back)'};"
            " compare with the page of the platform",
        ),
        kind="review",
    )


def _flags(sheet: Sheet, *, value: bool = False) -> pl.Series:
    return pl.Series([value], dtype=pl.Boolean).new_from_index(0, sheet.rows.height)


def _cells(sheet: Sheet, name: str, currency: str | pl.Series, *, text_after: bool = False) -> pl.Series:
    column = normal_name(name)
    if not sheet.has(column):
        return pl.Series([0] * sheet.rows.height, dtype=pl.Int64)
    return read_amounts(sheet, column, sheet.column(column), currency, text_after=text_after)


def _in_out(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> _Read:
    inward = _cells(sheet, str(spec.in_), currency, text_after=spec.text_after)
    outward = _cells(sheet, str(spec.out), currency, text_after=spec.text_after)
    refused = is_null(inward) | is_null(outward)
    inward, outward = filled(inward, 0), filled(outward, 0)
    both = (inward != 0) & (outward != 0)
    if both.any():
        _report_both(sheet, spec, both)
        refused |= both
    inward, outward = _zero(inward, refused), _zero(outward, refused)
    usual = usual_sign(outward, spec.out_sign)
    odd = outward * usual < 0
    if usual == {"minus": 1, "plus": -1}.get(spec.out_sign):  # every cell has the sign that is not declared
        odd = outward != 0
    doubtful = odd if odd.any() else (inward < 0) | (outward < 0)
    return _Read(inward, outward * -usual, refused, doubtful, odd, normal_name(str(spec.out)))


def _report_both(sheet: Sheet, spec: AmountTable, both: pl.Series) -> None:
    texts = [sheet.column(normal_name(str(side))).filter(both) for side in (spec.in_, spec.out)]
    sheet.log.add_cells(
        "F11",
        sheet.line.filter(both),
        texts[0] + " | " + texts[1],
        column=sheet.printed.get(normal_name(str(spec.out)), str(spec.out)),
        expected=tr("收入、支出只填一个", "either income or expense"),
        hint=tr("同一行收入和支出都有金额：请对照平台页面改正", "both columns hold money: compare with the platform"),
    )


def _zero(amount: pl.Series, where: pl.Series) -> pl.Series:
    return amount.set(where, 0) if where.any() else amount


def _signed(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> _Read:
    """The printed sign, or a word beside the number that says the direction (`in`, `out`: 支出49.00, 1,000.00 CR)."""
    name = normal_name(str(spec.column))
    if not (spec.in_ or spec.out) or not sheet.has(name):
        amount = _cells(sheet, name, currency, text_after=spec.text_after)
        refused = is_null(amount)
        amount = filled(amount, 0)
        if spec.always is not None:
            amount = magnitudes(amount) * (1 if spec.always == "in" else -1)
        return _sure(sheet, amount, refused, name)
    text, sign = _without_words(sheet.column(name), _words(spec.in_), _words(spec.out))
    amount = read_amounts(sheet, name, text, currency, text_after=spec.text_after)
    refused, amount = is_null(amount), filled(amount, 0)
    against = ((amount < 0) & sign.is_not_null()).fill_null(
        value=False
    )  # 支出-5.00: taken back, unless the balance says else
    return _Read(*_sides(amount * filled(sign, 1)), refused, against, against, name)


def _without_words(text: pl.Series, plus: list[str], minus: list[str]) -> tuple[pl.Series, pl.Series]:
    """Cells without the word of direction before or behind their number, and what it says: 1, -1, null without one."""
    signs = {word.upper(): 1 for word in plus} | {word.upper(): -1 for word in minus}
    words = "|".join(re.escape(word) for word in sorted(signs, key=len, reverse=True))
    before = rf"(?i)^\s*({words})\s*[:：]?\s*([¥￥(（+\-－−]*\s*[0-9０-９].*)$"
    behind = rf"(?i)^(.*[0-9０-９)）元\-－−])\s*[(（]?({words})[)）]?\s*$"
    cell = pl.col("text")
    found = (
        text.rename("text")
        .to_frame()
        .select(
            word=pl.coalesce(cell.str.extract(before, 1), cell.str.extract(behind, 2)).str.to_uppercase(),
            bare=pl.coalesce(cell.str.extract(before, 2), cell.str.extract(behind, 1), cell),
        )
    )
    return found["bare"], found["word"].replace_strict(signs, default=None, return_dtype=pl.Int64)


def _columns(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> _Read:
    """The amount is what the columns of the row add up to; columns that the file lacks count 0."""
    total = pl.Series([0], dtype=pl.Int64).new_from_index(0, sheet.rows.height)
    refused = _flags(sheet)
    for name in spec.columns:
        part = _cells(sheet, unsigned(name), currency, text_after=spec.text_after)
        refused |= is_null(part)
        total = total - filled(part, 0) if name.startswith("-") else total + filled(part, 0)
    return _sure(sheet, _zero(total, refused), refused, unsigned(spec.columns[0]))


def _sure(sheet: Sheet, amount: pl.Series, refused: pl.Series, column: str) -> _Read:
    """Amounts whose sign is what is printed."""
    return _Read(*_sides(amount), refused, _flags(sheet), _flags(sheet), normal_name(column))


def _direction(sheet: Sheet, spec: AmountTable, currency: str | pl.Series) -> _Read:
    amount = _cells(sheet, str(spec.column), currency, text_after=spec.text_after)
    refused = is_null(amount)
    amount = filled(amount, 0)
    name = normal_name(str(spec.direction))
    empty = pl.Series([None] * sheet.rows.height, dtype=pl.String)
    words = sheet.column(name) if sheet.has(name) else empty
    sign = _sign_of(words, _words(spec.in_), _words(spec.out))
    unknown = is_null(sign) & (amount != 0) & ~refused
    if spec.printed == "signed":
        _report_words_beside(sheet, spec, name, words, unknown, amount)
        _disagreement(sheet, (amount != 0) & (amount.sign() != sign), name, words)
        return _sure(sheet, amount, refused, str(spec.column))
    amount = _zero(amount, refused)
    amount = amount.zip_with(~unknown, magnitudes(amount))
    sign = filled(sign, 1)
    if spec.against == "back":
        usual_out = usual_sign(amount.filter(sign < 0), "plus" if spec.printed == "unsigned" else "any")
        odd = (amount * sign.replace_strict({1: 1, -1: usual_out})) < 0
        signed = magnitudes(amount) * sign.zip_with(~odd, -sign)
    else:  # 出账 is printed with and without a minus, also in one file; 入账 with a minus says two things
        odd = (amount < 0) & (sign > 0)
        signed = magnitudes(amount) * sign
    doubtful = (odd if odd.any() else amount < 0) | unknown
    inward, outward = (_zero(signed, sign != side) for side in (1, -1))
    return _Read(inward, outward, refused, doubtful, odd, normal_name(str(spec.column)), unknown, words)


def _report_directions(sheet: Sheet, spec: AmountTable, read: _Read, lost: pl.Series) -> None:
    """The words of direction that nobody listed: where the balance or a total proves the sign of their rows, and where the
    rows are left out of all sums."""
    assert read.unknown is not None
    assert read.words is not None
    name, known = normal_name(str(spec.direction)), [*_words(spec.in_), *_words(spec.out)]
    money = read.inward + read.outward
    advice = list_words("in / out", "[amount]")
    proved = tr(
        "收支方向没有登记，余额或合计证明了正负，已按此入账；", "not listed; the balance or a total proves the sign. "
    )
    out = tr(
        "收支方向没有登记，只影响这些行：金额没有计入任何合计，涉及的订单不下结论；",
        "not listed; only these rows: their money is in no sum, and their orders are not judged. ",
    )
    for rows, effect in ((read.unknown & ~lost, proved), (lost, out)):
        report_words(sheet, name, read.words, rows, known, money=money, effect=effect, advice=advice)


def _report_words_beside(
    sheet: Sheet, spec: AmountTable, name: str, words: pl.Series, unknown: pl.Series, amount: pl.Series
) -> None:
    """Words of direction that nobody listed beside amounts that are printed signed."""
    known = [*_words(spec.in_), *_words(spec.out)]
    effect = tr("收支方向没有登记，已按金额的正负号入账；", "not listed; the printed sign is used. ")
    advice = list_words("in / out", "[amount]")
    report_words(sheet, name, words, unknown, known, money=amount, effect=effect, advice=advice)


def _with_marks(sheet: Sheet, spec: AmountTable, read: _Read) -> _Read:
    """A column of its own marks reversals (`[amount] red`): a mark of red print takes an unsigned entry back, any other
    one may stand beside an entry that is printed as it moved. Both are doubtful; the balance decides."""
    rule = spec.red
    if rule is None or not sheet.has(rule.column):
        return read
    mark = sheet.column(rule.column).str.replace_all(r"\s", "")
    red = mark.is_in(rule.red).fill_null(value=False)
    marked = red | (mark.is_not_null() & ~mark.is_in(rule.plain)).fill_null(value=False)
    amount = read.inward + read.outward
    proper = (read.inward >= 0) & (read.outward <= 0)  # not read as taken back by its sign already
    marked &= (amount != 0) & proper
    back = red & marked
    inward, outward = (side.zip_with(~back, -side) for side in (read.inward, read.outward))
    return replace(
        read, inward=inward, outward=outward, doubtful=read.doubtful | marked, told=(read.told & proper) | marked
    )


_READERS = {"in_out": _in_out, "direction": _direction, "columns": _columns, "signed": _signed}


def _sides(amount: pl.Series) -> tuple[pl.Series, pl.Series]:
    return incoming(amount), outgoing(amount)


def _words(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _sign_of(words: pl.Series, plus: list[str], minus: list[str]) -> pl.Series:
    table = {narrow(word): 1 for word in plus} | {narrow(word): -1 for word in minus}
    distinct = words.unique().to_list()
    answer = {word: table.get(narrow(word)) for word in distinct if word is not None}
    if not answer:
        return pl.Series([None] * len(words), dtype=pl.Int64)
    return words.replace_strict(answer, return_dtype=pl.Int64)


def _check_witness(sheet: Sheet, spec: AmountTable, amount: pl.Series, evidence: Evidence) -> pl.Series:
    """Amounts where a second column states the direction too. Where the two disagree the balance and the totals decide;
    what they leave open is F05 and the printed sign stays. An unknown word is F11."""
    witness = spec.witness
    assert witness is not None
    if not sheet.has(witness.column):
        return amount
    words = sheet.column(witness.column)
    sign = _sign_of(words, witness.plus, witness.minus)
    unknown = is_null(sign) & words.is_not_null() & (amount != 0)
    report_words(
        sheet,
        witness.column,
        words,
        unknown,
        [*witness.plus, *witness.minus],
        money=amount,
        effect=tr("收支方向没有登记，已按金额的正负号入账；", "not listed; the printed sign is used. "),
        advice=list_words("witness", "[amount]"),
    )
    wrong = ((amount != 0) & (sign * amount < 0)).fill_null(value=False)
    if not wrong.any():
        return amount
    signs = settle_signs(amount, wrong, evidence)
    _disagreement(sheet, signs.open, witness.column, words)
    return amount.zip_with(~signs.flipped, -amount)


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
