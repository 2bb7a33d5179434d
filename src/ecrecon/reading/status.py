"""Status texts, refund documents and receivable readings of the books side, and words that nobody listed."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.texts import tr
from ecrecon.reading.cells import narrow
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.sheet import Sheet
from ecrecon.settings.profiles import Reading, StateRule, StatusTable, normal_name

# Words of a closed list that nobody listed: one finding per word, about its rows alone (F11 of kind review).

_SHOWN = 5
"""Lines that one message names."""


def report_words(
    sheet: Sheet,
    name: str,
    text: pl.Series,
    where: pl.Series,
    known: list[str],
    *,
    effect: str,
    advice: str,
    money: pl.Series | None = None,
) -> None:
    """One finding per distinct word of `text` (null: nothing printed) in the rows `where`: how many rows, which, and their
    `money` (Int64 minor units, sizes). `effect`: what became of the rows; `advice`: what to do."""
    rows = pl.DataFrame({"line": sheet.line, "word": text.fill_null(""), "where": where.fill_null(value=False)})
    rows = rows.with_columns(money=pl.lit(None, dtype=pl.Int64) if money is None else money.abs()).filter("where")
    words = rows.group_by("word", maintain_order=True).agg(pl.col("line").head(_SHOWN), pl.len(), pl.col("money").sum())
    for word, lines, count, total in words.iter_rows():  # few: words of one column
        sheet.log.add(
            "F11",
            line=lines[0],
            column=sheet.printed.get(name, name),
            text=word,
            expected="、".join(known),
            hint=f"{_which(lines, count)}{_of_money(sheet, None if money is None else total)}{effect}{advice}",
            kind="review",
        )


def _which(lines: list[int], count: int) -> str:
    shown = "、".join(str(line) for line in lines)
    if count > len(lines):
        return tr(f"第 {shown} 等 {count} 行", f"line {shown} and others, {count} rows in all")
    return tr(f"第 {shown} 行（共 {count} 行）", f"line {shown} ({count} rows)")


def _of_money(sheet: Sheet, total: int | None) -> str:
    if total is None:
        return tr("：", ": ")
    currency = currency_of(sheet)
    if not isinstance(currency, str):
        return tr("：", ": ")
    places = 0 if sheet.profile.profile.unit == "fen" else exponent(currency)
    return tr(f"，金额合计 {decimal_text(total, places)}：", f", {decimal_text(total, places)} in all: ")


def list_words(name: str, table: str) -> str:
    """What to do about a word: look it up, and add it to `table` of the profile."""
    return tr(
        f"请在平台上核对这些行，并把这个词登记到格式档案的 {table}（{name}）",
        f"look the rows up on the platform and add the word to {table} of the profile ({name})",
    )


# Status texts, refund documents and receivable readings of the books side.

_SOMETHING = r"[^0.,\s¥￥元-]"
"""A cell that is neither empty nor an amount of zero."""


def read_status(sheet: Sheet, states: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """(state String, printed text String) per row. Unknown or empty text is null and F11, once per text."""
    spec = sheet.profile.status
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, sheet.rows.height)
    if spec is None:
        return nothing, nothing
    if not sheet.has(spec.column):
        return _without_column(sheet, spec), nothing
    text = sheet.column(spec.column)
    if spec.otherwise is not None:
        return _with_others(sheet, spec, text, _lists(spec, states)), text
    effect = tr(
        "状态没有登记，只影响这些行：它们没有状态，未参与核对，其余照常；",
        "the word is not listed; only these rows are without a state and take no part in the checks. ",
    )
    lists = _lists(spec, states)
    return _states(sheet, spec.column, text, lists, empty_is_wrong=True, effect=effect, table_name="[status]"), text


def _without_column(sheet: Sheet, spec: StatusTable) -> pl.Series:
    """The state of each row of a file without status column: as other columns tell it, else `absent`; said in a note."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, sheet.rows.height)
    if spec.absent is None:
        sheet.log.note(tr(f"没有“{spec.column}”列", f"no column {spec.column!r}"))
        return nothing
    there = {state: [name for name in names if sheet.has(name)] for state, names in spec.told_by.items()}
    told = {state: names for state, names in there.items() if names}
    if not told:
        sheet.log.note(
            tr(
                f"没有“{spec.column}”列，每行都按 {spec.absent} 处理",
                f"no column {spec.column!r}: every row counts as {spec.absent}",
            )
        )
        return nothing.fill_null(spec.absent)
    printed = "、".join(sheet.printed.get(name, name) for names in told.values() for name in names)
    sheet.log.note(
        tr(
            f"没有“{spec.column}”列：状态由 {printed} 推断，已关闭的订单看不出来，请重新下载带该列的文件",
            f"no column {spec.column!r}: states follow from {printed}; closed orders cannot be told",
        )
    )
    answer = pl.lit(spec.absent)
    for state, names in reversed(told.items()):
        held = pl.any_horizontal(pl.col(name).str.contains(_SOMETHING).fill_null(value=False) for name in names)
        answer = pl.when(held).then(pl.lit(state)).otherwise(answer)
    return sheet.rows.select(answer.alias("state")).to_series()


def _with_others(sheet: Sheet, spec: StatusTable, text: pl.Series, lists: dict[str, list[str]]) -> pl.Series:
    """Texts on no list, and empty ones, take the state `otherwise`: said in a note, no finding."""
    table = {narrow(word): state for state, words in lists.items() for word in words}
    distinct = text.unique().drop_nulls().sort().to_list()
    others = [word for word in distinct if narrow(word) not in table]
    if others:
        words = "、".join(others[:5])
        sheet.log.note(
            tr(f"未登记的状态按 {spec.otherwise} 处理：{words}", f"unlisted states count as {spec.otherwise}: {words}")
        )
    answer = {word: table.get(narrow(word), str(spec.otherwise)) for word in distinct}
    read = text.replace_strict(answer, return_dtype=pl.String) if answer else text
    return read.fill_null(spec.otherwise)


def read_settle_state(sheet: Sheet, rule: StateRule, money: pl.Series) -> pl.Series:
    """settled, pending or void per row by `[rows] state`; without the column every row is settled, and that is said.

    A word that is not listed is settled as far as the row prints money, and is told with its `money` (minor units).
    """
    if not sheet.has(rule.column) and rule.empty is not None:
        return pl.Series([rule.empty], dtype=pl.String).new_from_index(0, sheet.rows.height)
    settled = pl.Series(["settled"], dtype=pl.String).new_from_index(0, sheet.rows.height)
    if not sheet.has(rule.column):
        sheet.log.note(
            tr(f"没有“{rule.column}”列，全部按已结算处理", f"no column {rule.column!r}: all rows are taken as settled")
        )
        return settled
    text = sheet.column(rule.column)
    lists = {"settled": rule.settled, "pending": rule.pending, "void": rule.void}
    empty = pl.Series([rule.empty or "settled"], dtype=pl.String).new_from_index(0, len(text))
    if rule.filled is not None:
        return (
            pl.Series([rule.filled], dtype=pl.String).new_from_index(0, len(text)).zip_with(text.is_not_null(), empty)
        )
    effect = tr(
        "结算状态没有登记，只影响这些行：暂按已结算计入；",
        "the word is not listed; only these rows: counted as settled. ",
    )
    states = _states(
        sheet, rule.column, text, lists, empty_is_wrong=False, effect=effect, table_name="[rows] state", money=money
    )
    return states.zip_with(states.is_not_null() | text.is_not_null(), empty).fill_null("settled")


def _lists(spec: StatusTable, states: tuple[str, ...]) -> dict[str, list[str]]:
    return {state: list(getattr(spec, state)) for state in states}


def _states(
    sheet: Sheet,
    name: str,
    text: pl.Series,
    lists: dict[str, list[str]],
    *,
    empty_is_wrong: bool,
    effect: str,
    table_name: str,
    money: pl.Series | None = None,
) -> pl.Series:
    table = {narrow(word): state for state, words in lists.items() for word in words}
    known = [word for words in lists.values() for word in words]
    distinct = text.unique().drop_nulls().sort().to_list()
    answer = {word: table.get(narrow(word)) for word in distinct}
    unknown = text.is_in([word for word in distinct if answer[word] is None]).fill_null(value=empty_is_wrong)
    report_words(sheet, name, text, unknown, known, money=money, effect=effect, advice=list_words(name, table_name))
    if not answer:
        return text
    return text.replace_strict(answer, return_dtype=pl.String)


def read_reading(sheet: Sheet, reading: Reading) -> tuple[pl.Series, pl.Series]:
    """(cash, platform) of one `[[receivable.reading]]`, Int64 minor units.

    Cash is null where none of its columns is in the file, or all of its cells of the row are empty. Platform counts 0
    where its columns are missing; a subtraction of which a part is missing or empty counts 0 as well.
    """
    cash = _sum(sheet, reading.cash, empty_is_null=True)
    platform = _sum(sheet, reading.platform, empty_is_null=False).fill_null(0)
    if reading.once_per:
        first = _first_of(sheet, reading.once_per)
        cash = _only(cash, first)
        platform = _only(platform, first)
    return cash, platform


def _sum(sheet: Sheet, names: list[str], *, empty_is_null: bool) -> pl.Series:
    nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, sheet.rows.height)
    signed = [(-1, normal_name(name[1:])) if name.startswith("-") else (1, normal_name(name)) for name in names]
    there = [(sign, name) for sign, name in signed if sheet.has(name)]
    subtracts = any(sign < 0 for sign, _ in signed)
    if not there or (subtracts and len(there) < len(signed)):
        return nothing
    currency = currency_of(sheet)
    parts = [
        sign * read_amounts(sheet, n, sheet.column(n), currency, text_after=True).fill_null(0) for sign, n in there
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    filled = [pl.col(name).is_not_null() for _, name in there]
    if subtracts:
        known = sheet.rows.select(pl.all_horizontal(filled)).to_series()
    elif empty_is_null:
        known = sheet.rows.select(pl.any_horizontal(filled)).to_series()
    else:
        return total
    return total.zip_with(known, nothing)


def _first_of(sheet: Sheet, key: str) -> pl.Series:
    """First row of each value of `key`, a canonical field or a column; rows without value count as first."""
    spec = sheet.profile.fields.get(key)
    name = spec.from_[0].column if spec else normal_name(key)
    column = sheet.column(name) if sheet.has(name) else None
    if column is None:
        return pl.Series([True], dtype=pl.Boolean).new_from_index(0, sheet.rows.height)
    return column.is_first_distinct() | column.is_null()


def _only(amount: pl.Series, first: pl.Series) -> pl.Series:
    zero = pl.Series([0], dtype=pl.Int64).new_from_index(0, len(amount))
    return amount.zip_with(first | amount.is_null(), zero)
