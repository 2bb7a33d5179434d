"""Settlement terms, and per settlement group what is due, since when, and whether the bills can tell."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.moment import Moment
from ecrecon.base.validation import shipped_settings
from ecrecon.matching.order_accounts import Coverage, accounts_for, first_days
from ecrecon.settings.workspace import Workspace

# Settlement terms: when an order is due and into which accounts its money may come (docs/matching.md "Terms and
# coverage").


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Defaults(_Table):
    """`[defaults]` of terms.toml, in days."""

    unconfirmed: int
    review_days: int
    missing_time_days: int
    refund_grace: int
    fast_refund_grace: int
    fast_refund_words: list[str]
    advance_days: int
    platform_days: int
    subsidy_days: int
    subsidy_tags: list[str]
    deposit_tags: list[str]


class Term(_Table):
    """One platform, and one channel or (without) any."""

    platform: str
    channel: str | None = None
    event: Literal["finished", "paid"] = "finished"
    days: int
    grace: int
    accounts: list[str]


class ReturnedFee(_Table):
    """A fee that the platform documents to give back on a refund."""

    platform: str
    category: str


class Terms(_Table):
    """The whole of configs/matching/terms.toml."""

    defaults: Defaults
    terms: list[Term]
    returned_fees: list[ReturnedFee] = []


DEFAULT_CHANNEL = "default"
"""`settlement_days = { default = 7 }`: orders of every other channel."""


@cache
def load_terms() -> Terms:
    """Read the shipped terms; raise ConfigError when they do not fit."""
    return shipped_settings("matching/terms.toml", Terms)


TERM_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "platform": pl.String, "shop": pl.String, "channel": pl.String, "days": pl.Int32, "grace": pl.Int32,
    "accounts": pl.List(pl.String), "event": pl.String,
}  # fmt: skip


def terms_of(keys: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """Terms for each distinct (platform, shop, channel) of `keys` (all String): frame TERM_COLUMNS.

    The workspace's `settlement_days` of the shop wins (an integer or a table per channel); an unknown platform is due
    at once after the event with 3 days of grace, into any account of its shop.
    """
    table = load_terms().terms
    shops = {shop.name: shop for shop in workspace.shops}
    rows = []
    for platform, shop, channel in keys.select("platform", "shop", "channel").unique().sort(pl.all()).iter_rows():
        fits = [t for t in table if t.platform == platform and t.channel == channel]
        fits += [t for t in table if t.platform == platform and t.channel is None]
        fits += [t for t in table if t.platform == platform]
        term = fits[0] if fits else Term(platform=str(platform), days=0, grace=3, accounts=[str(platform)])
        given = shops[shop].settlement_days if shop in shops else None
        if isinstance(given, dict):
            given = given.get(channel or "", given.get(DEFAULT_CHANNEL))
        days = term.days if given is None else given
        rows.append((platform, shop, channel, days, term.grace, term.accounts, term.event))
    return pl.DataFrame(rows, schema=TERM_COLUMNS, orient="row")


# Per settlement group: what is due, since when, and whether the bills can tell (docs/matching.md "Terms and
# coverage").

OPENING_DAYS = 60
"""Opening orders without receipt become X02 of kind review only after this many days (docs/matching.md "Beginning in the middle")."""


def group_orders(orders: pl.DataFrame) -> pl.DataFrame:
    """One row per settlement group from its order rows (group_id, due_*, status, times, platform, shop, channel).

    A group is closed, finished or unpaid only if all its orders are; its times are the latest.
    """
    status = pl.col("status").cast(pl.String)
    every = {name: (status == name).all() for name in ("closed", "unpaid")}
    live = status.filter(~status.is_in(["closed", "unpaid"]))
    open_status = (
        pl.when((live == "finished").all()).then(pl.lit("finished"))
        .when((live == "paid").any()).then(pl.lit("paid")).otherwise(pl.lit("shipped"))
    )  # fmt: skip
    # an export may lack the payment time of whole groups of rows; what was shipped was paid
    no_payment = pl.col("has_paid_column") & pl.col("paid_at").is_null() & (status == "paid")
    return (
        orders.sort("group_id", "order_id", "sub_order_id", nulls_last=True)
        .group_by("group_id", maintain_order=True)
        .agg(
            pl.col("platform", "shop", "channel").cast(pl.String).first(),
            pl.col("order_id").first(),
            pl.when(pl.col("sub_order_id").n_unique() == 1).then(pl.col("sub_order_id").first()).alias("sub_order_id"),
            pl.col("shop").cast(pl.String).n_unique().alias("shops"),
            pl.col("due_cash_minor", "due_platform_minor").sum(),
            pl.when(every["closed"]).then(pl.lit("closed")).when(every["unpaid"]).then(pl.lit("unpaid"))
            .otherwise(open_status).alias("status"),
            (every["unpaid"] | no_payment.all()).alias("unpaid"),
            (every["closed"] & pl.col("has_paid_column").all() & pl.col("paid_at").is_null().all()).alias("never_paid"),
            pl.col("created_at").min(),
            pl.col("paid_at", "shipped_at", "finished_at").max(),
            pl.col("finished_at").is_null().any().alias("finish_unknown"),
            pl.col("open_at").max(),
            pl.col("tag").cast(pl.String).drop_nulls().first(),
        )
    )  # fmt: skip


def with_terms(groups: pl.DataFrame, receipts: pl.DataFrame, workspace: Workspace, moment: Moment) -> pl.DataFrame:
    """Add event_at, days, grace, accounts, expected_by, window_start, window_end, event_known, review_after.

    `receipts`: group_id, first_receipt (TIME), has_receipt, given_back (a refund line is there), promised
    (Date). Event: confirmation; finished without a time: the first
    receipt, else payment + 15 days. A settlement day that the bill prints for waiting rows (`promised`, Date, null where
    none) stands above the term. Terms that count from the payment have that as their event. Unconfirmed: shipment +
    10 days is shown while that day is to come, then the day on which a person is asked; never overdue by either.
    """
    defaults = load_terms().defaults
    terms = terms_of(groups, workspace)
    frame = groups.join(terms, on=["platform", "shop", "channel"], how="left", nulls_equal=True, maintain_order="left")
    frame = frame.join(receipts, on="group_id", how="left", maintain_order="left").with_columns(
        pl.col("has_receipt", "given_back").fill_null(False)
    )
    finished = pl.col("status") == "finished"
    at_payment = pl.col("event") == "paid"
    known = pl.when(at_payment).then(pl.col("paid_at").is_not_null()).otherwise(finished & ~pl.col("finish_unknown"))
    stand_in = pl.coalesce("first_receipt", pl.col("paid_at") + pl.duration(days=defaults.missing_time_days))
    last_step = pl.coalesce("shipped_at", "paid_at", "created_at")
    asked = last_step.dt.date() + pl.duration(days=defaults.review_days)
    usual = pl.col("shipped_at").dt.date() + pl.duration(days=defaults.unconfirmed)
    unconfirmed = pl.when(usual >= moment.day).then(usual).otherwise(asked)
    return frame.with_columns(
        event_at=pl.when(at_payment).then("paid_at").when(known).then("finished_at").when(finished).then(stand_in),
        event_known=known,
    ).with_columns(
        expected_by=pl.when(pl.col("promised").is_not_null())
        .then("promised")
        .when(pl.col("event_at").is_not_null())
        .then(pl.col("event_at").dt.date() + pl.duration(days="days"))
        .otherwise(unconfirmed),
        window_start=pl.coalesce(pl.col("event_at"), last_step).dt.date(),
        window_end=pl.when(pl.col("promised").is_not_null())
        .then(pl.col("promised") + pl.duration(days=pl.col("grace")))
        .when(pl.col("event_at").is_not_null())
        .then(pl.col("event_at").dt.date() + pl.duration(days=pl.col("days") + pl.col("grace")))
        .otherwise(asked),
    )


def windows_covered(windows: pl.DataFrame, shops: pl.DataFrame, coverage: Coverage) -> pl.DataFrame:
    """`windows`: row_id, platform, shop, channel, accounts, start, end. Returns row_id, covered: every day from start
    to end is there in every account that the channel is paid into. Rows without such an account do not appear."""
    keys = ["platform", "shop", "channel"]
    accounts = accounts_for(windows.select(*keys, "accounts").unique(keys), shops)
    asked = windows.filter(pl.col("end").is_not_null()).join(accounts, on=keys, nulls_equal=True)
    return coverage.whole(asked.select("row_id", "account", "start", "end"))


def with_start(
    groups: pl.DataFrame, shops: pl.DataFrame, coverage: Coverage, workspace: Workspace, moment: Moment
) -> pl.DataFrame:
    """Add `first_covered`, `account_known`, `opening_start` and `bills_start`: from which day on bills can be asked for.

    Opening: the configured day, else the first day that an account of the order's channel covers. Bills: from the
    opening on, or later where this folder's bills begin later, but not after the period's first day: a month that the
    user asks about and has no bill of is not a month before the books. `shops`: frame ACCOUNT_SHOPS.
    """
    keys = ["platform", "shop", "channel"]
    firsts = first_days(accounts_for(groups.select(*keys, "accounts").unique(keys), shops), coverage)
    given = {s.name: s.opening.date_ for s in workspace.shops if s.opening is not None and s.opening.date_}
    explicit = pl.col("shop").replace_strict(given, default=workspace.opening.date_, return_dtype=pl.Date)
    begun = pl.when(pl.col("first_covered") <= moment.end).then("first_covered").otherwise(pl.lit(moment.start))
    return (
        groups.join(firsts, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(account_known=pl.col("first_covered").is_not_null(), opening_start=pl.coalesce(explicit, begun))
        .with_columns(
            bills_start=pl.when(explicit.is_null())
            .then("opening_start")
            .otherwise(pl.max_horizontal("opening_start", pl.min_horizontal(begun, pl.lit(moment.start))))
        )
    )


def with_coverage(groups: pl.DataFrame, shops: pl.DataFrame, coverage: Coverage) -> pl.DataFrame:
    """Add `covered`: all days from the event to expected_by + grace are there, in every account that the order's channel
    is paid into; the days before `bills_start` are not asked for. `shops`: frame ACCOUNT_SHOPS."""
    windows = groups.select(
        "platform", "shop", "channel", "accounts", row_id="group_id",
        start=pl.max_horizontal("window_start", "bills_start"), end="window_end",
    )  # fmt: skip
    told = windows_covered(windows, shops, coverage)
    return groups.join(told, left_on="group_id", right_on="row_id", how="left", maintain_order="left").with_columns(
        pl.col("covered").fill_null(False)
    )


def with_opening(groups: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Add `opening`, `presumed`, `due`, `due_by` (the last day that is not late), `overdue_kind`.

    Presumed settled: finished (or paid, where the term counts from the payment), nothing received, and the whole window
    lies before the bills begin; or a refund line says that it was paid out, and its event lies before
    the bills begin. Opening: created before the start, or its window begins before it (docs/matching.md "Beginning in the middle").
    """
    live = ~pl.col("unpaid") & (pl.col("status") != "closed")
    paid_at_once = ~pl.col("unpaid") & (pl.col("event") == "paid")  # a closed order was paid out too, and given back
    # only money that was paid out is taken back in the bill; a closed order tells its event by its confirmation
    confirmed = pl.coalesce("event_at", "finished_at").dt.date() < pl.col("bills_start")
    taken_back = pl.col("given_back") & confirmed & ~pl.col("unpaid")
    presumed = ~pl.col("has_receipt") & (
        ((live | paid_at_once) & pl.col("event_at").is_not_null() & (pl.col("window_end") < pl.col("bills_start")))
        | taken_back
    )
    before = (pl.col("created_at").dt.date() < pl.col("opening_start")) | (
        pl.col("window_start") < pl.col("bills_start")
    )
    today = pl.lit(moment.day)
    frame = groups.with_columns(presumed=presumed.fill_null(False)).with_columns(
        opening=(live & ~pl.col("presumed") & before).fill_null(False)
    )
    opening_by = pl.col("opening_start") + pl.duration(days=OPENING_DAYS)
    # money comes after the event: where it lies under the bills, an old order is observed like any other, and where a day
    # of its window has no bill, that bill is missing
    under_bills = pl.col("event_known") & (pl.col("window_start") >= pl.col("bills_start"))
    observed = under_bills & pl.col("covered")
    nothing_yet = pl.col("opening") & ~pl.col("has_receipt") & ~under_bills
    closed = pl.col("status") == "closed"
    due_by = pl.when(nothing_yet).then(pl.max_horizontal("window_end", opening_by)).otherwise("window_end")
    due_by = pl.when(pl.col("window_end").is_not_null()).then(due_by)
    return frame.with_columns(
        due=(closed | (today > due_by)).fill_null(False),
        due_by=pl.when(~closed).then(due_by),
        covered=closed | pl.col("covered"),
        overdue_kind=pl.when(pl.col("event_known") & (~pl.col("opening") | observed))
        .then(pl.lit("break"))
        .otherwise(pl.lit("review")),
    )
