"""Words of the program and money as people read them, and what to do about a variance. Unknown words are shown as they are."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base import money
from ecrecon.base.categories import CATEGORIES
from ecrecon.base.platforms import platform_name, platform_names
from ecrecon.base.texts import language, tr
from ecrecon.base.variances import BY_CODE, VARIANCES, advice_map

# Money of rows in several currencies as text, and the one amount that stands for a variance row.

DEFAULT_CURRENCY = "CNY"

_NO_DECIMALS = [code for code, digits in money.EXPONENTS.items() if digits == 0]
_THREE_DECIMALS = [code for code, digits in money.EXPONENTS.items() if digits == 3]
_IN_ACTUAL = [v.code for v in VARIANCES.values() if v.level in ("shop", "raw_type") or v.code.startswith("S")]
_OF_FILES = [v.code for v in VARIANCES.values() if v.level == "file"]


def text_expr(minor: str, currency: str = "currency") -> pl.Expr:
    """Expression: minor units of column `minor` as decimal text of the currency of the row; null stays null."""
    code = pl.col(currency).cast(pl.String)
    value = pl.col(minor)
    return (
        pl.when(code.is_in(_NO_DECIMALS))
        .then(money.decimal_expr(value, 0))
        .when(code.is_in(_THREE_DECIMALS))
        .then(money.decimal_expr(value, 3))
        .otherwise(money.decimal_expr(value, 2))
    )


def text(minor: int | None, currency: str | None = None) -> str | None:
    """One amount as decimal text; None stays None."""
    if minor is None:
        return None
    return money.decimal_text(minor, money.exponent(currency or DEFAULT_CURRENCY))


def grouped(minor: int, currency: str | None = None) -> str:
    """One amount for people: `-1,234.50`."""
    plain = money.decimal_text(abs(minor), money.exponent(currency or DEFAULT_CURRENCY))
    whole, dot, fraction = plain.partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{dot}{fraction}"


def shown(minor: int, currency: str | None = None) -> str:
    """One amount for people, with its code where it is not yuan: `1,234.50`, `1,234.50 USD`, `1,234 JPY`."""
    code = currency or DEFAULT_CURRENCY
    return grouped(minor, code) + ("" if code == DEFAULT_CURRENCY else f" {code}")


def foreign(frame: pl.DataFrame) -> bool:
    """Whether any row is not in yuan: then a table says the currency of each."""
    return bool((frame["currency"].cast(pl.String).fill_null(DEFAULT_CURRENCY) != DEFAULT_CURRENCY).any())


def money_expr() -> pl.Expr:
    """Expression on VARIANCE_ROWS: the amount that the row is about (Int64, signed like money).

    Rows of orders and lines: their difference. Rows of a shop, a raw type or of the S family carry their sum in
    `actual`; rows of a file are actual minus expected (docs/matching.md "Dispositions").
    """
    code = pl.col("code").cast(pl.String)
    actual = pl.col("actual_minor").fill_null(0)
    return (
        pl.when(code.is_in(_IN_ACTUAL))
        .then(actual)
        .when(code.is_in(_OF_FILES))
        .then(actual - pl.col("expected_minor").fill_null(0))
        .otherwise(pl.col("difference_minor").fill_null(0))
    )


# Words of the program as people read them. Unknown words are shown as they are.

KIND_WORDS = {
    "stop": "停止", "break": "差异", "review": "待确认", "timing": "时间性", "tolerated": "尾差内", "info": "提示",
}  # fmt: skip

SOURCE_KINDS = {
    "bill": "账单", "orders": "订单", "order_lines": "订单商品", "refunds": "售后", "shipments": "发货",
    "bank": "银行流水", "cost": "成本", "ignore": "忽略", "ignored": "已忽略", "refused": "非商家账单",
    "unreadable": "无法读取", "unknown": "未识别",
}  # fmt: skip

VIEW_WORDS = {"cash": "资金流水", "detail": "结算明细", "witness": "佐证"}

STATES = {"not_due": "未到期", "partly": "部分到账", "overdue": "已超期", "not_checked": "未核对"}

ROLE_WORDS = {"principal": "货款类", "fee": "费用", "compensation": "赔付", "account": "账户往来"}

VERDICTS = {
    "ok": "一致", "break": "有差异", "review": "待确认", "stop": "不可信", "not_checked": "未核对", "timing": "一致",
}  # fmt: skip

DISPOSITIONS = {
    "grouped": "已归入核对组", "account_level": "账户级收支", "unreferenced": "无单号收款",
    "before_opening": "期初前", "duplicate": "重复", "superseded": "被新账单替代", "pending": "未结算",
    "after_as_of": "截止时点之后", "void": "零金额", "witness": "佐证（不计入）", "explained": "净额，由结算明细说明", "settled": "已核对一致",
    "partly": "部分到账", "open": "有差异", "overdue": "超期未回款", "not_due": "未到期",
    "cancelled_unpaid": "未付款关闭", "excluded": "零元不计", "not_checked": "未核对",
    "presumed_settled": "期初前已结", "in_group": "已归入核对组", "no_order": "无对应订单",
    "not_completed": "未完成", "total": "合计", "cost_order": "计入订单", "cost_other_file": "另一文件已列", "cost_merged": "已并入其他 ERP 单",
    "cost_cancelled": "已取消未发货", "cost_no_order": "无对应订单", "cost_ambiguous": "单号对应多个订单",
}  # fmt: skip

CHECK_WORDS = {
    "bill": "账单审核", "receipt": "应收核对", "refund": "退款核对", "fee": "费用核对", "goods": "发货核对",
    "tieout": "账单勾稽", "payout": "提现核对",
}  # fmt: skip

LAWS = {
    "read": "账单行与读入时一致", "books": "订单、售后与读入时一致",
    "a": "账单行去向", "b": "订单去向", "b2": "售后单去向", "c": "差异=构成之和", "d": "构成按类别合计", "v": "两份账单不相加",
    "costs": "ERP 成本去向", "balance": "期初+收支=期末", "vouchers": "借方=贷方", "trace": "凭证行可追溯到账单行", "lines": "账单行去向",
    "orders": "订单去向", "documents": "售后单去向", "components": "差异=构成之和", "kinds": "构成按类别合计",
}  # fmt: skip
LAWS_EN = {
    "read": "bill lines are what was read", "books": "orders and after-sales are what was read",
    "a": "every bill line has one disposition", "b": "every order has one disposition",
    "b2": "every refund document has one disposition", "c": "difference = sum of its components",
    "d": "components by kind", "v": "two looks at one money are never added",
    "costs": "every printed cost has one fate", "balance": "opening + movements = closing", "vouchers": "debit = credit",
    "trace": "voucher lines lead back to bill lines",
}  # fmt: skip

CONTROLS = {
    "income": "收入", "expense": "支出", "net": "合计", "total": "合计", "opening": "期初余额", "closing": "期末余额",
    "balance": "余额连续", "rows": "行数", "fee": "费用", "refund": "退款",
}  # fmt: skip
_CONTROL_UNITS = {"count": ("笔数", "count"), "sum": ("金额", "amount")}

DECISIONS = {"accepted": "接受", "written_off": "已核销", "ignored": "忽略", "pending": "待查"}

_ITEMS = {**{name: c.zh for name, c in CATEGORIES.items()}, **KIND_WORDS, **DISPOSITIONS}


def word(table: Mapping[str, str], name: str | None) -> str:
    """The Chinese word for `name` in a Chinese run, else `name` with blanks for underscores."""
    if not name:
        return ""
    return tr(table.get(name, name), name.replace("_", " "))


def word_expr(table: Mapping[str, str], column: str) -> pl.Expr:
    """Expression: `word` of every value of `column`; null stays null."""
    text = pl.col(column).cast(pl.String)
    if language() == "zh":
        return text.replace(dict(table))
    return text.str.replace_all("_", " ", literal=True)


def platform(name: str | None) -> str:
    """Platform as people call it."""
    return platform_name(name)


def platform_expr(column: str = "platform") -> pl.Expr:
    """Expression: platforms as people call them."""
    return platform_names(pl.col(column))


def type_name(code: str) -> str:
    """Name of a variance type for people: Chinese, or the English type name with blanks."""
    variance = BY_CODE[code]
    return tr(variance.zh, variance.name.replace("_", " "))


def category(name: str | None) -> str:
    """Accounting category for people."""
    return word({key: value.zh for key, value in CATEGORIES.items()}, name)


def law(name: str) -> str:
    """A law of conservation in words."""
    return tr(LAWS.get(name, name), LAWS_EN.get(name, name))


def control(name: str) -> str:
    """A printed total in words: `income_count` is 收入笔数, `net[交易]_sum` is 交易金额."""
    stem, _, unit = name.rpartition("_")
    if unit not in _CONTROL_UNITS:
        return word(CONTROLS, name)
    subject = stem[stem.index("[") + 1 :].rstrip("]") if "[" in stem else word(CONTROLS, stem)
    zh, en = _CONTROL_UNITS[unit]
    return subject + tr(zh, f" {en}")


def item(name: str | None) -> str:
    """An item of the conservation proof: a disposition, category, kind; anything else as it is."""
    return word(_ITEMS, name) or tr("合计", "total")


_LACKS = {"no_cost": ("缺成本", "cost not known"), "cost_partial": ("部分订单缺成本", "some costs not known")}


def lacking_cost(flag: str | None) -> str:
    """What a line of the 利润表 lacks, in brackets behind its name; nothing where its costs are known."""
    if flag not in _LACKS:
        return ""
    zh, en = _LACKS[flag]
    return tr(f"（{zh}）", f" ({en})")


# What to do about a variance, one sentence per type for the accountant; a row may know something more exact.


def advice(code: str) -> str:
    """The sentence for `code` in the language of the run."""
    return advice_map(language())[code]
