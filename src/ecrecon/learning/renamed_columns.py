"""A known layout whose columns were renamed: which new name stands for which old one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.field_columns import NONE
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.propose import Proposal, header_table
from ecrecon.learning.sample import Header, masked
from ecrecon.learning.vocabulary import Vocabulary, group_of
from ecrecon.reading.columns import amount_columns
from ecrecon.reading.identify import layout_names, nearest_place
from ecrecon.reading.tables import Table
from ecrecon.settings.profiles import Profile, normal_name

_ALIKE = 0.5


def place_of(table: Table, base: Profile) -> Header:
    """Where the header of a drifted `base` is. Raises ConfigError where too little of it is left."""
    index = nearest_place(table, base)
    if index is None:
        raise ConfigError(
            tr(f"这个文件与 {base.id} 的列差得太多", f"the file has too few columns of {base.id}"),
            tr("不带 --from-profile 从头学", "learn it from scratch, without --from-profile"),
        )
    return Header(index, base.file.header_rows)


def propose_from(
    sample: Sample,
    words: Vocabulary,
    base: Profile,
    raw: Mapping[str, Any],
    answers: Mapping[str, str],
    profile_id: str | None = None,
) -> Proposal:
    """`base` (its TOML data is `raw`) with the new names of its columns. A renamed column is never proved: it is
    proposed, and asked."""
    dialogue = Dialogue(answers)
    missing = _missing(sample, base)
    free = [c for c in sample.columns if c.name not in layout_names(base) and c.filled]
    renamed: dict[str, str] = {}
    for name, needed in missing.items():
        candidates = sorted(free, key=lambda c: (-_score(name, c, base, words), c.name))
        close = [c for c in candidates if _score(name, c, base, words) >= _ALIKE]
        if not close and not needed:
            continue
        options = [(c.name, _shown(c)) for c in candidates] + [(NONE, tr("没有，去掉该列", "none: do without it"))]
        question = tr(f"原来的“{name}”列现在叫什么？", f"what is the column {name!r} called now?")
        answer = dialogue.ask(f"alias:{name}", question, options, close[0].name if close else None)
        if answer and answer != NONE:
            renamed[name] = answer
            free = [c for c in free if c.name != answer]
    barred = [name for name in base.header.forbid if name in sample.names]
    for name in barred:
        dialogue.note(f"forbid:{name}", tr("取消", "lifted"), tr("新版式有了这一列", "the new layout has this column"))
    data = _renamed(raw, renamed)
    data["profile"] |= {"id": profile_id or _free_id(base, words.profiles)}
    data["profile"]["title"] = tr(f"{base.profile.title}（改版）", f"{base.profile.title} (changed)")
    gone = [name for name in missing if name not in renamed]
    data["header"] = _header(data["header"], sample, [*gone, *barred], [*renamed], words.profiles)
    if not dialogue.questions:
        dialogue.refuse_unused()
    return Proposal(tuple(dialogue.decisions), tuple(dialogue.questions), data)


def _missing(sample: Sample, base: Profile) -> dict[str, bool]:
    """Columns that the file lacks; True for those without which the profile refuses or cannot read it."""
    header = base.header

    def there(name: str) -> bool:
        return name in sample.names or any(other in sample.names for other in header.alias.get(name, ()))

    needed = [name for name in header.require if not there(name)]
    needed += [group[0] for group in header.require_any if not any(there(name) for name in group)]
    needed += [name for name in amount_columns(base) if not there(name)]
    result = dict.fromkeys(needed, True)
    for spec in base.fields.values():
        names = [source.column for source in spec.from_]
        if not any(there(name) for name in names):
            result.setdefault(names[0], False)
    return result


def _score(name: str, column: Column, base: Profile, words: Vocabulary) -> float:
    """How likely `column` is the old column `name`: same meaning in the vocabulary, like spelling, fitting cells."""
    if not _holds(name, column, base):
        return 0.0
    group = group_of(base.profile.kind)
    old = set(words.meanings(group, name)) if group in words.fields else set()
    new = set(words.meanings(group, column.name)) if group in words.fields else set()
    same_role = words.role(name) is not None and words.role(name) == words.role(column.name)
    alike = difflib.SequenceMatcher(None, name, column.name).ratio()
    return alike + (0.5 if old & new or same_role else 0.0)


def _holds(name: str, column: Column, base: Profile) -> bool:
    """The cells can be what the old column held."""
    amounts = amount_columns(base)
    if base.amount is not None and name in amounts and name != normal_name(base.amount.direction or ""):
        return column.money
    spec = next((s for s in base.fields.values() if any(f.column == name for f in s.from_)), None)
    if spec is None:
        return True
    if spec.as_ in ("datetime", "date"):
        return bool(column.dates)
    if spec.as_ == "money":
        return column.money
    return not column.dates and not (spec.as_ == "id" and column.decimals)


def _shown(column: Column) -> str:
    return "、".join(
        masked(column, text) for text in column.texts.drop_nulls().unique(maintain_order=True).head(3).to_list()
    )


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with every column name replaced, wherever it stands."""
    if isinstance(value, Mapping):
        return {_name(key, names): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return _name(value, names) if isinstance(value, str) else value


def _name(text: str, names: Mapping[str, str]) -> str:
    if text.startswith("-"):
        return "-" + _name(text[1:], names)
    return names.get(normal_name(text), text)


def _header(
    header: Mapping[str, Any], sample: Sample, gone: Sequence[str], old: Sequence[str], profiles: Sequence[Profile]
) -> dict[str, Any]:
    """The new `[header]`: without what is gone, against the old layout and all others."""
    result = dict(header)
    require = [name for name in header.get("require", []) if normal_name(name) not in gone]
    any_of = [[n for n in group if normal_name(n) not in gone] for group in header.get("require_any", [])]
    made = header_table(require, sample.names, profiles)
    barred = [n for n in header.get("forbid", []) if normal_name(n) not in gone]
    forbid = dict.fromkeys([*barred, *(name for name in old if name not in sample.names), *made.get("forbid", [])])
    result["require"] = made["require"]
    if any_of:
        result["require_any"] = [group for group in any_of if group]
    if forbid:
        result["forbid"] = list(forbid)
    return result


def _free_id(base: Profile, profiles: Sequence[Profile]) -> str:
    taken = {profile.id for profile in profiles}
    return next(c for c in (f"{base.id}_own{n}" for n in ("", *range(2, len(taken) + 3))) if c not in taken)
