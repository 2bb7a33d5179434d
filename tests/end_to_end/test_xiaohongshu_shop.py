"""A hand-made month of a Xiaohongshu shop. The order-level and the SKU-level settlement are the same money."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from tests.end_to_end.test_sample_month import run

from ecrecon import report as reports
from ecrecon.base.money import decimal_text, minor_from_text

Row = dict[str, str]

ORDER_LEVEL = "订单号,售后单号,下单时间,结算时间,交易类型,结算账户,动账金额,计佣基数,商品实付/实退,运费实付/实退,平台优惠补贴,平台运费补贴,跨境税代缴,商品税金,运费税金,佣金,支付渠道费,分销佣金,代运营服务商佣金,代开发服务商佣金,花呗分期手续费,国补订单毛保金额,备注"
SKU_LEVEL = "订单号,售后单号,下单时间,完成时间,结算时间,交易类型,结算账户,动账金额,商品名称,类目,SKU条码,规格ID,商品数量,计佣基数,商品实付/实退,优惠类型,商家优惠,平台优惠补贴,平台运费补贴,佣金率,返利率,佣金总额,计税价格(含税),计税价格(未税),税率,跨境税代缴,商品税金,卖家CPS佣金率,分销佣金,推广达人ID,达人昵称,带货类型,代运营服务商佣金,代开发服务商佣金,运费,运费税金,支付渠道费,花呗分期手续费,国补订单毛保金额,备注"
SERVICES = "业务款项,订单号,业务单据号,结算时间,结算账户,交易类型,动账金额,备注"
LEDGER = "创建时间,交易类型描述,收入（元）,支出（元）,账户余额（元）,业务单号,备注"
ORDERS = "订单号,订单状态,售后状态,小红书编码,规格ID,SKU件数,是否为赠品,商品总价(元),用户应付金额(元),平台优惠(元),店铺优惠(元),支付时间,包裹总运费(元),订单创建时间,订单发货时间,订单完成时间,店铺名称"
BALANCE, ALIPAY, WECHAT = "店铺余额", "支付宝", "微信"


def number(n: int) -> str:
    return f"P{700_000_000_000_000_000 + n}"


def minor(text: str) -> int:
    value = minor_from_text(text)
    assert value is not None
    return value


def sheet(book: xlsxwriter.Workbook, name: str, columns: str, rows: list[Row]) -> None:
    names = columns.split(",")
    page = book.add_worksheet(name)
    page.write_row(0, 0, names)
    for place, row in enumerate(rows, start=1):
        page.write_row(place, 0, [row.get(column, "") for column in names])


class Shop:
    """Rows of one shop in June 2026: both levels of the settlement, other services, the ledger of the balance."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.by_order: list[Row] = []
        self.by_sku: list[Row] = []
        self.services: list[Row] = []
        self.movements: list[tuple[str, str, str, int]] = []

    def order(self, n: int, pays: str, platform: str = "0.00", *, sku: int = 1, status: str = "已完成", finished: str = "2026-06-05 09:00:00") -> None:  # fmt: skip
        paid = "" if status == "待付款" else "2026-06-01 10:00:20"
        done = finished if status == "已完成" else ""
        self.orders.append(
            {"订单号": number(n), "订单状态": status, "小红书编码": "100001", "规格ID": f"65{sku:022d}", "SKU件数": "1", "是否为赠品": "否",
             "用户应付金额(元)": pays, "平台优惠(元)": platform, "支付时间": paid, "包裹总运费(元)": "0.00", "订单创建时间": "2026-06-01 10:00:00",
             "订单发货时间": "2026-06-02 17:00:00" if status in ("已完成", "待收货") else "", "订单完成时间": done, "店铺名称": "red_a"}
        )  # fmt: skip

    def settle(self, n: int, *parts: tuple[int, str, str], account: str = BALANCE, day: str = "2026-06-12", refund: int = 0) -> None:  # fmt: skip
        """`parts`: SKU, goods, platform coupon. 5 % of the goods go as commission, 0.7 % as payment fee."""
        when, sign = f"{day} 02:00:00", -1 if refund else 1
        goods = [sign * minor(text) for _, text, _ in parts]
        coupons = [sign * minor(text) for _, _, text in parts]
        fees = [(-g // 20, -g * 7 // 1000) for g in goods]
        total = 0
        for (sku, _, _), own, coupon, (commission, payment) in zip(parts, goods, coupons, fees, strict=True):
            net = own + coupon + commission + payment
            total += net
            self.by_sku.append(
                self._row(n, when, account, net, own, coupon, refund)
                | {"规格ID": f"65{sku:022d}", "佣金总额": decimal_text(commission), "支付渠道费": decimal_text(payment)}
            )
        whole = self._row(n, when, account, total, sum(goods), sum(coupons), refund)
        whole |= {"佣金": decimal_text(sum(c for c, _ in fees)), "支付渠道费": decimal_text(sum(p for _, p in fees))}
        self.by_order.append(whole)
        if account == BALANCE:
            self.movements.append((when, "退款" if refund else "结算入账", number(n), total))

    def _row(self, n: int, when: str, account: str, net: int, goods: int, coupon: int, refund: int) -> Row:
        return {"订单号": number(n), "售后单号": f"R{9_000_000_000_000 + refund}" if refund else "", "下单时间": "2026-06-01 10:00:00",
                "结算时间": when, "交易类型": "退款" if refund else "结算入账", "结算账户": account, "动账金额": decimal_text(net),
                "商品实付/实退": decimal_text(goods), "平台优惠补贴": decimal_text(coupon)}  # fmt: skip

    def service(self, name: str, n: int, amount: str, day: str) -> None:
        document = f"D{900_000_000_000 + len(self.services)}"
        self.services.append(
            {"业务款项": name, "订单号": number(n), "业务单据号": document, "结算时间": f"{day} 02:00:00", "结算账户": BALANCE,
             "交易类型": "支出", "动账金额": amount}
        )  # fmt: skip
        self.movements.append((f"{day} 02:00:00", name, document, minor(amount)))

    def move(self, when: str, kind: str, amount: str) -> None:
        self.movements.append((when, kind, "W9000001", minor(amount)))

    def ledger(self) -> list[Row]:
        balance, rows = 100_000, []
        for when, kind, document, amount in sorted(self.movements):
            balance += amount
            rows.append(
                {"创建时间": when, "交易类型描述": kind, "收入（元）": decimal_text(amount) if amount > 0 else "",
                 "支出（元）": decimal_text(-amount) if amount < 0 else "", "账户余额（元）": decimal_text(balance), "业务单号": document}
            )  # fmt: skip
        return rows

    def write(self, folder: Path, *levels: str) -> None:
        folder = folder / "xiaohongshu/red_a"
        folder.mkdir(parents=True)
        files = {"结算明细_202606.xlsx": [("其他服务款", SERVICES, self.services)], "动账明细_202606.xlsx": [("动账明细", LEDGER, self.ledger())],
                 "订单_202606.xlsx": [("包裹详情", ORDERS, self.orders)]}  # fmt: skip
        if "order" in levels:
            files["结算明细_202606.xlsx"].append(("货款", ORDER_LEVEL, self.by_order))
        if "sku" in levels:
            files["商品结算明细_202606.xlsx"] = [("商品结算明细", SKU_LEVEL, self.by_sku)]
        for name, sheets in files.items():
            with xlsxwriter.Workbook(folder / name) as book:
                for title, columns, rows in sheets:
                    sheet(book, title, columns, rows)


def usual_month() -> Shop:
    shop = Shop()
    shop.order(1, "100.00", "10.00")
    shop.settle(1, (1, "100.00", "10.00"), account=WECHAT)
    shop.order(2, "50.00")
    shop.settle(2, (1, "50.00", "0.00"), account=ALIPAY)
    shop.order(3, "60.00", "6.00")  # two SKUs, one given back with its part of the coupon
    shop.order(3, "40.00", "4.00", sku=2)
    shop.settle(3, (1, "60.00", "6.00"), (2, "40.00", "4.00"))
    shop.settle(3, (1, "60.00", "6.00"), day="2026-06-15", refund=1)
    shop.order(4, "80.00")  # given back before settlement: neither side is settled
    shop.orders[-1]["订单状态"] = "已关闭"
    shop.order(5, "30.00", status="待付款")
    shop.order(6, "31.00", status="待收货")
    shop.order(7, "32.00", finished="2026-06-27 09:00:00")
    shop.order(8, "0.00")
    shop.order(9, "20.00")  # a goodwill payment to the buyer
    shop.settle(9, (1, "20.00", "0.00"))
    shop.service("小额打款", 9, "-5.00", "2026-06-13")
    shop.order(10, "70.00")  # given back whole after settlement
    shop.settle(10, (1, "70.00", "0.00"), day="2026-06-13")
    shop.settle(10, (1, "70.00", "0.00"), day="2026-06-18", refund=2)
    shop.order(11, "90.00")
    shop.settle(11, (1, "90.00", "0.00"), day="2026-06-30")
    shop.orders[-1]["订单完成时间"] = "2026-06-24 09:00:00"
    shop.move("2026-06-20 09:00:00", "提现", "-100.00")
    shop.move("2026-06-21 09:00:00", "聚光充值", "-20.00")
    shop.move("2026-06-22 09:00:00", "保证金扣除", "-10.00")
    return shop


def told(report: reports.Report) -> list[tuple[str, str, str | None, int]]:
    columns = pl.col("code").cast(pl.String), pl.col("kind").cast(pl.String), "order_id", "difference_minor"
    rows = report.variances.select(columns).sort(pl.all(), nulls_last=True)
    return [(code, kind, None if order is None else str(int(order[-6:])), amount) for code, kind, order, amount in rows.iter_rows()]  # fmt: skip


def dispositions(report: reports.Report) -> dict[str, str]:
    rows = report.orders.select("order_id", pl.col("disposition").cast(pl.String)).sort("order_id")
    return {str(int(order[-6:])): disposition for order, disposition in rows.iter_rows()}


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> dict[str, reports.Report]:
    """The month with the order-level settlement, with the SKU-level one, and with both."""
    found = {}
    for name in ("order", "sku", "order sku"):
        folder = tmp_path_factory.mktemp("red")
        usual_month().write(folder / "in", *name.split())
        found[name] = run(folder / "in", folder / "out")
    return found


LEVELS = ("order", "sku", "order sku")


@pytest.mark.parametrize("level", LEVELS)
def test_every_usual_life_of_a_xiaohongshu_order_is_explained(months: dict[str, reports.Report], level: str) -> None:
    report = months[level]
    assert report.exit_code == 0
    assert told(report) == [
        ("R09", "info", None, 0), ("S02", "info", None, 0), ("X01", "timing", "6", -3100), ("X01", "timing", "7", -3200),
    ]  # fmt: skip
    assert dispositions(report) == {
        **dict.fromkeys(("1", "2", "3", "4", "9", "10", "11"), "settled"),
        "5": "cancelled_unpaid", "6": "not_due", "7": "not_due", "8": "excluded",
    }  # fmt: skip


def test_both_levels_together_count_once(months: dict[str, reports.Report]) -> None:
    """The order-level and the SKU-level file are the same money."""
    sku, both = months["sku"], months["order sku"]
    assert both.accounts.to_dicts() == sku.accounts.to_dicts()
    assert both.fees.select("category", "amount_minor").sort(pl.all()).to_dicts() == (
        sku.fees.select("category", "amount_minor").sort(pl.all()).to_dicts()
    )
    second = both.lines.filter(pl.col("disposition") == "witness")
    names = {both.sources[i].profile for i in second["source_id"].unique()}
    assert names == {"xiaohongshu.x1"}


@pytest.mark.parametrize("level", LEVELS)
def test_each_pocket_is_an_account(months: dict[str, reports.Report], level: str) -> None:
    rows = months[level].accounts.select("account", "money_basis").rows()
    detail = "xiaohongshu.x1" if level == "order" else "xiaohongshu.x2"
    assert rows == [
        ("xiaohongshu:red_a", "xiaohongshu.x5"),
        ("xiaohongshu:red_a:alipay", detail),
        ("xiaohongshu:red_a:wechat", detail),
    ]


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ("unpaid", ("X02", "break", "2", -5000)),
        ("coupon", ("C06", "break", "1", -1000)),
        ("components", ("F11", "stop", None, 0)),
    ],
)
def test_one_fault_gives_one_difference(fault: str, wanted: tuple[str, str, str | None, int], tmp_path: Path) -> None:
    shop = usual_month()
    match fault:
        case "unpaid":
            shop.by_order = [row for row in shop.by_order if row["订单号"] != number(2)]
        case "coupon":
            row = next(row for row in shop.by_order if row["订单号"] == number(1))
            row |= {"平台优惠补贴": "0.00", "动账金额": decimal_text(minor(row["动账金额"]) - 1000)}
        case _:
            row = next(row for row in shop.by_order if row["订单号"] == number(2))
            row["佣金"] = "-2.51"
    shop.write(tmp_path / "in", "order")
    found = told(run(tmp_path / "in", tmp_path / "out"))
    usual = {("X01", "timing", "6", -3100), ("X01", "timing", "7", -3200)}
    extra = [row for row in found if row not in usual and row[0] not in ("R09", "S02", "F12", "C04")]
    assert extra == [wanted]
