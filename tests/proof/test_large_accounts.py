"""The laws hold for what a large account looks like: its ledger has one row for all lines of a day and kind."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
import pytest
from tests.cli.call import call

from ecrecon import verify
from ecrecon.statements import cash

SHOP = Path(__file__).parents[2] / "sample_bills" / "2026-10" / "pdd" / "pdd_b"


@pytest.mark.slow
def test_a_ledger_of_days_is_held_to_the_money_of_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = call("match", SHOP, "--out", tmp_path / "whole", "--quiet")
    monkeypatch.setattr(cash, "cash_ledger", partial(cash.cash_ledger, most=10))
    answer = call("match", SHOP, "--out", tmp_path / "days", "--quiet")
    assert answer.code == whole.code != 70, answer
    rows = [(tmp_path / name / "ledger.csv").read_text("utf-8").count("\n") for name in ("whole", "days")]
    assert rows[1] < rows[0]
    days = [pl.read_csv(tmp_path / name / "cash_daily.csv", infer_schema=False) for name in ("whole", "days")]
    assert days[1].equals(days[0])
    assert verify.main([str(tmp_path / "days")]) == 0
