"""Vouchers of the month: every money line and every sale booked once, traced both ways (docs/accounting.md "Events")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from ecrecon.base.moment import Month
from ecrecon.base.money import decimal_text
from ecrecon.base.schema import VOUCHER_TRACE, VOUCHERS, check, conform, empty
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.booking import accounts, invariants
from ecrecon.booking.currencies import (
    BOOK_CURRENCY,
    FX_DIFFERENCE,
    OPENINGS,
    POLICY,
    Rates,
    Revaluation,
    book_sales,
    convert_sales,
    no_rate_notes,
    revalue,
    with_rate,
)
from ecrecon.booking.grain import POLICY as GRANULARITY
from ecrecon.booking.grain import event_grains, renumber
from ecrecon.booking.input_vat import input_vat
from ecrecon.booking.legs import make_cells, make_legs
from ecrecon.booking.policies import NO_REVENUE, UNSET, policy_note
from ecrecon.booking.sales.legs import order_legs, order_trace
from ecrecon.booking.sales.revenue import SALES_EVENTS
from ecrecon.booking.settings import Chart, Event, Events, choose, shipped, shipped_events
from ecrecon.booking.vouchers.entries import Heading, merge_legs, with_accounts, with_heads, with_home
from ecrecon.booking.vouchers.tracing import PLACES, balance_trace, places_of, trace_lines, with_files
from ecrecon.settings.workspace import Workspace


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
    taken: Mapping[str, int] | None = None,
    openings: pl.DataFrame | None = None,
) -> Vouchers:
    """Book the money and the sales of `period` (`2026-10`): one voucher per event, shop and granularity, accounts merged.

    lines: schema.LINES + disposition + order_shop, the money-basis lines of the period only; any row order. Where they
    have `fake` (Boolean: the order is on the user's list of fake orders), entries of events may ask for it.
    policy: choices over the defaults of configs/posting/events.toml, such as {"red_style": "opposite_side"}.
    sales: frame SALES_EVENTS; they need the policy revenue_point, `none` books the money alone.
    taken: voucher_id -> number, of vouchers that were exported before; they keep it, and no other voucher gets it.
    openings: frame posting.fx.OPENINGS; with it balances in other currencies are revalued at the period's end.
    Where settings are missing nothing is booked and `problems` says what to set. Lines and sales in another currency than
    CNY are booked at the rate that the policy fx_rate gives; without one they are left out and named. Pending money has
    not moved and is left out.
    Raises InvariantError when a voucher does not balance, the trace does not add up to it, or the vouchers of
    a bill account differ from its movement; ConfigError for an unknown policy.
    """
    month = Month.parse(period)
    invariants.check_lines(lines, month.year, month.month)
    chosen = choose(shipped_events(), policy or {}, workspace)
    problems = _unready(workspace, chosen, sales)
    if workspace.standard is None or problems:
        return Vouchers(problems=problems)
    chart, events = shipped(workspace.standard)
    chart = chart.of_status(workspace.vat_status)
    rates = Rates(chosen[POLICY], workspace.posting.fx)
    booked, left_out = _with_rates(lines, rates)
    vat = input_vat(events, chosen, workspace, month.last)
    cells = make_cells(booked, sources, events, chosen, month, vat)
    orders, detail, unsold = _sold(sales, events, chosen, month, chart, rates)
    money = make_legs(cells.cells, chart, events.event, chosen["red_style"])
    moved = pl.concat([money, orders.cast(money.schema)])
    revalued = _revalued(moved, openings, rates, month, chart, events)
    if revalued.legs is not None:
        moved = pl.concat([moved, revalued.legs])
    if moved.is_empty():
        return Vouchers(problems=left_out, notes=unsold)
    legs, missing, notes = with_accounts(
        moved, workspace, chart, [role for role in events.revalued if role not in events.home]
    )
    if missing:
        return Vouchers(problems=accounts.no_code(missing, chart))
    entries = with_home(merge_legs(legs, chart), events.home)
    invariants.check_wallets(entries, booked)
    invariants.check_currencies(entries)
    heading = Heading(workspace, month, [*events.event, *events.order_event], event_grains(events, chosen))
    entries = renumber(with_heads(entries, heading), taken or {})
    of_money = trace_lines(cells, entries)
    of_orders = order_trace(detail, legs.filter(pl.col("cell").is_null()), entries)
    parts = [of_orders, balance_trace(entries, revalued.legs)]
    trace = pl.concat([of_money, *(part.select(of_money.columns).cast(of_money.schema) for part in parts)])
    invariants.check_trace(entries, trace, 2 * cells.lines.height + cells.taxes.height)
    vouchers = with_files(entries, cells, of_orders, sources, workspace)
    invariants.check_vouchers(vouchers, set((taken or {}).values()))
    traced = check(trace.select(list(VOUCHER_TRACE)), VOUCHER_TRACE, "voucher trace")
    places = places_of(cells, entries, workspace.posting.word)
    seen = {*entries["event_name"], *([FX_DIFFERENCE] if entries["fx_rate"].count() else [])}
    behind = policy_note(events.policy, chosen, seen, set(entries["account_role"]))
    told = [*notes, *unsold, *revalued.notes, *_suspense_note(entries, events.event), *behind]
    return Vouchers(vouchers, traced, places, left_out, told)


def _unready(workspace: Workspace, chosen: Mapping[str, str], sales: pl.DataFrame | None) -> list[str]:
    """What keeps vouchers from being made."""
    problems = accounts.missing_settings(workspace)
    if chosen["revenue_point"] == UNSET and sales is not None and sales.height:
        problems.append(accounts.missing_revenue_point())
    if workspace.standard is None or problems:
        return problems
    return accounts.wrong_settings(workspace.posting, shipped(workspace.standard)[0].of_status(workspace.vat_status))


def _sold(
    sales: pl.DataFrame | None, events: Events, chosen: Mapping[str, str], month: Month, chart: Chart, rates: Rates
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Legs and trace rows of the sales, and which of them are not booked."""
    frame = empty(SALES_EVENTS) if sales is None else sales
    if chosen["revenue_point"] == NO_REVENUE:
        note = tr(
            "按 revenue_point = none，收入和退货没有做凭证，请在别处记账",
            "revenue_point = none: revenue and returns are not in these vouchers, book them elsewhere",
        )
        return *order_legs(book_sales(empty(SALES_EVENTS)), events, chosen, month, chart), [
            note
        ] if frame.height else []
    firsts = [event.name for event in events.order_event if event.dated == "first"]
    before, last = pl.lit(month.first - timedelta(days=1)), pl.lit(month.last)
    day = pl.when(pl.col("day") > last).then(last).otherwise(pl.coalesce("day", last))
    rated = with_rate(frame, rates, pl.when(pl.col("event").is_in(firsts)).then(before).otherwise(day))
    home = pl.col("currency").fill_null(BOOK_CURRENCY) == BOOK_CURRENCY
    abroad = rated.filter(~home, pl.col("fx_rate").is_not_null())
    booked = book_sales(rated.filter(home))
    lost = frame.height - booked.height - abroad.height
    if abroad.height:
        units = {"month": [], "day": ["day"], "order": ["day", "order_id"]}[chosen[GRANULARITY]]
        booked = pl.concat([booked, convert_sales(abroad, units).select(booked.columns)])
    notes = [tr(f"{lost} 笔外币销售没有做凭证：没有汇率", f"{lost} sales in foreign currency not booked: no rate")]
    return *order_legs(booked, events, chosen, month, chart), notes if lost else []


def _with_rates(lines: pl.DataFrame, rates: Rates) -> tuple[pl.DataFrame, list[str]]:
    """Lines of money that has moved, with `fx_rate` where some are in another currency; one text per group without a rate."""
    moved = lines.filter(pl.col("disposition").cast(pl.String).ne_missing("pending"))
    foreign = pl.col("currency").cast(pl.String).ne_missing(BOOK_CURRENCY)
    if not moved.select(foreign.any()).item():
        return moved, []
    rated = with_rate(moved, rates, pl.col("occurred_at").dt.date())
    known = pl.col("fx_rate").is_not_null()
    out = no_rate_notes(rated.filter(foreign & ~known & (pl.col("amount_minor") != 0)))
    booked = rated.filter(~foreign | known)
    return (booked if booked["fx_rate"].count() else booked.drop("fx_rate")), out


def _revalued(
    legs: pl.DataFrame, openings: pl.DataFrame | None, rates: Rates, month: Month, chart: Chart, events: Events
) -> Revaluation:
    """Differences at the period's end; none where no rate is used."""
    if openings is None or not rates.used:
        return Revaluation()
    return revalue(legs, conform(openings, OPENINGS), rates, month, chart, events)


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
