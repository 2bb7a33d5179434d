"""Accounting categories of bill lines; each has exactly one role (docs/matching.md "Roles")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Role = Literal["principal", "fee", "compensation", "account"]


@dataclass(frozen=True)
class Category:
    """One accounting meaning of a bill line."""

    name: str
    role: Role
    zh: str


_TABLE: tuple[tuple[str, Role, str], ...] = (
    ("goods_receipt", "principal", "货款"),
    ("refund", "principal", "退款"),
    ("freight_income", "principal", "买家运费"),
    ("coupon_platform", "principal", "平台优惠"),
    ("subsidy", "principal", "平台补贴"),
    ("price_protection", "principal", "价保扣款"),
    ("advance", "principal", "提前收款"),
    ("deposit_forfeit", "principal", "定金不退"),
    ("commission", "fee", "平台佣金"),
    ("tech_service_fee", "fee", "技术服务费"),
    ("payment_fee", "fee", "支付手续费"),
    ("freight_cost", "fee", "运费支出"),
    ("freight_insurance", "fee", "运费险"),
    ("promotion", "fee", "推广费"),
    ("affiliate_commission", "fee", "达人/淘客佣金"),
    ("installment_fee", "fee", "分期手续费"),
    ("points", "fee", "积分"),
    ("coupon_merchant", "fee", "商家承担优惠"),
    ("buyer_compensation", "compensation", "赔付买家"),
    ("compensation_received", "compensation", "收到赔付"),
    ("penalty", "compensation", "平台罚款"),
    ("deposit", "account", "保证金"),
    ("reward", "account", "活动奖励"),
    ("withdrawal", "account", "提现"),
    ("transfer", "account", "转账"),
    ("interest", "account", "利息"),
    ("loan", "account", "贷款"),
    ("insurance", "account", "保险"),
    ("donation", "account", "公益捐赠"),
    ("tax", "account", "税费"),
    ("adjustment", "account", "调账"),
    ("other", "account", "其他"),
    ("unmapped", "account", "未识别"),
)

CATEGORIES: dict[str, Category] = {name: Category(name, role, zh) for name, role, zh in _TABLE}
NAMES: tuple[str, ...] = tuple(CATEGORIES)
ROLES: tuple[Role, ...] = ("principal", "fee", "compensation", "account")
CATEGORY = pl.Enum(NAMES)
ROLE = pl.Enum(ROLES)


def of_role(role: Role) -> list[str]:
    """Names of all categories with `role`, in declared order."""
    return [c.name for c in CATEGORIES.values() if c.role == role]


def role_expr(column: str = "category") -> pl.Expr:
    """Expression: the role (`ROLE`) of the category in `column`."""
    mapping = {name: c.role for name, c in CATEGORIES.items()}
    return pl.col(column).cast(pl.String).replace_strict(mapping, return_dtype=pl.String).cast(ROLE)
