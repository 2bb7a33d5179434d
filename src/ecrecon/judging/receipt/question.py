"""From groups, lines and documents to the decomposition's question, money before the first bill presumed, and its answer back on the groups."""

from __future__ import annotations

import polars as pl

from ecrecon.base.categories import CATEGORY
from ecrecon.base.schema import COMPONENTS, STATUS, conform
from ecrecon.base.texts import tr
from ecrecon.judging.explain import explain
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.documents import covered_months, self_documented
from ecrecon.judging.receipt.due import load_terms, windows_covered
from ecrecon.matching.order_accounts import Coverage

# Money that came before the bills begin: it is presumed, so that what the bills show later is still judged.

_SLOTS = (("due_cash", "goods_receipt"), ("due_platform", "coupon_platform"), ("advance", "advance"))
"""Amount column and category of the presumed lines of a group; the position makes their line ids."""


def add_virtual_receipts(
    groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Give presumed groups the receipt, and old orders the advance, that lies before the bills.

    Refunds completed before a presumed receipt leave with it, unless the bill shows their line: some after-sale files
    print the application alone (Pinduoduo), which may be days before the refund. Adds `virtual_minor` to groups. Virtual lines have
    negative line ids, so no bill line can be confused with them.
    """
    repaid = _repaid_advances(groups, lines)
    starts = groups.filter("presumed").select("group_id", "bills_start")
    if starts.is_empty() and repaid.is_empty():
        return groups.with_columns(virtual_minor=pl.lit(0, dtype=pl.Int64)), lines, documents
    dated = documents.join(starts, on="group_id", how="left", maintain_order="left")
    dated = dated.join(_returned(lines), on=["group_id", "amount_minor"], how="left", maintain_order="left")
    earlier = (pl.col("completed_at").dt.date() < pl.col("bills_start")).fill_null(False) & pl.col("in_bill").is_null()
    gone = dated.filter(earlier).group_by("group_id").agg(pl.col("amount_minor").sum().alias("gone_minor"))
    kept = dated.filter(~earlier).drop("bills_start", "in_bill")
    frame = groups.join(gone, on="group_id", how="left", maintain_order="left").with_columns(
        due_cash_minor=pl.col("due_cash_minor") - pl.col("gone_minor").fill_null(0)
    )
    virtual = (
        frame.select("group_id", "status", "presumed", "event_at", "created_at", "due_cash_minor", "due_platform_minor")
        .join(_given_back(lines, kept), on="group_id", how="left", maintain_order="left")
        .join(repaid, on="group_id", how="left", maintain_order="left")
        .with_columns(_owed(), advance=pl.col("advance").fill_null(0))
        .with_columns(
            due_platform=pl.when("presumed").then("due_platform_minor").otherwise(0),
            due_cash=pl.when("presumed").then("owed").otherwise(0),
        )
    )
    frame = frame.drop("gone_minor").with_columns(
        virtual_minor=virtual["due_cash"] + virtual["due_platform"] + virtual["advance"]
    )
    return frame, pl.concat([lines, *_virtual(virtual, lines.schema)]), kept


def _repaid_advances(groups: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """group_id, advance (> 0): repaid beyond what the bills show as paid, of orders placed before the bills begin."""
    old = groups.filter(pl.col("created_at").dt.date() < pl.col("bills_start")).select("group_id")
    return (
        lines.filter(pl.col("category") == "advance")
        .join(old, on="group_id", how="semi")
        .group_by("group_id")
        .agg(advance=-pl.col("amount_minor").sum())
        .filter(pl.col("advance") > 0)
    )


def _returned(lines: pl.DataFrame) -> pl.DataFrame:
    """group_id, amount_minor (> 0), in_bill: amounts of the refund lines of each group."""
    refunds = lines.filter(pl.col("category") == "refund", pl.col("amount_minor") < 0)
    return refunds.select("group_id", amount_minor=-pl.col("amount_minor"), in_bill=pl.lit(True)).unique()


def _given_back(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """group_id, given_back_minor: refunds of the group, each once: documents, and lines that document themselves."""
    own = lines.filter(pl.col("category") == "refund", "self_documented").select(
        "group_id", amount_minor=-pl.col("amount_minor")
    )
    told = pl.concat([documents.select("group_id", "amount_minor"), own])
    return told.group_by("group_id").agg(given_back_minor=pl.col("amount_minor").sum())


def _owed() -> pl.Expr:
    """The presumed receipt: what was due; of a closed order, which keeps nothing, what it gives back."""
    given_back = pl.min_horizontal(pl.col("given_back_minor").fill_null(0), "due_cash_minor")
    return pl.when(pl.col("status") == "closed").then(given_back).otherwise("due_cash_minor").alias("owed")


def _virtual(presumed: pl.DataFrame, schema: pl.Schema) -> list[pl.DataFrame]:
    parts = []
    for number, (column, category) in enumerate(_SLOTS):
        part = presumed.filter(pl.col(column) != 0).select(
            "group_id",
            line_id=-(pl.col("group_id") * len(_SLOTS) + 1 + number),
            category=pl.lit(category).cast(CATEGORY),
            amount_minor=column,
            occurred_at=pl.coalesce("event_at", "created_at"),
            txn_id=pl.lit(None, dtype=pl.String),
            refund_id=pl.lit(None, dtype=pl.String),
            self_documented=pl.lit(False),
        )
        parts.append(conform(part, schema))
    return parts


def without_virtual(groups: pl.DataFrame) -> pl.DataFrame:
    """Take what was presumed out of expected and actual again; the difference stays."""
    return groups.with_columns(
        pl.col("expected_minor") - pl.col("virtual_minor"), pl.col("actual_minor") - pl.col("virtual_minor")
    ).drop("virtual_minor")


# From groups, lines and documents to the decomposition's question, and its answer back on the groups.

UNSEEN = "explain.unseen"
"""`rule_id` of a refund whose line a missing bill may hold."""


def explain_groups(
    case: Case, groups: pl.DataFrame, principal: pl.DataFrame, documents: pl.DataFrame, shops: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run the decomposition. Returns groups plus expected_minor, actual_minor, difference_minor, outcome; components."""
    frame = _facts(case, groups, principal, documents)
    columns = [
        "group_id",
        "line_id",
        "category",
        "amount_minor",
        "occurred_at",
        "txn_id",
        "refund_id",
        "self_documented",
    ]
    lines = principal.select(columns)
    frame, lines, documents = add_virtual_receipts(frame, lines, documents)
    dated = _documents(case, frame, documents, shops)
    result = explain(frame.with_columns(pl.col("status").cast(STATUS)), lines, dated)
    told = result.groups.drop("due_cash_minor", "due_platform_minor", strict=False)
    frame = frame.join(told, on="group_id", how="left", maintain_order="left")
    groups, components = _unseen_refunds(without_virtual(frame), result.components, dated)
    return _undecided(groups, components)


def _unseen_refunds(
    groups: pl.DataFrame, components: pl.DataFrame, documents: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """R01 past its grace whose days no bill covers is no matter of time any more: review, with the reason."""
    unseen = documents.filter("unseen").select("group_id", "refund_id", unseen=pl.lit(True)).unique()
    frame = components.join(
        unseen, on=["group_id", "refund_id"], how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.col("unseen").fill_null(False) & (pl.col("code") == "R01") & (pl.col("kind") == "timing"))
    kind = pl.when("unseen").then(pl.lit("review")).otherwise(pl.col("kind").cast(pl.String))
    reason = tr("退款后的日期没有账单，无法核对", "no bill covers the days after the refund: it cannot be checked")
    told = frame.with_columns(
        kind=kind.cast(COMPONENTS["kind"]),
        note=pl.when("unseen").then(pl.lit(reason)).otherwise("note"),
        rule_id=pl.when("unseen").then(pl.lit(UNSEEN)).otherwise("rule_id"),
    ).select(list(COMPONENTS))
    waiting = pl.col("group_id").is_in(frame.filter("unseen")["group_id"].unique().implode())
    unchecked = waiting & (pl.col("outcome") == "partly")
    return groups.with_columns(outcome=pl.when(unchecked).then(pl.lit("not_checked")).otherwise("outcome")), told


def _undecided(groups: pl.DataFrame, components: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is missing and cannot be judged waits for a readable bill (F12): in a group with a damaged row (the damage
    itself is already told) anything, in others what is past its day while a bill of the time until then is not here."""
    doubtful = groups.filter("doubt").select("group_id")
    blind = groups.filter("due", ~pl.col("covered")).select("group_id")
    if doubtful.is_empty() and blind.is_empty():
        return groups, components
    code = pl.col("code").cast(pl.String)
    missing = (pl.col("group_id").is_in(doubtful["group_id"].implode()) & pl.col("kind").is_in(["break", "timing"])) | (
        pl.col("group_id").is_in(blind["group_id"].implode())
        & (pl.col("kind") == "timing")
        & code.is_in(["A04", "C06"])
        & ((code != "C06") | ~pl.col("group_id").is_in(groups.filter("subsidy")["group_id"].implode()))
    )
    told = components.with_columns(
        code=pl.when(missing).then(pl.lit("F12")).otherwise(code).cast(COMPONENTS["code"]),
        kind=pl.when(missing).then(pl.lit("review")).otherwise(pl.col("kind").cast(pl.String)).cast(COMPONENTS["kind"]),
    )
    waiting = components.filter(missing).select("group_id").unique()
    unchecked = pl.col("group_id").is_in(waiting["group_id"].implode())
    return groups.with_columns(outcome=pl.when(unchecked).then(pl.lit("not_checked")).otherwise("outcome")), told


def _facts(case: Case, groups: pl.DataFrame, principal: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Add the flags that the decomposition asks for: gross, tolerance, terms of the platform's part and of advances."""
    defaults = load_terms().defaults
    today = pl.lit(case.moment.day)
    printed = documents.group_by("group_id").agg(pl.col("gross").any().alias("printed_gross"))
    advances = (
        principal.filter(pl.col("category") == "advance")
        .group_by("group_id")
        .agg(pl.col("occurred_at").min().dt.date().alias("advance_day"))
    )
    frame = groups.join(printed, on="group_id", how="left", maintain_order="left").join(
        advances, on="group_id", how="left", maintain_order="left"
    )
    term = pl.col("days").fill_null(0)
    advance_by = pl.col("advance_day") + pl.duration(days=term + defaults.advance_days)
    subsidy = pl.col("tag").str.contains_any(defaults.subsidy_tags).fill_null(False)
    subsidy_end = pl.col("event_at").dt.date() + pl.duration(days=pl.lit(defaults.subsidy_days) + pl.col("grace"))
    gross = {s.name: s.gross for s in case.workspace.shops if s.gross is not None}
    own_gross = pl.col("shop").replace_strict(gross, default=None, return_dtype=pl.Boolean)
    due = pl.col("due") & pl.col("covered")
    return frame.with_columns(
        pl.col("due_cash_minor", "due_platform_minor").fill_null(0),
        pl.col("due", "covered", "unpaid", "presumed", "opening").fill_null(False),
        gross=pl.coalesce(own_gross, "printed_gross", False),
        tolerance_minor=pl.lit(case.workspace.tolerances.minor("group"), dtype=pl.Int64),
        overdue_kind=pl.col("overdue_kind").fill_null("break"),
        advance_by=advance_by,
        advance_late=(advance_by < today).fill_null(False),
        subsidy=subsidy,
        platform_by=pl.when(subsidy).then(subsidy_end).otherwise("window_end"),
        platform_due=pl.when(subsidy).then(subsidy_end < today).otherwise(due).fill_null(False),
    )


def with_self_documented(
    case: Case, groups: pl.DataFrame, principal: pl.DataFrame, documents: pl.DataFrame
) -> pl.DataFrame:
    """Add `self_documented` to principal lines: no after-sale file speaks for the shop and month of the line."""
    months = covered_months(_of_order_shops(documents, groups), case.parsed, case.moment.period)
    frame = principal.with_columns(line_shop=pl.col("shop").cast(pl.String), line_shop_raw="shop").join(
        groups.select("group_id", order_shop="shop"), on="group_id", how="left", maintain_order="left"
    )
    frame = frame.with_columns(shop=pl.coalesce("order_shop", "line_shop"))
    told = self_documented(frame, months)
    return told.with_columns(shop="line_shop_raw").drop("order_shop", "line_shop", "line_shop_raw")


def forfeited(groups: pl.DataFrame, principal: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Receipts of a closed presale order that nothing was refunded of are the forfeited deposit (docs/matching.md "Receivable")."""
    tags = load_terms().defaults.deposit_tags
    kept = groups.filter(
        pl.col("status") == "closed", pl.col("tag").str.contains_any(tags).fill_null(value=False)
    ).select("group_id")
    refunds = principal.filter(pl.col("category") == "refund")
    for returned in (refunds, documents):
        kept = kept.join(returned, on="group_id", how="anti")
    if kept.is_empty():
        return principal
    receipt = (pl.col("category") == "goods_receipt") & pl.col("group_id").is_in(kept["group_id"].implode())
    return principal.with_columns(
        category=pl.when(receipt)
        .then(pl.lit("deposit_forfeit"))
        .otherwise(pl.col("category").cast(pl.String))
        .cast(CATEGORY)
    )


def _of_order_shops(documents: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Documents once under their file's shop and once under their order's: one export may serve several shops."""
    own = documents.select("group_id", pl.col("shop").cast(pl.String), "applied_at", "paid_at", "completed_at")
    owners = groups.select("group_id", order_shop="shop")
    linked = own.join(owners, on="group_id").with_columns(shop="order_shop").select(own.columns)
    return pl.concat([own, linked])


def _documents(case: Case, groups: pl.DataFrame, documents: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """Add `late`: the refund's grace is past and every day of it is covered by the bills; `unseen`: past, not covered."""
    day = pl.col("completed_at").dt.date()
    until = day + pl.duration(days=pl.col("grace_days"))
    columns = ["group_id", "document_id", "refund_id", "amount_minor", "completed_at"]
    frame = documents.select(*columns, "grace_days").join(
        groups.select("group_id", "platform", "shop", "channel", "accounts", "doubt", "bills_start"),
        on="group_id", how="inner", maintain_order="left",
    )  # fmt: skip
    windows = frame.select(
        "platform", "shop", "channel", "accounts", row_id="document_id",
        start=pl.max_horizontal(day, "bills_start"), end=until,
    )  # fmt: skip
    told = windows_covered(windows.filter(pl.col("accounts").is_not_null()), shops, Coverage(case.covered))
    past = until < pl.lit(case.moment.day)
    return (
        frame.join(told, left_on="document_id", right_on="row_id", how="left", maintain_order="left")
        .with_columns(
            late=(past & pl.col("covered") & ~pl.col("doubt").fill_null(False)).fill_null(False),
            unseen=(past & ~pl.col("covered").fill_null(False)).fill_null(False),
        )
        .select(*columns, "late", "unseen")
    )
