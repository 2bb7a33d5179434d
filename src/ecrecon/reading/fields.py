"""`[fields]`: canonical columns from the clean columns of a sheet."""

from __future__ import annotations

import re

import polars as pl

from ecrecon.base.money import read_money
from ecrecon.base.texts import tr
from ecrecon.reading.cells import damaged_id, rounded_id, shown, tidy_id
from ecrecon.reading.coverage import report_times, span_of
from ecrecon.reading.dates import is_no_day, patterns, read_times
from ecrecon.reading.findings import REPLACEMENT, formula_hint
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.sheet import Sheet
from ecrecon.settings.profiles import FieldSource, FieldSpec

_FEW = 0.5
_CERTAIN_SHARE, _CERTAIN_COUNT = 0.9, 5
_SUSPECT_SHARE, _SUSPECT_COUNT = 0.05, 3
_PPM_DIGITS = 6


def read_fields(sheet: Sheet) -> pl.DataFrame:
    """Canonical columns of the profile whose columns the file has, one row per data row.

    Texts and ids are String, times schema.TIME, money `<name>_minor` Int64, counts Int64, rates Int64 parts per
    million. Damaged ids (F04) and unreadable cells (F11) are null and reported.
    """
    used = {name: _sources(sheet, spec) for name, spec in sheet.profile.fields.items()}
    used = {name: sources for name, sources in used.items() if sources}
    texts = _texts(sheet, used)
    out: list[pl.Series] = []
    for name, sources in used.items():
        spec = sheet.profile.fields[name]
        match spec.as_:
            case "id" | "text":
                out.append(texts[name].alias(name))
            case "datetime" | "date":
                out.append(_times(sheet, name, spec, sources, texts[name]).alias(name))
            case "money":
                out.append(_money(sheet, spec, sources).alias(f"{name.removesuffix('_minor')}_minor"))
            case _:
                out.append(_number(sheet, spec, sources, texts[name]).alias(name))
    return pl.DataFrame(out) if out else pl.DataFrame(height=sheet.rows.height)


def _sources(sheet: Sheet, spec: FieldSpec) -> list[FieldSource]:
    """The entries of `from` whose columns the file has."""
    sources = [source for source in spec.from_ if all(sheet.has(name) for name in (source.column, *source.when))]
    return [_most_distinct(sheet, sources)] if spec.prefer_unique and sources else sources


def fields_present(sheet: Sheet) -> tuple[str, ...]:
    """Canonical names of the fields whose column the file has."""
    fields = sheet.profile.fields
    return tuple(name for name, spec in fields.items() if any(sheet.has(source.column) for source in spec.from_))


def _texts(sheet: Sheet, used: dict[str, list[FieldSource]]) -> dict[str, pl.Series]:
    """The text of every field but money, before it is read as a time or number."""
    fields = sheet.profile.fields
    rows, checked = _checked_ids(sheet, used)
    answers: dict[str, list[pl.Expr]] = {}
    for name, sources in used.items():
        spec = fields[name]
        if spec.as_ == "money":
            continue
        columns = checked if spec.as_ == "id" else {}
        found = [_answer(spec, source, columns.get(source.column, source.column)) for source in sources]
        if spec.join is not None:
            joined = pl.concat_str(found, separator=spec.join, ignore_nulls=True)
            found = [pl.when(joined != "").then(joined)]
        answers[name] = found
    first = rows.select(found[0].alias(name) for name, found in answers.items())  # side by side on the cores
    out = {}
    for name, found in answers.items():
        text = _filled(rows, first[name], found[1:])
        text = text.forward_fill() if fields[name].fill == "down" else text
        out[name] = shown(_mapped(text, fields[name].map) if fields[name].map else text)
    return out


def _answer(spec: FieldSpec, source: FieldSource, column: str) -> pl.Expr:
    """What one column answers: null tokens of the field removed, the extracts applied."""
    text = pl.col(column)
    if source.when:
        text = pl.when(pl.all_horizontal(pl.col(name).is_in(texts) for name, texts in source.when.items())).then(text)
    if spec.null:
        text = pl.when(~text.is_in(spec.null)).then(text)
    if source.extract:
        text = text.str.extract(ascii_digits(source.extract), 1)
    if spec.extract:
        text = text.str.extract(ascii_digits(spec.extract), 1)
    return pl.when(text != "").then(text) if source.extract or spec.extract else text


def ascii_digits(regex: str) -> str:
    r"""`regex` with `\d` as 0 to 9 alone, as ids and dates are printed; half the time of all Unicode digits."""
    return re.sub(r"\\(.)", lambda m: {"d": "[0-9]", "D": "[^0-9]"}.get(m.group(1), m.group(0)), regex)


def _filled(rows: pl.DataFrame, found: pl.Series, later: list[pl.Expr]) -> pl.Series:
    """Per row the first answer that is not null. Later answers are worked out for the open rows only."""
    for answer in later:
        if not found.has_nulls():
            break
        open_ = found.is_null()
        left = open_.sum()
        if left == 0:
            break
        if left > _FEW * len(found):
            found = rows.select(pl.coalesce(found, answer).alias("text"))["text"]
        else:
            found = found.scatter(open_.arg_true(), rows.filter(open_).select(answer.alias("text"))["text"])
    return found


def _mapped(text: pl.Series, table: dict[str, str]) -> pl.Series:
    """Text that contains a key becomes the key's value, first key wins; other text stays."""
    distinct = text.unique().drop_nulls()
    answer = {t: next((value for key, value in table.items() if key in t), t) for t in distinct.to_list()}
    return text.replace_strict(answer, return_dtype=pl.String) if answer else text


def _most_distinct(sheet: Sheet, sources: list[FieldSource]) -> FieldSource:
    """The first column whose filled cells are all distinct, else the first."""
    for source in sources:
        filled = sheet.column(source.column).drop_nulls()
        if len(filled) and filled.n_unique() == len(filled):
            return source
    return sources[0]


def _checked_ids(sheet: Sheet, used: dict[str, list[FieldSource]]) -> tuple[pl.DataFrame, dict[str, str]]:
    """Rows with checked copies of the id columns that need one, and id column -> its checked copy.

    Ids that a spreadsheet destroyed are reported (F04) and null in the copy; `123.0` is `123` there.
    """
    fields = sheet.profile.fields
    columns = list(dict.fromkeys(s.column for n, sources in used.items() if fields[n].as_ == "id" for s in sources))
    if not columns or sheet.rows.is_empty():
        return sheet.rows, {}
    signs = sheet.rows.select(
        *(pl.col(name).str.contains(r"[eE]\+?[0-9]{1,3}$").any().alias(f"e:{name}") for name in columns),
        *(pl.col(name).str.ends_with(".0").any().alias(f"f:{name}") for name in columns),
        *(pl.col(name).str.ends_with("0000").sum().alias(f"r:{name}") for name in columns),
        *(pl.col(name).str.starts_with("=").any().alias(f"u:{name}") for name in columns),
    ).row(0, named=True)
    copies: dict[str, pl.Expr] = {}
    undecodable = sheet.log.has("F03")
    for name in columns:
        numeric = sheet.stored_as_number(name)
        column = pl.col(name)
        if undecodable:  # told with its cell already; half an id is none
            column = pl.when(~column.str.contains(REPLACEMENT, literal=True)).then(column)
        if signs[f"u:{name}"]:
            unvalued = sheet.rows.select(column.str.starts_with("=").fill_null(value=False)).to_series()
            _report_unvalued(sheet, name, unvalued)
            column = pl.when(~pl.lit(unvalued)).then(column)
        if signs[f"e:{name}"] or numeric is not None:
            damaged = sheet.rows.select(damaged_id(column, None if numeric is None else pl.lit(numeric))).to_series()
            _report_damaged(sheet, name, damaged)
            if damaged.any():
                column = pl.when(~pl.lit(damaged)).then(column)
        if signs[f"f:{name}"]:
            column = tidy_id(column)
        copies[name] = column
        if (signs[f"r:{name}"] or 0) >= _SUSPECT_COUNT:
            _report_rounded(sheet, name)
    changed = {name: copy for name, copy in copies.items() if copy.meta.ne(pl.col(name))}
    if not changed:
        return sheet.rows, {}
    rows = sheet.rows.with_columns(copy.alias(f"id:{name}") for name, copy in changed.items())
    return rows, {name: f"id:{name}" for name in changed}


def _report_damaged(sheet: Sheet, name: str, damaged: pl.Series) -> None:
    sheet.log.add_cells(
        "F04",
        sheet.line.filter(damaged),
        sheet.column(name).filter(damaged),
        column=sheet.printed[name],
        expected=tr("完整的单号文本", "the whole id as text"),
        hint=_hint_id(),
    )


def _report_unvalued(sheet: Sheet, name: str, unvalued: pl.Series) -> None:
    """A formula without its result where an id should stand."""
    sheet.log.add_cells(
        "F11",
        sheet.line.filter(unvalued),
        sheet.column(name).filter(unvalued),
        column=sheet.printed[name],
        expected=tr("完整的单号文本", "the whole id as text"),
        hint=formula_hint(),
    )


def _report_rounded(sheet: Sheet, name: str) -> None:
    """Long ids that end in 0000: one in ten thousand is chance, nearly all of them is 15-digit rounding."""
    texts = sheet.column(name)
    if len(texts.filter(texts.str.ends_with("0000"))) <= _SUSPECT_SHARE * texts.drop_nulls().len():
        return
    long = sheet.rows.select(pl.col(name).filter(pl.col(name).str.len_bytes() >= 18).unique())
    ending = long.filter(rounded_id(pl.col(name)))
    if ending.height < _SUSPECT_COUNT:
        return
    if long.height >= _CERTAIN_COUNT and ending.height >= _CERTAIN_SHARE * long.height:
        sheet.log.add(
            "F04",
            column=sheet.printed[name],
            text=f"{ending[name].min()!s} … {ending.height}/{long.height}",
            expected=tr(
                f"{ending.height}/{long.height} 个单号末尾为 0000", f"{ending.height}/{long.height} end in 0000"
            ),
            hint=_hint_id(),
        )
    elif ending.height > _SUSPECT_SHARE * long.height:
        sheet.log.note(
            tr(
                f"“{sheet.printed[name]}”有 {ending.height} 个长单号以 0000 结尾，可能被 Excel 改写",
                f"{ending.height} long ids of {sheet.printed[name]!r} end in 0000: possibly rewritten by Excel",
            )
        )


def _hint_id() -> str:
    return tr(
        "该文件被 Excel 打开并另存过：请重新下载，直接使用原始文件",
        "the file was opened and saved in Excel: download it again and use the original",
    )


def _times(sheet: Sheet, name: str, spec: FieldSpec, sources: list[FieldSource], text: pl.Series) -> pl.Series:
    tried = patterns(spec.dates, sheet.profile.file.dates)
    plain = len(sources) == 1 and not (spec.extract or sources[0].extract)
    numeric = sheet.stored_as_number(sources[0].column) if plain else None
    times, bad = read_times(text, tried, sheet.profile.file.zone, numeric, lambda: span_of(sheet))
    if name != "occurred_at" and bad.any():
        bad &= ~is_no_day(text)  # 1970-01-01 says that it has not happened
    if bad.any() and all(source.column in _id_columns(sheet) for source in sources):
        column = sheet.printed[sources[0].column]
        sheet.log.note(
            tr(f"{bad.sum()} 个“{column}”中没有可读的日期", f"{bad.sum()} cells of {column!r} hold no readable date")
        )
    elif bad.any():
        report_times(sheet, sheet.printed[sources[0].column], sheet.line.filter(bad), text.filter(bad))
    return times


def _id_columns(sheet: Sheet) -> set[str]:
    """Columns that hold ids: a date that cannot be read out of an id is no fault of the file."""
    specs = sheet.profile.fields.values()
    return {source.column for spec in specs if spec.as_ == "id" for source in spec.from_}


def _money(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource]) -> pl.Series:
    answers = [_answer(spec, source, source.column) for source in sources]
    text = _filled(sheet.rows, sheet.rows.select(answers[0].alias("text"))["text"], answers[1:])
    return read_amounts(sheet, sources[0].column, text, currency_of(sheet), text_after=spec.text_after)


def _number(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource], text: pl.Series) -> pl.Series:
    """Whole counts, or rates in parts per million (`0.05` and `5%` are 50000); empty stays null."""
    if spec.as_ == "int":
        read = read_money(text)
        whole = pl.col("minor") % 100 == 0
        read = read.select(pl.when(whole).then(pl.col("minor") // 100).alias("minor"), pl.col("bad") | ~whole)
        expected = tr("整数", "a whole number")
    else:
        read = read_money(text, _PPM_DIGITS)
        percent = text.str.ends_with("%").fill_null(value=False)
        if percent.any():
            parts = read_money(text.str.strip_chars_end("% "), _PPM_DIGITS - 2)
            read = read.select(column.zip_with(~percent, parts[column.name]) for column in read)
        expected = tr("费率，例如 0.05 或 5%", "a rate such as 0.05 or 5%")
    bad = read["bad"].fill_null(value=False)
    if bad.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(bad),
            text.filter(bad),
            column=sheet.printed[sources[0].column],
            expected=expected,
            hint=tr("请改正该单元格或重新下载", "correct the cell or download the file again"),
        )
    return read.select(pl.when(pl.lit(text.is_not_null())).then("minor").alias("minor"))["minor"]
