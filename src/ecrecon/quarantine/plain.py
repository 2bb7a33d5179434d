"""Sheets as the confined reader sends them: plain values, before any frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

Cell = str | float | int | bool | date | datetime | time | timedelta | None

End = Literal["whole", "no_line_end", "half_line_end", "open_quote", "no_closing_tag"]
"""How a file ends. What stops inside a quoted cell, a tag or a line end of two characters has lost what was behind it; a line
without end may be whole."""


@dataclass(frozen=True)
class Span:
    """Merged cells of a spreadsheet: 1-based sheet rows, 0-based columns, both ends included."""

    first_line: int
    last_line: int
    first: int
    last: int


@dataclass(frozen=True)
class PlainSheet:
    """Rows from row 1 on. `name`: of the sheet, "" for a table of a page."""

    name: str
    rows: list[list[Cell]]
    merged: tuple[Span, ...] = ()
    end: End = "whole"
