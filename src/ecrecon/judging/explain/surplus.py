"""Steps 8 and 10: more came than was due, and the lines themselves say why. Both need a receipt."""

from __future__ import annotations

import polars as pl

from ecrecon.judging.explain.sets import closing_sets
from ecrecon.judging.explain.work import Work, add_to, component


def name_open_advances(work: Work) -> Work:
    """Step 8: an advance beside the receipt that should repay it is A07.

    The whole advance where the rest of the cash slot is then closed (within tolerance, or by a set of documents);
    else the part of it that stands in the slot.
    """
    both = work.state.filter("has_receipt", pl.col("advance") > 0, pl.col("goods") > 0)
    if both.is_empty():
        return work
    rest = pl.col("cash") - pl.col("advance")
    closing = closing_sets(work.open, both.with_columns(target=-rest), work.settings)
    closed = (rest.abs() <= pl.col("tolerance_minor")) & (pl.col("cash") > 0)
    part = pl.min_horizontal("advance", "cash")
    advances = both.with_columns(
        total=pl.when(closed | pl.col("group_id").is_in(closing["group_id"].implode()))
        .then("advance")
        .when(part > pl.col("tolerance_minor"))
        .then(part)
        .otherwise(0)
    )
    kind = pl.when("advance_late").then(pl.lit("review")).otherwise(pl.lit("timing"))
    found = advances.select(component("A07", "8", pl.col("total"), kind=kind, slot="advance"))
    taken = advances.select("group_id", taken=-pl.col("total"))
    return work.with_(state=add_to(work.state, taken, cash="taken")).found_more(found)


def name_double_receipts(work: Work) -> Work:
    """Step 10: the most frequent receipt came k times too often, and without these the slot is closed: A05 = k x v."""
    over = work.state.filter("has_receipt", pl.col("cash") > pl.col("tolerance_minor"))
    repeated = _most_frequent_receipt(work.lines.join(over, on="group_id", how="semi"))
    double = over.join(repeated, on="group_id").with_columns(total=pl.col("value") * pl.col("extra"))
    if double.is_empty():
        return work
    rest = pl.col("cash") - pl.col("total")
    closing = closing_sets(work.open, double.with_columns(target=-rest), work.settings)
    taken = double.filter((rest == 0) | pl.col("group_id").is_in(closing["group_id"].implode()))
    found = component("A05", "10", pl.col("total"), expected=pl.col("value"), line_ids=pl.col("line_ids"))
    less = taken.select("group_id", total=-pl.col("total"))
    return work.with_(state=add_to(work.state, less, cash="total")).found_more(taken.select(found))


def _most_frequent_receipt(lines: pl.DataFrame) -> pl.DataFrame:
    """Per group: `value`, the most frequent goods_receipt amount (ties: the larger); `extra` = times - 1 >= 1."""
    receipts = lines.filter((pl.col("category") == "goods_receipt") & (pl.col("amount_minor") > 0))
    counted = receipts.group_by("group_id", value="amount_minor").agg(
        extra=pl.len().cast(pl.Int64) - 1, line_ids=pl.col("line_id").sort()
    )
    return (
        counted.filter(pl.col("extra") >= 1)
        .sort(["group_id", "extra", "value"], descending=[False, True, True])
        .unique("group_id", keep="first", maintain_order=True)
    )
