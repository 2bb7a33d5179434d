"""Rows with more cells than the header: a separator inside a cell, or cells put in, shift what stands right of it."""

from __future__ import annotations

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.reading.cells import BLANKS
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.tables import Body
from ecrecon.reading.truncation import shape

_ENOUGH = 2000
"""Rows whose first cells say what the first cell of a row looks like."""


def report_long(body: Body, kept: pl.Series, settled: pl.Series, log: FindingLog) -> None:
    """F11 for rows with more cells than the header.

    `kept`: lines of the data rows. `settled`: lines of what is no row for a reason of its own (trailer, totals, headers).
    Of all others, which look blank or like remarks because their time and amount stand too far right, those are told
    whose first cell is empty or has the shape, with a digit, of that of a data row. A loop over such rows, which are few.
    """
    if not body.ragged:
        return
    lines = set(kept.to_list())
    shifted = _shifted(body, kept, settled)
    ragged = [(number, count) for number, count in body.ragged if number in lines or number in shifted]
    log.add_cells(
        "F11",
        pl.Series([number for number, _ in ragged], dtype=pl.Int32),
        pl.Series([tr(f"{count} 个单元格", f"{count} cells") for _, count in ragged], dtype=pl.String),
        column="",
        expected=tr(f"最多 {len(body.names)} 个单元格", f"at most {len(body.names)} cells"),
        hint=tr("单元格内有未加引号的分隔符，该行各列已错位", "an unquoted separator inside a cell shifts the row"),
    )


def _shifted(body: Body, kept: pl.Series, settled: pl.Series) -> set[int]:
    """Lines of long rows that were taken for blank or for remarks, and are none."""
    first = pl.DataFrame({"line": body.line, "first": body.cells.to_series(0).str.strip_chars(BLANKS)})
    asked = pl.DataFrame({"line": [number for number, _ in body.ragged]}, schema={"line": pl.Int32})
    known = pl.concat([kept, settled]).alias("line").to_frame()
    loose = first.join(asked.join(known, on="line", how="anti"), on="line", how="semi", maintain_order="left")
    if loose.is_empty():
        return set()
    mine = first.join(kept.alias("line").to_frame(), on="line", how="semi")["first"].drop_nulls().unique().sort()
    shapes = {shape(text) for text in mine.head(_ENOUGH) if any(map(str.isdigit, text))}
    return {line for line, text in loose.iter_rows() if not text or shape(text) in shapes}
