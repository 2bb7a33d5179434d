"""Pinduoduo files: P1 goods account, P2 marketing account, P3 orders, P4 after-sales, P5 and P6 side files."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.simulator.files_alipay import described
from benchmarks.simulator.model import Movement, Order, ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

P1 = names("商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述")
P2 = names("商户订单号,入账时间,账务类型,收入金额（+元）,支出金额（-元）,备注,业务描述")
P3 = names(
    "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),用户实付金额(元),商家实收金额(元),商品数量(件),发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度,商家编码-商品维度,商家备注,售后状态,快递单号,快递公司,订单成交时间"
)
P3_LONG = [*P3, "是否分期", "分期期数", "手续费承担方", "分期方式"]
P3_PICKED = names(
    "订单号,订单状态,售后状态,商品,商品数量(件),用户实付金额(元),商家实收金额(元),商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),支付时间,发货时间,确认收货时间,商家编码-规格维度"
)
P3_MONEY = frozenset(c for c in P3 if c.endswith("(元)"))
P3_TABBED = frozenset(
    [
        "订单号",
        "商品id",
        "样式ID",
        "商家编码-规格维度",
        "商家编码-商品维度",
        "快递单号",
        "订单成交时间",
        "支付时间",
        "发货时间",
        "确认收货时间",
        *P3_MONEY,
    ]
)
P4_FIRST = names("售后编号,订单编号,交易金额,售后状态,退款类型,退款金额,申请时间")
P4_SECOND = names(
    "店铺名称,售后编号,订单编号,售后类型,售后状态,处理状态,售后申请时间,发货物流状态,包裹拦截状态,退款金额"
)
P5 = names("日期,商品ID,总花费(元),交易额(元),投入产出比")
P6 = names("店铺名称,订单号,商品ID,商品名称,扣款原因,申请人,申请时间,申请扣款金额,打款状态")
MONEY = frozenset(
    ["收入金额（+元）", "支出金额（-元）", "交易金额", "退款金额", "总花费(元)", "交易额(元)", "申请扣款金额"]
)

WORDINGS: dict[str, tuple[str, str, str]] = {
    "receipt": ("交易收入", "-", "0010002|交易收入-订单收入"),
    "coupon": ("优惠券结算", "交易成功优惠券支付金额结算", "0010005|交易收入-优惠券结算"),
    "refund": ("交易退款", "-", "0020002|交易退款-订单退款"),
    "clawback": ("优惠券结算", "交易退款优惠券支付金额扣回", "0020005|交易退款-优惠券结算"),
    "tech_fee": ("技术服务费", "基础技术服务费", "0030002|技术服务费-基础技术服务费"),
    "affiliate": ("多多进宝", "-", "0060001|营销费用-多多进宝"),
    "compensation": ("扣款", "-", "0040002|售后费用-售后补偿消费者"),
    "penalty": ("扣款", "延迟发货扣款", "0040004|售后费用-延迟发货"),
    "experience": ("其他", "-", "0050002|服务支出-消费者体验提升计划"),
    "withdrawal": ("提现", "-", "0080001|提现-提现申请"),
    "ad_transfer": ("转账", "-", "0070004|转账-广告账户"),
    "market_transfer": ("转账", "-", "0070004|转账-广告账户"),
    "market_topup": ("转账", "-", "转账-货款账户转入"),
    "deposit": ("转账", "-", "0070001|转账-店铺保证金"),
    "review_gift": ("评价有礼", "-", "营销费用-评价有礼"),
    "cross_rebate": ("跨店日常满返", "-", "0060002|营销费用-跨店满返"),
    "mystery": ("其他", "-", "0990007|其他-星云计划"),
}
"""Kind of movement -> 账务类型, 备注, 业务描述."""


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one Pinduoduo shop."""
    out = bills(world, spec)
    out += [_p3(world, spec)]
    if spec.after_sales:
        out += [_p4(world, spec)]
    if market := world.movements(f"{spec.name}:marketing"):
        out += [_p2(world, spec, market)]
    return out + _side_files(world, spec)


def bills(world: World, spec: ShopSpec) -> list[OutFile]:
    """P1 in the shape `spec.bill` names: month (zip), month_bom (bare), xlsx, xls, tsv, gz, days."""
    lines = world.movements(f"{spec.name}:main")
    first, last = world.bills_from, world.as_of
    stem = f"pdd/{spec.name}/pdd-mall-bill-detail_{first:%Y%m}"
    if spec.bill == "days":
        days = range((last - first).days + 1)
        return [_day(world, spec, lines, first + timedelta(days=d)) for d in days]
    file = goods_bill(spec, lines, first, last, world.snapshot, f"{stem}.csv")
    if spec.bill == "month":
        file.path, file.archive = f"pdd-mall-bill-detail_{first:%Y%m}.csv", f"{stem}.zip"
    elif spec.bill == "month_bom":
        file.encoding = "utf-8-sig"
    elif spec.bill == "tsv":
        file.container = "tsv"
    elif spec.bill == "gz":
        file.path, file.gzipped = f"{stem}.csv.gz", True
    elif spec.bill in ("xlsx", "xls"):
        file.path, file.container = f"{stem}.{spec.bill}", "xlsx" if spec.bill == "xlsx" else "xls"
    return [file]


def _day(world: World, spec: ShopSpec, lines: list[Movement], day: datetime) -> OutFile:
    mine = [m for m in lines if m.at.date() == day.date()]
    path = f"pdd/{spec.name}/days/pdd-mall-bill-detail_{day:%Y%m%d}.csv"
    end = day + timedelta(days=1, seconds=-1)
    return goods_bill(spec, mine, day, end, end + timedelta(hours=10, seconds=1), path)


def totals(lines: list[Movement]) -> list[str]:
    """The three printed totals of P1."""
    out, into = [m.amount for m in lines if m.amount < 0], [m.amount for m in lines if m.amount > 0]
    return [
        f"#支出合计：{len(out)}笔{yuan(sum(out))}元", f"#收入合计：{len(into)}笔{yuan(sum(into))}元",
        f"#总计：{len(lines)}笔{yuan(sum(out) + sum(into))}元",
    ]  # fmt: skip


def goods_bill(
    spec: ShopSpec, lines: list[Movement], start: datetime, end: datetime, exported: datetime, path: str
) -> OutFile:
    head = [
        "拼多多店铺账务明细查询", "", f"起始时间：{start:%Y-%m-%d %H:%M:%S}  终止时间：{end:%Y-%m-%d %H:%M:%S}",
        "----------交易记录明细列表---------",
    ]  # fmt: skip
    rows = []
    for movement in lines:
        raw_type, remark, desc = WORDINGS[movement.kind]
        into = yuan(movement.amount) if movement.amount > 0 else "0"
        out = yuan(movement.amount) if movement.amount < 0 else "0"
        order = "" if movement.anonymous else movement.order_id
        rows.append([order, f"{movement.at:%Y-%m-%d %H:%M:%S}", into, out, raw_type, remark, desc])
    tail = [*totals(lines), f"#导出时间：{exported:%Y-%m-%d %H:%M:%S}"]
    file = OutFile(path, "pdd.p1", spec.name, Table(P1, rows, head, tail, money=MONEY), wallet=f"{spec.name}:main")
    return described(file, lines)


def _p2(world: World, spec: ShopSpec, lines: list[Movement]) -> OutFile:
    rows = []
    for movement in lines:
        raw_type, remark, desc = WORDINGS[movement.kind]
        into = yuan(movement.amount) if movement.amount > 0 else "0"
        out = yuan(movement.amount) if movement.amount < 0 else "0"
        rows.append([movement.order_id, f"{movement.at:%Y-%m-%d %H:%M:%S}", raw_type, into, out, remark, desc])
    head = [
        "拼多多营销账户明细查询", "", f"起始时间：{world.bills_from:%Y-%m-%d %H:%M:%S}  终止时间：{world.as_of:%Y-%m-%d %H:%M:%S}",
        "----------交易记录明细列表---------",
    ]  # fmt: skip
    tail = [*totals(lines), f"#导出时间：{world.snapshot:%Y-%m-%d %H:%M:%S}"]
    path = f"pdd/{spec.name}/pdd-mall-marketing-bill-detail_{world.period_start:%Y%m}.csv"
    file = OutFile(path, "pdd.p2", spec.name, Table(P2, rows, head, tail, money=MONEY), wallet=f"{spec.name}:marketing")
    return described(file, lines)


def order_cells(order: Order, at: datetime) -> dict[str, str]:
    """Every printable column of P3 for one order, as an export at `at` shows it."""
    status = order.status(at)
    item = order.items[0]
    text = {"unpaid": "待支付", "paid": "待发货", "shipped": "已发货", "finished": "已收货", "closed": "已取消"}[status]
    done = [r for r in order.refunds if r.state == "done" and r.completed <= at]
    if status == "closed" and done:
        text = "已发货，退款成功" if order.shipped else "未发货，退款成功"

    def when(moment: datetime | None) -> str:
        return f"{moment:%Y-%m-%d %H:%M:%S}" if moment and moment <= at else ""

    return {
        "商品": item.title, "订单号": order.order_id, "订单状态": text, "商品总价(元)": yuan(order.goods),
        "邮费(元)": yuan(order.freight), "店铺优惠折扣(元)": yuan(order.merchant_discount),
        "平台优惠折扣(元)": yuan(order.coupon), "多多支付立减金额(元)": yuan(order.pay_discount),
        "用户实付金额(元)": yuan(order.buyer_paid), "商家实收金额(元)": yuan(order.buyer_paid + order.platform_due),
        "商品数量(件)": str(item.quantity), "发货时间": when(order.shipped), "确认收货时间": when(order.confirmed),
        "商品id": item.goods_id, "商品规格": item.sku_text, "样式ID": f"9{item.goods_id}",
        "商家编码-规格维度": item.sku_code, "商家编码-商品维度": item.sku_code[:7], "商家备注": "",
        "售后状态": "退款成功" if done else "无售后或售后取消",
        "快递单号": f"YT{order.order_id[-13:]}" if when(order.shipped) else "", "快递公司": "示例快递" if when(order.shipped) else "",
        "订单成交时间": when(order.paid), "支付时间": when(order.paid),
        "是否分期": "否", "分期期数": "", "手续费承担方": "", "分期方式": "",
    }  # fmt: skip


def _p3(world: World, spec: ShopSpec) -> OutFile:
    mine = [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]
    columns = {"picked": P3_PICKED, "xlsx": P3_LONG}.get(spec.p3, P3)
    rows = [[cells[c] for c in columns] for cells in (order_cells(o, world.snapshot) for o in mine)]
    table = Table(columns, rows, money=P3_MONEY, tabbed=P3_TABBED)
    stem = f"orders_export{world.snapshot:%Y-%m-%d-%H-%M-%S}"
    file = OutFile(f"{stem}.csv", "pdd.p3", spec.name, table, rows=len(rows), archive=f"pdd/{spec.name}/{stem}.zip")
    if spec.p3 == "xlsx":
        file.path, file.archive, file.container = f"pdd/{spec.name}/{stem}.xlsx", "", "xlsx"
    elif spec.p3 == "picked":
        file.encoding = "utf-8-sig"
    return file


def _p4(world: World, spec: ShopSpec) -> OutFile:
    columns = P4_FIRST if spec.p4 == "first" else P4_SECOND
    rows = []
    for order in (*world.orders, *world.orphans):
        if order.shop != spec.name:
            continue
        for refund in order.refunds:
            if not refund.documented or refund.applied > world.snapshot:
                continue
            done = refund.state == "done" and refund.completed <= world.snapshot
            state = "退款成功" if done else "已撤销" if refund.state == "rejected" else "待商家处理"
            kind = "退货退款" if refund.returned else "仅退款"
            cells = {
                "售后编号": refund.refund_id, "订单编号": order.order_id, "交易金额": yuan(order.buyer_paid),
                "售后状态": state, "退款类型": kind, "售后类型": kind, "退款金额": yuan(refund.amount),
                "申请时间": f"{refund.applied:%Y-%m-%d %H:%M:%S}", "售后申请时间": f"{refund.applied:%Y-%m-%d %H:%M:%S}",
                "店铺名称": spec.title, "处理状态": "已完结" if state != "待商家处理" else "处理中",
                "发货物流状态": "已发货" if order.shipped else "未发货", "包裹拦截状态": "-",
            }  # fmt: skip
            rows.append([cells[c] for c in columns])
    table = Table(columns, rows, money=MONEY, tabbed=frozenset(["售后编号", "订单编号"]))
    name = f"pdd/{spec.name}/售后单导出_{world.snapshot:%Y%m%d}"
    if spec.p4 == "first":
        return OutFile(f"{name}.csv", "pdd.p4", spec.name, table, rows=len(rows))
    return OutFile(f"{name}.xlsx", "pdd.p4", spec.name, table, "xlsx", rows=len(rows))


def _side_files(world: World, spec: ShopSpec) -> list[OutFile]:
    day = f"{world.period_start:%Y-%m-}"
    rows = [[f"{day}{d:02d}", "700000000001", "12.30", "80.00", "6.50"] for d in (1, 2)]
    rows.append(["总计", "-", "24.60", "160.00", "6.50"])
    ads = OutFile(
        f"pdd/{spec.name}/推广报表_{world.period_start:%Y%m}.csv", "pdd.p5", spec.name, Table(P5, rows, money=MONEY)
    )
    paid = [
        m
        for o in world.orders
        if o.shop == spec.name
        for m in o.lines
        if m.kind == "compensation" and world.in_bill(m.at)
    ]
    small = [
        [
            spec.title,
            m.order_id,
            "700000000001",
            "气球套装",
            "售后补偿",
            "客服",
            f"{m.at:%Y-%m-%d %H:%M:%S}",
            yuan(-m.amount),
            "打款成功",
        ]
        for m in paid
    ]
    gifts = OutFile(
        f"pdd/{spec.name}/小额打款_{world.period_start:%Y%m}.csv", "pdd.p6", spec.name, Table(P6, small, money=MONEY)
    )
    for file in (ads, gifts):
        assert file.table is not None
        file.counted, file.rows = False, len(file.table.rows)
    return [ads, gifts]
