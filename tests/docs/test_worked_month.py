"""The figures of the worked month are those that the program writes for the sample."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from tests.end_to_end.test_sample_month import SAMPLE, run

from ecrecon.cli.trace import read_books
from ecrecon.posting import Traced, trace

DOCS = Path(__file__).parents[2] / "docs"
ORDER = "261021-003000000168476"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worked") / "out"
    run(SAMPLE, folder)
    return folder


@pytest.fixture(scope="module")
def told(out: Path) -> Traced:
    return trace(ORDER, read_books(out))


@pytest.mark.parametrize("page", ["worked-month.md", "worked-month.zh-CN.md"])
def test_every_voucher_and_line_of_the_page_is_in_the_trail(told: Traced, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    table = [line for line in text.split("\n") if line.startswith("| ") and "记-" in line]
    assert {f"记-{n}" for n in re.findall(r"记-(\d+)", "\n".join(table))} == set(told.entries["voucher"])
    lines = {int(n) for n in re.findall(r"货款明细(?:, line |第 )(\d+)", text)}
    counted = told.lines.filter(told.lines["disposition"] == "grouped")
    assert lines == set(counted["source_line"])
    assert told.documents["refund_id"].to_list() == ["20000001684761"]


def test_the_order_nets_to_nothing(told: Traced) -> None:
    sums: dict[str, int] = {}
    accounts = {(v, s): c for v, s, c in told.entries.select("voucher_id", "seq", "account_code").iter_rows()}
    for voucher, seq, minor in told.links.select("voucher_id", "seq", "amount_minor").iter_rows():
        code = accounts[voucher, seq]
        sums[code] = sums.get(code, 0) + minor
    assert set(sums) == {"1012", "1122", "2221", "5001", "5601"}
    assert set(sums.values()) == {0}


@pytest.mark.parametrize("page", ["worked-month.md", "worked-month.zh-CN.md"])
def test_the_receivable_and_the_profit_of_the_shop_are_those_of_the_files(out: Path, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8").replace(",", "")
    with (out / "receivables.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["level"] == "shop" and r["shop"] == "pdd_a")
    for name in ("opening", "increase", "reversal", "received", "paid_back", "closing"):
        assert row[name] in text, (name, row[name])
    with (out / "profit.csv").open(encoding="utf-8-sig", newline="") as file:
        profit = {r["item"]: r["amount"] for r in csv.DictReader(file) if r["level"] == "shop" and r["shop"] == "pdd_a"}
    for item in ("sales_gross", "sales_tax", "returns_net", "net_revenue"):
        assert profit[item].removeprefix("-") in text, (item, profit[item])
