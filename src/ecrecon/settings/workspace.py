"""`ecrecon.toml`: the settings of one company (README.md "ecrecon.toml"). Unknown keys are refused with the nearest known."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import EXPONENTS, limit_minor
from ecrecon.base.texts import tr
from ecrecon.base.validation import explain_validation, read_toml
from ecrecon.settings.value_kinds import (
    CategoryName,
    Day,
    Days,
    DaysByChannel,
    MoneyText,
    Month,
    Name,
    Pattern,
    Printed,
    RateText,
    Text,
    VoucherWord,
)

FILE_NAME = "ecrecon.toml"


class Table(BaseModel):
    """A table of the workspace: frozen, unknown keys refused, no value taken for another type's."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class Opening(Table):
    """`[opening]`: the first month (docs/matching.md "Beginning in the middle")."""

    date_: Day | None = Field(None, alias="date")
    grace_days: Days = 45
    horizon_days: Days = 30


class Tolerances(Table):
    """`[tolerances]`: decimal texts in yuan."""

    group: MoneyText = "0.01"
    batch: MoneyText = "0.00"
    cap: MoneyText = "10.00"

    def minor(self, name: Literal["group", "batch", "cap"], currency: str = "CNY") -> int:
        """The tolerance `name` in minor units of `currency`: the number that is written, cut to its decimals."""
        return limit_minor(getattr(self, name), currency)


class Rate(Table):
    """`[[shops.rates]]`: an agreed fee rate; `base` and `returned`: docs/matching.md "Fees"."""

    category: CategoryName
    rate: RateText
    from_: Day | None = Field(None, alias="from")
    to: Day | None = None
    base: list[CategoryName] = Field(default_factory=list)
    returned: bool | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Rate:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError(
                tr(f"from = {self.from_} 晚于 to = {self.to}", f"from = {self.from_} is later than to = {self.to}")
            )
        return self


class Shop(Table):
    """`[[shops]]`."""

    name: Name
    platform: Name
    paths: list[Pattern] = Field(default_factory=list)
    accounts: list[Printed] = Field(default_factory=list)
    settlement_days: DaysByChannel = None
    payers: list[Printed] = Field(default_factory=list)
    erp_names: list[Printed] = Field(default_factory=list)
    rates: list[Rate] = Field(default_factory=list)
    opening: Opening | None = None
    gross: bool | None = None
    vat_rate: RateText | None = Field(None, description="VAT rate of the goods of this shop, as text")


class Bank(Table):
    """`[[banks]]`."""

    name: Name
    paths: list[Pattern] = Field(default_factory=list)
    accounts: list[Printed] = Field(default_factory=list)


class Goods(Table):
    """`[goods]`: what the check `goods` leaves out: texts inside titles or article codes of what is never shipped."""

    exempt: list[Printed] = Field(default_factory=list)


class Alerts(Table):
    """`[alerts]`: limits; what reaches one is written to `alerts.csv`. None: no such alert. Amounts in major units."""

    variance: MoneyText | None = Field(None, description="amount of one difference that needs a person")
    shop: MoneyText | None = Field(None, description="sum of the breaks of one shop")
    overdue_days: Days | None = Field(None, description="days past the expected date of an overdue receipt")
    refund_rate: RateText | None = Field(None, description="refunds of a shop as a share of its receipts")
    missing_days: Days | None = Field(None, ge=1, description="days of the month that no bill of an account covers")


class ForeignRate(Table):
    """`[[posting.fx]]`: yuan per unit of `currency`, in force from a day until the next one of that currency."""

    currency: str
    from_: Day = Field(alias="from")
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
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,8})?", text) or not text.strip("0."):
            raise ValueError(tr(f'{text!r} 不是汇率，应写成 "7.10"', f'{text!r} is not a rate such as "7.10"'))
        return text


class Posting(Table):
    """`[posting]`: account codes by role, over the shipped defaults of the standard; the voucher word; policies."""

    accounts: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    word: VoucherWord = "记"
    preparer: Text = ""
    default_accounts: bool = True
    policy: dict[str, str] = Field(default_factory=dict)
    fx: list[ForeignRate] = Field(default_factory=list, description="rates of other currencies, in yuan")
    input_vat_categories: list[CategoryName] | None = Field(
        None, description="fee categories whose input VAT is taken out at booking; None: those of events.toml"
    )
    receipt_granularity: Literal["day", "line"] = Field("day", description="收付款单 per day and kind, or per flow")
    ageing_edges: list[Days] = Field(
        [7, 15, 30, 60, 90, 180, 365], min_length=1, max_length=30, description="last day of each age"
    )
    ageing_basis: Literal["confirm_date", "due_date"] = Field("confirm_date", description="what an age counts from")
    accrue_fees_from: Month | None = Field(None, description="first month with accrued fees; default: [opening] date")
    chart: Printed | None = Field(None, description="your chart of accounts, CSV or XLSX, relative to ecrecon.toml")
    dimensions: dict[Name, list[Name]] = Field(default_factory=dict, description="account code -> classes it wants")
    codes: dict[Name, dict[Name, Name]] = Field(default_factory=dict, description="class -> shop -> code in your books")
    targets: list[Printed] = Field(default_factory=list, description="folders with layouts of your own")

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


class Workspace(Table):
    """The whole file; every key has a default."""

    company: Text = ""
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
    fake_orders: list[Printed] = Field(default_factory=list)
    fake_orders_reason: Text = Field("", description="why these orders are no sales")
    fake_orders_approver: Text = Field("", description="who approved the list")
    profiles: list[Printed] = Field(default_factory=list)
    passwords: list[SecretStr] = Field(default_factory=list, exclude=True, repr=False)
    password_file: Printed | None = Field(None, exclude=True, repr=False)
    out: Printed | None = None
    facts: Printed | None = Field(
        None, exclude=True, description="folder that keeps what files said, relative to ecrecon.toml"
    )


def load_workspace(path: Path) -> Workspace:
    """Read `path`; raise ConfigError naming key, value and the nearest known key."""
    data = read_toml(path)
    try:
        workspace = Workspace.model_validate(data)
    except ValidationError as error:
        text = explain_validation(error, Workspace)
        hint = tr("全部的键见 README 的“ecrecon.toml”一节", "see the section on ecrecon.toml in the README")
        raise ConfigError(f"{path.name}: {text}", hint) from None
    _apart([shop.name for shop in workspace.shops], path, tr("店铺", "shops"))
    _apart([bank.name for bank in workspace.banks], path, tr("银行账户", "banks"))
    return workspace


def _apart(names: list[str], path: Path, what: str) -> None:
    """Raise ConfigError where two of `names` are the same."""
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                tr(f"{path.name}: 有两个{what}都叫 {name!r}", f"{path.name}: two {what} are called {name!r}"),
                tr("给每个一个自己的名称", "give each a name of its own"),
            )
