"""Text to aware times: the patterns of the layout, then another clock, another calendar order, no year, a serial day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from ecrecon.base.nulls import flags
from ecrecon.base.schema import TIME, ZONE

# Times that no pattern of the layout reads: another clock, another calendar order, no year, a spreadsheet's serial
# day.

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


# Text to aware times. The first pattern reads the whole column; only what it leaves meets the others, then
# `odd_dates`.

COMMON: tuple[str, ...] = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S",
    "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M",
)  # fmt: skip
"""Tried after the patterns of the profile; single-digit months and days, as Excel prints them, are read by the same."""

_SERIAL_EPOCH = datetime(1899, 12, 30)
_SERIAL_RANGE = (20_000.0, 80_000.0)  # 1954 to 2119
_FIRST, _LAST = datetime(1980, 1, 1), datetime(2100, 1, 1)
"""A time outside is none: a damaged cell, or a placeholder of a system."""
_NO_DAY = r"^(?:0000[-/.]?00?[-/.]?00?|0001[-/.]?0?1[-/.]?0?1|1900[-/.]?0?1[-/.]?0?[01]|1970[-/.]?0?1[-/.]?0?1|9999[-/.]?12[-/.]?31)(?:\D.*)?$"
_TWO_CELLS = r"^(\d{4}\D\d{1,2}\D\d{1,2}|\d{8})(?: 00:00:00)? (?:1(?:899|900)-\d\d-\d\d )?(\d{1,2}:\d{2}(?::\d{2})?)$"
_LAST_SUMMER_TIME = 1992  # Asia/Shanghai is UTC+8 without exception from then on


def patterns(own: Sequence[str], of_file: Sequence[str]) -> tuple[str, ...]:
    """Patterns in the order in which they are tried: the field's, the file's, the common ones."""
    return tuple(dict.fromkeys((*own, *of_file, *COMMON)))


def read_times(
    text: pl.Series,
    tried: Sequence[str],
    zone: str = ZONE,
    numeric: pl.Series | None = None,
    span: Callable[[], Span | None] = lambda: None,
) -> tuple[pl.Series, pl.Series]:
    """Clean text -> (times of schema.TIME, Boolean "not empty but unreadable").

    `numeric` marks cells that a spreadsheet stores as numbers: those that fit no pattern are read as serial days. `span`
    is asked for the days that the file names where a text does not say its year, or which number is the day.
    """
    first, *rest = tried
    naive = _sane(_whole(text, first))
    if naive.null_count() == text.null_count():  # nearly all columns: what is null is null in both
        return _aware(naive, zone), flags(len(text))
    open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _sane(_by_patterns(text.filter(open_), rest)))
        open_ = naive.is_null() & text.is_not_null()
    if numeric is not None and open_.any():
        naive = _fill(naive, open_, _sane(_serials(text.filter(open_), numeric.filter(open_))))
        open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _sane(_by_patterns(_day_and_clock(text.filter(open_)), tried)))
        open_ = naive.is_null() & text.is_not_null()
    if open_.any():
        naive = _fill(naive, open_, _sane(_odd(text.filter(open_), zone, span())))
        open_ = naive.is_null() & text.is_not_null()
    return _aware(naive, zone), open_


def plain_times(text: pl.Series, tried: Sequence[str]) -> pl.Series:
    """Naive times of the texts that print a whole date by one of the patterns with the year in front; null else."""
    return _sane(_by_patterns(text, [pattern for pattern in tried if pattern.startswith("%Y")]))


def _day_and_clock(text: pl.Series) -> pl.Series:
    """A day and a clock of two cells that a spreadsheet stores as times: the day has a midnight, the clock may have a day."""
    return text.str.replace(_TWO_CELLS, "${1} ${2}")


def is_no_day(text: pl.Series) -> pl.Series:
    """Boolean: dates by which systems say "none", such as 1970-01-01."""
    return text.str.contains(_NO_DAY).fill_null(value=False)


def _sane(naive: pl.Series) -> pl.Series:
    """Times between 1980 and 2099; the others are null."""
    earliest, latest = naive.min(), naive.max()
    if (
        not isinstance(earliest, datetime)
        or not isinstance(latest, datetime)
        or (earliest >= _FIRST and latest < _LAST)
    ):
        return naive
    return naive.set(((naive < _FIRST) | (naive >= _LAST)).fill_null(value=False), None)


def _whole(text: pl.Series, pattern: str) -> pl.Series:
    """The column by its first pattern. Day and month change places where only that reads all of it."""
    naive = _by_pattern(text, pattern)
    if not ("%d/%m" in pattern or "%m/%d/%Y" in pattern) or naive.null_count() == text.null_count():
        return naive
    swapped = pattern.translate(str.maketrans("dm", "md"))
    other = _by_pattern(text, swapped)
    return other if other.null_count() == text.null_count() else naive


def _odd(text: pl.Series, zone: str, span: Span | None) -> pl.Series:
    """Distinct texts once."""
    distinct = text.unique(maintain_order=True)
    found = _with_offset(distinct, zone)
    left = found.is_null()
    if left.any():
        found = _fill(found, left, read_odd(distinct.filter(left), span))
    table = pl.DataFrame({"text": distinct, "time": found})
    return text.rename("text").to_frame().join(table, on="text", how="left", maintain_order="left")["time"]


def _with_offset(text: pl.Series, zone: str) -> pl.Series:
    """`2026-10-09T10:12:00+08:00` as the local time of `zone`; a time that says its own offset needs no setting."""
    plain = text.str.replace("T", " ", literal=True).str.replace(r"\s*Z$", "+0000").str.replace(r"[.,]\d+", "")
    plain = plain.str.replace(r"\s*([+-]\d\d):?(\d\d)$", "${1}${2}")
    times = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="us", strict=False)
    return times.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def read_time(text: str, tried: Sequence[str], zone: str = ZONE) -> datetime | None:
    """One printed time in schema.ZONE, or None."""
    found = read_times(pl.Series([text.strip()], dtype=pl.String), tried, zone)[0][0]
    return found if isinstance(found, datetime) else None


def _by_pattern(text: pl.Series, pattern: str) -> pl.Series:
    if "%H" in pattern:
        return text.str.to_datetime(pattern, time_unit="us", strict=False)
    return text.str.to_date(pattern, strict=False).cast(pl.Datetime("us"))


def _by_patterns(text: pl.Series, tried: Sequence[str]) -> pl.Series:
    """The leftovers, distinct texts once."""
    distinct = text.unique()
    found = pl.Series([None] * len(distinct), dtype=pl.Datetime("us"))
    for pattern in tried:
        missing = found.is_null()
        if not missing.any():
            break
        found = _fill(found, missing, _by_pattern(distinct.filter(missing), pattern))
    table = pl.DataFrame({"text": distinct, "time": found})
    return text.rename("text").to_frame().join(table, on="text", how="left", maintain_order="left")["time"]


def _serials(text: pl.Series, numeric: pl.Series) -> pl.Series:
    """Spreadsheet serial days, rounded to the second: their fraction is a float."""
    days = pl.col("days")
    low, high = _SERIAL_RANGE
    frame = pl.DataFrame({"days": text.cast(pl.Float64, strict=False), "numeric": numeric})
    whole = (days * 86_400).round(0).cast(pl.Int64)
    return frame.select(
        pl.when(pl.col("numeric") & days.is_between(low, high)).then(
            pl.lit(_SERIAL_EPOCH, dtype=pl.Datetime("us")) + pl.duration(seconds=whole)
        )
    ).to_series()  # fmt: skip


def _fill(into: pl.Series, where: pl.Series, values: pl.Series) -> pl.Series:
    """`into` with `values` at the true places of `where`."""
    return into.scatter(where.arg_true(), values)


def _aware(naive: pl.Series, zone: str) -> pl.Series:
    if zone == ZONE and len(naive) and naive.null_count() < len(naive):
        earliest = naive.min()
        if isinstance(earliest, datetime) and earliest.year >= _LAST_SUMMER_TIME:
            shifted = (
                pl.col("time").dt.offset_by("-8h").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE).cast(TIME)
            )
            return naive.alias("time").to_frame().select(shifted)["time"].alias(naive.name)
    local = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone(ZONE).cast(TIME)
