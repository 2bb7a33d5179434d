"""Rows of `variances.csv` from components, lines, shops and findings, for the month that tells them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import VARIANCE_ROWS, conform, empty
from ecrecon.base.sources import Source
from ecrecon.base.texts import language, tr
from ecrecon.base.variances import BY_CODE, STANDING, advice_map, check_expr, type_expr
from ecrecon.judging.damage import faults, moved_expr, sentence
from ecrecon.judging.receipt.judge import Judged

# Rows per raw type (C04, C05) and conflicts between shops and currencies (M05, M06).

_LABEL = pl.coalesce(
    pl.col("raw_desc").cast(pl.String), pl.col("raw_type").cast(pl.String), pl.col("remark"), pl.lit("-")
)


def raw_type_rows(counted: pl.DataFrame) -> pl.DataFrame:
    """C04 (not in the map) and C05 (fee or compensation without an order): one row per shop and raw type."""
    frame = counted.with_columns(label=_LABEL, platform="order_platform", shop="order_shop")
    unmapped = frame.filter(pl.col("category") == "unmapped").with_columns(code=pl.lit("C04"))
    lonely = frame.filter(
        pl.col("role").cast(pl.String).is_in(["fee", "compensation"]), pl.col("group_id").is_null()
    ).with_columns(code=pl.lit("C05"))
    rows = (
        pl.concat([unmapped, lonely])
        .group_by("code", "platform", "shop", "label", pl.col("account", "currency").cast(pl.String))
        .agg(
            lines=pl.len(),
            actual_minor=pl.col("amount_minor").sum(),
            occurred_at=pl.col("occurred_at").max(),
        )
        .with_columns(note=pl.format(tr("{}：{} 笔", "{}: {} lines"), "label", "lines"))
    )
    return conform(rows, VARIANCE_ROWS)


def conflict_rows(judged: Judged, claims: pl.DataFrame, named_shops: list[str]) -> pl.DataFrame:
    """M05: money of an order in a file that configuration gives to other shops; M06: money in another currency than the
    order's, which stands outside its difference.

    `claims`: source_id, shop: which shops configuration names for a file. Only between shops that are named.
    """
    owners = judged.groups.select(
        "group_id", pl.col("order_id", "platform", "shop").name.map(lambda name: f"own_{name}"), "has_order"
    )
    facts = [
        lines.select(
            "group_id", "source_id", "order_id", "amount_minor", "occurred_at",
            pl.col("account", "currency", "platform", "shop").cast(pl.String),
        ).join(owners, on="group_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce(f"own_{name}", name).alias(name) for name in ("order_id", "platform", "shop"))
        for lines in (judged.principal, judged.foreign, _foreign_documents(judged))
    ]  # fmt: skip
    claimed = claims.select("source_id").unique()
    misplaced = (
        facts[0].filter("has_order", pl.col("shop").is_in(named_shops))
        .join(claimed, on="source_id", how="semi")
        .join(claims, on=["source_id", "shop"], how="anti")
        .with_columns(code=pl.lit("M05"))
    )  # fmt: skip
    rows = pl.concat([misplaced, *(part.with_columns(code=pl.lit("M06")) for part in facts[1:])])
    summed = rows.group_by("code", "group_id", "order_id", "platform", "shop", "currency").agg(
        actual_minor=pl.col("amount_minor").sum(),
        account=pl.col("account").min(),
        occurred_at=pl.col("occurred_at").max(),
        since=pl.col("occurred_at").dt.date().max(),
    )
    return conform(summed, VARIANCE_ROWS)


def _foreign_documents(judged: Judged) -> pl.DataFrame:
    """Finished refund documents in another currency than their order, in the columns of its lines; `-` = money back."""
    documents = judged.documents.filter("foreign", pl.col("state") == "done")
    return documents.with_columns(
        pl.col("amount_minor").neg(), occurred_at="completed_at", account=pl.lit(None, dtype=pl.String)
    )


# Which rows belong to the run of this month (`ecrecon.base.variances`): one filter for the rows of all checks.


def of_period(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """VARIANCE_ROWS that this run tells, with `period`: the month that a row belongs to.

    `since` is the day on which a row became certain. Dated rows stay where that day lies in the month up to as-of;
    standing rows and all that is `timing` stay as long as they are true; rows without a day speak of the month as a
    whole. What stands from before the month keeps the month in which it began.
    """
    before = (pl.col("since") < moment.start) & (pl.col("kind").cast(pl.String) != "timing").fill_null(True)
    own = pl.when(before).then(pl.col("since").dt.strftime("%Y-%m"))
    return rows.filter(_stays(moment)).with_columns(period=pl.coalesce(own, pl.lit(moment.period)))


def of_other_months(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """The rows that `of_period` leaves to the runs of other months."""
    return rows.filter(~_stays(moment))


def _stays(moment: Moment) -> pl.Expr:
    stays = (
        pl.col("since").is_null()
        | pl.col("since").is_between(moment.start, max(moment.end, moment.day))
        | pl.col("code").cast(pl.String).is_in(STANDING)
        | (pl.col("kind").cast(pl.String) == "timing").fill_null(False)
    )
    return stays.fill_null(False)


# Rows of `variances.csv` from components, lines, shops and findings (README.md "What a run writes").

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
