"""Receivable per settlement group, as it moves through one period, and its age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME, Schema, check, conform

# Receivable per settlement group, as it moves through one period (docs/statements.md "应收应付台账").

RECEIVABLES: Schema = {
    "group_id": pl.Int64, "platform": pl.String, "shop": pl.String, "order_id": pl.String, "currency": pl.String,
    "revenue_at": TIME, "opening_minor": pl.Int64, "increase_minor": pl.Int64, "reversal_minor": pl.Int64,
    "received_minor": pl.Int64, "paid_back_minor": pl.Int64, "closing_minor": pl.Int64, "source_id": pl.Int32,
    "source_line": pl.Int32, "state": pl.String, "returned_at": TIME, "expected_by": pl.Date,
    "sold_minor": pl.Int64, "back_minor": pl.Int64,
    "increase_platform": pl.Int64, "reversal_platform": pl.Int64,
}  # fmt: skip
"""One row per settlement group with anything to show. `increase`: revenue of the period incl. VAT; `reversal`: returns
and allowances after the revenue point, the last of the period at `returned_at`;
`received`, `paid_back` >= 0: bill lines of the period. `state`: `booked` (revenue point reached), `advance` (money
before it), `no_order`, `no_reference` (one row per shop). `expected_by`: the day the money is due, where the sale has one.
`sold`: the whole sale incl. VAT, whenever it was booked; `back`: all that came back of it up to now.
`increase_platform`, `reversal_platform`: the part of increase and reversal that the platform pays for the buyer."""

OF_SALES = ("returned_at", "sold_minor", "back_minor", "increase_platform", "reversal_platform")
"""Columns that only the sales events need; the ledger that people read does without."""

PLATFORM_PART = ("coupon_platform", "subsidy")


def receivables(
    groups: pl.DataFrame,
    lines: pl.DataFrame,
    documents: pl.DataFrame,
    moments: Moment,
    point: str = "confirmed",
    unreferenced: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Frame RECEIVABLES, sorted by platform, shop, order_id.

    groups: group_id, has_order, platform, shop, order_id, currency, status, unpaid, event_at, shipped_at,
    expected_minor (E), due_platform_minor, source_id, source_line. lines: group_id, category, amount_minor, occurred_at,
    self_documented, shop, platform, currency (principal lines up to as-of). documents: group_id, amount_minor,
    completed_at (finished refunds up to as-of). `point`: `confirmed`, `shipped` or `settled` (docs/accounting.md "Events").
    unreferenced: principal lines that name no order (platform, shop, currency, amount_minor, occurred_at).
    """
    lines = _of_sales(lines)
    facts = sales_facts(groups, lines, documents, moments, point)
    facts = facts.join(_money(lines, moments), on="group_id", how="left", maintain_order="left")
    amounts = pl.col(pl.Int64).exclude("group_id").fill_null(0)
    known = facts.with_columns(amounts)
    reached, inside = pl.col("revenue_at").is_not_null(), pl.col("inside").fill_null(False)
    after, within = pl.col("returned"), pl.col("returned_within")
    sold = pl.when(inside).then(pl.col("expected_minor") + after).otherwise(0)
    back = pl.when(inside).then(after).when(reached).then(within).otherwise(0)
    told = known.with_columns(
        # more refunded before the sale than it was worth: nothing was sold, the excess is a return
        increase_minor=sold.clip(lower_bound=0),
        reversal_minor=back - sold.clip(upper_bound=0),
        back_minor=pl.when(reached).then("returned").otherwise(0),
        opening_minor=pl.when(reached & ~inside)
        .then(pl.col("expected_minor") + within - pl.col("before_minor"))
        .otherwise(-pl.col("before_minor")),
    ).with_columns(
        closing_minor=pl.col("opening_minor") + pl.col("increase_minor") - pl.col("reversal_minor")
        - pl.col("received_minor") + pl.col("paid_back_minor"),
        increase_platform=pl.min_horizontal(
            pl.col("due_platform_minor") - pl.col("clawed_before"), "increase_minor"
        ).clip(lower_bound=0),
        reversal_platform=pl.min_horizontal(
            pl.when(inside).then("clawed").when(reached).then("clawed_within").otherwise(0), "reversal_minor"
        ).clip(lower_bound=0),
        state=pl.when(~pl.col("has_order")).then(pl.lit("no_order")).when(reached).then(pl.lit("booked"))
        .otherwise(pl.lit("advance")),
    )  # fmt: skip
    frames = [conform(told, RECEIVABLES)]
    if unreferenced is not None and unreferenced.height:
        frames.append(_unreferenced(unreferenced, moments))
    moved = [pl.col(name) != 0 for name in RECEIVABLES if name.endswith("_minor") and name not in OF_SALES]
    shown = pl.concat(frames).filter(pl.any_horizontal(moved))
    ordered = shown.sort("platform", "shop", "order_id", "group_id", nulls_last=True)
    return check(ordered.rechunk(), RECEIVABLES, "receivables")


def sales_facts(
    groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, moments: Moment, point: str
) -> pl.DataFrame:
    """`groups` with revenue_at (null: not reached), inside, returned, returned_within, returned_at and sold_minor.

    `sold`: what the order was worth at its revenue point, 0 before it and where nothing was left to sell. Arguments as
    for `receivables`.
    """
    lines = _of_sales(lines)
    facts = _facts(groups, lines, point, moments)
    facts = facts.join(_returns(facts, lines, documents, moments), on="group_id", how="left", maintain_order="left")
    sold = (pl.col("expected_minor") + pl.col("returned").fill_null(0)).clip(lower_bound=0)
    return facts.with_columns(sold_minor=pl.when(pl.col("revenue_at").is_not_null()).then(sold).otherwise(0))


def free_sales(
    groups: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, moments: Moment, point: str
) -> pl.DataFrame:
    """Rows of `sales_facts` of the period for orders of 0.00 (gifts, reissues): nothing was due, nothing refunded.

    An order that was refunded in full before its sale is none: it has a refund.
    """
    facts = sales_facts(groups, lines, documents, moments, point)
    refunded = pl.concat([documents.select("group_id"), lines.select("group_id")]).drop_nulls().unique()
    nothing = (pl.col("sold_minor") == 0) & (pl.col("expected_minor") == 0) & pl.col("inside").fill_null(value=False)
    return facts.filter("has_order", nothing).join(refunded, on="group_id", how="anti")


def _of_sales(lines: pl.DataFrame) -> pl.DataFrame:
    """A forfeited deposit is other income: no sale stands behind it, and it settles no receivable."""
    return lines.filter(pl.col("category") != "deposit_forfeit")


def _unreferenced(lines: pl.DataFrame, moments: Moment) -> pl.DataFrame:
    """One row per shop for order money that names no order: it lowers what the platform owes until it is explained."""
    keys = ["platform", "shop", "currency"]
    places = lines.select(pl.col(keys).cast(pl.String)).unique().sort(keys).with_row_index("place")
    placed = lines.with_columns(pl.col(keys).cast(pl.String)).join(places, on=keys, nulls_equal=True)
    money = _money(placed.with_columns(group_id="place"), moments).join(places, left_on="group_id", right_on="place")
    zero = pl.lit(0, dtype=pl.Int64)
    told = money.with_columns(
        group_id=pl.lit(None, dtype=pl.Int64), opening_minor=-pl.col("before_minor"), increase_minor=zero,
        reversal_minor=zero, state=pl.lit("no_reference"),
        closing_minor=pl.col("paid_back_minor") - pl.col("received_minor") - pl.col("before_minor"),
    )  # fmt: skip
    return conform(told, RECEIVABLES)


def _facts(groups: pl.DataFrame, lines: pl.DataFrame, point: str, moments: Moment) -> pl.DataFrame:
    """Groups with `revenue_at` (null: not reached by as-of) and `inside` (reached inside the period)."""
    first = lines.filter(pl.col("amount_minor") > 0).group_by("group_id").agg(first_receipt=pl.col("occurred_at").min())
    frame = groups.join(first, on="group_id", how="left", maintain_order="left")
    finished = pl.when(pl.col("status") == "finished").then("event_at")
    at = {"confirmed": finished, "shipped": pl.coalesce("shipped_at", finished), "settled": pl.col("first_receipt")}[
        point
    ]
    live = pl.col("has_order") & ~pl.col("unpaid").fill_null(False) & (pl.col("status") != "closed").fill_null(True)
    reached = (live & (at <= moments.as_of)).fill_null(False)
    without = _without_order(lines, groups)
    dated = (
        frame.with_columns(revenue_at=pl.when(reached).then(at))
        .join(without, on="group_id", how="left", maintain_order="left", suffix="_line")
        .with_columns(pl.coalesce(name, f"{name}_line").alias(name) for name in ("shop", "platform", "currency"))
    )
    day = pl.col("revenue_at").dt.date()
    return dated.with_columns(inside=day.is_between(moments.start, moments.end))


def _without_order(lines: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Shop, platform and currency of groups that no order row describes: those of their lines."""
    orphans = groups.filter(~pl.col("has_order")).select("group_id")
    return (
        lines.join(orphans, on="group_id", how="semi")
        .group_by("group_id")
        .agg(pl.col("shop", "platform", "currency").cast(pl.String).drop_nulls().min())
    )


def _returns(facts: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, moments: Moment) -> pl.DataFrame:
    """Per group `returned`: refunds and the platform's part taken back after the revenue point; `returned_within`:
    those of the period, the last at `returned_at`; `clawed…`: the platform's part of them, and before the revenue point.
    A refund line stands for its document where no after-sale file speaks for it."""
    own = lines.filter("self_documented", pl.col("category") == "refund", pl.col("amount_minor") < 0).select(
        "group_id", pl.col("amount_minor").neg(), at="occurred_at"
    )
    told = documents.select("group_id", "amount_minor", at="completed_at")
    refunds = pl.concat([told, own])
    clawed = _clawed(facts, lines, refunds)
    parts = [refunds.with_columns(platform=pl.lit(False)), clawed.with_columns(platform=pl.lit(True))]
    both = pl.concat(parts).join(facts.select("group_id", "revenue_at"), on="group_id")
    amount, later, platform = pl.col("amount_minor"), pl.col("later"), pl.col("platform")
    within = later & pl.col("at").dt.date().is_between(moments.start, moments.end)
    known = both.filter(pl.col("revenue_at").is_not_null()).with_columns(later=pl.col("at") > pl.col("revenue_at"))
    return known.group_by("group_id").agg(
        returned=amount.filter(later).sum(), returned_within=amount.filter(within).sum(),
        returned_at=pl.col("at").filter(within).max(), clawed_before=amount.filter(platform, ~later).sum(),
        clawed=amount.filter(platform, later).sum(), clawed_within=amount.filter(platform, within).sum(),
    )  # fmt: skip


def _clawed(facts: pl.DataFrame, lines: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """The platform's part that left with a refund (decomposition step 2), cut at what the platform owed."""
    taken = lines.filter(pl.col("category").is_in(PLATFORM_PART), pl.col("amount_minor") < 0)
    refunded = pl.concat([refunds.select("group_id"), lines.filter(pl.col("category") == "refund").select("group_id")])
    running = (
        taken.join(refunded.unique(), on="group_id", how="semi")
        .join(facts.select("group_id", "due_platform_minor"), on="group_id")
        .sort("group_id", "occurred_at", "line_id")
        .with_columns(upto=pl.col("amount_minor").neg().cum_sum().over("group_id"))
    )
    capped = pl.min_horizontal("upto", "due_platform_minor")
    before = pl.min_horizontal(pl.col("upto") + pl.col("amount_minor"), "due_platform_minor")
    return running.select("group_id", amount_minor=capped - before, at="occurred_at")


def _money(lines: pl.DataFrame, moments: Moment) -> pl.DataFrame:
    """Per group: bill lines before the period (signed), received and paid back inside it."""
    amount, day = pl.col("amount_minor"), pl.col("occurred_at").dt.date()
    inside = day.is_between(moments.start, moments.end)
    told = lines.select(  # flags first: a filter inside a group is asked group by group
        "group_id",
        before_minor=pl.when(day < moments.start).then(amount),
        received_minor=pl.when(inside & (amount > 0)).then(amount),
        paid_back_minor=pl.when(inside & (amount < 0)).then(-amount),
    )
    return told.group_by("group_id").agg(pl.exclude("group_id").sum())


# 应收台账 with ageing: per shop and per order, by days since the sale or since the money was due (docs/statements.md
# "应收应付台账").

EDGES = (7, 15, 30, 60, 90, 180, 365)
"""Last day of each bucket unless `posting.ageing_edges` says otherwise; what is older stands in the last one."""


def buckets(edges: Sequence[int]) -> tuple[str, ...]:
    """Names of the buckets: `days_0_7`, `days_8_15`, …, `days_over_365`."""
    lows = (0, *(edge + 1 for edge in edges))
    named = (f"days_{low}_{high}" for low, high in zip(lows, edges, strict=False))
    return (*named, f"days_over_{edges[-1]}")


def aged_schema(edges: Sequence[int] = EDGES) -> Schema:
    """Shape of the ledger. `level`: shop (sums) or order. A positive closing stands in the bucket of its age (or in
    `not_due`), a negative one in `credit`, never netted; `advance` is the part of `credit` that came before its sale."""
    return {
        "level": pl.String, **{name: dtype for name, dtype in RECEIVABLES.items() if name not in OF_SALES},
        "age_days": pl.Int64, "orders": pl.Int64, "credit_minor": pl.Int64,
        **{f"{name}_minor": pl.Int64 for name in buckets(edges)}, "not_due_minor": pl.Int64, "advance_minor": pl.Int64,
    }  # fmt: skip


AGED = aged_schema()


def ageing(
    ledger: pl.DataFrame, as_of: date, edges: Sequence[int] = EDGES, basis: str = "confirm_date"
) -> pl.DataFrame:
    """Frame of `aged_schema` from RECEIVABLES: one row per shop with the sums, and below it its orders that are not zero.

    `basis`: age counts from the sale (`confirm_date`) or from the day the money was expected (`due_date`, then what is
    not due yet stands in `not_due`). What has no such day (money before the sale, no order) is young.
    """
    schema = aged_schema(edges)
    sold = pl.col("revenue_at").dt.date()
    start = pl.coalesce("expected_by", sold) if basis == "due_date" else sold
    closing, age = pl.col("closing_minor"), pl.col("age_days")
    held = closing.clip(lower_bound=0)
    aged = ledger.with_columns(
        age_days=(pl.lit(as_of) - start).dt.total_days(),
        credit_minor=closing.clip(upper_bound=0),
        level=pl.lit("order"),
    )
    days = age.fill_null(0)
    lows = (0, *(edge + 1 for edge in edges))
    inside = [
        (days >= low) & (days <= high if high is not None else pl.lit(True))
        for low, high in zip(lows, (*edges, None), strict=True)
    ]
    aged = aged.with_columns(
        *(
            pl.when(fits).then(held).otherwise(0).alias(f"{name}_minor")
            for name, fits in zip(buckets(edges), inside, strict=True)
        ),
        not_due_minor=pl.when(days < 0).then(held).otherwise(0),
        advance_minor=pl.when(pl.col("state") == "advance").then("credit_minor").otherwise(0),
    )
    money = [name for name in schema if name.endswith("_minor")]
    shops = aged.group_by("platform", "shop", "currency").agg(
        pl.col(money).sum(), orders=pl.col("order_id").n_unique().cast(pl.Int64), level=pl.lit("shop")
    )
    orders = aged.filter(closing != 0)
    both = pl.concat([conform(shops, schema), conform(orders, schema)]).with_columns(
        place=pl.col("level").replace_strict({"shop": 0, "order": 1})
    )
    ordered = both.sort("platform", "shop", "place", "revenue_at", "order_id", "group_id", nulls_last=True)
    return check(ordered.drop("place").rechunk(), schema, "ageing")
