"""Which days of which account the bills cover, and what is here and could not be checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import Schema, conform
from ecrecon.base.sources import Source
from ecrecon.judging.receipt.due import terms_of
from ecrecon.judging.receipt.question import UNSEEN
from ecrecon.ledger.coverage import covered_days, days_between, ranges_of
from ecrecon.matching.order_accounts import account_shops, accounts_for
from ecrecon.settings.workspace import Workspace

# Shop x account x days: which accounts the orders of a shop are paid into, which days of the month they cover.

TABLE: dict[str, pl.DataType | type[pl.DataType]] = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "account_kind": pl.String, "view": pl.String,
    "channel": pl.String, "orders": pl.Int64, "files": pl.Int64, "covered_days": pl.Int64, "missing_days": pl.Int64,
    "missing": pl.String, "state": pl.String,
}  # fmt: skip
"""`platform`: of the shop's orders, else of the account. `account_kind`: platform or platform:pocket. `orders`: live
orders of the channels that are paid into the account. `missing`: days of the month up to as-of that no file of that
view covers. `state`: complete, gaps, or absent (no file at all of an account that orders wait for)."""

_LIVE = ("paid", "shipped", "finished")


def coverage_table(
    sources: Sequence[Source],
    lines: pl.DataFrame,
    orders: pl.DataFrame,
    workspace: Workspace,
    named: Mapping[str, list[str]],
    moment: Moment,
) -> pl.DataFrame:
    """Frame TABLE, sorted. `lines`: account, order_id of bill lines; `orders`: BOOK_ORDERS; `named`: account -> shops.

    One row per shop, account and view. An account that several shops are paid into has a row for each.
    """
    live = orders.filter(pl.col("status").cast(pl.String).is_in(_LIVE)).with_columns(
        pl.col("platform", "shop", "channel").cast(pl.String)
    )
    waiting = live.group_by("platform", "shop", "channel").agg(orders=pl.col("order_id").n_unique().cast(pl.Int64))
    routed, absent = _routes(waiting, sources, lines, live, workspace, named)
    views = _views(sources)
    known = routed.join(views.drop("platform", "shop"), on="account")
    rest = views.join(routed, on="account", how="anti")
    month = days_between(moment.start, min(moment.end, moment.day))
    frame = pl.concat([known, rest, absent], how="diagonal")
    return _with_days(frame, sources, month)


def _routes(
    waiting: pl.DataFrame,
    sources: Sequence[Source],
    lines: pl.DataFrame,
    live: pl.DataFrame,
    workspace: Workspace,
    named: Mapping[str, list[str]],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(platform, shop, account, channel, orders) of accounts present; the same without account where none is."""
    keys = ["platform", "shop", "channel"]
    terms = terms_of(waiting, workspace)
    owners = live.select("order_id", "shop").unique("order_id", keep="first", maintain_order=True)
    shops = account_shops(sources, lines, owners, dict(named))
    pairs = accounts_for(terms, shops).join(waiting, on=keys, nulls_equal=True)
    routed = pairs.group_by("platform", "shop", "account").agg(
        channel=pl.col("channel").drop_nulls().unique().sort().str.join("/"), orders=pl.col("orders").sum()
    )
    lonely = waiting.join(pairs, on=keys, how="anti", nulls_equal=True).join(
        terms.select(*keys, account_kind=pl.col("accounts").list.join("/")), on=keys, nulls_equal=True
    )
    absent = lonely.group_by("platform", "shop", "account_kind").agg(
        channel=pl.col("channel").drop_nulls().unique().sort().str.join("/"), orders=pl.col("orders").sum()
    )
    return routed, absent.with_columns(account=pl.lit(None, dtype=pl.String), files=pl.lit(0, dtype=pl.Int64))


def _views(sources: Sequence[Source]) -> pl.DataFrame:
    """account, view, platform, shop, account_kind, files of every account that has bills."""
    rows = [
        (
            str(s.account),
            s.view,
            s.platform,
            s.shop,
            f"{s.platform}:{s.account_suffix}" if s.account_suffix else s.platform,
        )
        for s in sources
        if s.kind in ("bill", "bank") and s.account and s.view in ("cash", "detail")
    ]
    schema = dict.fromkeys(("account", "view", "platform", "shop", "account_kind"), pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.group_by("account", "view").agg(
        pl.col("platform", "shop", "account_kind").drop_nulls().sort().first(), files=pl.len().cast(pl.Int64)
    )


def _with_days(frame: pl.DataFrame, sources: Sequence[Source], month: Sequence[date]) -> pl.DataFrame:
    """Add covered and missing days and the state. A loop over accounts and views, few by nature."""
    covered = {
        view: {
            str(account): set(part["day"])
            for (account,), part in covered_days([s for s in sources if s.view == view])
            .partition_by("account", as_dict=True)
            .items()
        }
        for view in ("cash", "detail")
    }
    rows = []
    for row in frame.iter_rows(named=True):
        days = covered.get(row["view"], {}).get(row["account"], set())
        lacking = [day for day in month if day not in days]
        state = "absent" if row["account"] is None else "gaps" if lacking else "complete"
        spans = ", ".join(f"{a}" if a == b else f"{a}..{b}" for a, b in ranges_of(lacking))
        told = {
            "covered_days": len(month) - len(lacking),
            "missing_days": len(lacking),
            "missing": spans,
            "state": state,
        }
        rows.append(tuple({**row, **told}.get(name) for name in TABLE))
    table = pl.DataFrame(rows, schema=TABLE, orient="row")
    channel = pl.when(pl.col("channel") != "").then("channel")
    return table.with_columns(channel=channel).sort(
        "platform", "shop", "account", "view", "account_kind", nulls_last=True
    )


# What is here and could not be checked, per shop, with the file that is missing: no shop is called agreed beside it.

REASONS: tuple[str, ...] = ("no_order_file", "bill_missing", "unreadable_file", "refund_unverified")
UNCHECKED: Schema = {
    "platform": pl.String, "shop": pl.String, "reason": pl.String, "account": pl.String, "count": pl.Int64,
    "amount_minor": pl.Int64, "currency": pl.String, "fails": pl.Boolean,
}  # fmt: skip
"""One row per shop, reason, account and currency. `reason`: `no_order_file` (lines of order money), `bill_missing` (orders
that wait for the account; the amount is what the overdue ones wait for), `unreadable_file` (`account` is its path, the shop
null where nobody knows), `refund_unverified` (refund lines). `fails`: what is here waits for its other side, so the run
cannot say that all is checked; after-sale lists, like ERP and bank files, are sides that may be absent."""

_BY_CODE = {"X12": "no_order_file", "F12": "bill_missing", "R09": "refund_unverified"}
_KEYS = ["platform", "shop"]


def unchecked(variances: pl.DataFrame, coverage: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """Frame UNCHECKED, sorted. `variances`: VARIANCE_ROWS. `coverage`: frame coverage_table.TABLE."""
    told = _of_variances(variances)
    waiting = told.filter(pl.col("reason") == "bill_missing").select(_KEYS)
    absent = _without_bill(coverage).join(waiting, on=_KEYS, how="anti", nulls_equal=True)
    parts = [told, absent, _unreadable(sources)]
    return pl.concat([conform(part, UNCHECKED) for part in parts]).sort(
        "platform", "shop", "reason", "account", "currency", nulls_last=True
    )


def _of_variances(variances: pl.DataFrame) -> pl.DataFrame:
    """Rows that say themselves that something was not checked."""
    code = pl.col("code").cast(pl.String)
    unseen = pl.col("rule_id").eq_missing(pl.lit(UNSEEN))
    rows = variances.filter(code.is_in(list(_BY_CODE)) | unseen).with_columns(
        reason=code.replace_strict(_BY_CODE, default="bill_missing", return_dtype=pl.String),
        account=pl.when((code == "F12") | unseen).then("account"),
        number=pl.when((code == "X12") | unseen).then(1).otherwise(pl.col("note").str.extract(r"(\d+)").cast(pl.Int64)),
    )
    return rows.group_by(*_KEYS, "reason", "account", "currency").agg(
        count=pl.col("number").sum(),
        amount_minor=pl.col("actual_minor").sum(),
        fails=(pl.col("reason") != "refund_unverified").first(),
    )


def _without_bill(coverage: pl.DataFrame) -> pl.DataFrame:
    """Accounts that live orders are paid into and of which no day of the month is covered by any view."""
    owned = coverage.filter(pl.col("orders") > 0).with_columns(name=pl.coalesce("account", "account_kind"))
    lacking = owned.group_by(*_KEYS, "name").agg(
        days=pl.col("covered_days").max(), absent=(pl.col("state") == "absent").any(), count=pl.col("orders").max()
    )
    return lacking.filter(pl.col("absent") | (pl.col("days") == 0)).select(
        *_KEYS, "count", account="name", reason=pl.lit("bill_missing"), fails=pl.lit(value=True)
    )


def _unreadable(sources: Sequence[Source]) -> pl.DataFrame:
    """Files that nobody could read: what they hold is not in any figure."""
    rows = [
        (source.platform, source.shop, source.path) for source in sources if source.kind in ("unreadable", "unknown")
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys((*_KEYS, "account"), pl.String), orient="row").unique()
    return frame.with_columns(
        count=pl.lit(1, dtype=pl.Int64), reason=pl.lit("unreadable_file"), fails=pl.lit(value=True)
    )
