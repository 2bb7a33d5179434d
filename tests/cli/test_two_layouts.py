"""Two layouts of one account, through the command line: the same money twice, two parts of it, or nobody can tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.end_to_end import toy

pytestmark = pytest.mark.slow

SECOND = (
    toy.PROFILES["toy.wallet"]
    .replace('id = "toy.wallet"', 'id = "toy.second"')
    .replace("rank = 10", "rank = 20")
    .replace('"moved", "number"', '"when", "reference"')
    .replace('["number"]', '["reference"]')
    .replace('["moved"]', '["when"]')
)
HEADER = ("when", "reference", *toy.WALLET[2:])
MOVES = [
    ("2026-10-08 10:00:00", "p1", "100.00", "payout of goods"),
    ("2026-10-08 11:00:00", "p2", "40.00", "payout of goods"),
    ("2026-10-08 12:00:00", "p3", "25.00", "payout of goods"),
    ("2026-10-08 13:00:00", "p4", "7.00", "payout of goods"),
]


def sums(tmp_path: Path, first: list[tuple[str, ...]], second: list[tuple[str, ...]]) -> tuple[int, str, list[str]]:
    """(exit code, income of the account, kinds of the variances F10)."""
    folder = toy.workspace(tmp_path / "company")
    (folder / "profiles" / "toy.second.toml").write_text(SECOND, "utf-8")
    toy.write(folder / "toy" / "first.csv", toy.WALLET, first)
    toy.write(folder / "toy" / "second.csv", HEADER, second)
    answer = call("match", folder, "--period", "2026-10", "--out", tmp_path / "out", "--quiet")
    assert answer.code in (0, 1), answer
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    (account,) = [one for one in summary["accounts"] if one["platform"] == "toy"]
    return answer.code, account["income"], sorted(summary["variances"].get("bill_reissued", {}).get("by_kind", {}))


def test_the_same_money_in_two_layouts_counts_once(tmp_path: Path) -> None:
    rows = toy.wallet_rows(MOVES)
    _, income, told = sums(tmp_path, rows, rows)
    assert (income, "stop" in told) == ("172.00", False)


def test_parts_in_two_layouts_count_both(tmp_path: Path) -> None:
    rows = toy.wallet_rows(MOVES)
    _, income, told = sums(tmp_path, rows[:2], rows[2:])
    assert (income, told) == ("172.00", [])


def test_where_nobody_can_tell_it_stops(tmp_path: Path) -> None:
    rows = toy.wallet_rows(MOVES)
    code, income, told = sums(
        tmp_path,
        rows[:3],
        [
            *rows[2:3],
            *toy.wallet_rows(
                [
                    ("2026-10-08 14:00:00", "p9", "500.00", "payout of goods"),
                    ("2026-10-08 15:00:00", "p8", "61.00", "payout of goods"),
                    ("2026-10-08 16:00:00", "p7", "3.00", "payout of goods"),
                ],
                "900.00",
            ),
        ],
    )
    assert (code, told) == (1, ["stop"]), income
