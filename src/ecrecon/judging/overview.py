"""The figures of the sheets: per shop, per account, per fee, and the opening list."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.shop_rows import at_home
from ecrecon.base.sources import Source
from ecrecon.judging.month_orders import month_orders
from ecrecon.judging.receipt.judge import Judged
from ecrecon.ledger.coverage import covered_days

_LABEL = pl.coalesce(pl.col("raw_desc").cast(pl.String), pl.col("raw_type").cast(pl.String), pl.lit("-"))


COUNTED = pl.col("fate").is_null() | (pl.col("fate") == "account_level")
"""Lines that no file-level rule took out."""
OF_BANK = pl.col("platform") == "bank"
"""Lines of bank statements belong to no shop."""
OWN_OF_BANK = pl.col("category").cast(pl.String).is_in(["interest", "payment_fee"])
"""What only the bank's statement shows; its other lines are booked by the documents they come from."""


CARRIED = (
    "line_id", "group_id", "source_id", "source_line", "platform", "shop", "account", "view", "order_id", "txn_id",
    "category", "role", "raw_type", "raw_desc", "remark", "amount_minor", "balance_minor", "currency", "day",
    "occurred_at",
)  # fmt: skip
"""Columns of a bill line that sheets, vouchers, ledgers and statements read. A month has millions of lines: their other
columns are in no copy."""
_MOVED = ("line_id", "account", "day", "occurred_at", "amount_minor", "balance_minor")


def chosen_lines(lines: pl.DataFrame, *tests: pl.Expr, columns: Sequence[str] = CARRIED) -> pl.DataFrame:
    """Rows of `lines` that pass all `tests`, with `columns` only."""
    wanted = lines.select(pl.all_horizontal(tests)).to_series()
    return lines.select(columns).filter(wanted)


def counted_lines(judged: Judged, moment: Moment) -> pl.DataFrame:
    """Order-basis lines of the period: CARRIED, `order_shop`, `order_platform`; without bank statements."""
    month = pl.col("day").is_between(moment.start, moment.end)
    return with_order_shop(judged, chosen_lines(judged.lines, COUNTED, pl.col("in_order"), month, ~OF_BANK))


def booked_lines(judged: Judged, moment: Moment) -> pl.DataFrame:
    """What is booked of the period: the money basis, broken down where the settlement detail adds up to it.

    Where the lines of a batch (of the same `tie_id`) have the sum of its cash lines, they stand instead of these, at
    the time at which the cash moved; a batch that differs is booked as the account shows it. Columns as counted_lines.
    """
    month = pl.col("day").is_between(moment.start, moment.end)
    money = chosen_lines(judged.lines, COUNTED, pl.col("in_money"), month, ~OF_BANK | OWN_OF_BANK)
    tied = judged.lines.filter(COUNTED, pl.col("tie_id").is_not_null(), pl.col("in_order") != pl.col("in_money"))
    cash, amount = pl.col("in_money"), pl.col("amount_minor")
    sums = tied.group_by("tie_id").agg(
        cash=amount.filter(cash).sum(), detail=amount.filter(~cash).sum(), whole=month.filter(cash).all(),
        both=cash.any() & (~cash).any(), moved_at=pl.col("occurred_at").filter(cash).max(),
    )  # fmt: skip
    known = sums.filter("whole", "both", pl.col("cash") == pl.col("detail")).select("tie_id", "moved_at")
    if known.is_empty():
        return with_order_shop(judged, money)
    parts = tied.filter(~cash).join(known, on="tie_id", how="inner").with_columns(
        occurred_at="moved_at", day=pl.col("moved_at").dt.date()
    )  # fmt: skip
    net = tied.filter(cash).join(known, on="tie_id", how="semi")
    rest = money.join(net, on="line_id", how="anti")
    return with_order_shop(judged, pl.concat([rest, parts.select(rest.columns)]).sort("line_id"))


def with_order_shop(judged: Judged, lines: pl.DataFrame) -> pl.DataFrame:
    """Add `order_shop`, `order_platform`: those of the order, else of the account."""
    shops = judged.groups.filter("has_order").select("group_id", order_shop_="shop", order_platform_="platform")
    return (
        lines.join(shops, on="group_id", how="left", maintain_order="left")
        .with_columns(
            order_shop=pl.coalesce("order_shop_", pl.col("shop").cast(pl.String)),
        )
        .join(judged.shop_platforms, left_on="order_shop", right_on="shop", how="left", maintain_order="left")
        .with_columns(
            order_platform=pl.coalesce("order_platform_", "shop_platform", pl.col("platform").cast(pl.String))
        )
        .drop("order_shop_", "order_platform_", "shop_platform")
    )


def shop_overview(
    judged: Judged,
    counted: pl.DataFrame,
    orders: pl.DataFrame,
    variances: pl.DataFrame,
    left: pl.DataFrame,
    moment: Moment,
) -> pl.DataFrame:
    """One row per shop and currency: orders, receivable, received, refunded, fees, difference, open, breaks, reviews,
    verdict. What stands in a currency in which the shop has neither an order nor money counts in its main one.

    All of one month: what was owed at its beginning and became due in it (`month_orders`), the money that moved in it,
    and what is open at its end. `left`: frame UNCHECKED. A shop is `ok` only where receipt and refund were checked for
    all its orders and money; a file that nobody could read and whose shop is not known leaves every shop unchecked.
    What is found about a wallet counts for its shop; what belongs to no shop has a row of its own (shop empty, or the
    name of the bank) where a person has to act: the counts of all rows are those of the run.
    """
    keys = ["platform", "shop", "currency"]
    of_orders, money = _shop_orders(month_orders(orders, judged, moment), keys), _shop_money(counted)
    kind = pl.col("kind").cast(pl.String)
    told = of_orders.join(money, on=keys, how="full", coalesce=True)
    told = told.with_columns(pl.col(keys).fill_null("")).with_columns(pl.exclude(keys).fill_null(0))
    worst = at_home(variances, told).group_by("platform", "shop", currency="row_currency").agg(
        stops=(kind == "stop").sum().cast(pl.Int64),
        breaks=(kind == "break").sum().cast(pl.Int64),
        reviews=(kind == "review").sum().cast(pl.Int64),
    )  # fmt: skip
    lacking = left.filter(pl.col("shop").is_not_null()).group_by("shop").agg(
        missing_files=pl.struct("reason", "account").n_unique().cast(pl.Int64)
    )  # fmt: skip
    unknown = left.filter(pl.col("shop").is_null())["account"].n_unique()
    frame = told.with_columns(listed=pl.col("shop") != "").join(worst, on=keys, how="full", coalesce=True)
    frame = frame.join(lacking, on="shop", how="left").with_columns(pl.col("missing_files").fill_null(0) + unknown)
    filled = frame.with_columns(
        pl.exclude(*keys, "listed").fill_null(0), listed=pl.col("listed").fill_null(value=False)
    )
    urgent = (pl.col("stops") + pl.col("breaks") + pl.col("reviews")) > 0
    filled = filled.filter(pl.col("listed") | urgent).drop("listed")
    verdict = (
        pl.when(pl.col("stops") > 0).then(pl.lit("stop"))
        .when(pl.col("breaks") > 0).then(pl.lit("break"))
        .when(pl.col("missing_files") > 0).then(pl.lit("not_checked"))
        .when(pl.col("reviews") > 0).then(pl.lit("review"))
        .otherwise(pl.lit("ok"))
    )  # fmt: skip
    return filled.with_columns(verdict=verdict).sort(keys)


def _shop_orders(orders: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Per shop and currency: orders, what they are owed, what they differ by and what of it is open."""
    state = pl.col("disposition").cast(pl.String)
    live = ~state.is_in(["presumed_settled", "after_as_of", "cancelled_unpaid", "excluded"])
    waiting = state.is_in(["not_due", "overdue", "partly", "not_checked", "open"])
    return (
        orders.filter(live)
        .group_by(pl.col(keys).cast(pl.String))
        .agg(
            orders=pl.len().cast(pl.Int64),
            receivable_minor=pl.col("expected_minor").sum(),
            difference_minor=pl.col("difference_minor").sum(),
            open_minor=pl.col("difference_minor").filter(waiting).sum().neg(),
        )
    )


def _shop_money(counted: pl.DataFrame) -> pl.DataFrame:
    """Per shop and currency: order money in and back out, fees and compensation."""
    principal, amount = pl.col("role") == "principal", pl.col("amount_minor")
    return counted.group_by(pl.col("currency").cast(pl.String), platform="order_platform", shop="order_shop").agg(
        received_minor=amount.filter(principal & (amount > 0)).sum(),
        refunded_minor=amount.filter(principal & (amount < 0)).sum(),
        fees_minor=amount.filter(pl.col("role").cast(pl.String).is_in(["fee", "compensation"])).sum(),
    )


def fee_overview(counted: pl.DataFrame) -> pl.DataFrame:
    """One row per shop, raw type and currency: category, lines, orders, sum; for fees the rate found on the receipts of the
    orders."""
    keys = ["platform", "shop", "raw_type", "category", "role", "currency"]
    frame = counted.with_columns(
        pl.col("currency").cast(pl.String), raw_type=_LABEL, platform="order_platform", shop="order_shop"
    )
    receipts = (
        frame.filter(
            pl.col("category").cast(pl.String).is_in(["goods_receipt", "coupon_platform", "freight_income", "subsidy"]),
            pl.col("amount_minor") > 0,
        )
        .group_by("group_id", "currency")
        .agg(base=pl.col("amount_minor").sum())
    )
    summed = frame.group_by(keys).agg(
        lines=pl.len().cast(pl.Int64),
        orders=pl.col("group_id").drop_nulls().n_unique().cast(pl.Int64),
        amount_minor=pl.col("amount_minor").sum(),
    )
    charged = frame.filter(pl.col("role") == "fee", pl.col("amount_minor") < 0, pl.col("group_id").is_not_null())
    based = (
        charged.group_by(*keys, "group_id")
        .agg(charge=pl.col("amount_minor").sum().neg())
        .join(receipts, on=["group_id", "currency"])
        .group_by(keys)
        .agg(base_minor=pl.col("base").sum(), charge=pl.col("charge").sum())
    )
    base = pl.col("base_minor").cast(pl.Int128)
    ten_thousandths = (pl.col("charge").cast(pl.Int128) * 10000 * 2 + base) // (2 * base)
    rate = pl.format("{}.{}%", ten_thousandths // 100, (ten_thousandths % 100).cast(pl.String).str.zfill(2))
    based = based.filter(pl.col("base_minor") > 0).with_columns(rate=rate).drop("charge")
    return summed.join(based, on=keys, how="left").sort(
        (pl.col("category") != "unmapped"), "platform", "shop", pl.col("role").cast(pl.String),
        pl.col("category").cast(pl.String), "raw_type", "currency",
    )  # fmt: skip


def account_overview(judged: Judged, sources: Sequence[Source], covered: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per account: bases, coverage inside the period, movement and printed balances."""
    rows: dict[str, Source] = {}
    for source in sources:
        if source.kind in ("bill", "bank") and source.account and source.view != "witness":
            rows.setdefault(source.account, source)
    days = (moment.end - moment.start).days + 1
    month = covered.filter(pl.col("day").is_between(moment.start, moment.end))
    cover = month.group_by("account").agg(
        first=pl.col("day").min(), last=pl.col("day").max(), covered_days=pl.len().cast(pl.Int64)
    )
    inside = pl.col("day").is_between(moment.start, moment.end)
    mine = chosen_lines(judged.lines, COUNTED, inside, pl.col("in_money"), columns=_MOVED).with_columns(
        pl.col("account").cast(pl.String)
    )
    moved = mine.group_by("account").agg(
        lines=pl.len().cast(pl.Int64),
        income_minor=pl.col("amount_minor").filter(pl.col("amount_minor") > 0).sum(),
        expense_minor=pl.col("amount_minor").filter(pl.col("amount_minor") < 0).sum(),
        net_minor=pl.col("amount_minor").sum(),
    )
    second = _second_view(judged.lines, mine, sources, month)
    balances = _balances(pl.concat([mine, second]))
    base = pl.DataFrame(
        [(a, s.platform, s.shop, s.currency or "CNY") for a, s in sorted(rows.items())],
        schema=dict.fromkeys(("account", "platform", "shop", "currency"), pl.String),
        orient="row",
    )
    frame = (
        base.join(cover, on="account", how="left")
        .join(moved, on="account", how="left")
        .join(balances, on="account", how="left")
    )
    counts = ["covered_days", "lines", "income_minor", "expense_minor", "net_minor"]
    rolls = pl.col("opening_minor") + pl.col("net_minor") == pl.col("closing_minor")
    frame = frame.join(_basis_names(judged.lines, sources), on="account", how="left")
    return frame.with_columns(
        pl.col(counts).fill_null(0), missing_days=days - pl.col("covered_days").fill_null(0), balance_ok=rolls
    ).sort("platform", "account")


def _basis_names(lines: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """account, order_basis, money_basis: the profiles that each basis was taken from, joined by `+`.

    The cash view serves the order basis beside a detail view with what that does not know; it is not named for it.
    """
    names = pl.Series([source.profile or "" for source in sources], dtype=pl.String)
    used = (
        lines.filter(COUNTED)
        .group_by(pl.col("account").cast(pl.String), "source_id", "view")
        .agg(pl.col("in_order").any(), pl.col("in_money").any())
        .with_columns(profile=pl.lit(names).gather(pl.col("source_id")), cash=pl.col("view") == "cash")
    )
    order = pl.col("in_order") & (~pl.col("cash") | (~(pl.col("in_order") & ~pl.col("cash")).any()).over("account"))
    money = pl.col("in_money") & (pl.col("cash") | (~(pl.col("in_money") & pl.col("cash")).any()).over("account"))
    told = used.with_columns(order=order, money=money)
    return told.group_by("account").agg(
        _joined("order").alias("order_basis"), _joined("money").alias("money_basis")
    ).with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("order_basis", "money_basis")
    )  # fmt: skip


def _joined(flag: str) -> pl.Expr:
    return pl.col("profile").filter(pl.col(flag)).unique().sort().str.join("+")


def _second_view(
    lines: pl.DataFrame, mine: pl.DataFrame, sources: Sequence[Source], month: pl.DataFrame
) -> pl.DataFrame:
    """Lines of a second cash view that prints balances, of accounts whose counted view prints none (Douyin).

    Only where it covers the same days of the month: its first and last balance are then those of the counted lines.
    """
    silent = mine.group_by("account").agg(pl.col("balance_minor").is_null().all().alias("silent")).filter("silent")
    account = pl.col("account").cast(pl.String)
    printed = lines.filter(
        pl.col("fate") == "witness", pl.col("view") == "cash", pl.col("balance_minor").is_not_null(),
        account.is_in(silent["account"].implode()),
    ).with_columns(account)  # fmt: skip
    if printed.is_empty():
        return mine.clear()
    used = printed.select("account", "source_id").unique()
    seen = covered_days([sources[index] for index in sorted(set(used["source_id"]))])
    lacking = month.join(seen, on=["account", "day"], how="anti")["account"].unique()
    days = month.select("account", "day")
    whole = printed.filter(~pl.col("account").is_in(lacking.implode())).join(days, on=["account", "day"], how="semi")
    return whole.select(mine.columns)


def _balances(lines: pl.DataFrame) -> pl.DataFrame:
    """Opening and closing balance of the period: first balance - first amount, last balance, in chain order.

    Lines of one second have no reliable order: the first line is one whose balance before it is no
    other line's balance of that second, the last one whose balance nobody continues. Where the lines of the last moment
    go round in a circle (a charge and its reversal) the opening and what moved since tell where it ends, and the other
    way round for the first moment.
    """
    printed = lines.filter(pl.col("balance_minor").is_not_null()).with_columns(
        before=pl.col("balance_minor") - pl.col("amount_minor")
    )
    edges = printed.group_by("account").agg(first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max())
    frame = printed.join(edges, on="account")
    head = frame.filter(pl.col("occurred_at") == pl.col("first"))
    tail = frame.filter(pl.col("occurred_at") == pl.col("last"))
    opening = _loose_end(head, "before", "balance_minor", "opening_minor")
    closing = _loose_end(tail, "balance_minor", "before", "closing_minor")
    moved = printed.group_by("account").agg(moved=pl.col("amount_minor").sum())
    both = moved.join(opening, on="account", how="left").join(closing, on="account", how="left")
    opened, closed = pl.col("opening_minor"), pl.col("closing_minor")
    both = both.with_columns(opened.fill_null(closed - pl.col("moved")), closed.fill_null(opened + pl.col("moved")))
    circle = both.filter(opened.is_null()).select("account")
    if not circle.is_empty():  # all that moved in the month is one circle: the order of the file tells where it begins
        begun = _first_before(printed.join(circle, on="account", how="semi"))
        both = both.join(begun, on="account", how="left").with_columns(
            opened.fill_null(pl.col("begun")), closed.fill_null(pl.col("begun") + pl.col("moved"))
        )
    return both.select("account", "opening_minor", "closing_minor")


def _first_before(printed: pl.DataFrame) -> pl.DataFrame:
    """account, begun: the balance before the first line of a file that runs forward, else before its last line."""
    rows = printed.sort("line_id").with_columns(
        forward=(pl.col("before") == pl.col("balance_minor").shift(1)).over("account").fill_null(value=True)
    )
    before = pl.when(pl.col("forward").all()).then(pl.col("before").first()).otherwise(pl.col("before").last())
    return rows.group_by("account").agg(before.alias("begun"))


def _loose_end(frame: pl.DataFrame, own: str, other: str, name: str) -> pl.DataFrame:
    """Per account the value of `own` that does not occur among `other` (multiset difference); smallest line id wins."""
    numbered = frame.with_columns(nth=pl.int_range(pl.len()).over("account", own, order_by="line_id"))
    taken = frame.select("account", pl.col(other).alias(own), "line_id").with_columns(
        nth=pl.int_range(pl.len()).over("account", own, order_by="line_id")
    )
    loose = numbered.join(taken, on=["account", own, "nth"], how="anti")
    return loose.sort("line_id").group_by("account").agg(pl.col(own).first().alias(name))


def opening_overview(orders: pl.DataFrame, groups: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Per shop and currency: opening orders, what was confirmed by receipts so far, what is still open by age, what is
    presumed."""
    facts = groups.filter("has_order").select("group_id", "opening", "has_receipt", "event_at")
    frame = orders.filter(pl.col("expected_minor").is_not_null()).join(facts, on="group_id", how="left")
    expected, open_ = pl.col("expected_minor"), -pl.col("difference_minor")
    opening = pl.col("opening").fill_null(False)
    waiting = opening & pl.col("disposition").cast(pl.String).is_in(
        ["not_due", "overdue", "partly", "not_checked", "open"]
    )
    presumed = pl.col("disposition") == "presumed_settled"
    confirmed = opening & pl.col("has_receipt")
    age = (pl.lit(moment.day) - pl.col("created_at").dt.date()).dt.total_days()
    due = pl.col("due_cash_minor") + pl.col("due_platform_minor")
    return (
        frame.group_by(pl.col("platform", "shop", "currency").cast(pl.String))
        .agg(
            opening_orders=opening.sum().cast(pl.Int64),
            opening_minor=expected.filter(opening).sum(),
            confirmed_orders=confirmed.sum().cast(pl.Int64),
            confirmed_minor=pl.col("received_minor").filter(confirmed).sum(),
            open_orders=waiting.sum().cast(pl.Int64),
            open_minor=open_.filter(waiting).sum(),
            presumed_orders=presumed.sum().cast(pl.Int64),
            presumed_minor=due.filter(presumed).sum(),
            old_0_30=open_.filter(waiting & (age <= 30)).sum(),
            old_31_60=open_.filter(waiting & (age > 30) & (age <= 60)).sum(),
            old_over_60=open_.filter(waiting & (age > 60)).sum(),
        )
        .sort("platform", "shop", "currency")
    )
