"""Settlement groups: which orders, bill lines and documents must explain each other, by a plan of passes, strict first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.components import component_of
from ecrecon.matching import KeyRule, cascade

# Grain of a settlement group: the sub order where everything about the order names one, else the order.

WHOLE: dict[str, pl.DataType | type[pl.DataType]] = {"order_id": pl.String}


def split_orders(orders: pl.DataFrame, merged: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Orders that are answered for per sub order: column order_id.

    `orders`: order_id, sub_order_id, one row each. `merged`: key (order id) of orders that one payment ties to others.
    `hits`: target, sub_order_id of every line and document of an order. An order is split where it has several sub
    orders, all its rows carry one, and so does everything that names it; one line without keeps it whole.
    """
    pairs = orders.select("order_id", "sub_order_id")
    several = pairs.group_by("order_id").agg(
        whole=pl.col("sub_order_id").is_null().any(), subs=pl.col("sub_order_id").n_unique()
    )
    wanted = several.filter(~pl.col("whole") & (pl.col("subs") > 1)).select("order_id")
    wanted = wanted.join(merged, left_on="order_id", right_on="key", how="anti")
    if wanted.is_empty():
        return pl.DataFrame(schema=WHOLE)
    mine = hits.join(wanted, left_on="target", right_on="order_id", how="semi")
    unclear = mine.join(pairs, left_on=["target", "sub_order_id"], right_on=["order_id", "sub_order_id"], how="anti")
    return wanted.join(unclear, left_on="order_id", right_on="target", how="anti").sort("order_id")


def group_key(splits: pl.DataFrame, frame: pl.DataFrame, order: str, sub: str) -> pl.DataFrame:
    """Replace `group_key` of rows whose order (column `order`) is split by `order/sub order`."""
    if splits.is_empty():
        return frame
    flags = splits.select(pl.col("order_id").alias(order), is_split=pl.lit(True))
    joined = frame.join(flags, on=order, how="left", maintain_order="left")
    inner = pl.concat_str(pl.col(order), pl.lit("/"), pl.col(sub))
    return joined.with_columns(group_key=pl.when("is_split").then(inner).otherwise("group_key")).drop("is_split")


# The match plan: which order a bill line or an after-sale document belongs to, strict first, each pass with a name.

KEYS = (
    "order_id",
    "sub_order_id",
    "parent_order_id",
    "pay_id",
    "biz_txn_id",
    "merchant_order_no",
    "refund_id",
    "remark",
)
"""Columns that a row may be matched by; a missing one is null."""

LINKS = ("receipt.order_is_parent", "receipt.pay_id", "receipt.merchant_order_no_is_pay_id")
"""Rules by which one row may belong to several orders, which then answer together."""

SEPARATORS = r"[,;|，；、]"
"""ERP exports join the numbers of merged orders."""
SUFFIXED = r"^(.*[0-9])(?:[-_#][0-9]{1,3}|[A-Za-z]|[-_]?(?:补发|换货|补寄|重发|赠品))$"
"""What ERPs append to the number of a split, repeated or reissued order [I]."""
SHORTEST = 8
"""A variant of a shorter text says nothing."""
TOKEN = r"[0-9A-Za-z][0-9A-Za-z_-]{9,}"
"""What may be an order number inside a remark."""

_INDEX = {"key": pl.String, "target": pl.String}


@dataclass(frozen=True)
class Index:
    """What ids of the books lead to: frames `key`, `target` (an order id)."""

    known: pl.DataFrame
    subs: pl.DataFrame
    parents: pl.DataFrame
    pays: pl.DataFrame
    documents: pl.DataFrame


@dataclass(frozen=True)
class Hits:
    """`hits`: row_id, target, rule_id. `ambiguous`: the same, of rows that several orders fit and none was chosen."""

    hits: pl.DataFrame
    ambiguous: pl.DataFrame


def make_index(orders: pl.DataFrame, order_lines: pl.DataFrame, documents: pl.DataFrame) -> Index:
    """`orders`: BOOK_ORDERS; `order_lines`: order_id, sub_order_id; `documents`: refund_id, order_id."""
    return Index(
        known=orders.select(key="order_id", target="order_id").unique(),
        subs=pl.concat([_pairs(frame, "sub_order_id") for frame in (order_lines, orders)]).unique(),
        parents=_pairs(orders, "parent_order_id"),
        pays=_pairs(orders, "pay_id"),
        documents=_pairs(documents, "refund_id"),
    )


def _pairs(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    filled = frame.filter(pl.col(key).is_not_null() & pl.col("order_id").is_not_null())
    return filled.select(key=key, target="order_id").unique()


def match_rows(rows: pl.DataFrame, index: Index) -> Hits:
    """Match `rows` (row_id and columns of KEYS) to orders. Null ids never link.

    Payment and merchant numbers speak only for rows without an order number of their own. The passes over variants
    see what the exact ones left over.
    """
    frame = _complete(rows)
    hits, doubtful = cascade(frame, _exact(index))
    left = frame.join(hits, on="row_id", how="anti")
    variants, more = _match_variants(left, index)
    found = pl.concat([hits, variants])
    ambiguous = pl.concat([doubtful, more]).join(found, on="row_id", how="anti").unique().sort("row_id", "target")
    return Hits(found, ambiguous)


def _complete(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in KEYS if name not in rows.columns]
    nameless = pl.col("order_id").is_null()
    return rows.with_columns(missing).with_columns(
        pay_key=pl.when(nameless).then(pl.coalesce("pay_id", "biz_txn_id")),
        merchant_key=pl.when(nameless).then("merchant_order_no"),
    )


def _exact(index: Index) -> list[KeyRule]:
    return [
        KeyRule("receipt.order_id", "order_id", index.known),
        KeyRule("receipt.sub_order_as_order", "order_id", index.subs),
        KeyRule("receipt.sub_order_id", "sub_order_id", index.subs),
        KeyRule("receipt.sub_order_is_order", "sub_order_id", index.known),
        KeyRule("receipt.parent_order_id", "parent_order_id", index.known),
        KeyRule("receipt.order_is_parent", "order_id", index.parents, many="link"),
        KeyRule("receipt.pay_id", "pay_key", index.pays, many="link"),
        KeyRule("receipt.merchant_order_no", "merchant_key", index.known),
        KeyRule("receipt.merchant_order_no_is_pay_id", "merchant_key", index.pays, many="link"),
    ]


def _match_variants(left: pl.DataFrame, index: Index) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Passes that take a number apart: lists, suffixes, refund numbers, numbers inside a remark."""
    if left.is_empty():
        return cascade(left, [])
    spelled = left.with_columns(number=pl.coalesce("order_id", "merchant_key")).with_columns(
        bare=_bare(pl.col("number")), refund_key=pl.coalesce("refund_id", "merchant_key")
    )
    listed, stripped = _in_lists(index.known), _stripped(index.known)
    bases = pl.concat([index.known, listed, stripped]).unique()
    rules = [
        KeyRule("receipt.order_id_in_list", "number", listed),
        KeyRule("receipt.order_id_suffix", "number", stripped),
        KeyRule("receipt.line_id_suffix", "bare", bases),
        KeyRule("receipt.refund_document", "refund_key", index.documents),
    ]
    hits, doubtful = cascade(spelled, rules)
    rest = spelled.join(hits, on="row_id", how="anti")
    remarks, unclear = _match_remarks(rest, index.known)
    return pl.concat([hits, remarks]), pl.concat([doubtful, unclear])


def _bare(number: pl.Expr) -> pl.Expr:
    base = number.str.extract(SUFFIXED, 1)
    return pl.when(base.str.len_chars() >= SHORTEST).then(base)


def _in_lists(known: pl.DataFrame) -> pl.DataFrame:
    """The single numbers of order ids that are lists."""
    lists = known.filter(pl.col("key").str.contains(SEPARATORS))
    parts = lists.with_columns(pl.col("key").str.replace_all(SEPARATORS, ",").str.split(",")).explode("key")
    return parts.with_columns(pl.col("key").str.strip_chars()).filter(pl.col("key") != "").unique().cast(_INDEX)  # type: ignore[arg-type]


def _stripped(known: pl.DataFrame) -> pl.DataFrame:
    return known.with_columns(key=_bare(pl.col("key"))).filter(pl.col("key").is_not_null()).unique()


def _match_remarks(rest: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Order numbers written into the remark of a row that has no number: exactly one, else ambiguous."""
    rows = rest.filter(pl.col("order_id").is_null() & pl.col("remark").is_not_null())
    tokens = rows.select("row_id", token=pl.col("remark").str.extract_all(TOKEN)).explode("token").unique()
    named = tokens.join(known, left_on="token", right_on="key").select("row_id", "target").unique()
    told = named.with_columns(rule_id=pl.lit("receipt.id_in_remark"), several=pl.len().over("row_id") > 1)
    sides: Sequence[pl.DataFrame] = [
        told.filter(pl.col("several") == flag).drop("several").sort("row_id", "target") for flag in (False, True)
    ]
    return sides[0], sides[1]


# Settlement groups: which orders, bill lines and documents must explain each other.

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
