"""The edges of a first month: money that came before the bills begin, refunds that come after as-of."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.end_to_end.csv_files import write
from tests.end_to_end.test_sample_month import run

FLOW = [
    "动账时间", "动帐流水号", "动账方向", "动账金额", "动账账户", "动账场景", "子订单号", "订单号", "售后编号", "订单实付应结", "订单退款",
    "平台服务费", "备注",
]  # fmt: skip
ORDERS = [
    "主订单编号", "子订单编号", "订单应付金额", "订单提交时间", "支付完成时间", "发货时间", "订单完成时间", "订单状态", "售后状态",
    "平台实际承担优惠金额", "达人实际承担优惠金额",
]  # fmt: skip
REFUNDS = [
    "售后单号",
    "订单号",
    "商品单号",
    "退商品金额（元）",
    "退运费金额（元）",
    "售后状态",
    "同意退款时间",
    "售后完结时间",
]


def order(number: str, created: str, finished: str, state: str = "已完成", paid: str = "100.00") -> dict[str, str]:
    day = f"{created} 10:00:00"
    return {
        "主订单编号": number, "子订单编号": number, "订单应付金额": paid, "订单提交时间": day, "支付完成时间": day, "发货时间": day,
        "订单完成时间": finished and f"{finished} 10:00:00", "订单状态": state, "平台实际承担优惠金额": "0.00",
        "达人实际承担优惠金额": "0.00",
    }  # fmt: skip


def moved(number: str, when: str, amount: str, scene: str = "货款结算入账") -> dict[str, str]:
    return {
        "动账时间": when, "动帐流水号": f"9{number[-3:]}{when[5:].translate(str.maketrans('', '', '-: '))}",
        "动账方向": "出账" if amount.startswith("-") else "入账", "动账金额": amount.lstrip("-"), "动账账户": "聚合账户",
        "动账场景": scene, "子订单号": number, "订单号": number,
        "订单实付应结": amount if scene == "货款结算入账" else "0.00", "订单退款": "0.00", "平台服务费": "0.00",
    }  # fmt: skip


def refund(number: str, when: str, amount: str = "100.00") -> dict[str, str]:
    return {
        "售后单号": f"1480000000000{number[-3:]}", "订单号": number, "商品单号": number, "退商品金额（元）": amount,
        "退运费金额（元）": "0.00", "售后状态": "同意退款，退款成功", "同意退款时间": when, "售后完结时间": when,
    }  # fmt: skip


FILLER = "6920000000000000900"


def rows(
    folder: Path, orders: list[dict[str, str]], flow: list[dict[str, str]], refunds: list[dict[str, str]]
) -> dict[str, tuple[str, str, int]]:
    """Variance of each order: (code, kind, difference). The bills begin on the first of October."""
    days = [moved(FILLER, f"2026-10-{day} 01:00:00", "1.00") for day in ("01", "31")]
    shop = folder / "in" / "抖音店"
    write(shop / "资金" / "动账明细.csv", FLOW, [*flow, *days])
    write(shop / "订单" / "订单.csv", ORDERS, [order(FILLER, "2026-09-20", "2026-09-29", paid="2.00"), *orders])
    write(shop / "售后" / "售后单.csv", REFUNDS, [*refunds, refund(FILLER, "2026-09-21 10:00:00", "0.00")])
    report = run(folder / "in", folder / "out")
    told = report.variances.filter(pl.col("order_id").is_not_null() & ~pl.col("order_id").str.ends_with("00"))
    assert {s.shop for s in report.sources if s.profile} == {"抖音店"}
    columns = told.select("order_id", pl.col("code", "kind").cast(pl.String), "difference_minor")
    return {number: tuple(rest) for number, *rest in columns.iter_rows()}  # type: ignore[misc]


def test_an_advance_of_september_is_repaid_in_october(tmp_path: Path) -> None:
    number, late = "6920000000000000101", "6920000000000000102"
    flow = [
        moved(number, "2026-10-06 09:00:00", "-100.00", "提前收款"),
        moved(number, "2026-10-06 09:00:01", "100.00"),
        moved(late, "2026-10-06 09:00:00", "-100.00", "提前收款"),
        moved(late, "2026-10-06 09:00:01", "90.00"),
    ]
    orders = [order(number, "2026-09-20", "2026-10-02"), order(late, "2026-09-20", "2026-10-02")]
    assert rows(tmp_path, orders, flow, []) == {late: ("A02", "break", -1000)}


def test_a_refund_of_an_order_confirmed_before_the_bills_begin_needs_no_receipt(tmp_path: Path) -> None:
    number, closed, older = "6920000000000000103", "6920000000000000104", "6920000000000000105"
    scene = "退款-结算后退款-退用户"
    flow = [moved(n, "2026-10-02 09:00:00", "-40.00", scene) for n in (number, closed, older)]
    orders = [
        order(number, "2026-09-18", "2026-09-28"),
        order(closed, "2026-09-18", "2026-09-28", "已关闭"),
        order(older, "2026-08-18", "2026-08-28"),
    ]
    # the completion of the last one is printed a day before its line
    days = {number: "2026-10-02 09:00:00", closed: "2026-10-02 09:00:00", older: "2026-09-30 09:00:00"}
    assert rows(tmp_path, orders, flow, [refund(n, day, "40.00") for n, day in days.items()]) == {}


def test_an_old_order_that_is_confirmed_under_the_bills_is_overdue_like_any_other(tmp_path: Path) -> None:
    number = "6920000000000000106"
    assert rows(tmp_path, [order(number, "2026-09-25", "2026-10-03")], [], []) == {number: ("X02", "break", -10000)}


def test_an_order_closed_by_a_refund_after_as_of_keeps_its_money_till_then(tmp_path: Path) -> None:
    number, kept = "6920000000000000107", "6920000000000000108"
    flow = [moved(n, "2026-10-29 09:00:00", "100.00") for n in (number, kept)]
    orders = [order(n, "2026-10-10", "2026-10-22", "已关闭") for n in (number, kept)]
    refunds = [refund(number, "2026-11-01 08:00:00"), refund(kept, "2026-10-20 08:00:00", "30.00")]
    assert rows(tmp_path, orders, flow, refunds) == {kept: ("M08", "break", 7000)}
