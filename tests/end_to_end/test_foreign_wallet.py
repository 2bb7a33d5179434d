"""A month of a shop abroad, from files to vouchers: the example of foreign currency, read by a layout that names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.end_to_end import toy
from tests.end_to_end.test_sample_month import run
from tests.end_to_end.truth import read_rows
from typer.testing import CliRunner

from ecrecon.cli.main import app
from ecrecon.report.workbook.sheets_proof import voucher_totals

WALLET = toy.PROFILES["toy.wallet"].replace('view = "cash"', 'view = "cash"\ncurrency = "column:money"').replace(
    'grain = "batch"', 'grain = "order"'
).replace("payout_batch_id", "order_id").replace('"left", "text"]', '"left", "text", "money"]').replace(
    '"charges" = "other"', '"charges" = "commission"'
)  # fmt: skip
ORDERS = toy.PROFILES["toy.orders"].replace('kind = "orders"', 'kind = "orders"\ncurrency = "USD"')
CONFIG = toy.WORKSPACE.replace(
    'revenue_point = "confirmed"',
    'revenue_point = "confirmed"\nfx_rate = "day"\n'
    '[[posting.fx]]\ncurrency = "USD"\nfrom = 2026-10-01\nrate = "7.10"\n'
    '[[posting.fx]]\ncurrency = "USD"\nfrom = 2026-10-20\nrate = "7.15"',
).replace('paths = ["toy/**"]', 'paths = ["toy/**"]\nvat_rate = "0"')
SOLD = [("2026100100001", "finished", "100.00", "2026-10-01 10:00:00", "2026-10-06 12:00:00")]
MOVES = [
    ("2026-10-10 03:10:00", "2026100100001", "100.00", "payout of goods"),
    ("2026-10-10 03:10:01", "2026100100001", "-15.00", "charges"),
    ("2026-10-25 09:00:00", "", "-85.00", "withdrawal"),
]


def month(folder: Path, config: str = CONFIG, opening: str = "0.00") -> Path:
    toy.workspace(folder, config)
    (folder / "profiles/toy.wallet.toml").write_text(WALLET, encoding="utf-8")
    (folder / "profiles/toy.orders.toml").write_text(ORDERS, encoding="utf-8")
    toy.write(folder / "toy/orders.csv", toy.ORDERS, SOLD, None)
    rows = [(*row, "USD") for row in toy.wallet_rows(MOVES, opening)]
    toy.write(folder / "toy/wallet.csv", (*toy.WALLET, "money"), rows)
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("abroad")
    run(month(folder / "month"), folder / "out")
    return folder / "out"


def test_the_vouchers_are_those_of_the_example(out: Path) -> None:
    rows = read_rows(out / "vouchers.csv")
    told = [
        (r["event"], r["account_role"], r["debit"], r["credit"], r["currency"], r["fx_rate"], r["amount_fc"])
        for r in rows
    ]
    assert told == [
        ("receipt", "wallet", "710.00", "0.00", "USD", "7.10", "100.00"), ("receipt", "ar_platform", "0.00", "710.00", "USD", "7.10", "100.00"),
        ("fee", "selling_commission", "106.50", "0.00", "USD", "7.10", "15.00"), ("fee", "wallet", "0.00", "106.50", "USD", "7.10", "15.00"),
        ("withdrawal", "bank", "607.75", "0.00", "CNY", "", ""), ("withdrawal", "wallet", "0.00", "607.75", "USD", "7.15", "85.00"),
        ("revenue", "ar_platform", "710.00", "0.00", "USD", "7.10", "100.00"), ("revenue", "revenue", "0.00", "710.00", "USD", "7.10", "100.00"),
        ("fx_difference", "wallet", "4.25", "0.00", "USD", "7.15", "0.00"), ("fx_difference", "nonop_fx_gain", "0.00", "4.25", "USD", "7.15", "0.00"),
    ]  # fmt: skip


def test_profit_and_income_statement_are_the_accounts_in_yuan(out: Path) -> None:
    profit = {
        r["line"]: r["amount"]
        for r in read_rows(out / "profit.csv")
        if r["level"] == "company" and r["currency"] == "CNY"
    }
    assert {"710.00", "-106.50", "4.25", "607.75"} <= set(profit.values())
    (of_shop,) = [r for r in read_rows(out / "profit.csv") if r["level"] == "shop" and r["item"] == "profit"]
    assert (of_shop["platform"], of_shop["currency"], of_shop["amount"]) == ("toy", "CNY", "607.75")
    income = {r["item"]: r["month"] for r in read_rows(out / "income_statement.csv")}
    assert (income["一、营业收入"] if "一、营业收入" in income else income["营业收入"]) == "710.00"
    assert next(v for k, v in income.items() if "营业外收入" in k) == "4.25"


def test_a_difference_is_traced_without_an_order(out: Path) -> None:
    told = CliRunner().invoke(app, ["trace", "记-5", "--from", str(out)])
    assert told.exit_code == 0 and "汇兑损益" in told.output and "None" not in told.output


def test_sales_that_are_booked_elsewhere_stay_in_their_currency(tmp_path: Path) -> None:
    config = CONFIG.replace('revenue_point = "confirmed"', 'revenue_point = "none"')
    run(month(tmp_path / "month", config), tmp_path / "out")
    rows = read_rows(tmp_path / "out" / "profit.csv")
    assert [
        r["amount"] for r in rows if (r["level"], r["item"], r["currency"]) == ("company", "sales_gross", "USD")
    ] == ["100.00"]
    events = [r["event"] for r in read_rows(tmp_path / "out" / "vouchers.csv") if r["account_role"] == "ar_platform"]
    assert events == ["receipt"]  # without revenue the receivable is not revalued


def test_balances_of_others_stay_in_their_currency(out: Path) -> None:
    (owed,) = [r for r in read_rows(out / "parties.csv") if r["account_role"] == "ar_platform"]
    assert (owed["currency"], owed["debit"], owed["credit"], owed["closing"]) == ("USD", "100.00", "100.00", "0.00")


def test_the_proof_adds_up_vouchers_in_yuan(tmp_path: Path) -> None:
    report = run(month(tmp_path / "month"), tmp_path / "out")
    _, proof = voucher_totals(report)  # the bank entry of the payout is CNY, its wallet entry is not
    assert proof.select("currency", "debit_minor", "credit_minor", "gap_minor").rows() == [("CNY", 213850, 213850, 0)]


def test_an_opening_without_an_older_rate_is_said(tmp_path: Path) -> None:
    report = run(month(tmp_path / "month", opening="1000.00"), tmp_path / "out")
    rows = read_rows(tmp_path / "out" / "vouchers.csv")
    (gain,) = [r["debit"] for r in rows if r["event"] == "fx_difference" and r["account_role"] == "wallet"]
    assert gain == "54.25"  # 1000.00 x 0.05 and the 4.25 of the example
    assert any("期初的人民币金额不知道" in note for note in report.notes)


def test_without_the_policy_it_is_left_out_and_named(tmp_path: Path) -> None:
    run(month(tmp_path / "month", CONFIG.replace('fx_rate = "day"', 'fx_rate = "none"')), tmp_path / "out")
    assert read_rows(tmp_path / "out" / "vouchers.csv") == []
    assert "没有汇率" in json.dumps(
        json.loads((tmp_path / "out" / "summary.json").read_text("utf-8")), ensure_ascii=False
    )
