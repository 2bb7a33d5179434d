"""`init` writes a workspace that loads as it is and with every setting switched on; `diff` names what moved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, good, put

from ecrecon.settings.workspace import load_workspace


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_init_writes_a_workspace_that_loads(tmp_path: Path, lang: str) -> None:
    answer = call("init", "books/new", "--start", "2026-01", "--lang", lang)
    assert (answer.code, answer.err) == (0, "")
    assert "2025-10" in answer.out  # orders of the 90 days before explain late money
    path = tmp_path / "books" / "new" / "ecrecon.toml"
    workspace = load_workspace(path)
    assert str(workspace.opening.date_) == "2026-01-01"
    assert workspace.shops == []
    path.write_text(re.sub(r"^#(?! )", "", path.read_text("utf-8"), flags=re.M), "utf-8")
    everything = load_workspace(path)
    assert (everything.standard, everything.vat_status, everything.shops[0].name) == ("sbe", "general", "tmall_a")
    assert everything.alerts.overdue_days == 15


def test_init_without_a_month_and_never_over_a_file(tmp_path: Path) -> None:
    assert call("init", "a").code == 0
    before = (tmp_path / "a" / "ecrecon.toml").read_bytes()
    answer = call("init", "a", "--start", "2026-10")
    assert (answer.code, answer.out) == (2, "")
    assert "ecrecon.toml" in answer.err
    assert (tmp_path / "a" / "ecrecon.toml").read_bytes() == before
    assert call("init", "b", "--start", "10/2026").code == 2
    assert not (tmp_path / "b").exists()
    put(tmp_path, "file", "x")
    assert call("init", "file").code == 2


def test_a_month_with_a_new_workspace_runs(tmp_path: Path) -> None:
    good(tmp_path / "in")
    call("init", "in", "--start", "2026-10")
    assert call("match", "in", "--quiet").code == 0


def runs(tmp_path: Path, second: str) -> None:
    good(tmp_path / "a", BILL)
    good(tmp_path / "b", second)
    for folder in ("a", "b"):
        call("match", folder, "--out", f"out-{folder}", "--quiet", "--as-of", "2026-10-10")


def test_diff_of_equal_runs_is_exit_0(tmp_path: Path) -> None:
    runs(tmp_path, BILL)
    for lang, words in (("zh", "没有变化"), ("en", "nothing moved")):
        answer = call("diff", "out-a", "out-b", "--lang", lang)
        assert (answer.code, answer.out.strip(), answer.err) == (0, words, "")


def test_diff_names_new_gone_and_changed_rows_and_figures(tmp_path: Path) -> None:
    short = BILL.replace(",20.00,0,", ",25.00,0,").replace("33.80", "38.80").replace("33.71", "38.71")
    runs(tmp_path, short)
    answer = call("diff", "out-a", "out-b", "--json")
    moved = json.loads(answer.out)
    assert answer.code == 1 and moved["moved"]
    assert [(row["code"], row["difference"]) for row in moved["new"]] == [("A03", "5.00")]
    assert (moved["gone"], moved["changed"], moved["settings"]) == ([], [], [])
    assert {"platform": "pdd", "shop": "shop_a", "figure": "received", "before": "33.80", "after": "38.80"} in moved[
        "shops"
    ]
    assert [file["state"] for file in moved["files"]] == ["changed"]
    back = json.loads(call("diff", "out-b", "out-a", "--json").out)
    assert back["gone"] == moved["new"] and back["new"] == []
    text = call("diff", "out-a", "out-b").out
    assert "新增的差异 (1)" in text and "shop_a 已收 33.80 → 38.80" in text


def test_diff_names_a_changed_amount(tmp_path: Path) -> None:
    first = BILL.replace(",20.00,0,", ",25.00,0,").replace("33.80", "38.80").replace("33.71", "38.71")
    good(tmp_path / "a", first)
    good(tmp_path / "b", first.replace("25.00", "26.00").replace("38.80", "39.80").replace("38.71", "39.71"))
    for folder in ("a", "b"):
        call("match", folder, "--out", f"out-{folder}", "--quiet")
    moved = json.loads(call("diff", "out-a", "out-b", "--json").out)
    assert (moved["new"], moved["gone"]) == ([], [])
    assert moved["changed"][0]["before"] == {"actual": "25.00", "difference": "5.00"}
    assert moved["changed"][0]["after"] == {"actual": "26.00", "difference": "6.00"}


def test_diff_refuses_what_is_no_result(tmp_path: Path) -> None:
    runs(tmp_path, BILL)
    for arguments, word in ((("out-a", "a"), "variances.csv"), (("absent", "out-a"), "absent")):
        answer = call("diff", *arguments)
        assert (answer.code, answer.out) == (2, "") and word in answer.err
    put(tmp_path, "out-b/summary.json", "{")
    assert call("diff", "out-a", "out-b").code == 2
