"""CSV quoting as it occurs: real quoting, the `="…"` wrapper, and quote characters that quote nothing.

A reader that trusts every quote character swallows all lines after `5" 气球`; one that trusts none splits
`"红,大"`. So each line is judged: lines of strict CSV stay as they are, a record that runs over several lines is
recognised by its number of cells, and what is left has literal quotes and is rewritten as strict CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ecrecon.quarantine.limits import Clock

MAX_RECORD_LINES = 100
MAX_RECORD_CHARACTERS = 128 * 1024
QUOTE = '"'


@dataclass(frozen=True)
class Grammar:
    """The shapes of a cell for one separator, as regular expressions of Python's `re`."""

    separator: str
    quoted: re.Pattern[str]
    wrapped: re.Pattern[str]
    plain: re.Pattern[str]
    record: re.Pattern[str]

    @classmethod
    def of(cls, separator: str) -> Grammar:
        """Cells: `"…"` with doubled quotes (blanks may follow), `="…"`, or anything up to the separator."""
        mark = re.escape(separator)
        after = rf"(?={mark}|\Z)"
        quoted = r'"[^"]*+(?:""[^"]*+)*+"[\t ]*' if separator != "\t" else r'"[^"]*+(?:""[^"]*+)*+" *'
        cell = rf'(?:{quoted}{after}|="[^"\n]*"{after}|[^"{mark}\n]*{after})'
        return cls(
            separator=separator,
            quoted=re.compile(quoted + after),
            wrapped=re.compile(rf'="[^"\n]*"{after}'),
            plain=re.compile(rf"[^{mark}]*"),
            record=re.compile(rf"{cell}(?:{mark}{cell})*+"),
        )

    def cells(self, record: str) -> list[str]:
        """Cells of one record; quotes that do not quote a whole cell are literal; `="…"` stays as printed."""
        record = record.removesuffix("\r")
        if QUOTE not in record:
            return record.split(self.separator)
        cells: list[str] = []
        place = 0
        while True:
            found = self.quoted.match(record, place)
            if found:
                body, _, blanks = found.group()[1:].rpartition(QUOTE)
                cells.append(body.replace('""', QUOTE) + blanks)
            else:
                found = self.wrapped.match(record, place) or self.plain.match(record, place)
                assert found is not None  # `plain` matches the empty text
                cells.append(found.group())
            place = found.end() + 1
            if place > len(record):
                return cells

    def write(self, cells: list[str]) -> str:
        """One strict record of `cells`."""
        special = (QUOTE, self.separator, "\n", "\r")
        return self.separator.join(
            QUOTE + cell.replace(QUOTE, '""') + QUOTE if any(mark in cell for mark in special) else cell
            for cell in cells
        )


def normalise(data: bytes, separator: str, columns: int, clock: Clock) -> tuple[bytes, bool]:
    """UTF-8 text -> (text of strict CSV with the same physical lines, whether quotes mean anything in it).

    `columns`: the usual number of cells, which tells a cell that holds a line feed from a stray quote. Raises LimitError where
    `clock` runs out: each loose line may be joined to a hundred others.
    """
    if QUOTE.encode() not in data:
        return data, False
    lines = data.split(b"\n")
    text = pl.Series("line", lines, dtype=pl.Binary).cast(pl.String)
    mark = re.escape(separator)
    frame = text.to_frame().with_row_index()
    opening = pl.col("line").str.contains(rf'(?:^|{mark})"') | pl.col("line").str.contains(rf'="[^"]*{mark}[^"]*"')
    if not frame.select(opening.any()).item():
        return data, False
    cell = rf'(?:[^"{mark}]*|"(?:[^"]|"")*"|="[^"{mark}]*")'
    strict = pl.col("line").str.contains(rf"^{cell}(?:{mark}{cell})*\r?$")
    loose: list[int] = frame.filter(~strict)["index"].to_list()
    return (_rewritten(lines, loose, Grammar.of(separator), columns, clock), True) if loose else (data, True)


def _rewritten(lines: list[bytes], loose: list[int], grammar: Grammar, columns: int, clock: Clock) -> bytes:
    """Make the `loose` lines strict; a loop, because such lines are few in files that programs write."""
    done = -1
    for index in loose:
        if index <= done:
            continue
        clock.check()
        last = _record_end(lines, index, grammar, columns)
        record = b"\n".join(lines[index : last + 1]).decode()
        strict = grammar.write(grammar.cells(record)).encode().split(b"\n")
        lines[index : last + 1] = strict
        done = last
    return b"\n".join(lines)


def _record_end(lines: list[bytes], index: int, grammar: Grammar, columns: int) -> int:
    """Last line of the record that begins at `index`: the line itself unless lines join to exactly `columns` cells.

    A line that is a strict record of `columns` cells by itself is never swallowed; neither does a line that has as
    many without any quoting swallow another such line (two stray quotes in neighbouring lines).
    """
    record = lines[index].decode()
    full = _splits_into(record, grammar, columns)
    for last in range(index + 1, min(index + MAX_RECORD_LINES, len(lines))):
        line = lines[last].decode()
        if (full and _splits_into(line, grammar, columns)) or _is_record(line, grammar, columns):
            return index
        record += "\n" + line
        if len(record) > MAX_RECORD_CHARACTERS:
            return index
        if record.count(QUOTE) % 2 == 0 and _is_record(record, grammar, columns):
            return last
    return index


def _splits_into(line: str, grammar: Grammar, columns: int) -> bool:
    return len(line.split(grammar.separator)) == columns > 1


def _is_record(text: str, grammar: Grammar, columns: int) -> bool:
    text = text.removesuffix("\r")
    return grammar.record.fullmatch(text) is not None and len(grammar.cells(text)) == columns > 1


def records(data: bytes, grammar: Grammar, *, quoted: bool) -> Iterator[tuple[int, list[str]]]:
    """(physical line, cells) of each record of strict text; blank lines give one empty cell."""
    start, pending, quotes = 1, "", 0
    for number, line in enumerate(_lines(data), start=1):
        if not pending:
            start = number
        pending = f"{pending}\n{line}" if number > start else line
        quotes += line.count(QUOTE) if quoted else 0
        if quotes % 2 == 0:
            yield start, grammar.cells(pending) if quoted else pending.removesuffix("\r").split(grammar.separator)
            pending, quotes = "", 0
    if pending:
        yield start, grammar.cells(pending)


def _lines(data: bytes) -> Iterator[str]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield data[start:end].decode()
        start = end + 1
