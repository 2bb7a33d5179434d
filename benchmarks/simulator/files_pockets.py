"""The side pockets of a Taobao shop: T4 aggregate account, T5 statement (witness), T7 deposit, T8 ads."""

from __future__ import annotations

from benchmarks.simulator.files_alipay import described
from benchmarks.simulator.files_taobao import receipt_shares
from benchmarks.simulator.model import Movement, ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

T4A = names("入账时间,支付流水号,淘宝订单编号,入账类型,收入金额（元）,支出金额,业务描述,备注")
T4B = names(
    "商家昵称,入帐日期,入帐时间,支付流水号,主订单id,子订单id,入帐类型,收入金额(元),支出金额(元),业务描述,备注,收/付渠道,数据创建时间,数据修改时间"
)
T5 = names(
    "账期,账单大类,业务大类,业务小类,订单号,子订单号,下单时间,确认收货时间,商品ID,sku,商品名称,数量,单价（元）,订单实际金额（元）,退款单号,退款金额（元）,收/付渠道,业务流水号,商户订单号,打款时间,打款更新时间,备注"
)
T7 = names("操作类型,,收支金额(元),业务描述,原因,操作时间")
T8 = names("交易日期,交易类型,收支类型,操作金额(元)")
MONEY = frozenset(
    names("收入金额（元）,支出金额,收入金额(元),支出金额(元),收支金额(元),操作金额(元),订单实际金额（元）")
)

T4_WORDS: dict[str, tuple[str, str, str]] = {
    "receipt": ("交易收款", "0010001|交易收款-交易收款", "订单{{{o}}}打款"),
    "refund": ("交易退款(售后)", "0020001|交易退款-余额退款", "订单{{{o}}}退款"),
    "tech_fee": ("服务费", "0030130|软件服务费-基础软件服务费", "基础软件服务费({s})扣款"),
    "commission": ("服务费", "0030003|软件服务费-类目软件服务费（原天猫佣金）", "天猫佣金（类目）{{{s}}}扣款"),
    "points": ("服务费", "0030001|软件服务费-天猫返点积分", "代扣返点积分{o}"),
    "affiliate": ("服务费", "0060011|营销支出-淘宝客佣金", "淘宝客佣金代扣款[{o}]"),
    "pay_later_fee": ("服务费", "", "先用后付技术服务费"),
    "withdrawal": ("其他", "", "淘宝平台提现"),
}
"""Kind of movement -> 入账类型, 业务描述, 备注."""


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """T4, T5, T7 and T8 of one shop, each only where it has lines."""
    out = []
    if lines := world.movements(f"{spec.name}:t4"):
        out.append(_t4(world, spec, lines))
    if lines := world.movements(f"{spec.name}:deposit"):
        out.append(_t7(world, spec, lines))
    if lines := world.movements(f"{spec.name}:ads"):
        out.append(_t8(world, spec, lines))
    out.append(_t5(world, spec))
    return out


def _t4(world: World, spec: ShopSpec, lines: list[Movement]) -> OutFile:
    columns = T4A if spec.t4 == "a" else T4B
    rows = []
    for movement in lines:
        raw_type, desc, remark = T4_WORDS[movement.kind]
        order = "" if movement.anonymous else movement.order_id
        remark = remark.format(o=order, s=movement.sub_id or order) if order or "{" not in remark else ""
        into = yuan(movement.amount) if movement.amount > 0 else ""
        out = yuan(-movement.amount) if movement.amount < 0 else ""
        at = f"{movement.at:%Y-%m-%d %H:%M:%S}"
        number = f"FP1202_{movement.txn_id}"
        if columns is T4A:
            rows.append([at, number, order, raw_type, into, out, desc, remark])
        else:
            sub = movement.sub_id or order
            rows.append(
                [
                    spec.title,
                    at[:10],
                    at,
                    number,
                    order,
                    sub,
                    raw_type,
                    into or "0.00",
                    out or "0.00",
                    desc,
                    remark,
                    "微信",
                    at,
                    at,
                ]
            )
    path = f"taobao/{spec.name}/聚合结算账户_收支明细_{world.period_start:%Y%m}.xlsx"
    table = Table(columns, rows, money=MONEY)
    profile = f"taobao.t4{spec.t4}"
    return described(OutFile(path, profile, spec.name, table, "xlsx", wallet=f"{spec.name}:t4"), lines)


def _t7(world: World, spec: ShopSpec, lines: list[Movement]) -> OutFile:
    rows = []
    for movement in lines:
        at = f"{movement.at:%Y-%m-%d %H:%M:%S}"
        out = movement.amount < 0
        desc = "0020002|交易退款-保证金退款" if out else "008002800015|保证金-淘宝-额度补齐缴存"
        reason = "售后退款" if out else "保证金充值"
        rows.append(["出账" if out else "入账", movement.order_id, yuan(movement.amount), desc, reason, at])
    path = f"taobao/{spec.name}/保证金明细_{world.period_start:%Y%m}.xlsx"
    table = Table(T7, rows, money=MONEY)
    return described(OutFile(path, "taobao.t7", spec.name, table, "xlsx", wallet=f"{spec.name}:deposit"), lines)


def _t8(world: World, spec: ShopSpec, lines: list[Movement]) -> OutFile:
    rows = []
    for movement in lines:
        spend = movement.amount < 0
        rows.append(
            [
                f"{movement.at:%Y-%m-%d}",
                "扣款" if spend else "充值",
                "支出" if spend else "收入",
                yuan(abs(movement.amount)),
            ]
        )
    name = f"{spec.name}_万相台_{world.period_start:%Y%m}.csv"
    file = OutFile(
        f"taobao/{spec.name}/{name}", "taobao.t8", spec.name, Table(T8, rows, money=MONEY), wallet=f"{spec.name}:ads"
    )
    file.rows, file.counted = len(lines), False  # a pocket inside the ad account: a reader may count or ignore it
    return file


def _t5(world: World, spec: ShopSpec) -> OutFile:
    """货款收入: the receipts of T6 and T4 once more, one row per sub order."""
    rows = []
    total = 0
    orders = {o.order_id: o for o in (*world.orders, *world.orphans) if o.shop == spec.name}
    lines = [
        m
        for p in ("main", "t4")
        for m in world.movements(f"{spec.name}:{p}")
        if m.kind == "receipt" and m.order_id in orders
    ]
    lines = [m for m in lines if not m.anonymous]
    for movement in sorted(lines, key=lambda m: (m.at, m.order_id)):
        order = orders[movement.order_id]
        at = f"{movement.at:%Y-%m-%d %H:%M:%S}"
        for index, amount in receipt_shares(order, movement):
            item = order.items[index]
            confirmed = f"{order.confirmed:%Y-%m-%d %H:%M:%S}" if order.confirmed else ""
            cells = {
                "账期": f"{world.period_start:%Y%m}", "账单大类": "货款收入", "业务大类": "交易货款", "业务小类": "货款",
                "订单号": order.order_id, "子订单号": item.sub_id, "下单时间": f"{order.created:%Y-%m-%d %H:%M:%S}",
                "确认收货时间": confirmed, "商品ID": item.goods_id, "sku": f"{index + 1}|{item.sku_text}#{item.title}",
                "商品名称": item.title, "数量": str(item.quantity), "单价（元）": yuan(item.price),
                "订单实际金额（元）": yuan(amount), "收/付渠道": "微信" if order.channel == "wechat" else "支付宝",
                "业务流水号": order.trade, "商户订单号": f"T200P{order.order_id}", "打款时间": at, "打款更新时间": at,
            }  # fmt: skip
            rows.append([cells.get(c, "") for c in T5])
            total += amount
    table = Table(T5, rows, money=MONEY, tabbed=frozenset(T5) - {"下单时间", "打款时间", "打款更新时间"})
    path = f"taobao/{spec.name}/收支账单_货款收入_{world.period_start:%Y%m}.csv"
    file = OutFile(path, "taobao.t5", spec.name, table, rows=len(rows))
    file.income, file.expense = total, 0
    file.first, file.last = min((m.at for m in lines), default=None), max((m.at for m in lines), default=None)
    return file
