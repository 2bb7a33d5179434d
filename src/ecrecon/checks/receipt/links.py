"""Settlement groups: which orders, bill lines and documents must explain each other.

A group is a connected component over order, sub-order and payment links. Passes run strict first; each line names
the rule that put it there.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.match import KeyRule, cascade, component_of

GROUPED_ROLES = ("principal", "fee", "compensation")


@dataclass(frozen=True)
class Links:
    """`orders`, `lines`, `documents` with `group_id` Int64 (null = in no group) and `rule_id` String.

    `documents` also has `target_order`: the order it was linked to. `groups`: group_id, group_key (smallest order id of the group), has_order.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    documents: pl.DataFrame
    groups: pl.DataFrame


def link(orders: pl.DataFrame, order_lines: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> Links:
    """Build the groups.

    `lines`: line_id, order_id, sub_order_id, pay_id, biz_txn_id of the basis lines whose role belongs to an order;
    `documents`: document_id, order_id, sub_order_id, pay_id. Null ids never link.
    """
    known = orders.select(key="order_id", target="order_id").unique()
    subs = _sub_orders(orders, order_lines)
    pays = orders.filter(pl.col("pay_id").is_not_null()).select(key="pay_id", target="order_id").unique()
    line_hits = _match(
        lines.rename({"line_id": "row_id"}).with_columns(
            pay_key=pl.when(pl.col("order_id").is_null()).then(pl.coalesce("pay_id", "biz_txn_id"))
        ),
        known, subs, pays,
    )  # fmt: skip
    document_hits = _match(
        documents.rename({"document_id": "row_id"}).with_columns(
            pay_key=pl.when(pl.col("order_id").is_null()).then(pl.col("pay_id"))
        ),
        known, subs, pays,
    )  # fmt: skip
    keys = _merge(line_hits, document_hits)
    line_keys = _keyed(lines.rename({"line_id": "row_id"}), line_hits, keys)
    document_keys = _keyed(documents.rename({"document_id": "row_id"}), document_hits, keys)
    order_keys = _order_keys(orders, keys)
    groups = _groups(order_keys, line_keys, document_keys)
    ids = groups.select("group_key", "group_id")
    targets = document_hits.group_by("row_id").agg(pl.col("target").min().alias("target_order"))
    return Links(
        orders=order_keys.join(ids, on="group_key", how="left", maintain_order="left"),
        lines=lines.join(_ids(line_keys, ids), left_on="line_id", right_on="row_id", how="left", maintain_order="left"),
        documents=documents.join(
            _ids(document_keys, ids), left_on="document_id", right_on="row_id", how="left", maintain_order="left"
        ).join(targets, left_on="document_id", right_on="row_id", how="left", maintain_order="left"),
        groups=groups,
    )


def _sub_orders(orders: pl.DataFrame, order_lines: pl.DataFrame) -> pl.DataFrame:
    """Sub-order id -> order id, from item exports and from order exports that print sub orders."""
    parts = [
        frame.filter(pl.col("sub_order_id").is_not_null() & pl.col("order_id").is_not_null()).select(
            key="sub_order_id", target="order_id"
        )
        for frame in (order_lines, orders)
    ]
    return pl.concat(parts).unique()


def _match(rows: pl.DataFrame, known: pl.DataFrame, subs: pl.DataFrame, pays: pl.DataFrame) -> pl.DataFrame:
    """The match plan: exact order id, sub-order id in either column, payment id where no order id is printed."""
    rules = [
        KeyRule("receipt.order_id", "order_id", known),
        KeyRule("receipt.sub_order_as_order", "order_id", subs),
        KeyRule("receipt.sub_order_id", "sub_order_id", subs),
        KeyRule("receipt.sub_order_is_order", "sub_order_id", known),
        KeyRule("receipt.pay_id", "pay_key", pays, many="link"),
    ]
    matches, _ = cascade(rows, rules)
    return matches


def _merge(*hits: pl.DataFrame) -> pl.DataFrame:
    """order id -> group key, for orders that one payment or document ties together."""
    several = pl.concat(hits).filter(pl.col("rule_id") == "receipt.pay_id")
    several = several.filter(pl.len().over("row_id", "rule_id") > 1)
    if several.is_empty():
        return pl.DataFrame(schema={"key": pl.String, "component": pl.String})
    first = several.group_by("row_id").agg(pl.col("target").min().alias("left"))
    return component_of(several.join(first, on="row_id").select("left", right="target"))


def _keyed(rows: pl.DataFrame, hits: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """row_id, group_key, rule_id: the order's group, else the row's own order id (an order that is not loaded)."""
    one = hits.group_by("row_id", "rule_id").agg(pl.col("target").min())
    grouped = one.join(merged, left_on="target", right_on="key", how="left").select(
        "row_id", pl.coalesce("component", "target").alias("group_key"), "rule_id"
    )
    orphans = (
        rows.filter(pl.col("order_id").is_not_null())
        .join(one, on="row_id", how="anti")
        .select("row_id", group_key="order_id", rule_id=pl.lit("receipt.no_order"))
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
