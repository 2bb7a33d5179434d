"""Times that no pattern of the layout reads: another clock, another calendar order, no year, a spreadsheet's serial day.

Only what can be read in one way is read. Where day and month could change places the whole column decides, then the days
that the file itself names; what both leave open is refused, and the caller names the cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

NAIVE = pl.Datetime("us")
Span = tuple[date, date]
"""First and last day that a file names: its printed range, its name, its other columns."""

_WIDE = {chr(0xFF10 + digit): str(digit) for digit in range(10)} | {
    "：": ":", "／": "/", "－": "-", "．": ".", "，": ",", "\u3000": " ", "\u00a0": " ", "—": "-", "–": "-",
}  # fmt: skip
_WEEKDAY = r"[(（]?(?:星期|礼拜|周)[一二三四五六日天][)）]?|\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b,?"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AFTERNOON = r"下午|晚上|傍晚|夜里|(?i)\bp\.?m\b\.?|\d\s*pm"
_MORNING = r"上午|凌晨|早上|早晨|清晨|(?i)\ba\.?m\b\.?|\d\s*am"
_NOON = "中午"
_HALVES = r"(?i)上午|下午|凌晨|早上|早晨|清晨|中午|晚上|傍晚|夜里|[ap]\.?m\.?"
_CLOCK = r"(?:[ T]*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?)?"
_ORDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "year_first": (r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", ("ymd",)),
    "year_last": (r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", ("dmy", "mdy")),
    "short_year": (r"^(\d{2})[-/.](\d{1,2})[-/.](\d{1,2})", ("ymd", "dmy", "mdy")),
    "no_year": (r"^(\d{1,2})[-/.](\d{1,2})()", ("md-",)),
}
"""Shape of a date -> its three groups and the orders in which year, month and day may stand."""
_SERIAL = r"^(\d{5})(?:\.(\d+))?$"
_SERIALS = (36_526, 73_050)  # 2000 to 2099
_EPOCH = date(1899, 12, 30)
_NEAR = timedelta(days=31)
_CENTURY = 2000


def read_odd(text: pl.Series, span: Span | None = None) -> pl.Series:
    """Naive times (NAIVE) of `text` (String), null where it is no time or could be two. `span` chooses between day and
    month, and gives the year where none is printed."""
    parts = text.rename("text").to_frame().with_columns(pl.col("text").alias("printed")).with_columns(_plain())
    found = pl.Series("time", [None], dtype=NAIVE).new_from_index(0, len(text))
    for regex, orders in _ORDERS.values():
        mine = parts.select(
            (pl.col("text").str.contains(f"{regex}{_CLOCK}$") & pl.lit(found.is_null())).fill_null(value=False)
        ).to_series()
        if mine.any():
            here = parts.filter(mine).select("half", groups=pl.col("text").str.extract_groups(f"{regex}{_CLOCK}$"))
            found = found.scatter(mine.arg_true(), _chosen(here, orders, span))
    return pl.select(pl.coalesce(found, parts.select(_serial()).to_series()).alias("time"))["time"]


def unread_shape(text: pl.Series) -> pl.Series:
    """Why a text is no time, per text: `order` (day and month could change places), `year` (none is printed), `other`."""
    plain = pl.col("text")
    return (
        text.rename("text").to_frame().with_columns(pl.col("text").alias("printed")).with_columns(_plain())
        .select(
            pl.when(plain.str.contains(f"{_ORDERS['year_last'][0]}{_CLOCK}$")).then(pl.lit("order"))
            .when(plain.str.contains(f"{_ORDERS['short_year'][0]}{_CLOCK}$")).then(pl.lit("order"))
            .when(plain.str.contains(f"{_ORDERS['no_year'][0]}{_CLOCK}$")).then(pl.lit("year"))
            .otherwise(pl.lit("other")).alias("shape")
        )["shape"]
    )  # fmt: skip


def _plain() -> list[pl.Expr]:
    """`text` with ASCII digits and signs, Chinese units as separators, without weekday and half of the day; `half`: the
    hours of a twelve-hour clock (`am`, `pm`, `noon`)."""
    text = pl.col("text").str.replace_many(_WIDE).str.replace_all(_WEEKDAY, " ")
    half = (
        pl.when(text.str.contains(_AFTERNOON)).then(pl.lit("pm"))
        .when(text.str.contains(_NOON, literal=True)).then(pl.lit("noon"))
        .when(text.str.contains(_MORNING)).then(pl.lit("am"))
    )  # fmt: skip
    for number, name in enumerate(_MONTHS, 1):
        word = rf"(?i)\b{name}[a-z]*\.?"
        text = text.str.replace(rf"^\s*(\d{{1,2}})[\s-]*{word}[\s,-]*(\d{{4}})", f"${{2}}-{number}-${{1}} ")
        text = text.str.replace(rf"^\s*{word}[\s-]*(\d{{1,2}})[\s,-]+(\d{{4}})", f"${{2}}-{number}-${{1}} ")
    text = text.str.replace_all(_HALVES, " ").str.replace_all(r"\s*([年月])\s*", "-").str.replace_all("[日号]", " ")
    text = text.str.replace_all(r"\s*[时点]\s*", ":").str.replace_all(r"\s*分\s*", ":").str.replace_all("秒", "")
    text = text.str.replace_all(r"\s*([-/.:])\s*", "${1}").str.replace_all(r"\s+", " ")
    return [text.str.strip_chars(" :-").alias("text"), half.alias("half")]


def _chosen(here: pl.DataFrame, orders: Sequence[str], span: Span | None) -> pl.Series:
    """The times of one shape in the one order that reads most of them; null where two orders do and the days of the file
    do not tell which."""
    readings = [_in_order(here, order, span) for order in orders]
    fewest = min(times.null_count() for times in readings)
    best = [times for times in readings if times.null_count() == fewest]
    if _differ(best) and span is not None:
        best = [times for times in best if _inside(times, span)]
    if best and not _differ(best):
        return best[0]
    return pl.Series("time", [None], dtype=NAIVE).new_from_index(0, here.height)


def _differ(readings: Sequence[pl.Series]) -> bool:
    return any(not times.equals(readings[0]) for times in readings[1:])


def _inside(times: pl.Series, span: Span) -> bool:
    days = times.drop_nulls().dt.date()
    return bool(((days >= span[0] - _NEAR) & (days <= span[1] + _NEAR)).all())


def _in_order(here: pl.DataFrame, order: str, span: Span | None) -> pl.Series:
    """The groups of each text read in one order, null where they are no time."""
    group = [pl.col("groups").struct[str(n)].cast(pl.Int64, strict=False) for n in range(1, 7)]
    place = {letter: group[n] for n, letter in enumerate(order) if letter != "-"}
    hour, minute, second = (part.fill_null(0) for part in group[3:])
    afternoon = (pl.col("half") == "pm").fill_null(value=False)
    morning = (pl.col("half") == "am").fill_null(value=False)
    noon = (pl.col("half") == "noon").fill_null(value=False)
    hour = (
        pl.when(afternoon & (hour < 12)).then(hour + 12)
        .when(noon & (hour < 3)).then(hour + 12)
        .when(morning & (hour == 12)).then(0)
        .when(morning & (hour > 12)).then(99)  # 上午 15:00 says two things
        .otherwise(hour)
    )  # fmt: skip
    frame = here.select(m=place["m"], d=place["d"], h=hour, i=minute, s=second, y=place.get("y", pl.lit(None)))
    if "y" in place:
        short = here["groups"].struct[str(order.index("y") + 1)].str.len_bytes() == 2
        year = pl.when(short).then(pl.col("y") + _CENTURY).otherwise(pl.col("y"))
        return frame.with_columns(y=year).select(_built()).to_series()
    return _with_year(frame, span)


def _built() -> pl.Expr:
    """Expression: a time from y m d h i s, null where there is no such day or hour."""
    parts = [
        pl.col(name).cast(pl.String).str.zfill(width)
        for name, width in (("y", 4), ("m", 2), ("d", 2), ("h", 2), ("i", 2), ("s", 2))
    ]
    return pl.concat_str(parts, separator="-").str.to_datetime("%Y-%m-%d-%H-%M-%S", time_unit="us", strict=False)


def _with_year(frame: pl.DataFrame, span: Span | None) -> pl.Series:
    """The year of the file's own days: the one in which the day lies inside them, or near them where only one does."""
    found = pl.Series("time", [None], dtype=NAIVE).new_from_index(0, frame.height)
    if span is None or span[1].year - span[0].year > 1:
        return found
    for near in (timedelta(0), _NEAR):
        low, high = span[0] - near, span[1] + near
        tried = [
            frame.with_columns(y=pl.lit(year)).select(_built()).to_series() for year in range(low.year, high.year + 1)
        ]
        fitting = [times.set((~times.dt.date().is_between(low, high)).fill_null(value=True), None) for times in tried]
        counts = pl.select(pl.sum_horizontal(times.is_not_null() for times in fitting).alias("n"))["n"]
        one = pl.select(pl.coalesce(*fitting).alias("time"))["time"].set(counts != 1, None)
        found = pl.select(pl.coalesce(found, one).alias("time"))["time"]
    return found


def _serial() -> pl.Expr:
    """Expression: days since 1899-12-30 that a spreadsheet left as text, rounded to the second."""
    days = pl.col("printed").str.extract(_SERIAL, 0).cast(pl.Float64, strict=False)
    seconds = (days * 86_400).round(0).cast(pl.Int64)
    return (
        pl.when(days.is_between(*_SERIALS))
        .then(pl.lit(_EPOCH).cast(NAIVE) + pl.duration(seconds=seconds))
        .otherwise(None)
        .alias("time")
    )
