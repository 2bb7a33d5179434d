"""Money cells of a sheet: number format of the file, currency exponent, F11 for what does not fit exactly."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import EXPONENTS, LARGEST, exponent, read_money, read_numbers
from ecrecon.base.texts import tr
from ecrecon.reading.currency import currency_codes, currency_column
from ecrecon.reading.sheet import Sheet


def currency_of(sheet: Sheet) -> str | pl.Series:
    """As `Sheet.currency`."""
    return sheet.currency


def report_currencies(sheet: Sheet) -> None:
    """F11 for each cell of the currency column that names none; the amounts of its row are null."""
    name = currency_column(sheet.profile)
    if name is None or not sheet.has(name) or (isinstance(sheet.currency, str) and not sheet.column(name).has_nulls()):
        return
    unknown = ~currency_codes(sheet.column(name)).is_in(list(EXPONENTS)).fill_null(value=True)
    sheet.log.add_cells(
        "F11",
        sheet.line.filter(unknown),
        sheet.column(name).filter(unknown),
        column=sheet.printed[name],
        expected=tr("币种，例如 CNY、人民币", "a currency such as CNY"),
        hint=tr("请核对该行的币种；该行金额未计入", "check the currency of the row; its amounts were not counted"),
    )


def read_amounts(
    sheet: Sheet, name: str, text: pl.Series, currency: str | pl.Series, *, text_after: bool = False
) -> pl.Series:
    """Clean text of column `name` -> Int64 minor units; empty is 0; refused cells are null and F11."""
    plain = _plain_number(sheet, text)
    if isinstance(currency, str):
        read = read_money(plain, _decimals(sheet, currency), text_after=text_after)
    else:
        read = _by_currency(sheet, plain, currency, text_after=text_after)
    read = _rounded(sheet, name, plain, currency, read)
    bad = read["bad"]
    if bad.any():
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(bad),
            text.filter(bad),
            column=sheet.printed.get(name, name),
            expected=tr("金额，例如 1,234.56", "an amount such as 1,234.56"),
            hint=_advice(text.filter(bad)),
        )
    if text_after:
        _list_tails(sheet, name, read)
    return read["minor"]


def _advice(refused: pl.Series) -> str:
    """What to do about refused cells; numbers that are too large are told apart from what is no number."""
    if refused.str.replace_all(r"[,，\s]", "").str.contains(rf"^[+-]?\d{{{len(str(LARGEST)) - 2},}}(\.\d*)?$").any():
        return tr(
            "数字大于 10 万亿，不是金额：检查是否错列或混入了单号，再改正或重新下载",
            "larger than any amount (10^13): is the column shifted, or is it an order number? correct it or download it again",
        )
    if refused.str.contains(r"^[+-]?\d+\.\d*(?:0{5,}|9{5,})\d{0,2}$").any():
        return tr(
            "像是程序计算留下的二进制误差（例如 62.89999999999998 应为 62.90）：文本文件里的金额不作四舍五入，请用原始文件，"
            "或把该列保留两位小数后重新导出",
            "looks like noise of binary numbers (62.89999999999998 for 62.90): amounts of text files are never rounded; use the "
            "original file, or export the column with two decimals",
        )
    return tr("请改正该单元格或重新下载", "correct the cell or download the file again")


def _rounded(sheet: Sheet, name: str, text: pl.Series, currency: str | pl.Series, read: pl.DataFrame) -> pl.DataFrame:
    """`read` with the refused cells that a spreadsheet stores as numbers rounded by the gate's own rule, where all rows
    share one exponent."""
    numeric = sheet.stored_as_number(name.removesuffix("*"))
    codes = [currency] if isinstance(currency, str) else currency.unique().to_list()
    exponents = {_decimals(sheet, code) for code in codes if code in EXPONENTS}
    if numeric is None or len(numeric) != len(text) or len(exponents) != 1 or not (read["bad"] & numeric).any():
        return read
    number = read_numbers(text, exponents.pop())
    near = read["bad"] & numeric & number.is_not_null()
    return read.with_columns(read["minor"].zip_with(~near, number), read["bad"] & ~near)


def _decimals(sheet: Sheet, currency: str) -> int:
    return 0 if sheet.profile.profile.unit == "fen" else exponent(currency)


def _by_currency(sheet: Sheet, text: pl.Series, currency: pl.Series, *, text_after: bool) -> pl.DataFrame:
    """Each currency with its own exponent; an unknown code makes the cell unreadable."""
    codes = currency.unique().to_list()
    if len(codes) == 1 and codes[0] in EXPONENTS:
        return read_money(text, _decimals(sheet, codes[0]), text_after=text_after)
    parts = []
    frame = pl.DataFrame({"text": text, "currency": currency}).with_row_index("row")
    for (code,), rows in frame.group_by("currency", maintain_order=True):
        if isinstance(code, str) and code in EXPONENTS:
            read = read_money(rows["text"], _decimals(sheet, code), text_after=text_after)
        else:
            nothing = pl.DataFrame(schema={"minor": pl.Int64, "bad": pl.Boolean, "tail": pl.String})
            read = nothing.clear(rows.height).with_columns(pl.col("bad").fill_null(value=False))
        parts.append(read.with_columns(rows["row"]))
    if not parts:
        return read_money(text)
    return pl.concat(parts).sort("row").drop("row")


def _plain_number(sheet: Sheet, text: pl.Series) -> pl.Series:
    """Numbers such as `1.234,56` in the plain form, where the profile allows them and the file prints them.

    One format per file: where a profile allows both, the column that shows `,dd` at the end decides.
    """
    formats = sheet.profile.file.number
    if "1.234,56" not in formats:
        return text
    if "1,234.56" in formats and not text.str.contains(r",\d{1,2}$|^-?\d{1,3}(\.\d{3})+$").any():
        return text
    return text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)


def _list_tails(sheet: Sheet, name: str, read: pl.DataFrame) -> None:
    if read["tail"].null_count() < read.height:
        tails = read["tail"].is_not_null()
        lines, texts = sheet.line.filter(tails).head(3).to_list(), read["tail"].filter(tails).head(3).to_list()
        first = "、".join(f"{line}: {tail}" for line, tail in zip(lines, texts, strict=True))
        label = sheet.printed.get(name, name)
        sheet.log.note(
            tr(
                f"“{label}”有 {tails.sum()} 个单元格在数字后带文字（行 {first}）",
                f"{tails.sum()} cells of {label!r} carry text after the number (line {first})",
            )
        )
