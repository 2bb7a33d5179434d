"""Check `tieout`: groups of both views with their sums, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.moment import Moment
from ecrecon.base.schema import VARIANCE_ROWS, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.base.validation import shipped_settings
from ecrecon.judging.receipt.due import OPENING_DAYS
from ecrecon.ledger.coverage import covered_days
from ecrecon.ledger.views import View

# configs/matching/tieout.toml.


class TieSettings(BaseModel):
    """`lag_days`: days around a group that the other side must cover. `systematic`: see the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lag_days: int
    systematic: int


@cache
def load_tie_settings() -> TieSettings:
    """Read the shipped settings; raise ConfigError when they do not fit."""
    return shipped_settings("matching/tieout.toml", TieSettings)


# Groups of both views with their sums, and what is wrong with them (T01, M02).

GROUPS: dict[str, pl.DataType | type[pl.DataType]] = {
    "tie_id": pl.Int64, "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String,
    "order_id": pl.String, "sub_order_id": pl.String, "txn_id": pl.String, "detail_lines": pl.Int64,
    "cash_lines": pl.Int64, "detail_minor": pl.Int64, "cash_minor": pl.Int64, "difference_minor": pl.Int64,
    "first": pl.Date, "last": pl.Date, "since": pl.Date, "occurred_at": pl.Datetime("us", "Asia/Shanghai"), "state": pl.String,
    "sources": pl.String,
}  # fmt: skip
"""One row per group of lines that must explain each other. `txn_id`: the batch number, else the id that ties.
`state`: agrees, differs, timing (the other side may still show it, or showed it before the bills begin), unchecked (it
should be there by now, but a bill of those days is missing), unseen (no day around it is covered by the other side).
`since`: the day from which `differs` or `unchecked` is certain."""


@dataclass(frozen=True)
class Tied:
    """`groups`: frame GROUPS, of the run's period, sorted. `rows`: VARIANCE_ROWS of all months. `totals`: per account, columns of
    report.model.TIEOUTS. `printed`: printed totals that were compared with their lines, and how many differ."""

    groups: pl.DataFrame
    rows: pl.DataFrame
    totals: pl.DataFrame
    printed: tuple[int, int]


def check_ties(
    lines: pl.DataFrame,
    sources: Sequence[Source],
    views: Mapping[str, View],
    moment: Moment,
    tolerance: int,
) -> Tied:
    """Compare the views of every account group by group, and printed totals with their lines.

    `lines`: LEDGER with fates as of the moment. `tolerance`: minor units per batch. A group belongs to the month of its
    last line; what is wrong with it is told in that of `since`.
    """
    live = pl.col("fate").is_null() | pl.col("fate").is_in(["account_level", "witness", "after_as_of"])
    tied = lines.filter(live, pl.col("tie_id").is_not_null())
    groups = _with_states(_sums(tied, sources), sources, moment, tolerance)
    month = groups.filter(pl.col("last").is_between(moment.start, moment.end)).sort("account", "last", "tie_id")
    printed, wrong = compare_totals(lines, sources, views, moment, tolerance)
    rows = pl.concat([_difference_rows(groups.filter(pl.col("last") <= moment.end), moment), wrong])
    return Tied(month, rows, _totals(month), (printed, wrong.height))


def _totals(groups: pl.DataFrame) -> pl.DataFrame:
    state = pl.col("state")
    off = state.is_in(["differs", "timing", "unchecked"])
    counted = {"agreed": ["agrees"], "differing": ["differs"], "timing": ["timing", "unchecked"], "unseen": ["unseen"]}
    return (
        groups.group_by("account")
        .agg(
            pl.col("platform", "shop", "currency").first(),
            pl.col("detail_minor", "cash_minor").filter(state != "unseen").sum(),
            groups=pl.len().cast(pl.Int64),
            gap_minor=pl.col("difference_minor").filter(off).sum(),
            **{name: state.is_in(words).sum().cast(pl.Int64) for name, words in counted.items()},
        )
        .sort("platform", "account")
    )


def _spots(sources: Sequence[Source]) -> pl.Expr:
    paths = dict(enumerate(source.path for source in sources))
    path = pl.col("source_id").replace_strict(paths, default="", return_dtype=pl.String)
    return pl.concat_str(path, pl.lit(":"), pl.col("source_line").cast(pl.String))


def _sums(tied: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    cash, amount = pl.col("view") == "cash", pl.col("amount_minor")
    text = pl.col("platform", "shop", "account", "currency").cast(pl.String)
    reference = pl.coalesce("payout_batch_id", "sub_order_id", "order_id", "merchant_order_no", "pay_id", "biz_txn_id")
    return (
        tied.with_columns(text, spot=_spots(sources), reference=reference)
        .sort("source_id", "source_line", "line_id")
        .group_by("tie_id", maintain_order=True)
        .agg(
            pl.col("platform", "shop", "account", "currency").first(),
            pl.when(pl.col("order_id").drop_nulls().n_unique() == 1).then(pl.col("order_id").drop_nulls().first()),
            pl.when(pl.col("sub_order_id").drop_nulls().n_unique() == 1).then(
                pl.col("sub_order_id").drop_nulls().first()
            ),
            txn_id=pl.col("reference").drop_nulls().first(),
            detail_lines=(~cash).sum().cast(pl.Int64),
            cash_lines=cash.sum().cast(pl.Int64),
            detail_minor=amount.filter(~cash).sum(),
            cash_minor=amount.filter(cash).sum(),
            first=pl.col("day").min(),
            last=pl.col("day").max(),
            occurred_at=pl.col("occurred_at").max(),
            cut=(pl.col("fate") == "after_as_of").fill_null(value=False).any(),
            sources=pl.col("spot").unique(maintain_order=True).head(20).str.join(";"),
        )
        .with_columns(difference_minor=pl.col("cash_minor") - pl.col("detail_minor"))
    )


def _with_states(groups: pl.DataFrame, sources: Sequence[Source], moment: Moment, tolerance: int) -> pl.DataFrame:
    """Add `state` and `since`. A difference is one only where both sides cover the days around the group.

    A day that is to come may still bring the other side. Days before the first bill never will: such a group waits
    `OPENING_DAYS` for an earlier bill, then a person is asked; at once where a day between two bills is missing.
    """
    lag = load_tie_settings().lag_days
    days = pl.date_ranges(
        pl.col("first") - timedelta(days=lag), pl.col("last") + timedelta(days=lag), interval="1d", closed="both"
    )
    asked = groups.select("tie_id", "account", day=days).explode("day")
    seen = []
    for view in ("cash", "detail"):
        covered = covered_days([s for s in sources if s.view == view]).filter(pl.col("day") <= moment.day)
        flag = asked.join(covered.with_columns(here=pl.lit(True)), on=["account", "day"], how="left")
        begun = covered.group_by("account").agg(begun=pl.col("day").min())
        flag = flag.join(begun, on="account", how="left").with_columns(
            lacking=pl.col("here").is_null(), begun=pl.col("begun").fill_null(moment.start)
        )
        seen.append(flag.group_by("tie_id").agg(
            (~pl.col("lacking")).all().alias(f"{view}_whole"),
            (~pl.col("lacking")).any().alias(f"{view}_any"),
            pl.when("lacking", pl.col("day") < pl.col("begun")).then(pl.col("begun")).max().alias(f"{view}_begun"),
            pl.when("lacking", pl.col("day") >= pl.col("begun")).then(pl.col("day")).max().alias(f"{view}_lacking"),
        ))  # fmt: skip
    frame = groups.join(seen[0], on="tie_id", how="left").join(seen[1], on="tie_id", how="left")
    after = pl.col("last") + timedelta(days=lag)
    lacking = pl.max_horizontal("cash_lacking", "detail_lacking")
    opening_by = pl.max_horizontal("cash_begun", "detail_begun") + timedelta(days=OPENING_DAYS)
    waits = pl.col("cut") | (after > moment.day) | (lacking.is_null() & (opening_by >= moment.day)).fill_null(False)
    one_sided = (pl.col("cash_lines") == 0) | (pl.col("detail_lines") == 0)
    state = (
        pl.when(pl.col("difference_minor").abs() <= tolerance, ~one_sided | (pl.col("difference_minor") == 0))
        .then(pl.lit("agrees"))
        .when(~pl.col("cash_any") | ~pl.col("detail_any"))
        .then(pl.lit("unseen"))
        .when(waits)
        .then(pl.lit("timing"))
        .when(~pl.col("cash_whole") | ~pl.col("detail_whole"))
        .then(pl.lit("unchecked"))
        .otherwise(pl.lit("differs"))
    )
    late = pl.when(lacking.is_null()).then(opening_by + timedelta(days=1))
    return conform(frame.with_columns(state=state, since=pl.max_horizontal(after, late)), GROUPS)


def _difference_rows(groups: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """T01: one row per group; where most groups of an account and month differ one row for a person to look at."""
    limit = load_tie_settings().systematic
    wrong = groups.filter(pl.col("state").is_in(["differs", "timing", "unchecked"]))
    failing = (pl.col("state") == "differs").sum()
    month = groups.filter(pl.col("since").is_between(moment.start, moment.end))
    bad = month.group_by("account").agg(n=pl.len(), bad=failing).filter(
        (pl.col("bad") >= limit) & (pl.col("bad") * 2 > pl.col("n"))
    )  # fmt: skip
    kinds = {"timing": "timing", "unchecked": "review", "differs": "break"}
    certain = wrong.join(bad, on="account", how="anti").with_columns(
        kind=pl.col("state").replace_strict(kinds, return_dtype=pl.String),
        note=_side_note(),
        rule_id=pl.lit("tieout.group"),
    )
    systematic = (
        wrong.filter(pl.col("state") == "differs", pl.col("since").is_between(moment.start, moment.end))
        .join(bad, on="account", how="semi")
        .group_by("account", maintain_order=True)
        .agg(
            pl.col("platform", "shop", "currency").first(), pl.col("detail_minor", "cash_minor", "difference_minor").sum(),
            pl.col("occurred_at", "since").max(), n=pl.len(), example=pl.col("txn_id").first(), sources=pl.col("sources").first(),
        )
        .with_columns(
            kind=pl.lit("review"),
            rule_id=pl.lit("tieout.account"),
            note=pl.format(
                tr(
                    "{} 组对不上，例如 {}：两份文件可能不是同一账户的资金",
                    "{} groups differ, such as {}: the two files may not show the same account",
                ),
                "n", "example",
            ),
        )
    )  # fmt: skip
    columns = {"code": pl.lit("T01"), "expected_minor": pl.col("detail_minor"), "actual_minor": pl.col("cash_minor")}
    return pl.concat([conform(part.with_columns(**columns), VARIANCE_ROWS) for part in (certain, systematic)])


def _side_note() -> pl.Expr:
    return (
        pl.when(pl.col("cash_lines") == 0)
        .then(pl.lit(tr("结算明细有，资金流水没有", "settled, but no movement of the account")))
        .when(pl.col("detail_lines") == 0)
        .then(pl.lit(tr("资金流水有，结算明细没有", "a movement of the account without settlement detail")))
        .otherwise(
            pl.format(
                tr("结算明细 {} 行，资金流水 {} 行", "{} lines of settlement, {} movements"),
                "detail_lines",
                "cash_lines",
            )
        )
    )


def compare_totals(
    lines: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View], moment: Moment, tolerance: int
) -> tuple[int, pl.DataFrame]:
    """M02: a printed total (view witness, with `[[tie]]`) against the lines of its group where both are there.

    Returns how many totals were compared, and the rows. Loops over distinct ties of witness profiles, never over lines.
    """
    profile = pl.lit(pl.Series([source.profile or "" for source in sources], dtype=pl.String)).gather(
        pl.col("source_id")
    )
    compared, rows = 0, [conform(pl.DataFrame(schema={"code": pl.String}), VARIANCE_ROWS)]
    for (group, with_view), names in _witness_ties(views).items():
        printed = lines.filter(pl.col("view") == "witness", profile.is_in(names))
        if printed.is_empty():
            continue
        keys = ["account", *group]
        named = [pl.col(key).is_not_null() for key in keys]
        # a printed total holds its lines whatever the run's last day is
        live = pl.col("fate").is_null() | pl.col("fate").is_in(["account_level", "witness", "after_as_of"])
        own = lines.filter(live, pl.col("view") == with_view, *named)
        totals = printed.filter(named).group_by(keys).agg(
            pl.col("platform", "shop", "currency").cast(pl.String).first(), total=pl.col("amount_minor").sum(),
            occurred_at=pl.col("occurred_at").max(), sources=_spots(sources).sort().head(20).str.join(";"),
        )  # fmt: skip
        best = own.filter(
            ~pl.col("fate").eq_missing(pl.lit("witness")) | ~pl.col("fate").is_null().any().over("account")
        )
        found = best.group_by(keys).agg(found=pl.col("amount_minor").sum(), n=pl.len(), last=pl.col("day").max())
        both = totals.join(found, on=keys, nulls_equal=False)
        compared += both.height
        wrong = both.filter((pl.col("found") - pl.col("total")).abs() > tolerance)
        since = pl.max_horizontal(pl.col("occurred_at").dt.date(), "last")
        wrong = wrong.with_columns(since=since).filter((pl.col("since") <= moment.day).fill_null(True))
        reference = pl.concat_str([pl.col(key).cast(pl.String) for key in keys[1:]], separator="/")
        rows.append(conform(
            wrong.with_columns(
                pl.col("account").cast(pl.String), code=pl.lit("M02"), expected_minor="total", actual_minor="found",
                difference_minor=pl.col("found") - pl.col("total"), txn_id=reference, rule_id=pl.lit("tieout.total"),
                note=pl.format(tr("打印合计与 {} 行明细不等", "the printed total differs from {} lines"), "n"),
            ), VARIANCE_ROWS,
        ))  # fmt: skip
    return compared, pl.concat(rows)


def _witness_ties(views: Mapping[str, View]) -> dict[tuple[tuple[str, ...], str], list[str]]:
    ties: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, view in sorted(views.items()):
        if view.view == "witness":
            for group, other in view.totals:
                ties.setdefault((group, other), []).append(name)
    return ties
