"""Identification is exclusive, and a refusal says what is missing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.reading.interpreter import samples
from tests.reading.interpreter.fakes import book, codes, profile, read, table
from tests.reading.interpreter.profiles_inline import ALIPAY, ALL, PDD

from ecrecon.reading.catalogue import identify_files, list_profiles, show_profile
from ecrecon.reading.identify import Conflict, Identified, Unknown, identify
from ecrecon.reading.load import load, read_table
from ecrecon.settings.profiles import load_profiles

REFUSED = profile(
    """
[profile]
id = "alipay.a6"
title = "支付宝 个人账单"
platform = "alipay"
kind = "ignore"
refuse = "这是个人账单"
[header]
require = ["收/支", "交易对方"]
"""
)
ADVERTS = profile(
    """
[profile]
id = "pdd.p5"
title = "推广报表"
platform = "pdd"
kind = "ignore"
reason = "推广报表不是账单"
[header]
require = ["总花费"]
"""
)


def test_each_sample_fits_exactly_one_profile() -> None:
    for name, wanted in (
        ("ALIPAY", "alipay.a1"), ("PDD", "pdd.p1"), ("DOUYIN", "douyin.d1"), ("TAOBAO", "taobao.t1"), ("REFUNDS", "taobao.t3"),
    ):  # fmt: skip
        identity = identify(table(getattr(samples, name)), ALL)
        assert isinstance(identity, Identified)
        assert identity.profile.id == wanted


def test_two_profiles_conflict_and_both_are_named() -> None:
    twin = ALIPAY.model_copy(update={"profile": ALIPAY.profile.model_copy(update={"id": "alipay.twin"})})
    identity = identify(table(samples.ALIPAY), [*ALL, twin])
    assert isinstance(identity, Conflict)
    parsed = read_table(table(samples.ALIPAY), identity)
    assert codes(parsed) == ["F01"]
    assert parsed.findings["text"][0] == "alipay.a1、alipay.twin"
    assert (parsed.source.kind, parsed.frame) == ("unknown", None)


def test_renamed_column_names_what_is_missing_and_what_is_new() -> None:
    source = table(samples.PDD.replace("支出金额（-元）", "扣款金额（-元）"))
    identity = identify(source, ALL)
    assert isinstance(identity, Unknown)
    assert identity.looks_like_bill
    near = identity.nearest[0]
    assert (near.profile.id, near.missing, near.extra) == (
        "pdd.p1",
        ("支出金额",),
        ("扣款金额(-元)",),
    ) or near.extra == ("扣款金额",)
    parsed = read_table(source, identity)
    assert codes(parsed) == ["F01"]
    assert "支出金额" in parsed.findings["hint"][0]
    assert "扣款金额" in parsed.findings["hint"][0]


def test_a_file_that_is_no_bill_is_ignored() -> None:
    for text in (
        "商品ID,商品名称,库存\n1,a,2\n",
        "日期,总花费(元),成交金额(元),曝光量\n2026-05-01,1.00,2.00,3\n",
        "会议纪要\n第一条\n",
    ):
        parsed = read_table(table(text), identify(table(text), ALL))
        assert (parsed.source.kind, codes(parsed)) == ("ignored", [])
        assert parsed.source.reason


def test_unknown_bill_of_an_unknown_platform_stops() -> None:
    for text in (
        "流水号,交易时间,收入,支出,余额\n1,2026-05-01,1.00,,1.00\n",
        "某平台账单明细\n项目,货款,备注,数量\nx,1.00,y,1\n",
    ):
        parsed = read_table(table(text), identify(table(text), ALL))
        assert (parsed.source.kind, codes(parsed)) == ("unknown", ["F01"])


def test_recognised_and_refused_or_left_out() -> None:
    parsed = read(table("收/支 ,交易对方 ,金额\n支出,x,1.00\n"), *ALL, REFUSED)
    assert (parsed.source.kind, codes(parsed), parsed.source.reason) == ("refused", ["F16"], "这是个人账单")
    parsed = read(table("日期,总花费(元)\n2026-05-01,1.00\n"), *ALL, ADVERTS)
    assert (parsed.source.kind, codes(parsed), parsed.source.reason) == ("ignored", [], "推广报表不是账单")


def test_the_sheet_that_fits_wins() -> None:
    other = book([["流水号", "交易时间", "收入", "支出"], ["1", "2026-05-01", "1", ""]], sheet="透视")
    identity = identify(other, ALL)
    assert read_table(other, identity, beside=True).source.kind == "ignored"
    assert read_table(other, identity).source.kind == "unknown"
    nearly = book([row if i != 4 else ["商品名称", *row[1:]] for i, row in enumerate(table(samples.PDD).rows)])
    assert read_table(nearly, identify(nearly, ALL), beside=True).source.kind == "unknown"


def test_two_header_rows() -> None:
    two = profile(
        """
[profile]
id = "jd.j3"
title = "x"
platform = "jd"
kind = "bill"
view = "detail"
[file]
header_rows = 2
[header]
require = ["订单编号", "结算信息_金额"]
[fields]
order_id = { from = ["订单编号"], as = "id" }
occurred_at = { from = ["结算时间"], as = "datetime" }
[amount]
mode = "signed"
column = "结算信息_金额"
"""
    )
    rows: list[list[object]] = [["单据", "", "结算信息"], ["订单编号", "结算时间", "金额"], ["1", "2026-05-01", "3.84"]]
    parsed = read(book(rows), two)
    assert parsed.frame is not None
    assert parsed.frame["amount_minor"].to_list() == [384]
    assert parsed.frame["source_line"].to_list() == [3]


def test_load_reads_a_folder_in_any_thread_count(tmp_path: Path) -> None:
    shop = tmp_path / "店A"
    shop.mkdir()
    (shop / "b.csv").write_bytes(samples.ALIPAY.replace("⇥", "\t").encode("gb18030"))
    (shop / "a.csv").write_bytes(samples.PDD.replace("⇥", "\t").encode("utf-8-sig"))
    (shop / "notes.txt").write_text("随手记", encoding="utf-8")
    one, four = load([tmp_path], ALL, workers=1), load([tmp_path], ALL, workers=4)
    assert [p.source for p in one] == [p.source for p in four]
    assert [p.source.path for p in one] == sorted(p.source.path for p in one)
    by_name = {p.source.path.rsplit("/", 1)[-1]: p for p in one}
    assert by_name["b.csv"].source.encoding == "gb18030"
    lines = by_name["b.csv"].frame
    assert lines is not None
    assert lines["amount_minor"].sum() == -88986
    assert by_name["notes.txt"].source.kind == "ignored"
    assert all(p.findings.is_empty() for p in one)


def test_load_never_raises(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (tmp_path / "empty.csv").write_bytes(b"")
    parsed = load([tmp_path], ALL)
    assert {p.source.kind for p in parsed} <= {"ignored", "unreadable"}


def test_registry_rows(tmp_path: Path) -> None:
    assert [row.id for row in list_profiles(ALL)] == sorted(p.id for p in ALL)
    assert ("platform", "pdd") in show_profile(ALL, PDD.id)
    (tmp_path / "a.csv").write_text(samples.PDD, encoding="utf-8")
    assert [(row.profile, row.header_line) for row in identify_files([tmp_path], ALL)] == [("pdd.p1", 5)]


def test_findings_keep_their_schema() -> None:
    parsed = read(table(samples.PDD.replace("59.90", "abc")), *ALL)
    row = parsed.findings.filter(pl.col("code") == "F11").row(0, named=True)
    assert (row["source_line"], row["column"], row["text"]) == (6, "收入金额（+元）", "abc")
    assert row["expected"]
    assert row["hint"]


def test_a_bill_whose_header_is_lost_or_out_of_sight_is_told(tmp_path: Path) -> None:
    lines = samples.PDD.splitlines()
    at = next(place for place, line in enumerate(lines) if "收入金额" in line)
    buried = [lines[0]] * 300 + lines
    texts = {
        "无表头": "\n".join(lines[:at] + lines[at + 1 :]),
        "表头太靠下": "\n".join(buried),
        "空行在前": "\n" * 1000 + samples.PDD,
        "只有日期和金额": "2026-10-01,货款,12.30\n2026-10-02,运费,-3.00\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="gb18030")
    for parsed in load([tmp_path], ALL):
        assert (parsed.source.kind, codes(parsed)) == ("unknown", ["F01"]), parsed.source.path
    for text in ("日期,称重,件数\n2026-10-01,1.25,3\n2026-10-02,2.50,1\n", "\n" * 100 + "会议记录\n", "a\n" * 500):
        assert not isinstance(identify(table(text), ALL), Identified)
        (tmp_path / "x").mkdir(exist_ok=True)
        (tmp_path / "x" / "x.csv").write_text(text)
        (parsed,) = load([tmp_path / "x"], ALL)
        assert parsed.source.kind == "ignored", text[:20]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["1900-01-00", "固定成本价", "货品名称"], "unknown"),  # a name of two is damaged: the costs would be lost
        (["货号", "固定成本价", "货品名称"], "unknown"),
        (["货品编号", "库存", "货品名称"], "ignored"),  # no money: some other list
        (["日期", "固定成本价", "备注", "经办人"], "ignored"),
    ],
)
def test_a_short_list_with_one_name_damaged_is_told_where_it_holds_money(
    tmp_path: Path, header: list[str], kind: str
) -> None:
    rows = [header, *([f"SKU-{n}", "30.00", "杯", "x"][: len(header)] for n in range(3))]
    (tmp_path / "costs.csv").write_text("\n".join(map(",".join, rows)) + "\n", "utf-8")
    (parsed,) = load([tmp_path], load_profiles())
    assert parsed.source.kind == kind
    assert parsed.findings["code"].to_list() == (["F01"] if kind == "unknown" else [])


@pytest.mark.parametrize("line", ["\n", " \n", "\t,,\n"])
@pytest.mark.parametrize("blank", [50, 1990, 2500, 9000])
def test_thousands_of_blank_lines_hide_no_bill(tmp_path: Path, blank: int, line: str) -> None:
    (tmp_path / "账单.csv").write_text(line * blank + samples.PDD, "utf-8")
    (parsed,) = load([tmp_path], ALL)
    assert parsed.source.kind != "ignored"
    assert parsed.findings["code"].to_list() == ["F01"]
