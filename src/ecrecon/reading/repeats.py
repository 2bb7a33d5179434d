"""One number on several rows of one export: the same thing repeated, or two things of which only one could be kept."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.base.variances import Kind
from ecrecon.reading.sheet import Sheet


def filled_alike(frame: pl.DataFrame, key: Sequence[str], values: Sequence[str]) -> pl.DataFrame:
    """`frame` with empty `values` taken from the other row of the same key, where all that are filled agree.

    An order whose amounts stand on the first of its rows only (merged cells) is whole on each of them.
    """
    keyed = pl.col(key[0]).is_not_null()
    if not frame.height or frame.select(key).is_unique().all():
        return frame
    one = [pl.col(name).drop_nulls().n_unique().over(key) == 1 for name in values]
    return frame.with_columns(
        pl.when(keyed & agree & pl.col(name).is_null())
        .then(pl.col(name).drop_nulls().first().over(key))
        .otherwise(pl.col(name))
        .alias(name)
        for name, agree in zip(values, one, strict=True)
    )


def report_repeats(
    sheet: Sheet, frame: pl.DataFrame, key: Sequence[str], values: Sequence[str], field: str, kind: Kind | None = None
) -> None:
    """F11 for each row of `frame` (beside `sheet.line`) whose key stands on another row with other `values`."""
    there = [name for name in values if name in frame.columns]
    if not there or not frame.height or frame.select(key).is_unique().all():
        return
    differs = pl.any_horizontal(pl.col(name).n_unique().over(key) > 1 for name in there)
    hit = frame.select((pl.col(key[0]).is_not_null() & differs).alias("hit"))["hit"].fill_null(value=False)
    spec = sheet.profile.fields.get(field)
    names = [source.column for source in spec.from_ if sheet.has(source.column)] if spec else []
    sheet.log.add_cells(
        "F11",
        sheet.line.filter(hit),
        frame[field].filter(hit),
        column=sheet.printed[names[0]] if names else "",
        expected=tr("一个单号只有一种内容", "one content for one number"),
        hint=tr(
            "同一单号在文件里有几行且内容不同，只能取最后一行：请核对是拆分、重复还是改单，改好后重跑",
            "the number stands on several rows with different contents and only the last is used: find out whether they "
            "are parts, copies or corrections, and run again",
        ),
        kind=kind,
    )
