"""What goods cost, from the ERP's files to the 利润表: nothing twice, nothing lost, nothing unknown told as 0.00."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.judging.goods.month import (
    BILL_COLUMNS,
    CONFIG,
    ERP_COLUMNS,
    ORDER_COLUMNS,
    number,
    order,
    receipt,
    record,
    run,
    write,
)

from ecrecon.report import Report

COLUMNS = ERP_COLUMNS
POLICY = '\n[posting.policy]\nrevenue_point = "{point}"\n'
SHOP = CONFIG.replace('paths = ["pdd/**"]', 'paths = ["pdd/**"]\nerp_names = ["拼多多一店"]')


def month(folder: Path, orders: list, bill: list, erp: list, point: str = "confirmed") -> Report:  # type: ignore[type-arg]
    """Orders and bill of one shop and the list of its ERP, under a revenue point."""
    if orders:
        write(folder / "pdd/orders.csv", ORDER_COLUMNS, orders)
    write(folder / "pdd/bill.csv", BILL_COLUMNS, bill)
    text = (folder / "pdd/bill.csv").read_text(encoding="utf-8-sig")
    span = "起始时间：2026-10-01 00:00:00  终止时间：2026-10-31 23:59:59\n"
    (folder / "pdd/bill.csv").write_text(span + text, encoding="utf-8-sig")
    if erp:
        write(folder / "erp/聚水潭.csv", COLUMNS, erp)
    return run(folder, SHOP + POLICY.format(point=point))


def profit(report: Report, level: str = "company") -> dict[str, tuple[int | None, str | None]]:
    rows = report.books["profit"].filter(pl.col("level") == level)
    return {item: (amount, flag) for item, amount, flag in rows.select("item", "amount_minor", "flag").iter_rows()}


def proof(report: Report) -> dict[str, int]:
    rows = report.conservation.filter(pl.col("law") == "costs")
    assert rows["ok"].all()
    return dict(rows.select("item", "actual_minor").iter_rows())


SOLD = [order(1, "21.00"), order(2, "22.00")]
PAID = [receipt(1, "21.00"), receipt(2, "22.00")]


def test_without_any_cost_the_line_is_blank_and_the_profit_is_marked(tmp_path: Path) -> None:
    report = month(tmp_path / "m", SOLD, PAID, [])
    told = profit(report)
    assert told["cost"] == (None, "no_cost")
    assert told["gross_profit"][1] == told["profit"][1] == "no_cost"
    assert any("缺成本：2/2 单" in note for note in report.notes)


def test_an_order_without_cost_marks_its_shop_and_its_article_alone(tmp_path: Path) -> None:
    erp = [record(1, number(1), "21.00", 成本价="8.00"), record(2, number(2), "22.00", 成本价="")]
    told = profit(month(tmp_path / "m", SOLD, PAID, erp))
    assert told["cost"] == (-800, "cost_partial") and told["profit"][1] == "cost_partial"


def test_costs_tie_to_the_file_and_merged_ones_count_once(tmp_path: Path) -> None:
    gone = {"发货日期": "", "快递单号": ""}
    erp = [
        record(1, number(1), "21.00", 状态="被合并", 成本价="8.00", **gone),
        record(2, number(2), "22.00", 状态="被合并", 成本价="9.00", **gone),
        record(3, f"{number(1)},{number(2)}", "43.00", 成本价="17.00"),
    ]
    report = month(tmp_path / "m", SOLD, PAID, erp)
    assert profit(report)["cost"] == (-1700, None)
    told = proof(report)
    assert told["cost_merged"] == 1700 and told["cost_order"] == 1700 and told["erp/聚水潭.csv"] == 3400


def test_an_order_of_nothing_leaves_with_its_cost(tmp_path: Path) -> None:
    gift = order(3, "0.00")
    erp = [
        record(n, number(n), paid, 成本价=cost)
        for n, paid, cost in ((1, "21.00", "8.00"), (2, "22.00", "9.00"), (3, "0.00", "5.00"))
    ]
    report = month(tmp_path / "m", [*SOLD, gift], PAID, erp)
    assert profit(report)["cost"] == (-2200, None)
    assert proof(report)["cost_order"] == 2200


def test_the_erp_alone_tells_orders_and_costs(tmp_path: Path) -> None:
    erp = [record(1, number(1), "21.00", 成本价="8.00"), record(2, number(2), "22.00", 成本价="9.00")]
    report = month(tmp_path / "m", [], PAID, erp)
    assert set(report.orders["origin"]) == {"erp"}
    assert profit(report)["cost"] == (-1700, None)


def test_costs_of_no_order_are_said(tmp_path: Path) -> None:
    erp = [record(1, number(1), "21.00", 成本价="8.00"), record(2, number(2), "22.00", 成本价="9.00"),
           record(4, "XX-不存在", "9.00", 成本价="4.00", 订单类型="线下批发")]  # fmt: skip
    report = month(tmp_path / "m", SOLD, PAID, erp)
    assert proof(report)["cost_no_order"] == 400
    assert any("没有对应的订单" in note and "4.00" in note for note in report.notes)


def test_a_revenue_point_that_the_files_cannot_follow_is_said(tmp_path: Path) -> None:
    late = order(2, "22.00") | {"发货时间": ""}
    report = month(tmp_path / "m", [SOLD[0], late], PAID, [], "shipped")
    (note,) = [note for note in report.notes if "收入时点 shipped" in note]
    assert "1/2 单" in note and "没有发货时间" in note
    fine = month(tmp_path / "n", SOLD, PAID, [], "shipped")
    assert not [note for note in fine.notes if "收入时点" in note]
