"""`[status]`, `[receivable]` and `[refund]` of an unknown order export or after-sale list."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ecrecon.base.schema import REFUND_STATES, STATUSES
from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.field_columns import NONE
from ecrecon.learning.kinds import status_column
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.vocabulary import Vocabulary, fold
from ecrecon.reading.cells import narrow

_STATE_NAMES = {
    "unpaid": "未付款", "paid": "已付款未发货", "shipped": "已发货", "finished": "交易完成", "closed": "已关闭", "done": "退款完成",
    "pending": "处理中", "rejected": "已拒绝或撤销",
}  # fmt: skip


def learn_status(dialogue: Dialogue, sample: Sample, words: Vocabulary, kind: str) -> dict[str, Any] | None:
    """`[status]`: each text of the column in one state; texts whose state is not known are asked."""
    found = status_column(sample, words)
    candidates = [
        c for c in sample.columns if 1 <= c.distinct <= 40 and not (c.money or c.dates or c.identifier or c.personal)
    ]
    options = [(c.name, "、".join(c.texts.drop_nulls().unique().sort().head(3).to_list())) for c in candidates]
    if found is not None:
        name: str | None = dialogue.prove("status", found[0].name, tr("按列名", "by its name"), options)
    else:
        name = dialogue.ask("status", tr("哪一列是状态？", "which column is the status?"), options)
    if name is None or not sample.has(name):
        return None
    states = STATUSES if kind == "orders" else REFUND_STATES
    table: dict[str, list[str]] = {}
    for text in sorted(sample.column(name).texts.drop_nulls().unique().to_list()):
        state = _state(dialogue, text, words, kind, states)
        if state:
            table.setdefault(state, []).append(text)
    return {"column": name} | {state: table[state] for state in states if state in table}


def _state(dialogue: Dialogue, text: str, words: Vocabulary, kind: str, states: tuple[str, ...]) -> str | None:
    known = words.states[kind].get(narrow(text).casefold(), frozenset())
    options = [(state, tr(_STATE_NAMES[state], state)) for state in states]
    key = f"status:{text}"
    if len(known) == 1:
        return dialogue.prove(key, next(iter(known)), tr("各格式档案一致", "all known layouts read it so"), options)
    question = tr(f"状态“{text}”是哪一种？", f"which state is {text!r}?")
    return dialogue.ask(key, question, options)


def learn_receivable(dialogue: Dialogue, sample: Sample, words: Vocabulary, taken: Collection[str]) -> str | None:
    """The column that says what the shop is to get for the order (docs/matching.md "Receivable": what the buyer paid)."""
    money = [c for c in sample.columns if c.money and not c.identifier and c.filled]
    named = [c for c in money if fold(c.name) in words.readings or "buyer_paid" in words.meanings("orders", c.name)]
    options = _shown(money)
    if len(named) == 1:
        return dialogue.prove(
            "receivable", named[0].name, tr("按列名：买家实付", "by its name: what the buyer paid"), options
        )
    return dialogue.ask(
        "receivable",
        tr("应收看哪一列（买家实付）？", "which column is what the buyer paid, the receivable?"),
        options,
        named[0].name if named else None,
    )


def learn_refund(dialogue: Dialogue, sample: Sample, words: Vocabulary) -> dict[str, Any] | None:
    """`[refund]`: amount and completion time."""
    lists = words.lists["refunds"]
    shipped = [p.refund.amount[0] for p in words.profiles if p.refund and len(p.refund.amount) == 1]
    amounts = {fold(n) for n in (*lists["amount"], *shipped)}
    times = {fold(n) for n in lists["completed"]}
    times |= {fold(p.refund.completed) for p in words.profiles if p.refund and p.refund.completed}
    money = [c for c in sample.columns if c.money and not c.identifier and c.filled]
    named = [c for c in money if fold(c.name) in amounts]
    question = tr("哪一列是退款金额？", "which column is the refunded amount?")
    if len(named) == 1:
        amount: str | None = dialogue.prove("refund_amount", named[0].name, tr("按列名", "by its name"), _shown(money))
    else:
        amount = dialogue.ask("refund_amount", question, _shown(money), named[0].name if named else None)
    if amount is None:
        return None
    dates = [c for c in sample.columns if c.dates]
    done = [c for c in dates if fold(c.name) in times]
    options = [*_shown(dates), (NONE, tr("没有", "there is none"))]
    if len(done) == 1:
        completed: str | None = dialogue.prove("completed", done[0].name, tr("按列名", "by its name"), options)
    elif dates:
        text = tr("哪一列是退款完成时间？", "which column is the time of completion?")
        completed = dialogue.ask("completed", text, options, done[0].name if done else NONE)
    else:
        completed = None
    gross = dialogue.ask(
        "gross",
        tr("退款金额是否含平台承担的部分？", "does the amount include the platform's part?"),
        [("no", tr("不含，只是退给买家的", "no, what the buyer gets back")), ("yes", tr("含", "yes"))],
        "no",
    )
    table: dict[str, Any] = {"amount": amount, "gross": gross == "yes"}
    return table | ({"completed": completed} if completed and completed != NONE else {})


def _shown(columns: list[Column]) -> list[tuple[str, str]]:
    return [(c.name, "、".join(c.texts.drop_nulls().head(3).to_list())) for c in columns]
