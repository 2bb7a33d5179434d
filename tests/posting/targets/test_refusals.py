"""What a target cannot take is refused with its reason, or replaced and said; never silent."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from tests.posting.targets.build import line, voucher

from ecrecon.errors import ConfigError
from ecrecon.posting.targets import load_layouts
from ecrecon.posting.targets.chart import read_chart
from ecrecon.posting.targets.layout import layout_from
from ecrecon.posting.targets.layout_text import layout_text
from ecrecon.posting.targets.prepare import prepare
from ecrecon.posting.targets.problems import Books
from ecrecon.posting.targets.template import fill, learn

LAYOUTS = load_layouts()
NOTHING = Books(None, {}, {})
CHART = "科目编码,科目名称,辅助核算\n1122,应收账款,客户\n2221,应交税费,\n222101,应交增值税,\n22210102,销项税额,\n6001,主营业务收入,\n"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    path = tmp_path / "chart.csv"
    path.write_text(CHART, encoding="gb18030")
    return path


def problems(target: str, books: Books, *lines: object) -> str:
    return "\n".join(prepare([voucher(*lines)], LAYOUTS[target], books).problems)  # type: ignore[arg-type]


def test_a_clean_voucher_has_no_problem(chart: Path) -> None:
    books = Books(read_chart(chart), {}, {"客户": {"天猫旗舰店": "TM01"}})
    ready = prepare([voucher()], LAYOUTS["kis-dbf"], books)
    assert (ready.problems, ready.notes) == ([], [])
    assert [d.code for d in ready.vouchers[0].lines[0].dimensions] == ["TM01"]
    assert ready.vouchers[0].lines[1].dimensions == ()


def test_an_account_that_is_no_leaf_or_not_in_the_chart(chart: Path) -> None:
    books = Books(read_chart(chart), {}, {"客户": {"天猫旗舰店": "TM01"}})
    told = problems("jdy-xlsx", books, line(1, "2221", "应交税费", debit=1), line(2, "9999", "没有", credit=1))
    assert "2221" in told
    assert "末级" in told
    assert "9999" in told


def test_a_dimension_without_code_names_the_key(chart: Path) -> None:
    assert "posting.codes.客户" in problems("jdy-xlsx", Books(read_chart(chart), {}, {}))
    assert "posting.codes.部门" in problems("jdy-xlsx", Books(None, {"6001": ["部门"]}, {}))


def test_an_unbalanced_voucher() -> None:
    told = problems("xero", NOTHING, line(1, "1122", "应收账款", debit=100), line(2, "6001", "收入", credit=99))
    assert "1.00" in told
    assert "0.99" in told


def test_length_is_counted_in_bytes_of_the_target() -> None:
    thirty = "汉" * 30
    fits = [line(1, "1", "a", debit=1, summary=thirty), line(2, "2", "b", credit=1, summary=thirty)]
    assert problems("kis-dbf", NOTHING, *fits) == ""
    longer = [line(1, "1", "a", debit=1, summary=thirty + "字"), line(2, "2", "b", credit=1)]
    assert "62" in problems("kis-dbf", NOTHING, *longer)


def test_characters_that_gbk_lacks_are_replaced_and_said() -> None:
    rare = [line(1, "1", "a", debit=1, summary="店😀,一"), line(2, "2", "b", credit=1)]
    ready = prepare([voucher(*rare)], LAYOUTS["u8-txt"], NOTHING)
    assert ready.vouchers[0].lines[0].summary == "店?，一"
    assert any("😀" in note for note in ready.notes)
    assert any("','" in note for note in ready.notes)


def test_unknown_words_of_a_layout_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match="credit_or_zero"):
        layout_from({"target": {"id": "x", "title": "x", "container": "csv", "file": "x.csv"},
                     "column": [{"header": "a", "value": "credit_or_zer"}]}, "x.toml")  # fmt: skip
    with pytest.raises(ConfigError, match="encoding"):
        layout_from(
            {"target": {"id": "x", "title": "x", "container": "csv", "file": "x.csv", "encodin": "gbk"}}, "x.toml"
        )


CLOUD = (
    ["FBillHead(GL_VOUCHER)", "FAccountBookID", "FDate", "FYEAR", "FPERIOD", "FVOUCHERGROUPID", "FVOUCHERGROUPNO",
     "*Split*1", "FEntity", "FEXPLANATION", "FACCOUNTID", "FACCOUNTID#Name", "FDetailID#FFlex6", "FCURRENCYID",
     "FEXCHANGERATE", "FAMOUNTFOR", "FDEBIT", "FCREDIT"],
    ["*单据头(序号)", "*(单据头)账簿#编码", "*(单据头)日期", "(单据头)会计年度", "(单据头)期间", "*(单据头)凭证字#编码",
     "*(单据头)凭证号", "间隔列", "*分录(序号)", "(分录)摘要", "*(分录)科目编码#编码", "(分录)科目编码#名称", "客户(编码)",
     "*(分录)币别#编码", "(分录)汇率", "(分录)原币金额", "(分录)借方金额", "(分录)贷方金额"],
)  # fmt: skip


def template(path: Path, rows: list[list[str]], sheet: str) -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.create_sheet("说明")["A1"] = "请勿改动"
    book.save(path)
    return path


def test_a_two_row_template_is_learned_and_filled(tmp_path: Path) -> None:
    blank = template(tmp_path / "blank.xlsx", list(CLOUD), "凭证#单据头(FBillHead)")
    layout, unknown = learn(blank, "k3cloud")
    assert unknown == ["FAccountBookID", "*Split*1"]
    assert (layout.target.header_row, layout.target.first_row) == (1, 3)
    again = layout_from(__import__("tomllib").loads(layout_text(layout)), "k3cloud.toml")
    assert again == layout
    (tmp_path / "filled.xlsx").write_bytes(fill(blank, [voucher()], layout))
    book = openpyxl.load_workbook(tmp_path / "filled.xlsx")
    assert book["说明"]["A1"].value == "请勿改动"
    rows = list(book["凭证#单据头(FBillHead)"].iter_rows(min_row=3, values_only=True))
    assert rows[0] == (
        1,
        None,
        "2026-08-31",
        2026,
        8,
        "记",
        1,
        None,
        1,
        "天猫旗舰店8月确认收入",
        "1122",
        "应收账款",
        None,
        "PRE001",
        1,
        1130,
        1130,
        None,
    )
    assert rows[1][:8] == (None,) * 8
    assert rows[2][-2:] == (None, 130)


def test_a_template_whose_header_changed_is_refused(tmp_path: Path) -> None:
    head = ["日期", "凭证字号", "摘要", "科目编码", "科目名称", "借方金额", "贷方金额", "附件数"]
    layout, unknown = learn(template(tmp_path / "a.xlsx", [["凭证列表"], head], "凭证"), "lemon")
    assert unknown == []
    changed = template(tmp_path / "b.xlsx", [["凭证列表"], [*head[:5], "借方", "贷方金额", "贷方金额"]], "凭证")
    with pytest.raises(ConfigError, match="借方金额"):
        fill(changed, [voucher()], layout)
    with pytest.raises(ConfigError, match="日期"):
        learn(template(tmp_path / "c.xlsx", [["a", "b"]], "x"), "c")


def test_numbers_that_a_target_cannot_hold_are_refused_in_one_sentence() -> None:
    many = [voucher(number=number) for number in (9998, 9999, 10000, 10001)]
    told = [text for text in prepare(many, LAYOUTS["kis-dbf"], NOTHING).problems if "9999" in text]
    assert len(told) == 1
    assert "有 2 张凭证" in told[0]
    assert "记-10001" in told[0]
    assert "voucher_granularity" in told[0]
    assert prepare(many, LAYOUTS["hledger"], NOTHING).problems == []
