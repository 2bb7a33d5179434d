"""The lines of the management 利润表 as data, and which account role stands in which line (docs/statements.md "利润表")."""

from __future__ import annotations

import tomllib
from functools import cache

from pydantic import BaseModel, ConfigDict

from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.booking.settings import Chart

PROFIT_CODES = {"sbe": "5", "asbe": "6"}
"""First digit of the codes of profit and loss accounts, per standard (docs/accounting.md "Accounts")."""


class ProfitLine(BaseModel):
    """One line: `roles` fill it, `add` sums other lines, `memo` stands outside every sum."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    zh: str
    en: str
    roles: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    memo: bool = False

    @property
    def name(self) -> str:
        """Name in the language of the run."""
        return tr(self.zh, self.en)


@cache
def profit_form() -> tuple[ProfitLine, ...]:
    """The lines of configs/posting/statements/profit.toml, in order; a sum adds lines above it."""
    path = configs_dir() / "posting" / "statements" / "profit.toml"
    return tuple(ProfitLine.model_validate(item) for item in tomllib.loads(path.read_text(encoding="utf-8"))["line"])


def sums() -> dict[str, tuple[str, ...]]:
    """Key of each sum -> keys of the lines it adds, in the order in which they can be added up."""
    return {line.key: line.add for line in profit_form() if line.add}


def item_of(role: str) -> str:
    """Key of the line in which an account role of profit and loss stands."""
    for line in profit_form():
        if any(role == wanted or (wanted.endswith("*") and role.startswith(wanted[:-1])) for wanted in line.roles):
            return line.key
    raise ValueError(f"no line of the profit takes {role}")


def items_of(chart: Chart) -> dict[str, str]:
    """Account role -> line, for the roles of profit and loss of one standard."""
    digit = PROFIT_CODES[chart.standard]
    found = {}
    for name, role in chart.roles.items():
        owner = chart.roles[role.parent] if role.parent is not None else role
        if (role.code or owner.code or "").startswith(digit):
            found[name] = item_of(name)
    return found
