"""How a movement of an Alipay wallet is worded: type, code, remark, numbers (formats: alipay 3, taobao_tmall 5 and 6)."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.simulator.model import Movement


class Wording(NamedTuple):
    """Texts of one A1 row. `{o}` order, `{s}` sub order else order, `{t}` trade, `{d}` refund, `{n}` note."""

    raw_type: str
    merchant_no: str = ""
    remark: str = ""
    desc: str = ""
    source: str = ""
    party: str = "*宝"
    own_document: bool = True


WORDINGS: dict[str, Wording] = {
    "receipt": Wording(
        "交易付款", "T200P{o}", "", "0010001|交易收款-交易收款", party="*明(abc***@example.com)", own_document=False
    ),
    "advance": Wording("交易付款", "T200P{o}", "", "001002200001|交易收款-提前收款-花呗交易", own_document=False),
    "advance_repaid": Wording(
        "其它", "T200P{o}", "花呗交易提前收款还款", "064000200001|交易还款-提前收款-花呗交易", own_document=False
    ),
    "advance_refunded": Wording(
        "其它",
        "T200P{o}",
        "花呗-售后退款-{d}-T200P{o}",
        "064000200002|交易还款-提前收款-花呗交易售中退款",
        own_document=False,
    ),
    "forfeit": Wording("交易付款", "T200P{o}", "", "0010002|交易收款-预售定金（买家责任不退还）", own_document=False),
    "refund": Wording(
        "交易退款", "", "售后退款-{d}-T200P{o}", "0020001|交易退款-余额退款", party="*红(186***11)", own_document=False
    ),
    "commission": Wording(
        "其它",
        "HJCAE==1==2=={s}",
        "天猫佣金（类目）{{{s}}}扣款",
        "0030003|软件服务费-类目软件服务费（原天猫佣金）",
        "天猫账房",
        "*猫",
    ),
    "tech_fee": Wording(
        "其它", "HJCAE==1==2=={s}", "基础软件服务费({s})扣款", "0030130|软件服务费-基础软件服务费", "淘宝账房"
    ),
    "points": Wording("其它", "CAE_POINT_{o}", "代扣返点积分{o}", "0030001|软件服务费-天猫返点积分", "天猫账房"),
    "affiliate": Wording("交易分账", "HJCOM==1==2=={o}", "淘宝客佣金代扣款[{o}]", "0060011|营销支出-淘宝客佣金"),
    "insurance": Wording(
        "其它", "", "保险承保-卖家版运费险保费收取:淘宝订单号{o}", "0050005|保险支出-卖家版运费险", party="*险"
    ),
    "payment_fee": Wording("收费", "", "花呗支付服务费[{t}];淘宝交易号[T200P{o}]", "0030038|软件服务费-支付宝服务费"),
    "installment": Wording("收费", "", "技术服务费(花呗分期免息营销)[{t}]", ""),
    "compensation": Wording("转账", "", "支付宝转账小额打款-关联订单号：{o}", "", party="*红(186***11)"),
    "withdrawal": Wording("提现", "", "", "", party="某某银行(0001)"),
    "ad_transfer": Wording("转账", "", "代扣款（扣款用途：直通车自动充值-万相台）", "", party="*妈"),
    "interest": Wording("结息", "", "", "", party="某某银行"),
    "fund_out": Wording("提现", "", "余利宝自动转入", ""),
    "fund_in": Wording("", "", "余利宝-基金赎回", ""),
    "deposit": Wording("转账", "", "{n}", ""),
    "donation": Wording("其它", "", "公益宝贝捐赠=爱心计划", "0110001|公益宝贝"),
    "year_fee": Wording("其它", "", "技术服务费年费代扣2026", "0030002|软件服务费-天猫年费", "天猫账房"),
    "mystery": Wording("其它", "", "星云计划结算扣款", "0990007|其他-星云计划", "天猫账房"),
}
"""Kind of movement -> its wording in a merchant's Alipay bill."""


def worded(movement: Movement) -> dict[str, str]:
    """Cells of one A1 row without the amounts; a nameless movement carries no number that leads to an order."""
    wording = WORDINGS[movement.kind]
    blank = movement.anonymous or not movement.order_id
    order = "" if blank else movement.order_id
    values = {
        "o": order, "s": movement.sub_id or order, "t": movement.trade, "d": movement.refund_id, "n": movement.note,
    }  # fmt: skip
    document = f"{movement.at:%Y%m%d}{movement.txn_id[-12:]:0>24}" if wording.own_document or blank else movement.trade
    return {
        "账务流水号": movement.txn_id,
        "业务流水号": document,
        "商户订单号": "" if blank else wording.merchant_no.format(**values),
        "商品名称": "气球套装" if movement.kind == "receipt" else "",
        "发生时间": f"{movement.at:%Y-%m-%d %H:%M:%S}",
        "对方账号": wording.party,
        "交易渠道": "支付宝",
        "业务类型": wording.raw_type,
        "备注": wording.remark.format(**values) if order or "{" not in wording.remark or movement.note else "",
        "业务描述": wording.desc,
        "业务账单来源": wording.source,
        "业务基础订单号": order,
        "业务订单号": movement.sub_id if order else "",
    }
