"""Each verdict of the check `goods` on a hand-made month, and everything that must not be one."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest
from tests.judging.goods.month import (
    BILL_COLUMNS,
    CONFIG,
    ERP_COLUMNS,
    ORDER_COLUMNS,
    UNSHIPPED,
    goods,
    number,
    order,
    receipt,
    record,
    run,
    write,
)

from ecrecon.report import Report

FAKE = number(9)
ORDERS = [
    order(1, "20.00"),
    order(2, "21.00"),  # not in the ERP
    order(3, "22.00"),  # in the ERP, never shipped
    order(5, "25.00"),
    order(6, "26.00"),  # 5 and 6 were merged
    order(7, "27.00"),  # split in two
    order(8, "0.00", "已取消"),
    order(9, "29.00"),  # on the list of fake orders
    order(10, "5.00"),  # a link for a price difference
    order(11, "31.00"),  # came back
    order(12, "32.00", "待支付"),
    order(13, "33.00", "待发货"),  # paid, waiting, recorded
    order(20, "20.00"),
]
BILL = [receipt(n, amount) for n, amount in [
    (1, "20.00"), (2, "21.00"), (3, "22.00"), (5, "25.00"), (6, "26.00"), (7, "27.00"), (9, "29.00"), (10, "5.00"),
    (11, "31.00"), (20, "20.00"),
]]  # fmt: skip
ERP = [
    record(1, number(1), "20.00"),
    record(1, number(1), "20.00", 商品编码="GIFT", 是否赠品="是", 商品金额="0"),
    record(2, number(1) + "-BF", "0", 订单类型="补发订单", 原始线上订单号=number(1)),
    record(3, number(3), "22.00", **UNSHIPPED),
    record(4, number(5), "25.00", 状态="被合并", 发货日期="", 快递单号=""),
    record(5, f"{number(5)},{number(6)}", "51.00"),
    record(6, number(7) + "-1", "13.00"),
    record(7, number(7) + "-2", "14.00", **UNSHIPPED),
    record(8, number(8), "0", 状态="已取消", 发货日期="", 快递单号=""),
    record(9, number(10), "5.00", 商品编码="BCJ", 商品名称="补差价专用", **UNSHIPPED),
    record(10, number(11), "31.00", 实退数量=1, 订单退款金额="31.00"),
    record(11, number(13), "33.00", **UNSHIPPED),
    record(12, "261014-000000000000099", "40.00"),  # nowhere on the platform
    record(13, number(20), "20.00"),
    record(14, "", "60.00", 订单类型="线下批发", 下单时间="2026-10-15 10:00:00"),
]
EXPECTED = {
    ("X05", "break", number(2), -2100),
    ("X06", "break", number(3), 2200),
    ("X10", "break", "261014-000000000000099", 4000),
    ("R06", "review", number(11), 3100),
    ("S02", "info", "pdd_a", 0),
}


def build(folder: Path, orders: list = ORDERS, bill: list = BILL, erp: list = ERP) -> Path:  # type: ignore[type-arg]
    write(folder / "pdd/orders.csv", ORDER_COLUMNS, orders)
    write(folder / "pdd/bill.csv", BILL_COLUMNS, bill)
    text = (folder / "pdd/bill.csv").read_text(encoding="utf-8-sig")
    span = "起始时间：2026-10-01 00:00:00  终止时间：2026-10-31 23:59:59\n"
    (folder / "pdd/bill.csv").write_text(span + text, encoding="utf-8-sig")
    write(folder / "erp/聚水潭.csv", ERP_COLUMNS, erp)
    return folder


CONFIGURED = f'fake_orders = ["{FAKE}"]\n' + CONFIG


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(build(tmp_path_factory.mktemp("m") / "month"), CONFIGURED)


def test_each_verdict_and_nothing_else(month: Report) -> None:
    assert goods(month) == EXPECTED


def test_gifts_and_reissues_are_counted(month: Report) -> None:
    (row,) = month.variances.filter(check="goods", code="S02").to_dicts()
    assert row["note"] in ("ERP 1 单", "1 orders of the ERP")


def test_money_is_judged_by_the_platforms_amounts(month: Report) -> None:
    assert set(month.orders["origin"]) == {"platform"}
    other = month.variances.filter(pl.col("check") != "goods", pl.col("kind").cast(str).is_in(["stop", "break"]))
    assert other.is_empty(), other


def test_summary_says_what_was_matched_by_which_rule(month: Report) -> None:
    state = month.checks["goods"]
    assert state["state"] == "run"
    assert state["matched"]["goods.order_id_in_list"] == 1  # type: ignore[index]
    assert state["matched"]["goods.order_id_suffix"] == 2  # type: ignore[index]


def test_rows_name_their_file_and_line(month: Report) -> None:
    (row,) = month.variances.filter(code="X10").to_dicts()
    assert row["sources"] == f"erp/聚水潭.csv:{ERP.index(ERP[12]) + 2}"
    assert row["note"].endswith("50000012")
    (row,) = month.variances.filter(code="X05").to_dicts()
    assert row["sources"] == "pdd/orders.csv:3"


def test_order_of_rows_and_files_changes_nothing(tmp_path: Path) -> None:
    generator = random.Random(5)
    orders, erp, bill = list(ORDERS), list(ERP), list(BILL)
    for rows in (orders, erp, bill):
        generator.shuffle(rows)
    assert goods(run(build(tmp_path / "month", orders, bill, erp), CONFIGURED)) == EXPECTED


def test_the_same_export_twice_counts_once(tmp_path: Path) -> None:
    folder = build(tmp_path / "month")
    write(folder / "erp/聚水潭 (1).csv", ERP_COLUMNS, ERP)
    assert goods(run(folder, CONFIGURED)) == EXPECTED


def test_without_our_own_records_the_check_does_not_run(tmp_path: Path) -> None:
    folder = build(tmp_path / "month")
    (folder / "erp/聚水潭.csv").unlink()
    report = run(folder, CONFIGURED)
    assert report.checks["goods"]["state"] == "not_run"
    assert report.checks["goods"]["reason"]
    assert goods(report) == set()


def test_what_only_one_side_lists_is_not_judged(tmp_path: Path) -> None:
    """The ERP export begins on the 5th: orders 1 to 3 are before it; order 20 is after its end."""
    late = [row for row in ERP if "2026-10-05" <= str(row["下单时间"]) <= "2026-10-13 23"]
    found = goods(run(build(tmp_path / "month", erp=late), CONFIGURED))
    assert {row for row in found if row[0] in ("X05", "X10")} == set()


def test_a_month_that_was_not_exported_is_not_judged(tmp_path: Path) -> None:
    """Platform exports of August and October: an ERP order of September has no counterpart to be missed."""
    august = order(1, "9.00") | {"订单号": "260801-000000000000001", "订单成交时间": "2026-08-01 10:00:00"}
    september = record(
        30,
        "260910-000000000000001",
        "12.00",
        下单时间="2026-09-10 10:00:00",
        付款日期="",
        发货日期="2026-10-02 10:00:00",
    )
    found = goods(run(build(tmp_path / "month", [august, *ORDERS], erp=[*ERP, september]), CONFIGURED))
    assert found == EXPECTED


def test_exempt_words_of_the_workspace_count(tmp_path: Path) -> None:
    config = CONFIGURED + '\n[goods]\nexempt = ["毛巾"]\n'
    assert {row[0] for row in goods(run(build(tmp_path / "month"), config))} == {"X05", "X10", "R06", "S02"}


def test_number_that_two_orders_fit_is_listed_not_decided(tmp_path: Path) -> None:
    """Both platform numbers lose their suffix to the ERP's number."""
    base = "261016-000000000000016"
    twins = [order(16, "16.00") | {"订单号": f"{base}-{n}"} for n in (1, 2)]
    erp = [*ERP, record(16, base, "32.00")]
    report = run(build(tmp_path / "month", [*ORDERS, *twins], erp=erp), CONFIGURED)
    (row,) = report.variances.filter(check="goods", code="M01").to_dicts()
    assert row["order_id"] == base
    assert f"{base}-1、{base}-2" in row["note"]
    assert not {r for r in goods(report) if r[0] == "X10" and r[2] == base}


def test_late_snapshot_is_needed_to_miss_a_shipment(tmp_path: Path) -> None:
    """The ERP export is older than the receipt: whether it was shipped meanwhile is not known."""
    old = [row for row in ERP if row["订单号"] in ("50000001", "50000003")]
    old = [row | {"发货日期": "", "快递单号": "", "状态": "待发货"} for row in old]
    assert not {row for row in goods(run(build(tmp_path / "month", erp=old), CONFIGURED)) if row[0] == "X06"}


def test_a_shipment_is_missed_only_after_the_days_it_may_take(tmp_path: Path) -> None:
    """Money can come at the payment: an order of the 29th may wait until the end of the 31st, one of the 28th not."""
    days = {28: "28.00", 29: "29.50"}
    orders = [order(day, amount, "待发货") for day, amount in days.items()]
    bill = [receipt(day, amount, day=day - 4) for day, amount in days.items()]
    erp = [record(60 + day, number(day), amount, **UNSHIPPED) for day, amount in days.items()]
    erp.append(
        record(90, number(20) + "-BF", "0", 订单类型="补发订单", 发货日期="2026-11-01 09:00:00")
    )  # exported after it
    folder = build(tmp_path / "month", [*ORDERS, *orders], erp=[*ERP, *erp], bill=[*BILL, *bill])
    found = run(folder, CONFIGURED).variances.filter(check="goods", code="X06").to_dicts()
    late = {row["order_id"]: row["occurred_at"].day for row in found}
    assert late[number(28)] == 31  # when it became late, so that it is told in the month in which it did
    assert number(29) not in late


def test_summary_file_carries_the_state(tmp_path: Path) -> None:
    folder = build(tmp_path / "month")
    run(folder, CONFIGURED)
    summary = json.loads((tmp_path / "month_out/summary.json").read_text(encoding="utf-8"))
    assert summary["checks"]["goods"]["state"] == "run"


def test_export_that_may_be_of_shipments_misses_only_what_was_sent_meanwhile(tmp_path: Path) -> None:
    """Nothing but shipped orders: order 2 was sent inside the shipments' time, the late one perhaps after the export."""
    shipped = [row for row in ERP if row["状态"] == "已发货" and row["订单类型"] == "普通订单" and row["线上订单号"]]
    late = order(19, "19.00") | {"发货时间": "2026-10-27 09:00:00"}
    found = goods(run(build(tmp_path / "month", [*ORDERS, late], erp=shipped), CONFIGURED))
    assert ("X05", "break", number(2), -2100) in found
    assert not {row for row in found if row[2] == number(19)}


def test_export_without_shipping_columns_misses_no_shipment(tmp_path: Path) -> None:
    bare = [row | {"发货日期": "", "快递单号": "", "状态": "正常"} for row in ERP]
    folder = build(tmp_path / "month", erp=bare)
    assert not {row for row in goods(run(folder, CONFIGURED)) if row[0] == "X06"}


def test_number_of_a_merged_record_that_the_platform_lacks_is_reviewed(tmp_path: Path) -> None:
    strange = "261015-000000000000077"
    erp = [*ERP, record(20, f"{number(13)};{strange}", "80.00")]
    found = goods(run(build(tmp_path / "month", erp=erp), CONFIGURED))
    assert found == EXPECTED | {("X10", "review", strange, 0)}


def test_order_in_a_list_and_its_lines_in_another_sheet_are_told_once(tmp_path: Path) -> None:
    folder = build(tmp_path / "month", erp=[])
    (folder / "erp/聚水潭.csv").unlink()
    stray, shop = "261014-000000000000099", "拼多多一店"
    common = {
        "网店订单号": stray,
        "销售渠道": shop,
        "下单时间": "2026-10-14 10:00:00",
        "发货时间": "2026-10-15 10:00:00",
    }
    known = common | {
        "网店订单号": number(1),
        "订单编号": "JY1",
        "应收合计": "20.00",
        "下单时间": "2026-10-01 10:00:00",
    }
    orders = [known, common | {"订单编号": "JY99", "状态": "已发货", "应收合计": "40.00"}]
    lines = [common | {"货品编号": sku, "数量": 1, "分摊后金额": "20.00"} for sku in ("A", "B")]
    write(folder / "erp/orders.csv", "订单编号,状态,销售渠道,网店订单号,下单时间,发货时间,应收合计", orders)
    write(folder / "erp/lines.csv", "网店订单号,销售渠道,货品编号,数量,下单时间,发货时间,分摊后金额", lines)
    assert {row for row in goods(run(folder)) if row[0] == "X10"} == {("X10", "break", stray, 4000)}
    rows = run(folder).variances.filter(code="X10")
    assert rows.height == 1
