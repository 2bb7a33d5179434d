"""A hand-made month of one Pinduoduo shop: its orders and bill, the ERP, shipments and the bank."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from ecrecon import report as reports
from ecrecon.pipeline import RunSettings, find_config, parse_as_of, read_workspace, run_match
from ecrecon.report import Report

CONFIG = """
[opening]
date = 2026-09-01
[[shops]]
name = "pdd_a"
platform = "pdd"
paths = ["pdd/**"]
"""
ORDER_COLUMNS = "订单号,订单状态,用户实付金额(元),商家实收金额(元),发货时间,确认收货时间,订单成交时间,支付时间"
BILL_COLUMNS = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述"
ERP_COLUMNS = "订单号,线上订单号,店铺编号,店铺,下单时间,付款日期,发货日期,应付金额,状态,快递单号,订单类型,子订单编号,原始线上订单号,商品编码,商品名称,数量,商品金额,是否赠品,成本价,实退数量,订单退款金额"


def number(n: int) -> str:
    """The n-th platform order of October 2026; the first six digits are its day."""
    return f"2610{n:02d}-{n:015d}"


def write(path: Path, columns: str, rows: Iterable[dict[str, object]]) -> None:
    """A UTF-8 CSV of `columns`; cells that a row does not name are empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = columns.split(",")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        out.writerows([row.get(name, "") for name in names] for row in rows)


def order(n: int, paid: str, status: str = "已收货", day: int | None = None) -> dict[str, object]:
    """A platform order created, paid, shipped and received on the days n, n, n + 1, n + 4 of October."""
    at = day or n
    gone = status.startswith("已")
    return {
        "订单号": number(n), "订单状态": status, "用户实付金额(元)": paid, "商家实收金额(元)": paid,
        "发货时间": f"2026-10-{at + 1:02d} 18:00:00" if gone else "",
        "确认收货时间": f"2026-10-{at + 4:02d} 10:00:00" if gone else "",
        "订单成交时间": f"2026-10-{at:02d} 10:00:00",
        "支付时间": "" if status == "待支付" else f"2026-10-{at:02d} 10:01:00",
    }  # fmt: skip


def receipt(n: int, amount: str, day: int | None = None) -> dict[str, object]:
    """The money of an order, five days after it was made."""
    return {
        "商户订单号": number(n), "发生时间": f"2026-10-{(day or n) + 5:02d} 02:00:00", "收入金额（+元）": amount,
        "支出金额（-元）": "0", "账务类型": "交易收入", "备注": "-", "业务描述": "0010002|交易收入-订单收入",
    }  # fmt: skip


def record(own: int, online: str, amount: str, **other: object) -> dict[str, object]:
    """A line of the ERP: shipped the day after, unless `other` says otherwise."""
    day = int(online[4:6]) if online[:4] == "2610" else 10
    row: dict[str, object] = {
        "订单号": f"5000{own:04d}", "线上订单号": online, "店铺编号": "101", "店铺": "拼多多一店",
        "下单时间": f"2026-10-{day:02d} 10:00:00", "付款日期": f"2026-10-{day:02d} 10:01:00",
        "发货日期": f"2026-10-{day + 1:02d} 17:00:00", "应付金额": amount, "状态": "已发货", "快递单号": f"SF{own:06d}",
        "订单类型": "普通订单", "商品编码": "SKU-1", "商品名称": "毛巾", "数量": 1, "商品金额": amount, "是否赠品": "否",
        "成本价": "6.00", "实退数量": 0, "订单退款金额": 0,
    }  # fmt: skip
    return row | other


UNSHIPPED: dict[str, object] = {"发货日期": "", "快递单号": "", "状态": "异常"}


def run(folder: Path, config: str = CONFIG) -> Report:
    """Match the folder as of the end of October and write the result to `out` beside it."""
    (folder / "ecrecon.toml").write_text(config, encoding="utf-8")
    found = find_config((folder,), None)
    report = run_match(
        RunSettings(paths=(folder,), workspace=read_workspace(found), config=found, as_of=parse_as_of("2026-10-31"))
    )
    reports.write(report, folder.with_name(folder.name + "_out"))
    return report


def goods(report: Report) -> set[tuple[str, str, str, int]]:
    """(code, kind, order, difference) of the rows of the check."""
    rows = report.variances.filter(check="goods")
    return {
        (row["code"], row["kind"], row["order_id"] or row["shop"], row["difference_minor"]) for row in rows.to_dicts()
    }
