"""WeChat Pay files, one per day: trade bills W1 (or W2 and W3), fund flow W4 of two accounts; the seller's own lists.

A seller's own shop prints its lists as it likes: the profiles of these two stand beside the workspace.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.simulator.model import Movement, ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

W1 = names(
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
REFUND_ONLY = ["微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "申请退款金额"]
W2 = [c for c in W1 if c not in REFUND_ONLY]
W3 = [*W1[:14], "退款申请时间", "退款成功时间", *W1[14:]]
TOTALS = {
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}  # fmt: skip
W4 = names(
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
)
W4_TOTALS = names("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额")
BUSINESS = {
    "receipt": ("交易", "交易"), "refund": ("退款", "退款"), "withdrawal": ("充值/提现", "提现"), "topup": ("充值/提现", "充值"),
    "payout": ("商家转账", "商家转账"), "mystery": ("其他", "星云计划"),
}  # fmt: skip
ORDERS = names("商城单号,支付单号,订单状态,实付金额,下单时间,支付时间,发货时间,完成时间")
REFUNDS = names("退款单号,商城单号,退款状态,退款金额,申请时间,退款时间")
STATUS = {"unpaid": "待付款", "paid": "待发货", "shipped": "已发货", "finished": "已完成", "closed": "已取消"}
_ORDERS_TOML = """# 商城单号,支付单号,订单状态,实付金额,下单时间,支付时间,发货时间,完成时间
# D9120261001000001,M9120261001000001,已完成,35.80,2026-10-01 10:00:00,2026-10-01 10:00:30,2026-10-01 18:00:00,2026-10-05 09:00:00
[profile]
id = "own.orders"
title = "自营商城 订单"
platform = "wechatpay"
kind = "orders"
[header]
require = ["商城单号", "支付单号", "订单状态", "实付金额"]
[fields]
order_id = { from = ["商城单号"], as = "id" }
pay_id = { from = ["支付单号"], as = "id" }
created_at = { from = ["下单时间"], as = "datetime" }
paid_at = { from = ["支付时间"], as = "datetime" }
shipped_at = { from = ["发货时间"], as = "datetime" }
finished_at = { from = ["完成时间"], as = "datetime" }
[status]
column = "订单状态"
unpaid = ["待付款"]
paid = ["待发货"]
shipped = ["已发货"]
finished = ["已完成"]
closed = ["已取消"]
[[receivable.reading]]
cash = ["实付金额"]
"""
_REFUNDS_TOML = """# 退款单号,商城单号,退款状态,退款金额,申请时间,退款时间
# R91202610010000011,D9120261001000001,成功,35.80,2026-10-06 09:00:00,2026-10-06 12:00:00
[profile]
id = "own.refunds"
title = "自营商城 退款"
platform = "wechatpay"
kind = "refunds"
[header]
require = ["退款单号", "商城单号", "退款状态", "退款金额"]
[fields]
refund_id = { from = ["退款单号"], as = "id" }
order_id = { from = ["商城单号"], as = "id" }
applied_at = { from = ["申请时间"], as = "datetime" }
[status]
column = "退款状态"
done = ["成功"]
pending = ["处理中"]
rejected = ["已拒绝"]
[refund]
amount = "退款金额"
completed = "退款时间"
"""
PROFILES = {"own.orders.toml": _ORDERS_TOML, "own.refunds.toml": _REFUNDS_TOML}


def files(world: World, spec: ShopSpec) -> list[OutFile]:
    """Every file of one shop of one's own."""
    out = [_orders(world, spec), *([_refunds(world, spec)] if spec.after_sales else [])]
    main = _numbered(world.movements(f"{spec.name}:main"))
    operation = _numbered(world.movements(f"{spec.name}:operation"))
    for number in range((world.as_of - world.bills_from).days + 1):
        day = world.bills_from + timedelta(days=number)
        out += _trades(spec, day, [m for m in main if m[0].at.date() == day.date()])
        out.append(_funds(spec, day, "Basic", "main", [m for m in main if m[0].at.date() == day.date()]))
        moved = [m for m in operation if m[0].at.date() == day.date()]
        out.append(_funds(spec, day, "Operation", "operation", moved))
    return out


Numbered = tuple[Movement, str, str]
"""A movement, the number of its WeChat document and the number it has in the shop."""


def _payment(trade: str, number: int = 0) -> str:
    """Number of the payment of an order (28 digits that begin with 42); `number`: its second payment, and so on."""
    about = int(trade[1:])
    return f"4200{about % 10**18:018d}{(about * 7919 + 1009 * number + 7) % 10**6:06d}"


def _numbered(moves: list[Movement]) -> list[Numbered]:
    """Each movement with its numbers; a refund has 28 digits that begin with 50."""
    paid: dict[str, list[datetime]] = {}
    for m in moves:
        if m.kind == "receipt":
            paid.setdefault(m.trade, []).append(m.at)
    out: list[Numbered] = []
    for m in moves:
        if m.refund_id:
            out.append((m, f"5030{int(m.refund_id[1:]):024d}", m.refund_id))
        elif m.kind in ("receipt", "payment_fee"):
            trade = m.trade or f"M{m.txn_id}"
            turn = sum(at <= m.at for at in paid.get(m.trade, [])) - 1 if m.trade else 0
            out.append((m, _payment(trade, turn), "" if m.anonymous else m.trade))
        else:
            out.append((m, f"TX{m.txn_id}", ""))
    return out


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def _ticked(columns: list[str], rows: list[list[str]], totals: dict[str, str]) -> bytes:
    lines = [",".join(columns), *("`" + ",`".join(row) for row in rows)]
    lines += [",".join(totals), "`" + ",`".join(totals.values())]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _bill(
    spec: ShopSpec, profile: str, name: str, data: bytes, pocket: str, nets: list[tuple[datetime, int]]
) -> OutFile:
    gzipped = spec.shape == "split"
    path = f"wechatpay/{spec.name}/{name}.csv" + (".gz" if gzipped else "")
    return OutFile(
        path, profile, spec.name, raw=data, gzipped=gzipped, wallet=f"{spec.name}:{pocket}", rows=len(nets),
        income=sum(n for _, n in nets if n > 0), expense=sum(n for _, n in nets if n < 0),
        first=min((at for at, _ in nets), default=None), last=max((at for at, _ in nets), default=None),
    )  # fmt: skip


def _trades(spec: ShopSpec, day: datetime, moves: list[Numbered]) -> list[OutFile]:
    groups: dict[str, list[Numbered]] = {}
    for numbered in moves:
        if numbered[0].kind in ("receipt", "refund", "payment_fee"):
            groups.setdefault(numbered[1], []).append(numbered)
    rows = [_trade(spec, group) for group in groups.values()]
    stamp = f"{day:%Y-%m-%d}"
    if spec.shape != "split":
        return [_trade_bill(spec, "wechatpay.w1", f"All{stamp}", W1, rows)]
    paid = [r for r in rows if r["交易状态"] == "SUCCESS"]
    back = [r for r in rows if r["交易状态"] == "REFUND"]
    return [
        _trade_bill(spec, "wechatpay.w2", f"Success{stamp}", W2, paid),
        _trade_bill(spec, "wechatpay.w3", f"Refund{stamp}", W3, back),
    ]


def _trade(spec: ShopSpec, group: list[Numbered]) -> dict[str, str]:
    first, document, own = group[0]
    refund = first.refund_id != ""
    cash = sum(m.amount for m, _, _ in group if m.kind != "payment_fee")
    fee = -sum(m.amount for m, _, _ in group if m.kind == "payment_fee")
    text, sign = yuan(abs(fee)), "-" if fee < 0 else ""
    paid, back = ("0.00", yuan(-cash)) if refund else (yuan(cash), "0.00")
    payment = _payment(first.trade) if refund else document
    return {
        "交易时间": _when(first.at), "公众账号ID": "wx0000000000000001", "商户号": spec.account, "特约商户号": "0",
        "微信订单号": payment, "商户订单号": "" if first.anonymous else first.trade, "用户标识": "oUser", "交易类型": "JSAPI",
        "交易状态": "REFUND" if refund else "SUCCESS", "付款银行": "OTHERS", "货币种类": first.currency, "应结订单金额": paid,
        "代金券金额": "0.00", "退款申请时间": _when(first.at), "退款成功时间": _when(first.at),
        "微信退款单号": document if refund else "0", "商户退款单号": own if refund else "0", "退款金额": back,
        "充值券退款金额": "0.00", "退款类型": "ORIGINAL" if refund else "", "退款状态": "SUCCESS" if refund else "",
        "商品名称": "毛巾,两条装", "手续费": f"{sign}{text}000", "费率": "0.60%", "订单金额": paid, "申请退款金额": back,
    }  # fmt: skip


def _minor(text: str) -> int:
    whole, _, part = text.removeprefix("-").partition(".")
    return (-1 if text.startswith("-") else 1) * (int(whole) * 100 + int(part[:2]))


def _trade_bill(spec: ShopSpec, profile: str, name: str, columns: list[str], rows: list[dict[str, str]]) -> OutFile:
    totals = {"总交易单数": str(len(rows))}
    for total, column in TOTALS.items():
        if column in columns:
            totals[total] = yuan(sum(_minor(row[column]) for row in rows)) + ("000" if column == "手续费" else "")
    data = _ticked(columns, [[row.get(c, "") for c in columns] for row in rows], totals)
    nets = [
        (datetime.fromisoformat(r["交易时间"]), _minor(r["应结订单金额"]) - _minor(r["退款金额"]) - _minor(r["手续费"]))
        for r in rows
    ]
    return _bill(spec, profile, f"{spec.account}{name}", data, "trades", nets)


def _funds(spec: ShopSpec, day: datetime, kind: str, pocket: str, moves: list[Numbered]) -> OutFile:
    rows = []
    for number, (m, document, own) in enumerate(moves, start=1):
        business = BUSINESS.get(m.kind) or (("退款", "退还交易手续费") if m.amount > 0 else ("交易", "扣除交易手续费"))
        ledger = f"{spec.account}{day:%Y%m%d}{number:010d}"
        rows.append([
            _when(m.at), document, ledger, *business, "收入" if m.amount > 0 else "支出", yuan(abs(m.amount)),
            yuan(m.balance), "system", "", own,
        ])  # fmt: skip
    sides = [[m.amount for m, _, _ in moves if (m.amount > 0) is up] for up in (True, False)]
    values = [f"{len(moves)}.0"]
    for side in sides:
        values += [f"{len(side)}.0", yuan(abs(sum(side)))]
    data = _ticked(W4, rows, dict(zip(W4_TOTALS, values, strict=True)))
    nets = [(m.at, m.amount) for m, _, _ in moves]
    return _bill(spec, "wechatpay.w4", f"{spec.account}{kind}{day:%Y-%m-%d}", data, pocket, nets)


def _orders(world: World, spec: ShopSpec) -> OutFile:
    at, rows = world.snapshot, []

    def when(moment: datetime | None) -> str:
        return _when(moment) if moment and moment <= at else ""

    for o in world.orders:
        if o.shop == spec.name and o.exported and o.created <= at:
            rows.append([
                o.order_id, o.trade, STATUS[o.status(at)], yuan(o.buyer_paid), _when(o.created), when(o.paid),
                when(o.shipped), when(o.confirmed),
            ])  # fmt: skip
    path = f"wechatpay/{spec.name}/商城订单_{at:%Y%m%d}.csv"
    return OutFile(path, "own.orders", spec.name, Table(ORDERS, rows), encoding="utf-8-sig", rows=len(rows))


def _refunds(world: World, spec: ShopSpec) -> OutFile:
    rows = []
    for order in (o for o in (*world.orders, *world.orphans) if o.shop == spec.name):
        for r in (r for r in order.refunds if r.documented and r.applied <= world.snapshot):
            done = r.completed <= world.snapshot
            text = {"done": "成功", "rejected": "已拒绝"}[r.state] if done else "处理中"
            completed = _when(r.completed) if done and r.state == "done" else ""
            rows.append([r.refund_id, order.order_id, text, yuan(r.amount), _when(r.applied), completed])
    path = f"wechatpay/{spec.name}/商城退款_{world.snapshot:%Y%m%d}.csv"
    return OutFile(path, "own.refunds", spec.name, Table(REFUNDS, rows), encoding="utf-8-sig", rows=len(rows))
