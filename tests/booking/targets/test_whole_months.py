"""Whole simulated months, under every standard and VAT status: beancount and hledger accept the books, and three trial
balances, of hledger, of beancount and of vouchers.csv, agree to the cent."""

from __future__ import annotations

import csv
import io
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from beancount import loader
from beancount.core.data import Transaction
from benchmarks.simulator.faults import TOGETHER, faulty_month
from benchmarks.simulator.output import write
from tests.booking.targets.build import hledger
from tests.months import booked, judged

from ecrecon.issuing.targets import load_layouts, read_vouchers
from ecrecon.issuing.targets.export import render
from ecrecon.issuing.targets.prepare import prepare
from ecrecon.issuing.targets.problems import Books
from ecrecon.pipeline import RunSettings, run_match
from ecrecon.pipeline.chain import Run
from ecrecon.report.model import Report
from ecrecon.report.tables import data_files
from ecrecon.settings.workspace import Workspace

pytestmark = pytest.mark.slow

LAYOUTS = load_layouts()
Balance = dict[tuple[str, str], Decimal]
"""(account code, shop) -> Σ debit - Σ credit; zero balances left out."""


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two shops with all faults together."""
    folder = tmp_path_factory.mktemp("faults") / "month"
    write(faulty_month(list(TOGETHER), variant="usual", seed=11, orders=1500), folder)
    return judged(folder)


def books(month: Run, standard: str, status: str, granularity: str) -> Workspace:
    """The workspace of the month, with other books."""
    given = month[RunSettings].workspace
    policy = {"revenue_point": "confirmed", "voucher_granularity": granularity}
    own = {"contract_liab": "2205"} if standard == "asbe" else {}
    posting = given.posting.model_copy(update={"policy": policy, "accounts": own})
    return given.model_copy(update={"standard": standard, "vat_status": status, "posting": posting})


def table(report: Report) -> bytes:
    """vouchers.csv of a month."""
    assert report.voucher_problems == ()
    return data_files(report)["vouchers.csv"]


def of_table(content: bytes) -> Balance:
    sums: Balance = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        facts = dict(part.partition("=")[::2] for part in row["aux"].split(";") if part)
        sums[row["account_code"], facts.get("店铺", row["shop"])] += Decimal(row["debit"]) - Decimal(row["credit"])
    return {key: amount for key, amount in sums.items() if amount}


def of_beancount(content: bytes) -> Balance:
    entries, errors, _ = loader.load_string(content.decode())
    assert errors == []
    sums: Balance = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Transaction):
            assert sum(posting.units.number for posting in entry.postings) == 0
            for posting in entry.postings:
                _, account, *rest = posting.account.split(":")
                sums[account.partition("-")[0], rest[0].removeprefix("0-") if rest else ""] += posting.units.number
    return {key: amount for key, amount in sums.items() if amount}


def of_hledger(path: Path) -> Balance:
    checked = subprocess.run([hledger(), "-f", str(path), "check", "-s"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    command = [hledger(), "-f", str(path), "bal", "--flat", "-O", "csv", "-N"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sums: Balance = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(told)):
        first, *rest = row["account"].split(":")
        amount = row["balance"].removeprefix("CNY ").replace(",", "")
        sums[first.partition(" ")[0], rest[0] if rest else ""] += Decimal(amount)
    return {key: amount for key, amount in sums.items() if amount}


def plain(balance: Balance) -> Balance:
    """Shops as beancount can name them."""
    sums: Balance = defaultdict(Decimal)
    for (code, shop), amount in balance.items():
        sums[code, shop.replace("_", "-")] += amount
    return dict(sums)


CASES = [
    ("clean_company", "sbe", "general", "month"), ("clean_company", "sbe", "small", "month"), ("clean_company", "asbe", "general", "day"),
    ("clean_company", "asbe", "small", "month"), ("faults", "sbe", "general", "order"), ("faults", "asbe", "small", "day"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "standard", "status", "granularity"), CASES)
def test_three_trial_balances_agree(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, standard: str, status: str, granularity: str
) -> None:
    month: Run = request.getfixturevalue(name)
    content = table(booked(month, books(month, standard, status, granularity))[Report])
    vouchers = read_vouchers(pl.read_csv(content, infer_schema=False))
    assert len(vouchers) > 30
    balance = of_table(content)
    codes = {code for code, _ in balance}
    assert {"1012", "1122", "2221", "5001" if standard == "sbe" else "6001"} <= codes
    files = {}
    for target in ("beancount", "hledger"):
        ready = prepare(vouchers, LAYOUTS[target], Books(None, {}, {}))
        assert ready.problems == []
        (files[target],) = render(ready.vouchers, LAYOUTS[target], standard).values()
    (tmp_path / "books.journal").write_bytes(files["hledger"])
    assert of_hledger(tmp_path / "books.journal") == balance
    assert of_beancount(files["beancount"]) == plain(balance)
    assert sum(balance.values()) == 0


def test_a_month_that_was_judged_before_has_the_books_of_a_whole_run(faults: Run) -> None:
    other = books(faults, "asbe", "small", "day")
    whole = run_match(RunSettings(paths=faults[RunSettings].paths, workspace=other, config=faults[RunSettings].config))
    again = booked(faults, other)[Report]
    assert data_files(again) == data_files(whole)
    assert (again.settings, again.config_digest) == (whole.settings, whole.config_digest)
    assert table(whole) != table(booked(faults, books(faults, "sbe", "general", "month"))[Report])
