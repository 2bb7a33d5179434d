"""Douyin files: the ledger (D1 in 39, 38, 30 and 11 columns, D8 in fen), D2 with balance, D3, orders D4, after-sales D5.

`spec.shape`: zip (D1 39 columns, D2 and the premium list in one archive), signed (xlsx, 38 columns, 出账 with a minus,
refund rows fill 订单退款), narrow (11 columns without components, D3 beside it), old (30 columns, GB18030), api (D8), flow
(D2 alone, D3 beside it).
"""

from __future__ import annotations

from datetime import datetime

from benchmarks.simulator.model import Order, ShopSpec, World, share, yuan
from benchmarks.simulator.platforms.live import LedgerRow, described, rows_of
from benchmarks.simulator.tables import OutFile, Table, names

D1_39 = names(
    "动账时间,动帐流水号,动账方向,动账金额,动账账户,动账场景,计费类型,子订单号,订单号,售后编号,下单时间,商品ID,商品名称,达人ID,达人名称,订单类型,订单实付应结,运费实付,实际平台补贴_运费,实际平台补贴,其他平台补贴,以旧换新抵扣,政府补贴平台垫资,实际达人补贴,实际抖音支付补贴,实际抖音月付营销补贴,银行补贴,订单退款,平台服务费,佣金,服务商佣金,渠道分成,招商服务费,站外推广费,其他分成,是否免佣,免佣金额,商户主体名称,备注"
)
D1_38 = [c for c in D1_39 if c != "商户主体名称"]
D1_30 = [c for c in D1_38 if c not in names(
    "商品名称,达人ID,达人名称,其他平台补贴,以旧换新抵扣,政府补贴平台垫资,银行补贴,服务商佣金"
)]  # fmt: skip
D1_11 = names(
    "动账时间,动账流水号,动账方向,动账金额(元),动账账户,动账场景,计费类型,关联子订单号,关联订单号,售后编号,备注"
)
D2 = names("动账流水号,关联订单号,关联子订单号,动账时间,账户方向,动账金额(元),动账场景,账户余额(元),备注")
PREMIUM = names("保险单号,动账流水号,关联子订单号,摘要描述,动账时间,金额(元)")
D3 = names(
    "结算时间,订单号,子订单号,结算金额,结算账户,结算单类型,有结算前退款,下单时间,商品ID,商品名称,商品数量,业务类型,订单类型,订单总价,商品总价,运费,店铺券,结算前退款金额,平台补贴,其他平台补贴,达人补贴,抖音支付补贴,抖音月付营销补贴,用户实付,收入合计,平台服务费,达人佣金,服务商佣金,渠道分成,招商服务费,站外推广费,其他分成,其他分成说明,支出合计,是否免佣,免佣金额,商户主体名称,备注"
)
D4 = names(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,平台优惠,商家优惠,达人优惠,商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道,详细地址,买家留言,订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间,订单状态,订单类型,达人ID,达人昵称,售后状态,取消原因,发货时间,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额"
)
D4_PICKED = names(
    "子订单编号,主订单编号,订单状态,售后状态,订单应付金额,运费,平台实际承担优惠金额,达人实际承担优惠金额,商家编码,订单提交时间,支付完成时间,发货时间,订单完成时间"
)
D5 = names(
    "售后单号,订单号,商品单号,商品名称,商家编码,商品ID,商品发货状态,售后类型,退商品金额（元）,退运费金额（元）,退税费金额（元）,退支付优惠（元）,售后状态,退款方式,售后申请时间,售后完结时间,售后原因"
)
D8 = names(
    "shop_id,bill_time,account_trade_no,fund_flow,fund_flow_desc,account_amount,account_type,account_type_desc,trans_scene,trans_scene_tag,biz_type,biz_type_desc,order_id,shop_order_id,after_sale_service_no,business_order_create_time,product_id,order_type_desc,pay_amount,post_amount,post_promotion_amount,promotion_amount,recycler_amount,gov_promotion_amount,author_coupon_subsidy,actual_zt_pay_promotion,actual_zr_pay_promotion,bank_pay_promotion_amount,refund_amount,platform_service_fee,commission,partner_commission_amount,channel_fee,colonel_service_fee,channel_promotion_fee,other_sharing_amount,remark"
)
COMPONENTS = names(
    "订单实付应结,运费实付,实际平台补贴_运费,实际平台补贴,其他平台补贴,以旧换新抵扣,政府补贴平台垫资,实际达人补贴,实际抖音支付补贴,实际抖音月付营销补贴,银行补贴,订单退款,平台服务费,佣金,服务商佣金,渠道分成,招商服务费,站外推广费,其他分成,免佣金额"
)
IN_FEN = {
    "订单实付应结": "pay_amount", "运费实付": "post_amount", "实际平台补贴": "promotion_amount",
    "实际达人补贴": "author_coupon_subsidy", "订单退款": "refund_amount", "平台服务费": "platform_service_fee",
    "佣金": "commission",
}  # fmt: skip

SETTLED, CLAWED, BACK = "货款结算入账", "退款-订单退款触发-退补贴", "退款-订单退款触发-退分账"
SCENES = {
    "receipt": SETTLED, "coupon": SETTLED, "tech_fee": SETTLED, "affiliate": SETTLED, "freight": SETTLED,
    "refund": "退款-结算后退款-退用户", "clawback": CLAWED, "advance": "提前收款", "advance_repaid": "提前收款",
    "compensation": "消费者赔付", "penalty": "判罚扣款", "insurance": "权益保险", "withdrawal": "提现",
    "ad_transfer": "充值千川广告费", "deposit": "充值保证金", "experience": "供应链QIC费用", "mystery": "星云计划扣款",
}  # fmt: skip
REMARKS = {
    "receipt": "订单结算", "freight": "运费单结算", "refund": "原路退", "clawback": "平台补贴扣回",
    "ad_transfer": "划扣电商货款充值巨量千川", "withdrawal": "提现",
}  # fmt: skip
TAGS = {SETTLED: "30", "退款-结算后退款-退用户": "22", CLAWED: "23", BACK: "35", "提前收款": "16", "消费者赔付": "1",
        "判罚扣款": "3", "权益保险": "6", "提现": "44", "充值千川广告费": "17", "充值保证金": "5", "供应链QIC费用": "10"}  # fmt: skip
ENTITY = "示例商贸有限公司"


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one Douyin shop."""
    orders = {o.order_id: o for o in (*world.orders, *world.orphans) if o.shop == spec.name}
    rows = rows_of(world.movements(f"{spec.name}:main"), SCENES, BACK)
    out = [_orders(world, spec), _after_sales(world, spec)]
    if spec.shape in ("zip", "flow"):
        out += _beside(world, spec, rows, orders)
    if spec.shape != "flow":
        out += _ledger(world, spec, rows, orders)
    if spec.shape in ("narrow", "flow"):
        out.append(_settlements(world, spec, rows, orders))
    return out


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _remark(row: LedgerRow) -> str:
    if row.heading == BACK:
        return "服务费返还"
    if row.first.kind == "compensation":
        return f"打款,订单号{row.first.order_id}"
    if row.first.kind == "advance_repaid":
        return "提前收款还款"
    return REMARKS.get(row.first.kind, "")


def components(row: LedgerRow, order: Order | None, *, fill_refunds: bool) -> dict[str, int]:
    """The component columns of a row in fen; all 0 where the platform leaves them empty."""
    if row.heading == "提前收款" or (row.heading.startswith("退款-结算后") and not fill_refunds):
        return {}
    paid, platform = row.total("receipt", "freight"), row.total("coupon", "clawback")
    part = {"订单退款": row.total("refund"), "平台服务费": row.total("tech_fee"), "佣金": row.total("affiliate")}
    if row.first.kind == "freight":
        part["运费实付"] = paid
    elif order is not None and order.freight and paid:
        # settled on a row of its own, the freight is shown beside the goods and is no part of the sum
        apart = order.story == "freight_apart"
        part |= {"订单实付应结": paid - (0 if apart else order.freight), "运费实付": order.freight}
    else:
        part["订单实付应结"] = paid
    talent = share(platform, order.pay_discount, order.platform_due) if order and platform > 0 else 0
    if order and platform < 0:
        talent = -share(-platform, order.pay_discount, order.platform_due)
    part |= {"实际平台补贴": platform - talent, "实际达人补贴": talent}
    return {name: minor for name, minor in part.items() if minor}


def _cells(row: LedgerRow, order: Order | None, spec: ShopSpec) -> dict[str, str]:
    """Every printable column of D1."""
    first = row.first
    number = f"'{first.order_id}" if first.order_id and not first.anonymous else ""
    main = f"'{order.main}" if order and number else number
    minus = spec.shape == "signed" and row.net < 0
    part = components(row, order, fill_refunds=spec.shape == "signed")
    money = {name: yuan(part.get(name, 0)) for name in COMPONENTS}
    ids = {"子订单号": number, "订单号": main, "关联子订单号": number, "关联订单号": main}
    return money | ids | {
        "动账时间": _when(first.at), "动帐流水号": f"'{first.txn_id}", "动账流水号": f"'{first.txn_id}",
        "动账方向": "出账" if row.net < 0 else "入账", "动账金额": yuan(row.net if minus else abs(row.net)),
        "动账金额(元)": yuan(abs(row.net)), "动账账户": "聚合账户", "动账场景": row.heading,
        "计费类型": "精选联盟" if row.total("affiliate") else "小店自卖",
        "售后编号": f"'{first.refund_id}" if first.refund_id else "", "下单时间": _when(order.created) if order and number else "",
        "商品ID": f"'{order.items[0].goods_id}" if order and number else "", "商品名称": order.items[0].title if order and number else "",
        "达人ID": "'100200300" if row.total("affiliate") else "", "达人名称": "示例达人" if row.total("affiliate") else "",
        "订单类型": "普通订单" if number else "", "是否免佣": "否", "商户主体名称": ENTITY, "备注": _remark(row),
    }  # fmt: skip


def _ledger(world: World, spec: ShopSpec, rows: list[LedgerRow], orders: dict[str, Order]) -> list[OutFile]:
    month, wallet = f"{world.period_start:%Y%m}", f"{spec.name}:main"
    folder = f"douyin/{spec.name}"
    if spec.shape == "api":
        table = Table(D8, [_fen(row, orders.get(row.first.order_id)) for row in rows])
        file = OutFile(
            f"{folder}/shop_bill_{month}.csv", "douyin.d8", spec.name, table, encoding="utf-8-sig", wallet=wallet
        )
        return [described(file, rows)]
    columns = {"signed": D1_38, "old": D1_30, "narrow": D1_11}.get(spec.shape, D1_39)
    cells = [_cells(row, orders.get(row.first.order_id), spec) for row in rows]
    money = frozenset([*COMPONENTS, "动账金额", "动账金额(元)"])
    table = Table(columns, [[c[name] for name in columns] for c in cells], money=money)
    profile = "douyin.d1_narrow" if spec.shape == "narrow" else "douyin.d1"
    file = OutFile(f"{folder}/资金账单_{month}.csv", profile, spec.name, table, encoding="utf-8-sig", wallet=wallet)
    if spec.shape == "zip":
        file.path, file.archive = f"资金账单_{month}.csv", f"{folder}/账单_{month}.zip"
    elif spec.shape == "signed":
        file.path, file.container = f"{folder}/动账明细_{month}.xlsx", "xlsx"
    elif spec.shape == "old":
        file.encoding = "gb18030"
    return [described(file, rows)]


def _fen(row: LedgerRow, order: Order | None) -> list[str]:
    first = row.first
    number = first.order_id if not first.anonymous else ""
    part = components(row, order, fill_refunds=True)
    cells = {name: "0" for name in D8 if name.endswith(("amount", "promotion", "subsidy", "fee", "commission"))}
    cells |= {IN_FEN[name]: str(minor) for name, minor in part.items()}
    cells |= {
        "shop_id": "1234567", "bill_time": _when(first.at), "account_trade_no": first.txn_id,
        "fund_flow": "2" if row.net < 0 else "1", "fund_flow_desc": "出账" if row.net < 0 else "入账",
        "account_amount": str(abs(row.net)), "account_type": "4", "account_type_desc": "聚合账户",
        "trans_scene": row.heading, "trans_scene_tag": TAGS.get(row.heading, "0"), "biz_type": "4", "biz_type_desc": "小店自卖",
        "order_id": number, "shop_order_id": order.main if order and number else number, "after_sale_service_no": first.refund_id,
        "business_order_create_time": _when(order.created) if order and number else "",
        "product_id": order.items[0].goods_id if order and number else "", "order_type_desc": "普通订单" if number else "",
        "remark": _remark(row),
    }  # fmt: skip
    return [cells.get(name, "") for name in D8]


def _beside(world: World, spec: ShopSpec, rows: list[LedgerRow], orders: dict[str, Order]) -> list[OutFile]:
    """D2 with the balance, and the list of premiums, in the archive of D1."""
    month, archive = f"{world.period_start:%Y%m}", f"douyin/{spec.name}/账单_{world.period_start:%Y%m}.zip"
    flow, premiums = [], []
    for row in rows:
        first = row.first
        number = f"`{first.order_id}" if first.order_id and not first.anonymous else ""
        main = f"`{orders[first.order_id].main}" if number and first.order_id in orders else number
        flow.append([
            f"`{first.txn_id}", main, number, _when(first.at), "支出" if row.net < 0 else "收入", yuan(row.net),
            row.heading, yuan(row.moves[-1].balance), _remark(row),
        ])  # fmt: skip
        if first.kind == "insurance":
            premiums.append(
                [f"`BX{first.txn_id}", f"`{first.txn_id}", number, "退换货运费险", _when(first.at), yuan(-row.net)]
            )
    money = frozenset(["动账金额(元)", "账户余额(元)", "金额(元)"])
    copy = OutFile(f"账户流水_{month}.csv", "douyin.d2", spec.name, Table(D2, flow, money=money), encoding="utf-8-sig",
                   archive=archive, wallet=f"{spec.name}:main")  # fmt: skip
    paid = OutFile(f"保费支出_{month}.csv", "douyin.d2_premium", spec.name, Table(PREMIUM, premiums, money=money),
                   encoding="utf-8-sig", archive=archive)  # fmt: skip
    paid.counted, paid.rows = False, len(premiums)
    return [described(copy, rows), paid]


def _settlements(world: World, spec: ShopSpec, rows: list[LedgerRow], orders: dict[str, Order]) -> OutFile:
    """D3: settlements, and all that one refund takes back, one row each; below the header a row of explanations."""
    bundles: dict[tuple[str, ...], list[LedgerRow]] = {}
    for row in rows:
        order = orders.get(row.first.order_id)
        if order is None or row.first.anonymous or row.heading not in (SETTLED, SCENES["refund"], CLAWED, BACK):
            continue
        back = row.heading != SETTLED
        bundles.setdefault((row.first.order_id, _when(row.first.at), "退" if back else row.first.kind), []).append(row)
    cells = [["（结算完成的时间）", *["（字段说明）"] * (len(D3) - 1)]]
    printed: list[LedgerRow] = []
    for (number, at, kind), parts in bundles.items():
        whole = LedgerRow(parts[0].heading, tuple(m for part in parts for m in part.moves))
        cells.append(_settlement(whole, orders[number], at, back=kind == "退"))
        printed.append(whole)
    table = Table(D3, cells, money=frozenset(c for c in D3 if "金额" in c or "补贴" in c or "合计" in c or "佣金" in c))
    path = f"douyin/{spec.name}/订单结算明细_{world.period_start:%Y%m}.csv"
    return described(OutFile(path, "douyin.d3", spec.name, table, encoding="utf-8-sig"), printed)


def _settlement(row: LedgerRow, order: Order, at: str, *, back: bool) -> list[str]:
    part = components(row, order, fill_refunds=True)
    paid = part.get("订单实付应结", 0) + (
        part.get("运费实付", 0) if order.story != "freight_apart" or row.first.kind == "freight" else 0
    )
    netted = 0 if back else -part.get("订单退款", 0)
    paid += part.get("订单退款", 0) if back else 0
    platform, talent = part.get("实际平台补贴", 0), part.get("实际达人补贴", 0)
    fees = {"平台服务费": part.get("平台服务费", 0), "达人佣金": part.get("佣金", 0)}
    income = paid + platform + talent - netted
    assert income + sum(fees.values()) == row.net, order.order_id
    cells = dict.fromkeys(D3[13:34], "0") | {
        "结算时间": at, "订单号": f"'{order.main}", "子订单号": f"'{order.order_id}", "结算金额": yuan(row.net),
        "结算账户": "聚合账户", "结算单类型": "结算后退款-原路退回" if back else "已结算", "有结算前退款": "是" if netted else "否",
        "下单时间": _when(order.created), "商品ID": f"'{order.items[0].goods_id}", "商品名称": order.items[0].title,
        "商品数量": str(order.items[0].quantity), "业务类型": "小店自卖", "订单类型": "普通订单",
        "订单总价": yuan(order.goods + order.freight), "商品总价": yuan(order.goods), "运费": yuan(order.freight),
        "店铺券": yuan(order.merchant_discount), "结算前退款金额": yuan(netted), "平台补贴": yuan(platform), "达人补贴": yuan(talent),
        "用户实付": yuan(paid), "收入合计": yuan(income), **{name: yuan(minor) for name, minor in fees.items()},
        "支出合计": yuan(sum(fees.values())), "其他分成说明": "", "是否免佣": "否", "免佣金额": "0", "商户主体名称": ENTITY,
    }  # fmt: skip
    return [cells.get(name, "") for name in D3]


STATUS = {"unpaid": "待支付", "paid": "备货中", "shipped": "已发货", "finished": "已完成", "closed": "已关闭"}


def order_cells(order: Order, at: datetime) -> dict[str, str]:
    """Every printable column of D4 for one order, as an export at `at` shows it."""
    done = [r for r in order.refunds if r.state == "done" and r.completed <= at]
    item = order.items[0]

    def when(moment: datetime | None) -> str:
        return _when(moment) if moment and moment <= at else "-"

    return {
        "主订单编号": order.main, "子订单编号": item.sub_id, "选购商品": item.title, "商品规格": item.sku_text,
        "商品数量": str(item.quantity), "商品ID": item.goods_id, "商家编码": item.sku_code, "商品单价": yuan(item.price),
        "订单应付金额": yuan(order.buyer_paid), "运费": yuan(order.freight),
        "优惠总金额": yuan(order.merchant_discount + order.platform_due), "平台优惠": yuan(order.coupon),
        "商家优惠": yuan(order.merchant_discount), "达人优惠": yuan(order.pay_discount), "商家改价": "0.00", "支付优惠": "0.00",
        "红包抵扣": "0.00", "支付方式": "微信", "手续费": "0.00", "收件人": "张*", "收件人手机号": "1**********", "省": "浙江",
        "市": "杭州市", "区": "西湖区", "街道": "*街道", "详细地址": "***", "订单提交时间": _when(order.created),
        "订单完成时间": when(order.confirmed), "支付完成时间": when(order.paid), "订单状态": STATUS[order.status(at)],
        "订单类型": "普通订单", "售后状态": "退款成功" if done else "-", "取消原因": order.close_reason or "-",
        "发货时间": when(order.shipped), "平台实际承担优惠金额": yuan(order.coupon),
        "商家实际承担优惠金额": yuan(order.merchant_discount), "达人实际承担优惠金额": yuan(order.pay_discount),
    }  # fmt: skip


def _orders(world: World, spec: ShopSpec) -> OutFile:
    mine = [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]
    columns = D4_PICKED if spec.shape in ("signed", "old") else D4
    cells = [order_cells(order, world.snapshot) for order in mine]
    stem = f"douyin/{spec.name}/订单导出_{world.snapshot:%Y%m%d%H%M%S}"
    if spec.shape == "signed":
        rows = [[c.get(name, "-") for name in columns] for c in cells]
        return OutFile(f"{stem}.xlsx", "douyin.d4", spec.name, Table(columns, rows), "xlsx", rows=len(rows))
    rows = [["\t" + c.get(name, "-") for name in columns] for c in cells]
    table = Table(columns, rows, quoted=True)
    return OutFile(f"{stem}.csv", "douyin.d4", spec.name, table, encoding="utf-8-sig", rows=len(rows))


def _after_sales(world: World, spec: ShopSpec) -> OutFile:
    rows = []
    for order in (*world.orders, *world.orphans):
        for document in order.refunds if order.shop == spec.name else ():
            if not document.documented or document.applied > world.snapshot:
                continue
            done = document.completed <= world.snapshot
            freight = order.freight if document.amount == order.buyer_paid else 0
            kind = "退货退款" if document.returned else "已发货退款" if order.shipped else "未发货退款"
            item = order.items[0]
            rows.append([
                document.refund_id, order.main, item.sub_id, item.title, item.sku_code, item.goods_id,
                "1/1已发货" if order.shipped else "未发货", kind, yuan(document.amount - freight), yuan(freight), "0.00", "-",
                "同意退款，退款成功" if done else "待商家处理", "原路退款", _when(document.applied),
                _when(document.completed) if done else "-", "不想要了",
            ])  # fmt: skip
    table = Table(D5, rows, money=frozenset(c for c in D5 if c.endswith("（元）")))
    path = f"douyin/{spec.name}/售后单-{world.snapshot:%Y%m%d}.xlsx"
    return OutFile(path, "douyin.d5", spec.name, table, "xlsx", rows=len(rows))
