"""A user's own workbooks (decisions, chart of accounts, templates) are as untrusted as bills: made to swell or abort a reader,
each is refused by name, and the program lives to read the next one."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from tests.booking.targets.build import voucher
from tests.booking.targets.test_templates import LEMON, template
from tests.reading.containers.build import patched, workbook
from tests.reading.containers.test_bounds import SHEET, SWOLLEN, cell, last_row
from tests.sealed import xlsx_agile

from ecrecon.base.errors import ConfigError, EcreconError, InputError
from ecrecon.issuing.targets.chart import read_chart
from ecrecon.issuing.targets.template import fill, learn
from ecrecon.quarantine import guard
from ecrecon.report import read_decisions

pytestmark = pytest.mark.slow

READERS: dict[str, Callable[[Path], object]] = {
    "decisions": read_decisions,
    "chart": read_chart,
    "template": lambda path: learn(path, "own"),
}
FAR = {name: SWOLLEN[name] for name in ("far_corner", "beyond_a_sheet", "row_without_cell_references")}
ACCOUNTS = [
    ["科目编码", "科目名称"],
    ["1122", "应收账款"],
    ["2221", "应交税费"],
    ["2221.01", "应交增值税"],
    [6001, "主营业务收入"],
]


def merged_to_the_corner() -> bytes:
    """A template whose merged range holds every cell of a sheet: a few bytes that become 17,000,000,000 cells."""
    target = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(LEMON)
    book.save(target)
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A5:XFD1048576"/></mergeCells>'
    return patched(target.getvalue(), SHEET, lambda part: part.replace(b"</sheetData>", merged))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FAR)
def test_a_workbook_that_swells_is_refused_by_name(tmp_path: Path, reader: str, name: str) -> None:
    path = tmp_path / "我的表.xlsx"
    path.write_bytes(FAR[name]())
    with pytest.raises(EcreconError) as refused:
        READERS[reader](path)
    assert "我的表.xlsx" in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "data", [b"", b"no workbook", b"PK\x03\x04" + bytes(200), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_what_is_no_workbook_is_refused_by_name(tmp_path: Path, reader: str, data: bytes) -> None:
    path = tmp_path / "我的表.xlsx"
    path.write_bytes(data)
    with pytest.raises(EcreconError, match="我的表"):
        READERS[reader](path)


@pytest.mark.parametrize("reader", READERS)
def test_a_password_is_said(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "我的表.xlsx"
    path.write_bytes(xlsx_agile(workbook(lambda book: book.add_worksheet("a").write(0, 0, "科目编码")), "geheim"))
    with pytest.raises(EcreconError, match="密码"):
        READERS[reader](path)


def test_a_template_that_swells_when_it_is_opened_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    path.write_bytes(merged_to_the_corner())
    with pytest.raises(ConfigError, match="模板"):
        learn(path, "own")
    good = template(tmp_path / "好.xlsx", [LEMON], "凭证")
    layout, _ = learn(good, "own")
    data = fill(good, [voucher()], layout)
    good.write_bytes(patched(data, SHEET, last_row(cell("XFD1048576"))))
    with pytest.raises(ConfigError, match="好"):
        fill(good, [voucher()], layout)


def test_a_reader_that_dies_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = template(tmp_path / "模板.xlsx", [LEMON], "凭证")
    own = guard.Guard()
    monkeypatch.setattr(guard, "shared", lambda: own)
    try:
        learn(path, "own")
        (reader,) = own.waiting
        os.kill(reader, signal.SIGTERM)
        with pytest.raises(ConfigError, match="模板"):
            learn(path, "own")
        learn(path, "own")
    finally:
        own.close()


def test_decisions_of_each_row_are_read(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("汇总").write(0, 0, "处理")
        sheet = book.add_worksheet("待办")
        rows = [["", ""], ["差异编号", "处理"], ["v2\nv1", "接受"], ["v3", ""], ["v4", "不懂"], ["v5", "ignored"]]
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    assert read_decisions(path).rows() == [("v1", "accepted"), ("v2", "accepted"), ("v5", "ignored")]
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("汇总").write(0, 0, "处理")
    with pytest.raises(InputError, match="待办"):
        read_decisions(path)


def test_a_chart_is_read_from_the_first_sheet_that_holds_something(tmp_path: Path) -> None:
    path = tmp_path / "科目.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("空")
        sheet = book.add_worksheet("科目")
        for number, row in enumerate(ACCOUNTS, start=3):
            sheet.write_row(number, 1, row)
    chart = read_chart(path)
    assert [(account.code, account.leaf) for account in chart.values()] == [
        ("1122", True), ("2221", False), ("2221.01", True), ("6001", True),
    ]  # fmt: skip


def test_leaves_of_a_long_chart_are_found_in_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "科目.csv"
    codes = [f"{number:06d}" for number in range(60_000)] + ["0000011"]
    path.write_text("科目编码,科目名称\n" + "\n".join(f"{code},x" for code in codes), "utf-8")
    began = time.process_time()
    chart = read_chart(path)
    assert not chart["000001"].leaf
    assert sum(account.leaf for account in chart.values()) == len(codes) - 1
    assert time.process_time() - began < 60  # each code against each other takes many minutes
