"""A hand-made month of a Douyin and of a Kuaishou shop: each usual life of an order is explained, nothing is left over."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end.csv_files import write
from tests.end_to_end.test_sample_month import run

from ecrecon import report as reports

Row = dict[str, str]

LEDGER = [
    "动账时间",
    "动帐流水号",
    "动账方向",
    "动账金额",
    "动账账户",
    "动账场景",
    "计费类型",
    "子订单号",
    "订单号",
    "售后编号",
    "下单时间",
    "商品ID",
    "商品名称",
    "达人ID",
    "达人名称",
    "订单类型",
    "订单实付应结",
    "运费实付",
    "实际平台补贴_运费",
    "实际平台补贴",
    "其他平台补贴",
    "以旧换新抵扣",
    "政府补贴平台垫资",
    "实际达人补贴",
    "实际抖音支付补贴",
    "实际抖音月付营销补贴",
    "银行补贴",
    "订单退款",
    "平台服务费",
    "佣金",
    "服务商佣金",
    "渠道分成",
    "招商服务费",
    "站外推广费",
    "其他分成",
    "是否免佣",
    "免佣金额",
    "商户主体名称",
    "备注",
]
ORDERS = [
    "主订单编号",
    "子订单编号",
    "选购商品",
    "订单应付金额",
    "运费",
    "订单提交时间",
    "支付完成时间",
    "发货时间",
    "订单完成时间",
    "订单状态",
    "售后状态",
    "平台实际承担优惠金额",
    "商家实际承担优惠金额",
    "达人实际承担优惠金额",
]
AFTER_SALES = [
    "售后单号",
    "订单号",
    "商品单号",
    "售后类型",
    "退商品金额（元）",
    "退运费金额（元）",
    "售后状态",
    "售后申请时间",
    "售后完结时间",
]


class Shop:
    """Rows of one Douyin shop in May 2026. Order n of the page's number range has the sub orders n, n + 1, …"""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.lines: list[Row] = []
        self.refunds: list[Row] = []

    def order(self, main: int, paid: str, platform: str = "0.00", *, sub: int = 0, status: str = "已完成", talent: str = "0.00", freight: str = "0.00", finished: str = "2026-05-05 09:00:00") -> None:  # fmt: skip
        times = {"支付完成时间": "2026-05-01 10:01:30", "发货时间": "2026-05-02 09:00:00", "订单完成时间": finished}
        if status == "待支付":
            times = {}
        self.orders.append(
            {"主订单编号": f"\t{number(main)}", "子订单编号": f"\t{number(sub or main)}", "选购商品": "\t棉袜", "订单应付金额": f"\t{paid}",
             "运费": f"\t{freight}", "订单提交时间": "\t2026-05-01 10:01:00", **times, "订单状态": f"\t{status}", "售后状态": "\t-",
             "平台实际承担优惠金额": f"\t{platform}", "商家实际承担优惠金额": "\t0.00", "达人实际承担优惠金额": f"\t{talent}"}
        )  # fmt: skip

    def line(self, when: str, signed: str, scene: str, main: int = 0, *, sub: int = 0, refund: int = 0, remark: str = "", **parts: str) -> None:  # fmt: skip
        way = "出账" if signed.startswith("-") else "入账"
        ids = (
            {"子订单号": f"'{number(sub or main)}", "订单号": f"'{number(main)}", "下单时间": "2026-05-01 10:01:00"}
            if main
            else {}
        )
        self.lines.append(
            {"动账时间": when, "动帐流水号": f"'20260512{len(self.lines):020d}", "动账方向": way, "动账金额": signed.lstrip("-"),
             "动账账户": "聚合账户", "动账场景": scene, "售后编号": f"'{148 * 10**15 + refund}" if refund else "", "备注": remark,
             "商户主体名称": "示例商贸", **ids, **parts}
        )  # fmt: skip

    def refund(self, document: int, main: int, goods: str, completed: str, *, sub: int = 0, freight: str = "0.00") -> None:  # fmt: skip
        self.refunds.append(
            {"售后单号": str(148 * 10**15 + document), "订单号": number(main), "商品单号": number(sub or main), "售后类型": "退货退款",
             "退商品金额（元）": goods, "退运费金额（元）": freight, "售后状态": "同意退款，退款成功", "售后申请时间": completed,
             "售后完结时间": completed}
        )  # fmt: skip

    def write(self, folder: Path) -> None:
        write(folder / "douyin/live_a/资金账单_202605.csv", LEDGER, self.lines)
        write(folder / "douyin/live_a/订单_202605.csv", ORDERS, self.orders)
        write(folder / "douyin/live_a/售后单_202605.csv", AFTER_SALES, self.refunds)


def number(n: int) -> str:
    return str(6_920_000_000_000_000_000 + n)


SETTLED = "2026-05-12 02:10:05"


def usual_month() -> Shop:
    """Every life of an order that the page knows, and the movements of the account."""
    shop = Shop()
    settle = "货款结算入账"
    shop.order(100, "40.00", "10.00")
    shop.line(
        SETTLED, "48.50", settle, 100, remark="订单结算", 订单实付应结="40.00", 实际平台补贴="10.00", 平台服务费="-1.50"
    )
    shop.order(200, "99.00", "1.00", status="已关闭")  # given back whole after settlement
    shop.line(
        SETTLED, "85.15", settle, 200, 订单实付应结="99.00", 实际抖音支付补贴="1.00", 平台服务费="-4.95", 佣金="-9.90"
    )
    shop.line("2026-05-15 09:00:00", "-99.00", "退款-结算后退款-退用户", 200, refund=2, remark="原路退")
    shop.line("2026-05-15 09:00:01", "14.85", "退款-订单退款触发-退分账", 200, refund=2, remark="服务费返还", 平台服务费="4.95", 佣金="9.90")  # fmt: skip
    shop.line("2026-05-15 09:00:02", "-1.00", "退款-订单退款触发-退补贴", 200, refund=2, 实际平台补贴="-1.00")
    shop.refund(2, 200, "99.00", "2026-05-15 09:00:00")
    shop.order(300, "60.00")  # 20.00 given back before settlement, on the row of the settlement
    shop.line(SETTLED, "39.20", settle, 300, 订单实付应结="60.00", 订单退款="-20.00", 平台服务费="-0.80")
    shop.refund(3, 300, "20.00", "2026-05-06 09:00:00")
    shop.order(310, "60.00")  # the same, the row shows only what is left
    shop.line(SETTLED, "39.20", settle, 310, 订单实付应结="40.00", 平台服务费="-0.80")
    shop.refund(31, 310, "20.00", "2026-05-06 09:00:00")
    shop.order(320, "30.00", "3.00", status="已关闭")  # given back before shipping: nothing is settled
    shop.refund(32, 320, "30.00", "2026-05-02 09:00:00")
    shop.order(
        330, "30.00", "5.00", talent="2.00"
    )  # coupons of platform and talent; a part given back after settlement
    shop.line(
        SETTLED,
        "36.30",
        settle,
        330,
        订单实付应结="30.00",
        实际平台补贴="5.00",
        实际达人补贴="2.00",
        平台服务费="-0.70",
    )
    shop.line("2026-05-16 09:00:00", "-15.00", "退款-结算后退款-退用户", 330, refund=33, 订单退款="-15.00")
    shop.line(
        "2026-05-16 09:00:01",
        "0.35",
        "退款-订单退款触发-退分账",
        330,
        refund=33,
        remark="服务费返还",
        平台服务费="0.35",
    )
    shop.line(
        "2026-05-16 09:00:02",
        "-3.50",
        "退款-订单退款触发-退补贴",
        330,
        refund=33,
        实际平台补贴="-2.50",
        实际达人补贴="-1.00",
    )
    shop.refund(33, 330, "15.00", "2026-05-16 09:00:00")
    shop.order(400, "66.00")  # paid in advance at shipping, repaid out of the settlement
    shop.line("2026-05-02 10:00:00", "66.00", "提前收款", 400, 订单实付应结="66.00")
    shop.line(SETTLED, "64.68", settle, 400, 订单实付应结="66.00", 平台服务费="-1.32")
    shop.line("2026-05-12 02:10:06", "-66.00", "提前收款", 400, remark="提前收款还款")
    shop.order(500, "50.00")  # a goodwill payment to the buyer
    shop.line(SETTLED, "49.00", settle, 500, 订单实付应结="50.00", 平台服务费="-1.00")
    shop.line("2026-05-14 11:00:00", "-5.00", "消费者赔付", 500, remark=f"打款,订单号{number(500)}")
    shop.order(600, "20.00", sub=600)  # two sub orders, settled apart, one given back
    shop.order(600, "35.00", "4.00", sub=601)
    shop.line(SETTLED, "19.60", settle, 600, sub=600, 订单实付应结="20.00", 平台服务费="-0.40")
    shop.line(
        "2026-05-13 02:10:05",
        "38.20",
        settle,
        600,
        sub=601,
        订单实付应结="35.00",
        实际平台补贴="4.00",
        平台服务费="-0.80",
    )
    shop.line("2026-05-17 09:00:00", "-20.00", "退款-结算后退款-退用户", 600, sub=600, refund=6)
    shop.line("2026-05-17 09:00:01", "0.40", "退款-订单退款触发-退分账", 600, sub=600, refund=6, 平台服务费="0.40")
    shop.refund(6, 600, "20.00", "2026-05-17 09:00:00", sub=600)
    shop.order(700, "25.00", freight="5.00")  # freight on a row of its own
    shop.line(SETTLED, "19.60", settle, 700, 订单实付应结="20.00", 运费实付="5.00", 平台服务费="-0.40")
    shop.line("2026-05-12 02:10:07", "5.00", settle, 700, remark="运费单结算", 运费实付="5.00")
    shop.order(800, "15.00", status="待支付")
    shop.order(810, "0.00", status="已关闭")
    shop.order(820, "18.00", status="已发货", finished="")
    shop.order(830, "19.00", finished="2026-05-29 09:00:00")
    shop.line("2026-05-20 00:30:00", "-200.00", "提现", remark="提现")
    shop.line("2026-05-21 00:30:00", "-50.00", "充值千川广告费", remark="划扣电商货款充值巨量千川")
    shop.line("2026-05-22 00:30:00", "-30.00", "充值保证金")
    shop.line("2026-05-31 23:30:00", "-2.00", "判罚扣款", 500)
    return shop


def kinds(report: reports.Report) -> dict[str, list[str]]:
    rows = report.variances.select(pl.col("kind").cast(pl.String), pl.col("code").cast(pl.String), "order_id")
    return {f"{code} {order or ''}".strip(): [kind] for kind, code, order in rows.sort(pl.all()).iter_rows()}


def dispositions(report: reports.Report) -> dict[str, str]:
    rows = report.orders.select("sub_order_id", pl.col("disposition").cast(pl.String))
    return {str(int(sub) - 6_920_000_000_000_000_000): d for sub, d in rows.sort("sub_order_id").iter_rows()}


def test_every_usual_life_of_a_douyin_order_is_explained(tmp_path: Path) -> None:
    usual_month().write(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    assert report.exit_code == 0
    assert not {kind for found in kinds(report).values() for kind in found} & {"stop", "break", "review"}, kinds(report)
    assert dispositions(report) == {
        **dict.fromkeys(("100", "200", "300", "310", "320", "330", "400", "500", "600", "601", "700"), "settled"),
        "800": "cancelled_unpaid", "810": "settled", "820": "not_due", "830": "not_due",
    }  # fmt: skip
    fees = report.fees.filter(pl.col("role") == "fee").group_by("category").agg(pl.col("amount_minor").sum())
    assert dict(fees.iter_rows()) == {"tech_service_fee": -697, "affiliate_commission": 0}
    kept = report.lines.filter(pl.col("disposition") == "account_level")["category"].cast(pl.String).to_list()
    assert sorted(kept) == ["deposit", "transfer", "withdrawal"]


@pytest.mark.parametrize(
    ("change", "code", "order", "difference"),
    [
        ("no settlement", "X02", "100", -5000),
        ("no refund line", "R01", "200", 9900),
        ("no document", "R02", "600", -2000),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, change: str, code: str, order: str, difference: int) -> None:
    shop = usual_month()
    if change == "no settlement":
        shop.lines = [line for line in shop.lines if line.get("订单号") != f"'{number(100)}"]
    elif change == "no refund line":
        shop.lines = [line for line in shop.lines if line["售后编号"] != "'148000000000000002"]
    else:
        shop.refunds = [refund for refund in shop.refunds if refund["订单号"] != number(600)]
    shop.write(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    broken = report.variances.filter(pl.col("kind").cast(pl.String).is_in(["stop", "break", "review"]))
    rows = broken.select(pl.col("code").cast(pl.String), "order_id", "difference_minor").rows()
    assert rows == [(code, number(int(order)), difference)]


SETTLEMENTS = [
    "商家ID",
    "订单号",
    "商品ID",
    "商品名称",
    "商品数量",
    "订单创建时间",
    "订单实付(元)",
    "政府补贴",
    "支付营销补贴",
    "平台补贴",
    "商家补贴(元)",
    "达人补贴",
    "达人补贴明细",
    "合计收入(元)",
    "订单退款(元)",
    "支付营销回退（元）",
    "技术服务费(元)",
    "预售增收技术服务费（元）",
    "达人ID",
    "MCN机构ID",
    "达人佣金(元)",
    "团长id",
    "团长佣金(元)",
    "佣金模式",
    "快赚客ID",
    "快赚客佣金(元)",
    "服务商ID",
    "服务商佣金(元)",
    "分账基数",
    "其他收费",
    "其他收费明细",
    "合计支出(元)",
    "实际结算金额(元)",
    "实际结算时间",
    "结算规则",
    "资金渠道",
    "账户名称",
    "结算商户号",
    "备注",
    "消费金信息",
]
WALLET = [
    "账务流水号",
    "关联业务单号",
    "入账时间",
    "账务方向",
    "发生额（元）",
    "期末余额（元）",
    "业务类型",
    "描述",
    "备注",
]
KUAISHOU_ORDERS = [
    "订单号",
    "订单创建时间",
    "订单支付时间",
    "订单状态",
    "实付款",
    "快递费",
    "店铺优惠",
    "平台补贴",
    "主播补贴",
    "支付优惠",
    "支付方式",
    "订单载体",
    "商品名称",
    "SKU编码",
    "CPS达人ID",
    "发货时间",
]


class Kuaishou:
    """Rows of one Kuaishou shop in June 2026; the wallet begins with 1,000.00."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.settlements: list[Row] = []
        self.wallet: list[Row] = []
        self.fen = 100_000

    def order(self, n: int, paid: str, platform: str = "0.00", status: str = "交易成功", talent: str = "0.00") -> None:
        shipped = {"发货时间": "2026-06-02 09:00:00"} if status != "待付款" else {}
        times = {"订单支付时间": "2026-06-01 10:00:20"} if status != "待付款" else {}
        self.orders.append(
            {"订单号": ks(n), "订单创建时间": "2026-06-01 10:00:00", "订单状态": status, "实付款": paid, "快递费": "0.00", "店铺优惠": "0.00",
             "平台补贴": platform, "主播补贴": talent, "支付优惠": "0.00", "支付方式": "微信支付", "订单载体": "直播", "商品名称": "测试陶瓷杯",
             "SKU编码": "CUP-W", "CPS达人ID": "510001", **times, **shipped}
        )  # fmt: skip

    def settle(self, when: str, n: int, net: str, kind: str = "结算", **parts: str) -> None:
        """A row of the settlement bill and, at the same moment, its movement of the wallet."""
        money = {
            column: "0.00" for column in SETTLEMENTS if "元" in column or ("补贴" in column and "明细" not in column)
        }
        given = {next(c for c in SETTLEMENTS if c.split("(")[0].split("（")[0] == name): v for name, v in parts.items()}
        self.settlements.append(
            {**money, "商家ID": "90010001", "订单号": ks(n), "商品ID": "700001", "商品名称": "测试陶瓷杯", "商品数量": "1",
             "订单创建时间": "2026-06-01 10:00:00", "实际结算金额(元)": net, "实际结算时间": when, "结算规则": "确认收货结算", "资金渠道": "微信",
             "其他收费": "0.00", **given}
        )  # fmt: skip
        self.move(when, net, kind, ks(n))

    def move(self, when: str, net: str, kind: str, document: str = "", text: str = "") -> None:
        self.fen += round(float(net) * 100)
        self.wallet.append(
            {"账务流水号": f"KS202606{len(self.wallet):06d}", "关联业务单号": document, "入账时间": when,
             "账务方向": "支" if net.startswith("-") else "收", "发生额（元）": net.lstrip("-"), "期末余额（元）": f"{self.fen // 100}.{self.fen % 100:02d}",
             "业务类型": kind, "描述": text}
        )  # fmt: skip

    def write(self, folder: Path) -> None:
        write(folder / "kuaishou/live_k/结算账单_202606.csv", SETTLEMENTS, self.settlements)
        write(folder / "kuaishou/live_k/资金流水_202606.csv", WALLET, self.wallet)
        write(folder / "kuaishou/live_k/订单_202606.csv", KUAISHOU_ORDERS, self.orders)


def ks(n: int) -> str:
    return f"26060100000{n:05d}"


def kuaishou_month() -> Kuaishou:
    shop = Kuaishou()
    shop.order(1, "100.00", "5.00")
    shop.settle(
        "2026-06-12 03:10:00", 1, "92.90", 订单实付="100.00", 平台补贴="5.00", 技术服务费="2.10", 达人佣金="10.00"
    )
    shop.order(2, "60.00")  # 30.00 given back before settlement
    shop.settle("2026-06-12 03:10:01", 2, "29.40", 订单实付="60.00", 订单退款="30.00", 技术服务费="0.60")
    shop.order(3, "80.00", talent="4.00")  # 20.00 given back after settlement
    shop.settle("2026-06-12 03:10:02", 3, "82.40", 订单实付="80.00", 达人补贴="4.00", 技术服务费="1.60")
    shop.settle("2026-06-18 09:00:00", 3, "-20.00", "退款", 订单退款="20.00")
    shop.order(4, "50.00")  # a goodwill payment and a fine
    shop.settle("2026-06-13 03:10:00", 4, "49.00", 订单实付="50.00", 技术服务费="1.00")
    shop.move("2026-06-14 10:00:00", "-3.00", "赔付", ks(4), "晚揽立赔")
    shop.move("2026-06-14 11:00:00", "-2.00", "其他", ks(4), "小额打款")
    shop.order(5, "45.00", status="待付款")
    shop.order(6, "0.00")
    shop.order(7, "55.00", status="已发货")
    shop.move("2026-06-15 12:00:00", "-200.00", "提现", "TX0000001", "提现到银行卡")
    shop.move("2026-06-16 12:00:00", "-50.00", "保证金充值")
    shop.move("2026-06-17 12:00:00", "-30.00", "其他", text="磁力金牛充值")
    return shop


def test_every_usual_life_of_a_kuaishou_order_is_explained(tmp_path: Path) -> None:
    kuaishou_month().write(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    assert report.exit_code == 0
    found = report.orders.select("order_id", pl.col("disposition").cast(pl.String)).sort("order_id").rows()
    assert found == [
        (ks(1), "settled"), (ks(2), "settled"), (ks(3), "settled"), (ks(4), "settled"),
        (ks(5), "cancelled_unpaid"), (ks(6), "excluded"), (ks(7), "not_due"),
    ]  # fmt: skip
    account = report.accounts.row(0, named=True)
    assert (account["order_basis"], account["money_basis"]) == ("kuaishou.k1", "kuaishou.k2")


def test_kuaishou_settlement_that_never_came_is_overdue(tmp_path: Path) -> None:
    shop = kuaishou_month()
    shop.settlements = [row for row in shop.settlements if row["订单号"] != ks(4)]
    shop.wallet = [row for row in shop.wallet if row["关联业务单号"] != ks(4)]
    write(tmp_path / "in/live_k/结算账单_202606.csv", SETTLEMENTS, shop.settlements)
    write(tmp_path / "in/live_k/订单_202606.csv", KUAISHOU_ORDERS, shop.orders)
    report = run(tmp_path / "in", tmp_path / "out")
    rows = report.variances.filter(pl.col("code").cast(pl.String).is_in(["X02", "X01"]), order_id=ks(4))
    assert rows["difference_minor"].to_list() == [-5000]


@pytest.mark.parametrize(("way", "kind"), [("原路退款", "break"), ("极速退款", "timing")])
def test_a_fast_refund_waits_longer_for_its_line(tmp_path: Path, way: str, kind: str) -> None:
    shop = usual_month()
    shop.order(900, "80.00")
    shop.line(SETTLED, "78.40", "货款结算入账", 900, 订单实付应结="80.00", 平台服务费="-1.60")
    shop.refund(9, 900, "30.00", "2026-05-25 09:00:00")
    shop.write(tmp_path / "in")
    for refund in shop.refunds:
        refund["退款方式"] = way
    write(tmp_path / "in/douyin/live_a/售后单_202605.csv", [*AFTER_SALES, "退款方式"], shop.refunds)
    report = run(tmp_path / "in", tmp_path / "out")
    rows = report.variances.filter(pl.col("code").cast(pl.String) == "R01")
    assert rows.select("order_id", pl.col("kind").cast(pl.String)).rows() == [(number(900), kind)]
    items = report.open_items.filter(pl.col("order_id") == number(900))
    assert items["expected_by"].cast(pl.String).to_list() == ([] if kind == "break" else ["2026-06-09"])
