"""CRC-32 of every cell of a column, without making a text of each cell where that can be spared.

CRC-32 is affine: the checksum of a text made of parts is the exclusive or of one number per part, which depends on the part
and on how many bytes follow it. So the checksum of a moment comes from a table of days and a table of seconds, that of a
number from tables of four digits each. What fits no table is counted cell by cell.
"""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from functools import cache

import polars as pl

_DIGITS = 4
_BASE = 10**_DIGITS
_PARTS = 4
"""Numbers of up to 16 digits are taken apart."""
_SECONDS = 86_400
_EPOCH = date(1970, 1, 1)
_FIRST_DAY, _LAST_DAY = (date.min - _EPOCH).days, (date.max - _EPOCH).days
_MOST_DAYS = 40_000


def of_texts(texts: pl.Series) -> pl.Series:
    """UInt32 per text: CRC-32 of its UTF-8."""
    return pl.Series(texts.name, list(map(zlib.crc32, texts.cast(pl.Binary).to_list())), dtype=pl.UInt32)


def of_numbers(numbers: pl.Series) -> pl.Series | None:
    """UInt32 per integer: CRC-32 of it in decimal; None where one has more than 16 digits. No cell is null."""
    lowest, highest = numbers.min(), numbers.max()
    if not isinstance(lowest, int) or not isinstance(highest, int) or max(-lowest, highest) >= _BASE**_PARTS:
        return None
    if lowest >= 0:
        return _of_magnitudes(numbers.cast(pl.Int64), highest, b"")
    below = _of_magnitudes(numbers.cast(pl.Int64).abs(), max(-lowest, highest), b"-")
    above = _of_magnitudes(numbers.cast(pl.Int64).abs(), max(-lowest, highest), b"")
    return below.zip_with(numbers < 0, above)


def _of_magnitudes(numbers: pl.Series, highest: int, sign: bytes) -> pl.Series:
    """Of numbers from 0 to `highest`, each with `sign` before it."""
    if highest < _BASE:
        return _leading(sign, 0).gather(numbers)
    parts, rest = [numbers % _BASE], numbers // _BASE
    while _BASE ** len(parts) <= highest:
        parts.append(rest % _BASE)
        rest = rest // _BASE
    told = _leading(sign, 0).gather(parts[0])
    follow = _digits(0).gather(parts[0])
    for place in range(1, len(parts)):
        leads = _leading(sign, place * _DIGITS).gather(parts[place]) ^ follow
        told = leads.zip_with(numbers >= _BASE**place, told)
        follow = follow ^ _digits(place * _DIGITS).gather(parts[place])
    return told


def of_moments(moments: pl.Series) -> pl.Series | None:
    """UInt32 per moment: CRC-32 of it as `2026-10-31 23:59:59` on its own clock; None where they lie too far apart for a
    table of days or outside of the years 1 to 9999. No cell is null."""
    clock = moments.dt.replace_time_zone(None)
    seconds = clock.dt.epoch("s")
    days = seconds // _SECONDS
    first, last = days.min(), days.max()
    if not isinstance(first, int) or not isinstance(last, int):
        return None
    if last - first > _MOST_DAYS or first < _FIRST_DAY or last > _LAST_DAY:
        return None
    dates = [_EPOCH + timedelta(days=day) for day in range(first, last + 1)]
    told = pl.Series([_followed(zlib.crc32(f"{day.isoformat()} ".encode()), 8) for day in dates], dtype=pl.UInt32)
    return told.gather(days - first) ^ _times().gather(seconds % _SECONDS)


@cache
def _leading(sign: bytes, follow: int) -> pl.Series:
    """Of 0 to 9999 without leading zeros, before `follow` more bytes."""
    return _table([zlib.crc32(sign + str(number).encode()) for number in range(_BASE)], follow)


@cache
def _digits(follow: int) -> pl.Series:
    """Of 0000 to 9999, before `follow` more bytes."""
    return _table([zlib.crc32(f"{number:0{_DIGITS}}".encode()) for number in range(_BASE)], follow)


@cache
def _times() -> pl.Series:
    """Of 00:00:00 to 23:59:59."""
    clock = (f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(_SECONDS))
    return _table([zlib.crc32(text.encode()) for text in clock], 0)


def _table(sums: list[int], follow: int) -> pl.Series:
    return pl.Series([_followed(value, follow) for value in sums] if follow else sums, dtype=pl.UInt32)


def _followed(value: int, follow: int) -> int:
    """What a part with this CRC-32 adds to the checksum of a text where `follow` bytes come after it."""
    zeros = bytes(follow)
    return zlib.crc32(zeros, value) ^ zlib.crc32(zeros)
