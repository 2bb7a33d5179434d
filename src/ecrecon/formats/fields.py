"""`[fields]`: canonical columns from the clean columns of a sheet."""

from __future__ import annotations

import polars as pl

from ecrecon.formats.cells import damaged_id, rounded_id, tidy_id
from ecrecon.formats.dates import patterns, read_times
from ecrecon.formats.numbers import currency_of, read_amounts
from ecrecon.formats.sheet import Sheet
from ecrecon.messages import tr
from ecrecon.money import parse_money, read_money
from ecrecon.profiles import FieldSource, FieldSpec

_FEW = 0.5
_CERTAIN_SHARE, _CERTAIN_COUNT = 0.9, 5
_PPM_DIGITS = 6


def read_fields(sheet: Sheet) -> pl.DataFrame:
    """Canonical columns of the profile whose columns the file has, one row per data row.

    Texts and ids are String, times schema.TIME, money `<name>_minor` Int64, counts Int64, rates Int64 parts per
    million. Damaged ids (F04) and unreadable cells (F11) are null and reported.
    """
    out: dict[str, pl.Series] = {}
    for name, spec in sheet.profile.fields.items():
        sources = [source for source in spec.from_ if sheet.has(source.column)]
        if not sources:
            continue
        if spec.prefer_unique:
            sources = [_most_distinct(sheet, sources)]
        target = f"{name.removesuffix('_minor')}_minor" if spec.as_ == "money" else name
        out[target] = _read(sheet, spec, sources).alias(target)
    return pl.DataFrame(list(out.values())) if out else pl.DataFrame(height=sheet.rows.height)


def fields_present(sheet: Sheet) -> tuple[str, ...]:
    """Canonical names of the fields whose column the file has."""
    fields = sheet.profile.fields
    return tuple(name for name, spec in fields.items() if any(sheet.has(source.column) for source in spec.from_))


def _read(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource]) -> pl.Series:
    match spec.as_:
        case "id":
            return _text(sheet, spec, sources, _checked_ids(sheet, sources))
        case "text":
            return _text(sheet, spec, sources, sheet.rows)
        case "money":
            return _money(sheet, spec, sources)
        case "datetime" | "date":
            return _times(sheet, spec, sources)
        case _:
            return _number(sheet, spec, sources)


def _text(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource], rows: pl.DataFrame) -> pl.Series:
    answers = [_answer(spec, source) for source in sources]
    if spec.join is not None:
        text = rows.select(pl.concat_str(answers, separator=spec.join, ignore_nulls=True).alias("text"))["text"]
        text = text.to_frame().select(pl.when(pl.col("text") != "").then("text").alias("text"))["text"]
    else:
        text = first_filled(rows, answers)
    if spec.fill == "down":
        text = text.forward_fill()
    if spec.map:
        text = _mapped(text, spec.map)
    return text


def _answer(spec: FieldSpec, source: FieldSource) -> pl.Expr:
    """What one column answers: null tokens of the field removed, the extracts applied."""
    text = pl.col(source.column)
    if spec.null:
        text = pl.when(~text.is_in(spec.null)).then(text)
    if source.extract:
        text = text.str.extract(source.extract, 1)
    if spec.extract:
        text = text.str.extract(spec.extract, 1)
    return pl.when(text != "").then(text)


def first_filled(rows: pl.DataFrame, answers: list[pl.Expr]) -> pl.Series:
    """Per row the first answer that is not null. Later answers are worked out for the open rows only."""
    found = rows.select(answers[0].alias("text"))["text"]
    for answer in answers[1:]:
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


def _checked_ids(sheet: Sheet, sources: list[FieldSource]) -> pl.DataFrame:
    """The id columns without the ids that a spreadsheet destroyed (F04)."""
    rows = sheet.rows.select({source.column: None for source in sources}.keys())
    for name in rows.columns:
        column = pl.col(name)
        numeric = sheet.stored_as_number(name)
        flag = None if numeric is None else pl.lit(numeric)
        suspect = rows.select(column.str.contains("E", literal=True).any()).item() or numeric is not None
        damaged = rows.select(damaged_id(column, flag)).to_series() if suspect else None
        if damaged is not None and damaged.any():
            sheet.log.add_cells(
                "F04",
                sheet.line.filter(damaged),
                rows[name].filter(damaged),
                column=sheet.printed[name],
                expected=tr("完整的单号文本", "the whole id as text"),
                hint=_hint_id(),
            )
            rows = rows.with_columns(pl.when(~pl.lit(damaged)).then(column).alias(name))
        rows = rows.with_columns(tidy_id(column).alias(name))
        _rounded(sheet, rows, name)
    return rows


def _rounded(sheet: Sheet, rows: pl.DataFrame, name: str) -> None:
    """Long ids that end in 0000: one in ten thousand is chance, nearly all of them is 15-digit rounding."""
    long = rows.select(pl.col(name).filter(pl.col(name).str.len_bytes() >= 18).unique())
    ending = long.filter(rounded_id(pl.col(name))).height
    if ending < 3:
        return
    if long.height >= _CERTAIN_COUNT and ending >= _CERTAIN_SHARE * long.height:
        example = str(long.filter(rounded_id(pl.col(name)))[name].min())
        sheet.log.add(
            "F04",
            column=sheet.printed[name],
            text=f"{example} …",
            hint=_hint_id(),
            expected=tr(f"{ending}/{long.height} 个单号末尾为 0000", f"{ending} of {long.height} ids end in 0000"),
        )
    elif ending * 20 > long.height:
        sheet.log.note(
            tr(
                f"“{sheet.printed[name]}”有 {ending} 个长单号以 0000 结尾，可能被 Excel 改写",
                f"{ending} long ids of {sheet.printed[name]!r} end in 0000: possibly rewritten by Excel",
            )
        )


def _hint_id() -> str:
    return tr(
        "该文件被 Excel 打开并另存过：请重新下载，直接使用原始文件",
        "the file was opened and saved in Excel: download it again and use the original",
    )


def _times(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource]) -> pl.Series:
    tried = patterns(spec.dates, sheet.profile.file.dates)
    text = _text(sheet, spec, sources, sheet.rows)
    plain = len(sources) == 1 and not (spec.extract or sources[0].extract)
    numeric = sheet.stored_as_number(sources[0].column) if plain else None
    times, bad = read_times(text, tried, sheet.profile.file.zone, numeric)
    if bad.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(bad),
            text.filter(bad),
            column=sheet.printed[sources[0].column],
            expected=tr("日期时间，例如 2026-05-01 10:00:00", "a time such as 2026-05-01 10:00:00"),
            hint=tr("请改正该单元格或重新下载", "correct the cell or download the file again"),
        )
    return times


def _money(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource]) -> pl.Series:
    filled = [source.column for source in sources]
    text = first_filled(sheet.rows, [pl.col(name) for name in filled])
    return read_amounts(sheet, filled[0], text, currency_of(sheet), text_after=spec.text_after)


def _number(sheet: Sheet, spec: FieldSpec, sources: list[FieldSource]) -> pl.Series:
    """Whole counts, or rates in parts per million (`0.05` and `5%` are 50000); empty stays null."""
    text = _text(sheet, spec, sources, sheet.rows)
    if spec.as_ == "int":
        read = read_money(text)
        whole = pl.col("minor") % 100 == 0
        read = read.select(pl.when(whole).then(pl.col("minor") // 100).alias("minor"), pl.col("bad") | ~whole)
        expected = tr("整数", "a whole number")
    else:
        percent = text.str.ends_with("%")
        as_rate = parse_money(pl.col("t"), _PPM_DIGITS)
        as_percent = parse_money(pl.col("t").str.strip_chars_end("% "), _PPM_DIGITS - 2)
        read = (
            text.alias("t")
            .to_frame()
            .select(pl.when(pl.lit(percent)).then(as_percent).otherwise(as_rate).alias("read"))
            .unnest("read")
        )
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
