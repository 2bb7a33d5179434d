"""The worked profiles of the vocabulary, as the interpreter meets them."""

from __future__ import annotations

from tests.reading.interpreter.fakes import profile

ALIPAY_TOML = r"""
[profile]
id = "alipay.a1"
title = "支付宝 账务明细"
platform = "alipay"
kind = "bill"
view = "cash"
grain = "order"
[file]
stop_at = '^#'
dates = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"]
[preamble]
account = '账号：\[(\d{16,20})'
from = '起始日期：\[([^\]]+)\]'
until = '终止日期：\[([^\]]+)\]'
until_is = "exclusive"
exported_at = '导出时间：\[([^\]]+)\]'
[header]
require = ["账务流水号", "发生时间", "收入金额", "支出金额", "业务类型", "备注"]
forbid = ["支付宝流水号"]
known = ["商品名称", "业务账单来源"]
[fields]
txn_id = { from = ["账务流水号"], as = "id" }
biz_txn_id = { from = ["业务流水号"], as = "id" }
merchant_order_no = { from = ["商户订单号"], as = "text" }
order_id = { as = "id", from = [
  { column = "业务基础订单号", extract = '^(\d{15,19})' },
  { column = "商户订单号", extract = '^T\d+P(\d{15,19})(?:\D|$)' },
  { column = "商户订单号", extract = '(?:=|_|-)(\d{15,19})$' },
  { column = "备注", extract = '(?:^|\D)(\d{15,19})(?:\D|$)' } ] }
sub_order_id = { from = ["业务订单号"], as = "id" }
occurred_at = { from = ["发生时间"], as = "datetime" }
desc_code = { from = ["业务描述"], as = "text", extract = '^(\d{7,12}T?)\|', keep = false }
counterparty = { from = ["对方账号"], as = "text", keep = false }
raw_type = { from = ["业务类型"], as = "text" }
channel = { from = ["交易渠道"], as = "text" }
remark = { from = ["备注"], as = "text" }
[amount]
mode = "in_out"
in = "收入金额"
out = "支出金额"
out_sign = "any"
balance = "账户余额"
both_zero = "void"
[category]
order = ["desc_code", "remark_rules", "raw_type", "prefix_rules"]
[[category.remark_rules]]
when = { remark = { regex = '^天猫佣金（类目' } }
is = "commission"
[[category.remark_rules]]
when = { remark = { contains = "小额打款" } }
is = "buyer_compensation"
[category.desc_code]
"0010001" = "goods_receipt"
"0020001" = "refund"
"0030001" = "points"
"0030003" = "commission"
"0050005" = "freight_insurance"
[category.raw_type]
"交易付款" = "goods_receipt"
"交易退款" = "refund"
"提现" = "withdrawal"
[[category.prefix_rules]]
when = { desc_code = { prefix = "003" } }
is = "tech_service_fee"
[identity]
key = ["txn_id"]
[[controls.count]]
of = "out"
regex = '支出合计[:：]\s*(?P<count>[\d,]+)笔[，,]?\s*共?\s*(?P<sum>-?[\d,.]+)元'
[[controls.count]]
of = "in"
regex = '收入合计[:：]\s*(?P<count>[\d,]+)笔[，,]?\s*共?\s*(?P<sum>-?[\d,.]+)元'
[[controls.balance]]
column = "账户余额"
"""

PDD_TOML = r"""
[profile]
id = "pdd.p1"
title = "拼多多 货款明细"
platform = "pdd"
kind = "bill"
view = "cash"
grain = "order"
[file]
stop_at = '^#'
[preamble]
from = '起始时间：\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'
until = '终止时间：\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'
until_is = "inclusive"
exported_at = '导出时间：\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'
[header]
require = ["商户订单号", "发生时间", "收入金额", "支出金额", "账务类型", "业务描述"]
forbid = ["账务流水号", "账户余额", "入账时间"]
[header.alias]
"商户订单号" = ["商品订单号"]
[fields]
order_id = { from = ["商户订单号"], as = "id" }
occurred_at = { from = ["发生时间"], as = "datetime" }
order_created_at = { from = ["商户订单号"], extract = '^(\d{6})-', as = "date", dates = ["%y%m%d"] }
desc_code = { from = ["业务描述"], as = "text", extract = '^(\d{7})\|', keep = false }
raw_desc = { from = ["业务描述"], as = "text" }
raw_type = { from = ["账务类型"], as = "text" }
remark = { from = ["备注"], as = "text", null = ["-"] }
[amount]
mode = "in_out"
in = "收入金额"
out = "支出金额"
out_sign = "minus"
text_after = true
both_zero = "void"
[category]
order = ["desc_code", "raw_type"]
[category.desc_code]
"0010002" = "goods_receipt"
"0010005" = "coupon_platform"
"0020002" = "refund"
"0030002" = "tech_service_fee"
"0070004" = "transfer"
"0080001" = "withdrawal"
[category.raw_type]
"交易收入" = "goods_receipt"
[[controls.count]]
of = "out"
regex = '支出合计[:：]\s*(?P<count>\d+)笔[，,]?共?\s*(?P<sum>-?[\d,.]+)元'
[[controls.count]]
of = "in"
regex = '收入合计[:：]\s*(?P<count>\d+)笔[，,]?共?\s*(?P<sum>-?[\d,.]+)元'
[[controls.count]]
of = "net"
regex = '总计[:：]\s*(?P<count>\d+)笔[，,]?共?\s*(?P<sum>-?[\d,.]+)元'
"""

DOUYIN_TOML = r"""
[profile]
id = "douyin.d1"
title = "抖店 动账明细"
platform = "douyin"
kind = "bill"
view = "cash"
grain = "sub_order"
[header]
require = ["动账时间", "动账方向", "动账金额", "动账场景"]
require_any = [["订单号", "关联订单号"]]
forbid = ["账户余额"]
new_money_column = "split"
[header.alias]
"动账流水号" = ["动帐流水号"]
[fields]
txn_id = { from = ["动账流水号"], as = "id" }
occurred_at = { from = ["动账时间"], as = "datetime" }
order_created_at = { from = ["下单时间"], as = "datetime" }
order_id = { from = ["订单号", "关联订单号"], as = "id" }
sub_order_id = { from = ["子订单号", "关联子订单号"], as = "id" }
refund_id = { from = ["售后编号"], as = "id" }
channel = { from = ["动账账户"], as = "text" }
entity = { from = ["商户主体名称"], as = "text" }
raw_type = { from = ["动账场景"], as = "text" }
remark = { from = ["备注"], as = "text" }
[amount]
mode = "direction"
column = "动账金额"
direction = "动账方向"
in = ["入账"]
out = ["出账"]
printed = "any"
[split]
negated_ok = true
retry_without = ["运费实付"]
[split.columns]
"订单实付应结" = "goods_receipt"
"运费实付" = "freight_income"
"实际平台补贴_运费" = "subsidy"
"实际平台补贴" = "coupon_platform"
"其他平台补贴" = "coupon_platform"
"以旧换新抵扣" = "subsidy"
"政府补贴平台垫资" = "subsidy"
"实际达人补贴" = "subsidy"
"实际抖音支付补贴" = "coupon_platform"
"实际抖音月付营销补贴" = "coupon_platform"
"银行补贴" = "coupon_platform"
"订单退款" = "refund"
"平台服务费" = "tech_service_fee"
"佣金" = "affiliate_commission"
"服务商佣金" = "affiliate_commission"
"渠道分成" = "affiliate_commission"
"招商服务费" = "affiliate_commission"
"站外推广费" = "promotion"
"其他分成" = "other"
[category]
order = ["rules", "raw_type"]
[[category.rules]]
when = { raw_type = { contains = "退分账" }, remark = { contains = "退回平台返现金额" } }
is = "coupon_platform"
[category.raw_type]
"货款结算入账" = "goods_receipt"
"退款-结算后退款-退用户" = "refund"
"退款-订单退款触发-退补贴" = "coupon_platform"
"退款-订单退款触发-退分账" = "tech_service_fee"
"提现" = "withdrawal"
[identity]
key = ["txn_id"]
"""

TAOBAO_TOML = r"""
[profile]
id = "taobao.t1"
title = "淘宝/天猫 订单报表"
platform = "taobao"
kind = "orders"
[header]
require = ["订单编号", "订单状态"]
require_any = [["买家应付货款", "总金额"], ["买家实付金额"]]
forbid = ["子订单编号"]
[header.alias]
"买家实付金额" = ["买家实际支付金额"]
"支付单号" = ["支付交易号"]
[fields]
order_id = { from = ["订单编号"], as = "id" }
pay_id = { from = ["支付单号"], as = "id" }
channel = { from = ["支付详情"], as = "text", map = { "支付宝" = "alipay", "微信" = "wechat" } }
shop = { from = ["店铺名称"], as = "text" }
buyer_paid = { from = ["买家实付金额"], as = "money" }
freight = { from = ["买家应付邮费"], as = "money" }
created_at = { from = ["订单创建时间"], as = "datetime" }
paid_at = { from = ["订单付款时间"], as = "datetime" }
shipped_at = { from = ["发货时间"], as = "datetime" }
finished_at = { from = ["确认收货时间"], as = "datetime" }
[status]
column = "订单状态"
unpaid = ["等待买家付款"]
paid = ["买家已付款,等待卖家发货"]
shipped = ["卖家已发货,等待买家确认"]
finished = ["交易成功"]
closed = ["交易关闭"]
[[receivable.reading]]
cash = ["确认收货打款金额"]
platform = []
adds_back = "refunds_until_finished"
only = ["finished"]
[[receivable.reading]]
cash = ["买家实付金额"]
platform = ["天猫卡券抵扣", "集分宝抵扣"]
"""

PDD_ORDERS_TOML = r"""
[profile]
id = "pdd.p3"
title = "拼多多 订单导出"
platform = "pdd"
kind = "orders"
[header]
require = ["订单号", "商家实收金额"]
[fields]
order_id = { from = ["订单号"], as = "id" }
paid_at = { from = ["支付时间", "订单成交时间"], as = "datetime" }
[status]
column = "订单状态"
paid = ["待发货"]
finished = ["已收货"]
closed = ["已取消", "已发货，退款成功"]
[[receivable.reading]]
cash = ["用户实付金额"]
platform = ["商家实收金额", "-用户实付金额"]
"""

REFUNDS_TOML = r"""
[profile]
id = "taobao.t3"
title = "淘宝/天猫 退款管理"
platform = "taobao"
kind = "refunds"
[header]
require = ["退款编号", "买家退款金额"]
[fields]
refund_id = { from = ["退款编号"], as = "id" }
order_id = { from = ["订单编号"], as = "id" }
pay_id = { from = ["支付宝交易号"], as = "id" }
paid_at = { from = ["订单付款时间"], as = "datetime" }
goods_returned = { from = ["是否需要退货"], as = "text", map = { "不需要" = "false", "需要" = "true" } }
[status]
column = "退款状态"
done = ["退款成功"]
rejected = ["退款关闭"]
[refund]
amount = "买家退款金额"
gross = true
completed = "退款完结时间"
"""

ALIPAY = profile(ALIPAY_TOML)
PDD = profile(PDD_TOML)
DOUYIN = profile(DOUYIN_TOML)
TAOBAO = profile(TAOBAO_TOML)
PDD_ORDERS = profile(PDD_ORDERS_TOML)
REFUNDS = profile(REFUNDS_TOML)
ALL = (ALIPAY, PDD, DOUYIN, TAOBAO, PDD_ORDERS, REFUNDS)
