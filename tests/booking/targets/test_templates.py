"""Blank templates as programs hand them out, made here; learned, filled, and read back by another reader."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from tests.booking.targets.build import line, sample_vouchers, voucher
from tests.cli.call import call

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import decimal_text
from ecrecon.issuing.targets import Layout, Voucher
from ecrecon.issuing.targets.layout import layout_from, layout_text
from ecrecon.issuing.targets.prepare import prepare
from ecrecon.issuing.targets.problems import Books
from ecrecon.issuing.targets.template import blank_required, fill, kept_rows, learn

pytestmark = pytest.mark.slow

BOOKS = Books(None, {"1122": ["客户", "店铺"]}, {"客户": {"天猫旗舰店": "007"}, "店铺": {"天猫旗舰店": "S1"}})
MONTH = [
    voucher(),
    voucher(line(1, "6601", "销售费用", debit=-500), line(2, "1122", "应收账款", credit=-500), number=2),
]

CLOUD_HEAD = [
    ("FBillHead(GL_VOUCHER)", "*单据头(序号)"), ("FAccountBookID", "*(单据头)账簿#编码"), ("FAccountBookID#Name", "(单据头)账簿#名称"),
    ("FDate", "*(单据头)日期"), ("FBUSDATE", "(单据头)业务日期"), ("FYEAR", "(单据头)会计年度"), ("FPERIOD", "(单据头)期间"),
    ("FVOUCHERGROUPID", "*(单据头)凭证字#编码"), ("FVOUCHERGROUPID#Name", "(单据头)凭证字#名称"), ("FVOUCHERGROUPNO", "*(单据头)凭证号"),
    ("FATTACHMENTS", "(单据头)附件数"), ("FISADJUSTVOUCHER", "(单据头)是否调整期凭证"), ("FACCBOOKORGID", "*(单据头)核算组织#编码"),
    ("FSourceBillKey", "(单据头)业务类型#编码"), ("FIMPORTVERSION", "(单据头)引入版本号"), ("*Split*1", "间隔列"),
    ("FEntity", "*分录(序号)"), ("FEXPLANATION", "(分录)摘要"), ("FACCOUNTID", "*(分录)科目编码#编码"), ("FACCOUNTID#Name", "(分录)科目编码#名称"),
    ("FDetailID#FFlex6", "(分录)核算维度.客户#编码"), ("FDetailID#FFlex6#Name", "(分录)核算维度.客户#名称(Null)"),
    ("FDetailID#FF100002", "(分录)核算维度.店铺#编码"), ("FDetailID#FF100002#Name", "(分录)核算维度.店铺#名称(Null)"),
    ("FCURRENCYID", "*(分录)币别#编码"), ("FEXCHANGERATETYPE", "*(分录)汇率类型#编码"), ("FEXCHANGERATE", "(分录)汇率"), ("FQty", "(分录)数量"),
    ("FAMOUNTFOR", "(分录)原币金额"), ("FDEBIT", "(分录)借方金额"), ("FCREDIT", "(分录)贷方金额"), ("FBUSNO", "(分录)业务编号"),
]  # fmt: skip
CLOUD_SHEET = "凭证#单据头(FBillHead)"
STAR = [
    "*日期",
    "*凭证字",
    "凭证号 #",
    "附件张数",
    "*分录序号",
    "摘要",
    "*科目.编码",
    "科目名称",
    "借方 #",
    "贷方 #",
    "客户.编码",
    "币别",
    "汇率",
    "原币金额",
]
LEMON = ["日期", "凭证号", "附件数", "摘要", "科目编码", "科目名称", "借方金额", "贷方金额", "客户编码", "店铺编码"]


def template(path: Path, rows: Sequence[Sequence[Any]], sheet: str, other: str = "说明") -> Path:
    """A workbook with `rows` on `sheet` and a sheet of instructions."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.create_sheet(other)["A1"] = "请勿改动"
    book.save(path)
    return path


def filled(
    path: Path, layout: Layout, vouchers: Sequence[Voucher], first: int, books: Books = BOOKS
) -> list[dict[str, Any]]:
    """Rows below the headers as the other reader shows them, by header; the layout is read back from its file first."""
    assert layout_from(tomllib.loads(layout_text(layout)), "learned.toml") == layout
    ready = prepare(list(vouchers), layout, books)
    assert ready.problems == []
    book = CalamineWorkbook.from_filelike(io.BytesIO(fill(path, ready.vouchers, layout)))
    assert book.get_sheet_by_name(book.sheet_names[1]).to_python()[0][0] == "请勿改动"
    rows = book.get_sheet_by_name(layout.target.sheet).to_python(skip_empty_area=False)
    head = layout.target.header_row
    assert head is not None
    return [dict(zip(rows[head - 1], row, strict=True)) for row in rows[first - 1 :]]


def test_cloud_starry_sky_has_two_header_rows_and_heads_on_first_lines(tmp_path: Path) -> None:
    path = template(tmp_path / "凭证.xlsx", list(zip(*CLOUD_HEAD, strict=True)), CLOUD_SHEET)
    bare, _ = learn(path, "k3cloud")
    assert blank_required(path, bare) == ["*(单据头)账簿#编码", "*(单据头)核算组织#编码"]
    with pytest.raises(ConfigError, match="账簿"):
        fill(path, MONTH, bare)
    layout, unknown = learn(path, "k3cloud", {"FAccountBookID": "001", "*(单据头)核算组织#编码": "100"})
    assert (layout.target.header_row, layout.target.first_row, layout.target.sheet) == (1, 3, CLOUD_SHEET)
    assert blank_required(path, layout) == []
    assert "*Split*1" in unknown and "FISADJUSTVOUCHER" in unknown and not {"FDate", "FDEBIT"} & set(unknown)
    rows = filled(path, layout, MONTH, 3)
    assert len(rows) == 5
    heads = [key for key, _ in CLOUD_HEAD[: [k for k, _ in CLOUD_HEAD].index("*Split*1")]]
    first = {key: rows[0][key] for key in heads if rows[0][key] != ""}
    assert first == {
        "FBillHead(GL_VOUCHER)": 1, "FAccountBookID": "001", "FDate": "2026-08-31", "FBUSDATE": "2026-08-31", "FYEAR": 2026,
        "FPERIOD": 8, "FVOUCHERGROUPID": "PRE001", "FVOUCHERGROUPNO": 1, "FATTACHMENTS": 1, "FACCBOOKORGID": "100",
    }  # fmt: skip
    assert [bool(row["FDate"]) for row in rows] == [True, False, False, True, False]
    assert all(row[key] == "" for row in (rows[1], rows[2], rows[4]) for key in heads)
    assert {row["*Split*1"] for row in rows} == {""}
    assert [row["FEntity"] for row in rows] == [1, 2, 3, 4, 5]  # unique in the file
    assert [(r["FACCOUNTID"], r["FDetailID#FFlex6"], r["FDetailID#FF100002"]) for r in rows] == [
        ("1122", "007", "S1"), ("6001", "", ""), ("22210102", "", ""), ("6601", "", ""), ("1122", "007", "S1"),
    ]  # fmt: skip
    assert [(r["FDEBIT"], r["FCREDIT"], r["FAMOUNTFOR"]) for r in rows] == [
        (1130, "", 1130), ("", 1000, 1000), ("", 130, 130), (-5, "", -5), ("", -5, -5),
    ]  # fmt: skip
    assert {(r["FCURRENCYID"], r["FEXCHANGERATETYPE"], r["FEXCHANGERATE"]) for r in rows} == {
        ("PRE001", "HLTX01_SYS", 1)
    }
    assert rows[0]["FBUSNO"] == MONTH[0].voucher_id


def test_star_template_has_three_header_rows_and_repeats_the_number(tmp_path: Path) -> None:
    notes = ["凭证引入引出模板", *[""] * (len(STAR) - 1)], ["1. 带 * 的为必填", *[""] * (len(STAR) - 1)]
    path = template(tmp_path / "数据模板_凭证引入引出模板_0813.xlsx", [*notes, STAR], "sheet1（名称勿改）", "模板说明")
    layout, unknown = learn(path, "star")
    assert (unknown, layout.target.header_row, layout.target.first_row) == ([], 3, 4)
    books = Books(None, {"1122": ["客户"]}, BOOKS.codes)
    rows = filled(path, layout, MONTH, 4, books)
    assert [(r["*日期"], r["*凭证字"], r["凭证号 #"], r["*分录序号"]) for r in rows] == [
        ("2026-08-31", "记", number, place) for number, places in ((1, 3), (2, 2)) for place in range(1, places + 1)
    ]
    assert [(r["借方 #"], r["贷方 #"]) for r in rows] == [(1130, ""), ("", 1000), ("", 130), (-5, ""), ("", -5)]
    assert (rows[0]["*科目.编码"], rows[0]["客户.编码"]) == ("1122", "007")


def test_lemon_wants_word_and_number_in_one_column_and_the_names_of_the_books(tmp_path: Path) -> None:
    from ecrecon.issuing.targets.chart import ChartAccount

    path = template(tmp_path / "柠檬云.xlsx", [LEMON], "凭证", "科目参考表")
    layout, unknown = learn(path, "lemon")
    assert unknown == []
    names = {"1122": "应收账款", "6001": "主营业务收入", "22210102": "应交税费-销项税额", "6601": "销售费用"}
    chart = {code: ChartAccount(code, name, (), True) for code, name in names.items()}
    rows = filled(path, layout, MONTH, 2, Books(chart, BOOKS.dimensions, BOOKS.codes, "asbe"))
    assert [r["凭证号"] for r in rows] == ["记-1"] * 3 + ["记-2"] * 2
    assert {r["日期"] for r in rows} == {"2026-08-31"}
    assert [(r["科目编码"], r["科目名称"]) for r in rows[:3]] == [(c, names[c]) for c in ("1122", "6001", "22210102")]
    assert (rows[0]["客户编码"], rows[0]["店铺编码"]) == ("007", "S1")


def test_an_export_shows_how_dates_and_numbers_are_written(tmp_path: Path) -> None:
    old = ["2026/07/31", "记-9", 1, "旧凭证", "1122", "应收账款", 1, None, None, None]
    path = template(tmp_path / "导出.xlsx", [LEMON, old], "凭证")
    layout, _ = learn(path, "lemon")
    rows = filled(path, layout, MONTH, 2)
    assert kept_rows(path, layout) == 1 and rows[0]["摘要"] == "旧凭证"
    assert [r["日期"] for r in rows] == ["2026/07/31"] + ["2026/08/31"] * 5
    dated = template(tmp_path / "日期.xlsx", [LEMON, [datetime(2026, 7, 31), *old[1:]]], "凭证")
    layout, _ = learn(dated, "lemon")
    assert [r["日期"] for r in filled(dated, layout, MONTH, 2)][1:] == [date(2026, 8, 31)] * 5


def test_a_template_whose_header_changed_is_refused(tmp_path: Path) -> None:
    layout, _ = learn(template(tmp_path / "a.xlsx", [["凭证列表"], LEMON], "凭证"), "lemon")
    changed = [*LEMON[:6], "借方", "贷方金额", "贷方金额"]
    with pytest.raises(ConfigError, match="借方金额"):
        fill(template(tmp_path / "b.xlsx", [["凭证列表"], changed], "凭证"), [voucher()], layout)
    with pytest.raises(ConfigError, match="贷方金额"):
        fill(template(tmp_path / "d.xlsx", [["凭证列表"], [*LEMON, "贷方金额"]], "凭证"), [voucher()], layout)
    with pytest.raises(ConfigError, match="日期"):
        learn(template(tmp_path / "c.xlsx", [["a", "b"]], "x"), "c")
    with pytest.raises(ConfigError, match="账簿编码"):
        learn(tmp_path / "a.xlsx", "lemon", {"账簿编码": "1"})


@pytest.mark.parametrize("name", ["cloud", "star", "lemon"])
def test_a_month_in_a_template_is_the_month(tmp_path: Path, name: str) -> None:
    rows, sheet, constants = {
        "cloud": (list(zip(*CLOUD_HEAD, strict=True)), CLOUD_SHEET, {"FAccountBookID": "001", "FACCBOOKORGID": "100"}),
        "star": ([["x"], ["y"], STAR], "sheet1（名称勿改）", {}), "lemon": ([LEMON], "凭证", {}),
    }[name]  # fmt: skip
    path = template(tmp_path / "blank.xlsx", rows, sheet)
    layout, _ = learn(path, name, constants)
    headers = {column.value: column.header for column in layout.column}
    assert layout.target.first_row is not None
    found = filled(path, layout, sample_vouchers(), layout.target.first_row, Books(None, {}, {}))
    expected = [x for v in sample_vouchers() for x in v.lines]
    assert len(found) == len(expected) > 100
    for row, x in zip(found, expected, strict=True):
        cells = [row[headers[side]] for side in ("debit", "credit")]
        texts = [decimal_text(round(cell * 100)) if cell != "" else "0.00" for cell in cells]
        assert texts == [decimal_text(x.debit_minor), decimal_text(x.credit_minor)]
        assert (row[headers["account_code"]], row[headers["summary"]]) == (x.account_code, x.summary)


def test_the_command_learns_fills_and_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.booking.targets.build import SAMPLE

    monkeypatch.chdir(tmp_path)
    path = template(tmp_path / "blank.xlsx", list(zip(*CLOUD_HEAD, strict=True)), CLOUD_SHEET)
    told = call("vouchers", "--template", path, "--learn", "--target", "k3cloud")
    assert told.code == 0 and "必填而没有内容" in told.out and "账簿#编码" in told.out
    (tmp_path / "targets" / "k3cloud.toml").unlink()
    assert "--set" in call("vouchers", "--template", path, "--learn", "--target", "k3cloud", "--set", "账簿").err
    words = ("--set", "FAccountBookID=001", "--set", "FACCBOOKORGID=100")
    assert "必填" not in call("vouchers", "--template", path, "--learn", "--target", "k3cloud", *words).out
    (tmp_path / "ecrecon.toml").write_text(
        (SAMPLE / "ecrecon.toml").read_text("utf-8") + '\n[posting]\ntargets = ["targets"]\n', "utf-8"
    )
    call("match", SAMPLE, "--out", "out/2026-10", "--quiet")
    answer = call("vouchers", "--from", "out/2026-10", "--target", "k3cloud", "--template", path)
    assert (answer.code, answer.err) == (0, "")
    assert (tmp_path / "out" / "2026-10" / "vouchers" / "blank.xlsx").is_file()
