"""Through the command line: what a month end, a half-replaced earlier month and a word that nobody listed leave in the files."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.cli.call import call
from tests.end_to_end import toy

pytestmark = pytest.mark.slow

CONFIG = toy.WORKSPACE.replace("2026-10-01", "2026-08-01").replace("payers =", "settlement_days = 8\npayers =")
AUTUMN = "range 2026-08-01 to 2026-09-30"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def found(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """August and September: one order each that was paid out, one that never was, one finished on the last days; a
    withdrawal of 31 August that never reached the bank."""
    folder = toy.workspace(tmp_path_factory.mktemp("edges") / "company", CONFIG)
    orders = [
        ("A1", "finished", "100.00", "2026-08-02 10:00:00", "2026-08-06 10:00:00"),
        ("A2", "finished", "40.00", "2026-08-03 10:00:00", "2026-08-07 10:00:00"),
        ("B1", "finished", "200.00", "2026-09-02 10:00:00", "2026-09-06 10:00:00"),
        ("B2", "finished", "70.00", "2026-09-25 10:00:00", "2026-09-29 10:00:00"),
    ]
    detail = [
        ("A1", "goods", "100.00", "p1", "2026-08-08 10:00:00"),
        ("B1", "goods", "200.00", "p2", "2026-09-08 10:00:00"),
    ]
    wallet = [
        ("2026-08-08 10:00:00", "p1", "100.00", "payout of goods"),
        ("2026-08-31 20:00:00", "", "-60.00", "withdrawal"),
        ("2026-09-08 10:00:00", "p2", "200.00", "payout of goods"),
        ("2026-09-09 10:00:00", "", "-50.00", "withdrawal"),
    ]
    bank = [
        ("20260801", "1.00", "房东", "退房租", "0"),
        ("20260831", "2.00", "房东", "退房租", "3"),
        ("20260910", "50.00", "玩具支付", "提现", "1"),
        ("20260929", "-1.00", "房东", "房租", "2"),
    ]
    toy.write(folder / "toy" / "orders.csv", toy.ORDERS, orders, None)
    toy.write(folder / "toy" / "detail.csv", toy.DETAIL, detail, AUTUMN)
    toy.write(folder / "toy" / "wallet.csv", toy.WALLET, toy.wallet_rows(wallet), AUTUMN)
    toy.write(folder / "bank" / "bank.csv", toy.BANK, toy.bank_rows(bank), None)
    return folder


def match(company: Path, period: str, out: Path, *more: str | Path) -> list[dict[str, str]]:
    answer = call("match", company, "--period", period, "--out", out, "--quiet", *more)
    assert answer.code in (0, 1), answer
    return rows(out / "variances.csv")


def test_a_withdrawal_of_the_last_day_is_timing_and_then_a_break_of_its_own(company: Path, tmp_path: Path) -> None:
    august = match(company, "2026-08", tmp_path / "08", "--as-of", "2026-08-31")
    assert [(row["kind"], row["difference"]) for row in august if row["code"] == "X07"] == [("timing", "-60.00")]
    september = match(company, "2026-09", tmp_path / "09")
    assert [(row["kind"], row["difference"]) for row in september if row["code"] == "X07"] == [("break", "-60.00")]


def test_what_is_not_due_and_what_is_past_its_date_stand_on_sheets_of_their_own(company: Path, tmp_path: Path) -> None:
    match(company, "2026-09", tmp_path / "09")
    items = {row["order_id"]: row for row in rows(tmp_path / "09" / "open_items.csv")}
    assert (items["B2"]["state"], items["A2"]["state"]) == ("not_due", "overdue")
    assert items["B2"]["expected_by"] > "2026-09-30" > items["A2"]["expected_by"]
    book = openpyxl.load_workbook(tmp_path / "09" / "report.xlsx", read_only=True)
    shown = {
        name: {str(cell) for row in book[name].iter_rows(values_only=True) for cell in row} for name in book.sheetnames
    }
    assert "B2" in shown["未到期"] and "A2" not in shown["未到期"]
    assert "A2" in shown["已到期未结"] and "B2" not in shown["已到期未结"]


def test_an_earlier_month_whose_replacement_was_broken_off_is_finished_before_it_is_read(
    company: Path, tmp_path: Path
) -> None:
    whole, half = tmp_path / "whole", tmp_path / "half"
    match(company, "2026-08", whole)
    shutil.copytree(whole, half)
    journal = half / ".ecrecon-new"
    journal.mkdir()
    told = found(half)
    for name in ("ledger.csv", "manifest.json"):  # the last ones were still to be moved
        (half / name).rename(journal / name)
    (half / "ledger.csv").write_text("of an older run", "utf-8")
    (half / "gone.csv").write_text("of an older run", "utf-8")
    names = {name: value for name, value in told.items() if name in ("ledger.csv", "manifest.json", "lines.parquet")}
    (journal / "journal.json").write_text(json.dumps({"files": names, "gone": ["gone.csv"]}), "utf-8")
    first = match(company, "2026-09", tmp_path / "a", "--previous", whole)
    second = match(company, "2026-09", tmp_path / "b", "--previous", half)
    assert second == first
    assert found(half) == found(whole)
    assert found(tmp_path / "a") == found(tmp_path / "b")


WORDS = (
    toy.PROFILES["toy.detail"]
    .replace('"amount", "batch"]', '"amount", "batch", "way"]')
    .replace(
        'mode = "signed"\ncolumn = "amount"',
        'mode = "direction"\ncolumn = "amount"\ndirection = "way"\nin = ["in"]\nout = ["out"]',
    )
)


@pytest.mark.parametrize("ways", [("sideways", "in"), ("in", "sideways")])
def test_an_order_with_money_whose_direction_nobody_knows_is_neither_paid_nor_missing(
    tmp_path: Path, ways: tuple[str, str]
) -> None:
    folder = toy.workspace(tmp_path / "company")
    (folder / "profiles" / "toy.detail.toml").write_text(WORDS, "utf-8")
    sold = [
        (number, "finished", "100.00", "2026-10-02 10:00:00", "2026-10-06 10:00:00") for number in ("D1", "D2", "D3")
    ]
    moved = [
        ("D1", "goods", "100.00", "p1", "2026-10-08 10:00:00", ways[0]),
        ("D2", "goods", "100.00", "p1", "2026-10-08 10:00:00", ways[1]),
        ("D4", "goods", "100.00", "p1", "2026-10-30 10:00:00", "in"),
    ]
    toy.write(folder / "toy" / "orders.csv", toy.ORDERS, sold, None)
    toy.write(folder / "toy" / "detail.csv", (*toy.DETAIL, "way"), moved)
    told = match(folder, "2026-10", tmp_path / "out")
    doubtful, sure = ("D1", "D2") if ways[0] == "sideways" else ("D2", "D1")
    state = dict(pl.read_parquet(tmp_path / "out" / "orders.parquet").select("order_id", "disposition").iter_rows())
    assert state[doubtful] not in ("settled", "overdue"), state
    assert (state[sure], state["D3"]) == ("settled", "overdue")
    codes = {(row["order_id"], row["code"]) for row in told if row["kind"] == "break"}
    assert ("D3", "X02") in codes
    assert not [code for order, code in codes if order == doubtful]
    assert [row["kind"] for row in told if row["code"] == "F11"] == ["review"]
