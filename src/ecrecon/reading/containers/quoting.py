"""Quoting, backticks and widths: where the cells of delimited text begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ecrecon.quarantine.limits import Clock
from ecrecon.reading.containers.model import End

# How many cells each record of delimited text has, and whether its last record is whole.

TAIL = 64
"""Records at the end that are always counted one by one: trailers are shorter than rows, and a cut shows there."""

_END_BYTES = 256 * 1024
"""Bytes in which the last line is looked for."""
_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_LINE_ENDS = (b"\n", b"\r")


def record_widths(
    data: bytes, separator: str, start: int, height: int, width: int, *, quoted: bool
) -> pl.Series | None:
    """Int32 "width": cells of each of the `height` records from byte `start` of strict text on.

    None where they cannot be told apart. Records before the last TAIL are counted together first: where their
    separators add up to `width` cells each, they all have as many (none has more, the reader saw to that).
    """
    mark = separator.encode()
    cut = start if quoted else _before_tail(data, start)
    many = data.count(b"\n", start, cut)
    if cut > start and data.count(mark, start, cut) != many * (width - 1):
        cut, many = start, 0
    text = _QUOTED.sub(b"", data[cut:]) if quoted else data[cut:]
    lines = pl.Series("line", text.split(b"\n"), dtype=pl.Binary)
    counted = lines.cast(pl.String).str.count_matches(separator, literal=True).cast(pl.Int32) + 1
    if many + len(counted) not in (height, height + 1):
        return None
    even = pl.Series([width], dtype=pl.Int32).new_from_index(0, many)
    return pl.concat([even, counted]).head(height).alias("width")


def _before_tail(data: bytes, start: int) -> int:
    """The byte where the last TAIL lines begin, not before `start`."""
    place = len(data)
    for _ in range(TAIL + 1):
        place = data.rfind(b"\n", start, place)
        if place < 0:
            return start
    return place + 1


def end_of(data: bytes, separator: str) -> End:
    """Whether the text stops inside a line, or inside a quoted cell that opened in the last one."""
    body = data[-_END_BYTES:].rstrip(b"\r\n")
    text = body[max(body.rfind(end) for end in _LINE_ENDS) + 1 :]
    mark = re.escape(separator.encode())
    if b'"' in text and re.search(rb'(?:^|%s)"(?:[^"]|"")*\Z' % mark, _QUOTED.sub(b"", text)):
        return "open_quote"
    if data.endswith(b"\r") and data.count(b"\r") == data.count(b"\r\n") + 1 > 1:
        return "half_line_end"
    return "whole" if data.endswith(_LINE_ENDS) or not text.strip(b"\0\x1a ") else "no_line_end"


# The line grammar of WeChat Pay bills: every value begins with a backtick, and only comma and backtick separate.

MARK = "`"
_SAMPLE = 256 * 1024
_FEWEST = 3
"""Separators of a line that shows the grammar."""


def is_backticked(data: bytes) -> bool:
    """True where values of UTF-8 text begin with backticks and nothing else quotes them.

    Ids alone in backticks (other platforms) are not enough; a spreadsheet that saves such cells quotes those with commas.
    """
    head = data[:_SAMPLE].decode(errors="ignore").split("\n")
    marked = [line.rstrip("\r").rstrip(",") for line in head if line.startswith(MARK)]
    if any(',"' + MARK in line for line in marked):
        return False
    whole = [
        line for line in marked if line.count("," + MARK) >= _FEWEST and 2 * line.count("," + MARK) > line.count(",")
    ]
    return bool(whole) and 2 * len(whole) > len(marked)


def as_strict_csv(data: bytes) -> bytes:
    """The same physical lines as strict CSV: `` `a,`b,c,` `` becomes `"a","b,c",""`.

    Commas that a spreadsheet added to fill short rows are dropped.
    """
    lines = pl.Series("line", data.split(b"\n"), dtype=pl.Binary).cast(pl.String).to_frame()
    text = pl.col("line").str.strip_chars_end("\r")
    bare = text.str.strip_chars_end(",").str.slice(1).str.replace_all('"', '""', literal=True)
    strict = pl.concat_str(pl.lit('"'), bare.str.replace_all(",`", '","', literal=True), pl.lit('"'))
    plain = text.str.replace_all('"', '""', literal=True).str.replace_all(r"([^,]+)", '"$1"')
    row = pl.when(text.str.starts_with(MARK)).then(strict).when(text.str.contains('"')).then(plain).otherwise(text)
    return b"\n".join(line.encode() for line in lines.select(row.alias("line"))["line"].to_list())


# CSV quoting as it occurs: real quoting, the `="…"` wrapper, and quote characters that quote nothing.

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
