"""One folder with everything: a shop's orders and bill, the ERP, shipments, costs and the bank; all checks of it run."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.judging.goods.month import CONFIG, number, run, write
from tests.judging.goods.test_erp_only import shipments
from tests.judging.goods.test_goods import BILL, EXPECTED, ORDERS, build

from ecrecon.report import Report

PAYER = "上海测试支付有限公司"
CCB = "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号,企业流水号,凭证种类,凭证号"
FULL = (
    f'fake_orders = ["{number(9)}"]\n'
    + CONFIG.replace('paths = ["pdd/**"]', f'paths = ["pdd/**"]\npayers = ["{PAYER}"]')
    + '[[banks]]\nname = "ccb"\npaths = ["bank/**"]\n'
)


def withdrawal(day: int, amount: str) -> dict[str, object]:
    return {
        "商户订单号": "", "发生时间": f"2026-10-{day:02d} 21:00:00", "收入金额（+元）": "0", "支出金额（-元）": f"-{amount}",
        "账务类型": "提现", "备注": "-", "业务描述": "0080001|提现-提现申请",
    }  # fmt: skip


def bank_lines(*lines: tuple[int, str, str, str]) -> list[dict[str, object]]:
    """(day of October and beyond, amount signed, payer, summary), oldest first."""
    rows, balance = [], 100_000
    for place, (day, amount, party, summary) in enumerate(lines, start=1):
        month, of_month = (10, day) if day <= 31 else (11, day - 31)
        minor = round(float(amount) * 100)
        balance += minor
        rows.append(
            {
                "账号": "11000000000000000001", "账户名称": "示例商贸有限公司",
                "交易时间": f"2026{month}{of_month:02d} 10:00:00",
                "借方发生额（支取）": f"{-minor / 100:.2f}" if minor < 0 else "0.00",
                "贷方发生额（收入）": f"{minor / 100:.2f}" if minor > 0 else "0.00", "余额": f"{balance / 100:.2f}",
                "币种": "人民币元", "对方户名": party, "记账日期": f"2026{month}{of_month:02d}", "摘要": summary,
                "账户明细编号-交易流水号": f"{place}-N{place:09d}",
            }
        )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    folder = tmp_path_factory.mktemp("all") / "month"
    payouts = [withdrawal(13, "60.00"), withdrawal(20, "30.00"), withdrawal(30, "25.00")]
    build(folder, ORDERS, [*BILL, *payouts])
    shipments(folder, [(1, number(1)), (6, f"{number(5)}|{number(6)}")])
    write(
        folder / "erp/成本.csv",
        "货品编号,固定成本价,货品名称",
        [{"货品编号": "SKU-1", "固定成本价": "6.00", "货品名称": "毛巾"}],
    )
    statement = bank_lines(
        (1, "-500.00", "示例物业有限公司", "房租"), (14, "60.00", PAYER, "提现"), (21, "1.23", "", "结息"),
        (26, "77.00", PAYER, "提现"), (33, "25.00", PAYER, "提现"), (38, "-5.00", "", "账户管理费"),
    )  # fmt: skip
    write(folder / "bank/建行.csv", CCB, statement)
    return run(folder, FULL), folder.with_name("month_out")


def test_rows_of_the_goods_check_stay_what_they_were(month: tuple[Report, Path]) -> None:
    rows = month[0].variances.filter(check="goods").to_dicts()
    found = {(r["code"], str(r["kind"]), r["order_id"] or r["shop"], r["difference_minor"]) for r in rows}
    assert found == EXPECTED


def test_each_payout_is_answered_for(month: tuple[Report, Path]) -> None:
    rows = month[0].variances.filter(check="payout").to_dicts()
    found = {(r["code"], str(r["kind"]), r["difference_minor"]) for r in rows}
    assert found == {("X07", "break", -3000), ("X07", "timing", -2500), ("X08", "review", 7700)}


def test_nothing_else_is_wrong(month: tuple[Report, Path]) -> None:
    kinds = pl.col("kind").cast(pl.String).is_in(["stop", "break", "review"])
    made = pl.col("code") == "F17"  # these bills were written without the totals that the platform prints below
    other = month[0].variances.filter(kinds, ~pl.col("check").is_in(["goods", "payout"]), ~made)
    assert other.is_empty(), other


def test_summary_lists_every_file_and_every_check(month: tuple[Report, Path]) -> None:
    summary = json.loads((month[1] / "summary.json").read_text(encoding="utf-8"))
    kinds = {s["profile"]: s["kind"] for s in summary["sources"] if s["profile"]}
    assert kinds == {
        "bank.ccb": "bank", "erp.guanyi": "shipments", "erp.jackyun_cost": "cost", "erp.jushuitan": "orders",
        "pdd.p1": "bill", "pdd.p3": "orders",
    }  # fmt: skip
    assert summary["period"] == "2026-10"
    assert {name for name, state in summary["checks"].items() if state["state"] == "run"} >= {
        "bill", "receipt", "refund", "fee", "goods", "payout",
    }  # fmt: skip
