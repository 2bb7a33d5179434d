"""Two views of the same money are never added: order basis and money basis (docs/reading.md "Two views of the same money").

Per account and day the *money basis* is what moved: the cash view if there is one, else the detail view. The *order
basis* is what says most about orders: the view of the finest grain that carries order ids. A line may be in one, both
or neither. Where the detail view is the order basis, a cash line that it explains (`[[tie]]` of the profile: the same
batch, order or day) stands in the money basis alone; what the detail does not know (withdrawals, deposits, charges of
their own) stands in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.categories import ROLES, role_expr
from ecrecon.base.sources import Source
from ecrecon.ledger.coverage import ORDER_GRAINS, days_between
from ecrecon.settings.profiles import Profile

GRAINS = ("sub_order", "order", "payment", "batch", "none")
ORDER_IDS = ("order_id", "sub_order_id", "merchant_order_no", "pay_id")
BATCH = "payout_batch_id"
DAY = "day"
"""The word of `[[tie]] group` that stands for the local date of the movement."""

BASES: dict[str, pl.DataType | type[pl.DataType]] = {
    "in_order": pl.Boolean, "in_money": pl.Boolean, "tie_id": pl.Int64,
}  # fmt: skip
"""`tie_id`: lines of both views that must explain each other; null where the line has no counterpart."""


@dataclass(frozen=True)
class View:
    """What a profile says about its look at the money.

    `ties`: groups of a detail view that explain the cash view. `totals`: of a witness, groups of printed totals and the
    view whose lines they add up.
    """

    view: str
    grain: int
    rank: int
    ties: tuple[tuple[str, ...], ...] = ()
    totals: tuple[tuple[tuple[str, ...], str], ...] = ()
    part: str = ""

    @property
    def quality(self) -> tuple[int, int, int]:
        """Smaller is better as order basis: finer grain, lower rank, detail before cash."""
        return (self.grain, self.rank, 0 if self.view == "detail" else 1)


def views_of(profiles: Mapping[str, Profile]) -> dict[str, View]:
    """Profile id -> View, of all profiles of bills."""
    return {
        name: View(
            view=profile.profile.view,
            grain=GRAINS.index(profile.profile.grain),
            rank=profile.profile.rank,
            part=profile.profile.part or "",
            ties=tuple(tuple(tie.group) for tie in profile.tie if tie.with_view == "cash"),
            totals=tuple((tuple(tie.group), tie.with_view) for tie in profile.tie),
        )
        for name, profile in profiles.items()
        if profile.profile.kind == "bill" and profile.profile.view is not None
    }


def order_grains(views: Mapping[str, View]) -> dict[str, str]:
    """Profile id -> grain by which it answers for orders. A file of other items (`part`) answers for none: that it covers
    a day does not say that the settlement of orders does."""
    return {name: "none" if view.part else GRAINS[view.grain] for name, view in views.items()}


def choose_bases(lines: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """Add the columns BASES to `lines` (LEDGER without them) and the fate `witness` to lines in neither basis.

    Lines that a file-level rule took out keep their fate and are in no basis. Accounts with one view need no choice:
    it is both bases. Bank lines say nothing about orders.
    """
    live = pl.col("fate").is_null()
    frame = _without_bank(lines, sources).with_columns(in_order=live, tie_id=pl.lit(None, dtype=pl.Int64))
    frame = frame.select(*lines.columns, *BASES)
    detailed = _accounts(sources, "detail")
    if not detailed:
        return frame
    paired = sorted(detailed & _accounts(sources, "cash"))
    mine = frame.filter(live & pl.col("account").cast(pl.String).is_in(paired))
    if mine.is_empty():
        return frame
    told = _bases(_prepared(mine, sources, views), sources, views)
    frame = frame.drop("in_order", "in_money", "tie_id").join(told, on="line_id", how="left", maintain_order="left")
    chosen = pl.col("in_order").is_not_null()
    frame = frame.with_columns(
        in_order=pl.when(chosen).then("in_order").otherwise(live),
        in_money=pl.when(chosen).then("in_money").otherwise(live | (pl.col("fate") == "account_level")),
    )
    lost = live & ~pl.col("in_order") & ~pl.col("in_money")
    frame = frame.with_columns(fate=pl.when(lost).then(pl.lit("witness")).otherwise("fate"))
    return frame.select(*lines.columns, *BASES)


def _without_bank(lines: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """Add `in_money`; a bank's lines are money of an account and never answer for an order."""
    live = pl.col("fate").is_null()
    bank = [index for index, source in enumerate(sources) if source.kind == "bank"]
    if not bank:
        return lines.with_columns(in_money=live)
    own = live & pl.col("source_id").is_in(bank)
    return lines.with_columns(in_money=live, fate=pl.when(own).then(pl.lit("account_level")).otherwise("fate"))


def _accounts(sources: Sequence[Source], view: str) -> set[str]:
    return {str(s.account) for s in sources if s.kind == "bill" and s.view == view and s.account}


def _prepared(mine: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """Lines of the accounts that have both views, with what decides about them.

    line_id, account, view, day, amount_minor, role (index in ROLES), named (carries an order id), profile, the id
    columns.
    """
    profile = pl.Series([source.profile or "" for source in sources], dtype=pl.String)
    role = role_expr().cast(pl.String).replace_strict({r: i for i, r in enumerate(ROLES)}, return_dtype=pl.Int8)
    fields = sorted({field for view in views.values() for tie in view.ties for field in tie} - {DAY})
    return mine.with_columns(
        pl.col("account", "view").cast(pl.String),
        role=role,
        settles=_is_settlement(),
        named=pl.any_horizontal(pl.col(name).is_not_null() for name in ORDER_IDS),
        profile=pl.lit(profile).gather(pl.col("source_id")),
    ).select("line_id", "account", "view", "day", "amount_minor", "role", "settles", "named", "order_id", "profile",
             *[f for f in fields if f != "order_id"])  # fmt: skip


def _is_settlement() -> pl.Expr:
    """Lines of rows that pay an order out: not the refunds, advances and returned fees of other rows."""
    receipt = (role_expr() == "principal") & ~pl.col("category").is_in(["advance", "refund"])
    return (receipt & (pl.col("amount_minor") > 0)).any().over("source_id", "source_line")


def _bases(mine: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """line_id, in_order, in_money, tie_id for the lines of accounts with both views."""
    first = _detail_first(mine, views)
    frame = mine.with_columns(detail_first=pl.col("account").is_in(first))
    ties = _tie(frame, views)
    frame = frame.join(ties, on="line_id", how="left", maintain_order="left").with_columns(
        pl.col("matched").fill_null(False), explained=pl.col("explained").fill_null(False) & pl.col("detail_first")
    )
    frame = _untied(frame, sources, views)
    covered = _covered(sources, "cash")
    frame = frame.join(
        covered.with_columns(cash_day=pl.lit(True)), on=["account", "day"], how="left", maintain_order="left"
    )
    cash = pl.col("view") == "cash"
    unseen = pl.col("cash_day").is_null() & ~pl.col("matched")
    return frame.select(
        "line_id",
        in_order=pl.when(cash).then(~pl.col("explained")).otherwise(pl.col("detail_first") | unseen),
        in_money=cash | unseen,
        tie_id="tie_id",
    )


def _detail_first(mine: pl.DataFrame, views: Mapping[str, View]) -> list[str]:
    """Accounts whose detail view is the order basis: it is the finer one and its lines carry order ids."""
    seen = mine.group_by("account", "view", "profile").agg(pl.col("named").any())
    best: dict[tuple[str, str], tuple[int, int, int]] = {}
    for account, view, profile, _ in seen.filter("named").sort(pl.all()).iter_rows():  # few: accounts x profiles
        facts = views.get(profile)
        if facts is None or GRAINS[facts.grain] not in ORDER_GRAINS:
            continue
        key = (account, view)
        best[key] = min(best.get(key, facts.quality), facts.quality)
    return sorted(
        account
        for (account, view), quality in best.items()
        if view == "detail" and ((account, "cash") not in best or quality < best[account, "cash"])
    )


def _tie(mine: pl.DataFrame, views: Mapping[str, View]) -> pl.DataFrame:
    """line_id, tie_id, matched, explained: lines of both views with the same key. A loop over `[[tie]]` groups.

    A line takes the first tie of its profile that finds a counterpart. What finds none is numbered too, because the
    other view lacks it: detail lines by their first tie, order money of the cash view by its batch.
    """
    left, parts = mine, [pl.DataFrame(schema=_TIED)]
    passes = [(group, *step) for group in _groups(views) for step in _passes(group)]
    for group, key, exact in sorted(passes, key=lambda step: not step[2]):  # stable: what adds up comes first
        both = _tie_by(_of_tie(left, views, group), left.filter(pl.col("view") == "cash"), ["account", *key], exact)
        parts.append(both)
        left = left.join(both, on="line_id", how="anti")
    for group in _groups(views):
        accounts = _of_tie(mine, views, group)["account"].unique()
        cash = left.filter((pl.col("view") == "cash") & pl.col("account").is_in(accounts.implode()))
        lonely = _alone(_of_tie(left, views, group), cash, ["account", *group])
        parts.append(lonely)
        left = left.join(lonely, on="line_id", how="anti")
    numbered = pl.concat([part.with_columns(part=pl.lit(i)) for i, part in enumerate(parts)])
    return numbered.select(
        "line_id", "matched", "explained", tie_id=pl.struct("part", "key").rank("dense").cast(pl.Int64) - 1
    )


PAID_OUT = -1
"""Reach of a tie that only the rows which pay out explain."""

_TIED = {"line_id": pl.Int64, "key": pl.Int64, "matched": pl.Boolean, "explained": pl.Boolean}


def _groups(views: Mapping[str, View]) -> list[tuple[str, ...]]:
    """Distinct `[[tie]]` groups of detail profiles, a profile's first before its second."""
    ranked = {(n, tie) for view in views.values() if view.view == "detail" for n, tie in enumerate(view.ties)}
    return list(dict.fromkeys(tie for _, tie in sorted(ranked)))


def _of_tie(lines: pl.DataFrame, views: Mapping[str, View], group: tuple[str, ...]) -> pl.DataFrame:
    profiles = [name for name, view in views.items() if view.view == "detail" and group in view.ties]
    return lines.filter((pl.col("view") == "detail") & pl.col("profile").is_in(profiles))


def _passes(group: tuple[str, ...]) -> list[tuple[tuple[str, ...], bool]]:
    """Strict first: what adds up on the day, what adds up at all, what differs. A batch number names all its lines."""
    if BATCH in group:
        return [(group, False)]
    if DAY in group:
        return [(group, True), (group, False)]
    return [((*group, DAY), True), (group, True), (group, False)]


def _tie_by(detail: pl.DataFrame, cash: pl.DataFrame, key: list[str], exact: bool) -> pl.DataFrame:
    """Lines of both views whose `key` is the same; `exact`: only where they add up.

    Beside an order or a day the cash view may show movements that no settlement explains: the widest set of roles
    whose sum is that of the detail is explained, else the rows that pay out; where none is, order money and fees are
    (and differ: T01).
    """
    present = [pl.col(name).is_not_null() for name in key]
    sums = [pl.col("amount_minor").filter(pl.col("role") <= i).sum().alias(f"upto_{i}") for i in range(len(ROLES))]
    printed = cash.filter(present).group_by(key).agg(*sums, paid_out=pl.col("amount_minor").filter("settles").sum())
    told = detail.filter(present).group_by(key).agg(total=pl.col("amount_minor").sum())
    wide = [pl.when(pl.col(f"upto_{i}") == pl.col("total")).then(pl.lit(i)) for i in reversed(range(len(ROLES)))]
    paid_out = pl.when(pl.col("paid_out") == pl.col("total")).then(pl.lit(PAID_OUT))
    rest = len(ROLES) - 1 if BATCH in key else None if exact else ROLES.index("fee")
    reach = pl.lit(rest) if BATCH in key else pl.coalesce(*wide, paid_out, pl.lit(rest))
    keys = told.join(printed, on=key).sort(key).select(*key, reach=reach.cast(pl.Int8)).drop_nulls("reach")
    keys = keys.with_row_index("key")
    both = pl.concat([part.select("line_id", "view", "role", "settles", *key) for part in (detail, cash)]).join(
        keys, on=key
    )
    within = pl.when(pl.col("reach") == PAID_OUT).then("settles").otherwise(pl.col("role") <= pl.col("reach"))
    mine = both.filter((pl.col("view") == "detail") | within)
    told_lines = mine.select("line_id", "key", matched=pl.lit(True), explained=pl.col("view") == "cash")
    return told_lines.cast(_TIED)  # type: ignore[arg-type]


def _alone(detail: pl.DataFrame, cash: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Lines that lack their counterpart in the other view."""
    sides = [detail, cash.filter(pl.col("role") == ROLES.index("principal"))] if BATCH in key else [detail]
    lines = pl.concat([side.select("line_id", *key) for side in sides])
    lines = lines.filter(pl.col(name).is_not_null() for name in key)
    keys = lines.select(key).unique().sort(key).with_row_index("key")
    lonely = lines.join(keys, on=key).select("line_id", "key", matched=pl.lit(False), explained=pl.lit(False))
    return lonely.cast(_TIED)  # type: ignore[arg-type]


def _untied(frame: pl.DataFrame, sources: Sequence[Source], views: Mapping[str, View]) -> pl.DataFrame:
    """A detail view without `[[tie]]` speaks for the order money of its days and for fees that name an order."""
    silent = {name for name, view in views.items() if view.view == "detail" and not view.ties}
    days = _covered([s for s in sources if s.profile in silent], "detail").with_columns(spoken=pl.lit(True))
    if days.is_empty():
        return frame
    fee = (pl.col("role") == ROLES.index("fee")) & pl.col("order_id").is_not_null()
    spoken = pl.col("spoken").is_not_null() & pl.col("detail_first") & (pl.col("view") == "cash")
    return (
        frame.join(days, on=["account", "day"], how="left", maintain_order="left")
        .with_columns(explained=pl.col("explained") | (spoken & ((pl.col("role") == ROLES.index("principal")) | fee)))
        .drop("spoken")
    )


def _covered(sources: Sequence[Source], view: str) -> pl.DataFrame:
    """account String, day Date: days that bills of `view` cover."""
    rows = {
        (str(source.account), day)
        for source in sources
        if source.kind == "bill" and source.view == view and source.account
        for first, last in source.coverage
        for day in days_between(first, last)
    }
    return pl.DataFrame(sorted(rows), schema={"account": pl.String, "day": pl.Date}, orient="row")
