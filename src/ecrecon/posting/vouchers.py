"""Vouchers of the wallet: every money line booked once, traced both ways (accounting sections 5, 7, 13)."""

from __future__ import annotations

import base64
import calendar
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from ecrecon.errors import InvariantError
from ecrecon.messages import tr
from ecrecon.money import decimal_text
from ecrecon.posting import accounts, invariants
from ecrecon.posting.legs import Cells, make_cells, make_legs
from ecrecon.posting.sales.legs import order_legs, order_trace
from ecrecon.posting.sales.revenue import SALES_EVENTS
from ecrecon.posting.settings import Chart, Event, Events, OrderEvent, choose, shipped
from ecrecon.schema import CAT, VOUCHER_TRACE, VOUCHERS, Schema, check, conform, empty
from ecrecon.sources import Source
from ecrecon.workspace import Workspace

PLACES: Schema = {"line_id": pl.Int64, "voucher": CAT, "counter_account": CAT}
BOOK_CURRENCY = "CNY"
VOUCHER_KEY = ("event", "shop")
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
)


@dataclass(frozen=True)
class Vouchers:
    """`vouchers` (schema.VOUCHERS) by number and seq; `trace` (schema.VOUCHER_TRACE) by line_id and seq.

    `places`: line_id, voucher (`记-3`), counter_account (code and name of the other leg), Categorical, sorted by line_id.
    `problems`: why vouchers are missing or do not hold every line. `notes`: what to look at.
    """

    vouchers: pl.DataFrame = field(default_factory=lambda: empty(VOUCHERS))
    trace: pl.DataFrame = field(default_factory=lambda: empty(VOUCHER_TRACE))
    places: pl.DataFrame = field(default_factory=lambda: empty(PLACES))
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_vouchers(
    lines: pl.DataFrame,
    sources: Sequence[Source],
    workspace: Workspace,
    period: str,
    policy: Mapping[str, str] | None = None,
    sales: pl.DataFrame | None = None,
) -> Vouchers:
    """Book the wallet movements and the sales of `period` (`2026-10`): one voucher per event and shop, accounts merged.

    lines: schema.LINES + disposition + order_shop, the money-basis lines of the period only; any row order.
    policy: choices over the defaults of configs/posting/events.toml, such as {"red_style": "opposite_side"}.
    sales: frame SALES_EVENTS; booked only where the policy revenue_point is set.
    Where settings are missing nothing is booked and `problems` says what to set. Lines in another currency
    than CNY are left out and named there (no rate is known); pending money has not moved and is left out.
    Raises InvariantError when a voucher does not balance, the trace does not add up to it, or the vouchers of
    a bill account differ from its movement; ConfigError for an unknown policy.
    """
    year, month = _parse_period(period)
    invariants.check_lines(lines, year, month)
    problems = accounts.missing_settings(workspace)
    if workspace.standard is None or problems:
        return Vouchers(problems=problems)
    chart, events = shipped(workspace.standard)
    chosen = choose(events, policy or {})
    problems = accounts.wrong_settings(workspace.posting, chart)
    if problems:
        return Vouchers(problems=problems)
    booked, left_out = _book_currency(lines)
    cells = make_cells(booked, sources, events, chosen)
    orders, detail, unsold = _sold(sales, events, chosen)
    if cells.lines.is_empty() and orders.is_empty():
        return Vouchers(problems=left_out, notes=unsold)
    money = make_legs(cells.cells, chart, events.event, chosen["red_style"])
    legs, missing, notes = _with_accounts(pl.concat([money, orders.cast(money.schema)]), workspace, chart)
    if missing:
        return Vouchers(problems=accounts.no_code(missing, chart))
    entries = _merge(legs, chart)
    invariants.check_wallets(entries, booked)
    entries = _number(entries, [*events.event, *events.order_event], workspace, year, month)
    of_money = _trace(cells, entries)
    of_orders = order_trace(detail, legs.filter(pl.col("cell").is_null()), entries)
    trace = pl.concat([of_money, of_orders.select(of_money.columns).cast(of_money.schema)])
    invariants.check_trace(entries, trace, cells.lines.height)
    notes = [*notes, *unsold]
    files = _files(entries, cells, trace, sources)
    vouchers = _finish(entries, files, sources, workspace)
    invariants.check_vouchers(vouchers)
    traced = check(trace.select(list(VOUCHER_TRACE)), VOUCHER_TRACE, "voucher trace")
    places = _places(cells, entries, workspace.posting.word)
    return Vouchers(vouchers, traced, places, left_out, [*notes, *_suspense_note(entries, events.event)])


def _sold(
    sales: pl.DataFrame | None, events: Events, chosen: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Legs and trace rows of the sales, and what keeps revenue from being booked."""
    frame = empty(SALES_EVENTS) if sales is None else sales
    if chosen["revenue_point"] == "unset":
        note = tr(
            "收入未做凭证：请在 ecrecon.toml 的 [posting.policy] 确认 revenue_point"
            "（confirmed 确认收货、shipped 发货、settled 到账）",
            "revenue is not booked: confirm revenue_point under [posting.policy] (confirmed, shipped, settled)",
        )
        return *order_legs(empty(SALES_EVENTS), events, chosen["red_style"]), [note] if frame.height else []
    ours = frame.filter(pl.col("currency").fill_null(BOOK_CURRENCY) == BOOK_CURRENCY)
    lost = frame.height - ours.height
    notes = [tr(f"{lost} 笔外币销售没有做凭证：没有汇率", f"{lost} sales in foreign currency not booked: no rate")]
    return *order_legs(ours, events, chosen["red_style"]), notes if lost else []


def _parse_period(period: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", period)
    if match is None:
        raise InvariantError(f"vouchers: {period!r} is no accounting period such as 2026-10")
    return int(match[1]), int(match[2])


def _book_currency(lines: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The lines in CNY of money that has moved, and one text per group of lines that is left out."""
    pending = pl.col("disposition").cast(pl.String).eq_missing("pending")
    foreign = pl.col("currency").cast(pl.String).ne_missing(BOOK_CURRENCY)
    out = lines.filter(foreign & ~pending & (pl.col("amount_minor") != 0))
    groups = out.group_by(pl.col("account", "currency").cast(pl.String)).agg(pl.len().alias("count")).sort(pl.all())
    texts = [
        tr(
            f"账户 {account} 有 {count} 笔 {currency or '币种不明'} 流水没有做凭证：没有汇率",
            f"account {account}: {count} lines in {currency or 'an unknown currency'} not booked: no rate",
        )
        for account, currency, count in groups.iter_rows()
    ]
    return lines.filter(~foreign & ~pending), texts


def _with_accounts(legs: pl.DataFrame, workspace: Workspace, chart: Chart) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Legs with account_code, account_name, aux; roles without a code; notes. Loops over role and place."""
    posting = workspace.posting
    places = legs.select("role", "shop", "bill_account").unique().sort(pl.all())
    rows, missing, defaults = [], [], {}
    for role, shop, bill_account in places.iter_rows():
        found = accounts.resolve(role, [p for p in (bill_account, shop) if p is not None], posting, chart)
        if found is None:
            missing.append(role)
            continue
        if not found.set_by_user:
            defaults[role] = f"{role} = {found.code} {found.name}"
        dimensions = [("店铺", shop)] if chart.roles[role].aux else []
        dimensions += [("账户", bill_account)] if bill_account is not None else []
        aux = ";".join(f"{name}={value.replace(';', '；')}" for name, value in dimensions)
        rows.append((role, shop, bill_account, found.code, found.name, aux))
    columns = ("role", "shop", "bill_account", "account_code", "account_name", "aux")
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    joined = legs.join(table, on=["role", "shop", "bill_account"], how="left", nulls_equal=True, maintain_order="left")
    known = {
        *places["shop"].drop_nulls(),
        *places["bill_account"].drop_nulls(),
        *(s.name for s in workspace.shops),
    }
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


def _merge(legs: pl.DataFrame, chart: Chart) -> pl.DataFrame:
    """Legs of equal account, side and sign of a voucher -> one entry; `entry` = its row in voucher order."""
    order = {name: index for index, name in enumerate(chart.roles)}
    merged = (
        legs.with_columns(
            (pl.col("value") < 0).alias("red"),
            pl.col("role").replace_strict(order, return_dtype=pl.Int64).alias("rank"),
        )
        .group_by(LINE_KEY)
        .agg(pl.col("value").sum(), pl.col("count").sum(), pl.col("rank").min(), pl.col("cell"))
        .sort(
            *VOUCHER_KEY, "debit", "rank", "red",
            "account_code", "account_name", "aux", "own", "bill_account", "item",
            descending=[False, False, True, *[False] * 8], nulls_last=True,
        )
    )  # fmt: skip
    debit = pl.col("debit")
    names = pl.Series(list(order), dtype=pl.String)
    return merged.with_row_index("entry").with_columns(
        pl.when(debit).then("value").otherwise(0).alias("debit_minor"),
        pl.when(~debit).then("value").otherwise(0).alias("credit_minor"),
        pl.lit(names).gather(pl.col("rank")).alias("account_role"),
        pl.struct(VOUCHER_KEY).rle_id().cast(pl.Int32).alias("number") + 1,
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(VOUCHER_KEY).alias("seq"),
    )


def _number(
    entries: pl.DataFrame, events: Sequence[Event | OrderEvent], workspace: Workspace, year: int, month: int
) -> pl.DataFrame:
    """Add voucher_id, event name, summary and the dates. A few rows per shop and event: a plain loop."""
    ids, names, summaries = [], [], []
    for voucher in entries.partition_by("number", maintain_order=True):
        identity = _voucher_id(voucher, events, workspace, f"{year:04d}-{month:02d}")
        for row in voucher.iter_rows(named=True):
            ids.append(identity)
            names.append(events[row["event"]].name)
            summaries.append(_summary(row, events[row["event"]], year, month))
    last = date(year, month, calendar.monthrange(year, month)[1])
    return entries.with_columns(
        pl.Series("voucher_id", ids, dtype=pl.String), pl.Series("event_name", names, dtype=pl.String),
        pl.Series("summary", summaries, dtype=pl.String), pl.lit(last).alias("date"),
        pl.lit(year, dtype=pl.Int32).alias("fiscal_year"), pl.lit(month, dtype=pl.Int32).alias("period"),
    )  # fmt: skip


def _voucher_id(voucher: pl.DataFrame, events: Sequence[Event | OrderEvent], workspace: Workspace, period: str) -> str:
    """`J` + 55 bits of the digest of what is booked: neither number, summary, nor anything of the files."""
    head = voucher.row(0, named=True)
    content = voucher.select("account_code", "account_name", "aux", "item", "debit_minor", "credit_minor", "count")
    key = [
        workspace.company,
        workspace.standard,
        period,
        events[head["event"]].name,
        head["shop"],
        BOOK_CURRENCY,
    ]
    return "J" + _digest(json.dumps([key, content.rows()], ensure_ascii=False))


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:11].decode()


def _summary(row: dict[str, object], event: Event | OrderEvent, year: int, month: int) -> str:
    own = bool(row["own"])
    item = event.item_summary if isinstance(event, Event) else None
    template = event.summary if own or item is None else item
    return template.format(
        shop=row["shop"], period=f"{year:04d}-{month:02d}", year=year, month=month, event=event.title,
        item=row["item"] or str(row["account_name"]).rpartition("-")[2], count=row["count"],
        currency=BOOK_CURRENCY, account=row["bill_account"] or "",
    )  # fmt: skip


def _trace(cells: Cells, entries: pl.DataFrame) -> pl.DataFrame:
    """Two rows per line, own and counter leg, sorted by (line_id, seq): VOUCHER_TRACE plus `entry`.

    No sort of the big frame: lines stand in line_id order, and each is repeated in place.
    """
    placed = entries.select("own", "entry", "cell").explode("cell").drop_nulls("cell").sort("cell")
    by_cell = pl.DataFrame(
        {"own": placed.filter(pl.col("own"))["entry"], "counter": placed.filter(~pl.col("own"))["entry"]}
    ).select(
        pl.min_horizontal("own", "counter").alias("first"),
        pl.max_horizontal("own", "counter").alias("second"),
        pl.when(pl.col("own") < pl.col("counter")).then(1).otherwise(-1).cast(pl.Int64).alias("sign"),
    )
    repeat = pl.int_range(0, 2 * cells.lines.height, dtype=pl.UInt32, eager=True) // 2
    doubled = cells.lines.select(pl.all().gather(repeat))
    is_second = pl.int_range(0, pl.len()) % 2 == 1
    first, second, sign = (pl.lit(by_cell[name]).gather(pl.col("cell")) for name in by_cell.columns)
    both = doubled.with_columns(
        pl.when(is_second).then(second).otherwise(first).alias("entry"),
        (pl.col("amount_minor") * sign * pl.when(is_second).then(-1).otherwise(1)).alias("amount_minor"),
    )
    return both.with_columns(
        pl.lit(entries[name]).gather(pl.col("entry")).alias(name) for name in ("voucher_id", "seq")
    ).drop("cell")


def _places(cells: Cells, entries: pl.DataFrame, word: str) -> pl.DataFrame:
    """Which voucher a line is in, and its other leg: decided on cells, of which there are few."""
    legs = entries.select("own", "number", "account_code", "account_name", "cell").explode("cell").drop_nulls("cell")
    by_cell = legs.filter(~pl.col("own")).select(
        "cell",
        voucher=pl.format("{}-{}", pl.lit(word), "number").cast(CAT),
        counter_account=pl.concat_str("account_code", pl.lit(" "), "account_name").cast(CAT),
    )
    placed = cells.lines.select("line_id", "cell").join(by_cell, on="cell", how="left", maintain_order="left")
    return conform(placed, PLACES)


def _files(entries: pl.DataFrame, cells: Cells, trace: pl.DataFrame, sources: Sequence[Source]) -> dict[str, set[str]]:
    """Voucher id -> digests of the files behind it."""
    own = entries.filter("own").select("cell", "voucher_id").explode("cell").drop_nulls("cell").sort("cell")
    voucher_of_cell = own["voucher_id"].to_list()
    files: dict[str, set[str]] = {}
    for cell, source_id in cells.lines.select("cell", "source_id").unique().iter_rows():  # few
        files.setdefault(voucher_of_cell[cell], set()).add(sources[source_id].sha256)
    of_orders = trace.filter(pl.col("line_id").is_null()).select("voucher_id", "source_id").unique()
    for voucher, source_id in of_orders.iter_rows():  # few
        files.setdefault(voucher, set()).add(sources[source_id].sha256)
    return files


def _finish(
    entries: pl.DataFrame, files: Mapping[str, set[str]], sources: Sequence[Source], workspace: Workspace
) -> pl.DataFrame:
    """Entries as schema.VOUCHERS: files behind each voucher counted and hashed, word and preparer."""
    batch = "B" + _digest("\n".join(sorted({s.sha256 for s in sources if s.readable})))
    rows = [
        (voucher, len(found), hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest())
        for voucher, found in sorted(files.items())
    ]
    table = pl.DataFrame(
        rows,
        schema={"voucher_id": pl.String, "attachments": pl.Int32, "source_hash": pl.String},
        orient="row",
    )
    full = entries.join(table, on="voucher_id", how="left", maintain_order="left").with_columns(
        pl.col("event_name").alias("event"), pl.lit(workspace.posting.word).alias("word"),
        pl.lit(workspace.posting.preparer).alias("preparer"), pl.lit(batch).alias("batch_id"),
        pl.lit(BOOK_CURRENCY).alias("currency"),
    )  # fmt: skip
    return check(conform(full, VOUCHERS).rechunk(), VOUCHERS, "vouchers")


def _suspense_note(entries: pl.DataFrame, events: Sequence[Event]) -> list[str]:
    """Say how much money nobody has explained yet."""
    kinds = [index for index, event in enumerate(events) if event.merge == "raw_type"]
    waiting = entries.filter(~pl.col("own") & pl.col("event").is_in(kinds))
    if waiting.is_empty():
        return []
    count = waiting["count"].sum()
    money = [decimal_text(int(waiting[side].sum())) for side in ("debit_minor", "credit_minor")]
    return [
        tr(
            f"{count} 笔收支记入待核查科目（借 {money[0]}，贷 {money[1]}），请逐笔确认后调整",
            f"{count} lines are booked as unexplained (debit {money[0]}, credit {money[1]}): check them",
        )
    ]
