"""Bank statements in a run: whose they are, what they decide (nothing about the month), what is booked of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.golden.goldens import FOLDER

from ecrecon import report as reports
from ecrecon.ledger.shops import same_account
from ecrecon.pipeline import RunSettings, find_config, parse_as_of, read_workspace, run_match

CONFIG = """
company = "示例商贸有限公司"
standard = "sbe"
vat_status = "general"
[posting]
default_accounts = true

[[shops]]
name = "pdd_a"
platform = "pdd"
paths = ["pdd/**"]

[[banks]]
name = "cmb"
paths = ["bank/招行/**"]
accounts = ["6200123412340003"]
[[banks]]
name = "icbc"
paths = ["bank/工行/**"]
accounts = ["1100000000000000099"]
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("month")
    for name in ("pdd", "bank/招行", "bank/工行", "bank/建行"):
        (folder / name).mkdir(parents=True)
    shutil.copy(FOLDER / "pdd.p1" / "page.csv", folder / "pdd")
    shutil.copy(FOLDER / "bank.cmb_card_csv" / "CMB_6200.csv", folder / "bank/招行")
    shutil.copy(FOLDER / "bank.icbc" / "history.csv", folder / "bank/工行")
    shutil.copy(FOLDER / "bank.ccb" / "row_1.csv", folder / "bank/建行")
    text = (FOLDER / "pdd.p1" / "page.csv").read_bytes().decode("gb18030")
    (folder / "pdd" / "page.csv").write_bytes(text.replace("2026-05", "2026-10").encode("gb18030"))
    (folder / "ecrecon.toml").write_text(CONFIG, encoding="utf-8")
    config = find_config((folder,), None)
    end = parse_as_of("2026-10-31")
    report = run_match(RunSettings(paths=(folder,), workspace=read_workspace(config), config=config, as_of=end))
    reports.write(report, folder / "out")
    return folder / "out"


def test_statement_goes_under_its_bank_with_its_account(out: Path) -> None:
    sources = json.loads((out / "summary.json").read_text(encoding="utf-8"))["sources"]
    found = {s["profile"]: (s["kind"], s["shop"], s["account"]) for s in sources}
    assert found["bank.cmb_card_csv"] == ("bank", "cmb", "6200123412340003")  # printed as 6200********0003
    assert found["bank.icbc"] == ("bank", "icbc", "1100000000000000099")  # not printed: the only one configured
    assert found["bank.ccb"] == ("bank", "11000000000000000001", "11000000000000000001")


def test_bank_lines_are_in_the_proof_and_in_no_shop(out: Path) -> None:
    lines = pl.read_parquet(out / "lines.parquet").filter(pl.col("platform").cast(pl.String) == "bank")
    assert lines.height == 2 + 5 + 4
    assert set(lines["disposition"].cast(pl.String)) == {"account_level"}
    variances = (out / "variances.csv").read_text(encoding="utf-8-sig")
    assert "C04" not in variances and "C05" not in variances


def test_only_interest_and_charges_of_a_bank_are_booked(out: Path) -> None:
    trace = pl.read_parquet(out / "voucher_trace.parquet").select("line_id").unique()
    lines = pl.read_parquet(out / "lines.parquet").filter(pl.col("platform").cast(pl.String) == "bank")
    booked = lines.join(trace, on="line_id", how="semi")
    assert sorted(booked["category"].cast(pl.String)) == ["interest", "payment_fee", "payment_fee"]
    assert booked["amount_minor"].sum() == -500 - 1860 + 123


def test_month_is_that_of_the_bills(tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()
    shutil.copy(FOLDER / "pdd.p1" / "page.csv", tmp_path)  # May 2026
    shutil.copy(FOLDER / "bank.ccb" / "row_1.csv", tmp_path / "bank")  # October 2026
    config = find_config((tmp_path,), None)
    report = run_match(RunSettings(paths=(tmp_path,), workspace=read_workspace(config), config=config))
    assert report.period == "2026-05"
    (tmp_path / "page.csv").unlink()
    report = run_match(RunSettings(paths=(tmp_path,), workspace=read_workspace(config), config=config))
    assert (report.period, f"{report.as_of:%Y-%m-%d}") == ("2026-10", "2026-10-16")


@pytest.mark.parametrize(
    ("printed", "configured", "same"),
    [
        ("6200********0003", "6200123412340003", True),
        ("6200********0003", "6200123412340004", False),
        ("**03", "6200123412340003", False),
        ("6200123412340003", "6200123412340003", True),
        ("20880001234500010156", "2088000123450001", False),
        ("2088000123450001", "20880001234500010156", True),
    ],
)
def test_account_numbers_are_compared_by_what_is_printed(printed: str, configured: str, same: bool) -> None:
    assert same_account(printed, configured) is same
