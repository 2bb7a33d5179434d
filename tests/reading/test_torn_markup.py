"""Markup whose beginning is lost shows neither a page nor an XML workbook any more; under the name of a bill it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrecon.reading.load import load

ROWS = "".join(
    f'<Row><Cell><Data ss:Type="String">51000000000000001{n:02d}</Data></Cell><Cell><Data ss:Type="Number">1.50</Data></Cell></Row>\n'
    for n in range(20)
)
PAGE_ROWS = "".join(f"<tr><td>51000000000000001{n:02d}</td><td>1.50</td></tr>\n" for n in range(20))


@pytest.mark.parametrize("name", ["账单.xls", "账单.xlsx", "账单.csv"])
@pytest.mark.parametrize("text", [ROWS, 'ype="String">订单</Data></Cell>\n' + ROWS, "er>1.50</span>\n" + PAGE_ROWS])
def test_pieces_of_markup_under_the_name_of_a_bill_are_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    (parsed,) = load([tmp_path], [])
    assert parsed.source.kind != "ignored"
    assert parsed.findings["source_path"].to_list() == [name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("说明.md", PAGE_ROWS),
        ("说明.txt", "单价 < 成本 的商品 > 3 件\n请核对 <客服> 的备注\n"),
        ("a.csv", "说明,x\n<b>,1\n"),
    ],
)
def test_other_texts_with_angle_brackets_are_no_bill(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    (parsed,) = load([tmp_path], [])
    assert parsed.source.kind == "ignored"
