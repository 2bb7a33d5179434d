"""Shop x account x days: which accounts the orders of a shop are paid into, which days of the month they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.sources import Source
from ecrecon.judging.receipt.terms import terms_of
from ecrecon.ledger.coverage import covered_days, days_between, ranges_of
from ecrecon.matching.order_accounts import account_shops, accounts_for
from ecrecon.settings.workspace import Workspace

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
