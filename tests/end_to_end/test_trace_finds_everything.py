"""Whatever id an output lists, `trace` finds it, shows the amount, and never ends in a traceback."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.cli.call import call

from ecrecon.cli.trace import as_dict, as_text, read_books, read_outputs
from ecrecon.issuing.search import search

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
ID_COLUMNS = (
    "order_id", "sub_order_id", "parent_order_id", "pay_id", "merchant_order_no", "refund_id", "txn_id", "biz_txn_id",
    "payout_batch_id", "bank_ref", "variance_id", "document_no", "settle_no", "voucher_id", "batch_id", "voucher",
)  # fmt: skip
EACH = 4
"""Ids of one column that are tried; evenly spread over its values."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trace") / "2026-10"
    assert call("match", SAMPLE, "--out", folder, "--quiet").code == 1
    return folder


def tables(out: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    for path in sorted(out.glob("*.csv")):
        yield path.name, pl.read_csv(path, infer_schema=False)
    for path in sorted(out.glob("*.parquet")):
        yield path.name, pl.read_parquet(path)


def spread(values: list[str]) -> list[str]:
    step = max(len(values) // EACH, 1)
    return values[::step][: EACH + 1]


def ids(out: Path) -> dict[str, list[str]]:
    """`file.column` -> some of the ids in it, and references to places and lines of vouchers."""
    paths = [source["path"] for source in json.loads((out / "summary.json").read_text("utf-8"))["sources"]]
    found: dict[str, list[str]] = {}
    for name, frame in tables(out):
        for column in ID_COLUMNS:
            if column in frame.columns:
                found[f"{name}.{column}"] = spread(sorted(frame[column].cast(pl.String).drop_nulls().unique()))
        if {"source_id", "source_line"} <= set(frame.columns):
            rows = frame.select("source_id", "source_line").drop_nulls().unique().sort(pl.all())
            found[f"{name}.place"] = spread([f"{paths[source]}:{line}" for source, line in rows.iter_rows()])
        for column in ("sources", "source"):
            if column in frame.columns:
                cells = sorted({part for cell in frame[column].drop_nulls() for part in cell.split(";")})
                found[f"{name}.{column}"] = spread(cells)
        if "seq" in frame.columns and "voucher_id" in frame.columns:
            pairs = frame.select("voucher_id", "seq").unique().sort(pl.all())
            found[f"{name}.line"] = spread([f"{voucher}/{seq}" for voucher, seq in pairs.iter_rows()])
    return {name: values for name, values in found.items() if values}


def test_every_id_of_every_output_is_found_with_its_amount(out: Path) -> None:
    books, outputs = read_books(out), read_outputs(out)
    listed = ids(out)
    assert len(listed) > 30
    for name, values in listed.items():
        for value in values:
            answer = search(value, books, outputs)
            assert answer.kinds, (name, value)
            text = as_text(answer)
            assert len(text.splitlines()) > 1, (name, value)
            amount = re.search(r"-?\d+\.\d\d\b", text)
            assert amount or name.startswith(("variances.csv.source", "set_aside.parquet")), (name, value, text)
            as_dict(answer)


def test_an_answer_leads_both_ways(out: Path) -> None:
    """From an order to finding, expectation, receipt, fee and voucher; from each of these back to the order."""
    books, outputs = read_books(out), read_outputs(out)
    rows = list(csv.DictReader((out / "variances.csv").read_text("utf-8-sig").splitlines()))
    for row in rows:
        if not row["order_id"] or row["code"] in ("X03",):
            continue
        whole = as_dict(search(row["order_id"], books, outputs))
        assert row["variance_id"] in {found["variance_id"] for found in whole["variances"]}
        back = as_dict(search(row["variance_id"], books, outputs))
        assert back["kinds"] == ["variance"]
        assert row["order_id"] in {found["order_id"] for found in back["orders"]} | {
            found["order_id"] for found in [*back["lines"], *back["documents"]]
        }
        assert {line["line_id"] for line in whole["lines"]} <= {line["line_id"] for line in back["lines"]}
        assert whole["entries"] == back["entries"]
    fee = next(row for row in rows if row["code"] == "C01")
    told = as_text(search(fee["order_id"], books, outputs))
    assert all(words in told for words in ("凭证分录", "订单 (1)", "账单行", "差异", "费率异常", fee["difference"]))


@pytest.mark.parametrize("around", ["'{}", "`{}", '="{}"', " {}\t", "\ufeff{}"])
def test_an_id_as_spreadsheets_write_it_is_found(out: Path, around: str) -> None:
    books, outputs = read_books(out), read_outputs(out)
    order = next(iter(books.lines["order_id"].drop_nulls()))
    assert search(around.format(order), books, outputs).kinds == search(order, books, outputs).kinds


def test_an_id_that_is_two_things_is_answered_as_both(out: Path) -> None:
    books, outputs = read_books(out), read_outputs(out)
    both = next(iter(books.lines.filter(pl.col("order_id").is_not_null())["order_id"]))
    orders = outputs.orders.with_columns(pay_id=pl.lit(both))
    line = books.lines.head(1).with_columns(txn_id=pl.lit(both), line_id=pl.lit(10**9, dtype=pl.Int64))
    more = search(both, replace(books, lines=pl.concat([books.lines, line])), replace(outputs, orders=orders))
    assert {"order", "txn"} <= set(more.kinds)
    assert 10**9 in more.traced.lines["line_id"].to_list() and more.orders.height > 1


def test_a_row_that_made_nothing_is_told_what_became_of_it(out: Path) -> None:
    books, outputs = read_books(out), read_outputs(out)
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    for source in summary["sources"][::4]:
        answer = search(f"{source['path']}:1", books, outputs)
        assert answer.kinds, source["path"]
        if "place" in answer.kinds:
            told = as_text(answer)
            why = ["表头以上" if source["profile"] else "", "表头行", source["reason"] or "没有作为账单"]
            assert source["path"] in told and any(words and words in told for words in why), told
    twice = next(path for path in (s["path"] for s in summary["sources"]) if "(1)" in path)
    assert "另一次下载已计" in as_text(search(f"{twice}:7", books, outputs))
    assert "F08" in as_text(search(f"{twice}:1", books, outputs)) and "F08" in as_text(search(twice, books, outputs))
    assert not search(f"{twice}x:7", books, outputs).kinds
    first = twice.replace(" (1)", "")
    line = books.lines.filter(pl.col("source_id") == [s["path"] for s in summary["sources"]].index(twice)).row(
        0, named=True
    )
    assert f"计入的是 {first}:{line['source_line']}" in as_text(
        search(f"{twice}:{line['source_line']}", books, outputs)
    )


REASONS = {
    "above": "表头以上", "header": "表头行", "blank": "空行", "trailer": "文件末尾", "dropped": "格式档案的规则",
    "beyond": "文件到此为止", "newer_file": "以那一行为准：记录在 ", "same_record": "另一行已代表它：记录在 ", "total": "合计行",
    "remark": "说明行", "note": "说明文字以下", "unread": "不读取的列", "no_number": "没有可用的单号",
}  # fmt: skip


def test_a_row_that_was_set_aside_is_told_the_reason_that_the_run_had(out: Path) -> None:
    books, outputs = read_books(out), read_outputs(out)
    paths = books.sources["path"].to_list()
    rows = outputs.aside.unique("reason", keep="last", maintain_order=True).rows(named=True)
    assert (
        {"above", "header", "trailer", "dropped", "beyond", "newer_file"}
        <= {row["reason"] for row in rows}
        <= set(REASONS)
    )
    for row in rows:
        place = f"{paths[row['source_id']]}:{row['source_line']}"
        told = as_text(search(place, books, outputs))
        assert REASONS[row["reason"]] in told, (place, told)
        if row["kept_line"] is not None:
            assert f"{paths[row['kept_source_id']]}:{row['kept_line']}" in told
    zipped = next(path for path in paths if ".zip!/" in path and "(1)" not in path)
    assert "表头以上" in as_text(search(zipped.split("!/")[0] + ":1", books, outputs))


def test_a_line_of_another_month_says_so(out: Path) -> None:
    books, outputs = read_books(out), read_outputs(out)
    other = books.lines.filter(pl.col("occurred_at").dt.strftime("%Y-%m") != "2026-10")
    for row in other.head(2).iter_rows(named=True):
        place = f"{books.sources['path'][row['source_id']]}:{row['source_line']}"
        month = row["occurred_at"].strftime("%Y-%m")
        assert f"属于 {month}，不入 2026-10 的账" in as_text(search(place, books, outputs))
    moved = replace(outputs, period="2026-09")
    line = books.lines.filter(pl.col("in_money")).row(0, named=True)
    place = f"{books.sources['path'][line['source_id']]}:{line['source_line']}"
    assert "不入 2026-09 的账" in as_text(search(place, books, moved))


def test_an_unknown_id_names_near_ones(out: Path) -> None:
    books = read_books(out)
    order = sorted(books.lines["order_id"].drop_nulls())[0]
    answer = call("trace", order[:-2], "--from", out)
    assert answer.code == 2 and order in answer.err
    for text in (
        "",
        "x" * 500,
        "记-999",
        "\x1b[31m",
        "[",
        "(",
        "*",
        "::",
        ":1",
        "a:99999999999999999999",
        "记-1/99",
        "\u2028",
    ):
        answer = call("trace", text, "--from", out)
        assert answer.code == 2 and "内部错误" not in answer.err and "\x1b" not in answer.err, text


NAMES = (
    "summary.json", "vouchers.csv", "variances.csv", "documents.csv", "open_items.csv", "receivables.csv",
    "voucher_trace.parquet", "matches.parquet", "lines.parquet", "orders.parquet", "allocations.parquet",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_output_is_named(out: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(out, tmp_path / "o"))
    whole = (folder / name).read_bytes()
    other = pl.DataFrame({"x": [1]})
    other.write_parquet(tmp_path / "other.parquet")
    cases = [
        whole[: len(whole) // 2],
        whole[:20],
        b"",
        b"\xff\xfe\x00",
        (tmp_path / "other.parquet").read_bytes(),
        b"x,y\n1\n",
    ]
    for content in cases:
        (folder / name).write_bytes(content)
        answer = call("trace", "记-1", "--from", folder)
        assert answer.code in (0, 2) and "内部错误" not in answer.err, (content[:20], answer.err)
        if name.endswith("parquet") or name == "summary.json":
            assert answer.code == 2 and name in answer.err, (content[:20], answer.err)
    (folder / name).unlink()
    answer = call("trace", "记-1", "--from", folder)
    assert answer.code in (0, 2) and "内部错误" not in answer.err
