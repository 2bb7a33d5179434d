"""Entries of the period's end that come from orders: return estimate and small-scale relief, where policies ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import empty
from ecrecon.booking.sales import SALES_EVENTS, receivables, sales_events, sales_facts, vat_rates
from ecrecon.booking.sales.estimate import REVERSAL, estimate_notes, return_estimate
from ecrecon.booking.sales.relief import not_covered, quarter_relief, quarter_start
from ecrecon.booking.sales.sold import Sold
from ecrecon.booking.sales.vat import threshold_on
from ecrecon.booking.settings import shipped_events
from ecrecon.settings.workspace import Workspace

_BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True)
class PeriodEnd:
    """Rows of SALES_EVENTS beyond the sales themselves, and what is said of them."""

    rows: pl.DataFrame = field(default_factory=lambda: empty(SALES_EVENTS))
    notes: tuple[str, ...] = ()


def period_end(
    workspace: Workspace,
    chosen: Mapping[str, str],
    sold: Sold,
    costs: pl.DataFrame,
    moment: Moment,
    covered: pl.DataFrame,
    orders: pl.DataFrame,
) -> PeriodEnd:
    """What the policies return_estimate and small_scale_relief book at the end of the period. orders: of the run, judged."""
    parts = []
    if chosen["return_estimate"] == "on":
        parts.append(_estimates(workspace, moment, sold, costs))
    if chosen["small_scale_relief"] == "move_at_quarter_end":
        parts.append(_relief(workspace, sold, chosen["vat_rounding"], moment, uncovered(covered, orders, moment)))
    rows = [part.rows for part in parts if part.rows.height]
    return PeriodEnd(
        pl.concat(rows) if rows else empty(SALES_EVENTS), tuple(note for part in parts for note in part.notes)
    )


def _estimates(workspace: Workspace, moment: Moment, sold: Sold, costs: pl.DataFrame) -> PeriodEnd:
    """The estimate of the period's end, and the reversal of last month's, which is computed as it was then."""
    window = shipped_events().return_estimate
    now = _facts_at(sold, moment.end)
    rows, known = return_estimate(now, moment.end, window, vat_rates(workspace, moment.end), costs)
    shops = (
        now.filter(pl.col("revenue_at").dt.date().is_between(moment.start, moment.end))["shop"].drop_nulls().unique()
    )
    notes = estimate_notes(known, rows, shops.to_list(), window)
    frames = [rows.with_columns(day=pl.lit(moment.end))]
    before = moment.start - timedelta(days=1)
    opening = workspace.opening.date_
    if opening is None or opening <= before:
        last, _ = return_estimate(_facts_at(sold, before), before, window, vat_rates(workspace, before), costs)
        frames.append(last.with_columns(event=pl.lit(REVERSAL), day=pl.lit(moment.start)))
    return PeriodEnd(pl.concat(frames), tuple(notes))


def _relief(workspace: Workspace, sold: Sold, rounding: str, moment: Moment, missing: list[str]) -> PeriodEnd:
    """`missing`: what the bills of the quarter do not cover."""
    start = quarter_start(moment.end)
    if start is None:
        return PeriodEnd()
    if missing:
        return PeriodEnd(notes=(not_covered(moment.end, missing),))
    rates = vat_rates(workspace, moment.end)
    sales = _sales_of(sold, start, moment.end, rates, rounding)
    rows, notes = quarter_relief(sales, moment.end, threshold_on(moment.end))
    return PeriodEnd(rows, tuple(notes))


def uncovered(covered: pl.DataFrame, orders: pl.DataFrame, moment: Moment) -> list[str]:
    """Accounts without bills, and shops without orders, in the months of the quarter before this one; none where no
    quarter ends with the month."""
    start = quarter_start(moment.end)
    if start is None:
        return []
    wanted = (moment.start - start).days
    day = pl.col("day")
    counted = covered.group_by(pl.col("account").cast(pl.String)).agg(
        now=(day >= moment.start).any(),
        days=day.filter((day >= start) & (day < moment.start)).n_unique().cast(pl.Int64),
    )
    accounts = counted.filter("now", pl.col("days") < wanted)["account"].sort().to_list()
    firsts = orders.group_by(pl.col("shop").cast(pl.String)).agg(first=pl.col("created_at").dt.date().min())
    late = firsts.filter(pl.col("first") > start + timedelta(days=7))["shop"].drop_nulls().sort().to_list()
    return [*accounts, *late]


def _facts_at(sold: Sold, day: date) -> pl.DataFrame:
    """All sales, with what came back of them up to the end of `day`."""
    moments = Moment(sold.moments.as_of, _BEGINNING, day)
    facts = sales_facts(sold.groups, sold.lines, sold.documents, moments, sold.point)
    return facts.with_columns(back_minor=pl.min_horizontal(pl.col("returned_within").fill_null(0), "sold_minor"))


def _sales_of(sold: Sold, first: date, last: date, rates: tuple[str, dict[str, str]], rounding: str) -> pl.DataFrame:
    """SALES_EVENTS of the days from `first` to `last`, taxed month by month as they were booked."""
    moments = replace(sold.moments, start=first, end=last)
    ledger = receivables(sold.groups, sold.lines, sold.documents, moments, sold.point)
    months = ledger.with_columns(month=pl.col("revenue_at").dt.strftime("%Y-%m")).partition_by(
        "month", include_key=False
    )
    parts = [sales_events(month, *rates, rounding) for month in months]
    return pl.concat(parts) if parts else empty(SALES_EVENTS)
