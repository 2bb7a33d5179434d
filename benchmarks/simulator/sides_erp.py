"""What the company's own ERP exports: the orders of all shops, in two layouts of Jushuitan and one of Jackyun.

An ERP gives each order a number of its own, merges two orders into one shipment, splits one into two, and books
reissues; it takes over only orders that were paid. Numbers of merged, split and reissued orders change.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.simulator.model import Item, Order, ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

JUSHUITAN = names(
    "订单号,线上订单号,店铺编号,店铺,买家账号,下单时间,付款日期,发货日期,应付金额,已付金额,抵扣金额,运费,状态,店铺状态,快递公司,快递单号,订单类型,发货仓,支付单号,子订单编号,原始线上订单号,款号,商品编码,商品名称,颜色及规格,数量,商品单价,商品金额,是否赠品,成本价,申请退货数量,实退数量,订单退款金额,商家实收"
)
JACKYUN = names(
    "订单编号,状态,销售渠道,网店订单号,类型,下单时间,付款时间,发货时间,物流公司,物流单号,货品数量,货品摘要,应收合计,实付金额,客户"
)
REPORT = names(
    "内部订单号,标记多标签,售后单号,订单类型,线上订单号,订单状态,发货仓,分销商,店铺,买家账号,订单日期,发货日期,付款日期,确认收货日期,快递公司,快递单号,售后登记日期,售后确认日期,售后分类,售后进仓日期,商品编码,款式编码,原始线上订单号,名称,颜色规格,售价,销售数量,赠品数量,实发数量,实发金额,销售金额,已付金额,应付金额,基本售价,退货数量,实退数量,退货金额,实退金额,优惠金额,订单来源,订单支付时间,商家实收,买家实付,线上子订单编号"
)
RETURNED_DAY = 14
"""Days after the first of the period on which goods that nobody was refunded for came back."""


@dataclass
class Record:
    """One order of the ERP. `numbers`: what it prints as the platform's number; `origins`: the platform's own.
    `returned`: when its goods came back without a refund."""

    own: str
    numbers: list[str]
    origins: list[str]
    title: str
    created: datetime
    paid: datetime | None
    shipped: datetime | None
    payable: int
    gets: int
    state: str
    kind: str = "普通订单"
    items: list[tuple[str, Item]] = field(default_factory=list)
    returned: datetime | None = None


def number_of(order: Order) -> str:
    """The number that a buyer sees: a sub order stands under its main order."""
    return order.main_id or order.order_id


def records(world: World) -> list[Record]:
    """Everything that the ERP knows on the morning after the period, in the order of time."""
    found: list[Record] = []
    for spec in world.shops:
        mine = _records_of(world, spec)
        found += [*mine, *_reissue(world, mine)]
    for spec in world.shops:
        found += [_ghost(spec, *ghost) for ghost in world.ghosts if ghost[0] == spec.name]
    found.sort(key=lambda r: (r.created, r.title, r.origins))
    for index, record in enumerate(found):
        record.own = f"{50_000_001 + index}"
    return found


def _records_of(world: World, spec: ShopSpec) -> list[Record]:
    """One record for each paid order (all its sub orders), then one merge and one split among the plain ones."""
    sales: dict[str, list[Order]] = {}
    for order in world.orders:
        known = order.shop == spec.name and order.exported and order.erp != "absent"
        if known and order.paid is not None and order.paid <= world.snapshot:
            sales.setdefault(number_of(order), []).append(order)
    single = [_record(world, spec, number, orders) for number, orders in sorted(sales.items())]
    rng = random.Random(f"{world.seed}:{spec.name}:erp")
    plain = [r for r in single if r.shipped and len(r.items) == 1 and r.created >= world.bills_from and _calm(r, sales)]
    if len(plain) < 3:
        return single
    first, second, third = rng.sample(plain, 3)
    rest = [r for r in single if r not in (first, second, third)]
    return [*rest, *_merged(first, second), *_split(third)]


def _calm(record: Record, sales: dict[str, list[Order]]) -> bool:
    return all(not o.frozen and o.story == "plain" for number in record.origins for o in sales[number])


def _record(world: World, spec: ShopSpec, number: str, orders: list[Order]) -> Record:
    sent = [o.shipped for o in orders if o.shipped and o.shipped <= world.snapshot and o.erp != "unshipped"]
    closed = all(o.closed is not None and o.closed <= world.snapshot for o in orders)
    state = "已发货" if sent else "已取消" if closed else "待审核"
    return Record(
        "", [number], [number], spec.title, min(o.created for o in orders), max(o.paid for o in orders if o.paid),
        max(sent) - timedelta(minutes=20) if sent else None, sum(o.buyer_paid for o in orders),
        sum(o.buyer_paid + o.platform_due for o in orders), state, items=[(number, i) for o in orders for i in o.items],
        returned=(orders[0].goods_back or world.bills_from + timedelta(days=RETURNED_DAY, hours=15))
        if orders[0].erp == "returned"
        else None,
    )  # fmt: skip


def _merged(first: Record, second: Record) -> list[Record]:
    """Two orders in one parcel: the second is left behind as 被合并."""
    gone = Record(
        "", second.numbers, second.origins, second.title, second.created, second.paid, None, second.payable, second.gets,
        "被合并", items=second.items,
    )  # fmt: skip
    both = Record(
        "", [*first.numbers, *second.numbers], [*first.origins, *second.origins], first.title,
        min(first.created, second.created), first.paid, first.shipped, first.payable + second.payable,
        first.gets + second.gets, "已发货", items=[*first.items, *second.items],
    )  # fmt: skip
    return [gone, both]


def _split(record: Record) -> list[Record]:
    """One order in two parcels: both numbers get a suffix, the second carries no money."""
    return [
        Record(
            "", [f"{record.numbers[0]}-{part}"], record.origins, record.title, record.created, record.paid, record.shipped,
            record.payable if part == 1 else 0, record.gets if part == 1 else 0, "已发货", items=record.items,
        )
        for part in (1, 2)
    ]  # fmt: skip


def _reissue(world: World, mine: list[Record]) -> list[Record]:
    """Something was lost on the way: sent again, without money."""
    sent = [
        r for r in mine if r.shipped and r.created >= world.bills_from and r.state == "已发货" and len(r.numbers) == 1
    ]
    return [
        Record(
            "", [f"{r.origins[0]}-BF"], r.origins, r.title, min(r.shipped + timedelta(days=1), world.as_of), r.paid,
            min(r.shipped + timedelta(days=2), world.snapshot), 0, 0, "已发货", "补发订单", items=r.items[:1],
        )
        for r in sent[:1]
        if r.shipped
    ]  # fmt: skip


def _ghost(spec: ShopSpec, _: str, number: str, created: datetime, amount: int) -> Record:
    """An order that nobody placed on the platform."""
    item = Item(number, "700000000099", "毛毯", "默认", "SKU-099", 1, amount, amount)
    sent = created + timedelta(hours=20)
    return Record(
        "", [number], [number], spec.title, created, created, sent, amount, amount, "已发货", items=[(number, item)]
    )


def free_counts(world: World) -> dict[str, int]:
    """Shop -> records of the period that carry goods and no money (gifts, reissues, second parcels)."""
    titles = {spec.title: spec.name for spec in world.shops}
    counts: dict[str, int] = {}
    for record in records(world):
        nothing = record.kind == "补发订单" or record.gets == 0
        live = record.state not in ("已取消", "被合并")
        if nothing and live and world.bills_from <= record.created <= world.as_of:
            counts[titles[record.title]] = counts.get(titles[record.title], 0) + 1
    return counts


def _clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def _jushuitan(world: World) -> OutFile:
    rows = []
    for r in records(world):
        waybill = f"SF{r.own}" if r.shipped else ""
        for origin, item in r.items:
            cells = {
                "订单号": r.own, "线上订单号": ",".join(r.numbers), "店铺编号": "1", "店铺": r.title, "买家账号": "t***1",
                "下单时间": _clock(r.created), "付款日期": _clock(r.paid), "发货日期": _clock(r.shipped),
                "应付金额": yuan(r.payable), "已付金额": yuan(r.payable), "抵扣金额": "0.00", "运费": "0.00", "状态": r.state,
                "快递公司": "顺丰" if waybill else "", "快递单号": waybill, "订单类型": r.kind, "发货仓": "主仓",
                "子订单编号": item.sub_id, "原始线上订单号": origin, "商品编码": item.sku_code, "商品名称": item.title,
                "颜色及规格": item.sku_text, "数量": str(item.quantity), "商品单价": yuan(item.price),
                "商品金额": yuan(item.price * item.quantity), "是否赠品": "否", "成本价": yuan(item.price // 2),
                "申请退货数量": "0", "实退数量": "0", "订单退款金额": "0.00", "商家实收": yuan(r.gets),
            }  # fmt: skip
            rows.append([cells.get(name, "") for name in JUSHUITAN])
    return OutFile("erp/聚水潭_订单导出.csv", "erp.jushuitan", "", Table(JUSHUITAN, rows), rows=len(rows))


def _report(world: World) -> OutFile:
    """The report 销售主题分析: one row per article, what came back in its own columns."""
    rows = []
    for r in records(world):
        for origin, item in r.items:
            sold = yuan(item.price * item.quantity)
            back = str(item.quantity) if r.returned else "0"
            money = yuan(item.paid) if r.returned else "0.00"
            cells = {
                "内部订单号": r.own, "订单类型": r.kind, "线上订单号": ",".join(r.numbers), "订单状态": r.state, "发货仓": "主仓",
                "店铺": r.title, "买家账号": "t***1", "订单日期": _clock(r.created), "发货日期": _clock(r.shipped),
                "付款日期": _clock(r.paid), "快递公司": "顺丰" if r.shipped else "", "快递单号": f"SF{r.own}" if r.shipped else "",
                "售后确认日期": _clock(r.returned), "售后进仓日期": _clock(r.returned), "商品编码": item.sku_code,
                "原始线上订单号": origin, "名称": item.title, "颜色规格": item.sku_text, "售价": yuan(item.price),
                "销售数量": str(item.quantity), "赠品数量": "0", "实发数量": str(item.quantity) if r.shipped else "0",
                "实发金额": sold if r.shipped else "0.00", "销售金额": sold, "已付金额": yuan(r.payable), "应付金额": yuan(r.payable),
                "基本售价": yuan(item.price), "退货数量": back, "实退数量": back, "退货金额": money, "实退金额": money,
                "优惠金额": "0.00", "订单支付时间": _clock(r.paid), "商家实收": yuan(r.gets), "买家实付": yuan(r.payable),
                "线上子订单编号": item.sub_id,
            }  # fmt: skip
            rows.append([cells.get(name, "") for name in REPORT])
    money_columns = frozenset(
        names("售价,实发金额,销售金额,已付金额,应付金额,基本售价,退货金额,实退金额,优惠金额,商家实收,买家实付")
    )
    table = Table(REPORT, rows, money=money_columns, sheet="聚水潭导出数据")
    return OutFile("erp/销售主题分析.xlsx", "erp.jushuitan_report", "", table, container="xlsx", rows=len(rows))


def _jackyun(world: World) -> OutFile:
    rows = []
    for r in records(world):
        if r.state == "被合并":
            continue
        cells = {
            "订单编号": f"JY{r.own}", "状态": "审核中" if r.state == "待审核" else r.state, "销售渠道": r.title,
            "网店订单号": ",".join(r.numbers), "类型": "零售业务" if r.kind == "普通订单" else "补发业务",
            "下单时间": _clock(r.created), "付款时间": _clock(r.paid), "发货时间": _clock(r.shipped),
            "物流公司": "顺丰" if r.shipped else "", "物流单号": f"SF{r.own}" if r.shipped else "",
            "货品数量": str(sum(i.quantity for _, i in r.items)), "货品摘要": r.items[0][1].title, "应收合计": yuan(r.gets),
            "实付金额": yuan(r.payable), "客户": "t***1",
        }  # fmt: skip
        rows.append([cells[name] for name in JACKYUN])
    table = Table(JACKYUN, rows, money=frozenset({"应收合计", "实付金额"}), sheet="sheetTitle")
    return OutFile("erp/销售单查询.xlsx", "erp.jackyun", "", table, container="xlsx", rows=len(rows))


LAYOUTS: dict[str, Callable[[World], OutFile]] = {"erp": _jushuitan, "erp_jackyun": _jackyun, "erp_report": _report}
"""Word in `World.sides` -> the file."""


def files(world: World) -> list[OutFile]:
    """The ERP export, where the company has an ERP."""
    return [LAYOUTS[word](world) for word in world.sides if word in LAYOUTS]
