"""`ecrecon.toml`: the settings of one company (design section 9). Unknown keys are refused with the nearest known."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from ecrecon.categories import CATEGORIES
from ecrecon.errors import ConfigError
from ecrecon.messages import tr
from ecrecon.money import EXPONENTS, limit_minor, minor_from_text, rate_scaled
from ecrecon.validation import explain_validation, nearest, unreadable_toml

FILE_NAME = "ecrecon.toml"


class Table(BaseModel):
    """A table of the workspace: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _money_text(value: Any) -> str:
    text = str(value)
    minor = minor_from_text(text)
    if minor is None or minor < 0:
        raise ValueError(tr(f'{text!r} 不是金额，应写成 "0.01"', f'{text!r} is not an amount such as "0.01"'))
    return text


def _rate_text(value: Any) -> str:
    text = str(value)
    try:
        rate_scaled(text)
    except ConfigError:
        raise ValueError(tr(f'{text!r} 不是比例，应写成 "0.006"', f'{text!r} is not a rate such as "0.006"')) from None
    return text


def _category(value: str) -> str:
    if value not in CATEGORIES:
        raise ValueError(tr(f"未知的费用类别 {value!r}", f"unknown category {value!r}") + nearest(value, CATEGORIES))
    return value


class Opening(Table):
    """`[opening]`: the first month (matching section 3)."""

    date_: date | None = Field(None, alias="date")
    grace_days: int = 45
    horizon_days: int = 30


class Tolerances(Table):
    """`[tolerances]`: decimal texts in yuan."""

    group: str = "0.01"
    batch: str = "0.00"
    cap: str = "10.00"

    @field_validator("group", "batch", "cap", mode="before")
    @classmethod
    def _amount(cls, value: Any) -> str:
        return _money_text(value)

    def minor(self, name: Literal["group", "batch", "cap"], currency: str = "CNY") -> int:
        """The tolerance `name` in minor units of `currency`: the number that is written, cut to its decimals."""
        return limit_minor(getattr(self, name), currency)


class Rate(Table):
    """`[[shops.rates]]`: an agreed fee rate; `base` and `returned` as in matching section 1."""

    category: str
    rate: str
    from_: date | None = Field(None, alias="from")
    to: date | None = None
    base: list[str] = Field(default_factory=list)
    returned: bool | None = None

    @field_validator("category")
    @classmethod
    def _known(cls, value: str) -> str:
        return _category(value)

    @field_validator("rate", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> str:
        return _rate_text(value)


class Shop(Table):
    """`[[shops]]`."""

    name: str
    platform: str
    paths: list[str] = Field(default_factory=list)
    accounts: list[str] = Field(default_factory=list)
    settlement_days: int | dict[str, int] | None = None
    payers: list[str] = Field(default_factory=list)
    erp_names: list[str] = Field(default_factory=list)
    rates: list[Rate] = Field(default_factory=list)
    opening: Opening | None = None
    gross: bool | None = None
    vat_rate: str | None = Field(None, description="VAT rate of the goods of this shop, as text")


class Bank(Table):
    """`[[banks]]`."""

    name: str
    paths: list[str] = Field(default_factory=list)
    accounts: list[str] = Field(default_factory=list)


class Goods(Table):
    """`[goods]`: what the check `goods` leaves out: texts inside titles or article codes of what is never shipped."""

    exempt: list[str] = Field(default_factory=list)


class Alerts(Table):
    """`[alerts]`: limits; what reaches one is written to `alerts.csv`. None: no such alert. Amounts in major units."""

    variance: str | None = Field(None, description="amount of one difference that needs a person")
    shop: str | None = Field(None, description="sum of the breaks of one shop")
    overdue_days: int | None = Field(None, ge=0, description="days past the expected date of an overdue receipt")
    refund_rate: str | None = Field(None, description="refunds of a shop as a share of its receipts")
    missing_days: int | None = Field(None, ge=1, description="days of the month that no bill of an account covers")

    @field_validator("variance", "shop", mode="before")
    @classmethod
    def _amount(cls, value: Any) -> str | None:
        return None if value is None else _money_text(value)

    @field_validator("refund_rate", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> str | None:
        return None if value is None else _rate_text(value)


class ForeignRate(Table):
    """`[[posting.fx]]`: yuan per unit of `currency`, in force from a day until the next one of that currency."""

    currency: str
    from_: date = Field(alias="from")
    rate: str

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        if value == "CNY" or value not in EXPONENTS:
            raise ValueError(tr(f"{value!r} 不是外币代码，应写成 USD", f"{value!r} is no foreign currency such as USD"))
        return value

    @field_validator("rate", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> str:
        text = str(value)
        if not re.fullmatch(r"\d{1,6}(\.\d{1,8})?", text) or not text.strip("0."):
            raise ValueError(tr(f'{text!r} 不是汇率，应写成 "7.10"', f'{text!r} is not a rate such as "7.10"'))
        return text


class Posting(Table):
    """`[posting]`: account codes by role, over the shipped defaults of the standard; the voucher word; policies."""

    accounts: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    word: str = "记"
    preparer: str = ""
    default_accounts: bool = True
    policy: dict[str, str] = Field(default_factory=dict)
    fx: list[ForeignRate] = Field(default_factory=list, description="rates of other currencies, in yuan")
    input_vat_categories: list[str] | None = Field(
        None, description="fee categories whose input VAT is taken out at booking; None: those of events.toml"
    )
    receipt_granularity: Literal["day", "line"] = Field("day", description="收付款单 per day and kind, or per flow")
    ageing_edges: list[int] = Field([7, 15, 30, 60, 90, 180, 365], min_length=1, description="last day of each age")
    ageing_basis: Literal["confirm_date", "due_date"] = Field("confirm_date", description="what an age counts from")
    accrue_fees_from: str | None = Field(None, description="first month with accrued fees; default: [opening] date")
    chart: str | None = Field(None, description="your chart of accounts, CSV or XLSX, relative to ecrecon.toml")
    dimensions: dict[str, list[str]] = Field(default_factory=dict, description="account code -> classes it wants")
    codes: dict[str, dict[str, str]] = Field(default_factory=dict, description="class -> shop -> code in your books")
    targets: list[str] = Field(default_factory=list, description="folders with layouts of your own")

    @field_validator("fx")
    @classmethod
    def _one_rate_a_day(cls, value: list[ForeignRate]) -> list[ForeignRate]:
        seen = [(item.currency, item.from_) for item in value]
        for currency, day in seen:
            if seen.count((currency, day)) > 1:
                raise ValueError(tr(f"{currency} 在 {day} 有两个汇率", f"{currency} has two rates from {day}"))
        return value

    @field_validator("ageing_edges")
    @classmethod
    def _rising(cls, value: list[int]) -> list[int]:
        if value[0] < 0 or any(a >= b for a, b in pairwise(value)):
            raise ValueError(
                tr(f"账龄天数 {value} 应从小到大，例如 [30, 60, 90]", f"{value} should rise, such as [30, 60, 90]")
            )
        return value

    @field_validator("accrue_fees_from")
    @classmethod
    def _month(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
            raise ValueError(tr(f"{value!r} 不是月份，应写成 2026-10", f"{value!r} is no month such as 2026-10"))
        return value

    @field_validator("input_vat_categories")
    @classmethod
    def _known(cls, value: list[str] | None) -> list[str] | None:
        for name in value or ():
            _category(name)
        return value


class Workspace(Table):
    """The whole file; every key has a default."""

    company: str = ""
    standard: Literal["sbe", "asbe"] | None = None
    vat_status: Literal["general", "small"] | None = None
    language: Literal["zh", "en"] | None = None
    opening: Opening = Field(default_factory=Opening)
    tolerances: Tolerances = Field(default_factory=Tolerances)
    posting: Posting = Field(default_factory=Posting)
    shops: list[Shop] = Field(default_factory=list)
    banks: list[Bank] = Field(default_factory=list)
    goods: Goods = Field(default_factory=Goods)
    alerts: Alerts = Field(default_factory=Alerts)
    fake_orders: list[str] = Field(default_factory=list)
    fake_orders_reason: str = Field("", description="why these orders are no sales")
    fake_orders_approver: str = Field("", description="who approved the list")
    profiles: list[str] = Field(default_factory=list)
    passwords: list[SecretStr] = Field(default_factory=list, exclude=True, repr=False)
    password_file: str | None = Field(None, exclude=True, repr=False)
    out: str | None = None


def load_workspace(path: Path) -> Workspace:
    """Read `path`; raise ConfigError naming key, value and the nearest known key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise unreadable_toml(path, error) from None
    try:
        workspace = Workspace.model_validate(data)
    except ValidationError as error:
        text = explain_validation(error, Workspace)
        hint = tr("全部的键见 README 的“ecrecon.toml”一节", "see the section on ecrecon.toml in the README")
        raise ConfigError(f"{path.name}: {text}", hint) from None
    names = [shop.name for shop in workspace.shops]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                tr(f"{path.name}: 有两个店铺都叫 {name!r}", f"{path.name}: two shops are called {name!r}"),
                tr("给每个店铺一个自己的名称", "give each shop a name of its own"),
            )
    return workspace
