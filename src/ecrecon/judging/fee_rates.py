"""Check `fee` of a run: the workspace's rates and the judged groups brought to `check_fees`."""

from __future__ import annotations

import polars as pl

from ecrecon.base.money import rate_scaled
from ecrecon.judging.fee import RATES, check_fees
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.judge import Judged
from ecrecon.judging.receipt.terms import load_terms
from ecrecon.ledger.order_basis import in_order_basis
from ecrecon.settings.workspace import Workspace

WRONG_RECEIPTS = ("A01", "A02", "A03", "A04", "A05", "C06", "M08")
"""Components by which the receipts of an order differ from what was due."""


def judge_fees(case: Case, judged: Judged) -> pl.DataFrame:
    """Schema COMPONENTS: C01, C02 and R07 of all groups with an order; a second vector beside the receivable."""
    off = judged.components.filter(pl.col("code").cast(pl.String).is_in(WRONG_RECEIPTS))
    off = off.group_by("group_id").agg(off_minor=pl.col("amount_minor").sum())
    groups = judged.groups.filter("has_order", ~pl.col("doubt")).select(
        "group_id", "platform", "shop", rate_day=pl.col("created_at").dt.date()
    )
    groups = groups.join(off, on="group_id", how="left", maintain_order="left")
    # the settlement row is known by its ledger id, else by its place in the file
    row = pl.coalesce("txn_id", pl.format("{}:{}", "source_id", "source_line")).alias("txn_id")
    columns = ["group_id", "line_id", "category", "amount_minor", "occurred_at", row]
    fees = judged.lines.filter(in_order_basis(), pl.col("role") == "fee", pl.col("group_id").is_not_null())
    # a charge in another currency is no part of the rate: it stands in the list of fees under its own
    own = judged.orders.group_by("group_id").agg(ordered=pl.col("currency").cast(pl.String).drop_nulls().first())
    named = fees.join(own, on="group_id", how="left", maintain_order="left")
    fees = named.filter(pl.col("ordered").is_null() | (pl.col("ordered") == pl.col("currency").cast(pl.String)))
    returned = [(fee.platform, fee.category) for fee in load_terms().returned_fees]
    return check_fees(
        groups,
        fees.select(*columns, fee=pl.coalesce(pl.col("money_column", "raw_desc", "raw_type").cast(pl.String))),
        judged.principal.select(columns),
        agreed_rates(case.workspace),
        case.moment.as_of,
        returned,
    )


def agreed_rates(workspace: Workspace) -> pl.DataFrame:
    """`[[shops.rates]]` as frame RATES."""
    rows = [
        (shop.name, rate.category, *rate_scaled(rate.rate), rate.from_, rate.to, rate.base or None, rate.returned)
        for shop in workspace.shops
        for rate in shop.rates
    ]
    return pl.DataFrame(rows, schema=RATES, orient="row")
