"""What a file holds below its header, against what was read and what was left out; files whose sums wrap around are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from ecrecon.base.money import NULL_TOKENS, SUMMABLE, total_size
from ecrecon.base.sources import Census, LeftOut, MoneyCells, Parsed, finding
from ecrecon.base.texts import tr
from ecrecon.reading.cells import BLANKS
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.tables import Body

# Files whose amounts cannot be added up are refused by name: a sum that wraps around shows 0.00 and says nothing.


def refuse_unsummable(parsed: Iterable[Parsed]) -> list[Parsed]:
    """`parsed` in its order; from the file on whose amounts no longer fit a sum of all files together, each is unreadable.

    A single cell that is too large is F11 of the cell. Here are the many: a column of numbers that are no amounts. What is
    left adds up in Int64 whatever is added to what (`money.SUMMABLE`).
    """
    told: list[Parsed] = []
    used = 0
    for item in parsed:
        size = _size(item)
        if used + size > SUMMABLE:
            told.append(_refused(item))
            continue
        used += size
        told.append(item)
    return told


def _size(item: Parsed) -> int:
    """Σ |amount| over all money columns of a file."""
    if item.frame is None:
        return 0
    names = [name for name, dtype in item.frame.schema.items() if name.endswith("_minor") and dtype == pl.Int64]
    return sum(total_size(item.frame[name]) for name in names if name != "balance_minor")


def _refused(item: Parsed) -> Parsed:
    reason = tr(
        "金额合计超出可能的范围：这些数字不是金额", "the amounts add up to more than money can be: these are no amounts"
    )
    hint = tr(
        "打开文件看金额列是否错位或混入了单号，再重新下载",
        "open the file: are the money columns shifted, or do they hold numbers of orders? download it again",
    )
    source = replace(item.source, kind="unreadable", reason=reason, income_minor=None, expense_minor=None, coverage=())
    return Parsed(source, None, finding("F11", source.path, text=reason, hint=hint))


# What a file holds below its header, counted before anything is interpreted, against what was read and what was left
# out.

READ = "read"
REASONS = ("blank", "trailer", "header", "total", "remark", "note", "dropped", "unread")
"""Why a row is not read as data. `blank`: nothing in it. `dropped`: a rule of the profile. `unread`: only columns that
nobody reads are filled."""
FATE = pl.Enum([READ, *REASONS])


def take_census(
    body: Body,
    fates: pl.Series,
    rows: pl.DataFrame,
    money: Mapping[str, str],
    masked: list[str],
    log: FindingLog,
) -> Census:
    """`fates`: FATE beside `body.line`; `rows`: cells as read; `money`: column -> physical column.

    A filled money cell of a row that was read and is not among the cells read is reported (F11).
    """
    blank = fates == "blank"
    if blank.any():
        fates = fates.scatter(blank.arg_true().filter(~_is_empty(body.cells.filter(blank))), "unread")
    left = [
        LeftOut(reason, int((fates == reason).sum()), _ranges(body.line.filter(fates == reason)))
        for reason in REASONS
        if reason != "blank" and (fates == reason).any()
    ]
    counted = [_money(name, body.cells[place], fates, rows[name], masked) for name, place in money.items()]
    for one, lost in counted:
        report_lost(one.column, body.line.filter(lost), log)
    filled = int((fates != "blank").sum())
    read = int((fates == READ).sum())
    last = int(body.line[-1]) if len(body.line) else None
    return Census(filled, read, tuple(left), tuple(one for one, _ in counted), _ranges(body.line.filter(blank)), last)


def _ranges(lines: pl.Series) -> tuple[tuple[int, int], ...]:
    """Ascending lines as closed ranges."""
    if lines.is_empty():
        return ()
    runs = pl.DataFrame({"line": lines}).group_by(
        pl.col("line") - pl.int_range(pl.len(), dtype=pl.Int32), maintain_order=True
    )
    spans = runs.agg(first=pl.col("line").min(), last=pl.col("line").max())
    return tuple(spans.select("first", "last").iter_rows())


def _is_empty(cells: pl.DataFrame) -> pl.Series:
    """Boolean per row: nothing but blanks and marks that stand for nothing."""
    if cells.width == 0 or cells.is_empty():
        return pl.Series([True], dtype=pl.Boolean).new_from_index(0, cells.height)
    nothing = pl.all().is_null() | pl.all().str.strip_chars(BLANKS + "\"'`=").is_in(["", *NULL_TOKENS])
    return cells.select(pl.all_horizontal(nothing).alias("empty"))["empty"]


def _money(
    name: str, raw: pl.Series, fates: pl.Series, read: pl.Series, masked: list[str]
) -> tuple[MoneyCells, pl.Series]:
    """Counts of one money column, and where a filled cell of a row that was read did not arrive."""
    filled, arrived = len(raw) - raw.null_count(), len(read) - read.null_count()
    nothing = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(raw))
    if filled == arrived:
        return MoneyCells(name, filled, arrived, 0, 0), nothing
    text = raw.str.strip_chars(BLANKS)
    inside = fates == READ
    some = (raw.is_not_null() & (text != "")).fill_null(value=False)
    void = some & text.str.strip_chars("\"'`=").str.strip_chars(BLANKS).is_in(["", *NULL_TOKENS, *masked])
    there = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(raw))
    there = there.scatter(inside.arg_true(), read.is_not_null()) if len(read) else there
    lost = some & inside & ~there & ~void
    listed = int((some & ~inside).sum())
    return MoneyCells(name, int(some.sum()), int((some & there).sum()), listed, int((void & inside).sum())), lost


def report_lost(column: str, lines: pl.Series, log: FindingLog) -> None:
    """F11 for rows, or cells of `column`, that are neither read nor listed."""
    log.add_cells(
        "F11",
        lines,
        pl.Series([""], dtype=pl.String).new_from_index(0, len(lines)),
        column=column,
        expected=tr("每个有内容的单元格都被读取或列出", "every filled cell read or listed"),
        hint=tr(
            "该行有内容但没有读到：请检查该行的格式，或重新下载",
            "the row holds something that was not read: look at it, or download the file again",
        ),
    )
