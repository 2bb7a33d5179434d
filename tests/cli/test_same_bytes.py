"""The same input gives the same bytes, whatever the order of files, folders and threads; a person's work is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.call import call
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME, good, put

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_bills" / "2026-10"


def outputs(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def different(a: dict[str, bytes], b: dict[str, bytes]) -> list[str]:
    """Names whose bytes differ."""
    return [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]


def test_the_order_of_arguments_changes_nothing(tmp_path: Path) -> None:
    for shop in ("a", "b"):
        put(tmp_path, f"{shop}/{shop}_{BILL_NAME}", BILL.replace("-00400", "-00400" if shop == "a" else "-00500"))
        orders = ORDERS.replace("-00400", "-00400" if shop == "a" else "-00500")
        put(tmp_path, f"{shop}/{shop}_{ORDERS_NAME}", orders, "utf-8-sig")
    call("match", "a", "b", "--out", "1", "--quiet")
    call("match", "b", "a", "--out", "2", "--quiet")
    assert different(outputs(tmp_path / "1"), outputs(tmp_path / "2")) == []


def test_the_age_of_files_and_the_place_of_the_folder_change_nothing(tmp_path: Path) -> None:
    good(tmp_path / "one" / "in")
    shutil.copytree(tmp_path / "one" / "in", tmp_path / "else" / "where" / "in")
    files = sorted((tmp_path / "else").rglob("*.csv"), reverse=True)
    for place, path in enumerate(files):
        os.utime(path, (1_000_000_000 + place, 1_000_000_000 + place))
    call("match", tmp_path / "one" / "in", "--out", "1", "--quiet")
    call("match", tmp_path / "else" / "where" / "in", "--out", "2", "--quiet")
    assert different(outputs(tmp_path / "1"), outputs(tmp_path / "2")) == []


def test_other_names_of_files_change_no_figure(tmp_path: Path) -> None:
    good(tmp_path / "in")
    put(tmp_path, "other/z/下载 (3).csv", BILL)
    put(tmp_path, "other/z/a.csv", ORDERS, "utf-8-sig")
    answers = [call("match", folder, "--out", f"o-{folder}") for folder in ("in", "other")]
    tables = [
        (tmp_path / f"o-{folder}" / "open_items.csv").read_text("utf-8-sig").replace("shop_a", "z")
        for folder in ("in", "other")
    ]
    assert tables[0] == tables[1]
    assert answers[0].code == answers[1].code == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_number_of_threads_changes_nothing(tmp_path: Path, lang: str) -> None:
    for threads in ("1", "2"):
        environment = {
            **os.environ,
            "POLARS_MAX_THREADS": threads,
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONHASHSEED": threads,
        }
        command = [sys.executable, "-m", "ecrecon", "match", str(SAMPLE), "--out", threads, "--quiet", "--lang", lang]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert different(outputs(tmp_path / "1"), outputs(tmp_path / "2")) == []


def test_a_second_run_over_its_own_folder_changes_nothing(tmp_path: Path) -> None:
    good(tmp_path / "in")
    call("match", "in", "--out", "o", "--quiet")
    before = outputs(tmp_path / "o")
    call("match", "in", "--out", "o", "--quiet")
    assert different(before, outputs(tmp_path / "o")) == []


def test_a_workbook_that_somebody_edited_and_files_of_others_are_kept(tmp_path: Path) -> None:
    good(tmp_path / "in")
    call("match", "in", "--out", "o", "--quiet")
    for number in (1, 2):
        put(tmp_path, "o/report.xlsx", f"edited {number}".encode())
        put(tmp_path, "o/笔记.txt", "我的笔记")
        call("match", "in", "--out", "o", "--quiet")
        assert (tmp_path / "o" / f"report.edited-{number}.xlsx").read_bytes() == f"edited {number}".encode()
    assert (tmp_path / "o" / "笔记.txt").exists()
    assert (tmp_path / "o" / "report.xlsx").read_bytes()[:2] == b"PK"


def test_no_output_names_the_machine(tmp_path: Path) -> None:
    good(tmp_path / "in")
    call("match", tmp_path / "in", "--out", tmp_path / "o", "--quiet")
    for name, content in outputs(tmp_path / "o").items():
        assert str(tmp_path).encode() not in content, name
