"""Steps 0 to 4: what is owed at all, and refund documents against refund lines of the bill."""

from __future__ import annotations

import polars as pl

from ecrecon.judging.explain.work import IS_PLATFORM, Work, component

# Steps 0b, 0c, 1, 2: what is owed at all, and the two facts that stand in the bill under their own name.


def keep_only_what_a_closed_order_owes(work: Work) -> Work:
    """Step 0b: closed order: due_cash := documents + forfeited deposits; due_platform := at most what came."""
    closed = pl.col("status") == "closed"
    state = work.state.with_columns(
        due_cash_minor=pl.when(closed).then(pl.col("documents") + pl.col("forfeit")).otherwise("due_cash_minor"),
        due_platform_minor=pl.when(closed)
        .then(pl.min_horizontal("due_platform_minor", "plat_in"))
        .otherwise("due_platform_minor"),
    )
    return work.with_(state=state)


def expect_nothing_from_an_unpaid_order(work: Work) -> Work:
    """Step 0c: unpaid: nothing is due."""
    owed = pl.col("due_cash_minor", "due_platform_minor")
    return work.with_(state=work.state.with_columns(pl.when("unpaid").then(0).otherwise(owed).name.keep()))


def open_slots(work: Work) -> Work:
    """Set the slots `cash`, `plat` and `claw` from the sums of lines and what is due."""
    state = work.state.with_columns(
        cash=pl.col("cash_in") - pl.col("due_cash_minor"),
        plat=pl.col("plat_in") - pl.col("due_platform_minor"),
        claw=pl.when("gross").then(0).otherwise(-pl.col("claw_in")),
        not_owed=pl.lit(0, dtype=pl.Int64),
        done=pl.lit(False),
    )
    return work.with_(state=state)


def name_price_protection(work: Work) -> Work:
    """Step 1: price protection lines are A08 at their full amount, less what the platform pays of it.

    JD gives a part of 价保扣款 back as 平台券价保补贴: platform money beyond what the order is owed, up to the deduction.
    """
    protected = pl.max_horizontal(-pl.col("adjust"), 0)
    state = work.state.with_columns(shared=pl.min_horizontal(pl.max_horizontal("plat", 0), protected))
    amount = pl.col("adjust") + pl.col("shared")
    for slot, rows in (("adjust", pl.col("shared") == 0), ("protected", pl.col("shared") > 0)):
        work = work.found_more(state.filter(rows).select(component("A08", "1", amount, slot=slot)))
    return work.with_(state=state.with_columns(plat=pl.col("plat") - pl.col("shared")).drop("shared"))


def take_back_the_platform_part(work: Work) -> Work:
    """Step 2: a clawback beside a refund lowers what the platform owes, the excess is R08; without a refund R02."""
    clawed = work.state.filter(pl.col("claw") > 0)
    if clawed.is_empty():
        return work
    refunded = pl.col("has_document") | pl.col("has_refund_line")
    share = pl.min_horizontal("claw", "due_platform_minor")
    with_refund = clawed.filter(refunded)
    excess = component("R08", "2", share - pl.col("claw"), expected=-share, slot="claw")
    alone = component("R02", "2", -pl.col("claw"), slot="claw")
    left = pl.when((pl.col("claw") > 0) & refunded).then(share).otherwise(0)
    state = work.state.with_columns(not_owed=pl.col("not_owed") + left, claw=pl.lit(0, dtype=pl.Int64))
    return (
        work.with_(state=state)
        .found_more(with_refund.select(excess))
        .found_more(clawed.filter(~refunded).select(alone))
    )


# Steps 0a, 3, 3d, 4: refund documents against refund lines of the bill.

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
