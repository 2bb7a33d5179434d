"""Merged cells below a header: a spreadsheet stores their value once, in the first cell.

An order number merged over the goods of the order stands for all of these rows; an amount merged with it is the order's
and counts once. An amount merged over rows of several documents is nobody's: that is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.reading.columns import id_columns, money_columns, value_columns
from ecrecon.reading.containers.model import Span
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.tables import Body
from ecrecon.settings.profiles import Profile


def filled_down(cells: pl.DataFrame, body: Body, once: set[str]) -> pl.DataFrame:
    """`cells` with the value of merged cells in every row that they span; columns of `once` (physical) stay as stored,
    as what adds up counts once."""
    spans = [s for s in body.merged if s.last_line > s.first_line]
    columns = {f"c{place}" for span in spans for place in range(span.first, span.last + 1)} - once
    new = []
    for name in sorted(columns.intersection(cells.columns)):
        place = int(name.removeprefix("c"))
        inner = _inner_lines([span for span in spans if span.first <= place <= span.last])
        run = (~body.line.head(cells.height).is_in(inner)).cum_sum()
        new.append(pl.col(name).first().over(run).alias(name))
    return cells.with_columns(new) if new else cells


def _inner_lines(spans: Sequence[Span]) -> list[int]:
    """The lines that a merged cell covers without being stored there."""
    return [line for span in spans for line in range(span.first_line + 1, span.last_line + 1)]


def report_merged(body: Body, used: dict[str, str], kept: pl.Series, profile: Profile, log: FindingLog) -> None:
    """F11 for merged cells whose value belongs to more than one document, or to more than one column."""
    if not body.merged:
        return
    lines = set(kept.to_list())
    first = body.line[0] if len(body.line) else 0
    physical = {place: name for name, place in used.items()}
    ids = {used[name] for name in id_columns(profile) if name in used}
    money = {used[name] for name in money_columns(profile) if name in used}
    values = {used[name] for name in value_columns(profile) if name in used}
    whole = [span for span in body.merged if any(f"c{p}" in ids for p in range(span.first, span.last + 1))]
    for span in body.merged:  # merged cells with money in them are few
        covered = [f"c{place}" for place in range(span.first, span.last + 1)]
        rows = [line for line in range(span.first_line, span.last_line + 1) if line in lines]
        shared = [name for name in covered if name in money] if len(rows) > 1 else []
        across = [name for name in covered[1:] if name in values] if rows else []
        wrong = [n for n in shared if not _of_one(span, whole)] or across
        for name in wrong:
            text = body.cells[f"c{span.first}"][span.first_line - first] if span.first_line >= first else None
            log.add(
                "F11",
                line=rows[0],
                column=log_name(physical, name),
                text=text,
                expected=tr("每行一个单元格", "one cell in each row"),
                hint=tr(
                    f"第 {span.first_line} 至 {span.last_line} 行的单元格合并，金额不知归哪一行：请取消合并并填好，或重新下载",
                    f"cells of rows {span.first_line} to {span.last_line} are merged, the value has no single row: "
                    "unmerge and fill them, or download the file again",
                ),
            )


def log_name(physical: dict[str, str], name: str) -> str:
    """The column's name for a message."""
    return physical.get(name, name)


def _of_one(span: Span, whole: Sequence[Span]) -> bool:
    """True where a merged id spans the same rows: they are one document."""
    return any(one.first_line <= span.first_line and span.last_line <= one.last_line for one in whole)
