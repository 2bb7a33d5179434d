"""The independent verifier: it holds for what a run wrote, refuses every small change, and stands alone."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.end_to_end.test_foreign_wallet import month as foreign_month
from tests.end_to_end.test_sample_month import SAMPLE, run
from tests.verify.mutations import Judge, changes, judge, laws, load, model, unvouched

from ecrecon import verify, verify_bills, verify_reach, verify_rows, verify_views

pytestmark = pytest.mark.slow

SOURCE = Path(verify.__file__)
MOST_LINES = 250


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    run(SAMPLE, folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("abroad")
    run(foreign_month(folder / "month"), folder / "out")
    return folder / "month", folder / "out"


def mended(out: Path, target: Path, name: str, change: Callable[[str], str]) -> Path:
    """A copy of `out` in which `change` was made to one file and the digests were made to fit."""
    shutil.copytree(out, target)
    path = target / name
    path.write_text(
        change(path.read_text(encoding="utf-8-sig")), encoding="utf-8-sig" if name.endswith("csv") else "utf-8"
    )
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    if name in manifest["outputs"]:
        manifest["outputs"][name] = sha256(path.read_bytes()).hexdigest()
        (target / "manifest.json").write_text(
            json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
    return target


def test_the_file_is_short_and_imports_nothing_of_ours() -> None:
    assert len(SOURCE.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    parts = [verify, verify_bills, verify_reach, verify_rows, verify_views]
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for part in parts
        for node in ast.walk(ast.parse(Path(str(part.__file__)).read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) == {"pyarrow"}


def test_it_holds_for_the_sample_month_and_its_bills(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(out), "--inputs", str(SAMPLE)]) == 0
    assert f"{len(laws())} laws" in capsys.readouterr().out


def test_it_holds_in_foreign_currency(abroad: tuple[Path, Path]) -> None:
    assert verify.main([str(abroad[1]), "--inputs", str(abroad[0])]) == 0


def test_it_runs_alone_from_any_folder(out: Path, tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path / "verify.py")
    done = subprocess.run([sys.executable, "-I", "verify.py", str(out)], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_change_of_the_sample_month_survives(out: Path) -> None:
    verdicts = judge(load(out), 300, seed=7, laws_every=30)
    assert [(c.file, c.what, c.row) for c in verdicts.survived] == []
    assert sum(verdicts.tried.values()) == 300


def test_no_change_of_a_month_in_foreign_currency_survives(abroad: tuple[Path, Path]) -> None:
    verdicts = judge(load(abroad[1]), 60, seed=8, laws_every=10)
    assert [(c.file, c.what, c.row) for c in verdicts.survived] == []


AMOUNTS = {
    "lines.parquet": "amount_minor", "matches.parquet": "amount_minor", "voucher_trace.parquet": "amount_minor",
    "orders.parquet": "due_cash_minor", "vouchers.csv": "debit", "ledger.csv": "balance", "cash_daily.csv": "closing",
    "documents.csv": "amount", "parties.csv": "closing", "receivables.csv": "closing", "profit.csv": "amount",
    "income_statement.csv": "month", "platform_income.csv": "amount", "variances.csv": "difference", "open_items.csv": "open",
}  # fmt: skip
"""An amount of every file; without any control total the files themselves contradict it."""


def test_the_laws_alone_contradict_a_cent_in_every_file(out: Path) -> None:
    parts = load(out)
    judge_of = Judge(parts)
    survived = []
    for file, column in AMOUNTS.items():
        cells = list(parts[file, ""][column])
        row = next(i for i, cell in enumerate(cells) if cell not in (None, "", 0, "0.00"))
        cells[row] = (
            cells[row] + 1 if isinstance(cells[row], int) else f"{cells[row][:-1]}{(int(cells[row][-1]) + 1) % 10}"
        )
        change = next(changes(parts, 1, 1))
        changed = type(change)(file, column, row, {**parts, (file, ""): {**parts[file, ""], column: cells}})
        if not judge_of.by_laws(changed):
            survived.append(file)
    assert survived == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("ledger.csv", ",49.60,", ",49.61,"),
        ("summary.json", '"debit": "35992.71"', '"debit": "35992.70"'),
        ("report.html", "1,929.33", "1,929.34"),
    ],
)
def test_a_cent_is_refused_with_its_file_though_the_digest_fits(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str
) -> None:
    changed = mended(out, tmp_path / "out", name, lambda text: text.replace(old, new, 1))
    assert (changed / name).read_bytes() != (out / name).read_bytes()
    assert verify.main([str(changed)]) == 1
    told = capsys.readouterr().out
    assert name in told
    assert "sha256" not in told


def test_a_digest_that_does_not_fit_is_refused(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(out, tmp_path / "out")
    path = tmp_path / "out" / "report.html"
    path.write_bytes(path.read_bytes() + b" ")
    assert verify.main([str(tmp_path / "out")]) == 1
    assert "report.html sha256" in capsys.readouterr().out


def test_a_missing_and_a_damaged_file_are_refused_by_name(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(out, tmp_path / "out")
    (tmp_path / "out" / "lines.parquet").write_bytes(b"PAR1")
    (tmp_path / "out" / "ledger.csv").unlink()
    assert verify.main([str(tmp_path / "out")]) == 1
    told = capsys.readouterr().out
    assert "lines.parquet" in told
    assert "ledger.csv" in told


def test_a_folder_that_no_run_wrote_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(tmp_path)]) == 2
    (tmp_path / "manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    assert verify.main([str(tmp_path)]) == 2
    assert "not an output folder" in capsys.readouterr().err


def test_the_bills_are_read_again(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that was lost between the bill and lines.parquet is seen by reading the bill, whatever the outputs say."""
    tables = model(load(out))
    bill = next(i for i, s in enumerate(tables["summary/sources"]) if s["profile"] == "alipay.a1")
    tables["lines"] = [r for r in tables["lines"] if (r["source_id"], r["source_line"]) != (bill, 5)]
    configs = SOURCE.parents[2] / "configs"
    found = list(verify_bills.reread(SAMPLE, configs, tables))
    assert [where for where, _, _ in found] == [f"{tables['summary/sources'][bill]['path']}:5"]
    shutil.copytree(SAMPLE, tmp_path / "in")
    (tmp_path / "in" / "pdd" / "pdd_a" / "小额打款_202610.csv").unlink()
    assert verify.main([str(out), "--inputs", str(tmp_path / "in")]) == 1
    assert "小额打款_202610.csv" in capsys.readouterr().out


def test_the_laws_name_columns_that_exist(out: Path) -> None:
    """A law about a column that was renamed would hold for ever."""
    tables = model(load(out))
    known = {name for rows in tables.values() for row in rows for name in row} | tables.keys()
    words = {
        word
        for law in laws()
        for side in law.replace(" : ", " ").split(" ")
        for word in [side.strip(",-+")]
        if word.isidentifier()
    }
    assert sorted(words - known - {"in"}) == []
    assert pq.read_schema(out / "lines.parquet").names


def test_what_no_law_reaches_is_printed_by_file_and_column(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    columns = {(row["file"], row["column"]) for row in told["not_vouched_for"]}
    assert {
        ("lines.parquet", "biz_txn_id"),
        ("orders.parquet", "freight_minor"),
        ("report.html", "outside text"),
    } <= columns
    assert not set(AMOUNTS.items()) & columns
    verify.main([str(out)], lambda _, en: en)
    assert "not vouched for: orders.parquet " in capsys.readouterr().out


def test_no_law_contradicts_what_is_said_not_to_be_vouched_for(out: Path) -> None:
    """The list is worked out from the laws, the changes are not: both must say the same."""
    parts = load(out)
    judge_of, left = Judge(parts), unvouched(parts)
    for file, column in [("orders.parquet", "freight_minor"), ("orders.parquet", "buyer_paid_minor")]:
        cells = list(parts[file, ""][column])
        assert left[file.split(".")[0], column][0] == left[file.split(".")[0], column][1]
        row = next(i for i, cell in enumerate(cells) if cell)
        cells[row] += 1
        change = next(changes(parts, 1, 1))
        assert not judge_of.by_laws(
            type(change)(file, column, row, {**parts, (file, ""): {**parts[file, ""], column: cells}})
        )


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("ledger", "balance"),
        ("documents", "amount"),
        ("todo", "X02"),
        ("shops", "receivable"),
        ("profit", "shop:pdd_a"),
        ("files", "net"),
    ],
)
def test_a_cent_on_a_sheet_is_contradicted_by_its_table(out: Path, table: str, column: str) -> None:
    tables = model(load(out))
    row = next(row for row in tables[f"report/{table}"] if row[column])
    row[column] += 1
    for derived in (r for name in ("report/causes_", "report/cells_") for r in tables[name] if r["@"] == row["@"]):
        if column in (derived.get("code"), f"shop:{derived.get('shop')}"):
            derived["amount"] += 1
    assert any(
        True
        for law in laws()
        if "report/" in law or law[:6] in ("causes", "cells_")
        for _ in verify.broken(tables, law)
    )


@pytest.mark.parametrize("table", ["shops", "accounts", "receivables", "profit_by_shop", "open_items"])
def test_a_cent_on_the_page_is_contradicted(out: Path, table: str) -> None:
    tables = model(load(out))
    row = next(row for row in tables[f"page/{table}"] if row.get("open", row.get("closing", row.get("profit"))))
    column = next(name for name in ("open", "closing", "profit") if name in row)
    row[column] = row[column][:-1] + str((int(row[column][-1]) + 1) % 10)
    assert any(True for law in laws() if "page/" in law for _ in verify.broken(tables, law))


def test_alone_it_says_that_workbook_and_page_were_not_compared(out: Path, tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path / "verify.py")
    call = [sys.executable, "verify.py", str(out), "--json"]
    told = json.loads(subprocess.run(call, cwd=tmp_path, capture_output=True, check=True).stdout)
    assert [row["file"] for row in told["not_vouched_for"]] == ["report.xlsx", "report.html"]
    for part in (verify_bills, verify_reach, verify_rows, verify_views):
        shutil.copy(str(part.__file__), tmp_path)
    told = json.loads(subprocess.run(call, cwd=tmp_path, capture_output=True, check=True).stdout)
    assert {"lines.parquet", "report.xlsx", "summary.json"} <= {row["file"] for row in told["not_vouched_for"]}
