"""Checks `receipt` and `refund` from end to end: groups, receivable, decomposition, dispositions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.categories import role_expr
from ecrecon.judging.receipt import due as due_
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.documents import as_of_states, dated, refund_lines
from ecrecon.judging.receipt.question import explain_groups, forfeited, with_self_documented
from ecrecon.judging.receipt.receivable import (
    basis_findings,
    choose_readings,
    numbers_of,
    softened,
    with_candidates,
    with_due,
    with_platform_part,
)
from ecrecon.judging.receipt.unknown_orders import orphan_codes
from ecrecon.ledger.lines import basis_lines, in_order_basis
from ecrecon.matching.order_accounts import Coverage, account_shops
from ecrecon.matching.order_groups import GROUPED_ROLES, LINE_KEYS, Links, link

PRINCIPAL = (
    "line_id", "group_id", "source_id", "source_line", "platform", "shop", "account", "order_id", "txn_id", "refund_id",
    "category", "amount_minor", "currency", "day", "occurred_at", "order_created_at", "fate",
)  # fmt: skip
"""Columns of a principal line; its others are read in `lines`, where they are wanted at all."""


@dataclass(frozen=True)
class Judged:
    """`lines`: LEDGER plus role, group_id, rule_id. `orders`: BOOK_ORDERS plus due amounts and group_id. `documents`:
    REFUNDS plus document_id, counts, foreign (in another currency than its order), group_id. `groups`: one row per
    settlement group with terms, coverage, E, A, D and outcome. `components`: schema COMPONENTS. `readings`: shop, reading,
    plain, closed. `shops`: ACCOUNT_SHOPS.
    `principal`: principal lines of the groups (columns PRINCIPAL and self_documented), in the currency of their group;
    `foreign`: those in another one, which no sum may mix with them. `ambiguous`: line_id, target, rule_id of lines that
    several orders fit."""

    lines: pl.DataFrame
    orders: pl.DataFrame
    later_orders: pl.DataFrame
    documents: pl.DataFrame
    groups: pl.DataFrame
    components: pl.DataFrame
    readings: pl.DataFrame
    shops: pl.DataFrame
    shop_platforms: pl.DataFrame
    principal: pl.DataFrame
    foreign: pl.DataFrame
    findings: list[pl.DataFrame]
    ambiguous: pl.DataFrame


def judge(case: Case) -> Judged:
    """Answer for every order: was it paid out in full, once; is every receipt an order, every refund on both sides?"""
    moment = case.moment
    lines = basis_lines(case.lines, moment.as_of)
    later = pl.col("created_at") > moment.as_of
    orders = case.books.orders.filter(~later.fill_null(False))
    documents = case.books.refunds.with_row_index("document_id").with_columns(pl.col("document_id").cast(pl.Int64))
    links = _link(case, lines, orders, case.books.order_lines, documents)
    lines = lines.join(
        links.lines.select("line_id", "group_id", "rule_id"), on="line_id", how="left", maintain_order="left"
    )
    documents = documents.join(
        links.documents.select("document_id", "group_id", "target_order"),
        on="document_id",
        how="left",
        maintain_order="left",
    )
    answering = in_order_basis() & (pl.col("role") == "principal") & pl.col("group_id").is_not_null()
    principal = lines.select(PRINCIPAL).filter(lines.select(answering).to_series())
    principal, foreign = _of_currency(principal, links.orders)
    returns = refund_lines(lines, links.orders)
    documents = _marked_foreign(dated(documents, returns, moment.as_of), links.orders)
    orders = as_of_states(links.orders, documents, lines, returns, moment.as_of)
    counted = documents.filter("counts", pl.col("group_id").is_not_null())
    finished = documents.filter(pl.col("state") == "done", pl.col("group_id").is_not_null(), ~pl.col("foreign"))
    orders, readings, failed = _receivable(case, orders, principal, counted, finished)
    orders = with_platform_part(orders, principal)
    shops = _account_shops(case, lines, orders)
    groups = _groups(case, links, orders, principal, shops)
    principal = forfeited(groups, with_self_documented(case, groups, principal, documents), counted)
    groups = _doubt(groups, lines, orders, case.doubtful_lines)
    groups, components = explain_groups(case, groups, principal, counted, shops)
    return Judged(
        lines=lines,
        orders=orders,
        later_orders=case.books.orders.filter(later.fill_null(False)),
        documents=documents,
        groups=groups,
        components=softened(components, orders),
        readings=readings,
        shops=shops,
        shop_platforms=_shop_platforms(case, orders),
        principal=principal,
        foreign=foreign,
        findings=basis_findings(failed),
        ambiguous=links.ambiguous,
    )


def _marked_foreign(documents: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Add `foreign`: the document is in another currency than its order; then it does not count."""
    ordered = orders.group_by("group_id").agg(ordered=pl.col("currency").cast(pl.String).drop_nulls().first())
    told = documents.join(ordered, on="group_id", how="left", maintain_order="left")
    foreign = (pl.col("ordered") != pl.col("currency").cast(pl.String)).fill_null(value=False)
    return told.with_columns(foreign=foreign, counts=pl.col("counts") & ~foreign).drop("ordered")


def _of_currency(principal: pl.DataFrame, orders: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines in the currency of their order (where there is none: of most lines of the group), and the others."""
    if principal["currency"].n_unique() < 2 and orders["currency"].n_unique() < 2:
        return principal, principal.clear()
    text = pl.col("currency").cast(pl.String)
    of_orders = orders.group_by("group_id").agg(ordered=text.drop_nulls().first())
    of_lines = principal.group_by("group_id").agg(usual=text.mode().sort().first())
    told = principal.join(of_orders, on="group_id", how="left", maintain_order="left").join(
        of_lines, on="group_id", how="left", maintain_order="left"
    )
    same = text.eq_missing(pl.coalesce("ordered", "usual"))
    return tuple(told.filter(rows).drop("ordered", "usual") for rows in (same, ~same))  # type: ignore[return-value]


def _link(
    case: Case, lines: pl.DataFrame, orders: pl.DataFrame, order_lines: pl.DataFrame, documents: pl.DataFrame
) -> Links:
    payments = [i for i, p in enumerate(case.parsed) if p.source.profile in case.payment_profiles]
    of_payment = pl.col("source_id").is_in(payments) & pl.col("pay_id").is_not_null()
    own_number = pl.when(of_payment).then("merchant_order_no").alias("own_number")
    grouped = lines.select(in_order_basis() & pl.col("role").is_in(GROUPED_ROLES)).to_series()
    wanted = _with_parents(lines.select(*LINE_KEYS, own_number).filter(grouped), lines)
    return link(
        orders,
        order_lines,
        wanted,
        documents.select("document_id", "order_id", "sub_order_id", "pay_id", "refund_id"),
    )


def _with_parents(wanted: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Parents that any view prints for an order, also a witness, hold for the lines that do not print one."""
    told = lines.select("order_id", parent="parent_order_id").drop_nulls()
    parents = told.unique().unique("order_id", keep="none")
    if parents.is_empty():
        return wanted
    joined = wanted.join(parents, on="order_id", how="left", maintain_order="left")
    return joined.with_columns(parent_order_id=pl.coalesce("parent_order_id", "parent")).drop("parent")


def _receivable(
    case: Case, orders: pl.DataFrame, principal: pl.DataFrame, documents: pl.DataFrame, finished: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """`documents`: those that count at as-of. `finished`: all by now: a printed amount is net of what came later, too."""
    candidates = with_candidates(orders, case.readings, finished)
    tolerance = case.workspace.tolerances.minor("group")
    chosen, failed = choose_readings(candidates, principal, documents, tolerance, numbers_of(case.readings))
    return with_due(candidates, chosen), chosen, failed


def _account_shops(case: Case, lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    owners = orders.select("group_id", pl.col("shop").cast(pl.String)).unique(
        "group_id", keep="first", maintain_order=True
    )
    answering = lines.select(pl.col("group_id").is_not_null() & (pl.col("role") == "principal")).to_series()
    return account_shops(
        [p.source for p in case.parsed],
        lines.select("account", order_id="group_id").filter(answering),
        owners.rename({"group_id": "order_id"}),
        dict(case.named_accounts),
    )


def _shop_platforms(case: Case, orders: pl.DataFrame) -> pl.DataFrame:
    """shop, shop_platform (String): where the shop sells, by configuration, else by its orders. A wallet is none."""
    named = pl.DataFrame(
        [(s.name, s.platform) for s in case.workspace.shops],
        schema={"shop": pl.String, "shop_platform": pl.String},
        orient="row",
    )
    seen = orders.select(pl.col("shop").cast(pl.String), pl.col("platform").cast(pl.String).alias("shop_platform"))
    first = pl.concat([named, seen.unique(maintain_order=True)]).drop_nulls()
    return first.unique("shop", keep="first", maintain_order=True)


def _groups(
    case: Case, links: Links, orders: pl.DataFrame, principal: pl.DataFrame, shops: pl.DataFrame
) -> pl.DataFrame:
    """Groups with an order: what is due and when. Groups without: the verdict X03, X11 or X12."""
    receipt = pl.col("amount_minor") > 0
    receipts = (
        principal.select(
            "group_id",
            first_receipt=pl.when(receipt).then("occurred_at"),
            has_receipt=receipt,
            given_back=pl.col("category") == "refund",
        )
        .group_by("group_id")
        .agg(pl.col("first_receipt").min(), pl.col("has_receipt", "given_back").any())
    )
    receipts = receipts.join(_promised(case.lines, orders), on="group_id", how="full", coalesce=True)
    coverage = Coverage(case.covered)
    groups = due_.group_orders(orders)
    groups = due_.with_terms(groups, receipts, case.workspace, case.moment)
    groups = due_.with_start(groups, shops, coverage, case.workspace, case.moment)
    groups = due_.with_coverage(groups, shops, coverage)
    groups = due_.with_opening(groups, case.moment).with_columns(has_order=pl.lit(True))
    without = links.groups.filter(~pl.col("has_order"))
    lines = principal.join(without.select("group_id"), on="group_id", how="semi").select(
        "group_id", "platform", "shop", "order_id", "occurred_at", "order_created_at"
    )
    verdicts = orphan_codes(
        lines, orders, case.workspace, case.moment, case.damaged_order_shops, case.unread_order_shops
    )
    orphans = without.select("group_id", "has_order", order_id="group_key").join(verdicts, on="group_id", how="left")
    return pl.concat([groups, orphans], how="diagonal").sort("group_id")


def _promised(lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """group_id, promised (Date): the last settlement day that rows which still wait print for an order."""
    waiting = lines.filter(pl.col("fate") == "pending", pl.col("expected_at").is_not_null(), role_expr() == "principal")
    if waiting.is_empty():
        return pl.DataFrame(schema={"group_id": pl.Int64, "promised": pl.Date})
    owners = orders.select("order_id", "group_id").unique()
    parts = [
        waiting.select(order_id=key, promised=pl.col("expected_at").dt.date()).join(owners, on="order_id")
        for key in ("order_id", "parent_order_id")
    ]
    return pl.concat(parts).group_by("group_id").agg(pl.col("promised").max())


def _doubt(groups: pl.DataFrame, lines: pl.DataFrame, orders: pl.DataFrame, doubtful: pl.DataFrame) -> pl.DataFrame:
    """Groups that a damaged bill row may belong to are not called overdue or short: they cannot be checked.

    A row with a damaged amount names its order; a row with a damaged order number fits any open order of its amount.
    """
    rows = lines.join(doubtful, on="line_id", how="semi")
    by_id = rows.filter(pl.col("order_id").is_not_null()).select("order_id")
    named = (
        pl.concat([rows["group_id"], orders.join(by_id, on="order_id", how="semi")["group_id"]]).drop_nulls().unique()
    )
    amounts = rows.filter(pl.col("order_id").is_null() & (pl.col("amount_minor") > 0))["amount_minor"].unique()
    same = pl.col("due_cash_minor").is_in(amounts.implode()) & ~pl.col("has_receipt")
    doubt = pl.col("group_id").is_in(named.implode()) | same.fill_null(False)
    return groups.with_columns(doubt=doubt, covered=pl.when(doubt).then(False).otherwise("covered"))
