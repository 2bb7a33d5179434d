"""From a file that no profile knows to a profile: what is proved, what is asked, the draft, and what the draft makes of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import exponent
from ecrecon.base.sources import Parsed
from ecrecon.base.texts import tr
from ecrecon.learning.amounts import Ledger, Money, learn_amount
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.field_columns import Fields
from ecrecon.learning.kinds import learn_categories, learn_currency, learn_kind, learn_platform, learn_unit, learn_view
from ecrecon.learning.model import Decision, Question, Sample
from ecrecon.learning.order_columns import learn_receivable, learn_refund, learn_status
from ecrecon.learning.sample import dummy
from ecrecon.learning.surroundings import learn_controls, learn_preamble, learn_trailer
from ecrecon.learning.toml import toml_text
from ecrecon.learning.vocabulary import LINE_KINDS, Vocabulary, group_of
from ecrecon.reading.identify import Conflict, Identified, accepts, identify, layout_names
from ecrecon.reading.parse import parse
from ecrecon.settings.profiles import HeaderTable, Profile, profile_from, shortened, unsigned

# A learnt layout and the known ones never fit the same file.


def header_table(require: Sequence[str], names: frozenset[str], profiles: Iterable[Profile]) -> dict[str, list[str]]:
    """`[header]`: `require`, completed by what tells the file from every known layout that could look like it.

    No known layout accepts the file: each lacks a column it requires, or meets one it forbids. The column it requires
    and the file lacks is forbidden here; the column it forbids and the file has is required here.
    """
    wanted = list(require)
    forbid: list[str] = []
    for profile in profiles:
        if _tells_apart(wanted, forbid, profile):
            continue
        header = profile.header
        lacking = [name for name in header.require if not _has(names, name, header)]
        barred = [name for name in header.forbid if name in names]
        groups = [group for group in header.require_any if not any(_has(names, name, header) for name in group)]
        if barred:
            wanted.append(barred[0])
        elif lacking:
            forbid += [name for name in (lacking[0], *header.alias.get(lacking[0], ())) if name not in forbid]
        elif groups:
            forbid += [name for name in groups[0] if name not in forbid]
    return {"require": wanted} | ({"forbid": forbid} if forbid else {})


def _tells_apart(require: Sequence[str], forbid: Sequence[str], profile: Profile) -> bool:
    """No file of `profile` has all of `require` and none of `forbid`; a profile does not name all its columns."""
    return (
        2 * len(layout_names(profile).intersection(require)) < len(require)
        or any(name in profile.header.require for name in forbid)
        or any(name in profile.header.forbid for name in require)
    )


def _has(names: frozenset[str], name: str, header: HeaderTable) -> bool:
    return name in names or any(other in names for other in header.alias.get(name, ()))


def fitting(names: frozenset[str], profiles: Iterable[Profile]) -> list[Profile]:
    """The profiles that accept a header of these names."""
    return [profile for profile in profiles if accepts(set(names), profile.header)]


# What the new profile makes of the file: exactly one profile fits, rows, sums, findings.


@dataclass(frozen=True)
class Trial:
    """`text`: the TOML file. `parsed`: the file read under it."""

    profile: Profile
    text: str
    parsed: Parsed


def try_profile(sample: Sample, data: dict[str, Any], profiles: Sequence[Profile]) -> Trial:
    """Validate, identify among all profiles, parse. Raises ConfigError where the draft cannot stand."""
    data = shortened(data)
    profile = profile_from(data, f"{data['profile']['id']}.toml")
    if any(known.id == profile.id for known in profiles):
        raise ConfigError(
            tr(f"格式编号 {profile.id} 已存在", f"there is a layout {profile.id} already"),
            tr("用 --id 指定另一个编号", "give another one with --id"),
        )
    match identify(sample.table, [*profiles, profile]):
        case Identified(found, index) if found.id == profile.id:
            return Trial(profile, _comment(sample) + toml_text(data), parse(sample.table, profile, index))
        case Identified(found, _):
            others = found.id
        case Conflict(several, _):
            others = "、".join(p.id for p in several if p.id != profile.id)
        case _:
            others = tr("没有一个", "none")
    raise ConfigError(
        tr(
            f"这个文件适用的格式档案：{others}，不是新学的 {profile.id}",
            f"the file fits {others}, not the new {profile.id}",
        ),
        tr(
            "该文件可能已被识别；用 ecrecon formats identify 查看",
            "it may be known already: see ecrecon formats identify",
        ),
    )


def _comment(sample: Sample) -> str:
    """The header and the shape of a row: digits as 0, no text of a person."""
    names = ",".join(" ".join(column.printed.split()) for column in sample.columns)
    row = ",".join(dummy(column, column.texts[0] if sample.rows else None) for column in sample.columns)
    return f"# {names}\n# {row}\n".replace("\r", " ") + "\n"


# From a file that no profile knows to a profile: what is proved, what is asked, and the draft.

_REQUIRED = 8
"""Marker columns of a learnt layout at most; more would refuse the file when an unimportant column goes."""


@dataclass(frozen=True)
class Proposal:
    """`data`: the profile as TOML data; None while no kind is known. Ready to write when `questions` is empty.

    `optional`: what may be answered and is left open otherwise.
    """

    decisions: tuple[Decision, ...]
    questions: tuple[Question, ...]
    data: dict[str, Any] | None
    optional: tuple[Question, ...] = ()


def propose(sample: Sample, words: Vocabulary, answers: Mapping[str, str], profile_id: str | None = None) -> Proposal:
    """Learn the layout of `sample`. Every open point is a question; `answers` holds the answers so far.

    Raises ConfigError for answers that do not fit.
    """
    dialogue = Dialogue(answers)
    kind = learn_kind(dialogue, sample, words)
    data = _draft(dialogue, sample, words, kind, profile_id) if kind else None
    if not dialogue.questions:
        dialogue.refuse_unused()
    return Proposal(tuple(dialogue.decisions), tuple(dialogue.questions), data, tuple(dialogue.open))


def _draft(dialogue: Dialogue, sample: Sample, words: Vocabulary, kind: str, profile_id: str | None) -> dict[str, Any]:
    if kind == "ignore":
        return _ignored(dialogue, sample, words, profile_id)
    platform = learn_platform(dialogue, kind, words) or "own"
    currency = learn_currency(dialogue, sample)
    unit = learn_unit(dialogue, sample, currency)
    decimals = 0 if unit == "fen" else 2 if currency.startswith("column:") else exponent(currency)
    group = group_of(kind)
    money: Money | None = None
    if kind in LINE_KINDS:
        sure = [c.name for c in sample.columns if "order_id" in words.meanings(group, c.name)]
        money = learn_amount(dialogue, sample, words, kind, decimals, sure)
    taken = _amount_columns(money)
    fields = Fields(dialogue, sample, words, group, taken)
    specs = fields.learn(kind)
    _name_dates(fields, specs)
    view = learn_view(dialogue, kind, bool(money and money.rolls)) if kind in LINE_KINDS else None
    head = _head(sample, kind, platform, view, currency, unit, profile_id, words.profiles)
    head["grain"] = _grain(kind, specs)
    data: dict[str, Any] = {"profile": head, "file": _file(sample, fields)}
    _lines_or_books(dialogue, sample, words, kind, data, specs, money, decimals)
    data["header"] |= header_table(_markers(sample, data), sample.names, words.profiles)
    return {name: table for name, table in data.items() if table}


def _lines_or_books(
    dialogue: Dialogue,
    sample: Sample,
    words: Vocabulary,
    kind: str,
    data: dict[str, Any],
    specs: dict[str, dict[str, Any]],
    money: Money | None,
    decimals: int,
) -> None:
    """The tables after `[file]`, in the order in which they are written."""
    data["preamble"] = learn_preamble(dialogue, sample, words) if kind in LINE_KINDS else {}
    data["header"] = {}
    data["fields"] = specs
    if kind in LINE_KINDS and money is not None:
        data["amount"] = money.table(sample)
        data["category"] = learn_categories(dialogue, sample, words, kind, specs) or {}
        data["identity"] = _identity(dialogue, sample, specs)
        data["controls"] = _controls(dialogue, sample, words, money, decimals)
    elif kind == "orders":
        data["status"] = learn_status(dialogue, sample, words, kind) or {}
        receivable = learn_receivable(dialogue, sample, words, ())
        data["receivable"] = {"reading": [{"cash": [receivable], "platform": []}]} if receivable else {}
    elif kind == "refunds":
        data["status"] = learn_status(dialogue, sample, words, kind) or {}
        data["refund"] = learn_refund(dialogue, sample, words) or {}
    anchors = [name for name in (*_amount_columns(money), *_time_columns(specs)) if name in sample.places]
    trailer = learn_trailer(dialogue, sample, words, anchors)
    data["file"] |= trailer["file"]
    data["rows"] = trailer["rows"]


def _amount_columns(money: Money | None) -> list[str]:
    if money is None:
        return []
    parts = [*money.reading.columns, money.reading.flag, money.balance]
    return [part for part in parts if part]


def _time_columns(specs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return list(specs["occurred_at"]["from"]) if "occurred_at" in specs else []


def _grain(kind: str, specs: Mapping[str, Any]) -> str:
    """Finest reference that the lines carry."""
    if kind in ("orders", "refunds"):
        return "order"
    if "sub_order_id" in specs:
        return "sub_order"
    return "order" if "order_id" in specs else "payment" if "pay_id" in specs else "none"


def _head(
    sample: Sample,
    kind: str,
    platform: str,
    view: str | None,
    currency: str,
    unit: str,
    profile_id: str | None,
    profiles: Sequence[Profile],
) -> dict[str, Any]:
    head: dict[str, Any] = {"id": profile_id or free_id(platform, kind, profiles), "title": title_of(sample)}
    head |= {"platform": platform, "kind": kind}
    if view:
        head["view"] = view
    return head | {"grain": "none", "rank": 10, "currency": currency, "unit": unit}


def free_id(platform: str, kind: str, profiles: Sequence[Profile]) -> str:
    """`platform.own_kind`, numbered where it is taken."""
    taken = {profile.id for profile in profiles}
    base = f"{platform}.own_{kind}"
    return next(c for c in (base, *(f"{base}{n}" for n in range(2, len(taken) + 3))) if c not in taken)


def title_of(sample: Sample) -> str:
    """The file's name without dates, numbers and suffix: a name that people recognise."""
    name = re.sub(r"\.\w{2,5}$", "", re.split(r"!/|/", sample.table.path)[-1])
    name = re.sub(r"[\d_\-（）()\[\]年月日至 ]+", " ", name).strip()
    return name or tr("自学格式", "learnt layout")


def _file(sample: Sample, fields: Fields) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if fields.patterns:
        table["dates"] = fields.patterns
    if sample.header_rows > 1:
        table["header_rows"] = sample.header_rows
    return table


def _name_dates(fields: Fields, specs: Mapping[str, Mapping[str, Any]]) -> None:
    """A date without time of day is a date."""
    for spec in specs.values():
        if spec["as"] == "datetime" and not any("%H" in p or "%I" in p for p in fields.patterns):
            spec["as"] = "date"  # type: ignore[index]


def _identity(dialogue: Dialogue, sample: Sample, specs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A ledger number that is different in every row makes the line unique; day replacement otherwise."""
    spec = specs.get("txn_id")
    if spec is None:
        return {}
    column = sample.column(spec["from"][0])
    if column.unique:
        reason = tr(f"{sample.rows} 行各不相同，作唯一键", f"different in all {sample.rows} rows: the key of a line")
        dialogue.note("unique", column.name, reason)
        return {"key": ["txn_id"]}
    dialogue.note(
        "unique", tr("无", "none"), tr(f"“{column.name}”有重复或空值", f"{column.name!r} repeats or is empty")
    )
    return {}


def _controls(dialogue: Dialogue, sample: Sample, words: Vocabulary, money: Money, decimals: int) -> dict[str, Any]:
    ledger = Ledger(sample, decimals)
    amounts = ledger.amounts(money.reading)
    table: dict[str, Any] = {}
    if len(amounts) == sample.rows:
        income, expense = int(amounts.clip(lower_bound=0).sum()), int(amounts.clip(upper_bound=0).sum())
        counts = learn_controls(dialogue, sample, words, income, expense)
        if counts:
            table["count"] = counts
    if money.balance and money.rolls:
        table["balance"] = [{"column": money.balance}]
    return table


def _markers(sample: Sample, data: Mapping[str, Any]) -> list[str]:
    """The columns without which the file could not be read: amounts, times, ids, states, types."""
    amount = data.get("amount") or {}
    sides = ("in", "out") if amount.get("mode") == "in_out" else ()
    names = [amount.get(key) for key in ("column", *sides, "direction", "balance")]
    names += [unsigned(name) for name in amount.get("columns", ())]
    fields = data["fields"]
    for field in ("occurred_at", "order_id", "refund_id", "txn_id", "raw_type", "created_at"):
        names += fields[field]["from"] if field in fields else []
    names += [data.get("status", {}).get("column"), data.get("refund", {}).get("amount")]
    names += [name for reading in data.get("receivable", {}).get("reading", ()) for name in reading["cash"]]
    known = [name for name in dict.fromkeys(names) if isinstance(name, str) and name in sample.names]
    return known[:_REQUIRED]


def _ignored(dialogue: Dialogue, sample: Sample, words: Vocabulary, profile_id: str | None) -> dict[str, Any]:
    platform = learn_platform(dialogue, "ignore", words) or "own"
    reason = dialogue.ask("reason", tr("为什么略过？（一句话）", "why is it left out? (one sentence)"), free=True) or ""
    head = {
        "id": profile_id or free_id(platform, "ignore", words.profiles), "title": title_of(sample),
        "platform": platform, "kind": "ignore", "reason": reason,
    }  # fmt: skip
    names = [c.name for c in sample.columns if c.name in sample.names and not c.personal][:_REQUIRED]
    return {"profile": head, "header": header_table(names, sample.names, words.profiles)}
