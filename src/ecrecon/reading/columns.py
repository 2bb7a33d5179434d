"""Which columns a profile reads, and where they stand in a header."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ecrecon.settings.profiles import HeaderTable, Profile, normal_name, unsigned


def named_columns(names: Sequence[str], header: HeaderTable, header_rows: int = 1) -> dict[str, str]:
    """Normalised name -> physical column `cN`; aliases become the profile's name.

    The second column of a name is `name#2`, the third `name#3` (the header may print a name more than once).
    """
    found: dict[str, str] = {}
    for index, name in enumerate(numbered([normal_name(raw) for raw in names])):
        if name:
            found[name] = f"c{index}"
    if header_rows > 1:
        for name in list(found):
            _, _, last = name.rpartition("_")
            if last and last not in found:
                found[last] = found[name]
    for name, others in header.alias.items():
        for other in others:
            if name not in found and other in found:
                found = {name if key == other else key: physical for key, physical in found.items()}
    return found


def numbered(names: Sequence[str]) -> list[str]:
    """`names` with `#2`, `#3` … after those that came before; empty names stay empty."""
    filled = [name for name in names if name]
    if len(set(filled)) == len(filled):
        return list(names)
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(f"{name}#{seen[name]}" if name and seen[name] > 1 else name)
    return out


def read_columns(profile: Profile) -> set[str]:
    """Every column that a word of the profile reads or requires; those of `header.known` are only expected."""
    header = profile.header
    known = {*header.require, *header.alias} - set(header.known)
    known.update(name for group in (*header.require_any, *header.alias.values()) for name in group)
    known -= set(header.known)
    known.update(name for spec in profile.fields.values() for s in spec.from_ for name in (s.column, *s.when))
    known.update(amount_columns(profile))
    if profile.amount and profile.amount.red:
        known.add(profile.amount.red.column)
    if profile.split:
        known.update(profile.split.column_names)
    known.update(rule.column for rule in profile.rows.drop)
    known.update(name for balance in profile.controls.balance for name in (balance.column, balance.per) if name)
    known.update(
        normal_name(measure.removeprefix("column:"))
        for measure in profile.controls.totals.values()
        if measure.startswith("column:")
    )
    if profile.rows.total:
        known.add(profile.rows.total.column)
    known.update(name for equation in profile.controls.equation for name, _ in equation_terms(equation))
    known.update(name for rule in profile.rows.ignore for name in (rule.column, *rule.when))
    if profile.rows.state:
        known.add(profile.rows.state.column)
    if profile.rows.pocket:
        known.add(profile.rows.pocket.column)
    if profile.status:
        known.update((profile.status.column, *(n for names in profile.status.told_by.values() for n in names)))
    if profile.refund:
        known.update(name for name in (*profile.refund.amount, profile.refund.completed) if name)
    for reading in profile.receivable.reading:
        known.update(normal_name(name.removeprefix("-")) for name in (*reading.cash, *reading.platform))
    if profile.profile.currency.startswith("column:"):
        known.add(normal_name(profile.profile.currency.removeprefix("column:")))
    return known


def equation_terms(equation: str) -> list[tuple[str, int]]:
    """`a = b + c - d` as (normalised name, sign): the left side first, with sign 1."""
    left, _, right = equation.partition("=")
    terms = re.findall(r"([+-]?)\s*([^+\-\s]+)", right)
    return [(normal_name(left), 1), *((normal_name(name), -1 if sign == "-" else 1) for sign, name in terms)]


def amount_columns(profile: Profile) -> list[str]:
    """Columns that `[amount]` reads."""
    amount = profile.amount
    if amount is None:
        return []
    parts = [amount.column, amount.direction, amount.balance, amount.witness.column if amount.witness else None]
    parts += [unsigned(name) for name in amount.columns]
    if amount.mode == "in_out":
        parts += [side for side in (amount.in_, amount.out) if isinstance(side, str)]
    return [normal_name(part) for part in parts if part]


def money_columns(profile: Profile) -> list[str]:
    """Columns whose cells are money: amounts, balance, components, money fields, refund amounts and readings."""
    names = [name for name in amount_columns(profile) if name not in _words_beside(profile)]
    if profile.split:
        names += [unsigned(name) for name in (*profile.split.columns, *profile.split.pairs)]
    names += [source.column for spec in profile.fields.values() if spec.as_ == "money" for source in spec.from_]
    names += profile.refund.amount if profile.refund else []
    for reading in profile.receivable.reading:
        names += [normal_name(unsigned(name)) for name in (*reading.cash, *reading.platform)]
    return list(dict.fromkeys(names))


def counted_columns(profile: Profile) -> set[str]:
    """Columns whose cells add up: money and whole numbers such as quantities."""
    counts = {s.column for spec in profile.fields.values() if spec.as_ == "int" for s in spec.from_}
    return {*money_columns(profile), *counts}


def _words_beside(profile: Profile) -> set[str]:
    """Columns of `[amount]` that hold words about the amount."""
    amount = profile.amount
    if amount is None:
        return set()
    return {normal_name(name) for name in (amount.direction, amount.witness and amount.witness.column) if name}


def id_columns(profile: Profile) -> list[str]:
    """Columns that hold an id and nothing else: ids that are taken out of a longer text are not among them."""
    return list(
        dict.fromkeys(
            source.column
            for spec in profile.fields.values()
            if spec.as_ == "id" and not spec.extract
            for source in spec.from_
            if not source.extract
        )
    )


def time_columns(profile: Profile) -> list[str]:
    """Columns that hold times or days."""
    timed = ("datetime", "date")
    return [s.column for spec in profile.fields.values() if spec.as_ in timed for s in spec.from_]


def value_columns(profile: Profile) -> set[str]:
    """Columns that are no free text: money, ids, times, counts and rates."""
    typed = {s.column for spec in profile.fields.values() if spec.as_ not in ("id", "text") for s in spec.from_}
    return {*money_columns(profile), *id_columns(profile), *typed}
