"""Why a row of a file counts as it does: the reason that the run had, not those it might have had.

Pure functions over the outputs of a run: lines with their dispositions, and the rows that were set aside (`set_aside.parquet`).
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ecrecon.base.schema import Schema, empty

ASIDE: Schema = {
    "source_id": pl.Int32, "source_line": pl.Int32, "last_line": pl.Int32, "reason": pl.String,
    "kept_source_id": pl.Int32, "kept_line": pl.Int32,
}  # fmt: skip
INSTEAD: Schema = {"line_id": pl.Int64, "instead": pl.String}
"""Lines that another line stands for, and its place (`path:line`)."""

_TWICE = ("superseded", "duplicate")
_SAME = ("account", "amount_minor", "occurred_at", "order_id", "txn_id")


def reason_at(path: str, line: int, files: pl.DataFrame, aside: pl.DataFrame) -> tuple[str, str | None]:
    """(reason, place of the record that stands for the row) of one row of a file; ("", None) where none was kept.

    `files`: path in the order of `source_id`; of a workbook and an archive a path may be several tables.
    """
    paths = files["path"].to_list()
    mine = [index for index, name in enumerate(paths) if name == path]
    last = pl.col("last_line").fill_null(2**31 - 1)
    rows = aside.filter(pl.col("source_id").is_in(mine), pl.col("source_line") <= line, last >= line)
    if rows.is_empty():
        return "", None
    row = rows.sort("source_id", "source_line").row(0, named=True)
    kept = row["kept_source_id"]
    return row["reason"], None if kept is None else f"{paths[kept]}:{row['kept_line']}"


def instead_of(lines: pl.DataFrame, wanted: Iterable[int], files: pl.DataFrame) -> pl.DataFrame:
    """Frame INSTEAD for those of `wanted` (line_id) that count from another file or row.

    The same movement has the same account, amount, time, order and flow number; the first of several stands for all.
    """
    names = [name for name in _SAME if name in lines.columns]
    gone = lines.filter(pl.col("line_id").is_in(list(wanted)), pl.col("disposition").cast(pl.String).is_in(_TWICE))
    if gone.is_empty() or len(names) < len(_SAME):
        return empty(INSTEAD)
    amounts = gone["amount_minor"].unique()
    counts = lines.filter(
        pl.col("amount_minor").is_in(amounts.implode()), ~pl.col("disposition").cast(pl.String).is_in(_TWICE)
    )
    stands = counts.sort("line_id").unique(names, keep="first", maintain_order=True)
    paths = pl.lit(pl.Series(files["path"].to_list(), dtype=pl.String))
    place = pl.concat_str(paths.gather(pl.col("source_id")), pl.lit(":"), pl.col("source_line").cast(pl.String))
    return gone.select("line_id", *names).join(
        stands.select(*names, instead=place), on=names, nulls_equal=True
    ).select(list(INSTEAD)).sort("line_id")  # fmt: skip
