"""Steps 0a, 3, 3d, 4: refund documents against refund lines of the bill.

A document and a line that found each other leave; what stays open goes on to the later steps.
"""

from __future__ import annotations

import polars as pl

from ecrecon.judging.explain.slots import IS_PLATFORM
from ecrecon.judging.explain.work import Work, component

ROW_ORDER = ("self_documented", "occurred_at", "txn_id", "line_id")
"""(time, id); a line that documents itself (0a) needs no document and comes last."""
DOCUMENT_ORDER = ("completed_at", "refund_id", "document_id")


def refund_rows(lines: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Refund lines; where documents are gross also the negative platform lines. Lines of 0.00 say nothing."""
    gross = groups.filter("gross")["group_id"].implode()
    part_of_document = IS_PLATFORM & (pl.col("amount_minor") < 0) & pl.col("group_id").is_in(gross)
    wanted = (pl.col("category") == "refund") | part_of_document
    return lines.filter(wanted & (pl.col("amount_minor") != 0)).select(
        "group_id", "line_id", "amount_minor", "occurred_at", "txn_id", "refund_id", "self_documented"
    )


def pair_refunds(work: Work) -> Work:
    """Step 3: (a) same refund id, (b) equal amounts one to one, (c) equal totals."""
    return _pair_totals(_pair_amounts(_pair_ids(work)))


def let_lines_document_themselves(work: Work) -> Work:
    """Step 0a: where no after-sale file covers a refund line, the line is its own document.

    Runs after the first pairing: a line that a document of another file explains needs no second one. Such
    lines leave at once, their amount counts in `documents`. Then totals are compared again without them.
    """
    own = work.rows.filter("self_documented")
    if own.is_empty():
        return work
    totals = own.group_by("group_id").agg(total=-pl.col("amount_minor").sum())
    state = work.state.join(totals, on="group_id", how="left", maintain_order="left").with_columns(
        documents=pl.col("documents") + pl.col("total").fill_null(0),
        has_document=pl.col("has_document") | pl.col("total").is_not_null(),
    )
    rows = work.rows.filter(~pl.col("self_documented"))
    return _pair_totals(work.with_(state=state.drop("total"), rows=rows))


def _pair_ids(work: Work) -> Work:
    """Step 3a: same refund id, the lines of one id summed. Same id, other amount: R03 = document - lines."""
    key = ["group_id", "refund_id"]
    named = pl.col("refund_id").is_not_null()
    documents = work.open.filter(named).group_by(key).agg(document=pl.col("amount_minor").sum())
    rows = (
        work.rows.filter(named).group_by(key).agg(row=pl.col("amount_minor").sum(), line_ids=pl.col("line_id").sort())
    )
    pairs = documents.join(rows, on=key)
    if pairs.is_empty():
        return work
    amount = pl.col("document") + pl.col("row")
    wrong = component(
        "R03", "3a", amount,
        expected=-pl.col("document"), refund_id=pl.col("refund_id"), line_ids=pl.col("line_ids"),
    )  # fmt: skip
    return work.with_(
        open=work.open.join(pairs, on=key, how="anti", maintain_order="left"),
        rows=work.rows.join(pairs, on=key, how="anti", maintain_order="left"),
    ).found_more(pairs.select(wrong))


def _pair_amounts(work: Work) -> Work:
    """Step 3b: equal amounts one to one, the n-th document with the n-th line in order of (time, id)."""
    key = ["group_id", "paired", "rank"]
    rank = pl.int_range(pl.len()).over("group_id", "paired").alias("rank")
    documents = work.open.sort(DOCUMENT_ORDER).with_columns(paired="amount_minor").with_columns(rank)
    rows = work.rows.sort(ROW_ORDER).with_columns(paired=-pl.col("amount_minor")).with_columns(rank)
    return work.with_(
        open=documents.join(rows, on=key, how="anti").drop("paired", "rank"),
        rows=rows.join(documents, on=key, how="anti").drop("paired", "rank"),
    )


def _pair_totals(work: Work) -> Work:
    """Step 3c: all open documents of a group together equal all its open lines together."""
    documents = work.open.group_by("group_id").agg(document=pl.col("amount_minor").sum())
    rows = work.rows.group_by("group_id").agg(row=pl.col("amount_minor").sum())
    equal = documents.join(rows, on="group_id").filter(pl.col("document") + pl.col("row") == 0)
    if equal.is_empty():
        return work
    return work.with_(
        open=work.open.join(equal, on="group_id", how="anti"),
        rows=work.rows.join(equal, on="group_id", how="anti"),
    )


def pair_the_last_two(work: Work) -> Work:
    """Step 3d: exactly one document and one line left in the group: R03 = document - line."""
    alone = pl.len().over("group_id") == 1
    documents = work.open.filter(alone).select("group_id", "refund_id", document="amount_minor")
    rows = work.rows.filter(alone).select("group_id", row="amount_minor", line_ids=pl.concat_list("line_id"))
    pairs = documents.join(rows, on="group_id")
    if pairs.is_empty():
        return work
    wrong = component(
        "R03", "3d", pl.col("document") + pl.col("row"),
        expected=-pl.col("document"), refund_id=pl.col("refund_id"), line_ids=pl.col("line_ids"),
    )  # fmt: skip
    return work.with_(
        open=work.open.join(pairs, on="group_id", how="anti"),
        rows=work.rows.join(pairs, on="group_id", how="anti"),
    ).found_more(pairs.select(wrong))


def report_lines_without_document(work: Work) -> Work:
    """Step 4: each refund line that no document explains is R02 at its signed amount."""
    unknown = component(
        "R02", "4", pl.col("amount_minor"), refund_id=pl.col("refund_id"), line_ids=pl.concat_list("line_id")
    )
    return work.with_(rows=work.rows.clear()).found_more(work.rows.select(unknown))
