"""Choices of the accountant (README.md "ecrecon.toml"): what is known, what is in force, what is refused and why.

Declared in configs/posting/events.toml. A setting is either working or refused with a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest
from ecrecon.settings.workspace import Workspace

AT = "@"
"""`principal_agent@shop` in [posting.policy]: the choice of one shop."""
UNSET, NO_REVENUE = "unset", "none"
"""Choices of revenue_point: not yet said; revenue is booked elsewhere."""


class Word(BaseModel):
    """A table of the vocabulary: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Word):
    """One text in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return tr(self.zh, self.en)


class Needs(Word):
    """Who may make a choice, and what others are told."""

    standard: Literal["sbe", "asbe"] | None = None
    vat_status: Literal["general", "small"] | None = None
    otherwise: Sentence

    def met(self, workspace: Workspace) -> bool:
        """True where the company is of that kind, or has not said yet of which."""
        pairs = ((self.standard, workspace.standard), (self.vat_status, workspace.vat_status))
        return all(wanted is None or is_ is None or wanted == is_ for wanted, is_ in pairs)


class Policy(Word):
    """One choice of the accountant: the default, the account role of each choice (or nothing), how people call it.

    `refused`: choices of the field that this program does not make, with what to do instead. `touches`: events whose
    money depends on it; without, those where the role of the choice occurs.
    """

    title: Sentence
    default: str
    small: str | None = Field(None, description="default of small-scale taxpayers")
    choices: dict[str, str]
    words: dict[str, str] = Field(default_factory=dict, description="choice -> how it is called in Chinese")
    refused: dict[str, Sentence] = Field(default_factory=dict)
    needs: dict[str, Needs] = Field(default_factory=dict)
    per_shop: bool = False
    touches: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _choices_known(self) -> Policy:
        if self.default not in self.choices:
            raise ValueError(
                tr(
                    f"默认值 {self.default!r} 不在选项里，选项有：{'、'.join(self.choices)}",
                    f"default {self.default!r} is none of {', '.join(self.choices)}",
                )
            )
        for name in (*self.words, *self.needs, *([self.small] if self.small is not None else [])):
            if name not in self.choices:
                said = tr(f"{name!r} 不在选项里", f"{name!r} is no choice")
                raise ValueError(said + nearest(name, self.choices))
        return self

    def said(self, choice: str) -> str:
        """`支付手续费：财务费用（finance）`."""
        word = tr(self.words.get(choice, ""), "")
        return f"{self.title}{tr('：', ': ')}" + (f"{word}（{choice}）" if word else choice)


def choose(
    policies: Mapping[str, Policy],
    elsewhere: Mapping[str, Sentence],
    written: Mapping[str, str],
    workspace: Workspace | None = None,
) -> dict[str, str]:
    """The choices in force: `written` over the defaults, those of shops under `name@shop`.

    Raises ConfigError for one that is unknown, refused, or not for this company.
    """
    small = workspace is not None and workspace.vat_status == "small"
    chosen = {n: item.small if small and item.small is not None else item.default for n, item in policies.items()}
    for key, choice in sorted(written.items()):
        name, at, _ = key.partition(AT)
        if name in elsewhere:
            said = tr(f"posting.policy 里不写 {name}", f"{name} is not written under posting.policy")
            raise ConfigError(said, str(elsewhere[name]))
        if name not in policies:
            said = tr(f"posting.policy 里没有 {name!r} 这项做法", f"unknown posting policy {name!r}")
            raise ConfigError(said + nearest(name, policies), known_words(policies))
        policy = policies[name]
        _check_choice(name, choice, policy, workspace)
        if at and not policy.per_shop:
            raise ConfigError(
                tr(f"posting.policy 的 {name} 不能按店铺设置", f"posting policy {name} cannot be set per shop"),
                tr(f"只写 {name}，全公司用同一种做法", f"write {name} alone: one choice for the company"),
            )
        chosen[key] = choice
    return chosen


def _check_choice(name: str, choice: str, policy: Policy, workspace: Workspace | None) -> None:
    if choice in policy.refused:
        said = tr(f"posting.policy.{name} = {choice!r} 做不到", f"posting policy {name} = {choice!r} cannot be done")
        raise ConfigError(said, str(policy.refused[choice]))
    if choice not in policy.choices:
        said = tr(f"posting.policy.{name} 不能写成 {choice!r}", f"posting policy {name} = {choice!r} is not known")
        raise ConfigError(said + nearest(choice, policy.choices), known_words(policy.choices))
    needs = policy.needs.get(choice)
    if needs is not None and workspace is not None and not needs.met(workspace):
        said = tr(f"posting.policy.{name} = {choice!r} 不适用", f"posting policy {name} = {choice!r} does not apply")
        raise ConfigError(said, str(needs.otherwise))


def known_words(words: Iterable[str]) -> str:
    """The hint that lists what may be written."""
    return tr(f"可以写：{'、'.join(words)}", f"known: {', '.join(words)}")


def policy_note(
    policies: Mapping[str, Policy], chosen: Mapping[str, str], events: set[str], roles: set[str]
) -> list[str]:
    """One sentence with the choices that the vouchers depend on. events, roles: those that the vouchers have."""
    told = []
    for name, policy in policies.items():
        role = policy.choices[chosen[name]]
        if events & set(policy.touches) or (role and not policy.touches and role in roles):
            told.append(policy.said(chosen[name]))
            told += [policy.said(chosen[key]) + key.removeprefix(name) for key in chosen if key.startswith(name + AT)]
    if not told:
        return []
    listed = tr("；", "; ").join(told)
    return [
        tr(
            f"凭证采用的做法（可在 [posting.policy] 修改）：{listed}",
            f"choices behind the vouchers (change them under [posting.policy]): {listed}",
        )
    ]
