"""Without an order file of the platform the ERP's orders stand in; shipments and returns in files of their own."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.judging.goods.month import CONFIG, ERP_COLUMNS, goods, number, receipt, record, run, write
from tests.judging.goods.test_goods import BILL, ERP, ORDERS, build

from ecrecon.report import Report

pytestmark = pytest.mark.slow

STRONG = ERP_COLUMNS.replace("应付金额", "应付金额,商家实收")
SHIPPED = "店铺名称,发货单号,平台单号,发货时间,商品代码,商品名称,数量,成本单价,成本金额,实际金额,物流单号"


def only_erp(folder: Path, columns: str, erp: list, bill: list) -> Report:  # type: ignore[type-arg]
    build(folder, [], bill, [])
    (folder / "pdd/orders.csv").unlink()
    write(folder / "erp/聚水潭.csv", columns, erp)
    return run(folder, CONFIG.replace('paths = ["pdd/**"]', 'paths = ["pdd/**"]\nerp_names = ["拼多多一店"]'))


def kinds(report: Report) -> dict[str, tuple[str, str, int]]:
    rows = report.variances.filter(pl.col("order_id").is_not_null()).to_dicts()
    return {row["order_id"]: (row["code"], row["kind"], row["difference_minor"]) for row in rows}


def with_receipts(erp: list) -> list:  # type: ignore[type-arg]
    return [row | {"商家实收": row["应付金额"]} for row in erp]


ONE = [record(n, number(n), f"{20 + n}.00") for n in (1, 2, 3)]
PAID = [receipt(1, "21.00"), receipt(2, "20.00")]


def test_what_the_merchant_receives_is_held_against_the_bill(tmp_path: Path) -> None:
    report = only_erp(tmp_path / "month", STRONG, with_receipts(ONE), PAID)
    assert set(report.orders["origin"]) == {"erp"}
    assert set(report.orders["receivable_basis"]) == {"erp"}
    told = kinds(report)
    assert number(1) not in told
    assert told[number(2)] == ("A02", "break", -200)
    assert told[number(3)] == ("X02", "review", -2300)  # due by the shipment, so never a certain break
    assert report.checks["goods"]["state"] == "not_run"


def test_what_the_buyer_pays_is_weak_and_never_a_break(tmp_path: Path) -> None:
    report = only_erp(tmp_path / "month", ERP_COLUMNS, ONE, PAID)
    assert set(report.orders["receivable_basis"]) == {"weak"}
    assert kinds(report)[number(2)] == ("A02", "review", -200)
    assert not set(report.variances["kind"].cast(pl.String)) & {"break", "stop"}


def test_platforms_part_comes_on_top_where_the_buyers_part_alone_fits(tmp_path: Path) -> None:
    coupon = receipt(1, "3.00") | {"账务类型": "优惠券结算", "业务描述": "0010005|交易收入-优惠券结算"}
    report = only_erp(tmp_path / "month", STRONG, with_receipts(ONE[:1]), [receipt(1, "21.00"), coupon])
    assert kinds(report) == {}
    inside = [receipt(1, "18.00"), coupon]
    assert kinds(only_erp(tmp_path / "inside", STRONG, with_receipts(ONE[:1]), inside)) == {}


def test_money_of_each_number_of_a_merged_order_counts(tmp_path: Path) -> None:
    merged = [record(5, f"{number(5)};{number(6)}", "51.00")]
    report = only_erp(tmp_path / "month", STRONG, with_receipts(merged), [receipt(5, "25.00"), receipt(6, "26.00")])
    assert kinds(report) == {}
    assert report.orders.height == 1
    assert report.orders["received_minor"].to_list() == [5100]


def test_cancelled_replaced_free_and_offline_orders_are_no_receivables(tmp_path: Path) -> None:
    gone = {"发货日期": "", "快递单号": ""}
    erp = [
        record(1, number(1), "21.00", 状态="已取消", **gone),
        record(2, number(2), "22.00", 状态="被合并", **gone),
        record(3, number(3), "23.00", 订单类型="补发订单"),
        record(4, number(4), "24.00", 订单类型="线下批发"),
        record(5, number(5), "25.00"),
    ]
    report = only_erp(tmp_path / "month", STRONG, with_receipts(erp), [receipt(5, "25.00")])
    assert sorted(report.orders["order_id"]) == [number(1), number(5)]
    assert kinds(report) == {}


def test_where_the_platform_lists_its_orders_the_erp_adds_none(tmp_path: Path) -> None:
    build(tmp_path / "month")
    report = run(tmp_path / "month", CONFIG)
    assert set(report.orders["origin"]) == {"platform"}
    assert report.orders["order_id"].n_unique() == len(ORDERS)


def test_money_of_an_order_that_the_export_lacks_finds_the_erps_order(tmp_path: Path) -> None:
    """The platform's export is incomplete: the ERP and the bill agree, so nothing is at risk but the file."""
    missing = [row for row in ORDERS if row["订单号"] != number(5)]
    erp = [*[row for row in ERP if row["订单号"] not in ("50000004", "50000005")], record(4, number(5), "25.00")]
    report = run(build(tmp_path / "month", missing, BILL, erp), CONFIG)
    row = report.orders.filter(order_id=number(5)).row(0, named=True)
    assert (row["origin"], row["disposition"], row["difference_minor"]) == ("erp", "settled", 0)
    assert not report.variances.filter(code="X03").height


def shipments(folder: Path, rows: list[tuple[int, str]]) -> None:
    write(
        folder / "erp/管易发货.csv",
        SHIPPED,
        [
            {
                "店铺名称": "拼多多一店", "发货单号": f"FH{n:06d}", "平台单号": numbers, "发货时间": f"2026-10-{n + 1:02d} 11:00:00",
                "商品代码": "SKU-1", "商品名称": "毛巾", "数量": 1, "成本单价": "6.00", "成本金额": "6.00", "实际金额": "20.00",
                "物流单号": f"YT{n:06d}",
            }
            for n, numbers in rows
        ],
    )  # fmt: skip


def test_a_list_of_shipments_alone_tells_what_was_never_sent(tmp_path: Path) -> None:
    folder = build(tmp_path / "month", erp=[])
    (folder / "erp/聚水潭.csv").unlink()
    shipments(folder, [(n, number(n)) for n in (1, 2, 7, 9, 10, 11, 20)] + [(6, f"{number(5)}|{number(6)}")])
    assert goods(run(folder, CONFIG)) == {("X06", "break", number(3), 2200)}


def test_an_order_received_meanwhile_was_sent_meanwhile(tmp_path: Path) -> None:
    folder = build(tmp_path / "month", erp=[])
    (folder / "erp/聚水潭.csv").unlink()
    for file in (folder / "pdd").rglob("*.csv"):
        file.write_text(file.read_text("utf-8-sig").replace("发货时间", "预约时间"), "utf-8-sig")  # as JD, without it
    shipments(folder, [(n, number(n)) for n in (1, 2, 7, 9, 10, 11, 20)] + [(6, f"{number(5)}|{number(6)}")])
    assert goods(run(folder, CONFIG)) == {("X06", "break", number(3), 2200)}


def test_shipments_beside_an_order_list_prove_the_sending(tmp_path: Path) -> None:
    folder = build(tmp_path / "month")
    shipments(folder, [(3, number(3))])
    assert not {row for row in goods(run(folder, CONFIG)) if row[0] == "X06" and row[2] == number(3)}


REPORT = "内部订单号,线上订单号,订单状态,订单类型,店铺,订单日期,发货日期,付款日期,售后进仓日期,商品编码,名称,销售数量,实发数量,销售金额,实退数量,实退金额,商家实收"


def returned(back: str) -> list[dict[str, object]]:
    row = {
        "内部订单号": "50000010", "线上订单号": number(11), "订单状态": "已发货", "订单类型": "普通订单", "店铺": "拼多多一店",
        "订单日期": "2026-10-11 10:00:00", "发货日期": "2026-10-12 10:00:00", "付款日期": "2026-10-11 10:01:00",
        "售后进仓日期": back, "商品编码": "SKU-1", "名称": "毛巾", "销售数量": 1, "实发数量": 1, "销售金额": "31.00", "实退数量": 1,
        "实退金额": "31.00", "商家实收": "31.00",
    }  # fmt: skip
    return [row]


def test_goods_back_for_a_week_without_refund(tmp_path: Path) -> None:
    for name, back, found in (("late", "2026-10-20 10:00:00", True), ("fresh", "2026-10-28 10:00:00", False)):
        folder = build(tmp_path / name, erp=[])
        (folder / "erp/聚水潭.csv").unlink()
        write(folder / "erp/主题分析.csv", REPORT, returned(back))
        rows = {row for row in goods(run(folder, CONFIG)) if row[0] == "R06"}
        assert rows == ({("R06", "break", number(11), 3100)} if found else set())


def test_refund_in_the_bill_answers_the_return(tmp_path: Path) -> None:
    refund = receipt(11, "0") | {
        "支出金额（-元）": "-31.00",
        "账务类型": "交易退款",
        "业务描述": "0020002|交易退款-订单退款",
    }
    folder = build(tmp_path / "month", bill=[*BILL, refund | {"发生时间": "2026-10-21 09:00:00"}])
    assert not {row for row in goods(run(folder, CONFIG)) if row[0] == "R06"}


def test_sub_order_leads_to_its_order(tmp_path: Path) -> None:
    """The ERP names the platform's order only by its suffix; the platform's order is not missed."""
    erp = [record(1, number(1) + "_1", "20.00"), *ERP[3:]]
    assert not {row for row in goods(run(build(tmp_path / "month", erp=erp), CONFIG)) if row[2] == number(1)}


def test_without_any_configuration_the_bill_finds_the_erps_shop(tmp_path: Path) -> None:
    folder = tmp_path / "month"
    build(folder, [], PAID, [])
    (folder / "pdd/orders.csv").unlink()
    write(folder / "erp/聚水潭.csv", STRONG, with_receipts(ONE))
    report = run(folder, "")
    assert set(report.orders["shop"].cast(pl.String)) == {"拼多多一店"}
    assert set(report.orders["platform"].cast(pl.String)) == {"pdd"}
    told = kinds(report)
    assert told[number(2)] == ("A02", "break", -200)
    assert told[number(3)][0] == "X02"
    assert not report.variances.filter(code="F12").height
