"""The figures of the sheets against the lines and variances they add up."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Moment
from ecrecon.base.tally import added, words
from ecrecon.judging.proof.broken import none_of, once_each, same_rows

_COUNTED = ("grouped", "account_level", "unreferenced", "not_checked", "before_opening")
"""Dispositions of order-basis lines that count."""
_NOT_MOVED = ("duplicate", "superseded", "pending", "after_as_of", "void", "witness")
"""Dispositions of lines whose money did not move on the account."""


def prove_counted(counted: pl.DataFrame, lines: pl.DataFrame, moment: Moment) -> None:
    """(counted) the lines that shops and fees are added up from are all order-basis lines of the month. `lines`: with
    their dispositions."""
    names = ["line_id", "amount_minor", "role"]
    want = lines.lazy().filter(
        "in_order", pl.col("disposition").is_in(_COUNTED), pl.col("day").is_between(moment.start, moment.end),
        pl.col("platform") != "bank",
    ).select(names).collect()  # fmt: skip
    same_rows("counted", "lines of the month", counted.select(names), want, names)


def prove_overviews(shops: pl.DataFrame, fees: pl.DataFrame, counted: pl.DataFrame, variances: pl.DataFrame) -> None:
    """(overview) shops and fees have the lines and the money of each currency; the shops have the variances of the run."""
    principal, amount = pl.col("role") == "principal", pl.col("amount_minor")
    sums = counted.lazy().group_by(pl.col("currency").cast(pl.String)).agg(
        received_minor=amount.filter(principal & (amount > 0)).sum(), refunded_minor=amount.filter(principal & (amount < 0)).sum(),
        fees_minor=amount.filter(pl.col("role").cast(pl.String).is_in(["fee", "compensation"])).sum(),
    ).collect()  # fmt: skip
    _added("shops", shops, sums, ["received_minor", "refunded_minor", "fees_minor"])
    keys = ["platform", "shop", "category", "role", "currency"]
    of_fees = pl.col("category", "role", "currency").cast(pl.String)
    named = counted.lazy().with_columns(of_fees, platform="order_platform", shop="order_shop").group_by(keys).agg(
        lines=pl.len().cast(pl.Int64), amount_minor=amount.sum()
    ).collect()  # fmt: skip
    _added("fees", fees.with_columns(of_fees), named, ["lines", "amount_minor"], keys)
    kinds = variances["kind"].cast(pl.String)
    for name, kind in (("breaks", "break"), ("reviews", "review")):
        if int(shops[name].sum()) != int((kinds == kind).sum()):
            raise InvariantError(f"(overview) shops have {shops[name].sum()} {name}, the run {(kinds == kind).sum()}")


def _added(
    what: str, frame: pl.DataFrame, sums: pl.DataFrame, names: list[str], keys: Sequence[str] = ("currency",)
) -> None:
    """Columns of `frame` add up to `sums` for each of `keys`; what is nothing may be missing there."""
    own = frame.group_by(keys).agg(pl.col(names).sum())
    both = own.join(
        sums.select(*keys, *names), on=list(keys), how="full", coalesce=True, suffix="_want", nulls_equal=True
    )
    differ = pl.any_horizontal(pl.col(name).fill_null(0) != pl.col(f"{name}_want").fill_null(0) for name in names)
    none_of("overview", both.filter(differ), f"{what} are not the lines of the month")


def prove_accounts(accounts: pl.DataFrame, lines: pl.DataFrame, moment: Moment) -> None:
    """(overview) the movement of an account is that of its money-basis lines of the month."""
    amount = pl.col("amount_minor")
    moved = lines.lazy().filter(
        "in_money", pl.col("day").is_between(moment.start, moment.end), ~pl.col("disposition").is_in(_NOT_MOVED)
    )  # fmt: skip
    sums = moved.group_by(pl.col("account").cast(pl.String)).agg(
        lines=pl.len().cast(pl.Int64), income_minor=amount.filter(amount > 0).sum(), net_minor=amount.sum()
    ).collect()  # fmt: skip
    names = ["lines", "income_minor", "net_minor"]
    once_each("overview", "an account", accounts, ["account"])
    both = accounts.select("account", *names, "expense_minor").join(
        sums, on="account", how="full", coalesce=True, suffix="_want"
    )
    differ = pl.any_horizontal(pl.col(name).fill_null(0) != pl.col(f"{name}_want").fill_null(0) for name in names)
    split = pl.col("income_minor") + pl.col("expense_minor") != pl.col("net_minor")
    none_of("overview", both.filter(differ | split), "the movement of an account is not that of its lines")


def prove_matches(matches: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> None:
    """(overview) every line and every finished after-sale of a group is one match, with its money."""
    grouped = pl.col("group_id").is_not_null()
    lines = lines.select("line_id", "group_id", "amount_minor").filter(grouped)
    own = documents.filter(grouped, "counts")
    want = (lines.height + own.height, int(lines["amount_minor"].sum()) - int(own["amount_minor"].sum()))
    got = (matches.height, int(matches["amount_minor"].sum()))
    if got != want:
        raise InvariantError(f"(overview) {got[0]} matches of {got[1]} instead of {want[0]} of {want[1]}")
    told = matches.select(lines.columns).filter(pl.col("line_id").is_not_null())
    if (told.height, added(words(told, told.columns))) != (lines.height, added(words(lines, lines.columns))):
        raise InvariantError("(overview) the matches of lines are not the lines of the groups")
