"""Text tables for the interpreter without any file: what `reading.containers` would deliver."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass

import polars as pl

from ecrecon.base.sources import Parsed
from ecrecon.reading.containers.model import End, Span
from ecrecon.reading.identify import Identified, identify
from ecrecon.reading.parse import parse
from ecrecon.settings.profiles import Profile, profile_from

TAB = "⇥"


@dataclass(frozen=True)
class FakeBody:
    names: list[str]
    cells: pl.DataFrame
    line: pl.Series
    numeric: pl.DataFrame | None
    ragged: list[tuple[int, int]]
    damaged: list[int]
    widths: pl.Series | None = None
    end: End = "whole"
    merged: tuple[Span, ...] = ()


@dataclass(frozen=True)
class FakeTable:
    rows: list[list[object]]
    path: str = "bill.csv"
    sheet: str | None = None
    container: str = "csv"
    encoding: str | None = "utf-8"
    sha256: str = "0" * 64
    size: int = 1

    @property
    def head(self) -> list[list[str]]:
        return [[_text(cell) or "" for cell in row] for row in self.rows[:60]]

    @property
    def head_lines(self) -> list[int]:
        return list(range(1, len(self.head) + 1))

    def body(self, header_index: int, header_rows: int = 1, skip: int = 0) -> FakeBody:
        top = self.rows[header_index : header_index + header_rows]
        width = max(len(row) for row in top)
        padded = [[_text(cell) or "" for cell in row] + [""] * (width - len(row)) for row in top]
        names = ["_".join(cell for cell in column if cell) for column in zip(*padded, strict=True)]
        start = header_index + header_rows + skip
        below = self.rows[start:]
        columns = {
            f"c{i}": pl.Series([_text(row[i]) if i < len(row) else None for row in below], dtype=pl.String)
            for i in range(width)
        }
        numeric = {
            f"c{i}": pl.Series([i < len(row) and isinstance(row[i], int | float) for row in below], dtype=pl.Boolean)
            for i in range(width)
        }
        line = pl.Series("line", range(start + 1, start + 1 + len(below)), dtype=pl.Int32)
        ragged = [(start + 1 + i, len(row)) for i, row in enumerate(below) if any(_text(cell) for cell in row[width:])]
        damaged = [start + 1 + i for i, row in enumerate(below) if any("\ufffd" in (_text(cell) or "") for cell in row)]
        flags = pl.DataFrame(numeric) if self.container in ("xlsx", "xls") else None
        return FakeBody(names, pl.DataFrame(columns), line, flags, ragged, damaged)


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    return cell if isinstance(cell, str) else str(cell)


def table(text: str, path: str = "bill.csv") -> FakeTable:
    """A CSV file; `⇥` stands for one TAB as on the format pages."""
    rows = [list(row) for row in csv.reader(io.StringIO(text.replace(TAB, "\t")))]
    return FakeTable(rows, path=path)


def book(rows: list[list[object]], sheet: str = "Sheet1", path: str = "bill.xlsx") -> FakeTable:
    """A spreadsheet; int and float cells are numeric cells."""
    return FakeTable(rows, path=path, sheet=sheet, container="xlsx", encoding=None)


def profile(text: str, name: str = "inline.toml") -> Profile:
    return profile_from(tomllib.loads(text), name)


def read(source: FakeTable, *profiles: Profile) -> Parsed:
    """Identify among `profiles`, then parse."""
    identity = identify(source, profiles)
    assert isinstance(identity, Identified), identity
    return parse(source, identity.profile, identity.header_index)


def codes(parsed: Parsed) -> list[str]:
    return parsed.findings["code"].cast(pl.String).to_list()


def frame(parsed: Parsed) -> pl.DataFrame:
    assert parsed.frame is not None
    return parsed.frame
