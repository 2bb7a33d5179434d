"""What a buyer or platform wrote never runs as a formula or markup, and ids stay text."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from tests.cli.call import call
from tests.cli.samples import BILL, good

EVIL = (
    "=1+2",
    "+1+2",
    "-1+2",
    "@SUM(1)",
    '=HYPERLINK("x")',
    "<b>x</b>",
    "<!--x-->",
    "＝1+2",
    "＋1+2",
    "－1+2",
    "＠SUM(1)",
)


def evil_bill(text: str) -> str:
    """A fee whose name nobody knows and whose remark and description are `text`."""
    cell = '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text
    return BILL.replace("技术服务费,基础技术服务费,0030002|技术服务费-基础技术服务费", f"其他,{cell},{cell}")


@pytest.mark.parametrize("text", EVIL)
def test_texts_of_bills_are_harmless_in_every_output(tmp_path: Path, text: str) -> None:
    good(tmp_path / "in", evil_bill(text))
    call("match", "in", "--out", "o", "--quiet")
    out = tmp_path / "o"
    seen = False
    for path in out.glob("*.csv"):
        for row in csv.reader(path.read_text("utf-8-sig").splitlines()):
            for cell in row:
                amount = re.fullmatch(r"-?\d+(\.\d+)?", cell)
                assert amount or not re.match(r"[=+\-@\t\r＝＋－＠]", cell), (path.name, cell)
                seen = seen or text in cell
    with zipfile.ZipFile(out / "report.xlsx") as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet") and name.endswith(".xml"):
                xml = book.read(name).decode()
                formulas = re.findall(r"<f>(.*?)</f>", xml)
                assert all(formula.startswith("SUBTOTAL(") for formula in formulas), formulas
        assert not [name for name in book.namelist() if "externalLink" in name]
    cells = [
        str(cell)
        for sheet in CalamineWorkbook.from_path(str(out / "report.xlsx")).sheet_names
        for row in CalamineWorkbook.from_path(str(out / "report.xlsx")).get_sheet_by_name(sheet).to_python()
        for cell in row
    ]
    assert seen and any(text in cell for cell in cells)
    page = (out / "report.html").read_text("utf-8")
    assert "<b>" not in page and "<!--" not in page


def test_ids_are_text_cells(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "sample_bills" / "2026-10"
    call("match", sample, "--out", "o", "--quiet")
    book = CalamineWorkbook.from_path(str(tmp_path / "o" / "report.xlsx"))
    for name in ("待办", "未到期"):
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        top = next(i for i, row in enumerate(rows) if "订单号" in row)
        column = rows[top].index("订单号")
        ids = [row[column] for row in rows[top + 1 :] if row[column] != ""]
        assert ids and all(isinstance(value, str) and re.fullmatch(r"\d{19}|\d{6}-\d{15}", value) for value in ids)
