"""Files of the whole company: what the ERP and the bank print is what happened, in either layout."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from benchmarks.simulator import clean_month, sides_bank, sides_erp
from benchmarks.simulator.faults import faulty_month
from benchmarks.simulator.output import Month, truth_files
from benchmarks.simulator.sides import WORDS


def month(*words: str, seed: int = 8) -> Month:
    return clean_month(seed=seed, orders=400, sides=words)


def table(month: Month, start: str) -> list[dict[str, str]]:
    """The rows of the one file under a folder, by column."""
    (file,) = [f for f in month.files if f.path.startswith(start)]
    assert file.table is not None
    return [dict(zip(file.table.columns, row, strict=True)) for row in file.table.rows]


def cents(text: str) -> int:
    return round(float(text or "0") * 100)


def test_a_company_without_sides_has_no_file_of_them() -> None:
    assert not [f for f in clean_month(seed=8, orders=100).files if f.path.startswith(("erp/", "bank/"))]
    assert set(WORDS) == {"erp", "erp_jackyun", "erp_report", "bank", "bank_cmb"}


def test_sides_change_nothing_else() -> None:
    plain, full = clean_month(seed=8, orders=200).disk(), clean_month(seed=8, orders=200, sides=("erp", "bank")).disk()
    for name, content in plain.items():
        if name != "ecrecon.toml":
            assert full[name] == content, name


@pytest.mark.parametrize("words", [("erp", "bank"), ("erp_jackyun", "bank_cmb")])
def test_the_same_seed_gives_the_same_bytes(words: tuple[str, ...]) -> None:
    assert month(*words).disk() == month(*words).disk()
    assert truth_files(month(*words)) == truth_files(month(*words))


def test_every_paid_order_is_in_the_erp_once() -> None:
    company = month("erp").world
    listed = [n for r in sides_erp.records(company) if r.state != "被合并" and r.kind == "普通订单" for n in r.origins]
    paid = {sides_erp.number_of(o) for o in company.orders if o.exported and o.paid and o.paid <= company.snapshot}
    assert set(listed) == paid
    twice = {n for n in listed if listed.count(n) > 1}
    assert len(twice) == len(company.shops)  # the one split order of each shop


def test_amounts_of_both_layouts_add_up_to_the_same() -> None:
    first = {row["订单号"]: cents(row["商家实收"]) for row in table(month("erp"), "erp/") if row["状态"] != "被合并"}
    second = {row["订单编号"]: cents(row["应收合计"]) for row in table(month("erp_jackyun"), "erp/")}
    assert {f"JY{own}": amount for own, amount in first.items()} == second


def test_every_payout_arrives_on_a_working_day_after_it() -> None:
    company = month("bank").world
    arrived = [line for line in sides_bank.lines(company) if line.summary == "提现"]
    payouts = sides_bank.withdrawals(company)
    assert sorted(-m.amount for m in payouts) == sorted(line.amount for line in arrived)
    assert all(line.at.weekday() < 5 for line in arrived)
    for payout in payouts:
        late = sides_bank.next_working_day(payout.at) - payout.at
        assert timedelta() < late < timedelta(days=4)


def test_a_withdrawal_that_came_back_never_reaches_the_bank() -> None:
    company = clean_month(variant="wx_a", seed=8, orders=60, sides=("bank",)).world
    (back,) = [m for m in company.loose if m.kind == "withdrawal_back"]
    assert back.amount not in {line.amount for line in sides_bank.lines(company)}
    assert {line.party for line in sides_bank.lines(company) if line.summary == "提现"} == {sides_bank.TENPAY}


@pytest.mark.parametrize(
    ("word", "into", "out"),
    [("bank", "贷方发生额（收入）", "借方发生额（支取）"), ("bank_cmb", "贷方金额", "借方金额")],
)
def test_balance_of_the_statement_rolls(word: str, into: str, out: str) -> None:
    rows = table(month(word), "bank/")
    rows = rows[::-1] if word == "bank" else rows
    balance = 5_000_000
    for row in rows:
        balance += cents(row[into]) - cents(row[out])
        assert cents(row["余额"]) == balance


def test_faults_between_the_sides_bring_both_along() -> None:
    made = faulty_month(["sold_not_recorded@pdd_a"], seed=8, orders=400)
    assert made.world.sides == ("erp", "bank")
    text = truth_files(made)["variances.csv"].decode("utf-8-sig")
    (row,) = [r for r in csv.DictReader(io.StringIO(text)) if r["code"] == "X05"]
    listed = {n for r in sides_erp.records(made.world) for n in r.origins}
    assert row["order_id"] not in listed
