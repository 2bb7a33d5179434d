"""Cost of goods per order from our own records: ERP lines, else the cost list by article (docs/accounting.md "Goods and their cost").

Every row of a record that prints a cost has exactly one fate, so that the costs of a file add up to its own sum:

    order          its cost goes to the orders that the record names
    other_file     another file tells the cost of the same record
    merged         the record went into another one (被合并, 被拆分), which holds its goods
    cancelled      the record was closed and never shipped
    no_order       the record names no order that the run knows
    ambiguous      its number fits several orders
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.schema import Schema, conform, empty
from ecrecon.base.shares import allocate

COSTS: Schema = {"order_id": pl.String, "cost_minor": pl.Int64}
COST_FATES: Schema = {"source_id": pl.Int32, "fate": pl.String, "rows": pl.Int64, "cost_minor": pl.Int64}
"""Per file and fate: rows that print a cost, and its sum; sorted. `cost` is the printed one, not that of a price list."""

FATES = ("order", "other_file", "merged", "cancelled", "no_order", "ambiguous")
_ITEM = "cost"


@dataclass(frozen=True)
class Costed:
    """`orders`: COSTS, sorted, only orders of which every row of every record has a cost. `fates`: COST_FATES."""

    orders: pl.DataFrame
    fates: pl.DataFrame


def order_costs(
    rows: pl.DataFrame, links: pl.DataFrame, weights: pl.DataFrame, ambiguous: pl.DataFrame | None = None
) -> Costed:
    """Costs of orders; raise InvariantError where they are not those of the rows.

    rows: records of goods (row_id, source_id, kind, profile, record, number, first_file, status, shipped_at, waybill, sku,
    sub_order_id, quantity, unit_cost_minor, printed_cost_minor). links: row_id, target (the platform order); a record that no
    order answers to is an order itself where `weights` names its number. weights: order_id, weight_minor; a record of
    several merged orders is shared by them. ambiguous: row_id.
    """
    named = _owners(rows, links, weights)
    told = _with_fate(_priced(rows), named, empty({"row_id": pl.Int64}) if ambiguous is None else ambiguous)
    used = told.filter(pl.col("fate") == "order")
    unknown = (
        named.join(used.filter(pl.col("value_minor").is_null()), on="row_id", how="semi").select("order_id").unique()
    )
    orders = _shared(used, named, weights, unknown)
    _prove(used, named, orders, unknown)
    printed = told.filter(pl.col("printed_cost_minor").is_not_null())
    fates = printed.group_by("source_id", "fate").agg(
        rows=pl.len().cast(pl.Int64), cost_minor=pl.col("printed_cost_minor").sum()
    )
    return Costed(orders, conform(fates, COST_FATES).sort("source_id", "fate"))


def _owners(rows: pl.DataFrame, links: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """row_id, order_id: the orders that a row belongs to. All rows of a record stand behind an order of its number."""
    linked = links.select("row_id", order_id="target").unique()
    matched = rows.join(linked, on="row_id", how="semi").select("record").unique()
    own = (
        rows.filter(pl.col("number").is_not_null())
        .join(matched, on="record", how="anti")
        .join(weights.select("order_id"), left_on="number", right_on="order_id", how="semi")
        .select("row_id", order_id="number")
    )
    return pl.concat([linked, own]).unique().sort("row_id", "order_id")


def _priced(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of records (a bare list of prices is none) with `value_minor` (list price where nothing is printed) and
    `counts`: per record one file tells the cost, first one that knows it in full, a cost file before others."""
    of_record = rows.filter((pl.col("kind") != "cost") | pl.col("record").is_not_null())
    priced = of_record.join(_list_prices(rows), on="sku", how="left", maintain_order="left").with_columns(
        value_minor=pl.coalesce("printed_cost_minor", pl.col("list_minor") * pl.col("quantity").fill_null(1))
    )
    of_file = ["record", "profile"]
    printed, valued = (pl.col(name).is_not_null().all().over(of_file) for name in ("printed_cost_minor", "value_minor"))
    whole = pl.when(printed).then(0).when(valued).then(1).otherwise(2)
    kind = pl.when(pl.col("kind") == "cost").then(0).when("first_file").then(1).otherwise(2)
    place = pl.concat_str(whole, kind, "profile", separator=" ")
    return priced.with_columns(counts=pl.col("record").is_null() | (place == place.min().over("record")))


def _with_fate(priced: pl.DataFrame, named: pl.DataFrame, ambiguous: pl.DataFrame) -> pl.DataFrame:
    """Add `fate`; rows of one record need not share it only where they name different orders."""
    marked = priced.with_columns(
        known=pl.col("row_id").is_in(named["row_id"].implode()),
        doubtful=pl.col("row_id").is_in(ambiguous["row_id"].implode()),
        swallowed=pl.col("record").is_in(_swallowed(priced)["record"].implode()).fill_null(value=False),
    )
    status, sent = pl.col("status").cast(pl.String), pl.col("shipped_at").is_not_null()
    record = pl.coalesce("record", pl.concat_str(pl.lit("row "), pl.col("row_id").cast(pl.String)))
    replaced = (status == "replaced").fill_null(value=False).any().over(record)
    closed = ((status == "closed").fill_null(value=False) & ~sent).all().over(record)
    return marked.with_columns(
        fate=pl.when(pl.col("swallowed") | replaced).then(pl.lit("merged"))
        .when(~pl.col("counts")).then(pl.lit("other_file"))
        .when(closed).then(pl.lit("cancelled"))
        .when("known").then(pl.lit("order"))
        .when("doubtful").then(pl.lit("ambiguous"))
        .otherwise(pl.lit("no_order"))
    )  # fmt: skip


def _swallowed(rows: pl.DataFrame) -> pl.DataFrame:
    """record: those whose goods stand in a record of several merged orders and that were never sent themselves.

    Some exports drop the word 被合并: the parts and the whole then stand side by side.
    """
    numbered = rows.filter(pl.col("record").is_not_null(), pl.col("number").is_not_null()).with_columns(
        article=pl.coalesce("sub_order_id", pl.concat_str("sku", pl.col("quantity").cast(pl.String), separator="×"))
    )
    several = numbered.filter(pl.col("number").str.contains(",", literal=True))
    if several.is_empty():
        return empty({"record": pl.String})
    wholes = several.select("profile", "number", whole="record").unique().with_columns(
        part=pl.col("number").str.split(",")
    ).explode("part")  # fmt: skip
    single = numbered.filter(~pl.col("number").str.contains(",", literal=True))
    pairs = single.join(
        wholes.select("profile", "whole", part="part"), left_on=["profile", "number"], right_on=["profile", "part"]
    )
    held = several.select("profile", "article", whole="record", there=pl.lit(value=True), parcel="waybill").unique()
    inside = pairs.join(held, on=["profile", "whole", "article"], how="left")
    own_parcel = pl.col("waybill").is_not_null() & pl.col("waybill").ne_missing(pl.col("parcel"))
    judged = inside.group_by("record", "whole").agg(
        gone=(pl.col("there").fill_null(value=False) & ~own_parcel & pl.col("article").is_not_null()).all()
    )
    return judged.filter("gone").select("record").unique()


def _shared(used: pl.DataFrame, named: pl.DataFrame, weights: pl.DataFrame, unknown: pl.DataFrame) -> pl.DataFrame:
    """Frame COSTS: rows of several orders are shared by what the orders are worth. `unknown`: order_id of orders with a row
    without a cost, whose cost nobody knows."""
    places = named.join(weights, on="order_id", how="left").sort("row_id", "order_id").with_row_index("row")
    shared = allocate(
        used.select("row_id", amount_minor="value_minor", item=pl.lit(_ITEM)).drop_nulls("amount_minor"),
        places.select("row_id", "row", pl.col("weight_minor").fill_null(0)),
        "row_id",
    )
    told = shared.join(places.select("row", "order_id"), on="row")
    free = named.join(used.filter(pl.col("value_minor") == 0), on="row_id", how="semi")
    known = pl.concat(
        [told.select("order_id", "amount_minor"), free.select("order_id", amount_minor=pl.lit(0, dtype=pl.Int64))]
    ).join(unknown, on="order_id", how="anti")
    return known.group_by("order_id").agg(cost_minor=pl.col("amount_minor").sum()).sort("order_id")


def _prove(used: pl.DataFrame, named: pl.DataFrame, orders: pl.DataFrame, unknown: pl.DataFrame) -> None:
    """Σ of the rows = Σ of the orders, over what no row without a cost touches."""
    touched = named.join(unknown, on="order_id", how="semi").select("row_id").unique()
    sharing = named.join(touched, on="row_id", how="semi").select("order_id").unique()
    rows = used.join(named.join(sharing, on="order_id", how="semi"), on="row_id", how="anti")["value_minor"].sum()
    told = orders.join(sharing, on="order_id", how="anti")["cost_minor"].sum()
    if rows != told:
        raise InvariantError(f"the records print costs of {rows}, the orders bear {told}")


def _list_prices(rows: pl.DataFrame) -> pl.DataFrame:
    """sku, list_minor: the unit cost of an article where the cost list gives exactly one."""
    listed = rows.filter(pl.col("kind") == "cost", pl.col("sku").is_not_null(), pl.col("unit_cost_minor").is_not_null())
    prices = listed.group_by("sku").agg(
        pl.col("unit_cost_minor").n_unique().alias("prices"), list_minor=pl.col("unit_cost_minor").min()
    )
    return prices.filter(pl.col("prices") == 1).drop("prices")
