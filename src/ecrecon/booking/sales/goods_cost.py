"""Cost of the goods of every settlement group from our own records, tied to what their files print."""

from __future__ import annotations

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.shares import allocate
from ecrecon.base.texts import tr
from ecrecon.booking.sales.cost import FATES, Costed, order_costs
from ecrecon.judging.proof.conservation import PROOF, part_row, proof_row
from ecrecon.judging.receipt.judge import Judged
from ecrecon.matching.goods_records import Records

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
