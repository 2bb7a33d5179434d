"""Rows per raw type (C04, C05) and conflicts between shops and currencies (M05, M06)."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import VARIANCE_ROWS, conform
from ecrecon.base.texts import tr
from ecrecon.judging.receipt.judge import Judged

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
