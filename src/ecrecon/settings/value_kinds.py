"""The kinds of values that an ecrecon.toml holds, each with its limits and the sentence that refuses what does not fit.

Limits are far beyond any real setting: they keep a slip of the pen (5 for 5 %, ten million days) from being believed.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.money import minor_from_text
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest, shown

MOST_DAYS = 3660
MOST_MINOR = 10**12
LONGEST_NAME = 100
FIRST_YEAR, LAST_YEAR = 2000, 2100
_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,8})?")
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")


def _money(value: Any) -> Any:
    if value is None:
        return None
    text = str(value)
    minor = minor_from_text(text) if _MONEY.fullmatch(text) else None
    if minor is None or minor > MOST_MINOR or isinstance(value, bool):
        raise ValueError(
            tr(f'{shown(value)} 不是金额，应写成 "0.01"', f'{shown(value)} is not an amount such as "0.01"')
        )
    return text


def _rate(value: Any) -> Any:
    """A share from 0 to 1, at most eight decimals."""
    if value is None:
        return None
    text = str(value)
    if not _RATE.fullmatch(text) or isinstance(value, bool):
        raise ValueError(
            tr(f'{shown(value)} 不是比例，应写成 "0.006"', f'{shown(value)} is not a rate such as "0.006"')
        )
    whole, _, fraction = text.partition(".")
    if int(whole) > 1 or (int(whole) == 1 and fraction.strip("0")):
        raise ValueError(
            tr(f'{shown(value)} 大于 1：比例在 0 和 1 之间，5% 写成 "0.05"',
               f'{shown(value)} is more than 1: a rate lies between 0 and 1, 5 % is "0.05"')
        )  # fmt: skip
    return text


def _days(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        raise ValueError(
            tr(f"{shown(value)} 不是天数：应为 0 到 {MOST_DAYS} 的整数",
               f"{shown(value)} is no number of days: a whole number from 0 to {MOST_DAYS}")
        )  # fmt: skip
    return value


def _days_by_channel(value: Any) -> Any:
    """A number of days, or a table of them by channel."""
    if not isinstance(value, dict):
        return _days(value)
    return {name: _days(days) for name, days in value.items()}


def _day(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime) or not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(
            tr(f"{shown(value)} 不是 {FIRST_YEAR} 到 {LAST_YEAR} 年的日期，应写成 2026-10-01（不加引号）",
               f"{shown(value)} is no day from {FIRST_YEAR} to {LAST_YEAR}: write 2026-10-01 without quotes")
        )  # fmt: skip
    return value


def _month(value: Any) -> Any:
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", str(value))
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ValueError(tr(f"{shown(value)} 不是月份，应写成 2026-10", f"{shown(value)} is no month such as 2026-10"))
    return value


def plain(text: str) -> bool:
    """True for a text without control characters, line breaks, marks of direction and halves of characters."""
    return text.isprintable()


def _text(value: Any) -> Any:
    """Any printable text, also an empty one."""
    if isinstance(value, str) and (not plain(value) or len(value) > LONGEST_NAME):
        raise ValueError(
            tr(f"{shown(value)} 应为不超过 {LONGEST_NAME} 个字的一行文字，不含控制字符",
               f"{shown(value)} should be one line of up to {LONGEST_NAME} characters without control characters")
        )  # fmt: skip
    return value


def _name(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError(tr("是空的：写上名称，或删掉这一行", "is empty: write a name, or take the line out"))
    return _text(value)


def _pattern(value: Any) -> Any:
    """A path of files, relative to ecrecon.toml."""
    value = _long_text(value)
    if not isinstance(value, str):
        return value
    parts = value.replace("\\", "/").split("/")
    if not value.strip("/ ") or value.startswith(("/", "~")) or ".." in parts or ":" in parts[0]:
        raise ValueError(
            tr(f'{shown(value)} 不是相对 ecrecon.toml 的路径，应写成 "pdd/店铺A/**"',
               f'{shown(value)} is no path relative to ecrecon.toml such as "pdd/shop_a/**"')
        )  # fmt: skip
    if value.count("*") + value.count("?") > 20:
        raise ValueError(
            tr(f'{shown(value)} 的通配符太多，应写成 "pdd/店铺A/**"', f'{shown(value)} has too many wildcards: write "pdd/shop_a/**"')
        )  # fmt: skip
    return value


def _long_text(value: Any) -> Any:
    """A text as bills print it: not empty, printable."""
    if isinstance(value, str) and (not value.strip() or not plain(value) or len(value) > 1000):
        raise ValueError(
            tr(
                f"{shown(value)} 是空的、太长或含控制字符",
                f"{shown(value)} is empty, too long or holds control characters",
            )
        )
    return value


def _category(value: str) -> str:
    if value not in CATEGORIES:
        said = tr(f"未知的费用类别 {shown(value)}", f"unknown category {shown(value)}")
        raise ValueError(said + nearest(value, CATEGORIES))
    return value


def _word(value: str) -> str:
    if not value.isalnum() or len(value) > 8:
        raise ValueError(
            tr(f"{shown(value)} 不是凭证字：应为 1 到 8 个字，例如 记", f"{shown(value)} is no voucher word: 1 to 8 letters such as 记")
        )  # fmt: skip
    return value


MoneyText = Annotated[str, BeforeValidator(_money)]
"""Decimal text in yuan, 0 or more."""
RateText = Annotated[str, BeforeValidator(_rate)]
"""Decimal text from 0 to 1."""
Days = Annotated[int, BeforeValidator(_days)]
DaysByChannel = Annotated[int | dict[str, int] | None, BeforeValidator(_days_by_channel)]
Day = Annotated[date, BeforeValidator(_day)]
Month = Annotated[str, BeforeValidator(_month)]
Text = Annotated[str, AfterValidator(_text)]
Name = Annotated[str, AfterValidator(_name)]
Printed = Annotated[str, AfterValidator(_long_text)]
Pattern = Annotated[str, AfterValidator(_pattern)]
CategoryName = Annotated[str, AfterValidator(_category)]
VoucherWord = Annotated[str, AfterValidator(_word)]
