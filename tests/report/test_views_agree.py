"""Workbook, page, CSV and JSON are views of one report object: the same sums, the declared sheets and columns."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from ecrecon.messages import set_language
from ecrecon.money import decimal_text
from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match
from ecrecon.report.amounts import grouped
from ecrecon.report.model import Report
from ecrecon.report.output import render_files
from ecrecon.report.tables import OPEN_ITEM_COLUMNS, VARIANCE_COLUMNS
from ecrecon.report.todo import URGENT, causes, make_todo

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
Views = tuple[Report, dict[str, bytes]]


@pytest.fixture(scope="module")
def views() -> Views:
    set_language("zh")
    config = find_config((SAMPLE,), None)
    report = run_match(RunSettings(paths=(SAMPLE,), workspace=read_workspace(config), config=config))
    return report, render_files(report)


def sheet(files: dict[str, bytes], name: str) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"]))
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def table(files: dict[str, bytes], name: str, first: str) -> list[dict[str, object]]:
    """The rows below the header that begins with the title `first`, up to an empty row."""
    rows = sheet(files, name)
    top = next(i for i, row in enumerate(rows) if row[0] == first)
    titles = [str(cell) for cell in rows[top]]
    result = []
    for row in rows[top + 1 :]:
        if not any(cell != "" for cell in row):
            break
        result.append(dict(zip(titles, row, strict=False)))
    return result


def minor(cell: object) -> int:
    return round(float(str(cell or 0)) * 100)


def rows_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def test_sheets_stand_in_the_declared_order(views: Views) -> None:
    names = CalamineWorkbook.from_filelike(io.BytesIO(views[1]["report.xlsx"])).sheet_names
    assert names[:7] == ["结论", "待办", "未到期", "期初核销", "费用汇总", "余额与勾稽", "文件清单"]


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        (
            "待办",
            [
                "原因",
                "级别",
                "店铺",
                "平台",
                "订单号",
                "涉及金额",
                "应收",
                "实收",
                "差额",
                "建议",
                "处理",
                "来源（文件:行）",
            ],
        ),
        ("未到期", ["平台", "店铺", "订单号", "应收", "已收", "未收", "预计到账日", "状态"]),
        ("费用汇总", ["平台", "店铺", "账单上的名称", "归类", "类别", "笔数", "订单数", "金额", "实际费率"]),
        (
            "文件清单",
            [
                "文件",
                "类型",
                "平台",
                "店铺",
                "账户",
                "行数",
                "收入",
                "支出",
                "净额",
                "账单覆盖",
                "自带合计",
                "格式档案",
            ],
        ),
    ],
)
def test_a_sheet_has_its_columns_in_order(views: Views, name: str, titles: list[str]) -> None:
    header = [str(cell) for cell in sheet(views[1], name)[3]]
    assert [title for title in header if title in titles] == titles


def test_the_shops_agree_everywhere(views: Views) -> None:
    report, files = views
    book = {row["店铺"]: row for row in table(files, "结论", "店铺")}
    told = {shop["shop"]: shop for shop in json.loads(files["summary.json"])["shops"]}
    page = files["report.html"].decode()
    assert report.shops.height == len(book) == len(told) == 5
    for row in report.shops.iter_rows(named=True):
        for title, name in (("应收", "receivable"), ("已收", "received"), ("已退", "refunded"), ("费用", "fees")):
            value = row[f"{name}_minor"]
            assert minor(book[row["shop"]][title]) == value
            assert told[row["shop"]][name] == decimal_text(value)
            assert f'<td class="num">{grouped(value)}</td>' in page
        assert int(float(str(book[row["shop"]]["差异数"]))) == row["breaks"] == told[row["shop"]]["breaks"]


def test_the_differences_agree_everywhere(views: Views) -> None:
    report, files = views
    rows = rows_of(files, "variances.csv")
    assert list(rows[0]) == list(VARIANCE_COLUMNS)
    total = report.variances["difference_minor"].fill_null(0).sum()
    assert sum(minor(row["difference"]) for row in rows) == total
    by_type = json.loads(files["summary.json"])["variances"]
    assert sum(facts["count"] for facts in by_type.values()) == report.variances.height == len(rows)
    urgent = report.variances.filter(pl.col("kind").cast(pl.String).is_in(URGENT))
    listed = table(files, "待办", "原因")
    ids = sorted(identifier for row in listed for identifier in str(row["差异编号"]).split())
    assert ids == sorted(urgent["variance_id"])
    assert sum(minor(row["涉及金额"]) for row in listed) == make_todo(report).rows["money"].sum()
    counted = table(files, "结论", "原因")
    assert [(row["原因"], minor(row["金额"])) for row in counted] == [
        (row["原因"], money) for row, money in zip(counted, causes(report)["money"], strict=True)
    ]
    page = files["report.html"].decode()
    assert f"待办 ({len(listed)})" in page
    assert all(str(row["订单号"]) in page for row in listed)


def test_the_components_of_a_row_add_up_to_its_difference(views: Views) -> None:
    report, files = views
    todo = make_todo(report)
    from ecrecon.report.labels import type_name

    titles = {type_name(code): code for code in todo.components}
    fees = {"C01", "C02", "R07"}
    for row in table(files, "待办", "原因"):
        if row["差额"] == "":
            continue
        parts = [minor(row[title]) for title, code in titles.items() if code not in fees]
        assert sum(parts) == minor(row["差额"]), row


def test_the_open_items_agree_everywhere(views: Views) -> None:
    report, files = views
    rows = rows_of(files, "open_items.csv")
    assert list(rows[0]) == list(OPEN_ITEM_COLUMNS)
    assert sum(minor(row["open"]) for row in rows) == report.open_items["open_minor"].sum()
    waiting = report.open_items.filter(pl.col("state") != "overdue")
    assert sum(minor(row["未收"]) for row in table(files, "未到期", "平台")) == waiting["open_minor"].sum()


def test_fees_and_balances_agree(views: Views) -> None:
    report, files = views
    assert sum(minor(row["金额"]) for row in table(files, "费用汇总", "平台")) == report.fees["amount_minor"].sum()
    balances = table(files, "余额与勾稽", "平台")
    assert sum(minor(row["收入"]) for row in balances) == report.accounts["income_minor"].sum()
    assert all(row["勾稽"] != "不符" for row in balances)
    vouchers = rows_of(files, "vouchers.csv")
    assert sum(minor(row["debit"]) for row in vouchers) == sum(minor(row["credit"]) for row in vouchers)


def test_every_file_is_listed(views: Views) -> None:
    report, files = views
    assert sorted(str(row["文件"]) for row in table(files, "文件清单", "文件")) == sorted(
        s.path for s in report.sources
    )


def test_the_page_needs_nothing_from_outside(views: Views) -> None:
    page = views[1]["report.html"].decode()
    assert "<script" not in page
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert re.findall(r"\b(?:src|href)=", page) == []
    assert "default-src 'none'" in page
    assert page.count("<svg") == page.count("</svg>") == 4


def test_equal_reports_give_equal_pages(views: Views) -> None:
    report, files = views
    set_language("zh")
    assert render_files(report) == files


def test_the_english_views_hold_no_chinese_of_ours(views: Views) -> None:
    report, _ = views
    set_language("en")
    try:
        files = render_files(report)
    finally:
        set_language("zh")
    names = CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"])).sheet_names
    assert names[:3] == ["Verdict", "To do", "Not due"]
    page = files["report.html"].decode()
    titles = re.findall(r"<(?:th|h2)[^>]*>([^<]*)", page)
    assert titles and not [title for title in titles if re.search("[一-鿿]", title)]
