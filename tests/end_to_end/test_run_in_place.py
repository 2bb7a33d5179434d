"""A run inside the folder of the bills: what it writes there is no input of the next run."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.end_to_end.test_sample_month import SAMPLE, run

from ecrecon.formats.containers import find_files


def test_output_among_the_bills_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(SAMPLE / "pdd" / "pdd_b", folder)
    out = folder / "out" / "2026-10"
    run(folder, out)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "vouchers").mkdir()
    (out / "vouchers" / "kis.dbf").write_bytes(b"x")
    (out / "report.edited-1.xlsx").write_bytes(b"PK")
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
