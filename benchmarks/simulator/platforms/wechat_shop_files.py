"""WeChat shop files: fund flow W1, orders W2 (one row per goods line), inspection fees W3, after-sales W4."""

from __future__ import annotations

from datetime import datetime

from benchmarks.simulator.model import Movement, Order, ShopSpec, World, at_rate, yuan
from benchmarks.simulator.tables import OutFile, Table, names

W1 = names(
    "流水单号,记账时间,动帐类型,收支类型,收支金额,账户余额,关联订单号,关联售后单号,关联提现单号,关联保单号,关联礼物单号,详情"
)
W2 = names(
    "订单号,订单下单时间,订单发货时间,订单确认收货时间,订单完成结算时间,订单状态,发货方式,收件人姓名,收件人地址,省,市,区,收件人手机,买家备注,商家备注,打标颜色,商品总价,订单实际支付金额,订单实际收款金额,订单运费,商品优惠,跨店优惠,商品改价,积分抵扣,支付方式,支付时间,交易单号,物流公司,快递单号,技术服务费,技术服务费（将以人气卡形式返还）,运费险预计投保费用,带货方式,带货账号类型,带货账号昵称,带货费用渠道,带货费用类型,带货费用,带货佣金率,礼物单号,商品名称,商品编码(平台),商品编码(自定义),SKU编码(自定义),商品属性,商品价格(单件),商品实际价格(单件),商品实际价格(总共),是否预售,商品数量,商品平台券优惠,商品平均运费,定制信息,定制预览图,商品发货,商品售后,商品已退款金额"
)
W2_MONEY = frozenset(
    c for c in W2 if "金额" in c or "优惠" in c or c.startswith(("商品价格", "商品实际价格", "技术服务费"))
)
W3 = names(
    "订单编号,质检仓,质检机构,质检状态,结算状态,预扣物流费,预扣包装盒费,预扣首饰盒费,预扣服务费,预扣质检费,预扣合单费,预扣合计,实扣物流费,实扣包装盒费,实扣首饰盒费,实扣服务费,实扣质检费,实扣合单费,实扣合计,已补差,已退回,结算欠款"
)
W4 = names("售后单号,订单号,商品名称,售后类型,售后状态,退款金额,申请时间,完成时间")
TYPES = {
    "receipt": "订单支付", "refund": "订单退款", "tech_fee": "技术服务费", "affiliate": "达人佣金", "insurance": "运费险",
    "fast_advance": "极速退款垫资金", "fast_repaid": "极速退款垫资回补", "traffic_card": "返佣人气卡", "withdrawal": "提现",
    "withdrawal_back": "提现失败退票", "mystery": "星云计划",
}  # fmt: skip
STATUS = {"unpaid": "待付款", "paid": "待发货", "shipped": "待收货", "finished": "已完成"}
CANCELLED = {"退款": "全部商品售后之后，订单取消", "超时未付款": "未付款用户主动取消或超时未付款订单自动取消"}


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one WeChat shop."""
    out = [_flow(world, spec), _orders(world, spec), _inspection(world, spec)]
    return [*out, _after_sales(world, spec)] if spec.after_sales else out


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def _rows(moves: list[Movement]) -> list[tuple[Movement, ...]]:
    """Movements that stand on one row: a refund and the fee that comes back with it."""
    rows: list[tuple[Movement, ...]] = []
    for move in moves:
        last = rows[-1][0] if rows else None
        back = move.kind == "tech_fee" and move.amount > 0 and last is not None and last.kind == "refund"
        if back and last is not None and (last.refund_id, last.at) == (move.refund_id, move.at):
            rows[-1] = (*rows[-1], move)
        else:
            rows.append((move,))
    return rows


def _detail(row: tuple[Movement, ...]) -> str:
    first = row[0]
    if first.kind != "refund":
        return ""
    fee = sum(m.amount for m in row[1:]) or at_rate(-first.amount, 60)  # named even where it stays with the platform
    return f"退款总金额{yuan(-first.amount)}元;含手续费{yuan(fee)}元"


def _flow(world: World, spec: ShopSpec) -> OutFile:
    wallet = f"{spec.name}:main"
    presents = {o.order_id: f"G{o.order_id[-9:]}" for o in world.orders if o.story == "present"}
    rows = _rows(world.movements(wallet))
    cells = []
    for row in rows:
        first, net = row[0], sum(m.amount for m in row)
        about = "" if first.anonymous else first.trade if spec.shape == "payment" and first.trade else first.order_id
        payout = f"TX{first.txn_id[-9:]}" if first.kind.startswith("withdrawal") else ""
        cells.append([
            f"1{first.txn_id:0>19}", _when(first.at), TYPES[first.kind], "收入" if net > 0 else "支出",
            yuan(net if spec.shape == "net" else abs(net)), yuan(row[-1].balance), about, first.refund_id, payout, "",
            presents.get(first.order_id, ""), _detail(row),
        ])  # fmt: skip
    money = frozenset(["收支金额", "账户余额"])
    stem = f"wechat_shop/{spec.name}/资金流水_{world.period_start:%Y%m}"
    if spec.shape == "net":
        columns = [c for c in W1 if c != "关联礼物单号"]
        table = Table(columns, [[*c[:10], c[11]] for c in cells], money=money)
        file = OutFile(f"{stem}.xlsx", "wechat_shop.w1", spec.name, table, "xlsx", wallet=wallet)
    else:
        table = Table(W1, cells, money=money)
        file = OutFile(f"{stem}.csv", "wechat_shop.w1", spec.name, table, encoding="utf-8-sig", wallet=wallet)
    nets = [sum(m.amount for m in row) for row in rows]
    file.rows, file.income, file.expense = len(rows), sum(n for n in nets if n > 0), sum(n for n in nets if n < 0)
    file.first, file.last = rows[0][0].at if rows else None, rows[-1][0].at if rows else None
    return file


def _order_rows(order: Order, at: datetime) -> list[list[str]]:
    """One row per goods line; the money of the order stands on each of them."""

    def when(moment: datetime | None) -> str:
        return _when(moment) if moment and moment <= at else ""

    status = order.status(at)
    text = CANCELLED[order.close_reason] if status == "closed" else STATUS[status]
    paid = bool(when(order.paid))
    fee = -sum(m.amount for m in order.lines if m.kind == "tech_fee" and m.amount < 0)
    head = {
        "订单号": order.order_id, "订单下单时间": _when(order.created), "订单发货时间": when(order.shipped),
        "订单确认收货时间": when(order.confirmed), "订单状态": text, "发货方式": "快递", "收件人姓名": "张*",
        "收件人地址": "***", "收件人手机": "1**********", "商品总价": yuan(order.goods),
        "订单实际支付金额": yuan(order.buyer_paid if paid else 0),
        "订单实际收款金额": yuan(order.buyer_paid + order.platform_due if paid else 0), "订单运费": yuan(order.freight),
        "商品优惠": yuan(order.merchant_discount), "跨店优惠": "0.00", "商品改价": "0.00", "积分抵扣": "0.00",
        "支付方式": "微信支付" if paid else "", "支付时间": when(order.paid), "交易单号": order.trade if paid else "",
        "技术服务费": yuan(fee), "技术服务费（将以人气卡形式返还）": "0.00", "运费险预计投保费用": "0.00",
        "带货方式": "达人带货" if order.story == "affiliate" else "无",
        "礼物单号": f"G{order.order_id[-9:]}" if order.story == "present" else "", "是否预售": "否", "商品平均运费": "0.00",
        "商品发货": "已发货" if when(order.shipped) else "未发货", "商品已退款金额": "0.00",
    }  # fmt: skip
    rows = []
    for item in order.items:
        goods = {
            "商品名称": item.title, "商品编码(平台)": item.goods_id, "SKU编码(自定义)": item.sku_code,
            "商品属性": item.sku_text, "商品价格(单件)": yuan(item.price), "商品实际价格(单件)": yuan(item.price),
            "商品实际价格(总共)": yuan(item.paid), "商品数量": str(item.quantity), "商品平台券优惠": yuan(order.coupon),
        }  # fmt: skip
        cells = head | goods
        rows.append([cells.get(name, "") for name in W2])
    return rows


def _orders(world: World, spec: ShopSpec) -> OutFile:
    mine = [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]
    rows = [row for order in mine for row in _order_rows(order, world.snapshot)]
    table = Table(W2, rows, money=W2_MONEY)
    stem = f"wechat_shop/{spec.name}/订单_{world.snapshot:%Y%m%d}"
    if spec.shape == "net":
        return OutFile(f"{stem}.xlsx", "wechat_shop.w2", spec.name, table, "xlsx", rows=len(rows))
    return OutFile(f"{stem}.csv", "wechat_shop.w2", spec.name, table, encoding="utf-8-sig", rows=len(rows))


def _inspection(world: World, spec: ShopSpec) -> OutFile:
    shipped = [o for o in world.orders if o.shop == spec.name and o.shipped and world.in_bill(o.shipped)][:3]
    fees = ["8.00", "2.00", "0.00", "1.00", "5.00", "0.00", "16.00"]
    rows = [
        [o.order_id, "示例仓", "示例机构", "已发货", "已结算", *fees, *fees, "0.00", "0.00", "0.00"] for o in shipped
    ]
    path = f"wechat_shop/{spec.name}/质检费用_{world.period_start:%Y%m}.csv"
    file = OutFile(path, "wechat_shop.w3", spec.name, Table(W3, rows), encoding="utf-8-sig", rows=len(rows))
    file.counted = False
    return file


def _after_sales(world: World, spec: ShopSpec) -> OutFile:
    rows = []
    for order in (o for o in (*world.orders, *world.orphans) if o.shop == spec.name):
        for refund in order.refunds:
            if not refund.documented or refund.applied > world.snapshot:
                continue
            done = refund.completed <= world.snapshot
            text = {"done": "退款完成", "rejected": "用户取消"}[refund.state] if done else "待商家处理"
            rows.append([
                refund.refund_id, order.order_id, order.items[0].title, "退货退款" if refund.returned else "仅退款", text,
                yuan(refund.amount), _when(refund.applied), _when(refund.completed) if done else "",
            ])  # fmt: skip
    table = Table(W4, rows, money=frozenset(["退款金额"]))
    path = f"wechat_shop/{spec.name}/售后_{world.snapshot:%Y%m%d}.csv"
    return OutFile(path, "wechat_shop.w4", spec.name, table, encoding="utf-8-sig", rows=len(rows))
