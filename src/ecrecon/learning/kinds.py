"""What an unknown file is: kind, view, platform, currency, unit, and the categories of its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.money import EXPONENTS
from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.vocabulary import Vocabulary, fold
from ecrecon.reading.cells import narrow
from ecrecon.reading.currency import currency_codes
from ecrecon.settings.profiles import CategoryTable

# What an unknown file is: kind, view, platform, currency, unit.

_KNOWN_WORDS = 0.6


def kind_options() -> list[tuple[str, str]]:
    """Kinds that can be learnt."""
    return [
        ("bank", tr("银行流水", "a bank statement")),
        ("bill", tr("平台或支付账单", "a bill of a platform or payment channel")),
        ("orders", tr("订单导出", "an order export")),
        ("refunds", tr("售后/退款单", "after-sale documents")),
        ("ignore", tr("不是账单，以后略过", "no bill: leave it out from now on")),
    ]


def learn_kind(dialogue: Dialogue, sample: Sample, words: Vocabulary) -> str | None:
    """The kind: by the words of a status column, or of banks; else asked."""
    status = status_column(sample, words)
    order = any("order_id" in words.meanings("lines", c.name) for c in sample.columns)
    if status is not None:
        column, kind, share = status
        if share >= _KNOWN_WORDS:
            reason = tr(
                f"“{column.printed}”的状态词是{dict(kind_options())[kind]}的词",
                f"the words of {column.printed!r} are those of {dict(kind_options())[kind]}",
            )
            return dialogue.prove("kind", kind, reason, kind_options())
    bank = _bank_word(sample, words)
    if bank and not order:
        reason = tr(
            f"有银行账单的用语“{bank}”，没有订单号", f"{bank!r} is a word of banks, and there is no order number"
        )
        return dialogue.prove("kind", "bank", reason, kind_options())
    suggestion = status[1] if status else "bill" if order or any(words.role(c.name) for c in sample.columns) else None
    return dialogue.ask("kind", tr("这是什么文件？", "what is this file?"), kind_options(), suggestion)


def status_column(sample: Sample, words: Vocabulary) -> tuple[Column, str, float] | None:
    """The column of order or after-sale states, the kind its words speak for, and the share of known words."""
    names = {fold(name) for name in words.lists["status"]["columns"]}
    names |= {fold(p.status.column) for p in words.profiles if p.status is not None}
    about_refunds = any(fold(w) in fold(c.name) for c in sample.columns for w in words.lists["refunds"]["names"])
    best: tuple[Column, str, float] | None = None
    for column in sample.columns:
        if fold(column.name) not in names or not column.filled or column.distinct > 60:
            continue
        texts = [narrow(t).casefold() for t in column.texts.drop_nulls().unique().to_list()]
        for kind in ("refunds", "orders"):
            share = sum(t in words.states[kind] for t in texts) / len(texts)
            named = any(fold(w) in fold(column.name) for w in words.lists["refunds"]["names"])
            if kind == "refunds" and not named and not about_refunds:
                continue
            if best is None or share > best[2]:
                best = (column, kind, share)
    return best


def _bank_word(sample: Sample, words: Vocabulary) -> str | None:
    texts = [fold(c.name) for c in sample.columns] + ["".join(row) for row in sample.above]
    return next((word for word in words.lists["banks"]["words"] if any(fold(word) in text for text in texts)), None)


def learn_view(dialogue: Dialogue, kind: str, rolls: bool) -> str | None:
    """Which look at the money a bill takes."""
    options = [
        ("cash", tr("资金流水：账户的每一笔变动", "every movement of an account")),
        ("detail", tr("结算明细：解释资金的组成", "the break-down that explains the cash")),
        ("witness", tr("佐证：汇总或副本，只比对不入账", "a summary or second copy: compared, never added")),
    ]
    if kind == "bank":
        return "cash"
    if rolls:
        return dialogue.prove(
            "view", "cash", tr("余额逐行连续，即账户的每一笔变动", "the balance rolls: every movement is here"), options
        )
    return dialogue.ask("view", tr("这份账单是哪一种？", "which look at the money is it?"), options, "detail")


def learn_platform(dialogue: Dialogue, kind: str, words: Vocabulary) -> str | None:
    """The platform that the shop of `ecrecon.toml` names; banks have none."""
    if kind == "bank":
        return "bank"
    known = sorted({p.profile.platform for p in words.profiles} - {"bank"})
    text = tr(
        f"哪个平台？（如 {'、'.join(known[:8])}，或新名字）",
        f"which platform? ({', '.join(known[:8])} …, or a new name)",
    )
    answer = dialogue.ask("platform", text, [(name, name) for name in known], free=True)
    return re.sub(r"[^a-z0-9_]+", "_", answer.casefold()).strip("_") or None if answer else None


def learn_currency(dialogue: Dialogue, sample: Sample) -> str:
    """A code, or `column:NAME` where rows differ."""
    codes = [(code, code) for code in EXPONENTS]
    for column in sample.columns:
        if not re.fullmatch(r"币种|币别|货币|交易币种|交易货币|currency|ccy", fold(column.name)) or not column.filled:
            continue
        found = set(currency_codes(column.texts).drop_nulls().unique().to_list())
        if found <= set(EXPONENTS):
            value = found.pop() if len(found) == 1 else f"column:{column.name}"
            reason = tr(f"“{column.printed}”列", f"by the column {column.printed!r}")
            return dialogue.prove("currency", value, reason, [*codes, (value, value)])
    return dialogue.prove("currency", "CNY", tr("没有币种列，按人民币", "no currency column: yuan"), codes)


def learn_unit(dialogue: Dialogue, sample: Sample, currency: str) -> str:
    """yuan or fen: decimals prove yuan, a unit in a header says either; else asked."""
    options = [("yuan", tr("元", "yuan")), ("fen", tr("分", "fen"))]
    if currency != "CNY" or any(c.decimals for c in sample.columns):
        return dialogue.prove("unit", "yuan", tr("金额带小数", "amounts show decimals"), options)
    units = {m.group(1) for c in sample.columns if (m := re.search(r"[(（][+-]?(元|分)[)）]\s*$", c.printed))}
    if len(units) == 1:
        unit = "yuan" if units == {"元"} else "fen"
        return dialogue.prove("unit", unit, tr("列名里有单位", "the unit is in the header"), options)
    if not any(c.money for c in sample.columns):
        return "yuan"
    return (
        dialogue.ask(
            "unit", tr("金额都是整数，单位是元还是分？", "all amounts are whole: yuan or fen?"), options, "yuan"
        )
        or "yuan"
    )


# `[category]` of an unknown bill: only names that every known layout reads alike; the rest stays unmapped (C04).

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
