"""Three months in one folder, one run for each: nothing is lost between two runs, nothing is told in none of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from benchmarks.simulator import company, faults_edge
from benchmarks.simulator.model import World
from benchmarks.simulator.months import build_months, truths_at, write_months
from benchmarks.simulator.world import periods

from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match
from ecrecon.report import Report

ENDED = ("settled", "presumed_settled", "excluded", "cancelled_unpaid")
NEEDS_A_PERSON = ("stop", "break", "review")
LISTED = ("X01", "A04", "A07", "R01", "C06", "X07")
"""Codes whose `timing` rows stand in `open_items.csv`."""


@dataclass(frozen=True)
class Row:
    """What a row of `variances.csv` says; `number`: the order, else the amount of a withdrawal."""

    code: str
    kind: str
    number: str
    difference: int
    refund: str | None = None


@dataclass(frozen=True)
class Months:
    """A company, what was done to it, and one run per month over all its files."""

    world: World
    told: list[faults_edge.Told]
    reports: dict[str, Report]

    def rows(self, period: str) -> list[Row]:
        """All rows of one run."""
        columns = [pl.col("code", "kind").cast(pl.String), "order_id", "difference_minor", "refund_id"]
        found = self.reports[period].variances.select(columns).rows()
        return [Row(code, kind, order or str(abs(minor)), minor, refund) for code, kind, order, minor, refund in found]


def run_months(folder: Path, world: World) -> dict[str, Report]:
    write_months(world, folder)
    config = find_config((folder,), None)
    workspace = read_workspace(config)
    return {
        period: run_match(RunSettings(paths=(folder,), workspace=workspace, config=config, period=period))
        for period in periods(world)
    }


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Months:
    world = build_months(company.shops(), seed=7, orders=420, sides=("erp_report", "bank"))
    told = faults_edge.inject(world)
    return Months(world, told, run_months(tmp_path_factory.mktemp("months") / "m", world))


def test_each_run_tells_what_is_true_at_its_month_s_end_and_nothing_else(months: Months) -> None:
    """Breaks and reviews of a run are those of the faults; of the faults each run tells what the truth says."""
    chosen = {told.number for told in months.told}
    for period in periods(months.world):
        wanted = {(t.code, t.kind, t.number, t.difference) for t in months.told if t.period == period}
        found = {(r.code, r.kind, r.number, r.difference) for r in months.rows(period)}
        mine = {row for row in found if row[1] in NEEDS_A_PERSON or (row[2] in chosen and row[1] != "info")}
        assert mine == wanted, period


def test_every_order_stands_at_each_month_s_end_as_the_truth_says(months: Months) -> None:
    for period, report in months.reports.items():
        found = {
            order: (disposition, minor)
            for order, disposition, minor in report.orders.group_by("order_id")
            .agg(pl.col("disposition").cast(pl.String).first(), pl.col("difference_minor").sum())
            .iter_rows()
        }
        for truth in truths_at(months.world, period):
            disposition, minor = found[truth.order.order_id]
            assert disposition in truth.disposition.split("|"), (period, truth.order.order_id, truth.order.story)
            assert minor == truth.difference, (period, truth.order.order_id, truth.order.story)


def test_what_waits_at_one_month_s_end_is_settled_or_told_in_the_next_run(months: Months) -> None:
    arrived = {str(-m.amount) for m in months.world.loose if m.kind == "withdrawal" and m.arrives}
    order = list(months.reports)
    waited = 0
    for before, after in itertools.pairwise(order):
        rows = months.rows(after)
        states = dict(
            months.reports[after].orders.select("order_id", pl.col("disposition").cast(pl.String)).unique().iter_rows()
        )
        for row in months.rows(before):
            if row.kind != "timing":
                continue
            waited += 1
            told = any(r.number == row.number and r.kind not in ("info", "tolerated") for r in rows)
            ended = states.get(row.number) in ENDED or (row.code == "X07" and row.number in arrived)
            assert told or ended, (before, row)
    assert waited > 20


def test_a_fault_that_happened_is_told_in_one_run_and_what_is_missing_until_it_comes(months: Months) -> None:
    runs: dict[tuple[str, str, str | None], list[str]] = {}
    for period in months.reports:
        for row in months.rows(period):
            if row.kind in NEEDS_A_PERSON:
                runs.setdefault((row.code, row.number, row.refund), []).append(period)
    once = {key: found for key, found in runs.items() if key[0] not in ("X02", "R01", "C06", "X07")}
    assert once
    assert all(len(found) == 1 for found in once.values()), once
    names = list(months.reports)
    for found in runs.values():
        assert found == names[names.index(found[0]) : names.index(found[0]) + len(found)]


def test_what_stands_is_one_row_of_one_id_and_one_month_in_every_run(months: Months) -> None:
    """A row that two runs tell is the same row: same id, same month. A run has each id once."""
    said: dict[tuple[str, str | None, str | None, int], tuple[str, str]] = {}
    again = 0
    for period, report in months.reports.items():
        rows = report.variances.filter(pl.col("code").cast(pl.String).is_in(["X02", "R01", "C06", "X07"]))
        assert rows["variance_id"].n_unique() == rows.height
        assert report.variances["variance_id"].n_unique() == report.variances.height
        for row in rows.filter(pl.col("kind").cast(pl.String).is_in(NEEDS_A_PERSON)).iter_rows(named=True):
            key = (str(row["code"]), row["order_id"] or row["txn_id"], row["refund_id"], row["difference_minor"])
            told = said.setdefault(key, (row["variance_id"], row["period"]))
            assert told == (row["variance_id"], row["period"]), (period, key)
            again += row["period"] < period
    assert again > 3


def test_timing_that_is_no_open_item_is_gone_or_has_become_what_the_table_says(months: Months) -> None:
    """R07, T01, M01 and X08 are in no list of open items: the next run settles them, or tells them as something."""
    for before, after in itertools.pairwise(months.reports):
        rows = months.rows(after)
        loose = [row for row in months.rows(before) if row.kind == "timing" and row.code not in LISTED]
        assert {row.code for row in loose} <= {"R07", "T01", "M01", "X08"}
        items = months.reports[before].open_items
        for row in loose:
            same = [r for r in rows if (r.code, r.number, r.refund) == (row.code, row.number, row.refund)]
            assert len(same) <= 1, row
            assert all(r.kind in ("timing", *NEEDS_A_PERSON) for r in same)
        assert items.filter(pl.col("order_id").is_null(), pl.col("account").is_null()).is_empty()


def test_each_row_names_the_month_it_belongs_to(months: Months) -> None:
    for period, report in months.reports.items():
        standing = report.variances.filter(pl.col("period") != period)
        assert set(standing["code"].cast(pl.String)) <= {"X02", "R01", "C06", "X07"}
        assert (standing["period"] < period).all()
    last = months.reports[list(months.reports)[-1]].variances
    assert last.filter(pl.col("period") == list(months.reports)[1]).height >= 4


def test_open_items_hold_all_that_waits_and_say_what_is_past_its_day(months: Months) -> None:
    for report in months.reports.values():
        waiting = report.variances.filter(
            pl.col("kind") == "timing", pl.col("code").cast(pl.String).is_in(LISTED)
        ).select(pl.sum("difference_minor"), pl.len())
        items = report.open_items
        quiet = items.filter(pl.col("state").is_in(["not_due", "partly"]))
        assert (-quiet["open_minor"].sum(), quiet.height) == waiting.row(0)
        assert (items.filter(pl.col("state") == "overdue")["expected_by"] < report.as_of.date()).all()
