"""Cost of the goods: per order, per settlement group, and of goods that were shipped and are not sold."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.schema import TIME, Schema, check, conform, empty
from ecrecon.base.shares import allocate
from ecrecon.base.texts import tr
from ecrecon.booking.sales.revenue import SALES_EVENTS
from ecrecon.judging.proof.conservation import PROOF, part_row, proof_row
from ecrecon.judging.receipt.judge import Judged
from ecrecon.matching.goods_records import Records

# Cost of goods per order from our own records: ERP lines, else the cost list by article (docs/accounting.md "Goods
# and their cost").

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


# Goods on their way: from shipment to revenue they stand in 发出商品 at cost (docs/accounting.md "Goods and their cost").

GOODS_SHIPPED: Schema = {
    "platform": pl.String, "shop": pl.String, "order_id": pl.String, "group_id": pl.Int64, "currency": pl.String,
    "shipped_at": TIME, "left_at": TIME, "left_by": pl.String, "opening_minor": pl.Int64, "shipped_minor": pl.Int64,
    "sold_minor": pl.Int64, "returned_minor": pl.Int64, "lost_minor": pl.Int64, "closing_minor": pl.Int64,
    "source_id": pl.Int32, "source_line": pl.Int32,
}  # fmt: skip
"""One row per order whose goods stood in 发出商品 in the period, at cost. `left_by`: sold, returned, lost; null: still
there at the end of the period."""

_EVENT_OF = {"shipped": "goods_shipped", "returned": "goods_returned", "lost": "goods_lost"}


def goods_shipped(
    facts: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, costs: pl.DataFrame, moments: Moment
) -> pl.DataFrame:
    """Frame GOODS_SHIPPED, sorted by platform, shop, order_id.

    facts: frame of `receivables.sales_facts` (with shipped_at, expected_minor). lines, documents: as for `receivables`.
    costs: group_id, cost_minor, goods_returned.
    """
    refunds = pl.concat(
        [
            documents.select("group_id", at="completed_at"),
            lines.filter("self_documented", pl.col("category") == "refund").select("group_id", at="occurred_at"),
        ]
    )
    last = refunds.group_by("group_id").agg(refunded_at=pl.col("at").max())
    sent = facts.filter("has_order", pl.col("shipped_at") <= moments.as_of).join(
        costs.filter(pl.col("cost_minor") > 0), on="group_id", maintain_order="left"
    )
    told = sent.join(last, on="group_id", how="left", maintain_order="left")
    free = (pl.col("expected_minor") == 0) & pl.col("refunded_at").is_null() & pl.col("revenue_at").is_not_null()
    sold = (pl.col("sold_minor") > 0) | free
    gone = ~sold & (pl.col("expected_minor") <= 0) & pl.col("refunded_at").is_not_null()
    told = told.with_columns(
        left_at=pl.when(sold).then("revenue_at").when(gone).then("refunded_at"),
        left_by=pl.when(sold).then(pl.lit("sold"))
        .when(gone & pl.col("goods_returned")).then(pl.lit("returned")).when(gone).then(pl.lit("lost")),
    )  # fmt: skip
    through = pl.col("left_at").is_null() | (pl.col("shipped_at") <= pl.col("left_at"))
    rows = _moved(told.filter(through), moments)
    seen = rows.filter((pl.col("opening_minor") != 0) | (pl.col("shipped_minor") != 0))
    ordered = conform(seen, GOODS_SHIPPED).sort("platform", "shop", "order_id", "group_id", nulls_last=True)
    return check(ordered.rechunk(), GOODS_SHIPPED, "goods shipped")


def _moved(rows: pl.DataFrame, moments: Moment) -> pl.DataFrame:
    """Rows with the movement of the period; what leaves after it is still there."""
    cost = pl.col("cost_minor")
    came, left = pl.col("shipped_at").dt.date(), pl.col("left_at").dt.date()
    leaves = left.is_between(moments.start, moments.end).fill_null(value=False)
    still = left.is_null() | (left > moments.end)
    there = (came < moments.start) & (left.is_null() | (left >= moments.start))
    ways = [
        pl.when(leaves & (pl.col("left_by") == way)).then(cost).otherwise(0).alias(f"{way}_minor")
        for way in ("sold", "returned", "lost")
    ]
    moved = rows.drop("sold_minor").with_columns(
        *ways,
        opening_minor=pl.when(there).then(cost).otherwise(0),
        shipped_minor=pl.when(came.is_between(moments.start, moments.end)).then(cost).otherwise(0),
        left_at=pl.when(~still).then("left_at"),
        left_by=pl.when(~still).then("left_by"),
    )
    return moved.with_columns(
        closing_minor=pl.col("opening_minor") + pl.col("shipped_minor")
        - pl.col("sold_minor") - pl.col("returned_minor") - pl.col("lost_minor")
    )  # fmt: skip


def goods_events(goods: pl.DataFrame) -> pl.DataFrame:
    """Frame SALES_EVENTS: shipments, and goods that came back or were lost before the revenue. Sales are with revenue."""
    zero = pl.lit(0, dtype=pl.Int64)
    frames = [
        goods.filter(pl.col(f"{way}_minor") != 0).with_columns(
            event=pl.lit(event), day=pl.col("shipped_at" if way == "shipped" else "left_at").dt.date(),
            cost_minor=pl.col(f"{way}_minor"), gross_minor=zero, net_minor=zero, tax_minor=zero,
        ).with_columns(shipped_minor=zero)
        for way, event in _EVENT_OF.items()
    ]  # fmt: skip
    return pl.concat([conform(frame, SALES_EVENTS) for frame in frames])


# Cost of the goods of every settlement group from our own records, tied to what their files print.

LAW = "costs"


def cost_of_goods(judged: Judged, records: Records | None) -> Costed | None:
    """Costs per order and what became of every printed one; None where no record of goods was given."""
    if records is None or records.rows.is_empty():
        return None
    weights = _weights(judged).group_by("order_id").agg(pl.col("weight_minor").sum())
    return order_costs(records.rows, records.links, weights, records.ambiguous.select("row_id"))


def group_costs(judged: Judged, costed: Costed | None) -> pl.DataFrame:
    """group_id, cost_minor (null: not known), goods_returned; groups with a cost, or whose goods came back.

    The cost of an order whose parts settle on their own goes to its groups by what they are worth.
    """
    flag = pl.col("goods_returned").fill_null(value=False)
    returned = judged.documents.filter("counts", flag, pl.col("group_id").is_not_null()).select("group_id").unique()
    weights = _weights(judged).group_by("order_id", "group_id").agg(pl.col("weight_minor").sum())
    places = weights.sort("order_id", "group_id", nulls_last=True).with_row_index("row")
    orders = pl.DataFrame(schema={"order_id": pl.String, "cost_minor": pl.Int64}) if costed is None else costed.orders
    shares = allocate(
        orders.select("order_id", item=pl.lit(LAW), amount_minor="cost_minor"),
        places.select("order_id", "row", "weight_minor"),
        "order_id",
    )
    told = places.join(orders.select("order_id"), on="order_id").join(
        shares.select("row", cost_minor="amount_minor"), on="row", how="left"
    )
    summed = told.group_by("group_id").agg(pl.col("cost_minor").fill_null(0).sum())
    both = summed.join(
        returned.with_columns(goods_returned=pl.lit(value=True)), on="group_id", how="full", coalesce=True
    )
    return both.with_columns(flag).filter(pl.col("group_id").is_not_null()).sort("group_id")


def _weights(judged: Judged) -> pl.DataFrame:
    due = (pl.col("due_cash_minor").fill_null(0) + pl.col("due_platform_minor").fill_null(0)).clip(lower_bound=0)
    return judged.orders.select("order_id", "group_id", weight_minor=due)


def cost_proof(records: Records | None, costed: Costed | None, paths: list[str]) -> pl.DataFrame:
    """Frame PROOF of the law `costs`: what each file prints = what newer files tell again + every fate of its rows.

    Raises InvariantError naming the first file whose costs do not add up. Few rows by nature: files times fates.
    """
    if records is None or costed is None or records.costs.is_empty():
        return pl.DataFrame(schema=PROOF)
    found = costed.fates.group_by("source_id").agg(pl.col("rows").sum(), pl.col("cost_minor").sum())
    fates = {source: (rows, minor) for source, rows, minor in found.iter_rows()}
    told = []
    for source, currency, rows, minor, older, older_minor in records.costs.iter_rows():
        seen, seen_minor = fates.get(source, (0, 0))
        known = (seen + older, seen_minor + older_minor)
        told.append(proof_row(LAW, None, paths[source], (rows, minor), known, currency))
    told += [
        part_row(LAW, None, f"cost_{fate}", (rows, minor), currency)
        for currency, fate, rows, minor in _by_fate(records, costed)
    ]
    proof = pl.DataFrame(told, schema=PROOF, orient="row")
    wrong = proof.filter(~pl.col("ok"))
    if wrong.height:
        raise InvariantError(f"the costs of a file do not add up: {wrong.row(0, named=True)}")
    return proof


def cost_notes(records: Records | None, costed: Costed | None) -> list[str]:
    """What became of printed costs that no order bears, one sentence per reason."""
    if records is None or costed is None:
        return []
    reasons = {
        "merged": ("属于被合并或被拆分的 ERP 单，成本在合并、拆分后的单上", "ERP orders merged or split: the cost stands in what they became"),
        "cancelled": ("属于已取消且未发货的 ERP 单", "ERP orders cancelled before shipment"),
        "no_order": ("没有对应的订单，没有计入成本", "no order answers to them: not in the cost of sales"),
        "ambiguous": ("单号对应多个订单，没有计入成本", "their number fits several orders: not in the cost of sales"),
    }  # fmt: skip
    return [
        tr(
            f"ERP 成本 {rows} 行共 {decimal_text(minor, exponent(currency or 'CNY'))} {reasons[fate][0]}",
            f"{rows} cost rows of the ERP, {decimal_text(minor, exponent(currency or 'CNY'))}: {reasons[fate][1]}",
        )
        for currency, fate, rows, minor in _by_fate(records, costed)
        if fate in reasons and minor
    ]


def _by_fate(records: Records, costed: Costed) -> list[tuple[str | None, str, int, int]]:
    """(currency, fate, rows, money) of all files, by currency, then in the order of FATES."""
    of_files = records.costs.select("source_id", "currency")
    sums = costed.fates.join(of_files, on="source_id", how="left").group_by("currency", "fate").agg(
        pl.col("rows").sum(), pl.col("cost_minor").sum()
    )  # fmt: skip
    return sorted(sums.iter_rows(), key=lambda row: (row[0] or "", FATES.index(row[1])))
