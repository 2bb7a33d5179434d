"""The match plan: which order a bill line or an after-sale document belongs to, strict first, each pass with a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.matching import KeyRule, cascade

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
