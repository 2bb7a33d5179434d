"""Files that no profile takes: known kinds by their name, rows without a header, downloads that are not complete."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter
from tests.golden.goldens import FOLDER, profiles

from ecrecon.base.sources import Parsed
from ecrecon.base.texts import set_language
from ecrecon.reading.leftover_tables import known_kinds
from ecrecon.reading.load import load

MT940 = ":20:STARTUMS\n:25:10020030/1234567\n:28C:00001/001\n:60F:C261001CNY1000,00\n:61:2610021002C62,90NMSC\n:62F:C261031CNY1062,90\n"
OFX = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRN><TRNAMT>62.90</STMTTRN></OFX>\n"
CAMT = '<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>\n'
QIF = "!Type:Bank\nD10/02/2026\nT62.90\nPShop\n^\n"
AMAZON = "settlement-id\tamount-type\tamount-description\tamount\tcurrency\n11\tItemPrice\tPrincipal\t62.90\tUSD\n"
STRIPE = "balance_transaction_id,created,currency,gross,fee,net,reporting_category\ntxn_1,2026-10-02,usd,62.90,2.10,60.80,charge\n"
PAYPAL = '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net"\n"10/02/2026","10:00:00","PDT","A","Sale","Done","USD","62.90","-2.10","60.80"\n'
SHOPIFY = "Payout Date,Status,Charges,Refunds,Adjustments,Reserved Funds,Fees,Retried Amount,Total,Currency\n2026-10-02,paid,62.90,0,0,0,-2.10,0,60.80,USD\n"
TIKTOK = "Order/adjustment ID,Type,Order settled time,Currency,Total settlement amount\n570000000000000001,Order,2026/10/02,USD,60.80\n"
MHT = "From: <Saved by Blink>\nSnapshot-Content-Location: https://shop.example/bill\nMIME-Version: 1.0\nContent-Type: multipart/related;\n"


def read(path: Path, data: bytes) -> list[Parsed]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    inside = path.parent.parent if path.parent.name.endswith(".download") else path.parent
    return load([inside], profiles(), workers=1)


def told(parsed: Parsed) -> tuple[str, list[tuple[str, str | None]]]:
    return parsed.source.kind, list(parsed.findings.select("code", "kind").iter_rows())


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("2026-10.sta", MT940, "MT940"),
        ("export.ofx", OFX, "OFX"),
        ("statement.xml", CAMT, "CAMT"),
        ("bank.qif", QIF, "QIF"),
        ("settlement.txt", AMAZON, "亚马逊"),
        ("balance.csv", STRIPE, "Stripe"),
        ("Download.CSV", PAYPAL, "PayPal"),
        ("payouts_export_1.csv", SHOPIFY, "Shopify"),
        ("income.csv", TIKTOK, "TikTok"),
        ("资金账单.mht", MHT, "网页存档"),
        ("账单.html", "<html><body>loading</body></html>", "网页"),
    ],
)
def test_a_known_kind_is_called_what_it_is_with_the_download_to_use(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    (parsed,) = read(tmp_path / name, text.encode())
    assert told(parsed) == ("unknown", [("F01", "review")])
    assert says in parsed.source.reason
    assert "尚不支持" in parsed.source.reason
    assert parsed.findings["hint"][0]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("对账单2026-10.pdf", b"%PDF-1.4 x", "unknown"),
        ("cmb 2026-10.pdf", b"%PDF-1.4 x", "unknown"),
        ("采购合同.pdf", b"%PDF-1.4 x", "ignored"),
        ("支付宝账单截图.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "unknown"),
        ("主图1.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "ignored"),
        ("账单.heic", b"\0\0\0\x18ftypheic" + bytes(20), "unknown"),
        ("账单.webarchive", b"bplist00" + bytes(20), "unknown"),
        ("说明.txt", "请把账单放在这里\n".encode(), "ignored"),
    ],
)
def test_pictures_and_documents_are_bills_by_their_names(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (parsed,) = read(tmp_path / name, data)
    assert parsed.source.kind == kind
    assert parsed.findings.is_empty() == (kind == "ignored")


def test_every_kind_speaks_both_languages() -> None:
    for kind in known_kinds().kind:
        assert kind.container or kind.text or kind.header, kind.id
        assert all(ord(character) < 0x2E80 for character in kind.en + kind.advice_en), kind.id
        assert any(ord(character) >= 0x2E80 for character in kind.advice_zh), kind.id
    set_language("en")
    try:
        assert known_kinds().kind[0].title == "a SWIFT MT940 bank statement"
    finally:
        set_language("zh")


@pytest.mark.parametrize("ending", [".crdownload", ".part", ".tmp", ".download/x.csv"])
def test_an_unfinished_download_is_not_read_and_stops(tmp_path: Path, ending: str) -> None:
    data = (FOLDER / "pdd.p1" / "page.csv").read_bytes()
    (parsed,) = read(tmp_path / f"bill.csv{ending}", data)
    assert told(parsed) == ("unreadable", [("F17", None)])
    assert parsed.frame is None


def test_the_rest_of_a_download_beside_the_complete_file_is_only_listed(tmp_path: Path) -> None:
    data = (FOLDER / "pdd.p1" / "page.csv").read_bytes()
    read(tmp_path / "bill.csv.crdownload", data[:500])
    whole, rest = read(tmp_path / "bill.csv", data)
    assert (whole.source.kind, rest.source.kind) == ("bill", "ignored")
    assert rest.findings.is_empty()


def test_a_temporary_file_of_something_else_stays_ignored(tmp_path: Path) -> None:
    (parsed,) = read(tmp_path / "~WRD0001.tmp", b"\x89PNG\r\n\x1a\n" + bytes(20))
    assert parsed.source.kind == "ignored"


HEADER = ["商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账务类型", "备注", "业务描述"]
ROWS = [
    ["261005-100000000000001", "2026-10-05 10:00:00", "62.90", "0", "交易收入", "-", "0010002|交易收入-订单收入"],
    ["261006-100000000000002", "2026-10-06 10:00:00", "50.00", "0", "交易收入", "-", "0010002|交易收入-订单收入"],
]


def book(*sheets: tuple[str, list[list[str]]]) -> bytes:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target)
    for name, rows in sheets:
        sheet = made.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    made.close()
    return target.getvalue()


def test_a_sheet_without_header_goes_on_with_the_sheet_before_it(tmp_path: Path) -> None:
    first, second = read(tmp_path / "bill.xlsx", book(("1", [HEADER, ROWS[0]]), ("2", [ROWS[1]])))
    assert (first.source.rows, second.source.rows) == (1, 1)
    assert second.source.income_minor == 5000
    assert second.frame is not None
    assert second.frame["source_line"].to_list() == [1]
    assert any("表头" in note for note in second.source.notes)
    assert second.findings.is_empty()


def test_rows_of_a_sheet_that_cannot_go_on_are_counted_and_named(tmp_path: Path) -> None:
    shifted = [["x", *ROWS[1]]]
    second, first = read(tmp_path / "bill.xlsx", book(("账单", [HEADER, ROWS[0]]), ("说明", shifted)))
    assert first.source.rows == 1
    assert told(second) == ("unknown", [("F01", "review")])
    assert "说明" in second.source.reason
    assert "1 行" in second.source.reason


def test_a_sheet_of_notes_is_only_listed(tmp_path: Path) -> None:
    notes = [["说明"], ["本表由财务导出，金额单位为元"], ["2026-10-05"]]
    second, _ = read(tmp_path / "bill.xlsx", book(("账单", [HEADER, ROWS[0]]), ("说明", notes)))
    assert told(second) == ("ignored", [])


def test_a_file_of_rows_without_header_stops(tmp_path: Path) -> None:
    (parsed,) = read(tmp_path / "bill_2.csv", "\n".join(",".join(row) for row in ROWS).encode() + b"\n")
    assert told(parsed) == ("unknown", [("F01", None)])
    assert parsed.findings["source_line"].to_list() == [1]


def test_rows_of_times_and_numbers_alone_are_rows_of_a_bill(tmp_path: Path) -> None:
    rows = "2026-10-05 10:00:00,出账,运费险,2,\n2026-10-05 10:01:00,出账,赔付,3,\n"
    (parsed,) = read(tmp_path / "picked.csv", rows.encode())
    assert told(parsed) == ("unknown", [("F01", None)])
    (parsed,) = read(tmp_path / "picked.csv", ("姓名,打卡,次数\n" + rows).encode())
    assert told(parsed) == ("ignored", [])


def test_the_body_of_a_page_whose_header_is_a_table_of_its_own(tmp_path: Path) -> None:
    def table(*rows: list[str]) -> str:
        return (
            "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows) + "</table>"
        )

    page = f"<html><body>{table(HEADER)}{table(*ROWS)}</body></html>"
    parsed = read(tmp_path / "bill.xls", page.encode())
    assert sum(one.source.rows for one in parsed) == 2
    assert sum(one.source.income_minor or 0 for one in parsed) == 11290


@pytest.mark.parametrize(
    "text",
    [
        "账号：[20880000000000000156]\n起始日期：[2026-10-01]\n",
        "账户明细\n账号,755900000000001\n",
    ],
)
def test_only_the_lines_above_a_bill(tmp_path: Path, text: str) -> None:
    (parsed,) = read(tmp_path / "bill.csv", text.encode())
    assert told(parsed) == ("unknown", [("F17", None)])
