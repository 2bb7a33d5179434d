"""Legs -> voucher lines: the account of each leg, equal legs merged, vouchers numbered, and the head of each written."""

from __future__ import annotations

import base64
import hashlib
import string
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.base.texts import tr
from ecrecon.booking import accounts
from ecrecon.booking.currencies import BOOK_CURRENCY
from ecrecon.booking.grain import UNIT
from ecrecon.booking.settings import Chart, Event, OrderEvent
from ecrecon.settings.workspace import Workspace

# Which account of the user's books each leg stands in.


def with_accounts(
    legs: pl.DataFrame, workspace: Workspace, chart: Chart, monetary: Collection[str] = ()
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Legs with account_code, account_name, aux; roles without a code; notes. Loops over role and place: few.

    monetary: roles whose balance is kept per currency: `role@shop:USD` gives the account of one, aux names 币别. A bill
    account has its currency in its name.
    """
    posting = workspace.posting
    places = legs.select("role", "shop", "bill_account", "currency").unique().sort(pl.all())
    rows, missing, defaults = [], [], {}
    for role, shop, bill_account, currency in places.iter_rows():
        abroad = currency if bill_account is None and role in monetary and currency != BOOK_CURRENCY else None
        special = bill_account if abroad is None else f"{shop}:{abroad}"
        found = accounts.resolve(role, [p for p in (special, shop) if p is not None], posting, chart)
        if found is None:
            missing.append(role)
            continue
        if not found.set_by_user:
            defaults[role] = f"{role} = {found.code} {found.name}"
        dimensions = [("店铺", shop)] if chart.roles[role].aux else []
        dimensions += [("账户", bill_account)] if bill_account is not None else []
        dimensions += [("币别", abroad)] if abroad is not None else []
        aux = ";".join(f"{name}={value.replace(';', '；')}" for name, value in dimensions)
        rows.append((role, shop, bill_account, currency, found.code, found.name, aux))
    columns = ("role", "shop", "bill_account", "currency", "account_code", "account_name", "aux")
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    places_key = ["role", "shop", "bill_account", "currency"]
    joined = legs.join(table, on=places_key, how="left", nulls_equal=True, maintain_order="left")
    known = {
        *places["shop"].drop_nulls(),
        *places["bill_account"].drop_nulls(),
        *(s.name for s in workspace.shops),
    }
    foreign = places.filter(pl.col("currency") != BOOK_CURRENCY)
    known |= {f"{shop}:{currency}" for shop, currency in foreign.select("shop", "currency").iter_rows()}
    known |= {account for shop in workspace.shops for account in shop.accounts}
    return joined, missing, [*accounts.unknown_targets(posting, known), *_default_note(defaults)]


def _default_note(defaults: dict[str, str]) -> list[str]:
    if not defaults:
        return []
    listed = "、".join(defaults[role] for role in sorted(defaults))
    return [
        tr(
            f"以下科目用的是准则默认的一级科目代码，导入前请在 [posting.accounts] 里改成账套的末级科目：{listed}",
            "these accounts have the default first-level codes of the standard; before importing, set the "
            f"leaf accounts of your books under [posting.accounts]: {listed}",
        )
    ]


# Legs -> voucher lines: equal legs of a voucher merged, vouchers numbered, and the head of each written.

VOUCHER_KEY = ("date", "event", "shop", "order", "currency")
"""What makes one voucher; `date` and `order` as the granularity of the event says (`booking.grain`)."""
LINE_KEY = (
    *VOUCHER_KEY,
    "debit",
    "red",
    "own",
    "bill_account",
    "account_code",
    "account_name",
    "aux",
    "item",
    "tax",
    "fx_rate",
)
_BETWEEN_CELLS, _BETWEEN_LINES = "\x1f", "\x1e"


@dataclass(frozen=True)
class Heading:
    """What the heads of all vouchers of a run have in common."""

    workspace: Workspace
    period: Month
    events: Sequence[Event | OrderEvent]
    grains: Sequence[str]


def merge_legs(legs: pl.DataFrame, chart: Chart) -> pl.DataFrame:
    """Legs of equal account, side and sign of a voucher -> one entry; `entry` = its row in voucher order.

    Vouchers stand by date, event, shop, order and currency, numbered from 1 without a gap.
    """
    order = {name: index for index, name in enumerate(chart.roles)}
    merged = (
        legs.with_columns(
            (pl.col("value") < 0).alias("red"),
            pl.col("role").replace_strict(order, return_dtype=pl.Int64).alias("rank"),
        )
        .group_by(LINE_KEY)
        .agg(pl.col("value", "fc").sum(), pl.col("count").sum(), pl.col("rank").min(), pl.col("cell"))
        .sort(
            *VOUCHER_KEY, "debit", "rank", "red",
            "account_code", "account_name", "aux", "own", "bill_account", "item", "tax", "fx_rate",
            descending=[*[False] * len(VOUCHER_KEY), True, *[False] * 10], nulls_last=True,
        )
    )  # fmt: skip
    debit = pl.col("debit")
    names = pl.Series(list(order), dtype=pl.String)
    first = pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift(1)) for key in VOUCHER_KEY)
    numbered = merged.with_row_index("entry").with_columns(
        pl.when(debit).then("value").otherwise(0).alias("debit_minor"),
        pl.when(~debit).then("value").otherwise(0).alias("credit_minor"),
        pl.when(pl.col("fx_rate").is_not_null()).then("fc").alias("amount_fc_minor"),
        pl.lit(names).gather(pl.col("rank")).alias("account_role"),
        (first | (pl.int_range(pl.len()) == 0)).cum_sum().cast(pl.Int32).alias("number"),
    )
    return numbered.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("number").alias("seq"))


def with_home(entries: pl.DataFrame, home: Sequence[str]) -> pl.DataFrame:
    """Entries in accounts that are kept in CNY, the other side of a payout from a foreign wallet, without its currency."""
    kept = ~pl.col("own") & pl.col("account_role").is_in(list(home))
    return entries.with_columns(
        currency=pl.when(kept).then(pl.lit(BOOK_CURRENCY)).otherwise("currency"),
        fx_rate=pl.when(~kept).then("fx_rate"),
        amount_fc_minor=pl.when(~kept).then("amount_fc_minor"),
    )


def with_heads(entries: pl.DataFrame, heading: Heading) -> pl.DataFrame:
    """Add voucher_id, event name, summary and the period."""
    period = heading.period
    names = pl.Series([event.name for event in heading.events], dtype=pl.String)
    named = entries.with_columns(
        pl.lit(names).gather(pl.col("event")).alias("event_name"),
        pl.lit(period.year, dtype=pl.Int32).alias("fiscal_year"),
        pl.lit(period.month, dtype=pl.Int32).alias("period"),
    )
    numbered = named.join(_voucher_ids(named, heading), on="number", how="left", maintain_order="left")
    return _with_summaries(numbered, heading)


def _voucher_ids(entries: pl.DataFrame, heading: Heading) -> pl.DataFrame:
    """number, voucher_id: `J` + 55 bits of the digest of what is booked: neither number, summary, nor anything of files.

    The texts are put together by columns; only the digest itself is taken text by text.
    """
    workspace, period = heading.workspace, heading.period
    common = [workspace.company, workspace.standard or "", f"{period.year:04d}-{period.month:02d}"]
    by_month = pl.lit(pl.Series([grain == "month" for grain in heading.grains])).gather(pl.col("event"))
    day = pl.when(by_month).then(pl.lit("")).otherwise(pl.col("date").dt.to_string("%Y-%m-%d"))
    head = pl.concat_str(
        *(pl.lit(text) for text in common), "currency", "event_name", "shop", day, pl.col("order").fill_null(""),
        separator=_BETWEEN_CELLS,
    )  # fmt: skip
    line = pl.concat_str(
        "account_code", "account_name", "aux", pl.col("item").fill_null(""), "debit_minor", "credit_minor", "count",
        separator=_BETWEEN_CELLS,
    )  # fmt: skip
    abroad = pl.concat_str(pl.lit(""), "fx_rate", "amount_fc_minor", separator=_BETWEEN_CELLS)
    line += abroad.fill_null("")
    content = entries.group_by("number", maintain_order=True).agg(
        text=head.first() + _BETWEEN_LINES + line.str.join(_BETWEEN_LINES)
    )
    ids = pl.Series("voucher_id", [f"J{digest(text)}" for text in content["text"]], dtype=pl.String)
    return content.select("number", ids)


def digest(text: str) -> str:
    """11 characters of base32: the first 55 bits of the SHA-256 of `text`."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:7])[:11].decode()


def _with_summaries(entries: pl.DataFrame, heading: Heading) -> pl.DataFrame:
    """Add `summary`: one expression per event and kind of leg, of which there are few."""
    kinds = entries.select("event", "own").unique().sort("event", "own")
    parts = [
        entries.filter(pl.col("event") == index, pl.col("own") == own).with_columns(_summary(heading, index, own))
        for index, own in kinds.iter_rows()
    ]
    return pl.concat(parts).sort("entry") if parts else entries.with_columns(summary=pl.lit("", dtype=pl.String))


def _summary(heading: Heading, index: int, own: bool) -> pl.Expr:
    event, period = heading.events[index], heading.period
    item = event.item_summary if isinstance(event, Event) else None
    month = f"{period.year:04d}-{period.month:02d}"
    day = pl.col("date").dt.to_string("%Y-%m-%d")
    values = {
        "shop": pl.col("shop"), "period": pl.lit(month), "year": pl.lit(str(period.year)),
        "month": pl.lit(str(period.month)), "event": pl.lit(event.title), "day": day,
        "order": pl.col("order").fill_null(""), "currency": pl.col("currency"), "count": pl.col("count").cast(pl.String),
        "account": pl.col("bill_account").fill_null(""),
        "item": pl.coalesce("item", pl.col("account_name").str.split("-").list.last()),
        UNIT: pl.lit(month) if heading.grains[index] == "month" else pl.coalesce("order", day),
    }  # fmt: skip
    template = event.summary if own or item is None else item
    pieces = []
    for text, name, _, _ in string.Formatter().parse(template):
        pieces += [pl.lit(text)] if text else []
        pieces += [values[name]] if name is not None else []
    return pl.concat_str(pieces).alias("summary")
