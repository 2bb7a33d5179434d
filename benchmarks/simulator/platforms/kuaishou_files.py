"""Kuaishou files: settlement bill K1 (40 columns, or the older ones), wallet K2, freight insurance K3, orders K4.

`spec.shape`: "" (K1 xlsx, K2 CSV in UTF-8), older (K1 an .xls that is an HTML table, K2 xlsx with 财务方式).
"""

from __future__ import annotations

from datetime import datetime

from benchmarks.simulator.model import Order, ShopSpec, World, share, yuan
from benchmarks.simulator.platforms.live import LedgerRow, described, rows_of
from benchmarks.simulator.tables import OutFile, Table, names

K1 = names(
    "商家ID,订单号,商品ID,商品名称,商品数量,订单创建时间,订单实付(元),政府补贴,支付营销补贴,平台补贴,商家补贴(元),达人补贴,达人补贴明细,合计收入(元),订单退款(元),支付营销回退（元）,技术服务费(元),预售增收技术服务费（元）,达人ID,MCN机构ID,达人佣金(元),团长id,团长佣金(元),佣金模式,快赚客ID,快赚客佣金(元),服务商ID,服务商佣金(元),分账基数,其他收费,其他收费明细,合计支出(元),实际结算金额(元),实际结算时间,结算规则,资金渠道,账户名称,结算商户号,备注,消费金信息"
)
OLDER = {"平台补贴": "平台补贴(元)", "达人补贴": "主播补贴(元)", "达人补贴明细": "主播补贴明细"}
K1_OLD = [OLDER.get(c, c) for c in K1 if c not in ("政府补贴", "支付营销补贴", "支付营销回退（元）")]
K1_MONEY = frozenset(c for c in (*K1, *K1_OLD) if ("元" in c or "补贴" in c or c == "其他收费") and "明细" not in c)
K2 = names("账务流水号,关联业务单号,入账时间,账务方向,发生额（元）,期末余额（元）,业务类型,描述,备注")
K3 = names("订单编号,服务费用（元）,商家承担服务费用（元）,平台补贴费用（元）,生效时间,收费编号")
K4 = names(
    "订单号,赠品订单号,活动订单编号,订单创建时间,订单支付时间,预售定金支付时间,订单状态,实付款,快递费,店铺优惠,平台补贴,主播补贴,混资活动优惠,支付优惠,支付方式,成交数量,买家留言,账号类型,订单备注,旗帜颜色,售后状态,订单载体,商品名称,商品ID,商品规格,SKU编码,商品单价,渠道,CPS达人ID,CPS达人昵称,预估推广佣金,收货人姓名,收货人电话,收货地址,发货时间,快递公司,快递单号,国补/类国补/消费券"
)
SETTLED = "结算"
TYPES = {
    "receipt": SETTLED, "coupon": SETTLED, "tech_fee": SETTLED, "affiliate": SETTLED, "refund": "退款",
    "compensation": "其他", "penalty": "赔付", "withdrawal": "提现", "ad_transfer": "其他", "deposit": "保证金充值",
    "mystery": "星云计划",
}  # fmt: skip
TEXTS = {
    "receipt": "订单结算", "compensation": "小额打款", "penalty": "晚揽立赔", "withdrawal": "提现到银行卡",
    "ad_transfer": "磁力金牛充值",
}  # fmt: skip
STATUS = {"unpaid": "待付款", "paid": "待发货", "shipped": "已发货", "finished": "交易成功", "closed": "交易失败"}


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one Kuaishou shop."""
    orders = {o.order_id: o for o in (*world.orders, *world.orphans) if o.shop == spec.name}
    rows = rows_of(world.movements(f"{spec.name}:main"), TYPES, SETTLED)
    settled = [
        r for r in rows if r.heading in (SETTLED, "退款") and r.first.order_id in orders and not r.first.anonymous
    ]
    return [
        _settlements(world, spec, settled, orders), _wallet(world, spec, rows), _insurance(world, spec, orders),
        _orders(world, spec),
    ]  # fmt: skip


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _settlements(world: World, spec: ShopSpec, rows: list[LedgerRow], orders: dict[str, Order]) -> OutFile:
    columns = K1_OLD if spec.shape == "older" else K1
    cells = [_settlement(row, orders[row.first.order_id]) for row in rows]
    table = Table(columns, [[c[name] for name in columns] for c in cells], money=K1_MONEY)
    stem = f"kuaishou/{spec.name}/结算账单_{world.period_start:%Y%m}"
    wallet = f"{spec.name}:main"
    if spec.shape == "older":
        return described(OutFile(f"{stem}.xls", "kuaishou.k1", spec.name, table, "html", wallet=wallet), rows)
    return described(OutFile(f"{stem}.xlsx", "kuaishou.k1", spec.name, table, "xlsx", wallet=wallet), rows)


def _settlement(row: LedgerRow, order: Order) -> dict[str, str]:
    """Magnitudes, as K1 prints them; the column tells the direction."""
    platform = row.total("coupon")
    talent = share(platform, order.pay_discount, order.platform_due)
    paid, refund = row.total("receipt"), -row.total("refund")
    tech, affiliate = -row.total("tech_fee"), -row.total("affiliate")
    assert paid + platform - refund - tech - affiliate == row.net, order.order_id
    money = {
        "订单实付(元)": paid, "平台补贴": platform - talent, "平台补贴(元)": platform - talent, "达人补贴": talent,
        "主播补贴(元)": talent, "商家补贴(元)": order.merchant_discount if paid else 0, "合计收入(元)": paid + platform,
        "订单退款(元)": refund, "技术服务费(元)": tech, "达人佣金(元)": affiliate, "合计支出(元)": tech + affiliate,
        "实际结算金额(元)": row.net,
    }  # fmt: skip
    empty = {name: "0.00" if name in K1_MONEY else "" for name in (*K1, *K1_OLD)}
    return empty | {name: yuan(minor) for name, minor in money.items()} | {
        "商家ID": "90010001", "订单号": order.order_id, "商品ID": order.items[0].goods_id, "商品名称": order.items[0].title,
        "商品数量": str(order.items[0].quantity), "订单创建时间": _when(order.created), "达人ID": "510001" if affiliate else "",
        "分账基数": yuan(paid - refund) if paid else "0.00", "实际结算时间": _when(row.first.at), "结算规则": "确认收货结算",
        "资金渠道": "微信", "账户名称": "示例店", "结算商户号": "1600000001",
    }  # fmt: skip


def _wallet(world: World, spec: ShopSpec, rows: list[LedgerRow]) -> OutFile:
    cells = []
    for row in rows:
        first = row.first
        number = first.order_id if not first.anonymous else ""
        text = f"退款快手电商订单编号{number}" if first.kind == "refund" else TEXTS.get(first.kind, "")
        document = f"TX{first.txn_id[-9:]}" if first.kind == "withdrawal" else number
        cells.append([
            f"KS{first.txn_id}", document, _when(first.at), "支" if row.net < 0 else "收", yuan(abs(row.net)),
            yuan(row.moves[-1].balance), row.heading, text, "",
        ])  # fmt: skip
    columns = ["财务方式" if c == "账务方向" and spec.shape == "older" else c for c in K2]
    table = Table(columns, cells, money=frozenset(["发生额（元）", "期末余额（元）"]))
    stem = f"kuaishou/{spec.name}/资金流水_{world.period_start:%Y%m}"
    wallet = f"{spec.name}:main"
    if spec.shape == "older":
        return described(OutFile(f"{stem}.xlsx", "kuaishou.k2", spec.name, table, "xlsx", wallet=wallet), rows)
    return described(OutFile(f"{stem}.csv", "kuaishou.k2", spec.name, table, encoding="utf-8-sig", wallet=wallet), rows)


def _insurance(world: World, spec: ShopSpec, orders: dict[str, Order]) -> OutFile:
    insured = [o for o in orders.values() if o.paid and world.in_bill(o.paid) and o.exported][:5]
    rows = [[o.order_id, "0.80", "0.50", "0.30", _when(o.paid or o.created), f"SF{o.order_id[-7:]}"] for o in insured]
    table = Table(K3, rows, ["退货补运费明细"], money=frozenset(K3[1:4]))
    path = f"kuaishou/{spec.name}/退货补运费_{world.period_start:%Y%m}.xlsx"
    file = OutFile(path, "kuaishou.k3", spec.name, table, "xlsx", rows=len(rows))
    file.counted = False
    return file


def order_cells(order: Order, at: datetime) -> dict[str, str]:
    """Every printable column of K4 for one order, as an export at `at` shows it."""
    item = order.items[0]

    def when(moment: datetime | None) -> str:
        return _when(moment) if moment and moment <= at else ""

    return {
        "订单号": order.order_id, "订单创建时间": _when(order.created), "订单支付时间": when(order.paid),
        "订单状态": STATUS[order.status(at)], "实付款": yuan(order.buyer_paid), "快递费": yuan(order.freight),
        "店铺优惠": yuan(order.merchant_discount), "平台补贴": yuan(order.coupon), "主播补贴": yuan(order.pay_discount),
        "混资活动优惠": "0.00", "支付优惠": "0.00", "支付方式": "微信支付", "成交数量": str(item.quantity),
        "售后状态": "售后成功" if order.refunds else "", "订单载体": "直播", "商品名称": item.title, "商品ID": item.goods_id,
        "商品规格": item.sku_text, "SKU编码": item.sku_code, "商品单价": yuan(item.price), "渠道": "直播间",
        "CPS达人ID": "510001" if order.story == "affiliate" else "", "收货人姓名": "张*", "收货人电话": "1**********",
        "收货地址": "***", "发货时间": when(order.shipped),
    }  # fmt: skip


def _orders(world: World, spec: ShopSpec) -> OutFile:
    mine = [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]
    rows = [[cells.get(name, "") for name in K4] for cells in (order_cells(o, world.snapshot) for o in mine)]
    table = Table(
        K4, rows, money=frozenset(names("实付款,快递费,店铺优惠,平台补贴,主播补贴,混资活动优惠,支付优惠,商品单价"))
    )
    stem = f"kuaishou/{spec.name}/订单_{world.snapshot:%Y%m%d}"
    if spec.shape == "older":
        return OutFile(f"{stem}.xlsx", "kuaishou.k4", spec.name, table, "xlsx", rows=len(rows))
    return OutFile(f"{stem}.csv", "kuaishou.k4", spec.name, table, rows=len(rows))
