"""Workbook, page, CSV and JSON are views of one report object: the same sums, the declared sheets and columns."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from ecrecon.base.money import decimal_text
from ecrecon.base.texts import set_language
from ecrecon.pipeline import RunSettings, find_config, read_workspace, run_match
from ecrecon.report.console import render
from ecrecon.report.labels import grouped
from ecrecon.report.model import Report
from ecrecon.report.output import render_files
from ecrecon.report.summary import SHOP_LINES
from ecrecon.report.tables import OPEN_ITEM_COLUMNS, VARIANCE_COLUMNS
from ecrecon.report.todo import URGENT, at_risk, at_risk_by_shop, causes, make_todo
from ecrecon.report.verdict import headline, shop_name
from ecrecon.report.workbook.rows import column_letters

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
    assert report.shops.height == len(book) == len(told) == 6  # five shops, and what a consumer's bill of no shop says
    for row in report.shops.iter_rows(named=True):
        shown = book[shop_name(row)]
        for title, name in (("应收", "receivable"), ("已收", "received"), ("已退", "refunded"), ("费用", "fees")):
            value = row[f"{name}_minor"]
            assert minor(shown[title]) == value
            assert told[row["shop"]][name] == decimal_text(value)
            assert f'<td class="num">{grouped(value)}</td>' in page
        assert int(float(str(shown["差异数"]))) == row["breaks"] == told[row["shop"]]["breaks"]


def test_the_risk_of_the_shops_adds_up_to_the_headline(views: Views) -> None:
    report, files = views
    (total,) = at_risk(report).values()
    assert f"涉及 {grouped(total)} 元" in headline(report)
    assert sum(minor(row["风险金额"]) for row in table(files, "结论", "店铺")) == total
    told = json.loads(files["summary.json"])
    sums = [Decimal(amount) for shop in told["shops"] for amount in shop["at_risk"].values()]
    assert told["at_risk"] == {"CNY": str(sum(sums))} == {"CNY": decimal_text(total)}
    by_shop = [sums["CNY"] for sums in at_risk_by_shop(report).values()]
    page, text = files["report.html"].decode(), render(report)
    for shop in by_shop:
        assert f'<td class="num">{grouped(shop)}</td>' in page
        assert grouped(shop) in text
    assert sum(by_shop) == total
    counted = report.variances["kind"].cast(pl.String)
    assert report.shops["breaks"].sum() == (counted == "break").sum()
    assert report.shops["reviews"].sum() == (counted == "review").sum()


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
    total = sum(minor(row["未收"]) for name in ("未到期", "已到期未结") for row in table(files, name, "平台"))
    assert total == report.open_items["open_minor"].sum()
    told = json.loads(files["summary.json"])["open_items"]
    assert sum(minor(row["amount"]) for row in told) == total
    assert sum(row["count"] for row in told) == report.open_items.height


def test_not_due_is_not_due_and_what_is_past_its_day_stands_elsewhere(views: Views) -> None:
    report, files = views
    days = [row["预计到账日"] for row in table(files, "未到期", "平台") if isinstance(row["预计到账日"], date)]
    assert days
    assert min(days) >= report.as_of.date()
    states = {row["状态"] for row in table(files, "已到期未结", "平台")}
    assert states == {"已超期"}


def test_fees_and_balances_agree(views: Views) -> None:
    report, files = views
    assert sum(minor(row["金额"]) for row in table(files, "费用汇总", "平台")) == report.fees["amount_minor"].sum()
    balances = table(files, "余额与勾稽", "平台")
    assert sum(minor(row["收入"]) for row in balances) == report.accounts["income_minor"].sum()
    assert all(row["勾稽"] != "不符" for row in balances)
    vouchers = rows_of(files, "vouchers.csv")
    assert sum(minor(row["debit"]) for row in vouchers) == sum(minor(row["credit"]) for row in vouchers)


def test_the_profit_agrees_everywhere(views: Views) -> None:
    report, files = views
    profit = report.books["profit"]
    csv_rows = [row for row in rows_of(files, "profit.csv") if row["level"] in ("company", "shop")]
    told = json.loads(files["summary.json"])["statements"]
    book = {row["项目"]: row for row in table(files, "利润表", "项目")}
    company = [row for row in csv_rows if row["level"] == "company"]
    assert [(row["item"], row["amount"]) for row in company] == [
        (row["item"], row["amount"] or "") for row in told["profit"]
    ]
    lacks = {"no_cost": "（缺成本）", "cost_partial": "（部分订单缺成本）"}
    names = {row["item"]: row["name"] + lacks.get(row["flag"], "") for row in company}
    for row in company:
        name = names[row["item"]]
        assert minor(book[name]["本月金额"]) == minor(row["amount"])
        assert (book[name]["本年累计"] == "") == (row["year_to_date"] == "")
    page = files["report.html"].decode()
    for shop in told["profit_by_shop"]:
        for item in SHOP_LINES:
            (own,) = [row for row in csv_rows if row["shop"] == shop["shop"] and row["item"] == item]
            assert own["amount"] == shop[item]
            assert minor(book[names[item]][shop["shop"]]) == minor(shop[item])
            assert f'<td class="num">{grouped(minor(shop[item]))}</td>' in page
    whole = profit.filter(pl.col("level") == "company", pl.col("item") == "profit")["amount_minor"].item()
    assert sum(minor(shop["profit"]) for shop in told["profit_by_shop"]) == whole
    form = {str(row["line"]): row for row in told["income_statement"]}
    assert {row["line"]: row["month"] for row in rows_of(files, "income_statement.csv")} == {
        line: row["month"] or "" for line, row in form.items()
    }
    assert minor(form["30"]["month"]) == whole
    statutory = sheet(files, "利润表")
    (top,) = [i for i, row in enumerate(statutory) if list(row[:4]) == ["项目", "行次", "本年累计金额", "本月金额"]]
    lines = {str(int(float(str(row[1])))): minor(row[3]) for row in statutory[top + 1 : top + 33]}
    assert lines == {line: minor(row["month"]) for line, row in form.items()}


def test_receivables_and_parties_agree_everywhere(views: Views) -> None:
    _, files = views
    told = json.loads(files["summary.json"])["statements"]
    page = files["report.html"].decode()
    csv_rows = {row["shop"]: row for row in rows_of(files, "receivables.csv") if row["level"] == "shop"}
    book = {row["店铺"]: row for row in table(files, "应收台账", "平台") if row["订单号"] == "店铺合计"}
    assert set(csv_rows) == set(book) == {row["shop"] for row in told["receivables"]}
    titles = {"opening": "期初应收", "increase": "本期确认", "reversal": "退货折让", "received": "本期收款",
              "paid_back": "本期退款", "closing": "期末应收", "credit": "其中贷方余额"}  # fmt: skip
    for row in told["receivables"]:
        for name, title in titles.items():
            assert csv_rows[row["shop"]][name] == row[name]
            assert minor(book[row["shop"]][title]) == minor(row[name])
            assert f'<td class="num">{grouped(minor(row[name]))}</td>' in page
    parties = rows_of(files, "parties.csv")
    below = table(files, "应收台账", "类别")
    for name, title in (("debit", "本期借方"), ("credit", "本期贷方"), ("closing", "期末余额")):
        sums = {sum(minor(row[name]) for row in parties), sum(minor(row[title]) for row in below)}
        assert sums == {sum(minor(row[name]) for row in told["parties"])}


def test_cash_agrees_everywhere(views: Views) -> None:
    _, files = views
    told = {row["account"]: row for row in json.loads(files["summary.json"])["statements"]["cash"]}
    ledger = rows_of(files, "ledger.csv")
    daily = [row for row in rows_of(files, "cash_daily.csv") if row["level"] == "account"]
    shown = sheet_rows(files, "资金日报")
    journal = sheet_rows(files, "收支明细账")
    for account, row in told.items():
        (month,) = [line for line in ledger if line["account"] == account and line["row"] == "month"]
        assert (month["income"], month["expense"], month["balance"]) == (row["income"], row["expense"], row["balance"])
        assert sum(minor(d["income"]) for d in daily if d["account"] == account) == minor(row["income"])
        days = [d for d in shown if d["账户"] == account]
        assert sum(minor(d["本日支出"]) for d in days) == minor(row["expense"])
        assert minor(days[-1]["本日余额"]) == minor(row["balance"])
        (total,) = [line for line in journal if line["账户"] == account and line["摘要"] == "本月合计"]
        assert (minor(total["收入(借)"]), minor(total["余额"])) == (minor(row["income"]), minor(row["balance"]))
    documents = rows_of(files, "documents.csv")
    listed = sheet_rows(files, "收付款单")
    assert [row["单据编号"] for row in listed] == [row["document_no"] for row in documents]
    for way, word in (("in", "收"), ("out", "付")):
        csv_sum = sum(minor(row["amount"]) for row in documents if row["direction"] == way)
        assert sum(minor(row["金额"]) for row in listed if row["收付"] == word) == csv_sum
        blocks = json.loads(files["summary.json"])["statements"]["documents"]
        assert sum(minor(row[way]) for row in blocks) == csv_sum


def sheet_rows(files: dict[str, bytes], name: str) -> list[dict[str, object]]:
    """The rows of a sheet that is one table: header in the fourth row."""
    rows = sheet(files, name)
    titles = [str(cell) for cell in rows[3]]
    return [dict(zip(titles, row, strict=False)) for row in rows[4:]]


def test_the_things_to_do_print_on_one_page_in_width(views: Views) -> None:
    with zipfile.ZipFile(io.BytesIO(views[1]["report.xlsx"])) as book:
        names = book.read("xl/workbook.xml").decode()
        xml = book.read("xl/worksheets/sheet2.xml").decode()
    header = [str(cell) for cell in sheet(views[1], "待办")[3]]
    last = column_letters(header.index("说明"))
    assert re.search(rf"Print_Area\"[^>]*>待办!\$A\$1:\${last}\$\d+<", names)
    assert re.search(r"Print_Titles\"[^>]*>待办!\$4:\$4<", names)
    assert 'orientation="landscape"' in xml and 'fitToHeight="0"' in xml
    widths = [float(width) for width in re.findall(r'<col min="\d+" max="\d+" width="([\d.]+)"', xml)]
    assert sum(widths[: header.index("说明") + 1]) < 230  # some 7 points of letters on A4 across


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
