"""`[category]` of an unknown bill: only names that every known layout reads alike; the rest stays unmapped (C04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.model import Sample
from ecrecon.learning.vocabulary import Vocabulary
from ecrecon.reading.cells import narrow
from ecrecon.settings.profiles import CategoryTable

_MOST_TEXTS = 60


def learn_categories(
    dialogue: Dialogue, sample: Sample, words: Vocabulary, kind: str, specs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The `[category]` table, or None where no column says what a line is for."""
    if kind == "bank":
        return _bank_rules(words, set(specs))
    spec = specs.get("raw_type")
    if spec is None:
        return None
    column = sample.column(spec["from"][0])
    texts = sorted(column.texts.drop_nulls().unique().to_list())
    options = [(c.name, tr(c.zh, c.role)) for c in CATEGORIES.values()]
    table: dict[str, str] = {}
    for text in texts[:_MOST_TEXTS]:
        known = words.categories.get(narrow(text), frozenset())
        key = f"type:{text}"
        if len(known) == 1:
            category = next(iter(known))
            reason = tr("各格式档案一致", "all known layouts read it so")
            table[text] = dialogue.prove(key, category, reason, options)
        else:
            question = tr(f"“{text}”是哪一类费用？不知道就留作未识别", f"what is {text!r}? unmapped if you do not know")
            answer = dialogue.offer(key, question, options, "unmapped")
            if answer != "unmapped":
                table[text] = answer
    return {"order": ["raw_type"], "raw_type": table} if table else None


def _bank_rules(words: Vocabulary, fields: set[str]) -> dict[str, Any] | None:
    """The rules of the shipped bank layouts, as far as the file has their fields."""
    best: dict[str, Any] | None = None
    for profile in words.profiles:
        if profile.profile.kind == "bank" and profile.category is not None:
            rules = _usable(profile.category, fields)
            if rules and (best is None or _size(rules) > _size(best)):
                best = rules
    return best


def _usable(table: CategoryTable, fields: set[str]) -> dict[str, Any]:
    lists = {
        name: [r.model_dump(by_alias=True, exclude_none=True) for r in rules if set(r.tests) <= fields]
        for name, rules in table.rules.items()
    }
    lists = {name: rules for name, rules in lists.items() if rules}
    order = [name for name in table.order if name in lists]
    return {"order": order, **lists} if order else {}


def _size(rules: Mapping[str, Any]) -> int:
    return sum(len(value) for name, value in rules.items() if name != "order")
