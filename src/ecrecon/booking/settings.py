"""Posting as data: account roles per accounting standard and voucher templates (configs/posting/*.toml).

Only the words of these models are accepted; an unknown word is refused with the nearest known one.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from ecrecon.base import categories
from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest, read_toml, validated
from ecrecon.booking import policies
from ecrecon.booking.policies import Policy, Sentence, Word
from ecrecon.settings.workspace import Workspace

POLICY_PREFIX = "policy:"
OF_CATEGORY = "category"
PLACEHOLDERS: tuple[str, ...] = (
    "shop",
    "period",
    "year",
    "month",
    "event",
    "item",
    "count",
    "currency",
    "account",
    "unit",
    "day",
    "order",
)
GRANULARITIES: tuple[str, ...] = ("month", "day", "order")
RED_STYLES: tuple[str, ...] = ("red_same_side", "opposite_side")


def _template(value: str) -> str:
    try:
        parts = list(string.Formatter().parse(value))
    except ValueError as error:
        raise ValueError(
            tr(f"摘要模板 {value!r} 的花括号不成对：{error}", f"summary {value!r}: {error}; braces come in pairs")
        ) from None
    for _, name, style, conversion in parts:
        if name is None:
            continue
        if style or conversion:
            raise ValueError(
                tr(
                    f"摘要模板 {value!r} 里的 {{{name}}} 不能带格式",
                    f"summary {value!r}: write {{{name}}} without a format",
                )
            )
        if name not in PLACEHOLDERS:
            said = tr(
                f"摘要模板 {value!r} 里的占位符 {{{name}}} 不认识",
                f"summary {value!r}: unknown placeholder {{{name}}}",
            )
            raise ValueError(said + nearest(name, PLACEHOLDERS))
    return value


def _category(value: str) -> str:
    if value not in categories.CATEGORIES:
        said = tr(f"没有 {value!r} 这个费用类别", f"unknown category {value!r}")
        raise ValueError(said + nearest(value, categories.NAMES))
    return value


Template = Annotated[str, AfterValidator(_template)]
CategoryName = Annotated[str, AfterValidator(_category)]


ModelT = TypeVar("ModelT", bound=Word)


class Role(Word):
    """One account role. `parent` + `sub`: code and name derive from the parent role unless set for itself.

    `red`: turnover is kept on the normal side, so a return is a red amount there (profit and loss accounts).
    """

    code: str | None = None
    name: str | None = None
    parent: str | None = None
    sub: str | None = None
    normal: Literal["debit", "credit"]
    red: bool = False
    aux: tuple[Literal["店铺"], ...] = ()
    columns: bool = Field(default=False, description="a column of the parent that only general taxpayers keep")
    note: str = ""

    @model_validator(mode="after")
    def _named(self) -> Role:
        if (self.parent is None) != (self.sub is None):
            raise ValueError(
                tr(
                    "parent（上级）和 sub（下级名称）必须同时写",
                    "parent and sub belong together: write both or neither",
                )
            )
        if self.parent is None and self.name is None:
            raise ValueError(
                tr("科目角色要有 name，或者同时有 parent 和 sub", "a role needs a name, or parent and sub")
            )
        return self


class Chart(Word):
    """The account roles of one accounting standard."""

    standard: Literal["sbe", "asbe"]
    title: str
    fx_gain: str = Field(description="role of an exchange gain")
    fx_loss: str = Field(description="role of an exchange loss")
    roles: dict[str, Role]

    def of_status(self, vat_status: str | None) -> Chart:
        """The chart as taxpayers of `vat_status` keep it: small-scale ones book into the parent of a column."""
        if vat_status != "small":
            return self
        named = {
            name: role.model_copy(update={"name": role.name or self.roles[role.parent].name})
            for name, role in self.roles.items()
            if role.columns and role.parent is not None
        }
        return self.model_copy(update={"roles": {**self.roles, **named}})

    @model_validator(mode="after")
    def _parents_known(self) -> Chart:
        for name in (self.fx_gain, self.fx_loss):
            if name not in self.roles:
                said = tr(f"没有科目角色 {name!r}", f"no account role {name!r}")
                raise ValueError(said + nearest(name, self.roles))
        for name, role in self.roles.items():
            if role.parent is not None and role.parent not in self.roles:
                said = tr(
                    f"roles.{name} 的上级 {role.parent!r} 不是科目角色", f"roles.{name}: unknown parent {role.parent!r}"
                )
                raise ValueError(said + nearest(role.parent, self.roles))
            if role.parent is not None and self.roles[role.parent].parent is not None:
                raise ValueError(
                    tr(
                        f"roles.{name} 的上级 {role.parent!r} 自己还有上级，只允许两级",
                        f"roles.{name}: its parent {role.parent!r} has a parent itself; two levels at most",
                    )
                )
        return self


class Pocket(Word):
    """Accounts that are no wallet, found by the kind, profile or account suffix of their files."""

    role: str
    kinds: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()


class Entry(Word):
    """Which lines of an event have which counter role.

    `pocket`: only lines of accounts of that role. `fake`: only lines of orders on the user's list of fake orders.
    """

    category: tuple[CategoryName, ...] = Field(min_length=1)
    sign: Literal["+", "-"] | None = None
    contains: tuple[str, ...] = ()
    pocket: str | None = None
    fake: bool = False
    counter: str

    @property
    def special(self) -> bool:
        """True where the entry asks for more than category and sign."""
        return bool(self.contains) or self.pocket is not None or self.fake

    @model_validator(mode="after")
    def _no_empty_text(self) -> Entry:
        if any(not text for text in self.contains):
            raise ValueError(
                tr("contains 里有空文本，那样每一行都会符合", "an empty text in `contains` would fit every line")
            )
        return self


Granularity = Literal["month", "day", "order"]


class Event(Word):
    """One kind of voucher. `merge`: what counter lines are merged by, besides account, side and sign.

    `granularity`: what one voucher holds; without it the policy voucher_granularity says.
    """

    name: str
    title: str
    summary: Template
    item_summary: Template | None = None
    merge: Literal["account", "raw_type"] = "account"
    granularity: Granularity | None = None
    entry: tuple[Entry, ...] = Field(min_length=1)


class OrderLeg(Word):
    """One leg of an order event: a role on its side, with an amount of the sale. Instead of a role `policy:<name>`, or
    `category`: the role in which the money events book charges of the fee's category.

    `cost` = `stock` + `shipped`: what leaves the inventory and what had left it before, with the shipment.
    `net` = `goods` + `subsidy`, which is what the platform pays for the buyer.
    """

    side: Literal["debit", "credit"]
    role: str
    amount: Literal["gross", "net", "tax", "cost", "stock", "shipped", "subsidy", "goods"]


class ReturnWindow(Word):
    """`[return_estimate]`: days in which a sale may come back; closed orders that a shop's rate needs."""

    days: int = Field(7, ge=1)
    orders: int = Field(30, ge=1)


class OrderEvent(Word):
    """One kind of voucher made from orders. `red`: a return, whose legs are turned as the policy red_style says.

    `dated` = `first`: its vouchers bear the first day of the month, not the last (month vouchers only). Without `leg`:
    made from balances, not from orders.
    """

    name: str
    title: str
    summary: Template
    red: bool = False
    granularity: Granularity | None = None
    dated: Literal["first"] | None = None
    leg: tuple[OrderLeg, ...] = ()

    @model_validator(mode="after")
    def _two_legs(self) -> OrderEvent:
        if len(self.leg) == 1:
            raise ValueError(tr("leg 至少两条", "an entry has two legs at least"))
        return self


class Events(Word):
    """`events.toml`: pockets, policies, order events and money events, in the order of voucher numbers."""

    own: str
    pocket: tuple[Pocket, ...] = ()
    input_vat: tuple[CategoryName, ...] = Field((), description="fees whose input VAT can be taken out at booking")
    home: tuple[str, ...] = Field((), description="roles of accounts that receive foreign money and are kept in CNY")
    revalued: tuple[str, ...] = Field((), description="roles whose foreign balances are revalued at the period's end")
    return_estimate: ReturnWindow = Field(default_factory=ReturnWindow)
    policy: dict[str, Policy]
    elsewhere: dict[str, Sentence] = Field(
        default_factory=dict, description="settings that are written in another place"
    )
    event: tuple[Event, ...]
    order_event: tuple[OrderEvent, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Events:
        pockets = {pocket.role for pocket in self.pocket}
        for name in (entry.pocket for event in self.event for entry in event.entry if entry.pocket is not None):
            if name not in pockets:
                said = tr(f"没有角色为 {name!r} 的 [[pocket]]", f"no [[pocket]] has the role {name!r}")
                raise ValueError(said + nearest(name, pockets))
        names = [*(event.name for event in self.event), *(event.name for event in self.order_event)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(tr(f"有两个业务类型都叫 {name!r}", f"two events are called {name!r}"))
        for name, choices in (("red_style", RED_STYLES), ("voucher_granularity", GRANULARITIES)):
            if name not in self.policy or tuple(self.policy[name].choices) != choices:
                raise ValueError(
                    tr(
                        f"policy.{name} 的选项必须是 {'、'.join(choices)}",
                        f"policy.{name} must have the choices {', '.join(choices)}",
                    )
                )
        counters = [entry.counter for event in self.event for entry in event.entry]
        for counter in (*counters, *(leg.role for event in self.order_event for leg in event.leg)):
            policy = counter.removeprefix(POLICY_PREFIX)
            if counter.startswith(POLICY_PREFIX) and policy not in self.policy:
                said = tr(f"counter = {counter!r}：没有这项做法", f"counter {counter!r}: no such policy")
                raise ValueError(said + nearest(policy, self.policy))
        self._covers_all()
        self._all_reached()
        return self

    def _covers_all(self) -> None:
        """Every category has an entry for both signs that asks for no more: no line is left without one."""
        plain = [entry for event in self.event for entry in event.entry if not entry.special]
        for category in categories.NAMES:
            for sign in ("+", "-"):
                if not any(category in entry.category and entry.sign in (None, sign) for entry in plain):
                    raise ValueError(
                        tr(
                            f"费用类别 {category!r} 的{'收入' if sign == '+' else '支出'}没有任何 entry 接收",
                            f"no entry takes category {category!r} with sign {sign!r}",
                        )
                    )

    def _all_reached(self) -> None:
        """An entry that an earlier, less special one takes everything from would never be used."""
        taken: set[tuple[str, str]] = set()
        for event in self.event:
            for entry in event.entry:
                cells = {(c, s) for c in entry.category for s in ("+", "-") if entry.sign in (None, s)}
                lost = sorted(cells & taken)
                if lost:
                    raise ValueError(
                        tr(
                            f"业务类型 {event.name!r} 永远得不到 {lost[0][0]!r}：前面的 entry 已经全部接收",
                            f"event {event.name!r} never gets {lost[0][0]!r}: an earlier entry takes it all",
                        )
                    )
                if not entry.special:
                    taken |= cells

    def roles(self) -> set[str]:
        """Every role that an entry, pocket or policy names."""
        named = {self.own, *self.home, *self.revalued, *(pocket.role for pocket in self.pocket)}
        named |= {e.counter for event in self.event for e in event.entry if not e.counter.startswith(POLICY_PREFIX)}
        legs = {leg.role for event in self.order_event for leg in event.leg}
        named |= {role for role in legs if role != OF_CATEGORY and not role.startswith(POLICY_PREFIX)}
        return named | {role for policy in self.policy.values() for role in policy.choices.values() if role}


def load_chart(path: Path) -> Chart:
    """Read the account roles of one standard; raise ConfigError naming file, key and the nearest key."""
    return _load(path, Chart)


def load_events(path: Path, charts: Iterable[Chart] = ()) -> Events:
    """Read voucher templates; raise ConfigError where a role they name is missing in one of `charts`."""
    events = _load(path, Events)
    for chart in charts:
        for role in sorted(events.roles() - set(chart.roles)):
            said = tr(
                f"{path.name}：{chart.title}没有科目角色 {role!r}",
                f"{path.name}: {chart.standard} has no account role {role!r}",
            )
            raise ConfigError(
                said + nearest(role, chart.roles),
                tr(f"在 {chart.standard}.toml 里加上 [roles.{role}]", f"add [roles.{role}] to {chart.standard}.toml"),
            )
    return events


def _load(path: Path, model: type[ModelT]) -> ModelT:
    hint = tr("写法见该文件开头的说明", "see the comments at the top of the file")
    return validated(read_toml(path), model, path.name, hint)


@cache
def shipped(standard: str) -> tuple[Chart, Events]:
    """The shipped account roles of `standard` (sbe, asbe) and the voucher templates."""
    folder = configs_dir() / "posting"
    chart = load_chart(folder / f"{standard}.toml")
    return chart, load_events(folder / "events.toml", [chart])


@cache
def shipped_events() -> Events:
    """The shipped voucher templates; raise ConfigError when they do not fit."""
    return load_events(configs_dir() / "posting" / "events.toml")


def choose(events: Events, written: Mapping[str, str], workspace: Workspace | None = None) -> dict[str, str]:
    """The choices in force: `written` over the defaults; raise ConfigError for one that is unknown or refused."""
    return policies.choose(events.policy, events.elsewhere, written, workspace)


def charge_roles(events: Events, chosen: Mapping[str, str]) -> dict[str, str]:
    """Category -> the role in which a charge of it (money out, nothing special) is booked."""
    roles: dict[str, str] = {}
    for entry in (entry for event in events.event for entry in event.entry):
        if not entry.special and entry.sign in (None, "-"):
            for category in entry.category:
                roles.setdefault(category, role_of(entry.counter, events, chosen))
    return roles


def role_of(named: str, events: Events, chosen: Mapping[str, str]) -> str:
    """The role that a template names, `policy:x` under the choices in force."""
    if not named.startswith(POLICY_PREFIX):
        return named
    name = named.removeprefix(POLICY_PREFIX)
    return events.policy[name].choices[chosen[name]]
