"""The one gate between text and money. Inside: integer minor units. No float touches money.

Text enters through `parse_money` (vectorised) or `minor_from_text` (one value) and leaves through
`decimal_expr` / `decimal_text`. The gate strips what bills print beside digits (docs/reading.md "Cells"), refuses
what does not fit exactly, never rounds and never turns non-empty text into null silently.
Spreadsheet numbers, the only floats there are, enter and leave here too.
"""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl

from ecrecon.base.errors import ConfigError

EXPONENTS: dict[str, int] = {
    code: decimals
    for decimals, codes in (
        (2, "CNY HKD USD EUR GBP AUD CAD SGD MYR THB PHP IDR MXN BRL INR AED SAR SEK PLN TRY TWD NZD CHF "
            "AMD ARS AZN BAM BDT BGN BND BOB BYN COP CRC CZK DKK DOP DZD EGP ETB FJD GEL GHS GTQ HNL HUF ILS JMD KES KGS KHR "
            "KZT LAK LBP LKR MAD MDL MKD MMK MNT MOP MUR MVR MZN NAD NGN NIO NOK NPR PAB PEN PGK PKR QAR RON RSD RUB TTD "
            "TZS UAH UYU UZS VES XCD YER ZAR ZMW"),
        (0, "JPY KRW VND CLP ISK PYG RWF UGX VUV XAF XOF XPF BIF DJF GNF KMF"),
        (3, "KWD BHD OMR JOD IQD LYD TND"),
    )
    for code in codes.split()
}  # fmt: skip
"""ISO 4217 exponents."""

NULL_TOKENS: tuple[str, ...] = ("", "-", "--", "/", "无", "无退款申请", "暂无数据", "null", "NULL", "None")
"""Cells that mean "nothing": 0 in a money column, null elsewhere (docs/reading.md "Cells")."""

_STRIP = r"[¥￥元\s\u00a0\u3000\ufeff]"
_GROUPED = r"^[+-]?\d{1,3}([,，]\d{3})+(\.\d*)?$"
_WIDE = {chr(0xFF10 + digit): str(digit) for digit in range(10)} | {"．": "."}
_MINUS = "[－−﹣–—]"
_BRACKETS = r"^[(（]([^()（）+-]+)[)）]$"
_MINUS_AFTER = r"^([^()+-]+)-$"
_PLAIN = r"^[+-]?\d+(\.\d*)?$|^[+-]?\.\d+$"
_TEXT_AFTER = r"^\s*([+-]?[\d,]*\.?\d+)\s+(\D.*)$"
_FLOAT_TOLERANCE = 1e-6
_FEW_CELLS = 512
_READ = {"minor": pl.Int64, "bad": pl.Boolean, "tail": pl.String}
LARGEST = 10**15
"""Minor units of the largest amount that is one: ten thousand billion yuan. What prints more is a number in the wrong column
or a damaged cell, and a few of them would no longer fit a sum."""
SUMMABLE = 2**60
"""Σ |amounts| up to which sums, differences and doubles of amounts fit Int64 whatever is added to what."""

# The same rules for single cells. White space is Unicode's White_Space, as the expressions have it; digits are ASCII or
# full-width: what other digits print is refused by both.
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_STRIP_ONE = str.maketrans("", "", f"¥￥元\ufeff{_BLANKS}")
_MINUS_ONE = str.maketrans({**dict.fromkeys("－−﹣–—", "-"), **_WIDE})
_COMMAS_ONE = str.maketrans("", "", ",，")
_GROUPED_ONE = re.compile(r"[+-]?[0-9]{1,3}(?:[,，][0-9]{3})+(?:\.[0-9]*)?")
_RED_ONE = re.compile(r"[(（]([^()（）+-]+)[)）]|([^()+-]+)-")
_PLAIN_ONE = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))")
_TEXT_AFTER_ONE = re.compile(rf"([+-]?[\d,]*\.?\d+)[{_BLANKS}]+(\D[^\n]*)")


def exponent(currency: str) -> int:
    """Return the number of decimals of `currency`; raise ConfigError for an unknown code."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ConfigError(f"unknown currency code {currency!r}", "use an ISO 4217 code such as CNY or USD") from None


def parse_money(text: pl.Expr, decimals: int = 2, *, text_after: bool = False) -> pl.Expr:
    """Expression: struct of `minor` (Int64, null when refused), `bad` (Boolean) and `tail` (text after the number).

    `decimals` is the currency exponent, or 0 where the file prints minor units (unit = "fen").
    Null and the null tokens are 0 and not bad. `(12.34)` and `12.34-` are negative, as ledgers print red. `12.340` fits
    two decimals; `12.345`, `abc`, `1e3` and commas that do not group thousands (`12,34`) are bad, and so is what is above
    LARGEST.
    With `text_after`, `-0.03 技术服务费` is -3 with tail `技术服务费`, as Pinduoduo prints it.
    """
    raw: pl.Expr = text.str.strip_chars()
    if text_after:
        number = raw.str.extract(_TEXT_AFTER, 1)
        tail: pl.Expr = pl.when(number.is_not_null()).then(raw.str.extract(_TEXT_AFTER, 2))
        raw = pl.coalesce(number, raw)
    else:
        tail = pl.lit(None, dtype=pl.String)
    empty = raw.is_null() | raw.is_in(NULL_TOKENS)
    stripped = raw.str.replace_all(_STRIP, "").str.replace_many(_WIDE)
    signed = stripped.str.replace_all(_MINUS, "-").str.replace(_BRACKETS, "-$1").str.replace(_MINUS_AFTER, "-$1")
    clean = pl.when(signed.str.contains(_GROUPED)).then(signed.str.replace_all("[,，]", "")).otherwise(signed)
    minor = _digits_to_minor(clean, decimals)
    return pl.struct(
        pl.when(empty).then(pl.lit(0, dtype=pl.Int64)).otherwise(minor).alias("minor"),
        (~empty & minor.is_null()).alias("bad"),
        tail.alias("tail"),
    )


def read_money(text: pl.Series, decimals: int = 2, *, text_after: bool = False) -> pl.DataFrame:
    """A whole column through the gate: `minor` (Int64), `bad` (Boolean), `tail` (String), one row per cell.

    The answers are those of `parse_money`. Cells that print exactly `decimals` digits after the point, nearly all of
    a bill, only lose their point, and null is 0; the gate reads the distinct texts of the others.
    """
    if len(text) <= _FEW_CELLS:
        return _read_few(text, decimals, text_after=text_after)
    plain = f"^{_exact(decimals)}$"
    cell = pl.col("text")
    frame = text.rename("text").to_frame().select("text", plain=cell.str.contains(plain).fill_null(value=True))
    digits = cell.str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    frame = frame.with_columns(pl.when(cell.is_null()).then(0).when("plain").then(digits).alias("minor"))
    other = frame.filter(~pl.col("plain")).select("text").unique()
    if other.is_empty():
        return frame.select("minor", pl.lit(value=False).alias("bad"), pl.lit(None, dtype=pl.String).alias("tail"))
    gate = other.select("text", parse_money(pl.col("text"), decimals, text_after=text_after).alias("read"))
    joined = frame.join(gate.unnest("read").rename({"minor": "read"}), on="text", how="left", nulls_equal=True,
                        maintain_order="left")  # fmt: skip
    return joined.select(
        pl.when("plain").then("minor").otherwise("read").alias("minor"), pl.col("bad").fill_null(value=False), "tail"
    )


def _read_few(text: pl.Series, decimals: int, *, text_after: bool) -> pl.DataFrame:
    """`read_money` of a short column: several small queries cost more than a loop over its cells."""
    cells = text.to_list()
    answers = {cell: _read_one(cell, decimals, text_after=text_after) for cell in set(cells)}
    read = [answers[cell] for cell in cells]
    minor, bad, tail = zip(*read, strict=True) if read else ((), (), ())
    return pl.DataFrame({"minor": minor, "bad": bad, "tail": tail}, schema=_READ)


def _read_one(cell: str | None, decimals: int, *, text_after: bool = False) -> tuple[int | None, bool, str | None]:
    """(minor, bad, tail): what `parse_money` answers, without the cost of a query and its regular expressions."""
    raw, tail = (cell or "").strip(_BLANKS), None
    followed = _TEXT_AFTER_ONE.fullmatch(raw) if text_after else None
    if followed:
        raw, tail = followed.groups()
    if raw in NULL_TOKENS:
        return 0, False, tail
    clean = raw.translate(_STRIP_ONE).translate(_MINUS_ONE)
    red = _RED_ONE.fullmatch(clean)
    if red:
        clean = f"-{red[1] or red[2]}"
    if _GROUPED_ONE.fullmatch(clean):
        clean = clean.translate(_COMMAS_ONE)
    plain = _PLAIN_ONE.fullmatch(clean)
    if plain is None:
        return None, True, tail
    sign, whole, fraction, bare = plain.groups()
    decimal = (fraction or bare or "").rstrip("0")
    digits = (whole or "") + decimal.ljust(decimals, "0")
    if not digits or len(decimal) > decimals or len(digits.lstrip("0")) > len(str(LARGEST)):
        return None, True, tail
    size = int(digits)
    if size > LARGEST:
        return None, True, tail
    return (-size if sign == "-" else size), False, tail


def _exact(decimals: int) -> str:
    """Regex of an amount that prints exactly `decimals` decimals and is not above LARGEST."""
    whole = len(str(LARGEST)) - 1 - decimals
    return rf"-?[0-9]{{1,{whole}}}\.[0-9]{{{decimals}}}" if decimals else f"-?[0-9]{{1,{whole}}}"


def _digits_to_minor(clean: pl.Expr, decimals: int) -> pl.Expr:
    """Exact text -> Int64: integer part times 10^decimals plus the padded fraction; null where it does not fit."""
    plain = clean.str.contains(_PLAIN)
    unsigned = clean.str.strip_chars_start("+-")
    parts = unsigned.str.splitn(".", 2)
    whole = parts.struct.field("field_0")
    fraction = parts.struct.field("field_1").fill_null("").str.strip_chars_end("0")
    fits = plain & (fraction.str.len_bytes() <= decimals)
    padded = fraction.str.pad_end(decimals, "0") if decimals else pl.lit("")
    magnitude = pl.concat_str(whole, padded).cast(pl.Int64, strict=False)
    signed = pl.when(clean.str.starts_with("-")).then(-magnitude).otherwise(magnitude)
    return pl.when(fits & (magnitude <= LARGEST)).then(signed)


def minor_from_text(text: str, decimals: int = 2) -> int | None:
    """One value through the same gate: minor units, or None when the text is no exact amount."""
    return _read_one(text, decimals)[0]


def limit_minor(text: str, currency: str) -> int:
    """A limit of the configuration in minor units of `currency`: the number as it is written, cut to its decimals.

    `text` was validated as an amount of two decimals: 0.01 is nothing in JPY, and 10 units of 1000 in KWD.
    """
    hundredths = minor_from_text(text)
    if hundredths is None:
        raise ConfigError(f"no amount: {text!r}", "write it like 10.00")
    digits = exponent(currency) - 2
    return int(hundredths * 10**digits) if digits >= 0 else int(hundredths // 10**-digits)


def read_numbers(text: pl.Series, decimals: int = 2) -> pl.Series:
    """Numeric spreadsheet cells, as text, in minor units (Int64) where they lie within 1e-6 of a whole one; null else.

    A sum that a program wrote in binary shows as 62.89999999999998; 12.345 stays refused, like everything above LARGEST.
    """
    scaled = pl.col("n") * 10**decimals
    nearest = scaled.round(0)
    near = (scaled - nearest).abs() <= _FLOAT_TOLERANCE * pl.max_horizontal(pl.lit(1.0), scaled.abs() * 1e-9)
    numbers = text.cast(pl.Float64, strict=False).rename("n").to_frame()
    return numbers.select(pl.when(near & (nearest.abs() <= LARGEST)).then(nearest).cast(pl.Int64).alias("minor"))[
        "minor"
    ]


def decimal_text(minor: int, decimals: int = 2) -> str:
    """Minor units as plain decimal text: -701 -> "-7.01"."""
    if decimals == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"


def decimal_expr(minor: pl.Expr, decimals: int = 2) -> pl.Expr:
    """Expression: minor units as plain decimal text; null stays null."""
    if decimals == 0:
        return minor.cast(pl.String)
    magnitude = minor.cast(pl.Int64).abs()
    scale = 10**decimals
    sign = pl.when(minor < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (magnitude % scale).cast(pl.String).str.zfill(decimals)
    return pl.concat_str(sign, (magnitude // scale).cast(pl.String), pl.lit("."), fraction)


def cell_expr(minor: pl.Expr, decimals: int = 2) -> pl.Expr:
    """Expression: Float64 for a spreadsheet cell, the float nearest to the decimal text.

    Dividing a column by 100 is done with a reciprocal and shows noise in some cells; parsing the text does not.
    """
    return decimal_expr(minor, decimals).cast(pl.Float64)


def cell_number(minor: int, decimals: int = 2) -> float:
    """One value for a spreadsheet cell, the float nearest to the decimal text."""
    return float(decimal_text(minor, decimals))


def rate_scaled(text: str) -> tuple[int, int]:
    """A rate such as "0.006" as (numerator, denominator), exact; raise ConfigError when it is no plain decimal."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ConfigError(f"{text!r} is not a rate", 'write a decimal in quotes, for example rate = "0.006"') from None
    if not value.is_finite():
        raise ConfigError(f"{text!r} is not a rate", 'write a decimal in quotes, for example rate = "0.006"')
    return value.as_integer_ratio()


def times_rate(minor: pl.Expr, numerator: int | pl.Expr, denominator: int | pl.Expr) -> pl.Expr:
    """Expression: minor x rate, rounded half up away from zero, in integers."""
    wide = minor.cast(pl.Int128).abs() * _wide(numerator) * 2 + _wide(denominator)
    return (minor.sign() * (wide // (2 * _wide(denominator)))).cast(pl.Int64)


def _wide(value: int | pl.Expr) -> pl.Expr:
    return (pl.lit(value) if isinstance(value, int) else value).cast(pl.Int128)


def total_size(amounts: pl.Series) -> int:
    """Σ |amounts|, exact whatever its size: a sum of Int64 wraps around without a word."""
    largest = max(abs(int(amounts.max() or 0)), abs(int(amounts.min() or 0)))  # type: ignore[arg-type]
    if largest * len(amounts) <= SUMMABLE:
        return int(amounts.filter(amounts > 0).sum()) - int(amounts.filter(amounts < 0).sum())
    return int(amounts.cast(pl.Int128).abs().sum())
