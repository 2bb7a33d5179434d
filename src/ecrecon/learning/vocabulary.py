"""The vocabulary: which column names and texts mean what, from all known profiles and configs/learning/words.toml."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecrecon.base.resources import configs_dir
from ecrecon.base.validation import read_toml
from ecrecon.reading.cells import narrow
from ecrecon.settings.profiles import Profile, normal_name

LINE_KINDS = ("bill", "bank")
BOOK_KINDS = ("orders", "refunds")
_BY_PROFILE, _BY_LIST = 2, 3
"""Weight of a name that a profile uses for a field, and of one in words.toml, where the plain names stand."""
_COUNT = re.compile(r"笔数|次数|件数|数量|count|qty", re.IGNORECASE)
_LATIN = re.compile(r"^[a-z0-9 ]+$")


def fold(name: str) -> str:
    """A column name for comparing: normalised as in profiles, without case."""
    return normal_name(name).casefold()


@dataclass(frozen=True)
class Vocabulary:
    """`fields`: per group (lines, orders, refunds) folded name -> Counter of canonical fields. `roles`: folded name ->
    Counter of amount roles. `categories`: narrowed raw type -> categories it has in profiles. `states`: kind ->
    narrowed text -> states. `directions`: narrowed text -> "in" or "out". `lists`: the file words.toml.
    """

    fields: Mapping[str, Mapping[str, Counter[str]]]
    roles: Mapping[str, Counter[str]]
    categories: Mapping[str, frozenset[str]]
    states: Mapping[str, Mapping[str, frozenset[str]]]
    directions: Mapping[str, str]
    readings: frozenset[str]
    lists: Mapping[str, Any]
    profiles: tuple[Profile, ...]

    def knows(self, name: str) -> bool:
        """True for a name that means something in some layout."""
        folded = fold(name)
        return folded in self.roles or any(folded in group for group in self.fields.values())

    def meanings(self, group: str, name: str) -> Counter[str]:
        """Canonical fields that columns of this name are read into, by weight."""
        return self.fields[group].get(fold(name), Counter())

    def role(self, name: str) -> str | None:
        """The amount role that this name most often has."""
        found = self.roles.get(fold(name))
        return found.most_common(1)[0][0] if found else None

    def amount_role(self, name: str) -> str | None:
        """The role of a column of numbers: by its name, by a group name over "金额", or by a known word inside it."""
        exact = self.role(name)
        if exact or _COUNT.search(name):
            return exact
        group, _, last = name.rpartition("_")
        if group and self.role(last) in (None, "signed") and self.role(group):
            return self.role(group)
        inside = [word for word in self.roles if len(word) >= 2 and word in fold(last or name)]
        return self.role(max(inside, key=lambda word: (len(word), word))) if inside else None

    def loosely(self, group: str, name: str) -> str | None:
        """The field of the longest known name inside `name`, where the name itself is not known."""
        folded = fold(name)
        inside = [word for word in self.fields[group] if len(word) >= 2 and word in folded]
        if not inside or folded in self.fields[group]:
            return None
        return self.fields[group][max(inside, key=lambda word: (len(word), word))].most_common(1)[0][0]

    def personal(self, name: str) -> bool:
        """True for names of persons, addresses, phones and counterparties."""
        folded = fold(name)
        for word in self.lists["personal"]["words"]:
            if len(word) == 1:
                if folded == word:
                    return True
            elif _LATIN.match(word):
                if re.search(rf"(?<![a-z]){word}(?![a-z])", name.casefold()):
                    return True
            elif word in folded:
                return True
        return False


def group_of(kind: str) -> str:
    """The group of fields that files of `kind` have."""
    return "lines" if kind in LINE_KINDS else kind


def build_vocabulary(profiles: Sequence[Profile]) -> Vocabulary:
    """Count what the words mean over all `profiles`, and read words.toml."""
    lists = read_toml(configs_dir() / "learning" / "words.toml")
    fields: dict[str, dict[str, Counter[str]]] = {"lines": {}, "orders": {}, "refunds": {}}
    roles: dict[str, Counter[str]] = {}
    for profile in profiles:
        group = group_of(profile.profile.kind)
        if group in fields:
            _add_fields(fields[group], profile)
        if profile.amount is not None:
            _add_roles(roles, profile)
    for group, names in lists["columns"].items():
        for field, words in names.items():
            for word in words:
                fields[group].setdefault(fold(word), Counter())[field] += _BY_LIST
    for role in ("in", "out", "signed", "direction", "balance"):
        for word in lists["amounts"][role]:
            roles.setdefault(fold(word), Counter())[role] += _BY_LIST
    return Vocabulary(
        fields,
        roles,
        _categories(profiles),
        {kind: _states(profiles, kind, lists["status"][kind]) for kind in BOOK_KINDS},
        _directions(profiles, lists["direction"]),
        frozenset(fold(n.removeprefix("-")) for p in profiles for r in p.receivable.reading for n in r.cash),
        lists,
        tuple(profiles),
    )


def _add_fields(names: dict[str, Counter[str]], profile: Profile) -> None:
    """Columns that are read as they stand; those cut by a regex are no plain meaning of the name."""
    for field, spec in profile.fields.items():
        for source in spec.from_:
            if spec.extract or source.extract:
                continue
            for name in (source.column, *profile.header.alias.get(source.column, ())):
                names.setdefault(fold(name), Counter())[field] += _BY_PROFILE


def _add_roles(roles: dict[str, Counter[str]], profile: Profile) -> None:
    amount = profile.amount
    assert amount is not None
    plain = amount.mode == "in_out"
    pairs = [
        ("in", amount.in_ if plain else None),
        ("out", amount.out if plain else None),
        ("signed", amount.column),
        ("direction", amount.direction),
        ("direction", amount.witness.column if amount.witness else None),
        ("balance", amount.balance),
    ]
    for role, name in pairs:
        if isinstance(name, str):
            for each in (name, *profile.header.alias.get(normal_name(name), ())):
                roles.setdefault(fold(each), Counter())[role] += _BY_PROFILE


def _categories(profiles: Iterable[Profile]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for profile in profiles:
        for text, category in (profile.category.maps.get("raw_type", {}) if profile.category else {}).items():
            found.setdefault(narrow(text), set()).add(category)
    return {text: frozenset(names) for text, names in found.items()}


def _states(profiles: Iterable[Profile], kind: str, words: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    lists = [words]
    for profile in profiles:
        if profile.profile.kind == kind and profile.status is not None:
            lists.append({k: v for k, v in profile.status.model_dump().items() if isinstance(v, list)})
    for table in lists:
        for state, texts in table.items():
            for text in texts:
                found.setdefault(narrow(text).casefold(), set()).add(state)
    return {text: frozenset(states) for text, states in found.items()}


def _directions(profiles: Iterable[Profile], words: Mapping[str, list[str]]) -> dict[str, str]:
    """Texts that mean one direction wherever they occur; those of banks apart, as a bank's debit is money out."""
    found: dict[str, set[str]] = {}
    for side in ("in", "out"):
        for text in words[side]:
            found.setdefault(narrow(text).casefold(), set()).add(side)
    for profile in profiles:
        amount = profile.amount
        if amount is None:
            continue
        sides: list[tuple[str, Iterable[str]]] = []
        if amount.mode == "direction":
            sides += [
                (side, v if isinstance(v, list) else [v]) for side, v in (("in", amount.in_), ("out", amount.out)) if v
            ]
        if amount.witness:
            sides += [("in", amount.witness.plus), ("out", amount.witness.minus)]
        for side, texts in sides:
            for text in texts:
                found.setdefault(narrow(text).casefold(), set()).add(side)
    banks = {narrow(t) for t in (*words["bank_in"], *words["bank_out"])}
    return {text: next(iter(sides)) for text, sides in found.items() if len(sides) == 1 and text not in banks}
