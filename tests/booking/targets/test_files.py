"""Each target's file, read back by a reader of another hand and compared field by field."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from beancount import loader
from beancount.core.data import Transaction
from dbfread import DBF
from python_calamine import CalamineWorkbook
from tests.booking.targets.build import hledger, line, sample_vouchers, voucher

from ecrecon.base.money import decimal_text
from ecrecon.issuing.targets import Layout, Voucher, load_layouts
from ecrecon.issuing.targets.export import render, split

LAYOUTS = load_layouts()
ONE = [voucher()]


def written(name: str, vouchers: list[Voucher] | tuple[Voucher, ...], standard: str = "sbe") -> bytes:
    (content,) = render(list(vouchers), LAYOUTS[name], standard).values()
    return content


def sums(vouchers: tuple[Voucher, ...]) -> tuple[int, int]:
    rows = [x for v in vouchers for x in v.lines]
    return sum(x.debit_minor for x in rows), sum(x.credit_minor for x in rows)


@pytest.mark.parametrize("name", [n for n, x in LAYOUTS.items() if not x.target.template])
def test_equal_vouchers_give_equal_bytes(name: str) -> None:
    assert written(name, sample_vouchers()) == written(name, sample_vouchers())


def test_kis_dbf_as_the_page_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "kis.dbf"
    path.write_bytes(written("kis-dbf", ONE))
    table = DBF(str(path), encoding="gbk")
    rows = list(table)
    assert len(table.fields) == 40
    assert table.header.language_driver == 0x4D
    first, second, third = rows
    assert (first["FDATE"], first["FPERIOD"], first["FGROUP"], first["FNUM"]) == (date(2026, 8, 31), 8, "记", 1)
    assert [r["FENTRYID"] for r in rows] == [0, 1, 2]
    assert (first["FEXP"], first["FACCTID"], first["FDC"]) == ("天猫旗舰店8月确认收入", "1122", "D")
    assert (first["FDEBIT"], first["FCREDIT"], first["FFCYAMT"]) == (1130.0, 0.0, 1130.0)
    assert (second["FDC"], second["FCREDIT"], third["FCREDIT"]) == ("C", 1000.0, 130.0)
    assert (first["FCYID"], first["FEXCHRATE"], first["FPOSTED"], first["FSERIALNO"]) == ("RMB", 1, False, 1)


def test_kis_dbf_of_a_month_holds_every_cent(tmp_path: Path) -> None:
    path = tmp_path / "kis.dbf"
    path.write_bytes(written("kis-dbf", sample_vouchers()))
    rows = list(DBF(str(path), encoding="gbk"))
    debit, credit = sums(sample_vouchers())
    assert round(sum(r["FDEBIT"] for r in rows) * 100) == debit
    assert round(sum(r["FCREDIT"] for r in rows) * 100) == credit


def test_k3_has_both_sheets_in_the_order_of_the_page() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(written("k3-xls", ONE)))
    assert book.sheet_names == ["Page1", "t_Schema"]
    head, *rows = book.get_sheet_by_name("Page1").to_python()
    assert len(head) == 37
    assert head[:6] == ["凭证日期", "会计年度", "会计期间", "凭证字", "凭证号", "科目代码"]
    facts = [dict(zip(head, row, strict=True)) for row in rows]
    assert [f["分录序号"] for f in facts] == [0, 1, 2]
    assert [(f["借方"], f["贷方"], f["原币金额"]) for f in facts] == [(1130, 0, 1130), (0, 1000, 1000), (0, 130, 130)]
    assert (facts[0]["审核"], facts[0]["结算方式"], facts[0]["汇率类型"], facts[0]["过账"]) == (
        "NONE",
        "*",
        "公司汇率",
        0,
    )
    assert facts[2]["科目代码"] == "22210102"
    schema = book.get_sheet_by_name("t_Schema").to_python()
    assert [row[0] for row in schema[1:4]] == ["ClassInfo", "ClassInfo", "PageInfo"]
    assert [row[3] for row in schema[4:]] == head


def test_jdy_has_its_25_columns_and_blank_unused_sides() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written("jdy-xlsx", ONE))).active
    head, *rows = sheet.iter_rows(values_only=True)
    assert len(head) == 25
    assert head[0] == "日期"
    assert head[-1] == "汇率"
    facts = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(f["借方金额"], f["贷方金额"]) for f in facts] == [(1130, None), (None, 1000), (None, 130)]
    assert [f["分录序号"] for f in facts] == [1, 2, 3]
    assert facts[0]["日期"] == "2026-08-31"
    assert [type(f["科目代码"]) for f in facts] == [str] * 3


def test_u8_has_48_positions_its_preamble_and_no_header() -> None:
    content = written("u8-txt", ONE)
    assert content.endswith(b"\r\n")
    head, *rows = content.decode("gbk").rstrip("\r\n").split("\r\n")
    assert head == "填制凭证,V800"
    cells = [row.split(",") for row in rows]
    assert {len(row) for row in cells} == {48}
    assert cells[0][:9] == ["2026-08-31", "记", "1", "1", "天猫旗舰店8月确认收入", "1122", "1130.00", "0.00", "0"]
    assert [i + 1 for i, x in enumerate(cells[0]) if i > 20 and x == "0"] == [
        28,
        30,
        39,
        40,
        41,
        42,
        43,
        45,
        46,
        47,
        48,
    ]


def test_xero_signs_and_splits_at_300_lines() -> None:
    rows = list(csv.DictReader(io.StringIO(written("xero", ONE).decode())))
    assert [r["*Amount"] for r in rows] == ["1130.00", "-1000.00", "-130.00"]
    assert {(r["*Narration"], r["*Date"]) for r in rows} == {("记-1 天猫旗舰店8月确认收入", "31/08/2026")}
    many = [voucher(number=i) for i in range(1, 202)]
    parts = split(many, 300)
    assert [sum(len(v.lines) for v in part) for part in parts] == [300, 300, 3]
    assert [v for part in parts for v in part] == many
    assert list(render(many, LAYOUTS["xero"], "sbe")) == ["xero-1.csv", "xero-2.csv", "xero-3.csv"]


@pytest.mark.parametrize("name", ["qbo", "odoo"])
def test_red_amounts_turn_where_no_negative_is_taken(name: str) -> None:
    from ecrecon.issuing.targets.prepare import prepare
    from ecrecon.issuing.targets.problems import Books

    red = voucher(line(1, "6601", "销售费用", debit=-500), line(2, "1012", "其他货币资金", credit=-500))
    ready = prepare([red], LAYOUTS[name], Books(None, {}, {}))
    assert ready.problems == []
    assert len(ready.notes) == 1
    rows = list(csv.reader(io.StringIO(written(name, ready.vouchers).decode("utf-8-sig"))))
    assert [c for row in rows[1:] for c in row if c in ("5.00", "-5.00")] == ["5.00", "5.00"]


def test_odoo_names_head_fields_once() -> None:
    rows = list(csv.DictReader(io.StringIO(written("odoo", [*ONE, voucher(number=2)]).decode())))
    assert [bool(r["id"]) for r in rows] == [True, False, False, True, False, False]


@pytest.mark.parametrize("standard", ["sbe", "asbe"])
def test_beancount_accepts_the_month(standard: str) -> None:
    entries, errors, _ = loader.load_string(written("beancount", sample_vouchers(), standard).decode())
    assert errors == []
    moves = [e for e in entries if isinstance(e, Transaction)]
    assert len(moves) == len(sample_vouchers())
    posted = sum(p.units.number for e in moves for p in e.postings if p.units.number > 0)
    expected = sum(x.signed_minor for v in sample_vouchers() for x in v.lines if x.signed_minor > 0)
    assert str(posted) == decimal_text(expected)


def test_hledger_checks_the_month_strictly(tmp_path: Path) -> None:
    program = hledger()
    path = tmp_path / "vouchers.journal"
    path.write_bytes(written("hledger", sample_vouchers()))
    told = subprocess.run([program, "-f", str(path), "check", "-s"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    accounts = subprocess.run(
        [program, "-f", str(path), "bal", "-O", "csv", "-N"], capture_output=True, text=True, check=True
    )
    balances = {row[0]: row[1] for row in csv.reader(io.StringIO(accounts.stdout))}
    wallet = sum(
        x.signed_minor
        for v in sample_vouchers()
        for x in v.lines
        if x.account_code == "1012" and x.facts["店铺"] == "pdd_a" and x.account_name == "其他货币资金"
    )
    assert balances["1012 其他货币资金:pdd_a"] == f"CNY {decimal_text(wallet)}"


def test_iif_blocks_add_up_to_zero() -> None:
    rows = [r.split("\t") for r in written("iif", sample_vouchers()).decode().split("\r\n")]
    total, blocks = 0, 0
    for row in rows:
        if row[0] in ("TRNS", "SPL"):
            total += round(float(row[5]) * 100)
        elif row[0] == "ENDTRNS":
            assert total == 0
            blocks += 1
    assert blocks == len(sample_vouchers())


def test_every_layout_is_loaded_under_its_own_name() -> None:
    names = {path.stem for path in (Path(__file__).parents[3] / "configs" / "targets").glob("*.toml")}
    assert names == set(LAYOUTS)
    assert all(isinstance(layout, Layout) for layout in LAYOUTS.values())
