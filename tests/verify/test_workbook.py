"""What the verifier makes of the tables of the workbook: decimals of each currency, and tables that the manifest leaves out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.test_sample_month import run
from tests.end_to_end.test_three_currencies import month
from tests.verify.mutations import laws, load, model

from ecrecon import verify, verify_rows, verify_views

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("currencies")
    run(month(folder / "month"), folder / "out")
    return folder / "out"


def placed(out: Path) -> list[dict[str, object]]:
    return list(json.loads((out / "manifest.json").read_text("utf-8"))["workbook"])


def test_a_month_of_three_currencies_holds(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(out)]) == 0, capsys.readouterr().out


def test_amounts_are_compared_in_the_decimals_of_their_currency(out: Path) -> None:
    tables = model(load(out))
    shown = {row["currency"]: row["receivable"] for row in tables["report/shops"] if row["currency"]}
    assert shown["JPY"] * 100 == shown["USD"]


@pytest.mark.parametrize(("table", "column"), [("shops", "receivable"), ("open_items", "open"), ("accounts", "income")])
def test_one_yen_on_a_sheet_is_contradicted(out: Path, table: str, column: str) -> None:
    tables = model(load(out))
    row = next(row for row in tables[f"report/{table}"] if row["currency"] == "JPY" and row[column])
    row[column] += 1
    assert any(True for law in laws() if f"report/{table}" in law for _ in verify.broken(tables, law))


def test_a_table_without_currency_is_listed_and_not_compared(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = {place["table"] for place in placed(out) if place["rows"] and not verify_views.says_decimals(place)}
    assert verify.main([str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["not_vouched_for"]
    listed = {row["column"] for row in told if row["file"] == "report.xlsx" and row["column"].endswith(" *")}
    assert listed == {f"{name} *" for name in silent}
    assert len(silent) < len(placed(out)) // 2


def test_a_table_that_the_manifest_leaves_out_is_told(out: Path) -> None:
    parts, places = load(out), placed(out)
    assert len(places) > 10
    for gone in range(len(places)):
        with pytest.raises(ValueError, match=r"manifest\.json does not place this table"):
            list(verify_views.views(parts, places[:gone] + places[gone + 1 :]))
    with pytest.raises(ValueError, match="places no table"):
        list(verify_views.views(parts, []))


def test_the_command_refuses_a_manifest_without_one_of_the_tables(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(out, tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["workbook"] = [place for place in manifest["workbook"] if place["table"] != "accounts"]
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
    assert verify.main([str(tmp_path / "out")]) == 1
    assert "manifest.json does not place this table" in capsys.readouterr().out


def test_rows_of_columns_and_rows_of_dicts_give_the_same_answers(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = shutil.copytree(out, tmp_path / "out") / "ledger.csv"
    text = changed.read_text("utf-8-sig")
    changed.write_text(text.replace("1000.00", "1000.01", 1), "utf-8-sig")
    verify.main([str(changed.parent)])
    by_columns = capsys.readouterr().out
    beside = verify.beside
    monkeypatch.setattr(verify, "beside", lambda name: None if name == "rows" else beside(name))
    verify.main([str(changed.parent)])
    assert capsys.readouterr().out == by_columns
    assert by_columns.count("ledger.csv [") > 1
    assert verify.main([str(out)]) == 0


def test_columns_of_unequal_height_are_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        verify_rows.lines({"a": [1], "b": []})
    assert verify_rows.lines({}) == []
