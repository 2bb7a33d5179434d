"""A run inside the folder of the bills: what it writes there is no input of the next run."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from tests.end_to_end.test_sample_month import SAMPLE, run

from ecrecon.base.run_folder import FIRST_CELLS
from ecrecon.reading.containers import find_files
from ecrecon.report.tables import BOOK_COLUMNS


def test_output_among_the_bills_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(SAMPLE / "pdd" / "pdd_b", folder)
    out = folder / "out" / "2026-10"
    run(folder, out)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "vouchers").mkdir()
    (out / "vouchers" / "kis.dbf").write_bytes(b"x")
    (out / "vouchers" / "log.jsonl").write_text('{"hash": "x", "files": {"kis.dbf": "y"}}', "utf-8")
    shutil.copy(out / "report.xlsx", out / "report.edited-1.xlsx")
    seen = [file.display for file in find_files([folder])]
    assert not [name for name in seen if name.startswith("out/")]
    run(folder, out)
    assert {name: (out / name).read_bytes() for name in first} == first


def test_a_bill_that_lies_among_the_output_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(SAMPLE / "pdd" / "pdd_b", folder)
    run(folder, folder / "out")
    shutil.copy(SAMPLE / "pdd" / "pdd_b" / "小额打款_202610.csv", folder / "out" / "bill.csv")
    assert [f.display for f in find_files([folder]) if f.display.startswith("out/")] == ["out/bill.csv"]


def test_a_manifest_of_another_program_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "app"}', encoding="utf-8")
    (tmp_path / "bill.csv").write_text("a,b", encoding="utf-8")
    assert [f.display for f in find_files([tmp_path])] == ["bill.csv", "manifest.json"]


def test_a_forged_manifest_hides_nothing(tmp_path: Path) -> None:
    bill = (SAMPLE / "pdd" / "pdd_b" / "小额打款_202610.csv").read_bytes()
    names = ["账单.csv", "documents.csv", "report.xlsx", "report.html", "report.edited-1.xlsx", "vouchers/账单.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bill)
    outputs = {name: hashlib.sha256(bill).hexdigest() for name in [*names, "vouchers"]}
    forged = {"outputs": outputs, "config_digest": "x", "version": "0.1.0"}
    (tmp_path / "manifest.json").write_text(json.dumps(forged), encoding="utf-8")
    assert set(names) <= {file.display for file in find_files([tmp_path])}


def test_a_table_that_excel_saved_again_is_still_no_input(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(SAMPLE / "pdd" / "pdd_b", folder)
    run(folder, folder / "out")
    saved = (folder / "out" / "variances.csv").read_text("utf-8-sig").encode("gb18030")
    (folder / "out" / "variances.csv").write_bytes(saved)
    assert not [f.display for f in find_files([folder]) if f.display.startswith("out/")]


def test_every_table_of_a_run_is_known_by_its_header(tmp_path: Path) -> None:
    run(SAMPLE, tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        assert path.read_text("utf-8-sig").startswith(FIRST_CELLS[path.name]), path.name
    for name, columns in BOOK_COLUMNS.items():
        assert ",".join(columns).startswith(FIRST_CELLS[f"{name}.csv"].removesuffix(",")), name
