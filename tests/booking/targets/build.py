"""Vouchers of the sample month, and small ones written by hand."""

from __future__ import annotations

import os
import shutil
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from ecrecon.issuing.targets import Voucher, VoucherLine, read_vouchers
from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match
from ecrecon.report.tables import data_files

SAMPLE = Path(__file__).parents[3] / "sample_bills" / "2026-10"


@cache
def sample_csv() -> bytes:
    """`vouchers.csv` of the sample month."""
    config = find_config((SAMPLE,), None)
    report = run_match(RunSettings(paths=(SAMPLE,), workspace=read_workspace(config), config=config))
    return data_files(report)["vouchers.csv"]


@cache
def sample_vouchers() -> tuple[Voucher, ...]:
    """All vouchers of the sample month, read back from its `vouchers.csv`."""
    return tuple(read_vouchers(pl.read_csv(sample_csv(), infer_schema=False)))


def hledger() -> str:
    """The program; a test that needs it is skipped, visibly, only where it is absent from a desk."""
    program = shutil.which("hledger")
    if program is None and not os.environ.get("CI"):
        pytest.skip("hledger is not installed; the continuous run has it")
    assert program is not None, "the continuous run must have hledger"
    return program


def line(
    seq: int, code: str, name: str, debit: int = 0, credit: int = 0, summary: str = "天猫旗舰店8月确认收入"
) -> VoucherLine:
    return VoucherLine(seq, summary, code, name, debit, credit, "CNY", {"店铺": "天猫旗舰店"})


def voucher(*lines: VoucherLine, number: int = 1) -> Voucher:
    """The example of the description of the formats: 1130 = 1000 + 130."""
    given = lines or (
        line(1, "1122", "应收账款", debit=113000), line(2, "6001", "主营业务收入", credit=100000),
        line(3, "22210102", "销项税额", credit=13000),
    )  # fmt: skip
    return Voucher(
        f"J{number:011d}", date(2026, 8, 31), 2026, 8, "记", number, 1, "张三", "receipt", "天猫旗舰店", tuple(given)
    )
