"""The file of every target over the sample month, read back by a reader of another hand, field by field as vouchers.csv."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction
from dbfread import DBF
from python_calamine import CalamineWorkbook
from tests.booking.targets.build import hledger, sample_csv, sample_vouchers

from ecrecon.issuing.targets import load_layouts
from ecrecon.issuing.targets.export import render
from ecrecon.issuing.targets.prepare import prepare
from ecrecon.issuing.targets.problems import Books

LAYOUTS = load_layouts()
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Row:
    """One entry; None where the target has no place for it. `net`: debit - credit, for targets that keep no sides."""

    number: str | None
    day: date
    summary: str | None
    code: str | None
    name: str | None
    debit: Decimal | None
    credit: Decimal | None
    net: Decimal


def sided(
    number: object, day: date, summary: str, code: object, name: str | None, debit: object, credit: object
) -> Row:
    """A row of a target with two columns of amounts."""
    left, right = (Decimal(str(x or 0)).quantize(CENT) for x in (debit, credit))
    return Row(str(number), day, summary, str(code) if code is not None else None, name, left, right, left - right)


def expected() -> list[Row]:
    """vouchers.csv by the standard library."""
    rows = csv.DictReader(io.StringIO(sample_csv().decode("utf-8-sig")))
    return [
        sided(
            r["number"],
            date.fromisoformat(r["date"]),
            r["summary"],
            r["account_code"],
            r["account_name"],
            r["debit"],
            r["credit"],
        )
        for r in rows
    ]


def day(text: str, form: str = "%Y-%m-%d") -> date:
    return datetime.strptime(text, form).date()


def whole(value: object) -> str:
    """A number of a sheet as text."""
    return str(int(float(str(value))))


def kis(path: Path) -> Iterator[Row]:
    for r in DBF(str(path), encoding="gbk"):
        yield sided(r["FNUM"], r["FDATE"], r["FEXP"], r["FACCTID"], None, r["FDEBIT"], r["FCREDIT"])
        assert (r["FDC"] == "D") == bool(r["FDEBIT"]) and r["FFCYAMT"] == (r["FDEBIT"] or r["FCREDIT"])
        assert r["FPERIOD"] == r["FDATE"].month and (r["FPOSTED"], r["FDELETED"]) == (False, False)


def k3(path: Path) -> Iterator[Row]:
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Page1").to_python()
    for cells in rows:
        r = dict(zip(head, cells, strict=True))
        yield sided(
            whole(r["凭证号"]), day(r["凭证日期"]), r["凭证摘要"], r["科目代码"], r["科目名称"], r["借方"], r["贷方"]
        )
        assert (r["会计年度"], r["会计期间"], r["币别代码"], r["审核"]) == (2026, 10, "RMB", "NONE")


def jdy(path: Path) -> Iterator[Row]:
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    for cells in rows:
        r = dict(zip(head, cells, strict=True))
        yield sided(
            whole(r["凭证号"]), day(r["日期"]), r["摘要"], r["科目代码"], r["科目名称"], r["借方金额"], r["贷方金额"]
        )
        assert (r["借方金额"] == "") != (r["贷方金额"] == "")


def u8(path: Path) -> Iterator[Row]:
    first, *rows = path.read_bytes().decode("gbk").split("\r\n")
    assert (first, rows.pop()) == ("填制凭证,V800", "")
    for r in (row.split(",") for row in rows):
        assert len(r) == 48 and r[1] == "记"
        yield sided(r[2], day(r[0]), r[4], r[5], None, r[6], r[7])


def yy73(path: Path) -> Iterator[Row]:
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Sheet1").to_python()
    assert (len(head), head[0], head[-1]) == (73, "会计期间", "现金贷方")
    sides: dict[str, list[tuple[str, bool]]] = {}
    for cells in rows:
        r = dict(zip(head, cells, strict=True))
        sides.setdefault(whole(r["凭证编号"]), []).append((r["科目编码"], r["借方金额"] > r["贷方金额"]))
    for cells in rows:
        r = dict(zip(head, cells, strict=True))
        yield sided(
            whole(r["凭证编号"]), day(r["制单日期"]), r["摘要"], r["科目编码"], None, r["借方金额"], r["贷方金额"]
        )
        assert {r[name] for name in ("审核人", "记账人", "记账标志", "出纳人")} == {""}  # people fill these
        opposite = {code for code, debit in sides[whole(r["凭证编号"])] if debit != (r["借方金额"] > r["贷方金额"])}
        assert set(r["对方科目编码"].split(",")) == opposite


def xero(path: Path) -> Iterator[Row]:
    for part in sorted(path.parent.glob("xero*.csv"), key=lambda p: (len(p.name), p.name)):
        for r in csv.DictReader(io.StringIO(part.read_text("utf-8"))):
            net = Decimal(r["*Amount"])
            number = r["*Narration"].split(" ")[0].removeprefix("记-")
            yield Row(number, day(r["*Date"], "%d/%m/%Y"), r["Description"], r["*AccountCode"], None, None, None, net)


def qbo(path: Path) -> Iterator[Row]:
    for r in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))):
        row = sided(
            r["Journal No"],
            day(r["Journal Date"], "%m/%d/%Y"),
            r["Description"],
            None,
            r["Account Name"],
            r["Debits"],
            r["Credits"],
        )
        assert min(row.debit or 0, row.credit or 0) >= 0
        yield Row(row.number, row.day, row.summary, None, row.name, None, None, row.net)


def odoo(path: Path) -> Iterator[Row]:
    number, when = "", date.min
    for r in csv.DictReader(io.StringIO(path.read_text("utf-8"))):
        if r["id"]:
            number, when = r["ref"].removeprefix("记-"), day(r["date"])
        code, _, name = r["line_ids/account_id"].partition(" ")
        row = sided(number, when, r["line_ids/name"], code, name, r["line_ids/debit"], r["line_ids/credit"])
        assert min(row.debit or 0, row.credit or 0) >= 0
        yield Row(number, when, row.summary, code, name, None, None, row.net)


def iif(path: Path) -> Iterator[Row]:
    names: list[str] = []
    for cells in (line.split("\t") for line in path.read_text("utf-8").split("\n")):
        if cells[0] == "!TRNS":
            names = cells[1:]
        elif cells[0] in ("TRNS", "SPL"):
            r = dict(zip(names, cells[1:], strict=True))
            yield Row(r["DOCNUM"], day(r["DATE"], "%m/%d/%Y"), None, None, r["ACCNT"], None, None, Decimal(r["AMOUNT"]))


def bean(path: Path) -> Iterator[Row]:
    entries, errors, _ = loader.load_string(path.read_text("utf-8"))
    assert errors == []
    moves = sorted((e for e in entries if isinstance(e, Transaction)), key=lambda e: int(e.meta["lineno"]))
    for move in moves:
        for posting in move.postings:
            code, _, name = posting.account.split(":")[1].partition("-")
            yield Row(
                move.meta["voucher-no"].removeprefix("记-"),
                move.date,
                None,
                code,
                name,
                None,
                None,
                posting.units.number,
            )


def ledger(path: Path) -> Iterator[Row]:
    told = subprocess.run(
        [hledger(), "-f", str(path), "print", "-O", "csv"], capture_output=True, text=True, check=True
    )
    for r in csv.DictReader(io.StringIO(told.stdout)):
        code, _, name = r["account"].split(":")[0].partition(" ")
        yield Row(
            r["code"].removeprefix("记-"),
            day(r["date"]),
            None,
            code,
            name,
            None,
            None,
            Decimal(r["amount"].replace(",", "")),
        )


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "kis-dbf": kis, "k3-xls": k3, "jdy-xlsx": jdy, "u8-txt": u8, "yy-xls73": yy73, "xero": xero, "qbo": qbo, "odoo": odoo, "iif": iif,
    "beancount": bean, "hledger": ledger,
}  # fmt: skip


def test_every_target_has_a_reader() -> None:
    assert set(READERS) == set(LAYOUTS)


@pytest.mark.parametrize("target", sorted(READERS))
def test_a_file_says_in_every_field_what_the_table_says(tmp_path: Path, target: str) -> None:
    ready = prepare(sample_vouchers(), LAYOUTS[target], Books(None, {}, {}))
    assert ready.problems == []
    for name, content in render(ready.vouchers, LAYOUTS[target], "sbe").items():
        (tmp_path / name).write_bytes(content)
    found = list(READERS[target](tmp_path / LAYOUTS[target].target.file))
    wanted = expected()
    assert len(found) == len(wanted) > 150
    for read, told in zip(found, wanted, strict=True):
        for field in ("number", "day", "summary", "code", "name", "debit", "credit", "net"):
            if getattr(read, field) is not None:
                assert getattr(read, field) == getattr(told, field), (field, read, told)


def test_red_amounts_are_in_the_month() -> None:
    assert any(min(row.debit or 0, row.credit or 0) < 0 for row in expected())
