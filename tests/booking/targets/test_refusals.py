"""What a target cannot take is refused with its reason, or replaced and said; never silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.booking.targets.build import line, voucher

from ecrecon.base.errors import ConfigError
from ecrecon.issuing.targets import load_layouts
from ecrecon.issuing.targets.chart import read_chart
from ecrecon.issuing.targets.layout import layout_from
from ecrecon.issuing.targets.prepare import prepare
from ecrecon.issuing.targets.problems import Books

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
