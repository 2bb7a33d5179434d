"""What to do next, per variance type: one sentence in each language."""

from __future__ import annotations

from ecrecon.messages import tr

_HINTS: dict[str, tuple[str, str]] = {
    "X01": ("尚未到结算期，结转下期跟踪", "not due yet; carried forward"),
    "X02": ("已过结算期且账单覆盖，未见回款：向平台核实该订单", "past its term and covered by bills, nothing came: ask the platform about this order"),
    "X03": ("账单有款但订单文件中没有该订单：补导订单，或核实是否他店订单", "money without a loaded order: export the order again, or check whether it is another shop's"),
    "X04": ("货款类流水没有订单号：按时间和金额人工核对", "order money without an order number: check by time and amount"),
    "X11": ("订单早于已载入的订单，按期初处理", "the order is older than the loaded orders; treated as opening"),
    "X12": ("这个店铺没有读到订单文件，这笔钱没有核对：导出该店铺的订单后重跑", "no order file of this shop could be read, so this money was not checked: export its orders and run again"),
    "A01": ("在容差内，计入尾差", "within tolerance; counted as rounding"),
    "A02": ("少收：对照账单明细核实是否有未列明的扣款", "too little came: look for a deduction that has no line of its own"),
    "A03": ("多收：核实是否补款、改价或他单款项", "too much came: look for a supplement, a price change or another order's money"),
    "A04": ("部分到账，订单未完成，结转下期跟踪", "part came, the order is not finished; carried forward"),
    "A05": ("同一货款到账多次：向平台核实是否会扣回", "the same money came more than once: ask whether the platform will take it back"),
    "A06": ("本月尾差合计超过上限：检查是否有系统性少付", "roundings of the month exceed the cap: look for a systematic short payment"),
    "A07": ("提前收款尚未由还款抵销", "the advance has not been netted by its repayment yet"),
    "A08": ("价保扣款，按账单入账", "price protection, booked as the bill says"),
    "R01": ("售后单已退款，账单未见退款流水：确认退款从哪个账户支付", "refunded by the after-sale list, no line in the bills: find the account it was paid from"),
    "R02": ("账单有退款而售后文件没有：补导售后单，或核实退款原因", "a refund line without a document: export after-sales again, or find the reason"),
    "R03": ("售后单与账单退款金额不一致：核对退款明细", "document and line differ in amount: compare the refund details"),
    "R07": ("退款后应退的费用未退：向平台申诉", "the fee should have come back with the refund: file a claim"),
    "R08": ("扣回的平台优惠超过应收：向平台核实", "more platform discount was taken back than was due: ask the platform"),
    "R09": ("没有这段时间的售后文件，退款按账单计入；导出售后单后可核对", "no after-sale file of that time; refunds follow the bill; export after-sales to verify"),
    "C01": ("实际费率与约定不同：核对类目费率或活动费率", "the fee differs from the agreed rate: check category and campaign rates"),
    "C02": ("约定的费用本单未扣", "the agreed fee was not charged"),
    "C04": ("账单出现未识别的费用类型：确认含义并加入格式档案", "a raw type that is not in the profile: find out what it is and add it"),
    "C05": ("没有订单号的店铺级费用，按店铺入账", "a fee of the shop without an order; booked for the shop"),
    "C06": ("平台优惠部分未到账：向平台核实", "the platform's part of the price did not come: ask the platform"),
    "F12": ("缺账单：补下载后重跑", "a bill is missing: download it and run again"),
    "M01": ("单号或金额对应多个候选：从列出的候选中选定", "the number fits several orders or bank lines: choose one of the candidates named"),
    "M02": ("本批打印的合计与其明细不等：重新下载该批明细", "the printed total of the batch differs from its lines: download its lines again"),
    "T01": ("结算明细与资金流水不符：核对该批次两边的明细，补下载缺少的文件", "the settlement detail and the account movement differ: compare both sides, download what is missing"),
    "X07": ("提现已过银行到账期且银行流水已覆盖，未见到账：向平台或银行核实", "past the bank window and covered by the statement, the payout is not there: ask the platform or the bank"),
    "X08": ("银行有平台付款而账单没有对应的提现：补下载该账户的资金账单", "the bank shows a payment of a platform without a payout: download the bill of that account"),
    "S03": ("自有账户之间的划转，只计一次", "a transfer between own accounts, counted once"),
    "X05": ("平台已付款订单在 ERP 中没有：检查店铺授权与抓单，补录订单", "paid on the platform, not in the ERP: check the shop's connection and record the order"),
    "X06": ("已收货款而没有发货记录：核实是否漏发、线下发货或虚假交易", "paid out without a shipment: was it forgotten, shipped by other ways, or never sold?"),
    "X10": ("ERP 有单而平台订单文件中没有：核实是否手工单、他店订单或订单文件不全", "recorded without an order of the platform: made by hand, another shop's, or is the export incomplete?"),
    "R06": ("货已退回仓库而未见退款：核实售后进度", "goods are back and no refund was seen: check the after-sale"),
    "M05": ("订单与流水分属两个店铺：核对账户归属", "order and money belong to two shops: check whose account it is"),
    "M06": ("同一订单出现两种币种", "two currencies in one order"),
    "M08": ("订单已关闭但仍有留存款：核实是否漏退", "a closed order keeps money: check whether a refund is missing"),
    "S01": ("在刷单名单中：计入资金，不计收入", "on the list of fake orders: in the cash proof, out of revenue"),
    "S02": ("零元/赠品/补发订单，不参与应收核对", "orders with nothing due; left out of the receivable check"),
    "F15": ("应收口径不符：检查订单文件金额列", "no reading of the order amounts fits: check the amount columns"),
}  # fmt: skip


def hint(code: str) -> str:
    """The next step for a type, in the language of the run; empty where the row says it itself."""
    zh, en = _HINTS.get(code, ("", ""))
    return tr(zh, en)


def hint_map() -> dict[str, str]:
    """Code -> next step, for all types that have one."""
    return {code: hint(code) for code in _HINTS}
