"""Settlement groups: which orders, bill lines and documents must explain each other.

A group is a connected component over order, sub-order, parent and payment links, cut to the sub order where all of it
names one (`grain`). Passes run strict first; each line names the rule that put it there (`plan`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.components import component_of
from ecrecon.matching.grain import group_key, split_orders
from ecrecon.matching.order_plan import KEYS, LINKS, make_index, match_rows

GROUPED_ROLES = ("principal", "fee", "compensation")
LINE_KEYS = ("line_id", *KEYS)


@dataclass(frozen=True)
class Links:
    """`orders`, `lines`, `documents` with `group_id` Int64 (null = in no group) and `rule_id` String.

    `documents` also has `target_order`: the order it was linked to. `groups`: group_id, group_key (smallest order id of
    the group; `order/sub order` where it is cut), has_order. `ambiguous`: line_id, target, rule_id of lines that
    several orders fit.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    documents: pl.DataFrame
    groups: pl.DataFrame
    ambiguous: pl.DataFrame


def link(orders: pl.DataFrame, order_lines: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> Links:
    """Build the groups.

    `lines`: line_id and columns of plan.KEYS, of the basis lines whose role belongs to an order; `documents`:
    document_id, order_id, sub_order_id, pay_id, refund_id. Null ids never link.
    """
    index = make_index(orders, order_lines, documents)
    line_rows = lines.rename({"line_id": "row_id"})
    document_rows = documents.rename({"document_id": "row_id"})
    line_hits = match_rows(line_rows, index)
    document_hits = match_rows(document_rows.drop("refund_id", strict=False), index)
    merged = _merge(line_hits.hits, document_hits.hits)
    sides = [_one(line_hits.hits, line_rows), _one(document_hits.hits, document_rows)]
    splits = split_orders(orders, merged, pl.concat([side.select("target", "sub_order_id") for side in sides]))
    line_keys = _keyed(line_rows, sides[0], merged, splits, line_hits.ambiguous)
    document_keys = _keyed(document_rows, sides[1], merged, splits, document_hits.ambiguous)
    order_keys = group_key(splits, _order_keys(orders, merged), "order_id", "sub_order_id")
    groups = _groups(order_keys, line_keys, document_keys)
    ids = groups.select("group_key", "group_id")
    targets = sides[1].select("row_id", target_order="target")
    return Links(
        orders=order_keys.join(ids, on="group_key", how="left", maintain_order="left"),
        lines=lines.join(_ids(line_keys, ids), left_on="line_id", right_on="row_id", how="left", maintain_order="left"),
        documents=documents.join(
            _ids(document_keys, ids), left_on="document_id", right_on="row_id", how="left", maintain_order="left"
        ).join(targets, left_on="document_id", right_on="row_id", how="left", maintain_order="left"),
        groups=groups,
        ambiguous=line_hits.ambiguous.rename({"row_id": "line_id"}),
    )


def _one(hits: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """row_id, rule_id, target (of several the smallest) and the sub order that the row names."""
    one = hits.select("row_id", "rule_id", "target")
    if one["row_id"].n_unique() < one.height:
        one = one.group_by("row_id", "rule_id").agg(pl.col("target").min())
    named = one.join(rows.select("row_id", "order_id", "sub_order_id"), on="row_id", how="left")
    as_order = pl.col("rule_id") == "receipt.sub_order_as_order"
    return named.with_columns(sub_order_id=pl.when(as_order).then("order_id").otherwise("sub_order_id")).drop(
        "order_id"
    )


def _merge(*hits: pl.DataFrame) -> pl.DataFrame:
    """order id -> group key, for orders that one payment, parent or document ties together."""
    several = pl.concat(hits).filter(pl.col("rule_id").is_in(LINKS))
    several = several.filter(pl.len().over("row_id", "rule_id") > 1)
    if several.is_empty():
        return pl.DataFrame(schema={"key": pl.String, "component": pl.String})
    first = several.group_by("row_id", "rule_id").agg(pl.col("target").min().alias("left"))
    return component_of(several.join(first, on=["row_id", "rule_id"]).select("left", right="target"))


def _keyed(
    rows: pl.DataFrame, one: pl.DataFrame, merged: pl.DataFrame, splits: pl.DataFrame, ambiguous: pl.DataFrame
) -> pl.DataFrame:
    """row_id, group_key, rule_id: the order's group, else the row's own order id (an order that is not loaded), or the
    number of its payment where that is all a bill knows (`own_number`).

    A row that several orders fit is in no group: it is listed, never decided.
    """
    grouped = one.join(merged, left_on="target", right_on="key", how="left", maintain_order="left").with_columns(
        group_key=pl.coalesce("component", "target")
    )
    grouped = group_key(splits, grouped, "target", "sub_order_id").select("row_id", "group_key", "rule_id")
    names = [name for name in ("order_id", "own_number") if name in rows.columns]
    orphans = (
        rows.with_columns(own=pl.coalesce(names))
        .filter(pl.col("own").is_not_null())
        .join(one, on="row_id", how="anti")
        .join(ambiguous, on="row_id", how="anti")
        .select("row_id", group_key="own", rule_id=pl.lit("receipt.no_order"))
    )
    return pl.concat([grouped, orphans])


def _order_keys(orders: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    return (
        orders.join(merged, left_on="order_id", right_on="key", how="left", maintain_order="left")
        .with_columns(group_key=pl.coalesce("component", "order_id"))
        .drop("component")
    )


def _groups(orders: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    with_order = orders.select("group_key").unique().with_columns(has_order=pl.lit(True))
    others = pl.concat([lines.select("group_key"), documents.select("group_key")]).unique()
    orphans = others.join(with_order, on="group_key", how="anti").with_columns(has_order=pl.lit(False))
    groups = pl.concat([with_order, orphans]).sort("group_key").with_row_index("group_id")
    return groups.with_columns(pl.col("group_id").cast(pl.Int64))


def _ids(keys: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    return keys.join(ids, on="group_key", how="left").select("row_id", "group_id", "rule_id")
