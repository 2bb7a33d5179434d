"""The lines around a table: preamble and trailer. Account, covered range, export time, printed totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ecrecon.formats.dates import patterns, read_time
from ecrecon.formats.sheet import Sheet
from ecrecon.money import exponent, minor_from_text

_ALIPAY_PID = re.compile(r"^(2088\d{12})\d*$")


@dataclass(frozen=True)
class Printed:
    """What the file says of itself. `until` is the last covered moment (already made inclusive)."""

    account: str | None = None
    from_: datetime | None = None
    until: datetime | None = None
    exported_at: datetime | None = None


@dataclass(frozen=True)
class PrintedTotal:
    """One match of a `[controls]` regex."""

    text: str
    count: int | None
    total: int | None


def read_printed(sheet: Sheet) -> Printed:
    """Account, range and export time of the `[preamble]` regexes; None where they find nothing."""
    spec = sheet.profile.preamble
    until = _time(sheet, spec.until)
    if until is not None and spec.until_is == "exclusive":
        until -= timedelta(microseconds=1)
    account = _find(sheet, spec.account)
    if account is not None:
        pid = _ALIPAY_PID.match(account)
        account = pid.group(1) if pid else account
    return Printed(account, _time(sheet, spec.from_), until, _time(sheet, spec.exported_at))


def read_total(sheet: Sheet, regex: str, currency: str) -> PrintedTotal | None:
    """The first printed total that `regex` (groups `count`, `sum`) finds, or None."""
    found = _search(re.compile(regex), [*sheet.trailer, *sheet.preamble])
    if found is None:
        return None
    groups = found.groupdict()
    count = groups.get("count")
    total = groups.get("sum")
    decimals = 0 if sheet.profile.profile.unit == "fen" else exponent(currency)
    return PrintedTotal(
        found.group(0).strip(),
        int(re.sub(r"\D", "", count)) if count else None,
        minor_from_text(total, decimals) if total else None,
    )


def _time(sheet: Sheet, regex: str | None) -> datetime | None:
    text = _find(sheet, regex)
    file = sheet.profile.file
    return None if text is None else read_time(text, patterns((), file.dates), file.zone)


def _find(sheet: Sheet, regex: str | None) -> str | None:
    if regex is None:
        return None
    found = _search(re.compile(regex), [*sheet.preamble, *sheet.trailer])
    return found.group(1).strip() if found else None


def _search(regex: re.Pattern[str], lines: Sequence[Sequence[str]]) -> re.Match[str] | None:
    """Search line by line. A line may be padded with separators, or lie in several cells of a sheet."""
    for cells in lines:
        filled = [cell.strip() for cell in cells if cell and cell.strip()]
        for separator in (",", "", " "):
            found = regex.search(separator.join(filled))
            if found:
                return found
    return None
