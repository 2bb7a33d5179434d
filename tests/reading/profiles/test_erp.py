"""ERP exports: hidden cells, total rows, repeated names, amounts per order, lists of numbers, no private data."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles, read, sample_read, samples

from ecrecon.base.sources import Parsed
from ecrecon.reading.columns import numbered

SAMPLES = [path for path in samples() if path.parent.name.startswith("erp.")]
ORDERS = FOLDER / "erp.wangdiantong_orders" / "orders.csv"
COSTS = FOLDER / "erp.jushuitan_cost" / "costs.csv"


def changed(source: Path, folder: Path, *swaps: tuple[str, str]) -> Parsed:
    data = source.read_bytes()
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030"
    text = data.decode(encoding)
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    path = folder / source.name
    path.write_bytes(text.encode(encoding))
    return read(path)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_no_private_data_stays(sample: Path) -> None:
    frame = sample_read(sample).frame
    assert frame is not None
    text = frame.write_csv()
    assert not [word for word in ("张三", "李四", "买***家", "13800000000", "测试路") if word in text]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_every_erp_file_belongs_to_no_single_platform(sample: Path) -> None:
    source = sample_read(sample).source
    assert source.platform == "erp"
    assert source.of_goods
    assert not source.of_platform


def test_hidden_cost_is_unknown_and_told_once_per_column(tmp_path: Path) -> None:
    parsed = changed(COSTS, tmp_path, ("8.00,16.00", "无权限,无权限"))
    assert parsed.frame is not None
    assert parsed.frame["cost_minor"].to_list() == [None, None, 800]
    assert parsed.frame["unit_cost_minor"].to_list() == [None, None, 800]
    told = [(row["code"], row["column"], row["text"]) for row in parsed.findings.to_dicts()]
    assert told == [("F02", "成本价", "无权限 × 2"), ("F02", "总成本", "无权限 × 2")]


def test_equal_cost_rows_all_stay() -> None:
    frame = sample_read(COSTS).frame
    assert frame is not None
    assert frame.filter(erp_order_id="50000001")["cost_minor"].to_list() == [1600, 1600]


def test_total_row_that_differs_is_told(tmp_path: Path) -> None:
    parsed = changed(ORDERS, tmp_path, ("3,60.00,,,,,34.00", "3,60.00,,,,,35.00"))
    (row,) = parsed.findings.to_dicts()
    assert (row["code"], row["column"], row["expected_minor"], row["actual_minor"]) == ("F05", "分摊后总价", 3500, 3400)


def test_lost_row_breaks_the_count_of_the_total_row(tmp_path: Path) -> None:
    line = "JY202610010002,,测试淘宝店,手工"
    text = ORDERS.read_bytes().decode("gb18030")
    lost = next(row for row in text.splitlines() if row.startswith(line))
    parsed = changed(ORDERS, tmp_path, (lost + "\n", ""))
    columns = {row["column"] for row in parsed.findings.to_dicts() if row["code"] == "F05"}
    assert columns == {"数量", "预估货品成本"}


def test_amount_of_an_order_counts_once_though_every_line_prints_it() -> None:
    frame = sample_read(ORDERS).frame
    assert frame is not None
    assert frame.filter(erp_order_id="JY202610010001")["receivable_minor"].to_list() == [3400, 0]


def test_second_of_equal_names_can_be_asked_for() -> None:
    assert numbered(["优惠", "", "优惠", "", "成交价", "优惠"]) == ["优惠", "", "优惠#2", "", "成交价", "优惠#3"]
    profile = next(p for p in profiles() if p.id == "erp.wangdiantong_orders")
    assert "优惠#2" in profile.header.known


def test_state_on_no_list_is_noted_and_counts_as_said() -> None:
    parsed = sample_read(FOLDER / "erp.jushuitan" / "47_columns.csv")
    assert parsed.frame is not None
    assert parsed.frame.filter(raw_status="异常")["status"].to_list() == ["paid"]
    assert any("异常" in note for note in parsed.source.notes)
    assert parsed.findings.is_empty()


def test_what_the_merchant_receives_is_better_than_what_the_buyer_pays() -> None:
    weak = sample_read(FOLDER / "erp.jushuitan" / "47_columns.csv").frame
    strong = sample_read(FOLDER / "erp.jushuitan" / "merchant_receives.csv").frame
    assert weak is not None and strong is not None
    assert set(weak["receivable_basis"]) == {"weak"}
    assert strong.row(0, named=True)["receivable_minor"] == 3200
    assert set(strong["receivable_basis"]) == {"erp"}
