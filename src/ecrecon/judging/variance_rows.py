"""Rows of `variances.csv` from components, lines, shops and findings (README.md "What a run writes")."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import VARIANCE_ROWS, conform, empty
from ecrecon.base.sources import Source
from ecrecon.base.texts import language
from ecrecon.base.variances import BY_CODE, advice_map, check_expr, type_expr
from ecrecon.judging.damage import faults
from ecrecon.judging.period import of_period
from ecrecon.judging.sentences import moved_expr, sentence

SORT = (
    "code",
    "platform",
    "shop",
    "order_id",
    "sub_order_id",
    "refund_id",
    "txn_id",
    "sources",
    "difference_minor",
    "note",
)


def complete(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Rows of this run's month with type, kind, check, hint, period, age and id, sorted on a total key.

    `rows`: any columns of VARIANCE_ROWS, of all months.
    """
    frame = of_period(conform(rows, VARIANCE_ROWS), moment)
    kinds = {code: v.kind for code, v in BY_CODE.items()}
    frame = frame.with_columns(
        type=type_expr(),
        check=pl.coalesce("check", check_expr()),
        kind=pl.coalesce("kind", pl.col("code").cast(pl.String).replace_strict(kinds).cast(VARIANCE_ROWS["kind"])),
        hint=pl.coalesce("hint", pl.col("code").cast(pl.String).replace_strict(advice_map(language()))),
        age_days=(pl.lit(moment.day) - pl.col("occurred_at").dt.date()).dt.total_days(),
        status=pl.lit("open"),
        currency=pl.col("currency").fill_null("CNY"),
        difference_minor=pl.col("difference_minor").fill_null(0),
    )
    frame = frame.sort(*SORT, nulls_last=True)
    return _with_ids(frame)


def _with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.Series("variance_id", variance_ids(frame), dtype=pl.String))


def variance_ids(frame: pl.DataFrame) -> list[str]:
    """`V` + digest of (check, platform, order or line key, ordinal), without type and amount: stable across runs.

    A loop over rows: a digest has no expression, and variances are few beside lines.
    """
    key = pl.coalesce("order_id", "txn_id", "sources", "shop", "account", pl.lit(""))
    keyed = frame.with_columns(key=key).with_columns(ordinal=pl.int_range(pl.len()).over("check", "platform", "key"))
    return [
        "V" + hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:12]
        for row in keyed.select("check", "platform", "key", "ordinal").iter_rows()
    ]


def finding_rows(findings: Iterable[pl.DataFrame], sources: Sequence[Source]) -> pl.DataFrame:
    """Findings of files, cells and shops as variance rows; their sum stands in `actual`, `difference` is 0.

    Where two amounts disagree (a printed total, a balance, a day downloaded again) the sum is what they differ by.
    """
    frames = list(findings)
    if not frames:
        return empty(VARIANCE_ROWS)
    found = faults(pl.concat(frames), sources)
    where = pl.DataFrame(
        [(s.path, s.platform, s.shop, s.account, s.currency) for s in sources],
        schema=dict.fromkeys(("source_path", "platform", "shop", "account", "currency"), pl.String),
        orient="row",
    ).unique("source_path", keep="first", maintain_order=True)  # sheets and pockets of one file
    of_shop = pl.col("code") == "F15"
    frame = found.join(where, on="source_path", how="left", maintain_order="left")
    spot = (
        pl.when(pl.col("source_line").is_null())
        .then("source_path")
        .otherwise(pl.concat_str("source_path", pl.lit(":"), pl.col("source_line").cast(pl.String)))
    )
    return conform(
        frame.with_columns(
            shop=pl.when(of_shop).then("column").when(pl.col("code") == "F14").then("expected").otherwise("shop"),
            order_id=pl.when(pl.col("code") == "F13").then("text"),
            txn_id=pl.when(pl.col("code") == "F09").then("text"),
            sources=pl.when(pl.col("source_path") != "").then(spot),
            note=sentence(),
            actual_minor=pl.when(pl.col("expected_minor").is_null()).then("actual_minor").otherwise(moved_expr()),
            difference_minor=pl.lit(0, dtype=pl.Int64),
        ).drop("expected_minor"),
        VARIANCE_ROWS,
    )
