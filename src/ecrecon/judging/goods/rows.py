"""Verdicts of the goods check as rows of `variances.csv`."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.schema import VARIANCE_ROWS, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.judging.goods.judge import GoodsJudged


def goods_rows(judged: GoodsJudged, sources: Sequence[Source]) -> pl.DataFrame:
    """Rows of schema VARIANCE_ROWS: one per order, S02 one per shop with its count in the note."""
    paths = {index: source.path for index, source in enumerate(sources)}
    spot = pl.concat_str(
        pl.col("source_id").replace_strict(paths, default=None, return_dtype=pl.String),
        pl.lit(":"),
        pl.col("source_line").cast(pl.String),
    )
    code = pl.col("code").cast(pl.String)
    note = (
        pl.when(code == "S02").then(pl.format(tr("ERP {} 单", "{} orders of the ERP"), "orders"))
        .when(code == "M01").then(pl.format(tr("候选：{}", "candidates: {}"), "record"))
        .when(pl.col("record").is_not_null()).then(pl.format(tr("ERP 单号 {}", "ERP order {}"), "record"))
    )  # fmt: skip
    return conform(
        judged.verdicts.with_columns(
            check=pl.lit("goods"),
            difference_minor=pl.col("actual_minor") - pl.col("expected_minor"),
            note=note,
            sources=spot,
        ),
        VARIANCE_ROWS,
    )
