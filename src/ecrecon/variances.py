"""The closed registry of variance types (design section 7). None changes meaning once published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["stop", "break", "review", "timing", "tolerated", "info"]
Level = Literal["order", "line", "file", "shop", "raw_type"]

KINDS: tuple[Kind, ...] = ("stop", "break", "review", "timing", "tolerated", "info")
KIND = pl.Enum(KINDS)


@dataclass(frozen=True)
class VarianceType:
    """One type of variance: opaque code, stable English name, Chinese name, default kind, definition."""

    code: str
    name: str
    zh: str
    kind: Kind
    check: str
    level: Level
    definition: str


_TABLE: tuple[tuple[str, str, str, Kind, str, Level, str], ...] = (
    ("F01", "layout_unknown", "无法识别的格式", "stop", "bill", "file", "looks like a bill, but no profile accepts it, or two do"),
    ("F02", "layout_drift", "列有增减", "info", "bill", "file", "accepted with added or missing optional columns"),
    ("F03", "encoding_damage", "编码损坏", "stop", "bill", "file", "undecodable bytes or replacement characters"),
    ("F04", "id_damaged", "单号被 Excel 破坏", "stop", "bill", "file", "an id in E-notation or with lost digits"),
    ("F05", "control_total", "合计不符", "break", "bill", "file", "a printed count or total differs from the lines"),
    ("F06", "balance_break", "余额不连续", "break", "bill", "file", "the running balance does not roll"),
    ("F07", "coverage_gap", "账单缺日", "break", "bill", "file", "a day is missing inside the covered range"),
    ("F08", "file_duplicate", "重复文件", "info", "bill", "file", "same rows as another file"),
    ("F09", "row_duplicate", "重复流水", "info", "bill", "file", "the same ledger id twice with the same content; kept once"),
    ("F10", "bill_reissued", "账单有变", "review", "bill", "file", "a covered day changed between downloads"),
    ("F11", "bad_value", "单元格无法解析", "stop", "bill", "file", "a money, date or enum cell that does not fit"),
    ("F12", "bill_missing", "缺账单", "review", "bill", "shop", "orders wait for an account whose bill is absent"),
    ("F13", "snapshot_order", "订单快照倒退", "review", "bill", "order", "a newer order export shows an earlier status"),
    ("F14", "file_of_other_shop", "疑似其他店铺的账单", "stop", "bill", "file", "most ids of the bill belong to another shop"),
    ("F15", "amount_basis", "应收口径不符", "stop", "bill", "shop", "the best reading of the order amounts leaves more than 5 % and at least 20 settled orders open"),
    ("F16", "not_merchant_bill", "非商家账单", "review", "bill", "file", "recognised and refused, for example a consumer bill"),
    ("F17", "file_incomplete", "文件不完整", "stop", "bill", "file", "the end of the file, or of its last row, is missing"),
    ("X01", "not_yet_due", "未到结算期", "timing", "receipt", "order", "nothing received and the term is not over"),
    ("X02", "overdue_receipt", "超期未回款", "break", "receipt", "order", "nothing received, due date past and covered by bills"),
    ("X03", "receipt_without_order", "有款无单", "break", "receipt", "order", "money for an order that is not in the order files"),
    ("X04", "receipt_without_reference", "无单号收款", "review", "receipt", "line", "order money without any order number"),
    ("X05", "sold_not_recorded", "平台有单 ERP 无单", "break", "goods", "order", "sold on the platform, not recorded in the ERP"),
    ("X06", "paid_not_shipped", "已结算未发货", "break", "goods", "order", "settled without shipment"),
    ("X07", "payout_not_in_bank", "提现未到账", "break", "payout", "line", "a withdrawal did not reach the bank"),
    ("X08", "bank_not_in_payout", "银行收款无来源", "review", "payout", "line", "a bank receipt without a withdrawal"),
    ("X09", "prior_period", "以前期间", "timing", "receipt", "order", "belongs to a closed period"),
    ("X10", "recorded_not_on_platform", "ERP 有单平台无单", "break", "goods", "order", "recorded in the ERP, not sold on the platform"),
    ("X11", "before_opening", "期初前订单", "info", "receipt", "order", "the order is older than the loaded orders"),
    ("X12", "order_file_missing", "缺订单文件", "info", "receipt", "order", "money for an order of a shop of which no order file could be read: not checked"),
    ("A01", "rounding", "尾差", "tolerated", "receipt", "order", "a residue within the group's tolerance"),
    ("A02", "short_receipt", "少收（相对应收）", "break", "receipt", "order", "residue after all named components: too little"),
    ("A03", "over_receipt", "多收（相对应收）", "break", "receipt", "order", "residue after all named components: too much"),
    ("A04", "partial_receipt", "部分到账", "timing", "receipt", "order", "part received, the order is still open"),
    ("A05", "double_receipt", "重复到账", "break", "receipt", "order", "the same receipt more than once"),
    ("A06", "tolerance_cap", "尾差累计超限", "break", "receipt", "shop", "sum of roundings per shop and month over the cap"),
    ("A07", "advance_open", "提前收款未抵", "timing", "receipt", "order", "an advance that was not netted by its repayment yet"),
    ("A08", "price_adjustment", "价保扣款", "info", "receipt", "order", "price protection, a bill line of its own name"),
    ("R01", "refund_not_in_bill", "售后已退账单未见", "break", "refund", "order", "a refund document without a bill line and not netted before settlement"),
    ("R02", "refund_not_in_book", "账单已退售后无单", "break", "refund", "order", "a refund line without a refund document"),
    ("R03", "refund_amount", "退款金额不符", "break", "refund", "order", "document and line differ in amount"),
    ("R06", "returned_not_refunded", "已退货未退款", "break", "refund", "order", "goods came back, no refund"),
    ("R07", "fee_not_returned", "退款后费用未退", "break", "fee", "order", "a fee that should come back on a refund did not"),
    ("R08", "refund_exceeds_receipt", "退款超过收款", "break", "refund", "order", "more taken back than was due"),
    ("R09", "refund_unverified", "退款无售后单核对", "info", "refund", "shop", "refund lines, but no after-sale file of that time"),
    ("C01", "fee_amount", "费率异常", "break", "fee", "order", "a fee that differs from the agreed rate"),
    ("C02", "fee_missing", "应扣未扣", "info", "fee", "order", "an agreed fee was not charged"),
    ("C04", "unmapped_fee", "未识别费用", "review", "fee", "raw_type", "a raw type that the profile does not know"),
    ("C05", "fee_without_order", "店铺级费用", "info", "fee", "raw_type", "fees and compensations without an order number"),
    ("C06", "coupon_short", "平台优惠未补足", "break", "receipt", "order", "the platform's part of the price is missing"),
    ("M01", "ambiguous", "候选不唯一", "review", "receipt", "order", "several equal candidates; listed, never decided"),
    ("M02", "batch_unbalanced", "批次不平", "break", "tieout", "line", "a payout differs from its lines"),
    ("M05", "shop_mismatch", "店铺不符", "break", "receipt", "order", "money of one order in two shops"),
    ("M06", "currency", "币种不符", "break", "receipt", "order", "money of one order in two currencies"),
    ("M08", "status_conflict", "状态矛盾", "break", "receipt", "order", "a closed order that keeps money"),
    ("T01", "settlement_cash_diff", "结算与流水不符", "break", "tieout", "line", "settlement detail and cash movement differ"),
    ("S01", "fake_order", "刷单", "info", "receipt", "order", "on the user's list of fake orders"),
    ("S02", "zero_or_gift", "零元/赠品/补发", "info", "receipt", "shop", "orders with nothing due and nothing received"),
    ("S03", "own_transfer", "内部转账", "info", "payout", "line", "a transfer between own accounts"),
)  # fmt: skip

VARIANCES: dict[str, VarianceType] = {row[1]: VarianceType(*row) for row in _TABLE}
BY_CODE: dict[str, VarianceType] = {v.code: v for v in VARIANCES.values()}
CODES: tuple[str, ...] = tuple(BY_CODE)
CODE = pl.Enum(CODES)
CHECKS: tuple[str, ...] = ("bill", "receipt", "refund", "fee", "goods", "tieout", "payout")


def type_expr(column: str = "code") -> pl.Expr:
    """Expression: the English type name of the code in `column`."""
    return (
        pl.col(column).cast(pl.String).replace_strict({c: v.name for c, v in BY_CODE.items()}, return_dtype=pl.String)
    )


def check_expr(column: str = "code") -> pl.Expr:
    """Expression: the check that the code in `column` belongs to."""
    return (
        pl.col(column).cast(pl.String).replace_strict({c: v.check for c, v in BY_CODE.items()}, return_dtype=pl.String)
    )
