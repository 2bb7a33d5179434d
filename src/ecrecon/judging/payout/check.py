"""Withdrawals, bank lines and own transfers of a run, and what is wrong with them (X07, X08, M01, S03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import OPEN_ITEMS, VARIANCE_ROWS, conform, empty
from ecrecon.base.sources import Source
from ecrecon.judging.payout import rows as told
from ecrecon.judging.payout.bank_reach import wallets_of, with_reach
from ecrecon.matching.order_accounts import Coverage
from ecrecon.matching.own_transfers import own_transfers
from ecrecon.matching.payout_plan import Match, run_plan
from ecrecon.matching.payout_settings import Payers, load_payout_settings
from ecrecon.matching.payout_sides import Sides, make_sides
from ecrecon.settings.workspace import Workspace

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
        told.missing_rows(states, sources),
        # a charge kept back is told on arrival; only what is not here stands
        told.charge_rows(states.filter(pl.col("arrived_on").is_between(moment.start, moment.end)), sources),
        told.ambiguous_rows(plan.ambiguous, sides, moment, sources),
        told.sourceless_rows(with_reach(sourceless, wallets_of(sources), covered, payers, moment), moment, sources),
        told.transfer_rows(transfers.filter(pl.col("other_day") <= moment.day), sources),
    ]
    by_rule: dict[str, int] = {}
    for match in plan.matches:
        by_rule[match.rule_id] = by_rule.get(match.rule_id, 0) + 1
    return Paid(
        pl.concat(rows), told.open_items(states, moment), _totals(mine), dict(sorted(by_rule.items())),
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
