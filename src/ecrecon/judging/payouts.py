"""Check `payout`: withdrawals, bank lines and own transfers of a run, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.money import decimal_expr
from ecrecon.base.schema import OPEN_ITEMS, VARIANCE_ROWS, conform, empty
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.judging.receipt.due import OPENING_DAYS
from ecrecon.matching.order_accounts import Coverage
from ecrecon.matching.payout_plan import Match, own_transfers, run_plan
from ecrecon.matching.payout_sides import Payers, Sides, before_working_days, load_payout_settings, make_sides
from ecrecon.settings.workspace import Workspace

# How far back the bills reach that could show the withdrawal behind a bank line (X08).

WALLETS: dict[str, pl.DataType | type[pl.DataType]] = {
    "account": pl.String, "platform": pl.String, "shop": pl.String,
}  # fmt: skip


def wallets_of(sources: Sequence[Source]) -> pl.DataFrame:
    """Frame WALLETS: every account that has a bill and may be withdrawn from; banks and witnesses are none."""
    rows = {
        (str(s.account), str(s.platform), s.shop)
        for s in sources
        if s.kind == "bill" and s.account and s.view != "witness"
    }
    return pl.DataFrame(sorted(rows, key=str), schema=WALLETS, orient="row").unique(
        "account", keep="first", maintain_order=True
    )


def with_reach(
    receipts: pl.DataFrame, wallets: pl.DataFrame, covered: pl.DataFrame, payers: Payers, moment: Moment
) -> pl.DataFrame:
    """Add to bank lines without a withdrawal: `early`, `unseen`, `final_by`.

    Only the wallets that the line's payer pays out for are asked, each about the days on which the withdrawal may lie.
    `early`: they begin before the first bill of one of these wallets. `unseen`: a later day of them has no bill.
    `final_by` (Date): until when an early line waits for an earlier bill. A line whose payer pays out for no wallet here
    is neither: no bill of such an account was given. Loops over payers and days, few by nature.
    """
    days = {
        str(account): sorted(frame["day"]) for (account,), frame in covered.group_by("account", maintain_order=True)
    }
    window = load_payout_settings().window_days
    rows = []
    for channel, platform, day in receipts.select("channel", "payer_platform", "day").unique().iter_rows():
        begin = before_working_days(day, window)
        early, unseen, final = False, False, None
        for account in _paid_out_by(wallets, payers, channel, platform):
            known = days.get(account, [])
            first = known[0] if known else moment.start
            if begin < first:
                early, final = True, max(final or first, first + timedelta(days=OPENING_DAYS))
            asked = _days(max(begin, first), day)
            unseen = unseen or bool(asked - set(known))
        rows.append((channel, platform, day, early, unseen, final))
    schema = {
        "channel": pl.String, "payer_platform": pl.String, "day": pl.Date, "early": pl.Boolean, "unseen": pl.Boolean,
        "final_by": pl.Date,
    }  # fmt: skip
    told = pl.DataFrame(rows, schema=schema, orient="row")
    return receipts.join(
        told, on=["channel", "payer_platform", "day"], how="left", nulls_equal=True, maintain_order="left"
    )


def _paid_out_by(wallets: pl.DataFrame, payers: Payers, channel: str | None, platform: str | None) -> list[str]:
    """Accounts whose payouts the payer of a bank line brings: by their own names of payers, else by platform."""
    return [
        account
        for account, sold_on, shop in wallets.iter_rows()
        if ((names := payers.of(account, sold_on, shop)) and channel and any(name in channel for name in names))
        or (not names and sold_on == platform)
    ]  # fmt: skip


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


# Withdrawals, bank lines and own transfers of a run, and what is wrong with them (X07, X08, M01, S03).

TOTALS: dict[str, pl.DataType | type[pl.DataType]] = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "withdrawals": pl.Int64,
    "arrived": pl.Int64, "in_transit": pl.Int64, "missing": pl.Int64, "withdrawn_minor": pl.Int64,
    "arrived_minor": pl.Int64, "in_transit_minor": pl.Int64, "missing_minor": pl.Int64,
}  # fmt: skip
"""Per account of the period: what was withdrawn, what the bank shows of it, what is on the way, what is missing."""


LEARNED = 2
"""So many payouts that one payer brought name it."""

WITHDRAWALS: dict[str, pl.DataType | type[pl.DataType]] = {
    "account": pl.String,
    "day": pl.Date,
    "arrived_on": pl.Date,
    "amount_minor": pl.Int64,
}
"""Withdrawals that were on the way in the period. `arrived_on` null: the bank does not show them."""


@dataclass(frozen=True)
class Paid:
    """`rows`: VARIANCE_ROWS of all months. `open_items`: OPEN_ITEMS of what is not at the bank. `totals`: frame TOTALS. `by_rule`: how many
    matches each pass made. `ran`: both sides are there. `withdrawals`: frame WITHDRAWALS, without those that came back."""

    rows: pl.DataFrame
    open_items: pl.DataFrame
    totals: pl.DataFrame
    by_rule: Mapping[str, int]
    ran: bool
    withdrawals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WITHDRAWALS))


def check_payouts(
    lines: pl.DataFrame,
    sources: Sequence[Source],
    covered: pl.DataFrame,
    workspace: Workspace,
    named_accounts: Mapping[str, list[str]],
    moment: Moment,
) -> Paid:
    """Match withdrawals with bank statements. `lines`: LEDGER with fates as of the moment; `covered`: account, day."""
    payers = Payers(workspace, named_accounts)
    sides = make_sides(lines, sources, payers)
    banks = sorted({str(s.account) for s in sources if s.kind == "bank" and s.account})
    if not banks:
        return Paid(empty(VARIANCE_ROWS), empty(OPEN_ITEMS), pl.DataFrame(schema=TOTALS), {}, ran=False)
    settings = load_payout_settings()
    plan = run_plan(sides.withdrawals.filter(~pl.col("returned")), sides.receipts, payers, settings)
    states = _states(
        sides, plan.matches, plan.ambiguous, _covers(sides, plan.matches, covered, banks, workspace), moment
    )
    month = pl.col("day").is_between(moment.start, moment.end)
    mine = states.filter(month)
    used = {row for match in plan.matches for row in match.receipts}
    listed = {row for match in plan.ambiguous for row in match.receipts}
    sourceless = _learned_payers(sides, plan.matches).filter(
        pl.col("day") <= moment.day, pl.col("amount_minor") > 0, pl.col("payer_platform").is_not_null(),
        ~pl.col("row_id").is_in(sorted(used | listed)),
    )  # fmt: skip
    rest = sides.receipts.filter(~pl.col("row_id").is_in(sorted(used | listed)))
    transfers = own_transfers(sides.transfers, rest, workspace.company, settings.transfer_days)
    rows = [
        missing_rows(states, sources),
        # a charge kept back is told on arrival; only what is not here stands
        charge_rows(states.filter(pl.col("arrived_on").is_between(moment.start, moment.end)), sources),
        ambiguous_rows(plan.ambiguous, sides, moment, sources),
        sourceless_rows(with_reach(sourceless, wallets_of(sources), covered, payers, moment), moment, sources),
        transfer_rows(transfers.filter(pl.col("other_day") <= moment.day), sources),
    ]
    by_rule: dict[str, int] = {}
    for match in plan.matches:
        by_rule[match.rule_id] = by_rule.get(match.rule_id, 0) + 1
    return Paid(
        pl.concat(rows), open_items(states, moment), _totals(mine), dict(sorted(by_rule.items())),
        withdrawals=_under_way(states, moment),
        ran=not sides.withdrawals.is_empty() or not sourceless.is_empty(),
    )  # fmt: skip


def _learned_payers(sides: Sides, matches: Sequence[Match]) -> pl.DataFrame:
    """The receipts; a payer that is on no list, and brought `LEARNED` payouts of one platform and of no other, pays for it."""
    wallets = dict(sides.withdrawals.select("row_id", "platform").iter_rows())
    pairs = [(row, wallets[match.withdrawals[0]]) for match in matches for row in match.receipts if match.withdrawals]
    brought = pl.DataFrame(pairs, schema={"row_id": pl.Int64, "learned": pl.String}, orient="row")
    unknown = pl.col("payer_platform").is_null() & pl.col("channel").is_not_null()
    payers = (
        sides.receipts.filter(unknown)
        .join(brought, on="row_id")
        .group_by("channel")
        .agg(pl.col("learned").first(), one=pl.col("learned").n_unique() == 1, payouts=pl.len())
        .filter("one", pl.col("payouts") >= LEARNED)
    )
    named = sides.receipts.join(payers.select("channel", "learned"), on="channel", how="left", maintain_order="left")
    return named.with_columns(pl.coalesce("payer_platform", "learned").alias("payer_platform")).drop("learned")


def _covers(
    sides: Sides, matches: Sequence[Match], covered: pl.DataFrame, banks: Sequence[str], workspace: Workspace
) -> pl.DataFrame:
    """row_id, covered: the statements of the banks that the account pays out to cover its whole window.

    The banks that took its other payouts, else every bank given or configured: a bank without a statement covers
    nothing.
    """
    of_line = dict(sides.receipts.select("row_id", "account").iter_rows())
    wallets = dict(sides.withdrawals.select("row_id", "account").iter_rows())
    learned: dict[str, set[str]] = {}
    for match in matches:
        for row in match.withdrawals:
            learned.setdefault(wallets[row], set()).update(of_line[other] for other in match.receipts)
    silent = [bank.name for bank in workspace.banks if bank.accounts and not set(bank.accounts) & set(banks)]
    every = [*banks, *silent]
    asked = [
        (row, bank, day, end)
        for row, account, day, end in sides.withdrawals.select("row_id", "account", "day", "expected_by").iter_rows()
        for bank in sorted(learned.get(account, every))
    ]
    schema = {"row_id": pl.Int64, "account": pl.String, "start": pl.Date, "end": pl.Date}
    windows = pl.DataFrame(asked, schema=schema, orient="row")
    known = windows.filter(pl.col("account").is_in(banks))
    told_ = Coverage(covered).whole(known)
    blind = windows.filter(~pl.col("account").is_in(banks)).select("row_id").unique()
    return told_.join(blind, on="row_id", how="anti")


def _states(
    sides: Sides, matches: Sequence[Match], ambiguous: Sequence[Match], covers: pl.DataFrame, moment: Moment
) -> pl.DataFrame:
    """Withdrawals with `state`: returned, arrived, in_transit, missing, unseen (past the window, but no statement covers
    it), ambiguous; `arrived_on`, `received_minor`."""
    came = dict(sides.receipts.select("row_id", "day").iter_rows())
    money = dict(sides.receipts.select("row_id", "amount_minor").iter_rows())
    owed = dict(sides.withdrawals.select("row_id", "amount_minor").iter_rows())
    arrived: list[tuple[int, object, int, str]] = []
    for match in matches:
        short = sum(owed[i] for i in match.withdrawals) - sum(money[j] for j in match.receipts)
        for number, row in enumerate(match.withdrawals):
            # the charge of a set stands on its first withdrawal
            arrived.append(
                (row, max(came[j] for j in match.receipts), owed[row] - (short if number == 0 else 0), match.rule_id)
            )
    table = pl.DataFrame(
        arrived, schema={"row_id": pl.Int64, "arrived_on": pl.Date, "received_minor": pl.Int64, "rule_id": pl.String},
        orient="row",
    )  # fmt: skip
    doubtful = sorted({row for match in ambiguous for row in match.withdrawals})
    here = pl.col("arrived_on").is_not_null()
    over = pl.lit(moment.day) > pl.col("expected_by")
    state = (
        pl.when("returned").then(pl.lit("returned"))
        .when(here & (pl.col("arrived_on") <= moment.day)).then(pl.lit("arrived"))
        .when(here).then(pl.lit("in_transit"))
        .when(pl.col("row_id").is_in(doubtful)).then(pl.lit("ambiguous"))
        .when(over & pl.col("covered").fill_null(value=False)).then(pl.lit("missing"))
        .when(over).then(pl.lit("unseen"))
        .otherwise(pl.lit("in_transit"))
    )  # fmt: skip
    return (
        sides.withdrawals.join(table, on="row_id", how="left", maintain_order="left")
        .join(covers, on="row_id", how="left", maintain_order="left")
        .with_columns(state=state)
        .sort("row_id")
    )


def _under_way(states: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Frame WITHDRAWALS: those of the period, and older ones that arrived in it or still may."""
    later = (pl.col("arrived_on") >= moment.start) | (pl.col("expected_by") >= moment.day)
    alive = states.filter(pl.col("state") != "returned", (pl.col("day") >= moment.start) | later.fill_null(value=False))
    return conform(alive, WITHDRAWALS)


def _totals(withdrawals: pl.DataFrame) -> pl.DataFrame:
    state, amount = pl.col("state"), pl.col("amount_minor")
    on_the_way = state.is_in(["in_transit", "unseen", "ambiguous"])
    frame = withdrawals.filter(state != "returned").group_by("account").agg(
        pl.col("platform", "shop", "currency").first(),
        withdrawals=pl.len().cast(pl.Int64),
        arrived=(state == "arrived").sum().cast(pl.Int64),
        in_transit=on_the_way.sum().cast(pl.Int64),
        missing=(state == "missing").sum().cast(pl.Int64),
        withdrawn_minor=amount.sum(),
        arrived_minor=pl.col("received_minor").filter(state == "arrived").sum(),
        in_transit_minor=amount.filter(on_the_way).sum(),
        missing_minor=amount.filter(state == "missing").sum(),
    )  # fmt: skip
    return conform(frame, TOTALS).sort("platform", "account")


# Variance rows and open items of check `payout`.

_DAY = timedelta(days=1)
_STATES = {"in_transit": "not_due", "missing": "overdue", "unseen": "not_checked"}
"""State of a withdrawal -> state of the open item."""


def _spot(sources: Sequence[Source]) -> pl.Expr:
    paths = dict(enumerate(source.path for source in sources))
    path = pl.col("source_id").replace_strict(paths, default="", return_dtype=pl.String)
    return pl.concat_str(path, pl.lit(":"), pl.col("source_line").cast(pl.String))


def missing_rows(withdrawals: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """X07: on the way at as-of timing; past the window a break where the bank's statement covers it, else a review."""
    frame = withdrawals.filter(pl.col("state").is_in(["missing", "in_transit", "unseen"]))
    arrived = pl.col("arrived_on").is_not_null()
    note = (
        pl.when(arrived)
        .then(pl.format(tr("{} 到账", "arrived on {}"), "arrived_on"))
        .when(pl.col("state") == "unseen")
        .then(
            pl.format(
                tr(
                    "应于 {} 前到账，但银行流水没有覆盖到那天",
                    "expected by {}, but no statement covers the days up to it",
                ),
                "expected_by",
            )
        )
        .otherwise(pl.format(tr("应于 {} 前到账", "expected by {}"), "expected_by"))
    )
    return conform(
        frame.with_columns(
            code=pl.lit("X07"),
            kind=pl.when(pl.col("state") == "missing")
            .then(pl.lit("break"))
            .when(pl.col("state") == "unseen")
            .then(pl.lit("review"))
            .otherwise(pl.lit("timing")),
            since=pl.when(pl.col("state") == "in_transit").then("day").otherwise(pl.col("expected_by") + _DAY),
            expected_minor="amount_minor",
            actual_minor=pl.lit(0, dtype=pl.Int64),
            difference_minor=-pl.col("amount_minor"),
            txn_id=pl.coalesce("txn_id", "biz_txn_id", "payout_batch_id"),
            rule_id=pl.lit("payout.none"),
            note=note,
            sources=_spot(sources),
        ),
        VARIANCE_ROWS,
    )


def charge_rows(withdrawals: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """X07 of kind review: arrived, less than was withdrawn (a charge kept back that no bill shows)."""
    short = pl.col("received_minor") - pl.col("amount_minor")
    frame = withdrawals.filter(pl.col("state") == "arrived", short != 0)
    return conform(
        frame.with_columns(
            code=pl.lit("X07"),
            kind=pl.lit("review"),
            since="arrived_on",
            expected_minor="amount_minor",
            actual_minor="received_minor",
            difference_minor=short,
            txn_id=pl.coalesce("txn_id", "biz_txn_id", "payout_batch_id"),
            note=pl.format(
                tr("到账少 {}，可能是提现手续费", "{} short on arrival, perhaps a charge"), decimal_expr(-short)
            ),
            sources=_spot(sources),
        ),
        VARIANCE_ROWS,
    )


def ambiguous_rows(ambiguous: Sequence[Match], sides: Sides, moment: Moment, sources: Sequence[Source]) -> pl.DataFrame:
    """M01: withdrawals and bank lines of one amount that do not pair up; one row per set, candidates in the note."""
    out = sides.withdrawals.with_columns(spot=_spot(sources))
    into = sides.receipts.with_columns(spot=_spot(sources))
    parts = [conform(pl.DataFrame(schema={"code": pl.String}), VARIANCE_ROWS)]
    for match in ambiguous:  # few by nature
        mine = out.filter(pl.col("row_id").is_in(match.withdrawals)).sort("row_id")
        theirs = into.filter(pl.col("row_id").is_in(match.receipts)).sort("row_id")
        expected, actual = int(mine["amount_minor"].sum()), int(theirs["amount_minor"].sum())
        until = mine["expected_by"].max()
        short = actual < expected  # then one of them may still arrive
        waiting = short and until >= moment.day  # type: ignore[operator]
        decided = until + _DAY if short else mine["day"].max()  # type: ignore[operator]
        parts.append(conform(
            mine.head(1).with_columns(
                code=pl.lit("M01"), check=pl.lit("payout"),
                kind=pl.lit("timing" if waiting else "review"), since=pl.lit(decided, dtype=pl.Date),
                expected_minor=pl.lit(expected), actual_minor=pl.lit(actual), difference_minor=pl.lit(actual - expected),
                rule_id=pl.lit(match.rule_id), sources=pl.lit(";".join([*mine["spot"], *theirs["spot"]])),
                note=pl.lit(tr(
                    f"{mine.height} 笔提现，{theirs.height} 笔银行收款金额相同：{'、'.join(theirs['spot'])}",
                    f"{mine.height} withdrawals, {theirs.height} bank lines of one amount: {', '.join(theirs['spot'])}",
                )),
            ), VARIANCE_ROWS,
        ))  # fmt: skip
    return pl.concat(parts)


def sourceless_rows(receipts: pl.DataFrame, moment: Moment, sources: Sequence[Source]) -> pl.DataFrame:
    """X08: paid by a platform, no withdrawal. Where the withdrawal may lie before the first bill of the wallet: timing, a
    review once nobody has handed in an earlier bill for long (`final_by`)."""
    waits = pl.col("early") & (pl.col("final_by") >= moment.day)
    frame = receipts.with_columns(
        code=pl.lit("X08"),
        kind=pl.when(waits).then(pl.lit("timing")).otherwise(pl.lit("review")),
        since=pl.when("early").then(pl.col("final_by") + _DAY).otherwise("day"),
        platform="payer_platform",
        expected_minor=pl.lit(0, dtype=pl.Int64),
        actual_minor="amount_minor",
        difference_minor="amount_minor",
        note=pl.when("early")
        .then(pl.format(tr("{}：提现在账单开始之前", "{}: withdrawn before the first bill"), "channel"))
        .when("unseen")
        .then(pl.format(tr("{}：提现可能在缺账单的日期", "{}: withdrawn perhaps on a day without a bill"), "channel"))
        .otherwise(pl.col("channel")),
        sources=_spot(sources),
    )
    return conform(frame, VARIANCE_ROWS)


def transfer_rows(transfers: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """S03: the outgoing line of an own transfer; the sum stands in `actual`."""
    frame = transfers.with_columns(
        code=pl.lit("S03"),
        kind=pl.lit("info"),
        since="other_day",
        actual_minor="amount_minor",
        difference_minor=pl.lit(0, dtype=pl.Int64),
        note=pl.format(tr("转入 {}", "into {}"), "other_account"),
        sources=_spot(sources),
    )
    return conform(frame, VARIANCE_ROWS)


def open_items(withdrawals: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """What left a wallet and is not at the bank at as-of: on the way, missing, or not to be seen in any statement."""
    frame = withdrawals.filter(pl.col("state").is_in(list(_STATES))).with_columns(
        expected_minor="amount_minor",
        received_minor=pl.lit(0, dtype=pl.Int64),
        open_minor="amount_minor",
        event_at="occurred_at",
        age_days=(pl.lit(moment.day) - pl.col("day")).dt.total_days(),
        state=pl.col("state").replace_strict(_STATES, return_dtype=pl.String),
        opening=pl.lit(False),
    )
    return conform(frame, OPEN_ITEMS)
