"""Headers that were cut, dressed or lost, and rows pushed past their header: rows that stand there are never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles

from ecrecon.base.sources import Parsed
from ecrecon.reading.load import load
from ecrecon.settings.profiles import normal_name

CARD = "Date,Description,Billi\n30/10/2026,FEE,-50.00,HKD,5850.00,HKD\n12/10/2026,LOGISTICS,-200.00,HKD,5900.00,HKD\n"
COSTS = "TEST-SKU-1,30.00,杯\nTEST-SKU-9,2.00,杯垫\n补差价专用,0.00,补差价\n"
LEDGER = "bank.icbc_ledger/ledger.txt"
GOODS = "taobao.t5/goods_income.csv"
ADS = "日期,花费(元),计划名称\n2026-10-01,12.50,计划一\n2026-10-02,8.00,计划二\n"


def read(folder: Path, name: str, text: str) -> Parsed:
    (folder / name).write_text(text, "utf-8")
    (parsed,) = load([folder], profiles(), workers=1)
    return parsed


def golden(name: str) -> str:
    data = (FOLDER / name).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def cut(text: str, names: int) -> str:
    """`text` with the first `names` names of its header."""
    header, rest = text.split("\n", 1)
    return ",".join(header.split(",")[:names]) + "\n" + rest


@pytest.mark.parametrize("names", [12, 13, 15])
def test_a_header_that_stops_short_of_its_rows_is_none_of_a_kind_that_is_left_out(tmp_path: Path, names: int) -> None:
    whole = read(tmp_path, "bill.csv", golden(GOODS))
    assert whole.source.readable
    parsed = read(tmp_path, "bill.csv", cut(golden(GOODS), names))
    assert parsed.source.kind not in ("ignored", "refused")
    assert parsed.findings.height


def test_a_kind_that_is_left_out_still_is_where_its_header_is_whole(tmp_path: Path) -> None:
    kept = [p for p in profiles() if p.profile.kind == "ignore" and (FOLDER / p.id).is_dir()]
    seen = 0
    for profile in kept:
        for one in load([FOLDER / profile.id], profiles(), workers=1):
            if one.source.profile == profile.id:
                assert one.source.kind in ("ignored", "refused"), one.source.path
                seen += 1
    assert seen > 5


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (CARD, "unknown"),
        (CARD.replace("Billi", "Billing details"), "unknown"),
        ("日期,说明,金\n2026-10-01,服务费,单号一,12.50\n2026-10-02,服务费,单号二,8.00\n", "unknown"),
        (ADS, "ignored"),
        ("日期,费用,备注\n2026-10-01,12.50,一\n2026-10-02,8.00,二,多一格\n", "ignored"),
    ],
)
def test_rows_of_money_wider_than_the_names_above_them(tmp_path: Path, text: str, ends: str) -> None:
    assert read(tmp_path, "a.csv", text).source.kind == ends


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (COSTS, "unknown"),
        (COSTS.replace(",", "\t"), "unknown"),
        ("货品编号,固\n" + COSTS, "unknown"),
        ("说明\n" + ADS, "ignored"),
        ("SKU,成本,品名\n" + COSTS, "ignored"),
        ("姓名,1\n小王,2.50\n", "ignored"),
        ("TEST-SKU-1,30.00,杯\n", "ignored"),
    ],
)
def test_a_list_of_amounts_without_any_header(tmp_path: Path, text: str, ends: str) -> None:
    parsed = read(tmp_path, "costs.csv", text)
    assert parsed.source.kind == ends
    assert parsed.findings.height == (ends == "unknown")
    assert parsed.findings["kind"].to_list() == ["review"] * parsed.findings.height


@pytest.mark.parametrize("mark", ["=", "'", "`", "\u200b", '="'])
def test_names_are_undressed_as_cells_are(tmp_path: Path, mark: str) -> None:
    tail = '"' if mark.endswith('"') else ""
    assert normal_name(f"{mark}固定成本价{tail}") == "固定成本价"
    name = f"{mark}固定成本价{tail}".replace('"', '""')
    parsed = read(tmp_path, "costs.csv", f'货品编号,"{name}",货品名称\n' + COSTS)
    assert (parsed.source.profile, parsed.source.rows) == ("erp.jackyun_cost", 3)


def test_names_in_every_row_that_is_looked_at_hide_no_bill_below_them(tmp_path: Path) -> None:
    groups = "商家信息,单据信息,结算信息\n"
    row = "10000001,300000000202,2026-09-01 10:00:00,9.50\n10000001,300000000203,2026-09-02 10:00:00,8.50\n"
    assert read(tmp_path, "bill.csv", groups * 300 + "商家,单据,时间,金额\n" + row).source.kind == "unknown"
    assert read(tmp_path, "bill.csv", groups * 300).source.kind == "ignored"


@pytest.mark.parametrize("above", [44, 48, 56, 70, 1000])
def test_a_header_further_down_than_headers_are_looked_for(tmp_path: Path, above: int) -> None:
    line = "0000000001,卡别名: 测试\n"
    rows = "交易日期,摘要,收入,支出\n2026-10-12,提现,300.00,\n2026-10-10,消费,,20.00\n"
    assert read(tmp_path, "bill.csv", line * above + rows).source.kind == "unknown"
    assert read(tmp_path, "bill.csv", line * above).source.kind == "ignored"


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("cells", [12, 20, 41, 200])
def test_cells_put_into_a_row_are_told_however_many(tmp_path: Path, place: int, cells: int) -> None:
    lines = golden(LEDGER).rstrip("\r\n").splitlines()
    row = lines[2].split("\t")
    lines[2] = "\t".join([*row[:place], *[""] * cells, *row[place:]])
    parsed = read(tmp_path, "ledger.txt", "\n".join(lines) + "\n")
    assert parsed.source.rows == 1
    assert parsed.findings.filter(code="F11")["source_line"].to_list() == [3]


def test_a_long_remark_and_blank_cells_are_no_row(tmp_path: Path) -> None:
    lines = golden(LEDGER).rstrip("\r\n").splitlines()
    remark = "说明" + "\t" * 30 + "以银行回单为准"
    parsed = read(tmp_path, "ledger.txt", "\n".join([*lines, "\t" * 60, remark]) + "\n")
    assert (parsed.source.rows, parsed.findings.height) == (2, 0)
