"""Receivables, sales and statements against the groups and lines that the reconciliation proved.

Each law raises InvariantError; they take frames, so that nothing here knows of the checks.
"""

from __future__ import annotations

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Moment
from ecrecon.statements import Statements


def prove_receivables(
    receivables: pl.DataFrame, groups: pl.DataFrame, lines: pl.DataFrame, unreferenced: int, moments: Moment
) -> None:
    """(receivables) what is booked of a group closes at E - A, money before its sale at -A; a group with money of the month or
    with money that its sale does not explain has a row; opening and movements give the closing.

    receivables: RECEIVABLES of all groups, listed fake orders too. groups: group_id, expected_minor. lines: order money up to
    as-of (group_id, category, amount_minor, occurred_at). unreferenced: signed money of the month that names no order.
    """
    moved = pl.sum_horizontal(
        "opening_minor", "increase_minor", "paid_back_minor", -pl.col("reversal_minor"), -pl.col("received_minor")
    )
    _none(receivables.filter(pl.col("closing_minor") != moved), "opening and movements do not give the closing")
    day, amount = pl.col("occurred_at").dt.date(), pl.col("amount_minor")
    within = day.is_between(moments.start, moments.end)
    money = lines.filter(pl.col("category") != "deposit_forfeit", day <= moments.end).group_by("group_id").agg(
        has=amount.sum(), came=amount.filter(within).sum(), any=within.any()
    )  # fmt: skip
    own = receivables.filter(pl.col("group_id").is_not_null())
    if own["group_id"].n_unique() != own.height:
        raise InvariantError("(receivables) a group stands in two rows")
    expected = groups.select("group_id", owed=pl.col("expected_minor").fill_null(0))
    told = own.select("group_id", "state", "closing_minor", net=pl.col("received_minor") - pl.col("paid_back_minor"))
    both = expected.join(money, on="group_id", how="left").join(told, on="group_id", how="left")
    has, came = pl.col("has").fill_null(0), pl.col("came").fill_null(0)
    want = pl.when(pl.col("state") == "booked").then(pl.col("owed") - has).otherwise(-has)
    listed = (pl.col("closing_minor") == want) & (pl.col("net") == came)
    quiet = (came == 0) & ((has == 0) | (has == pl.col("owed")))
    wrong = both.filter(~pl.when(pl.col("state").is_not_null()).then(listed).otherwise(quiet))
    _none(wrong, "a receivable is not what the order is owed less its money")
    if own.height != told.join(expected, on="group_id", how="semi").height:
        raise InvariantError("(receivables) a row of a group that is not there")
    rest = receivables.filter(pl.col("group_id").is_null())
    if int(rest["received_minor"].sum()) - int(rest["paid_back_minor"].sum()) != unreferenced:
        raise InvariantError(f"(receivables) money without a number is {unreferenced}")


def prove_sales(sales: pl.DataFrame, receivables: pl.DataFrame) -> None:
    """(sales) revenue and returns of each currency are increase and reversal of the receivables; net + tax = gross."""
    _none(sales.filter(pl.col("net_minor") + pl.col("tax_minor") != pl.col("gross_minor")), "net + tax is not gross")
    up, down = (pl.col(f"{name}_minor").clip(lower_bound=0).sum() for name in ("increase", "reversal"))
    want = receivables.group_by(pl.col("currency").cast(pl.String)).agg(revenue=up, sales_return=down)
    gross = pl.col("gross_minor")
    got = sales.group_by("currency").agg(
        *(gross.filter(pl.col("event") == name).sum().alias(f"{name}_told") for name in ("revenue", "sales_return"))
    )
    both = want.join(got, on="currency", how="full", coalesce=True, nulls_equal=True)
    differ = pl.any_horizontal(
        pl.col(name).fill_null(0) != pl.col(f"{name}_told").fill_null(0) for name in ("revenue", "sales_return")
    )
    _none(both.filter(differ), "sales are not what the receivables grew and shrank by")


def prove_statements(
    told: Statements, accounts: pl.DataFrame, receivables: pl.DataFrame, vouchers: pl.DataFrame, booked: pl.DataFrame
) -> None:
    """(statements) ledger and daily cash move as the accounts do, receivables close as those of the orders, balances with
    others as their movements say. accounts: account, net_minor of the month. booked: the lines
    that the vouchers book."""
    zero = [pl.col(f"{name}_minor").fill_null(0).sum() for name in ("income", "expense")]
    rows = told.ledger.group_by("row", "account").agg(net_minor=zero[0] - zero[1])
    ledger = rows.filter(pl.col("row") == "line").drop("row")
    for total in ("day", "month"):
        sums = rows.filter(pl.col("row") == total).select("account", total="net_minor")
        both = ledger.join(sums, on="account", how="full", coalesce=True)
        _none(
            both.filter(pl.col("total").fill_null(0) != pl.col("net_minor").fill_null(0)),
            f"{total} totals are not those of the lines",
        )
    daily = told.cash_daily.filter(pl.col("level") == "account").group_by("account").agg(
        net_minor=zero[0] - zero[1]
    )  # fmt: skip
    # money only: a ledger may hold several lines of a day in one
    for what, frame in (("ledger", ledger), ("daily cash", daily)):
        both = accounts.select("account", "net_minor").join(
            frame, on="account", how="full", coalesce=True, suffix="_told"
        )
        _none(
            both.filter(pl.col("net_minor").fill_null(0) != pl.col("net_minor_told").fill_null(0)),
            f"the {what} of an account is not its movement",
        )
    orders = told.receivables.filter(pl.col("level") == "order")
    closed = receivables.filter(pl.col("closing_minor") != 0)
    for level in (orders, told.receivables.filter(pl.col("level") == "shop")):
        if int(level["closing_minor"].sum()) != int(closed["closing_minor"].sum()):
            raise InvariantError("(statements) the receivables of a level are not those of the orders")
    rolls = pl.col("opening_minor") + pl.col("income_minor") - pl.col("expense_minor") == pl.col("closing_minor")
    _none(told.cash_daily.filter(~rolls), "a day does not close as it moved")
    _prove_parties(told.parties, vouchers)
    _prove_documents(told.documents, booked)


def _prove_documents(documents: pl.DataFrame, booked: pl.DataFrame) -> None:
    """收付款单 are above zero; signed they are the booked lines of each account."""
    empty = documents.filter(~(pl.col("amount_minor") > 0).fill_null(value=False))
    _none(empty.select("document_no"), "a document of nothing")
    signed = pl.when(pl.col("direction") == "in").then("amount_minor").otherwise(-pl.col("amount_minor"))
    own = documents.group_by("account", "currency").agg(told=signed.sum())
    lines = booked.group_by(pl.col("account", "currency").cast(pl.String)).agg(pl.col("amount_minor").sum())
    both = lines.join(own, on=["account", "currency"], how="full", coalesce=True)
    differ = pl.col("amount_minor").fill_null(0) != pl.col("told").fill_null(0)
    _none(both.filter(differ), "documents are not the money that was booked")


def _prove_parties(parties: pl.DataFrame, vouchers: pl.DataFrame) -> None:
    """Balances with others close as they moved, and each of their accounts moved as the vouchers say."""
    opening = pl.col("opening_minor").fill_null(0)  # not known without an earlier month: then it counts from this one
    off = opening + pl.col("debit_minor") - pl.col("credit_minor") != pl.col("closing_minor")
    _none(parties.filter(off), "a balance with others does not close as it moved")
    names = ["debit_minor", "credit_minor"]
    in_yuan = (pl.col("currency") == "CNY").all().over("account_code")  # what is owed in another currency stands in it
    own = parties.filter(in_yuan).group_by("account_code").agg(pl.col(names).sum())
    moved = vouchers.group_by("account_code").agg(pl.col(names).sum())
    both = own.join(moved, on="account_code", how="left", suffix="_moved")
    differ = pl.any_horizontal(pl.col(name) != pl.col(f"{name}_moved").fill_null(0) for name in names)
    _none(both.filter(differ), "a balance with others did not move as its vouchers")


def _none(wrong: pl.DataFrame, what: str) -> None:
    if wrong.height:
        raise InvariantError(f"{what}: {wrong.height} rows, first {wrong.row(0, named=True)}")
