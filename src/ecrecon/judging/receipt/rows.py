"""Variance rows of the checks `receipt` and `refund`, per order, line and shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import VARIANCE_ROWS, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.judging.receipt.judge import Judged
from ecrecon.ledger.lines import in_order_basis
from ecrecon.settings.workspace import Workspace


def located(
    components: pl.DataFrame, judged: Judged, sources: Sequence[Source], among: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Components with platform, shop, account, order_id, txn_id, occurred_at and `sources` ("file:line;…").

    `among`: the lines that components may name, by default the principal lines of the groups.
    """
    facts = judged.principal if among is None else among
    numbered = components.with_row_index("component")
    paths = pl.DataFrame(
        {"source_id": range(len(sources)), "path": [s.path for s in sources]},
        schema={"source_id": pl.Int32, "path": pl.String},
    )
    lines = _line_spots(numbered, facts, paths)
    documents = _document_spots(numbered, judged, paths)
    orders = _order_spots(judged.orders.join(components.select("group_id"), on="group_id", how="semi"), paths)
    frame = (
        numbered.join(lines, on="component", how="left", maintain_order="left")
        .join(documents, on="component", how="left", maintain_order="left")
        .join(orders, on="group_id", how="left", maintain_order="left")
    )
    frame = frame.join(judged.shop_platforms, left_on="line_shop", right_on="shop", how="left", maintain_order="left")
    group = judged.groups.select(
        "group_id", "sub_order_id", "event_at", "first_receipt", "expected_by", "opening", "window_end", "due_by", "open_at",
        "advance_by", "platform_by", group_order="order_id",
    )  # fmt: skip
    frame = frame.join(group, on="group_id", how="left", maintain_order="left")
    return frame.with_columns(
        platform=pl.coalesce("order_platform", "shop_platform", "line_platform"),
        shop=pl.coalesce("order_shop", "line_shop"),
        order_id=pl.coalesce("order_key", "line_order", "group_order"),  # the last: an order that only a document names
        currency=pl.coalesce("order_currency", "line_currency", "document_currency"),
        occurred_at=pl.coalesce("line_at", "document_at", "event_at", "order_at"),
        since=_since(),
        sources=pl.concat_str(
            pl.concat_list("line_spots", "document_spots", "order_spots")
            .list.drop_nulls()
            .list.eval(pl.element().filter(pl.element() != ""))
            .list.join(";")
        ),
    )


def _since() -> pl.Expr:
    """The day that dates a component (`ecrecon.base.variances`): its own, else by its code, else its latest line or document."""
    day = timedelta(days=1)
    line, document, receipt = (pl.col(name).dt.date() for name in ("line_at", "document_at", "first_receipt"))
    code = pl.col("code").cast(pl.String)
    by_code = {
        "X02": pl.col("due_by") + day,
        "A02": pl.max_horizontal(line, pl.col("due_by") + day),
        "C06": pl.max_horizontal(line, pl.col("platform_by") + day),
        "A07": pl.col("advance_by") + day,
        "R01": pl.max_horizontal(pl.col("document_by") + day, receipt),
        "R03": pl.max_horizontal(line, document),
        "M08": pl.max_horizontal(line, pl.col("open_at").dt.date() + day),
        "F12": pl.col("window_end") + day,
    }
    latest = pl.coalesce("line_at", "document_at", "event_at", "order_at").dt.date()
    chosen = pl.coalesce(*(pl.when(code == name).then(value) for name, value in by_code.items()), latest)
    return pl.coalesce("since", chosen)


def _spot() -> pl.Expr:
    return pl.concat_str("path", pl.lit(":"), pl.col("source_line").cast(pl.String))


def _line_spots(numbered: pl.DataFrame, lines: pl.DataFrame, paths: pl.DataFrame) -> pl.DataFrame:
    wanted = numbered.select("component", "group_id", line_id="line_ids").explode("line_id").drop_nulls("line_id")
    every = numbered.filter(pl.col("line_ids").list.len().fill_null(0) == 0).select("component", "group_id")
    whole = every.join(lines.select("group_id", "line_id"), on="group_id")
    pairs = pl.concat([wanted.select("component", "line_id"), whole.select("component", "line_id")])
    facts = lines.join(pairs, on="line_id", how="semi").select(
        "line_id", "source_id", "source_line", "txn_id", "order_id", "occurred_at",
        pl.col("platform", "shop", "account", "currency").cast(pl.String),
    ).join(paths, on="source_id")  # fmt: skip
    return (
        pairs.join(facts, on="line_id")
        .sort("component", "path", "source_line")
        .group_by("component", maintain_order=True)
        .agg(
            line_spots=_spot().unique(maintain_order=True).head(20).str.join(";"),
            line_at=pl.col("occurred_at").max(),
            txn_id=pl.when(pl.col("line_id").n_unique() == 1).then(pl.col("txn_id").first()),
            account=pl.when(pl.col("account").n_unique() == 1).then(pl.col("account").first()),
            line_platform=pl.col("platform").first(),
            line_shop=pl.col("shop").first(),
            line_currency=pl.col("currency").first(),
            line_order=pl.col("order_id").drop_nulls().first(),
        )
    )


def _document_spots(numbered: pl.DataFrame, judged: Judged, paths: pl.DataFrame) -> pl.DataFrame:
    documents = judged.documents.filter("counts").select(
        "group_id",
        "refund_id",
        "completed_at",
        "source_id",
        "source_line",
        "grace_days",
        pl.col("currency").cast(pl.String),
    )
    until = pl.col("completed_at").dt.date() + pl.duration(days=pl.col("grace_days"))
    return (
        numbered.select("component", "group_id", "refund_id")
        .filter(pl.col("refund_id").is_not_null())
        .join(documents, on=["group_id", "refund_id"])
        .join(paths, on="source_id")
        .sort("component", "path", "source_line")
        .group_by("component", maintain_order=True)
        .agg(
            document_spots=_spot().unique(maintain_order=True).str.join(";"),
            document_at=pl.col("completed_at").max(),
            document_by=until.max(),
            document_currency=pl.col("currency").first(),
        )
    )


def _order_spots(orders: pl.DataFrame, paths: pl.DataFrame) -> pl.DataFrame:
    return (
        orders.join(paths, on="source_id")
        .sort("group_id", "order_id", "path", "source_line")
        .group_by("group_id", maintain_order=True)
        .agg(
            order_spots=_spot().head(5).str.join(";"),
            order_platform=pl.col("platform").cast(pl.String).first(),
            order_shop=pl.col("shop").cast(pl.String).first(),
            order_currency=pl.col("currency").cast(pl.String).first(),
            order_key=pl.col("order_id").first(),
            order_at=pl.coalesce(pl.col("paid_at").max(), pl.col("created_at").max()),
        )
    )


def component_rows(spots: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """One row per component, of all months. F12 components are told per shop instead."""
    frame = spots.filter(pl.col("code") != "F12")
    newer = judged.groups.select("group_id", "newer")
    frame = frame.join(newer, on="group_id", how="left", maintain_order="left").with_columns(
        kind=pl.when((pl.col("code") == "X03") & pl.col("newer").fill_null(False))
        .then(pl.lit("review"))
        .otherwise(pl.col("kind").cast(pl.String))
        .cast(VARIANCE_ROWS["kind"]),
        difference_minor=pl.col("amount_minor"),
    )
    return conform(frame, VARIANCE_ROWS)


def line_rows(judged: Judged, sources: Sequence[Source]) -> pl.DataFrame:
    """X04 and M01: principal money without any order number, or with one that fits several orders.

    A batch number is a reference of a movement: whether the batch is explained is the question of check `tieout`. A line
    of a settlement detail is asked for its order.
    """
    paths = [s.path for s in sources]
    frame = judged.lines.filter(
        in_order_basis(),
        pl.col("role") == "principal",
        pl.col("group_id").is_null(),
        pl.col("payout_batch_id").is_null() | (pl.col("view") == "detail"),
        pl.col("amount_minor") != 0,
    )
    candidates = judged.ambiguous.group_by("line_id").agg(candidates=pl.col("target").unique().sort().str.join(", "))
    frame = (
        frame.with_columns(pl.col("shop").cast(pl.String))
        .join(judged.shop_platforms, on="shop", how="left", maintain_order="left")
        .join(candidates, on="line_id", how="left", maintain_order="left")
    )
    return conform(
        frame.with_columns(
            code=pl.when(pl.col("candidates").is_null()).then(pl.lit("X04")).otherwise(pl.lit("M01")),
            platform=pl.coalesce("shop_platform", pl.col("platform").cast(pl.String)),
            expected_minor=pl.lit(0, dtype=pl.Int64),
            actual_minor="amount_minor",
            difference_minor="amount_minor",
            since="day",
            note=pl.coalesce("candidates", pl.col("raw_desc").cast(pl.String), pl.col("raw_type").cast(pl.String)),
            sources=pl.concat_str(
                pl.col("source_id").replace_strict(dict(enumerate(paths)), default="", return_dtype=pl.String),
                pl.lit(":"),
                pl.col("source_line").cast(pl.String),
            ),
        ),
        VARIANCE_ROWS,
    )


def shop_rows(
    judged: Judged, spots: pl.DataFrame, dispositions: pl.DataFrame, moment: Moment, workspace: Workspace
) -> pl.DataFrame:
    """F12, R09, S02 and A06: one row per shop, the sum in `actual`."""
    parts = [
        _missing_bills(judged, spots),
        _unverified_refunds(judged, moment),
        _gifts(dispositions),
        _rounding_cap(spots, moment, workspace),
    ]
    return pl.concat([conform(part, VARIANCE_ROWS) for part in parts])


def _missing_bills(judged: Judged, spots: pl.DataFrame) -> pl.DataFrame:
    waiting = spots.filter(pl.col("code") == "F12").join(
        judged.groups.filter(~pl.col("doubt")).select("group_id", "accounts", "window_start"), on="group_id"
    )
    return (
        waiting.with_columns(account=pl.col("accounts").list.join("/"))
        .group_by("platform", "shop", "account", "currency")
        .agg(
            orders=pl.len(),
            actual_minor=pl.col("amount_minor").sum(),
            first=pl.col("window_start").min(),
            last=pl.col("window_end").max(),
        )
        .with_columns(
            code=pl.lit("F12"),
            note=pl.format(
                tr("{} 个订单等待账单，{} 至 {}", "{} orders wait for bills of {} to {}"), "orders", "first", "last"
            ),
        )
    )


def _unverified_refunds(judged: Judged, moment: Moment) -> pl.DataFrame:
    month = pl.col("day").is_between(moment.start, moment.end)
    refunds = judged.principal.filter(month, pl.col("category") == "refund", pl.col("self_documented"))
    shops = judged.groups.select("group_id", order_shop="shop", order_platform="platform")
    return (
        refunds.join(shops, on="group_id", how="left")
        .with_columns(
            shop=pl.coalesce("order_shop", pl.col("shop").cast(pl.String)),
        )
        .join(judged.shop_platforms, on="shop", how="left")
        .with_columns(platform=pl.coalesce("order_platform", "shop_platform", pl.col("platform").cast(pl.String)))
        .group_by("platform", "shop", pl.col("currency").cast(pl.String))
        .agg(lines=pl.len(), actual_minor=pl.col("amount_minor").sum())
        .with_columns(code=pl.lit("R09"), note=pl.format(tr("{} 笔退款", "{} refunds"), "lines"))
    )


def _gifts(dispositions: pl.DataFrame) -> pl.DataFrame:
    return (
        dispositions.filter(pl.col("disposition") == "excluded")
        .group_by(pl.col("platform", "shop", "currency").cast(pl.String))
        .agg(orders=pl.len())
        .with_columns(
            code=pl.lit("S02"),
            actual_minor=pl.lit(0, dtype=pl.Int64),
            note=pl.format(tr("{} 单", "{} orders"), "orders"),
        )
    )


def _rounding_cap(spots: pl.DataFrame, moment: Moment, workspace: Workspace) -> pl.DataFrame:
    cap = pl.col("currency").replace_strict(
        {code: workspace.tolerances.minor("cap", code) for code in spots["currency"].drop_nulls().unique()},
        default=workspace.tolerances.minor("cap"), return_dtype=pl.Int64,
    )  # fmt: skip
    month = pl.col("since").is_between(moment.start, moment.end)
    return (
        spots.filter(pl.col("code") == "A01", month)
        .group_by("platform", "shop", "currency")
        .agg(orders=pl.len(), actual_minor=pl.col("amount_minor").sum())
        .filter(pl.col("actual_minor").abs() > cap)
        .with_columns(code=pl.lit("A06"), note=pl.format(tr("{} 单", "{} orders"), "orders"))
    )


def fake_order_rows(orders: pl.DataFrame, judged: Judged, workspace: Workspace) -> pl.DataFrame:
    """S01: orders on the user's list, with what was received; they stay in the cash proof."""
    listed = orders.filter(pl.col("order_id").is_in(workspace.fake_orders))
    received = judged.groups.select("group_id", group_actual="actual_minor")
    return conform(
        listed.join(received, on="group_id", how="left").with_columns(
            code=pl.lit("S01"),
            actual_minor="group_actual",
            occurred_at="created_at",
            since=pl.col("created_at").dt.date(),
        ),
        VARIANCE_ROWS,
    )
