"""The awkward containers really are awkward, and the comparison notices every kind of deviation."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
from benchmarks.simulator import sample
from benchmarks.simulator.compare import compare
from benchmarks.simulator.output import Month, truth_files


@pytest.fixture(scope="module")
def month() -> Month:
    return sample.sample_month()


@pytest.fixture(scope="module")
def disk(month: Month) -> dict[str, bytes]:
    return month.disk()


def test_archive_names_are_gbk_without_the_utf8_flag(disk: dict[str, bytes]) -> None:
    name = next(n for n in disk if n.startswith("alipay/tmall_a/2088"))
    entries = zipfile.ZipFile(io.BytesIO(disk[name])).infolist()
    assert all(not e.flag_bits & 0x800 for e in entries)
    plain = sorted(e.filename.encode("cp437").decode("gbk").split("_", 2)[2] for e in entries)
    assert plain == ["账务明细(汇总).csv", "账务明细.csv"]


def test_order_workbook_declares_one_cell_and_holds_more(disk: dict[str, bytes]) -> None:
    name = next(n for n in disk if n.startswith("taobao/tmall_a/ExportOrderList") and n.endswith(".xlsx"))
    sheet = zipfile.ZipFile(io.BytesIO(disk[name])).read("xl/worksheets/sheet1.xml")
    assert b'<dimension ref="A1"/>' in sheet
    assert sheet.count(b"<row ") > 10


def test_every_container_and_encoding_is_there(disk: dict[str, bytes]) -> None:
    html = next(c for n, c in disk.items() if n.endswith(".xls") and n.startswith("taobao"))
    assert html.startswith(b"<html>")
    assert "订单编号" in html.decode("gb18030")
    assert next(c for n, c in disk.items() if n.endswith(".xls") and n.startswith("pdd")).startswith(
        b"\xd0\xcf\x11\xe0"
    )
    packed = next(c for n, c in disk.items() if n.endswith(".gz"))
    assert "营销账户" in gzip.decompress(packed).decode("gb18030")
    old = next(c for n, c in disk.items() if n.startswith("taobao/taobao_b/ExportOrderList") and n.endswith(".csv"))
    assert old.split(b"\r\n")[1].startswith(b'="5')
    assert len(old.split(b"\r\n")[0].split(b",")) == 44
    zipped = zipfile.ZipFile(io.BytesIO(next(c for n, c in disk.items() if n.startswith("pdd/pdd_a/orders_export"))))
    assert zipped.read(zipped.namelist()[0]).startswith("\ufeff订单号,".encode())
    tabbed = next(c for n, c in disk.items() if n.startswith("pdd/pdd_b/pdd-mall-marketing"))
    assert b"\t" in tabbed


def _perfect_run(month: Month, out: Path) -> Path:
    """The folder a flawless program would write, and the truth beside it."""
    truth = out.with_name("t.truth")
    for folder in (out, truth):
        folder.mkdir()
    files = truth_files(month)
    for name, content in files.items():
        (truth / name).write_bytes(content)
    rows = [r for r in csv.DictReader(io.StringIO(files["variances.csv"].decode("utf-8-sig"))) if not r["optional"]]
    for row in rows:
        row |= {"sources": row.pop("path"), "hint": ""}
    with (out / "variances.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    sources = list(csv.DictReader(io.StringIO(files["sources.csv"].decode("utf-8-sig"))))
    (out / "summary.json").write_text(json.dumps({"sources": sources}), encoding="utf-8")
    orders = list(csv.DictReader(io.StringIO(files["orders.csv"].decode("utf-8-sig"))))
    pl.DataFrame({
        "order_id": [o["order_id"] for o in orders],
        "disposition": [o["disposition"].split("|")[0] for o in orders],
        "expected_minor": [round(float(o["expected"]) * 100) for o in orders],
        "received_minor": [round(float(o["received"]) * 100) for o in orders],
    }).write_parquet(out / "orders.parquet")  # fmt: skip
    return truth


def test_comparison_accepts_the_truth_and_names_each_deviation(month: Month, tmp_path: Path) -> None:
    out = tmp_path / "run"
    truth = _perfect_run(month, out)
    assert compare(out, truth) == []
    path = out / "variances.csv"
    good = path.read_text(encoding="utf-8-sig")
    lines = good.splitlines()
    for code in ("X02", "A02", "X04", "F09", "F16", "F13", "C04"):
        kept = [line for line in lines if f",{code}," not in line]
        assert len(kept) < len(lines)
        path.write_text("\n".join(kept) + "\n", encoding="utf-8-sig")
        assert any(code in p for p in compare(out, truth)), code
    victim = next(line for line in lines if ",A02," in line)
    path.write_text(good + victim + "\n", encoding="utf-8-sig")
    assert [p.split(":")[0] for p in compare(out, truth)] == ["unexpected row"]
    path.write_text(good.replace("-5.37", "-5.38"), encoding="utf-8-sig")
    assert len([p for p in compare(out, truth) if "A02" in p]) == 2
    path.write_text(good, encoding="utf-8-sig")
    frame = pl.read_parquet(out / "orders.parquet")
    told = pl.read_csv(truth / "orders.csv", infer_schema=False)
    settled = told.filter(pl.col("disposition") == "settled", pl.col("expected") != "0.00")["order_id"][0]
    wrong = (
        pl.when(pl.col("order_id") == settled).then(pl.col("expected_minor") + 1).otherwise(pl.col("expected_minor"))
    )
    frame.with_columns(expected_minor=wrong).write_parquet(out / "orders.parquet")
    assert [settled in p for p in compare(out, truth)] == [True]


def test_comparison_checks_the_money_of_every_source(month: Month, tmp_path: Path) -> None:
    out = tmp_path / "run"
    truth = _perfect_run(month, out)
    listed = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    bill = next(s for s in listed["sources"] if s["profile"] == "alipay.a5")
    bill["income"] = "0.01"
    (out / "summary.json").write_text(json.dumps(listed), encoding="utf-8")
    assert [bill["path"] in p and "income" in p for p in compare(out, truth)] == [True]
