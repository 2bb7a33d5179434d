"""Mutations of bytes and of delimited text. Each takes the bytes and a generator of random numbers."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]

NASTY = (
    "", " ", "-", "--", "0", "0.00", "-0.00", "1e3", "1E+17", "NaN", "inf", "12.345", "1,234.56", "１２.００", "￥12.00",
    "(12.00)", "12.00-", "+5", "99999999999999999999.99", "9223372036854775807", "-92233720368547758.08", "#N/A", "#REF!",
    "TRUE", "null", "合计", "总计", "合计：", "小计", "#", "'", '"', '""', '="1"', "=1+1", "＝1+1", "@SUM(1)", "\t", "`",
    "2026-13-45", "9999-12-31 23:59:59", "0001-01-01", "2062-10-01 00:00:00", "1900-01-00", "20261001", "46296.5",
    "2026年10月1日", "10/11/12", "下午3:05", "\x1b[2J", "\x1b]0;x\x07", "\u202etxt", "\u2028", "\x85", "\x0b", "\x00",
    "\ufffd", "\ud7ff", "\U0001f600", "é", "e\u0301", "１" * 40, "9" * 400, "A" * 5000, "1.23456789012345E+18",
    "<b>", "]]>", "&amp;", "../../x", "[red]x[/red]", "{0}", "%s", "\\", "|", ";", ",,,,", "a\nb", "a\r\nb",
)  # fmt: skip
"""What turns up, or is put, in a cell."""


def flip_bytes(data: bytes, random: Random) -> bytes:
    """Change one to sixteen bytes."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 16)):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def cut_end(data: bytes, random: Random) -> bytes:
    """A download that stopped."""
    return data[: random.randint(0, len(data))]


def drop_span(data: bytes, random: Random) -> bytes:
    """A hole."""
    start = random.randint(0, len(data))
    return data[:start] + data[start + random.randint(1, 200) :]


def repeat_span(data: bytes, random: Random) -> bytes:
    """A piece twice, or many times."""
    start = random.randint(0, len(data))
    end = start + random.randint(1, 200)
    return data[:end] + data[start:end] * random.choice((1, 1, 1, 50)) + data[end:]


def put_bytes(data: bytes, random: Random) -> bytes:
    """Foreign bytes somewhere."""
    start = random.randint(0, len(data))
    return (
        data[:start]
        + random.choice((b"\0", b"\xff\xfe", b"\x1b[31m", b"\r", b"\n", b"\x80", b'"', b","))
        + data[start:]
    )


def encoding_of(data: bytes) -> str | None:
    """One in which the whole text decodes."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in (
        ("utf-16",) if marked else ("utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8", "gb18030")
    ):
        try:
            data.decode(encoding)
        except UnicodeError:
            continue
        return encoding
    return None


def encode(text: str, encoding: str) -> bytes:
    """Text as bytes; characters that the encoding lacks become "?"."""
    return text.encode(encoding, errors="replace")


def _of_lines(change: Callable[[list[str], Random], list[str]]) -> Mutation:
    def mutate(data: bytes, random: Random) -> bytes:
        encoding = encoding_of(data)
        if encoding is None:
            return flip_bytes(data, random)
        text = data.decode(encoding)
        return encode("\n".join(change(text.split("\n"), random)), encoding)

    return mutate


def _a_row(lines: list[str], random: Random) -> int:
    return random.randrange(len(lines))


def _drop_row(lines: list[str], random: Random) -> list[str]:
    at = _a_row(lines, random)
    return lines[:at] + lines[at + 1 :]


def _repeat_row(lines: list[str], random: Random) -> list[str]:
    at = _a_row(lines, random)
    return lines[: at + 1] + [lines[at]] * random.choice((1, 1, 300)) + lines[at + 1 :]


def _move_row(lines: list[str], random: Random) -> list[str]:
    line = lines.pop(_a_row(lines, random))
    lines.insert(random.randint(0, len(lines)), line)
    return lines


def _blank_rows(lines: list[str], random: Random) -> list[str]:
    at = _a_row(lines, random)
    return lines[:at] + [random.choice(("", "", ",,,", " ", "\t", "\r"))] * random.choice((1, 3, 1000)) + lines[at:]


def _join_rows(lines: list[str], random: Random) -> list[str]:
    at = _a_row(lines, random)
    return [*lines[:at], "".join(lines[at : at + 2]), *lines[at + 2 :]]


def _cut_row(lines: list[str], random: Random) -> list[str]:
    at = _a_row(lines, random)
    lines[at] = lines[at][: random.randint(0, len(lines[at]))]
    return lines


def separator_of(lines: list[str]) -> str:
    """The commonest of the usual separators."""
    text = "\n".join(lines[:200])
    return max((",", "\t", ";", "|"), key=text.count)


def _of_cells(change: Callable[[list[str], Random], list[str]]) -> Mutation:
    def at_a_row(lines: list[str], random: Random) -> list[str]:
        mark = separator_of(lines)
        at = _a_row(lines, random)
        lines[at] = mark.join(change(lines[at].split(mark), random))
        return lines

    return _of_lines(at_a_row)


def _put_cell(cells: list[str], random: Random) -> list[str]:
    cells[random.randrange(len(cells))] = random.choice(NASTY)
    return cells


def _drop_cell(cells: list[str], random: Random) -> list[str]:
    cells.pop(random.randrange(len(cells)))
    return cells


def _add_cells(cells: list[str], random: Random) -> list[str]:
    at = random.randint(0, len(cells))
    return cells[:at] + [random.choice(("", "x", "1.00"))] * random.choice((1, 1, 1, 40)) + cells[at:]


def _swap_cells(cells: list[str], random: Random) -> list[str]:
    one, other = random.randrange(len(cells)), random.randrange(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    return cells


def _prefix_cell(cells: list[str], random: Random) -> list[str]:
    at = random.randrange(len(cells))
    cells[at] = random.choice(("#", "合计", '"', "'", "=", "`", "\t", "-", " ")) + cells[at]
    return cells


def _columns(change: str) -> Mutation:
    def mutate(lines: list[str], random: Random) -> list[str]:
        mark = separator_of(lines)
        width = max(line.count(mark) for line in lines) + 1
        at, other = random.randrange(width), random.randrange(width)
        count = random.choice((1, 1, 1, 3000)) if change == "add" else 1
        result = []
        for line in lines:
            cells = line.split(mark)
            if len(cells) > max(at, other):
                if change == "drop":
                    cells.pop(at)
                elif change == "swap":
                    cells[at], cells[other] = cells[other], cells[at]
                else:
                    cells[at:at] = ["新列"] * count if not result else [""] * count
            result.append(mark.join(cells))
        return result

    return _of_lines(mutate)


def line_ends(data: bytes, random: Random) -> bytes:
    """Other line ends, one or all."""
    end = random.choice((b"\r", b"\r\n", b"\r\r\n", b"\n\r", b"\x0b", b"\xc2\x85", b"\xe2\x80\xa8", b"\n\n"))
    plain = data.replace(b"\r\n", b"\n")
    if random.random() < 0.5:
        return plain.replace(b"\n", end)
    parts = plain.split(b"\n")
    at = random.randrange(len(parts))
    return b"\n".join(parts[:at]) + end + b"\n".join(parts[at:])


def recode(data: bytes, random: Random) -> bytes:
    """The same text in another encoding."""
    encoding = encoding_of(data)
    if encoding is None:
        return cut_end(data, random)
    text = data.decode(encoding)
    return encode(
        text, random.choice(("utf-8", "utf-8-sig", "utf-16", "gb18030", "utf-16-le", "big5", "latin-1", "utf-32"))
    )


MUTATIONS: dict[str, Mutation] = {
    "flip_bytes": flip_bytes, "cut_end": cut_end, "drop_span": drop_span, "repeat_span": repeat_span,
    "put_bytes": put_bytes, "line_ends": line_ends, "recode": recode,
    "drop_row": _of_lines(_drop_row), "repeat_row": _of_lines(_repeat_row), "move_row": _of_lines(_move_row),
    "blank_rows": _of_lines(_blank_rows), "join_rows": _of_lines(_join_rows), "cut_row": _of_lines(_cut_row),
    "put_cell": _of_cells(_put_cell), "drop_cell": _of_cells(_drop_cell), "add_cells": _of_cells(_add_cells),
    "swap_cells": _of_cells(_swap_cells), "prefix_cell": _of_cells(_prefix_cell),
    "drop_column": _columns("drop"), "swap_columns": _columns("swap"), "add_column": _columns("add"),
}  # fmt: skip
