"""JD files: settlement lines in three layouts, the wallet of batches J4, the order export J5, after-sales J6.

`spec.shape`: "" (J2, CSV in UTF-8, rows that wait included), new (J2b, the layout of 2026-08), book (the workbook J3,
with its second sheet as a file beside it).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from benchmarks.simulator.model import Movement, Order, ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

J2 = names(
    "订单编号,父单号,订单状态,订单下单时间,订单完成时间,售后服务单号,售后退款时间,商品编号,商品名称,商品数量,扣点类型,佣金比例,费用名称,应结金额,币种,收支方向,结算状态,预计结算时间,账单生成时间,到账时间,商户订单号,资金动账备注"
)
J2B = names(
    "订单编号,父单号,订单状态,订单下单时间,订单完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,商户订单号,资金动账备注,费用名称,费用分类,应结金额,结算单类型,结算单号,结算主体"
)
J3 = names(
    "商家ID,订单编号,业务单据编号,下单时间,完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,商户订单号,资金动账备注,费用名称,金额,结算主体"
)
J3_SUM = names(
    "商家ID,公司ID,公司名称,钱包账户,订单编号,业务单据编号,父单号,订单状态,下单时间,完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,结算金额合计,收入金额合计,支出金额合计,商户订单号,资金动账备注"
)
J4 = names("商户号,账户代码,账户名称,日期,商户订单号,账户余额(元),收入金额(元),支出金额(元),交易备注,账单日期")
J5 = names(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道"
)
J6 = names("服务单号,订单号,商品编号,商品名称,退款金额,客户期望,一级申请原因,服务单状态,审核时间,商家首次处理时间")
ITEMS = {
    "receipt": "货款", "refund": "货款", "forfeit": "定金货款", "commission": "佣金", "tech_fee": "交易服务费",
    "affiliate": "广告联合活动降扣佣金", "compensation": "售后卖家赔付费", "penalty": "综合违约金", "price_cut": "价保扣款",
    "price_share": "平台券价保补贴", "mystery": "星云计划服务费",
}  # fmt: skip
WALLET = {"withdrawal": "提现", "ad_transfer": "京准通", "deposit": "保证金"}
GOODS, FEES, RETURNS = "京东支付货款", "京东支付费项", "退货金额"
STATUS = {"unpaid": "待付款", "paid": "等待出库", "shipped": "等待确认收货", "finished": "完成", "closed": "已取消"}


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one JD shop."""
    orders = {o.order_id: o for o in (*world.orders, *world.orphans) if o.shop == spec.name}
    moves = world.movements(f"{spec.name}:main")
    settled = [m for m in moves if m.kind in ITEMS]
    out = [_wallet(world, spec, moves), _orders(world, spec), _after_sales(world, spec)]
    if spec.shape == "book":
        return [*out, _lines(world, spec, settled, orders, "jd.j3", J3), _summary(world, spec, settled, orders)]
    if spec.shape == "new":
        return [*out, _lines(world, spec, settled, orders, "jd.j2b", J2B)]
    waiting = [m for o in world.orders if o.shop == spec.name for m in o.lines if _waits(world, o, m)]
    return [*out, _lines(world, spec, settled + waiting, orders, "jd.j2", J2)]


def _waits(world: World, order: Order, move: Movement) -> bool:
    confirmed = order.confirmed is not None and order.confirmed <= world.as_of
    return confirmed and order.exported and move.kind in ITEMS and move.at > world.as_of and not move.refund_id


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def _batch(spec: ShopSpec, move: Movement) -> str:
    """Settlement lines of one day are paid as one batch; every other movement is a number of its own."""
    tail = f"{spec.seed:08d}" if move.kind in ITEMS else f"9{move.txn_id[-7:]:0>7}"
    return f"{move.at:%Y%m%d}{tail}"


def _item(move: Movement) -> str:
    return move.note if move.note.endswith(("货款", "佣金")) else ITEMS[move.kind]


def _cells(world: World, spec: ShopSpec, move: Movement, order: Order | None) -> dict[str, str]:
    """Every printable column of the three layouts for one line."""
    done = move.at <= world.as_of
    number, parent = (order.order_id if order and not move.anonymous else ""), ""
    if move.note.startswith("child"):
        number, parent = number[:-1] + move.note[-1], number
    document = move.refund_id or number
    refund = (
        next((r for r in order.refunds if r.refund_id == move.refund_id), None) if order and move.refund_id else None
    )
    amount, direction = yuan(move.amount), "支出" if move.amount < 0 else "收入"
    batch = _batch(spec, move) if done else "--"
    item = order.items[0] if order else None
    remark = f"{move.at.year}年{move.at.month}月{move.at.day}日商家结算款" if done else "--"
    finished = _when(order.confirmed if order and order.confirmed and order.confirmed <= world.snapshot else None)
    return {
        "订单编号": number, "父单号": parent or "--", "订单状态": "完成", "订单下单时间": _when(order.created if order else None),
        "订单完成时间": finished, "售后服务单号": move.refund_id or "--", "售后退款时间": _when(refund.completed) if refund else "--",
        "商品编号": item.goods_id if item else "--", "商品名称": item.title if item else "--", "商品单价": yuan(item.price) if item else "0.00",
        "商品数量": str(item.quantity) if item else "0", "扣点类型": "基础扣点" if move.kind == "commission" else "--",
        "佣金比例": "0.05" if move.kind == "commission" else "--", "费用名称": _item(move), "应结金额": amount, "币种": "CNY",
        "收支方向": direction, "结算状态": "已结算" if done else "待结算", "预计结算时间": f"{move.at:%Y-%m-%d}",
        "账单生成时间": f"{move.at:%Y%m%d}", "到账时间": _when(move.at) if done else "--", "商户订单号": batch, "资金动账备注": remark,
        "结算时间": _when(move.at), "费用分类": direction, "结算单类型": "订单", "结算单号": f"JS{move.txn_id[-9:]}", "结算主体": "示例商贸",
        "商家ID": "10000081", "业务单据编号": document, "下单时间": _when(order.created if order else None), "完成时间": finished,
        "金额": amount,
    }  # fmt: skip


def _lines(
    world: World, spec: ShopSpec, moves: list[Movement], orders: dict[str, Order], profile: str, columns: list[str]
) -> OutFile:
    cells = [_cells(world, spec, m, orders.get(m.order_id)) for m in moves]
    marks = {c for c in ("订单编号", "商品编号", "商户订单号", "售后服务单号") if profile != "jd.j3" and c in columns}
    rows = [[f"'{row[c]}" if c in marks and row[c] not in ("", "--") else row[c] for c in columns] for row in cells]
    table = Table(columns, rows, money=frozenset({"应结金额", "金额", "商品单价"}), tabbed=frozenset(marks))
    stem = f"jd/{spec.name}/结算明细_{world.period_start:%Y%m}"
    wallet = f"{spec.name}:main"
    if profile == "jd.j3":
        table.sheet = "费用明细"
        return _told(OutFile(f"{stem}.xlsx", profile, spec.name, table, "xlsx", wallet=wallet), moves, world)
    return _told(OutFile(f"{stem}.csv", profile, spec.name, table, encoding="utf-8-sig", wallet=wallet), moves, world)


def _told(file: OutFile, moves: list[Movement], world: World) -> OutFile:
    file.rows = len(moves)
    file.income = sum(m.amount for m in moves if m.amount > 0)
    file.expense = sum(m.amount for m in moves if m.amount < 0)
    done = [m.at for m in moves if m.at <= world.as_of]
    file.first, file.last = min(done, default=None), max(done, default=None)
    return file


def _summary(world: World, spec: ShopSpec, moves: list[Movement], orders: dict[str, Order]) -> OutFile:
    """Sheet 交易汇总: one row per document and batch."""
    groups: dict[tuple[str, str, str], list[Movement]] = defaultdict(list)
    for m in moves:
        cells = _cells(world, spec, m, orders.get(m.order_id))
        groups[cells["订单编号"], cells["业务单据编号"], cells["商户订单号"]].append(m)
    rows = []
    for (number, document, batch), mine in groups.items():
        total, income = sum(m.amount for m in mine), sum(m.amount for m in mine if m.amount > 0)
        cells = _cells(world, spec, mine[0], orders.get(mine[0].order_id)) | {
            "公司ID": "20000081", "公司名称": "示例商贸有限公司", "钱包账户": f"{spec.account}001", "订单编号": number,
            "业务单据编号": document, "商户订单号": batch, "结算金额合计": yuan(total), "收入金额合计": yuan(income),
            "支出金额合计": yuan(total - income),
        }  # fmt: skip
        rows.append([cells[c] for c in J3_SUM])
    table = Table(
        J3_SUM, rows, money=frozenset(names("结算金额合计,收入金额合计,支出金额合计,商品单价")), sheet="交易汇总"
    )
    path = f"jd/{spec.name}/结算汇总_{world.period_start:%Y%m}.xlsx"
    file = OutFile(path, "jd.j3_summary", spec.name, table, "xlsx", wallet=f"{spec.name}:main", rows=len(rows))
    totals = [sum(m.amount for m in mine) for mine in groups.values()]
    file.income, file.expense = sum(t for t in totals if t > 0), sum(t for t in totals if t < 0)
    file.first, file.last = min((m.at for m in moves), default=None), max((m.at for m in moves), default=None)
    return file


def _wallet(world: World, spec: ShopSpec, moves: list[Movement]) -> OutFile:
    """One row per batch and kind of money, with the running balance."""
    sums: dict[tuple[datetime, str, str], int] = {}
    for m in moves:
        text = WALLET.get(m.kind) or (RETURNS if m.kind == "refund" else GOODS if "货款" in _item(m) else FEES)
        at = m.at.replace(hour=3, minute=10, second=0) if m.kind in ITEMS else m.at
        key = (at, _batch(spec, m), text)
        sums[key] = sums.get(key, 0) + m.amount + m.cash_gap
    balance = moves[0].balance - moves[0].amount if moves else 0
    rows, file = [], OutFile(
        f"jd/{spec.name}/钱包流水_{world.period_start:%Y%m}.csv", "jd.j4", spec.name, wallet=f"{spec.name}:main"
    )  # fmt: skip
    printed = [(key, total) for key, total in sorted(sums.items()) if total]
    for (at, batch, text), total in printed:
        balance += total
        into, out = (yuan(total), "--") if total > 0 else ("--", yuan(-total))
        rows.append([spec.account, f"'{spec.account}001", "京东钱包结算户", _when(at), f"'{batch}", yuan(balance), into, out, text,
                     f"{at:%Y-%m-%d}"])  # fmt: skip
    file.table = Table(J4, rows)
    file.rows = len(rows)
    file.income = sum(total for _, total in printed if total > 0)
    file.expense = sum(total for _, total in printed if total < 0)
    file.first, file.last = (printed[0][0][0], printed[-1][0][0]) if printed else (None, None)
    return file


def order_rows(order: Order, at: datetime) -> list[dict[str, str]]:
    """The rows of one order as an export at `at` shows them: an order of two pieces prints two, its amounts on both."""
    item = order.items[0]
    paid = order.paid if order.paid and order.paid <= at else None
    done = order.confirmed if order.status(at) == "finished" else None
    due = yuan(order.buyer_paid)
    base = {
        "订单号": order.order_id, "商品名称": item.title, "支付方式": "在线支付", "下单时间": _when(order.created),
        "京东价": yuan(item.price), "订单金额": yuan(order.goods), "结算金额": due, "余额支付": "0.00", "应付金额": due,
        "订单状态": STATUS[order.status(at)], "订单类型": "定金" if order.story == "deposit_kept" else "SOP", "下单帐号": "u***",
        "客户姓名": "张*", "客户地址": "***", "联系电话": "1**********", "运费金额": yuan(order.freight), "付款确认时间": _when(paid),
        "货号": item.sku_code, "订单完成时间": _when(done), "订单来源": "京东", "订单渠道": "APP", "商家应收": due, "商家SKUID": item.sku_code,
    }  # fmt: skip
    return [base | {"商品ID": f"{item.goods_id}{n}", "订购数量": "1"} for n in range(item.quantity)]


def _orders(world: World, spec: ShopSpec) -> OutFile:
    mine = [o for o in world.orders if o.shop == spec.name and o.exported and o.created <= world.snapshot]
    columns = J5 if spec.shape == "book" else [*J5, "商家SKUID", "商家应收"]
    rows = [[row.get(c, "") for c in columns] for o in mine for row in order_rows(o, world.snapshot)]
    money = frozenset(names("京东价,订单金额,结算金额,余额支付,应付金额,运费金额,商家应收"))
    stem = f"jd/{spec.name}/订单导出_{world.snapshot:%Y%m%d}"
    if spec.shape == "new":
        return OutFile(f"{stem}.xlsx", "jd.j5", spec.name, Table(columns, rows, money=money), "xlsx", rows=len(rows))
    return OutFile(f"{stem}.csv", "jd.j5", spec.name, Table(columns, rows, money=money), rows=len(rows))


def _after_sales(world: World, spec: ShopSpec) -> OutFile:
    rows = []
    for order in (*world.orders, *world.orphans):
        for r in order.refunds:
            if order.shop != spec.name or not r.documented or r.applied > world.snapshot:
                continue
            done = r.completed <= world.snapshot
            state = "取消" if r.state == "rejected" else "完成" if done else "处理中"
            item = order.items[0]
            rows.append([r.refund_id, order.order_id, item.goods_id, item.title, yuan(r.amount), "退货" if r.returned else "仅退款",
                         "其他", state, _when(r.completed) if done else "", _when(r.applied)])  # fmt: skip
    table = Table(J6, rows, ["申请信息"], money=frozenset({"退款金额"}), sheet="售后服务单")
    path = f"jd/{spec.name}/售后_{world.snapshot:%Y%m%d}.xlsx"
    return OutFile(path, "jd.j6", spec.name, table, "xlsx", rows=len(rows))
