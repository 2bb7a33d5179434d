"""Limits of `[alerts]`: what reaches one is a row, what stays one cent below is not."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.months import SAMPLE, booked

from ecrecon.pipeline import RunSettings, read_workspace
from ecrecon.pipeline.chain import Run
from ecrecon.report.model import Report
from ecrecon.report.tables import data_files

pytestmark = pytest.mark.slow


def with_limits(folder: Path, limits: str) -> Path:
    """The configuration of the sample month with these limits, in `folder`."""
    folder.mkdir(exist_ok=True)
    config = folder / "ecrecon.toml"
    config.write_text((SAMPLE / "ecrecon.toml").read_text("utf-8") + f"\n[alerts]\n{limits}\n", "utf-8")
    return config


def rows_of(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(table.decode("utf-8-sig").splitlines()))


def test_without_limits_there_is_only_a_header(sample_month: Run, tmp_path: Path) -> None:
    assert rows_of(alerts_of(sample_month, tmp_path, "")) == []


def test_a_run_writes_what_reached_a_limit(sample_month: Run, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "month")
    with_limits(tmp_path / "month", "overdue_days = 9")
    call("match", tmp_path / "month", "--out", tmp_path / "out", "--quiet")
    written = (tmp_path / "out" / "alerts.csv").read_bytes()
    assert written == alerts_of(sample_month, tmp_path, "overdue_days = 9")
    assert len(rows_of(written)) == 1


def alerts_of(month: Run, folder: Path, limits: str) -> bytes:
    """alerts.csv of the sample month with these limits."""
    given = read_workspace(with_limits(folder / "limits", limits))
    report = booked(month, month[RunSettings].workspace.model_copy(update={"alerts": given.alerts}))[Report]
    return data_files(report)["alerts.csv"]


@pytest.mark.parametrize(
    ("limits", "rule", "found"),
    [
        ('variance = "126.90"', "variance", ["126.90"]), ('variance = "126.91"', "variance", []),
        ('shop = "149.10"', "shop", ["149.10"]), ('shop = "149.11"', "shop", []),
        ("overdue_days = 9", "overdue_days", ["9"]), ("overdue_days = 10", "overdue_days", []),
        ('refund_rate = "0.1196"', "refund_rate", ["0.1197"]), ('refund_rate = "0.12"', "refund_rate", []),
        ("missing_days = 16", "missing_days", ["16"]), ("missing_days = 17", "missing_days", []),
    ],
)  # fmt: skip
def test_a_limit_is_reached_or_not(sample_month: Run, tmp_path: Path, limits: str, rule: str, found: list[str]) -> None:
    rows = rows_of(alerts_of(sample_month, tmp_path, limits))
    assert [row["value"] for row in rows] == found
    assert {row["rule"] for row in rows} <= {rule}
    assert all(row["limit"] == limits.split("=")[1].strip(' "') and row["text"] and row["shop"] for row in rows)


@pytest.mark.parametrize("limits", ['variance = "abc"', "overdue_days = -1", 'refund_rate = "x"', "varianc = 1"])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, limits: str) -> None:
    folder = tmp_path / "month"
    folder.mkdir()
    (folder / "ecrecon.toml").write_text(f"[alerts]\n{limits}\n", "utf-8")
    answer = call("match", folder)
    assert answer.code == 2
    assert "alerts." in answer.err
