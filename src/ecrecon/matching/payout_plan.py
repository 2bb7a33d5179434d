"""The match plan of payouts: reference, amount in the window, days paid as one, charge kept back, late arrival; and money between own accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from ecrecon.base.money import times_rate
from ecrecon.matching import Component, resolve
from ecrecon.matching.payout_sides import REFERENCES, SHORTEST, TOKEN, Payers, PayoutSettings

# Money that moves between own accounts: seen twice, counted once (S03).

WORDS = ("转账", "内部", "调拨", "往来", "划转", "本行转账", "同名")
"""Words of a bank line that may be an own transfer [I]; the company's own name is one, too."""

_SIDE = ("row_id", "account", "currency", "day", "amount_minor", "own", "of_bank")


def own_transfers(wallets: pl.DataFrame, banks: pl.DataFrame, company: str, days: int) -> pl.DataFrame:
    """Outgoing lines of own transfers: columns of `wallets` (sides.COMMON), `other_account` and `other_day` (the later
    day of the two sides).

    `wallets`: lines of category transfer; `banks`: bank lines that no payout explains. Out of one account and into
    another with the same amount, at most `days` days later, each the only candidate of the other (or equal sets). Two
    bank lines need a word of their own: equal amounts of strangers are common.
    """
    text = pl.concat_str(
        [pl.col(n).fill_null("") for n in ("channel", "remark", "raw_type", "raw_desc")], separator=" "
    )
    words = [*WORDS, company] if company else list(WORDS)
    own = text.str.contains_any(words)
    frame = pl.concat([
        wallets.with_columns(own=pl.lit(True), of_bank=pl.lit(False)),
        banks.select(wallets.columns).with_columns(own=own, of_bank=pl.lit(True)),
    ])  # fmt: skip
    out = frame.filter(pl.col("amount_minor") < 0).select(_SIDE).with_columns(amount_minor=-pl.col("amount_minor"))
    into = frame.filter(pl.col("amount_minor") > 0).select(_SIDE)
    pairs = out.join(into, on=["amount_minor", "currency"], suffix="_in").filter(
        pl.col("account") != pl.col("account_in"),
        pl.col("day_in").is_between(pl.col("day"), pl.col("day") + timedelta(days=days)),
        ~(pl.col("of_bank") & pl.col("of_bank_in")) | (pl.col("own") & pl.col("own_in")),
    )
    parts = [part for part in resolve(pairs.select(left="row_id", right="row_id_in")) if part.settled]
    names = dict(frame.select("row_id", "account").iter_rows())
    day_of = dict(frame.select("row_id", "day").iter_rows())
    found = [
        (row, "+".join(sorted({names[other] for other in part.right})), max(day_of[other] for other in part.right))
        for part in parts
        for row in part.left
    ]
    schema = {"row_id": pl.Int64, "other_account": pl.String, "other_day": pl.Date}
    table = pl.DataFrame(found, schema=schema, orient="row")
    return frame.join(table, on="row_id").sort("row_id")


# The match plan of payouts: reference, amount in the window, days paid as one, charge kept back, late arrival.

LATE_DAYS = 30
"""A payout of the only fitting amount from a known payer is its withdrawal also this long after the window."""


@dataclass(frozen=True)
class Match:
    """Withdrawals and bank lines that explain each other (row ids), and the pass that said so."""

    withdrawals: tuple[int, ...]
    receipts: tuple[int, ...]
    rule_id: str


@dataclass
class Plan:
    """What is matched so far, what is left, what is ambiguous. Filled pass by pass."""

    left: pl.DataFrame
    right: pl.DataFrame
    payers: Payers
    settings: PayoutSettings
    matches: list[Match] = field(default_factory=list)
    ambiguous: list[Match] = field(default_factory=list)

    def take(self, matches: list[Match]) -> None:
        """Consume the rows of `matches`."""
        self.matches += matches
        used = [row for match in matches for row in match.withdrawals]
        received = [row for match in matches for row in match.receipts]
        self.left = self.left.filter(~pl.col("row_id").is_in(used))
        self.right = self.right.filter(~pl.col("row_id").is_in(received))


def run_plan(withdrawals: pl.DataFrame, receipts: pl.DataFrame, payers: Payers, settings: PayoutSettings) -> Plan:
    """Match `withdrawals` (not returned) with incoming `receipts`; see sides.Sides for the columns."""
    plan = Plan(withdrawals, receipts.filter(pl.col("amount_minor") > 0), payers, settings)
    by_reference(plan)
    by_amount(plan)
    by_day(plan)
    by_charge(plan)
    by_any_payer(plan)
    late(plan)
    return plan


def by_reference(plan: Plan) -> None:
    """A number of the withdrawal is the bank's number or stands in its text; the amounts agree up to a charge."""
    own = plan.left.unpivot(on=list(REFERENCES), index="row_id", value_name="token")
    own = own.filter(pl.col("token").str.len_chars() >= SHORTEST).select(left="row_id", token="token").unique()
    texts = pl.concat_str(
        [pl.col(n).fill_null("") for n in (*REFERENCES, "remark", "raw_desc")], separator=" "
    ).str.extract_all(TOKEN)
    theirs = plan.right.select(right="row_id", token=texts).explode("token").unique()
    edges = own.join(theirs, on="token").select("left", "right").unique()
    amounts = dict(plan.left.select("row_id", "amount_minor").iter_rows())
    received = dict(plan.right.select("row_id", "amount_minor").iter_rows())
    found = []
    for part in resolve(edges):
        short = sum(amounts[i] for i in part.left) - sum(received[i] for i in part.right)
        if short == 0 or (part.settled and 0 < short <= plan.settings.cap_minor):
            found.append(Match(part.left, part.right, "payout.reference"))
    plan.take(found)


def _in_window(
    plan: Plan, left: pl.DataFrame, right: pl.DataFrame, days: int = 0, anybody: bool = False
) -> pl.DataFrame:
    """Edges of equal amount and currency, received from the withdrawal's day to the end of its window + `days`.

    `anybody`: an account without known payers also takes a line of somebody else's payer.
    """
    pairs = left.select(
        "amount_minor", "currency", "account", "platform", "shop", "day", "expected_by", left="row_id"
    ).join(
        right.select("amount_minor", "currency", "channel", right="row_id", came="day"), on=["amount_minor", "currency"]
    )  # fmt: skip
    within = pl.col("came").is_between(pl.col("day"), pl.col("expected_by") + timedelta(days=days))
    pairs = pairs.filter(within)
    fits = [
        plan.payers.fits(plan.payers.of(account, platform, shop), channel, anybody=anybody)
        for account, platform, shop, channel in pairs.select("account", "platform", "shop", "channel").iter_rows()
    ]
    return pairs.filter(pl.Series(fits, dtype=pl.Boolean)).select("left", "right", "channel")


def by_amount(plan: Plan) -> None:
    """Amount + one-sided lag. A payer that is known beats a line without one; equal sets are explained as sets."""
    edges = _in_window(plan, plan.left, plan.right)
    for strict in (True, False):
        chosen = edges.filter(pl.col("channel").is_not_null()) if strict else edges
        left, right = plan.left.select(left="row_id"), plan.right.select(right="row_id")
        open_ = chosen.join(left, on="left", how="semi").join(right, on="right", how="semi")
        parts = resolve(open_)
        plan.take([_match(part, "payout.amount") for part in parts if part.settled])
        if not strict:
            plan.ambiguous += [_match(part, "payout.amount") for part in parts if not part.settled]


def _match(part: Component, rule: str) -> Match:
    return Match(part.left, part.right, rule)


def _listed(plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is left without the rows that are listed as ambiguous."""
    named = [row for match in plan.ambiguous for row in match.withdrawals]
    theirs = [row for match in plan.ambiguous for row in match.receipts]
    return plan.left.filter(~pl.col("row_id").is_in(named)), plan.right.filter(~pl.col("row_id").is_in(theirs))


def _one_to_one(edges: pl.DataFrame) -> pl.DataFrame:
    pairs = edges.select("left", "right").unique()
    return pairs.filter((pl.len().over("left") == 1) & (pl.len().over("right") == 1)).sort("left")


def by_day(plan: Plan) -> None:
    """All withdrawals of an account on a day as one bank line, or one withdrawal as all lines of a payer on a day."""
    for left_sums, rule in ((True, "payout.day_sum"), (False, "payout.day_parts")):
        left, right = _listed(plan)
        keys = ["account", "currency", "day"] if left_sums else ["account", "currency", "day", "channel"]
        side = left if left_sums else right
        sums = (
            side.sort("row_id")
            .group_by(keys, maintain_order=True)
            .agg(pl.exclude("amount_minor", *keys).first(), pl.col("amount_minor").sum(), members=pl.col("row_id"))
            .filter(pl.col("members").list.len() > 1)
        )
        members = dict(sums.select("row_id", "members").iter_rows())
        if left_sums:
            pairs = _one_to_one(_in_window(plan, sums, right))
            found = [Match(tuple(members[i]), (j,), rule) for i, j in pairs.iter_rows()]
        else:
            pairs = _one_to_one(_in_window(plan, left, sums))
            found = [Match((i,), tuple(members[j]), rule) for i, j in pairs.iter_rows()]
        plan.take(found)


def by_charge(plan: Plan) -> None:
    """The wallet kept a charge back: the bank shows the withdrawal less a rate of it."""
    left, right = _listed(plan)
    nets = pl.concat([
        left.with_columns(amount_minor=pl.col("amount_minor") - times_rate(pl.col("amount_minor"), *rate))
        for rate in plan.settings.rates
    ] or [left.clear()])  # fmt: skip
    pairs = _one_to_one(_in_window(plan, nets, right.filter(pl.col("payer_platform").is_not_null())))
    plan.take([Match((i,), (j,), "payout.charge") for i, j in pairs.iter_rows()])


def by_any_payer(plan: Plan) -> None:
    """Nobody knows who pays out for the account: what is left of a known payer, where only one withdrawal fits.

    Runs after the accounts of that payer have taken theirs: Taobao's 聚合结算账户 may be paid out by Alipay.
    """
    left, right = _listed(plan)
    edges = _in_window(plan, left, right, anybody=True).select("left", "right").unique()
    plan.take([_match(part, "payout.any_payer") for part in resolve(edges) if part.settled])


def late(plan: Plan) -> None:
    """The only line of that amount from a known payer, after the window."""
    left, right = _listed(plan)
    known = right.filter(pl.col("payer_platform").is_not_null())
    pairs = _one_to_one(_in_window(plan, left, known, LATE_DAYS))
    plan.take([Match((i,), (j,), "payout.late") for i, j in pairs.iter_rows()])
