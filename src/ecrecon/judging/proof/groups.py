"""What was judged against the ledger and the books it was judged from, and its parts against each other."""

from __future__ import annotations

import polars as pl

from ecrecon.base.categories import role_expr
from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Moment
from ecrecon.judging.proof.files import none_of, once_each, same_rows
from ecrecon.judging.receipt.judge import Judged
from ecrecon.ledger.lines import in_order_basis
from ecrecon.ledger.order_books import Books

LAW = "judged"
_ORDER_KEY = ["source_id", "source_line", "order_id", "sub_order_id"]


def prove_judged(judged: Judged, ledger: pl.DataFrame, books: Books, moment: Moment) -> None:
    """(judged) no line, order or document got lost, doubled or altered on the way into the groups; what a group expects,
    has and differs by is what its rows say, and its components are about its own lines and documents."""
    _lines(judged, ledger, moment)
    _orders(judged, books)
    _documents(judged, books)
    _principal(judged)
    _groups(judged)
    _components(judged)


def _lines(judged: Judged, ledger: pl.DataFrame, moment: Moment) -> None:
    lines = judged.lines
    same_rows(LAW, "lines", lines, ledger, [name for name in ledger.columns if name != "fate"])
    roles = lines.select("role", told=role_expr())
    none_of(
        LAW, roles.filter(pl.col("role").ne_missing(pl.col("told"))), "the role of a line is not that of its category"
    )
    both = lines.select("line_id", "fate", before=ledger["fate"], late=pl.col("occurred_at") > moment.as_of)
    open_ = pl.col("before").is_null() | (pl.col("before") == "account_level")
    kept = pl.col("fate").eq_missing(pl.col("before"))
    late = open_ & pl.col("late").fill_null(value=False)
    fits = (
        pl.when(late).then(pl.col("fate").is_in(["after_as_of"]))
        .otherwise(kept | (pl.col("before").is_null() & (pl.col("fate") == "account_level")))
    )  # fmt: skip
    none_of(LAW, both.filter(~fits.fill_null(value=False)), "what was decided about a line has changed")


def _orders(judged: Judged, books: Books) -> None:
    columns = [name for name in books.orders.columns if name not in ("status",)]
    both, own = judged.orders.select(columns), books.orders.select(columns)
    if judged.later_orders.height or not both.select(_ORDER_KEY).equals(own.select(_ORDER_KEY), null_equal=True):
        both = pl.concat([both, judged.later_orders.select(columns)]).sort(_ORDER_KEY, nulls_last=True)
        own = own.sort(_ORDER_KEY, nulls_last=True)
    same_rows(LAW, "orders", both, own, columns)
    none_of(LAW, judged.orders.filter(pl.col("group_id").is_null()).select(_ORDER_KEY), "an order is in no group")


def _documents(judged: Judged, books: Books) -> None:
    documents = judged.documents.sort("document_id")
    if documents["document_id"].to_list() != list(range(books.refunds.height)):
        raise InvariantError(
            f"({LAW}) {documents.height} after-sales instead of {books.refunds.height}, or not each once"
        )
    same_rows(LAW, "after-sales", documents, books.refunds, [n for n in books.refunds.columns if n != "completed_at"])


def _principal(judged: Judged) -> None:
    """Order money of the groups is exactly the lines that say so."""
    columns = ["line_id", "group_id", "source_id", "source_line", "order_id", "refund_id", "amount_minor", "currency"]
    answering = in_order_basis() & (pl.col("role") == "principal") & pl.col("group_id").is_not_null()
    want = judged.lines.filter(answering).select(columns).sort("line_id")
    got = pl.concat([judged.principal.select(columns), judged.foreign.select(columns)]).sort("line_id")
    same_rows(LAW, "order money", got, want, columns)


def _groups(judged: Judged) -> None:
    groups = judged.groups
    once_each(LAW, "a group", groups, ["group_id"])
    known = groups.select("group_id", has_order=pl.col("has_order").fill_null(value=False))
    owners = judged.orders.select("group_id").unique().with_columns(owned=pl.lit(value=True))
    told = known.join(owners, on="group_id", how="full", coalesce=True)
    none_of(
        LAW,
        told.filter(pl.col("has_order").ne_missing(pl.col("owned").fill_null(value=False))),
        "orders and groups differ",
    )
    for name, frame in (("line", judged.lines), ("after-sale", judged.documents)):
        lost = frame.select("group_id").drop_nulls().unique().join(known, on="group_id", how="anti")
        none_of(LAW, lost, f"a {name} is in a group that is not there")
    actual, expected, difference = (pl.col(f"{n}_minor").fill_null(0) for n in ("actual", "expected", "difference"))
    none_of(
        LAW, groups.filter(difference != actual - expected).select("group_id"), "a difference is not actual - expected"
    )
    _sums(judged)


def _sums(judged: Judged) -> None:
    """What each group says it has and is owed, less what its lines and orders hold: one pass over all of them."""
    flags = {name: pl.col(name).fill_null(value=False).cast(pl.Int64) for name in ("presumed", "has_order")}
    parts = (
        (judged.groups, {"has": -pl.col("actual_minor"), "cash": -pl.col("due_cash_minor"), "plat": -pl.col("due_platform_minor"), **flags}),
        (judged.principal, {"has": pl.col("amount_minor")}),
        (judged.orders, {"cash": pl.col("due_cash_minor"), "plat": pl.col("due_platform_minor")}),
        (judged.documents.filter("counts"), {"back": pl.col("amount_minor")}),
    )  # fmt: skip
    names = ("has", "cash", "plat", "back", *flags)
    zero = pl.lit(0, dtype=pl.Int64)
    rows = [frame.select("group_id", **{name: own.get(name, zero) for name in names}) for frame, own in parts]
    left = pl.concat(rows).group_by("group_id").agg(pl.col(names).sum()).filter(pl.col("group_id").is_not_null())
    none_of(LAW, left.filter(pl.col("has") != 0).select("group_id", "has"), "a group has not what its lines hold")
    less = pl.col("cash")  # refunds before a presumed receipt left with it
    cash = pl.when(pl.col("presumed") > 0).then((less >= 0) & (less <= pl.col("back"))).otherwise(less == 0)
    owed = left.filter(~(cash & (pl.col("plat") == 0)))
    none_of(LAW, owed.select("group_id"), "a group is not owed what its orders are")


def _components(judged: Judged) -> None:
    parts = judged.components.with_row_index("part")
    sums = parts.group_by("group_id").agg(found=pl.col("amount_minor").sum())
    both = judged.groups.select("group_id", "difference_minor").join(sums, on="group_id", how="full", coalesce=True)
    wrong = both.filter(pl.col("difference_minor").fill_null(0) != pl.col("found").fill_null(0))
    none_of("c", wrong, "components do not add up to the difference of their group")
    none_of("c", parts.filter(pl.col("amount_minor") == 0).select("part"), "a component of nothing")
    rest = pl.col("actual_minor") - pl.col("expected_minor") != pl.col("amount_minor")
    none_of(
        "c", parts.filter(rest.fill_null(value=True)).select("part", "code"), "a component is not actual - expected"
    )
    named = parts.select("group_id", line_id="line_ids").explode("line_id").drop_nulls()
    known = judged.principal.select("group_id", "line_id")
    none_of(
        "c",
        named.filter(pl.col("line_id") >= 0).join(known, on=["group_id", "line_id"], how="anti"),
        "a component names a line of another group",
    )
    once_each(
        "c", "a component", parts, ["group_id", "code", "refund_id", "rule_id", "line_ids", "amount_minor", "kind"]
    )
