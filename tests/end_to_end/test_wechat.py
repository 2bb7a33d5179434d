"""Hand-made months of a shop of one's own on WeChat Pay and of a WeChat shop: each usual life of an order is explained."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end.test_sample_month import run

from ecrecon import report as reports

pytestmark = pytest.mark.slow

TRADES = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
TRADE_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUNDS = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
OWN_PROFILES = {
    "own.orders.toml": """
[profile]
id = "own.orders"
title = "自建商城 订单"
platform = "wechatpay"
kind = "orders"
[header]
require = ["商城单号", "支付单号", "订单状态", "实付"]
[fields]
order_id = { from = ["商城单号"], as = "id" }
pay_id = { from = ["支付单号"], as = "id" }
created_at = { from = ["下单时间"], as = "datetime" }
paid_at = { from = ["支付时间"], as = "datetime" }
finished_at = { from = ["完成时间"], as = "datetime" }
[status]
column = "订单状态"
unpaid = ["待付款"]
paid = ["待发货"]
finished = ["已完成"]
closed = ["已取消"]
[[receivable.reading]]
cash = ["实付"]
""",
    "own.refunds.toml": """
[profile]
id = "own.refunds"
title = "自建商城 退款"
platform = "wechatpay"
kind = "refunds"
[header]
require = ["退款单号", "商城单号", "退款状态", "退款金额"]
[fields]
refund_id = { from = ["退款单号"], as = "id" }
order_id = { from = ["商城单号"], as = "id" }
[status]
column = "退款状态"
done = ["成功"]
[refund]
amount = "退款金额"
completed = "退款时间"
""",
}


def yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def ticked(header: str, rows: list[list[str]], totals: str, values: list[str]) -> bytes:
    lines = [header, *("`" + ",`".join(row) for row in rows), totals, "`" + ",`".join(values)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def table(path: Path, header: str, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    path.write_text("\ufeff" + text.getvalue(), encoding="utf-8")


class OwnShop:
    """A shop of one's own, merchant number 1900000109, May 2026: one trade bill and one fund flow per day."""

    def __init__(self) -> None:
        self.trades: list[list[str]] = []
        self.funds: list[tuple[str, str, str, str, int, str]] = []
        self.orders: list[list[str]] = []
        self.refunds: list[list[str]] = []

    def order(self, n: int, fen: int, day: int, status: str = "已完成") -> None:
        paid = "" if status == "待付款" else f"2026-05-{day:02d} 10:{n:02d}:00"
        done = f"2026-05-{day + 3:02d} 10:00:00" if status == "已完成" else ""
        created = f"2026-05-{day:02d} 09:{n:02d}:00"
        self.orders.append([f"D{n:08d}", f"M20260500{n:05d}", status, yuan(fen), created, paid, done])

    def pay(self, n: int, fen: int, fee: int, day: int) -> None:
        at = f"2026-05-{day:02d} 10:{n:02d}:01"
        self._trade(n, at, "SUCCESS", fen, 0, "0", "0", fee)
        self._fund(at, transaction(n), "交易", "交易", fen, f"M20260500{n:05d}")
        self._fund(at, transaction(n), "交易", "扣除交易手续费", -fee, f"M20260500{n:05d}")

    def give_back(self, n: int, fen: int, fee: int, day: int, *, document: bool = True) -> None:
        at = f"2026-05-{day:02d} 20:{n:02d}:09"
        wechat, own = f"5030000001{n:018d}", f"R20260500{n:05d}"
        self._trade(n, at, "REFUND", 0, fen, wechat, own, -fee)
        self._fund(at, wechat, "退款", "退款", -fen, own)
        if fee:
            self._fund(at, wechat, "退款", "退还交易手续费", fee, own)
        if document:
            self.refunds.append([own, f"D{n:08d}", "成功", yuan(fen), at])

    def withdraw(self, fen: int, day: int) -> None:
        self._fund(f"2026-05-{day:02d} 23:00:00", f"TX202605{day:02d}", "充值/提现", "提现", -fen, "")

    def _trade(self, n: int, at: str, state: str, fen: int, back: int, wechat: str, own: str, fee: int) -> None:
        goods = "毛巾,两条装"
        self.trades.append([
            at, "wx01", "1900000109", "0", "", transaction(n), f"M20260500{n:05d}", "o1", "JSAPI", state, "OTHERS", "CNY",
            yuan(fen), "0.00", wechat, own, yuan(back), "0.00", "ORIGINAL" if back else "", "SUCCESS" if back else "",
            goods, "", f"{fee / 100:.5f}", "0.60%", yuan(fen), yuan(back), "",
        ])  # fmt: skip

    def _fund(self, at: str, document: str, name: str, kind: str, fen: int, reference: str) -> None:
        self.funds.append((at, document, name, kind, fen, reference))

    def write(self, folder: Path) -> None:
        profiles = folder / "profiles"
        profiles.mkdir(parents=True)
        for name, text in OWN_PROFILES.items():
            (profiles / name).write_text(text, encoding="utf-8")
        (folder / "ecrecon.toml").write_text(
            'company = "示例"\nprofiles = ["profiles"]\n[opening]\ndate = 2026-05-01\ngrace_days = 0\n'
            '[[shops]]\nname = "own"\nplatform = "wechatpay"\npaths = ["own/**"]\naccounts = ["1900000109"]\n',
            encoding="utf-8",
        )
        table(folder / "own/订单.csv", "商城单号,支付单号,订单状态,实付,下单时间,支付时间,完成时间", self.orders)
        table(folder / "own/退款.csv", "退款单号,商城单号,退款状态,退款金额,退款时间", self.refunds)
        balance = 100_000
        for day in range(1, 32):
            stamp = f"2026-05-{day:02d}"
            trades = [row for row in self.trades if row[0].startswith(stamp)]
            sums = [yuan(sum(round(float(row[i]) * 100) for row in trades)) for i in (12, 16, 17, 22, 24, 25)]
            data = ticked(TRADES, trades, TRADE_TOTALS, [str(len(trades)), *sums])
            (folder / f"own/1900000109All{stamp}.csv").write_bytes(data)
            rows = []
            for number, (at, document, name, kind, fen, reference) in enumerate(
                sorted(f for f in self.funds if f[0].startswith(stamp)), start=1
            ):
                balance += fen
                way = "收入" if fen > 0 else "支出"
                ledger = f"1900000109202605{day:02d}{number:010d}"
                rows.append([at, document, ledger, name, kind, way, yuan(abs(fen)), yuan(balance), "system", "", reference])  # fmt: skip
            income = [r for r in rows if r[5] == "收入"]
            outgo = [r for r in rows if r[5] == "支出"]
            values = [f"{len(rows)}.0"]
            for side in (income, outgo):
                values += [f"{len(side)}.0", yuan(sum(round(float(r[6]) * 100) for r in side))]
            (folder / f"own/1900000109Basic{stamp}.csv").write_bytes(ticked(FUNDS, rows, FUND_TOTALS, values))


def transaction(n: int) -> str:
    return f"4200000001{n:018d}"


def own_month() -> OwnShop:
    shop = OwnShop()
    shop.order(1, 12_34, 2)
    shop.pay(1, 12_34, 7, 2)
    shop.order(2, 30_00, 2)
    shop.pay(2, 30_00, 18, 2)
    shop.give_back(2, 10_00, 6, 4)
    shop.order(3, 88_00, 3, "已取消")
    shop.pay(3, 88_00, 53, 3)
    shop.give_back(3, 88_00, 53, 3)
    shop.order(4, 55_00, 30)
    shop.orders[-1][2], shop.orders[-1][6] = "待发货", ""
    shop.order(5, 9_00, 5, "待付款")
    shop.withdraw(20_00, 6)
    shop.order(6, 20_00, 7)
    shop.pay(6, 20_00, 12, 7)
    return shop


def problems(report: reports.Report) -> list[tuple[str, str, int]]:
    rows = report.variances.filter(pl.col("kind").cast(pl.String).is_in(["stop", "break", "review"]))
    return rows.select(pl.col("code").cast(pl.String), "order_id", "difference_minor").rows()


def dispositions(report: reports.Report) -> dict[str, str]:
    rows = report.orders.select("order_id", pl.col("disposition").cast(pl.String)).unique().sort("order_id")
    return {order[-1]: state for order, state in rows.iter_rows()}


def test_trade_bill_and_fund_flow_of_ones_own_shop(tmp_path: Path) -> None:
    own_month().write(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    assert problems(report) == []
    assert dispositions(report) == {
        "1": "settled", "2": "settled", "3": "settled", "4": "not_due", "5": "cancelled_unpaid", "6": "settled",
    }  # fmt: skip
    fees = report.fees.filter(pl.col("role") == "fee").group_by("category").agg(pl.col("amount_minor").sum())
    assert dict(fees.iter_rows()) == {"payment_fee": -7 - 18 + 6 - 12}
    kept = report.lines.filter(pl.col("disposition") == "account_level")
    assert kept["category"].cast(pl.String).to_list() == ["withdrawal"]


def test_the_two_views_of_the_money_are_never_added(tmp_path: Path) -> None:
    shop = own_month()
    shop.write(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    moved = sum(fen for *_, fen, _ in shop.funds)
    assert report.lines.filter("in_money")["amount_minor"].sum() == moved
    grouped = report.lines.filter(pl.col("disposition") == "grouped").select(pl.col("view").cast(pl.String)).to_series()
    assert grouped.unique().to_list() == ["detail"]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("no payment", ("X02", "D00000006", -20_00)),
        ("no document", ("R02", "D00000002", -10_00)),
        ("short", ("A02", "D00000001", -34)),
        ("no order", ("X03", "M2026050000001", 12_34)),
    ],
)
def test_what_is_missing_on_wechat_pay_is_named(tmp_path: Path, change: str, wanted: tuple[str, str, int]) -> None:
    shop = own_month()
    if change == "no payment":
        shop.trades = [row for row in shop.trades if row[5] != transaction(6)]
        shop.funds = [row for row in shop.funds if row[1] != transaction(6)]
    elif change == "no document":
        shop.refunds = [row for row in shop.refunds if row[1] != "D00000002"]
    elif change == "no order":
        shop.orders = [row for row in shop.orders if row[0] != "D00000001"]
    else:
        shop.orders[0][3] = "12.68"
    shop.write(tmp_path / "in")
    assert problems(run(tmp_path / "in", tmp_path / "out")) == [wanted]


def test_without_the_trade_bill_the_fund_flow_answers_for_the_payments(tmp_path: Path) -> None:
    shop = own_month()
    shop.write(tmp_path / "in")
    for path in (tmp_path / "in/own").glob("1900000109All*.csv"):
        path.unlink()
    report = run(tmp_path / "in", tmp_path / "out")
    assert problems(report) == []
    assert dispositions(report)["2"] == "settled"


FLOW = "流水单号,记账时间,动帐类型,收支类型,收支金额,账户余额,关联订单号,关联售后单号,关联提现单号,关联保单号,关联礼物单号,详情"
SHOP_ORDERS = "订单号,订单下单时间,订单发货时间,订单确认收货时间,订单状态,订单实际支付金额,订单实际收款金额,订单运费,支付时间,交易单号,技术服务费（将以人气卡形式返还）,商品名称"
SHOP_REFUNDS = "售后单号,订单号,售后类型,售后状态,退款金额,申请时间,完成时间"


def wechat_shop(folder: Path, *, left_out: str = "") -> None:
    def number(n: int) -> str:
        return f"370000000000000000{n}"

    def order(n: int, status: str, paid: str, due: str, finished: str = "") -> list[str]:
        at = "" if status == "待付款" else "2026-06-05 10:00:00"
        pay_id = "" if status == "待付款" else f"420000000120260605000000000{n}"
        return [number(n), "2026-06-05 09:59:00", "", finished, status, paid, due, "0.00", at, pay_id, "0.00", "毛巾"]

    done = "2026-06-10 12:00:00"
    gone = "全部商品售后之后，订单取消"
    orders = [
        order(1, "已完成", "88.00", "88.00", done), order(2, gone, "50.00", "50.00"), order(3, "已完成", "45.00", "47.00", done),
        order(3, "已完成", "45.00", "47.00", done), order(4, "待付款", "0.00", "0.00"), order(5, "已完成", "30.00", "30.00", done),
        order(6, "已完成", "0.00", "0.00", done), order(7, "待发货", "66.00", "66.00"),
    ]  # fmt: skip
    moves = [
        ("05 10:00:00", "订单支付", 88_00, number(1), "", ""), ("05 10:00:00", "技术服务费", -53, number(1), "", ""),
        ("05 10:00:01", "订单支付", 50_00, number(2), "", ""), ("05 10:00:01", "技术服务费", -30, number(2), "", ""),
        ("05 10:00:02", "订单支付", 47_00, "4200000001202606050000000003", "", ""),
        ("05 10:00:03", "订单支付", 30_00, number(5), "", ""), ("05 10:00:04", "订单支付", 66_00, number(7), "", ""),
        ("06 09:30:00", "订单退款", -49_70, number(2), "2000000000002", "退款总金额50.00元;含手续费0.30元"),
        ("12 09:30:00", "订单退款", -10_00, number(5), "2000000000005", "退款总金额10.00元"),
        ("14 09:00:00", "达人佣金", -8_80, number(1), "", ""), ("20 08:00:00", "提现", -100_00, "", "", ""),
        ("30 08:00:00", "返佣人气卡", 53, number(1), "", ""),
    ]  # fmt: skip
    refunds = [
        ["2000000000002", number(2), "仅退款", "退款完成", "50.00", "2026-06-05 20:00:00", "2026-06-06 09:30:00"],
        ["2000000000005", number(5), "退货退款", "退款完成", "10.00", "2026-06-11 20:00:00", "2026-06-12 09:30:00"],
    ]
    rows, balance = [], 10_000
    for n, (at, kind, fen, about, after_sale, text) in enumerate(moves):
        if left_out in (after_sale, about) and left_out:
            continue
        balance += fen
        way = "收入" if fen > 0 else "支出"
        payout = "TX10000001" if kind == "提现" else ""
        rows.append([f"1{n:019d}", f"2026-06-{at}", kind, way, yuan(abs(fen)), yuan(balance), about, after_sale, payout, "", "", text])  # fmt: skip
    table(folder / "weixin/资金流水_202606.csv", FLOW, rows)
    table(folder / "weixin/订单_202606.csv", SHOP_ORDERS, orders)
    table(folder / "weixin/售后_202606.csv", SHOP_REFUNDS, refunds)


def test_every_usual_life_of_a_wechat_shop_order_is_explained(tmp_path: Path) -> None:
    wechat_shop(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    assert problems(report) == []
    assert dispositions(report) == {
        **dict.fromkeys("12357", "settled"), "4": "cancelled_unpaid", "6": "excluded",
    }  # fmt: skip
    fees = report.fees.filter(pl.col("role") == "fee").group_by("category").agg(pl.col("amount_minor").sum())
    assert dict(fees.iter_rows()) == {"tech_service_fee": -53, "affiliate_commission": -880, "promotion": 53}
    kept = report.lines.filter(pl.col("disposition") == "account_level")["category"].cast(pl.String).to_list()
    assert kept == ["withdrawal"]


@pytest.mark.parametrize(
    ("left_out", "wanted"),
    [("2000000000005", ("R01", "3700000000000000005", 10_00)), ("3700000000000000007", ("X02", "3700000000000000007", -66_00))],
)  # fmt: skip
def test_what_is_missing_in_a_wechat_shop_is_named(tmp_path: Path, left_out: str, wanted: tuple[str, str, int]) -> None:
    wechat_shop(tmp_path / "in", left_out=left_out)
    assert problems(run(tmp_path / "in", tmp_path / "out")) == [wanted]
