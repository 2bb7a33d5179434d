"""Limits of `[alerts]`: what reaches one is a row, what stays one cent below is not."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from tests.cli.call import call

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"


def rows_of(tmp_path: Path, limits: str) -> list[dict[str, str]]:
    """The alerts of the sample month with these limits."""
    folder = tmp_path / "month"
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    (folder / "ecrecon.toml").write_text(
        (SAMPLE / "ecrecon.toml").read_text("utf-8") + f"\n[alerts]\n{limits}\n", "utf-8"
    )
    call("match", folder, "--out", tmp_path / "out", "--quiet")
    return list(csv.DictReader((tmp_path / "out" / "alerts.csv").read_text("utf-8-sig").splitlines()))


def test_without_limits_there_is_only_a_header(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "") == []


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
def test_a_limit_is_reached_or_not(tmp_path: Path, limits: str, rule: str, found: list[str]) -> None:
    rows = rows_of(tmp_path, limits)
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
