"""Taobao and Tmall files: T1 orders, T2 items, T3 refunds, T4 aggregate account, T5 statement, T7 deposit, T8 ads."""

from __future__ import annotations

from datetime import datetime

from benchmarks.simulator.model import Movement, Order, ShopSpec, World, share, yuan
from benchmarks.simulator.tables import OutFile, Table, names

T1_OLD = names(
    "订单编号,买家会员名,买家支付宝账号,支付交易号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,订单创建时间,订单付款时间,宝贝标题 ,宝贝种类,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,定金排名(特权订金订单id),修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,买家姓名,买家身份证号,买家手机号"
)
T1_NEW = names(
    "订单编号,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,收货地址,运送方式,订单创建时间,订单付款时间,商品标题,宝贝种类,物流单号,物流公司,备注标签,商家备注,宝贝总数量,店铺名称,开票信息,手机订单,商品属性SKU,退款金额,是否主动赔付,主动赔付金额,主动赔付出账时间,C2B小额收款,确认收货打款金额,含应开票给个人红包,总金额(旧版),发货时间,确认收货时间,订单关闭原因,商家编码"
)
T1_SOME = names(
    "订单编号,订单状态,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实付金额,退款金额,确认收货打款金额,订单创建时间,订单付款时间,发货时间,确认收货时间,商品标题,宝贝总数量,店铺名称,订单关闭原因"
)
T2_OLD = names("订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,创建时间")
T2_NEW = names(
    "子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,订单状态,商家编码,买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,商品ID,发货时间,物流单号,物流公司"
)
T3 = names(
    "退款编号,订单编号,支付宝交易号,订单付款时间,商品编码,退款完结时间,买家实际支付金额,宝贝标题,买家退款金额,手工退款_系统退款,是否需要退货,退款的申请时间,退款状态,货物状态,发货物流信息,客服介入状态,卖家真实姓名,买家退款原因,买家退款说明,部分退款_全部退款"
)
MONEY = frozenset(
    names(
        "买家应付货款,买家应付邮费,总金额,买家实付金额,买家实际支付金额,退款金额,主动赔付金额,C2B小额收款,确认收货打款金额,总金额(旧版),商品价格,价格,买家退款金额"
    )
)
STATUS = {
    "unpaid": "等待买家付款", "paid": "买家已付款,等待卖家发货", "shipped": "卖家已发货，等待买家确认",
    "finished": "交易成功", "closed": "交易关闭",
}  # fmt: skip


def when(moment: datetime | None, at: datetime) -> str:
    """The time as text, empty where it has not come by `at`."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment and moment <= at else ""


def released(order: Order, at: datetime) -> int:
    """确认收货打款金额: what is paid out at confirmation, net of refunds completed before it."""
    if order.status(at) != "finished":
        return 0
    assert order.confirmed
    early = sum(r.amount for r in order.refunds if r.state == "done" and r.completed <= order.confirmed)
    return order.buyer_paid + order.platform_due - early


def order_cells(spec: ShopSpec, order: Order, at: datetime) -> dict[str, str]:
    """Every printable column of T1, old and new, for one order."""
    status = order.status(at)
    paid = order.paid is not None and order.paid <= at
    shipped = when(order.shipped, at)
    refunded = sum(r.amount for r in order.refunds if r.state == "done" and r.completed <= at)
    channel = "支付方式：微信支付" if order.channel == "wechat" else "支付方式：支付宝"
    title = "，".join(i.title for i in order.items)
    return {
        "订单编号": order.order_id, "支付单号": order.trade if paid else "", "支付交易号": order.trade if paid else "",
        "支付详情": channel if paid else "", "买家应付货款": yuan(order.goods - order.merchant_discount),
        "买家应付邮费": yuan(order.freight), "总金额": yuan(order.goods - order.merchant_discount + order.freight),
        "总金额(旧版)": yuan(order.goods + order.freight), "买家实付金额": yuan(order.buyer_paid if paid else 0),
        "买家实际支付金额": yuan(order.buyer_paid if paid else 0), "订单状态": STATUS[status], "运送方式": "快递",
        "订单创建时间": when(order.created, at), "订单付款时间": when(order.paid, at), "商品标题": title, "宝贝标题 ": title,
        "宝贝种类": str(len(order.items)), "物流单号": f"No:YT{order.order_id[:13]}" if shipped else "",
        "物流单号 ": f"No:YT{order.order_id[:13]}" if shipped else "", "物流公司": "示例快递" if shipped else "",
        "宝贝总数量": str(sum(i.quantity for i in order.items)), "店铺名称": spec.title, "手机订单": "手机订单",
        "商品属性SKU": order.items[0].sku_text, "退款金额": yuan(refunded), "是否主动赔付": "否", "主动赔付金额": "0.00",
        "C2B小额收款": "0.00", "确认收货打款金额": yuan(released(order, at)), "含应开票给个人红包": "0.00", "发货时间": shipped,
        "确认收货时间": when(order.confirmed, at), "商家编码": order.items[0].sku_code,
        "订单关闭原因": order.close_reason if status == "closed" else "订单未关闭",
        "买家支付积分": "0", "返点积分": "0", "买家实际支付积分": "0", "店铺Id": "0", "卖家服务费": "0元", "买家服务费": "0元",
        "天猫卡券抵扣": f"{yuan(order.coupon)}元" if order.coupon else "", "集分宝抵扣": "",
        "是否手机订单": "手机订单", "是否是O2O交易": "", "异常信息": "",
    }  # fmt: skip


def mine(world: World, spec: ShopSpec) -> list[Order]:
    """The exported orders of one shop in the order of creation."""
    return [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one Taobao shop except its Alipay wallet."""
    out = orders_files(world, spec, world.snapshot) + item_files(world, spec)
    if spec.after_sales:
        out.append(refunds_file(world, spec))
    return out


def orders_files(world: World, spec: ShopSpec, at: datetime) -> list[OutFile]:
    """T1 in the shape `spec.t1` names: xlsx, picked, html, old, split (old first, then html)."""
    known = [o for o in mine(world, spec) if o.created <= at]
    old = [o for o in known if world.old_layout(o)]
    new = [o for o in known if not world.old_layout(o)]
    out = []
    if old:
        out.append(_t1(spec, old, at, T1_OLD, f"ExportOrderList{old[0].created:%Y%m%d%H%M}.csv", "csv"))
    if new:
        shape = "html" if spec.t1 == "split" else spec.t1
        stem = f"ExportOrderList{at:%Y%m%d%H%M}"
        if shape == "html":
            out.append(_t1(spec, new, at, T1_NEW, f"{stem}.xls", "html"))
        else:
            out.append(_t1(spec, new, at, T1_SOME if shape == "picked" else T1_NEW, f"{stem}.xlsx", "xlsx"))
    return out


def _t1(spec: ShopSpec, orders: list[Order], at: datetime, columns: list[str], name: str, container: str) -> OutFile:
    rows = [[cells.get(c, "") for c in columns] for cells in (order_cells(spec, o, at) for o in orders)]
    wrapped = frozenset(["订单编号", "支付交易号"]) if container == "csv" else frozenset()
    table = Table(columns, rows, money=MONEY, wrapped=wrapped, sheet="export")
    path = f"taobao/{spec.name}/{name}"
    file = OutFile(path, "taobao.t1", spec.name, table, container, encoding="gbk", rows=len(rows))  # type: ignore[arg-type]
    file.lying_dimension = container == "xlsx"
    return file


def item_files(world: World, spec: ShopSpec) -> list[OutFile]:
    """T2: old for the orders of an old T1, new for the others."""
    known = mine(world, spec)
    at = world.snapshot
    old = [
        [o.order_id, i.title, yuan(i.price), str(i.quantity), i.sku_code, i.sku_text, "", "", STATUS[o.status(at)],
         i.sku_code, when(o.created, at)]
        for o in known if world.old_layout(o) for i in o.items
    ]  # fmt: skip
    new = [_item_row(o, index, at) for o in known if not world.old_layout(o) for index in range(len(o.items))]
    out = []
    folder = f"taobao/{spec.name}"
    if old:
        table = Table(T2_OLD, old, money=MONEY, wrapped=frozenset(["订单编号"]))
        name = f"{folder}/ExportOrderDetailList{world.split_day:%Y%m}.csv"
        out.append(OutFile(name, "taobao.t2_old", spec.name, table, encoding="gbk", rows=len(old)))
    if new:
        table = Table(T2_NEW, new, money=MONEY, sheet="export")
        name = f"{folder}/ExportItemList{at:%Y%m%d%H%M}"
        if spec.t2 == "csv":
            out.append(OutFile(f"{name}.csv", "taobao.t2", spec.name, table, rows=len(new)))
        else:
            out.append(
                OutFile(f"{name}.xlsx", "taobao.t2", spec.name, table, "xlsx", rows=len(new), lying_dimension=True)
            )
    return out


def _item_row(order: Order, index: int, at: datetime) -> list[str]:
    item = order.items[index]
    refunds = [r for r in order.refunds if r.sub_id == item.sub_id and r.state == "done" and r.completed <= at]
    paid = order.paid is not None and order.paid <= at
    return [
        item.sub_id, order.order_id, item.title, yuan(item.price), str(item.quantity), item.sku_code, item.sku_text,
        STATUS[order.status(at)], item.sku_code, yuan(item.price * item.quantity), yuan(item.paid if paid else 0),
        "退款成功" if refunds else "没有申请退款", yuan(sum(r.amount for r in refunds)) if refunds else "无退款申请",
        when(order.created, at), when(order.paid, at), item.goods_id, when(order.shipped, at), "", "",
    ]  # fmt: skip


def refunds_file(world: World, spec: ShopSpec) -> OutFile:
    """T3 with every document up to the export, of orders older than the order files as well."""
    rows = []
    for order in (*world.orders, *world.orphans):
        if order.shop != spec.name:
            continue
        for refund in order.refunds:
            if refund.documented and refund.applied <= world.snapshot:
                rows.append(_refund_row(order, refund.refund_id, world.snapshot))
    table = Table(T3, rows, money=MONEY, tabbed=frozenset(["退款编号", "订单编号", "支付宝交易号"]))
    name = f"taobao/{spec.name}/退款管理_{world.snapshot:%Y%m%d}"
    if spec.t3 == "csv":
        return OutFile(f"{name}.csv", "taobao.t3", spec.name, table, rows=len(rows))
    return OutFile(f"{name}.xlsx", "taobao.t3", spec.name, table, "xlsx", rows=len(rows))


def _refund_row(order: Order, refund_id: str, at: datetime) -> list[str]:
    refund = next(r for r in order.refunds if r.refund_id == refund_id)
    item = next((i for i in order.items if i.sub_id == refund.sub_id), order.items[0])
    done = refund.state == "done" and refund.completed <= at
    state = "退款成功" if done else "退款关闭" if refund.state == "rejected" else "买家已经申请退款，等待卖家同意"
    whole = refund.amount == order.buyer_paid
    cells = {
        "退款编号": refund.refund_id, "订单编号": refund.sub_id, "支付宝交易号": order.trade,
        "订单付款时间": when(order.paid, at), "商品编码": item.goods_id, "退款完结时间": when(refund.completed, at) if done else "",
        "买家实际支付金额": yuan(item.paid), "宝贝标题": item.title, "买家退款金额": yuan(refund.amount),
        "手工退款_系统退款": "系统退款" if whole else "手工退款", "是否需要退货": "需要退货" if refund.returned else "不需要退货",
        "退款的申请时间": when(refund.applied, at), "退款状态": state, "货物状态": "买家已收到货" if order.shipped else "未收到货",
        "客服介入状态": "不需要客服介入", "买家退款原因": "不想要了", "部分退款_全部退款": "全部退款" if whole else "部分退款",
    }  # fmt: skip
    return [cells.get(c, "") for c in T3]


def receipt_shares(order: Order, movement: Movement) -> list[tuple[int, int]]:
    """(item index, amount) of one receipt, adding up to it: the witness T5 prints one row per sub order."""
    if movement.sub_id:
        return [(next(k for k, i in enumerate(order.items) if i.sub_id == movement.sub_id), movement.amount)]
    total = sum(i.paid for i in order.items)
    parts = [(k, share(movement.amount, i.paid, total)) for k, i in enumerate(order.items)]
    short = movement.amount - sum(a for _, a in parts)
    return [*parts[:-1], (parts[-1][0], parts[-1][1] + short)]
