"""The lines around a table: preamble and trailer. Account, covered range, export time, printed totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ecrecon.base.money import exponent, minor_from_text
from ecrecon.base.platforms import account_number
from ecrecon.reading.dates import patterns, read_time
from ecrecon.reading.sheet import Sheet
from ecrecon.settings.profiles import normal_name


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
    return Printed(
        account_number(account) if account is not None else None,
        _time(sheet, spec.from_),
        until,
        _time(sheet, spec.exported_at),
    )


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


def printed_totals(sheet: Sheet) -> dict[str, str]:
    """Name -> text of the totals that `[controls.totals]` names, from a trailer row of names and the row below it."""
    wanted = sheet.profile.controls.totals
    for names, values in zip(sheet.trailer, sheet.trailer[1:], strict=False):
        found = {normal_name(name): normal_name(value) for name, value in zip(names, values, strict=False)}
        if wanted.keys() & found.keys():
            return {name: found[name] for name in wanted if found.get(name)}
    return {}


def unnamed_totals(sheet: Sheet) -> list[str]:
    """Names and values of a trailer of two rows that `[controls.totals]` does not name."""
    wanted = sheet.profile.controls.totals
    for names, values in zip(sheet.trailer, sheet.trailer[1:], strict=False):
        if wanted.keys() & {normal_name(name) for name in names}:
            pairs = zip(names, (normal_name(value) for value in values), strict=False)
            return [f"{name} {value}" for name, value in pairs if normal_name(name) not in wanted and value]
    return []


def named_account(sheet: Sheet) -> str | None:
    """The account in the file's name, where neither the lines around the table nor the rows print it."""
    spec = sheet.profile.name.account
    found = re.search(spec, _file_name(sheet.log.path)) if spec else None
    return found.group(1) if found else None


def named_suffix(sheet: Sheet) -> str | None:
    """The account suffix that a text in the file's name stands for, else the one of the profile."""
    name = _file_name(sheet.log.path)
    found = [suffix for text, suffix in sheet.profile.name.suffix.items() if text in name]
    return found[0] if found else sheet.profile.profile.account


def _file_name(path: str) -> str:
    """Names of the file and of the archive around it, without folders."""
    return " ".join(part.rsplit("/", 1)[-1] for part in path.split("!/"))


def _time(sheet: Sheet, regex: str | None) -> datetime | None:
    text = _find(sheet, regex)
    file = sheet.profile.file
    return None if text is None else read_time(text, patterns((), file.dates), file.zone)


def _find(sheet: Sheet, regex: str | None) -> str | None:
    if regex is None:
        return None
    found = _search(re.compile(regex), [*sheet.preamble, *sheet.trailer])
    return found.group(1).strip() if found else None


def find_printed(regex: str, lines: Sequence[Sequence[str]]) -> re.Match[str] | None:
    """Where `regex` is printed in lines of cells, as `[preamble]` and `[controls]` look for it."""
    return _search(re.compile(regex), lines)


def _search(regex: re.Pattern[str], lines: Sequence[Sequence[str]]) -> re.Match[str] | None:
    """Search line by line. A line may be padded with separators, or lie in several cells of a sheet."""
    for cells in lines:
        filled = [cell.strip() for cell in cells if cell and cell.strip()]
        for separator in (",", "", " "):
            found = regex.search(separator.join(filled))
            if found:
                return found
    return None
