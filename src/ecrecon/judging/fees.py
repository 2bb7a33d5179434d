"""Check `fee`: agreed rates and fees that come back on a refund."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from ecrecon.base.categories import CATEGORIES, CATEGORY
from ecrecon.base.money import decimal_expr, rate_scaled, times_rate
from ecrecon.base.schema import COMPONENTS, check, conform
from ecrecon.base.texts import tr
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.due import load_terms
from ecrecon.judging.receipt.judge import Judged
from ecrecon.ledger.lines import in_order_basis
from ecrecon.settings.workspace import Workspace

# Check `fee`: agreed rates (C01, C02) and fees that come back on a refund (R07); docs/matching.md "Fees".

DEFAULT_BASE = ("goods_receipt", "freight_income", "coupon_platform", "subsidy")
RECEIPTS = (*DEFAULT_BASE, "advance", "deposit_forfeit")
PLATFORM_PART = ("coupon_platform", "subsidy")
RETURN_DAYS = 3
"""Days after the refund line in which a missing return is still timing [I]."""

RATES: dict[str, pl.DataType | type[pl.DataType]] = {
    "shop": pl.String, "category": pl.String, "numerator": pl.Int64, "denominator": pl.Int64, "valid_from": pl.Date,
    "valid_to": pl.Date, "base": pl.List(pl.String), "returned": pl.Boolean,
}  # fmt: skip
"""Agreed rates: numerator/denominator of the charge, first and last day (null: open), categories of the base (null or
empty: the default base), whether the fee comes back on a refund (null: as the platform documents)."""

_KEY = ["group_id", "category"]
_CATEGORY = pl.col("category").cast(CATEGORY)


def check_fees(
    groups: pl.DataFrame,
    fee_lines: pl.DataFrame,
    principal_lines: pl.DataFrame,
    rates: pl.DataFrame,
    as_of: datetime,
    returned_fees: Sequence[tuple[str, str]] = (),
    return_days: int = RETURN_DAYS,
) -> pl.DataFrame:
    """Compare the fees of every settlement group with the agreed rates and with what a refund should bring back.

    `groups`: group_id Int64, platform, shop (texts, of the order), rate_day Date (whose rate applies: the day the
    order was placed; null: the day of the first charge, else of the first receipt), off_minor (what came too much or too
    little, as the receivable check found: the fee may be right for what was owed). `fee_lines`, `principal_lines`:
    group_id, line_id Int64, category, amount_minor Int64, occurred_at, txn_id (bill lines of the group up to as-of);
    `fee_lines` also `fee`, the platform's own name of the fee (String). A rate is agreed for the usual fee of a category:
    charges under names that less than half of the shop's charged orders carry (an extra service) are left out, unless
    the rate is right with them.
    `rates`: RATES. Returns schema COMPONENTS, sorted: per group and category at most one C01 (the sum of the charges
    differs from rate x base by more than one minor unit per charge), C02 (agreed, not charged) and R07 (not given
    back; timing up to `return_days` after the last refund line). `rule_id` is `fee.<category>`. Charges are negative
    lines, returns positive ones.
    """
    sides = groups.select(
        "group_id", pl.col("platform").cast(pl.String), pl.col("shop").cast(pl.String), "rate_day", "off_minor"
    )
    rates = rates.select(pl.col(name).cast(dtype) for name, dtype in RATES.items()).with_columns(_CATEGORY)
    documented = pl.DataFrame(returned_fees, schema={"platform": pl.String, "category": CATEGORY}, orient="row")
    asked = pl.concat([rates["category"], documented["category"]]).unique()
    fee_lines = fee_lines.with_columns(_CATEGORY).filter(pl.col("category").is_in(asked.implode()))
    every = _charges(fee_lines).select(*_KEY, charged_in_all="charged")
    fee_lines = _usual(fee_lines, sides)
    charged = _charges(fee_lines).join(every, on=_KEY, how="left")
    agreed = _agreed(sides, charged, principal_lines, rates)
    cases = _cases(sides, charged, agreed, documented)
    if cases.is_empty():
        return conform(pl.DataFrame(schema={"group_id": pl.Int64}), COMPONENTS)
    cases = _with_bases(cases, principal_lines.join(cases, on="group_id", how="semi"))
    found = pl.concat([_wrong_amounts(cases), _missing_charges(cases), _missing_returns(cases, as_of, return_days)])
    told = conform(_with_lines(found, fee_lines), COMPONENTS).sort("group_id", "code", "rule_id").rechunk()
    return check(told, COMPONENTS, "fee: components")


def _usual(fee_lines: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Without charges of fees that few orders of the shop carry, beside a usual one of the order (0050002, 0030002)."""
    owned = fee_lines.join(sides.select("group_id", "shop"), on="group_id", how="left", maintain_order="left")
    charges = owned.filter(pl.col("amount_minor") < 0)
    every = charges.group_by("shop", "category").agg(every=pl.col("group_id").n_unique())
    named = charges.group_by("shop", "category", "fee").agg(carried=pl.col("group_id").n_unique())
    shares = named.join(every, on=["shop", "category"], nulls_equal=True).with_columns(
        usual=pl.col("carried") * 2 >= pl.col("every")
    )
    rare = shares.filter(~pl.col("usual"))
    if rare.is_empty():
        return fee_lines
    keys = ["shop", "category", "fee"]
    extra = charges.join(rare, on=keys, how="semi", nulls_equal=True)
    usual = charges.join(shares.filter("usual"), on=keys, how="semi", nulls_equal=True)
    extra = extra.join(usual, on=_KEY, how="semi")
    return fee_lines.join(extra, on="line_id", how="anti")


def _charges(fee_lines: pl.DataFrame) -> pl.DataFrame:
    """Per group and category: `charged` and `given_back` (both >= 0), `charges` (count), first and last day of them."""
    amount = pl.col("amount_minor")
    charge_day = pl.when(amount < 0).then(pl.col("occurred_at").dt.date())
    told = fee_lines.select(
        *_KEY, charged=-amount.clip(upper_bound=0), given_back=amount.clip(lower_bound=0),
        charges=(amount < 0).cast(pl.Int64), charge_day=charge_day, last_charge=charge_day,
    )  # fmt: skip
    sums = ("charged", "given_back", "charges")
    return told.group_by(_KEY).agg(pl.col(sums).sum(), pl.col("charge_day").min(), pl.col("last_charge").max())


def _with_lines(found: pl.DataFrame, fee_lines: pl.DataFrame) -> pl.DataFrame:
    """Add `line_ids`: the lines of the group and category, charges and returns; few groups are found wrong."""
    ids = fee_lines.join(found, on=_KEY, how="semi").group_by(_KEY).agg(line_ids=pl.col("line_id").sort())
    nothing = pl.lit([], dtype=pl.List(pl.Int64))
    return found.join(ids, on=_KEY, how="left").with_columns(pl.col("line_ids").fill_null(nothing))


def _agreed(sides: pl.DataFrame, charged: pl.DataFrame, principal: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The rate in force per group and category: of several that cover the day the one that began last."""
    receipts = principal.filter((pl.col("amount_minor") > 0) & pl.col("category").is_in(RECEIPTS))
    receipt_days = receipts.group_by("group_id").agg(receipt_day=pl.col("occurred_at").min().dt.date())
    order = rates.with_row_index("declared").join(sides, on="shop").join(receipt_days, on="group_id", how="left")
    dated = order.join(charged.select(*_KEY, "charge_day"), on=_KEY, how="left").with_columns(
        day=pl.coalesce("rate_day", "charge_day", "receipt_day")
    )
    in_force = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day"))
    )
    columns = [*_KEY, "numerator", "denominator", "base", "returned"]
    valid = dated.filter(in_force)
    if not rates.select("shop", "category").is_duplicated().any():
        return valid.select(columns)
    latest = valid.sort("valid_from", "declared", descending=[True, False], nulls_last=True)
    return latest.select(columns).unique(_KEY, keep="first", maintain_order=True)


def _cases(sides: pl.DataFrame, charged: pl.DataFrame, agreed: pl.DataFrame, documented: pl.DataFrame) -> pl.DataFrame:
    """One row per group and category that is asked about: a rate is agreed, or the fee is documented to come back."""
    platform_returns = documented.with_columns(documented=pl.lit(True)).unique()
    to_return = charged.filter(pl.col("charges") > 0).join(sides, on="group_id")
    to_return = to_return.join(platform_returns, on=["platform", "category"], how="semi").select(_KEY).unique()
    unrated = to_return.join(agreed, on=_KEY, how="anti")
    cases = pl.concat([agreed, unrated], how="diagonal").join(charged, on=_KEY, how="left")
    cases = cases.join(sides.select("group_id", "platform", "off_minor"), on="group_id")
    cases = cases.join(platform_returns, on=["platform", "category"], how="left")
    return cases.with_columns(
        pl.col("charged", "charged_in_all", "given_back", "charges").fill_null(0),
        returned=pl.coalesce("returned", "documented").fill_null(False),
        base_key=pl.col("base").list.join(",").fill_null(""),
    )


def _with_bases(cases: pl.DataFrame, principal: pl.DataFrame) -> pl.DataFrame:
    """Add `base_minor` (null where no line of the base came in), `refunded` (refunds after settlement, >= 0),
    `refund_day` (of the last of them) and `receipt_day` (of the last receipt)."""
    amount, category = pl.col("amount_minor"), pl.col("category")
    receipts = principal.filter((amount > 0) & category.is_in(RECEIPTS))
    back = principal.filter((category == "refund") | ((amount < 0) & category.is_in(PLATFORM_PART)))
    settlement = back.join(receipts, on=["group_id", "txn_id"], how="semi")
    later = back.join(settlement, on="line_id", how="anti").group_by("group_id").agg(
        refunded=-amount.sum(), refund_day=pl.col("occurred_at").filter(amount < 0).max().dt.date()
    )  # fmt: skip
    inside = settlement.filter(category == "refund").group_by("group_id").agg(inside=amount.sum())
    keys = cases["base_key"].unique().sort().to_list()
    bases = [_base(receipts, key.split(",") if key else None).with_columns(base_key=pl.lit(key)) for key in keys]
    told = (
        cases.join(pl.concat(bases), on=["group_id", "base_key"], how="left")
        .join(inside, on="group_id", how="left")
        .join(later, on="group_id", how="left")
        .join(
            receipts.group_by("group_id").agg(receipt_day=pl.col("occurred_at").max().dt.date()),
            on="group_id", how="left",
        )
    )  # fmt: skip
    net = pl.max_horizontal(pl.col("came") + pl.col("inside").fill_null(0), 0)
    return told.with_columns(
        base_minor=pl.when(pl.col("came").is_not_null()).then(net),
        refunded=pl.max_horizontal(pl.col("refunded").fill_null(0), 0),
    )


def _base(receipts: pl.DataFrame, categories: list[str] | None) -> pl.DataFrame:
    """Per group: `came`, the positive lines of the base. Default: an advance counts only without a goods receipt."""
    category = pl.col("category").cast(pl.String)
    if categories is not None:
        lines = receipts.filter(category.is_in(categories))
    else:
        goods = receipts.filter(category == "goods_receipt")
        advances = receipts.filter(category == "advance").join(goods, on="group_id", how="anti")
        lines = pl.concat([receipts.filter(category.is_in(DEFAULT_BASE)), advances])
    return lines.group_by("group_id").agg(came=pl.col("amount_minor").sum())


def _agreed_charge(base: pl.Expr | None = None) -> pl.Expr:
    return times_rate(pl.col("base_minor") if base is None else base, pl.col("numerator"), pl.col("denominator"))


def _wrong_amounts(cases: pl.DataFrame) -> pl.DataFrame:
    """C01: charges against rate x base; one minor unit per charge is rounding. A receipt that is itself wrong makes the
    base wrong: a fee that is right for what should have come is right."""
    rated = cases.filter(pl.col("numerator").is_not_null(), pl.col("charges") > 0, pl.col("base_minor").is_not_null())
    judged = rated.with_columns(expected_minor=-_agreed_charge(), actual_minor=-pl.col("charged"))
    owed = pl.max_horizontal(pl.col("base_minor") - pl.col("off_minor").fill_null(0), 0)
    off = judged.filter(
        (pl.col("actual_minor") - pl.col("expected_minor")).abs() > pl.col("charges"),
        (pl.col("actual_minor") + _agreed_charge(owed)).abs() > pl.col("charges"),
        (pl.col("expected_minor") + pl.col("charged_in_all")).abs() > pl.col("charges"),
    )
    return _rows(off, "C01", pl.lit("break"), pl.max_horizontal("last_charge", "receipt_day"))


def _missing_charges(cases: pl.DataFrame) -> pl.DataFrame:
    """C02: a rate is agreed and money came, but nothing was charged."""
    uncharged = cases.filter(
        pl.col("numerator").is_not_null(), pl.col("charges") == 0, pl.col("base_minor").is_not_null()
    )
    judged = uncharged.with_columns(expected_minor=-_agreed_charge(), actual_minor=pl.lit(0, dtype=pl.Int64))
    return _rows(judged.filter(pl.col("expected_minor") != 0), "C02", pl.lit("info"), pl.col("receipt_day"))


def _missing_returns(cases: pl.DataFrame, as_of: datetime, return_days: int) -> pl.DataFrame:
    """R07: charges x refunded / base should have come back, at most the charges; one unit per charge is rounding."""
    due = cases.filter("returned", pl.col("charges") > 0, pl.col("refunded") > 0, pl.col("base_minor") > 0)
    share = times_rate(pl.col("charged"), pl.col("refunded"), pl.col("base_minor"))
    judged = due.with_columns(expected_minor=pl.min_horizontal(share, "charged"), actual_minor=pl.col("given_back"))
    # a bill may give all fees of a refund back in one line under one name: what is too much there is missing elsewhere
    over = pl.max_horizontal(pl.col("actual_minor") - pl.col("expected_minor"), 0).sum().over("group_id")
    short = judged.filter(pl.col("expected_minor") - pl.col("actual_minor") > pl.col("charges") + over)
    until = pl.col("refund_day") + pl.duration(days=return_days)
    kind = pl.when(until >= pl.lit(as_of.date())).then(pl.lit("timing")).otherwise(pl.lit("break"))
    return _rows(short, "R07", kind, until + pl.duration(days=1))


def _rows(judged: pl.DataFrame, code: str, kind: pl.Expr, since: pl.Expr) -> pl.DataFrame:
    """COMPONENTS columns; difference = actual - expected, signed like money; `since` dates the row."""
    category = pl.col("category").cast(pl.String)
    name = category.replace_strict({c.name: tr(c.zh, c.name) for c in CATEGORIES.values()})
    text = tr("{}：基数 {}，已收 {}，已退 {}", "{}: base {}, charged {}, given back {}")
    told = pl.format(
        text, name, decimal_expr(pl.col("base_minor")), decimal_expr(-pl.col("charged")),
        decimal_expr(pl.col("given_back")),
    )  # fmt: skip
    return judged.select(
        *_KEY,
        "expected_minor",
        "actual_minor",
        code=pl.lit(code),
        kind=kind.cast(pl.String),
        amount_minor=pl.col("actual_minor") - pl.col("expected_minor"),
        rule_id=pl.lit("fee.") + category,
        note=told,
        since=since.cast(pl.Date),
    )


# Check `fee` of a run: the workspace's rates and the judged groups brought to `check_fees`.

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
