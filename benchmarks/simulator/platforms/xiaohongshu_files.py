"""Xiaohongshu files: settlement per order X1 and per SKU X2, other services X4, the balance's ledger X5, orders X6.

`spec.shape`: "" (X1), sku (X2), both (the same money twice), magnitudes (X1 with fees printed without sign, X5 newest
first). The pocket of an order is told by its number; X5 shows the balance alone.
"""

from __future__ import annotations

from datetime import datetime

from benchmarks.simulator.model import Movement, Order, ShopSpec, World, yuan
from benchmarks.simulator.platforms.live import LedgerRow, described, rows_of
from benchmarks.simulator.tables import OutFile, Table, names

X1 = names(
    "订单号,售后单号,下单时间,结算时间,交易类型,结算账户,动账金额,计佣基数,商品实付/实退,运费实付/实退,平台优惠补贴,平台运费补贴,跨境税代缴,商品税金,运费税金,佣金,支付渠道费,分销佣金,代运营服务商佣金,代开发服务商佣金,花呗分期手续费,国补订单毛保金额,备注"
)
X2 = names(
    "订单号,售后单号,下单时间,完成时间,结算时间,交易类型,结算账户,动账金额,商品名称,类目,SKU条码,规格ID,商品数量,计佣基数,商品实付/实退,优惠类型,商家优惠,平台优惠补贴,平台运费补贴,佣金率,返利率,佣金总额,计税价格(含税),计税价格(未税),税率,跨境税代缴,商品税金,卖家CPS佣金率,分销佣金,推广达人ID,达人昵称,带货类型,代运营服务商佣金,代开发服务商佣金,运费,运费税金,支付渠道费,花呗分期手续费,国补订单毛保金额,备注"
)
MONEY = frozenset(
    names(
        "动账金额,计佣基数,商品实付/实退,运费实付/实退,平台优惠补贴,平台运费补贴,跨境税代缴,商品税金,运费税金,佣金,佣金总额,支付渠道费,分销佣金,代运营服务商佣金,代开发服务商佣金,花呗分期手续费,国补订单毛保金额,商家优惠,运费"
    )
)
X4 = names("业务款项,订单号,业务单据号,结算时间,结算账户,交易类型,动账金额,备注")
X5 = names("创建时间,交易类型描述,收入（元）,支出（元）,账户余额（元）,业务单号,备注")
X6 = names(
    "订单号,订单状态,售后状态,订单类型,订单标记,收件人姓名,收件人电话,收件人地址,省,市,区,区域编码,小红书编码,条形码,规格ID,达人ID,达人名称,SKU名称,SKU规格,SKU件数,是否为赠品,发票/Invoice,商品总价(元),用户应付金额(元),平台优惠(元),店铺优惠(元),支付渠道优惠(元),SKU商家改价(元),商家应收金额(元)（支付金额）,支付方式,支付渠道订单号,支付时间,包裹总运费(元),快递公司,快递单号,订单创建时间,订单发货时间,订单完成时间,店铺名称,用户编号,国补模式,商家编码,商品ID,商品名称"
)
SETTLED, REFUND = "结算入账", "退款"
HEADINGS = {
    "receipt": SETTLED, "coupon": SETTLED, "freight": SETTLED, "commission": SETTLED, "payment_fee": SETTLED,
    "affiliate": SETTLED, "refund": REFUND, "clawback": REFUND, "compensation": "小额打款", "penalty": "违约金",
    "withdrawal": "提现", "ad_transfer": "聚光充值", "deposit": "保证金扣除", "mystery": "星云计划",
}  # fmt: skip
SERVICES = ("小额打款", "违约金", "星云计划")
POCKETS = ("店铺余额", "微信", "支付宝")
FEE_COLUMNS = {"commission": "佣金", "payment_fee": "支付渠道费", "affiliate": "分销佣金"}
STATUS = {"unpaid": "待付款", "paid": "待发货", "shipped": "待收货", "finished": "已完成", "closed": "已取消"}


def pocket(move: Movement) -> str:
    """Where an order's money goes; everything else moves the balance."""
    if move.kind not in ("receipt", "coupon", "freight", "refund", "clawback") and move.kind not in FEE_COLUMNS:
        return POCKETS[0]
    return POCKETS[int(move.order_id[-1]) % 3] if move.order_id else POCKETS[0]


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one Xiaohongshu shop."""
    orders = {o.order_id: o for o in (*world.orders, *world.orphans) if o.shop == spec.name}
    rows = rows_of(world.movements(f"{spec.name}:main"), HEADINGS, REFUND)
    settled = [r for r in rows if r.heading in (SETTLED, REFUND)]
    out = [
        _services(world, spec, [r for r in rows if r.heading in SERVICES]),
        _ledger(world, spec, [r for r in rows if pocket(r.first) == POCKETS[0]]),
        _orders(world, spec),
    ]
    for level in {"sku": ("sku",), "both": ("order", "sku")}.get(spec.shape, ("order",)):
        out.append(_settlements(world, spec, settled, orders, level))
    return out


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def _settlements(world: World, spec: ShopSpec, rows: list[LedgerRow], orders: dict[str, Order], level: str) -> OutFile:
    """One workbook of all pockets."""
    columns = X2 if level == "sku" else X1
    cells = [_settlement(spec, row, orders.get(row.first.order_id)) for row in rows]
    table = Table(columns, [[c.get(name, "") for name in columns] for c in cells], money=MONEY, sheet="货款")
    name = "商品结算明细" if level == "sku" else "结算明细"
    path = f"xiaohongshu/{spec.name}/{name}_{world.period_start:%Y%m}.xlsx"
    profile = "xiaohongshu.x2" if level == "sku" else "xiaohongshu.x1"
    return described(OutFile(path, profile, spec.name, table, "xlsx", wallet=f"{spec.name}:main"), rows)


def _settlement(spec: ShopSpec, row: LedgerRow, order: Order | None) -> dict[str, str]:
    """Freight stands in its column; the platform's and the talent's part in one."""
    first = row.first
    paid, refund = row.total("receipt", "freight"), row.total("refund")
    freight = order.freight if order and paid else 0
    back = order.freight if order and order.freight and refund and -refund >= order.buyer_paid else 0
    sign = -1 if spec.shape == "magnitudes" else 1
    fees = {column: sign * row.total(kind) for kind, column in FEE_COLUMNS.items()}
    money = {
        "动账金额": row.net, "计佣基数": paid + refund, "商品实付/实退": paid + refund - freight + back, "运费": freight - back,
        "运费实付/实退": freight - back, "平台优惠补贴": row.total("coupon", "clawback"), "佣金总额": fees["佣金"], **fees,
        "商家优惠": order.merchant_discount if order and paid else 0,
    }  # fmt: skip
    item = order.items[0] if order else None
    return dict.fromkeys(MONEY, "0.00") | {name: yuan(minor) for name, minor in money.items()} | {
        "订单号": "" if first.anonymous else first.order_id, "售后单号": first.refund_id, "下单时间": _when(order.created if order else None),
        "完成时间": _when(order.confirmed if order else None), "结算时间": _when(first.at), "交易类型": row.heading,
        "结算账户": pocket(first), "商品名称": item.title if item else "", "类目": "家居", "SKU条码": "6900000000001",
        "规格ID": sku_of(order) if order else "", "商品数量": str(item.quantity) if item else "1", "佣金率": "5%",
        "税率": "13%", "带货类型": "商家自营",
    }  # fmt: skip


def sku_of(order: Order) -> str:
    """The SKU number of the order's goods."""
    return f"65{order.items[0].goods_id:0>22}"


def _services(world: World, spec: ShopSpec, rows: list[LedgerRow]) -> OutFile:
    cells = [
        [r.heading, r.first.order_id, f"D{r.first.txn_id[-11:]}", _when(r.first.at), POCKETS[0], "支出" if r.net < 0 else "收入",
         yuan(r.net), ""]
        for r in rows
    ]  # fmt: skip
    table = Table(X4, cells, money=frozenset({"动账金额"}), sheet="其他服务款")
    path = f"xiaohongshu/{spec.name}/其他服务款_{world.period_start:%Y%m}.xlsx"
    return described(OutFile(path, "xiaohongshu.x4", spec.name, table, "xlsx", wallet=f"{spec.name}:main"), rows)


def _ledger(world: World, spec: ShopSpec, rows: list[LedgerRow]) -> OutFile:
    balance, cells = 1_000_000, []
    for row in rows:
        balance += row.net
        number = "" if row.first.anonymous else row.first.order_id
        document = f"D{row.first.txn_id[-11:]}" if row.heading in SERVICES else number or f"W{row.first.txn_id[-9:]}"
        into, out = (yuan(row.net), "") if row.net > 0 else ("", yuan(-row.net))
        cells.append([_when(row.first.at), row.heading, into, out, yuan(balance), document, ""])
    if spec.shape == "magnitudes":
        cells.reverse()
    table = Table(X5, cells, money=frozenset(names("收入（元）,支出（元）,账户余额（元）")))
    stem = f"xiaohongshu/{spec.name}/动账明细_{world.period_start:%Y%m}"
    wallet = f"{spec.name}:main"
    if spec.shape == "sku":
        return described(
            OutFile(f"{stem}.csv", "xiaohongshu.x5", spec.name, table, encoding="utf-8-sig", wallet=wallet), rows
        )
    return described(OutFile(f"{stem}.xlsx", "xiaohongshu.x5", spec.name, table, "xlsx", wallet=wallet), rows)


def order_cells(order: Order, at: datetime) -> dict[str, str]:
    """Every printable column of X6 for one order, as an export at `at` shows it."""
    item = order.items[0]

    def when(moment: datetime | None) -> str:
        return _when(moment) if moment and moment <= at else ""

    money = {
        "商品总价(元)": order.goods, "用户应付金额(元)": order.buyer_paid, "平台优惠(元)": order.platform_due,
        "店铺优惠(元)": order.merchant_discount, "支付渠道优惠(元)": 0, "SKU商家改价(元)": 0,
        "商家应收金额(元)（支付金额）": order.buyer_paid + order.platform_due, "包裹总运费(元)": order.freight,
    }  # fmt: skip
    return {name: yuan(minor) for name, minor in money.items()} | {
        "订单号": order.order_id, "订单状态": STATUS[order.status(at)], "售后状态": "售后完成" if order.refunds else "无售后",
        "订单类型": "普通订单", "收件人姓名": "张*", "收件人电话": "1**********", "收件人地址": "***", "省": "上海", "市": "上海市",
        "小红书编码": "100001", "条形码": "6900000000001", "规格ID": sku_of(order), "SKU名称": item.title, "SKU规格": item.sku_text,
        "SKU件数": str(item.quantity), "是否为赠品": "是" if order.story == "gift" else "否", "支付方式": "微信支付",
        "支付时间": when(order.paid), "快递公司": "示例快递" if order.shipped else "", "订单创建时间": _when(order.created),
        "订单发货时间": when(order.shipped), "订单完成时间": when(order.confirmed), "店铺名称": "示例小红书店",
        "商家编码": item.sku_code, "商品ID": item.goods_id, "商品名称": item.title,
    }  # fmt: skip


def _orders(world: World, spec: ShopSpec) -> OutFile:
    mine = [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]
    rows = [[cells.get(name, "") for name in X6] for cells in (order_cells(o, world.snapshot) for o in mine)]
    money = frozenset(c for c in X6 if "(元)" in c)
    path = f"xiaohongshu/{spec.name}/订单_{world.snapshot:%Y%m%d}.xlsx"
    return OutFile(path, "xiaohongshu.x6", spec.name, Table(X6, rows, money=money), "xlsx", rows=len(rows))
