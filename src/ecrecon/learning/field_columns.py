"""`[fields]` of an unknown file: which column is which canonical field."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.sample import masked
from ecrecon.learning.times import with_clock
from ecrecon.learning.vocabulary import Vocabulary

NONE = "none"
_IDS = {
    "order_id", "sub_order_id", "parent_order_id", "txn_id", "biz_txn_id", "pay_id", "refund_id", "payout_batch_id",
    "goods_id", "account",
}  # fmt: skip
_TIMES = {
    "occurred_at", "settled_at", "order_created_at", "order_finished_at", "created_at", "paid_at", "shipped_at",
    "finished_at", "applied_at", "completed_at", "expected_at",
}  # fmt: skip
_MONEY = {"freight", "buyer_paid"}
_LEARNT = {
    "lines": (
        "occurred_at", "txn_id", "order_id", "sub_order_id", "refund_id", "merchant_order_no", "pay_id", "payout_batch_id",
        "order_created_at", "order_finished_at", "raw_type", "raw_desc", "channel", "remark",
    ),
    "orders": (
        "order_id", "sub_order_id", "pay_id", "channel", "shop", "created_at", "paid_at", "shipped_at", "finished_at",
        "freight", "buyer_paid",
    ),
    "refunds": ("refund_id", "order_id", "sub_order_id", "pay_id", "shop", "applied_at", "stage"),
}  # fmt: skip
"""Fields that are looked for, in this order; the rest of the vocabulary is for hand-written profiles."""
_ASKED = {"order_id": "order", "refund_id": "refund", "occurred_at": "time", "raw_type": "type"}
_FEW_TYPES = 60


class Fields:
    """Chooses a column for each field of one group; a column serves one field."""

    def __init__(
        self, dialogue: Dialogue, sample: Sample, words: Vocabulary, group: str, taken: Collection[str]
    ) -> None:
        self._dialogue = dialogue
        self._sample = sample
        self._words = words
        self._group = group
        self.taken = set(taken)
        self.specs: dict[str, dict[str, Any]] = {}
        self.patterns: list[str] = []

    def learn(self, kind: str) -> dict[str, dict[str, Any]]:
        """All fields of the group; the asked ones first, so that a plain name cannot take their column."""
        self._times_first()
        for field in _LEARNT[self._group]:
            if field in self.specs or field in _TIMES:
                continue
            if kind == "bank" and field in ("order_id", "sub_order_id", "refund_id", "channel"):
                continue
            if self._group == "lines" and field == "refund_id" and not self._named(field):
                continue
            column = self._choose(field)
            if column is not None:
                self._take(field, column)
        if kind == "bank":
            self._bank_fields()
        if self._group == "lines":
            self._by_uniqueness()
        order = list(_LEARNT[self._group])
        return dict(sorted(self.specs.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1))

    def _choose(self, field: str) -> Column | None:
        """The column that the names mean, or the user's choice where they are silent or ambiguous."""
        named = self._named(field)
        key = _ASKED.get(field)
        if len(named) == 1:
            if key is None:
                return named[0]
            options = self._options(self._free(field))
            value: str | None = self._dialogue.prove(key, named[0].name, tr("按列名", "by its name"), options)
            return self._column(value)
        loose = [c for c in self._free(field) if self._words.loosely(self._group, c.name) == field]
        if key is None:
            return next(iter([*named, *loose]), None)
        candidates = named or [c for c in self._free(field) if self._fits(field, c)]
        if not candidates:
            return None
        likely = next(iter([*named, *(c for c in loose if c in candidates)]), None)
        if likely is None and len(candidates) == 1:
            likely = candidates[0]
        suggestion = likely.name if likely else None
        value = self._dialogue.ask(key, _question(field), self._options(candidates), suggestion)
        return self._column(value)

    def _named(self, field: str) -> list[Column]:
        return [c for c in self._free(field) if self._means(c, field)]

    def _by_uniqueness(self) -> None:
        """A number that is different in every row is that of the line, whatever its name."""
        if "txn_id" in self.specs:
            return
        unique = [c for c in self._free("txn_id") if c.identifier and c.unique]
        if len(unique) == 1:
            self._take("txn_id", unique[0])

    def _options(self, columns: Sequence[Column]) -> list[tuple[str, str]]:
        shown = [
            (
                c.name,
                "、".join(masked(c, t) for t in c.texts.drop_nulls().unique(maintain_order=True).head(3).to_list()),
            )
            for c in columns
        ]
        return [*shown, (NONE, tr("没有", "there is none"))]

    def _column(self, name: str | None) -> Column | None:
        return None if name is None or name == NONE or not self._sample.has(name) else self._sample.column(name)

    def _means(self, column: Column, field: str) -> bool:
        """The column's name stands for `field` more than for any other field of the group."""
        weights = self._words.meanings(self._group, column.name)
        return bool(weights) and weights[field] == max(weights.values()) and weights[field] > 0

    def _free(self, field: str) -> list[Column]:
        return [c for c in self._sample.columns if c.name not in self.taken and c.filled and _possible(field, c)]

    def _fits(self, field: str, column: Column) -> bool:
        """What the cells allow where no name tells."""
        if column.personal:
            return False
        if field in ("order_id", "refund_id"):
            return column.identifier and (self._group == "lines" or column.unique)
        few = 1 < column.distinct <= min(_FEW_TYPES, max(2, column.filled // 2))
        return field == "raw_type" and few and not (column.money or column.dates or column.clock or column.identifier)

    def _take(self, field: str, column: Column) -> None:
        kind = "id" if field in _IDS else "datetime" if field in _TIMES else "money" if field in _MONEY else "text"
        self.specs[field] = {"from": [column.name], "as": kind}
        self.taken.add(column.name)

    def _times_first(self) -> None:
        wanted = [field for field in _LEARNT[self._group] if field in _TIMES]
        for field in wanted:
            named = self._named(field)
            column = self._posting_time(named) if field == "occurred_at" else named[0] if named else None
            if column is not None:
                self._take_time(field, column)

    def _posting_time(self, named: Sequence[Column]) -> Column | None:
        candidates = list(named) or self._free("occurred_at")
        days = [c for c in candidates if not self._all_clock(c)]
        if not days:
            return None
        if len(days) == 1:
            reason = tr("按列名", "by its name") if named else tr("唯一的日期列", "the only column of dates")
            value: str | None = self._dialogue.prove("time", days[0].name, reason, self._options(candidates))
        else:
            value = self._dialogue.ask(
                "time", _question("occurred_at"), self._options(days), days[0].name if named else None
            )
        return self._column(value)

    @staticmethod
    def _all_clock(column: Column) -> bool:
        return column.clock

    def _take_time(self, field: str, column: Column) -> None:
        """A date column, with the times of day of the column beside it where it has none of its own."""
        patterns = self._order_of(column)
        clock = None
        if field in ("occurred_at", "created_at") and not any("%H" in p or "%I" in p for p in patterns):
            clock = (
                next((c for c in self._sample.columns if c.clock and c.name not in self.taken), None) or self._digits()
            )
        self._take(field, column)
        if clock is not None:
            self.taken.add(clock.name)
            self.specs[field] |= {"from": [column.name, clock.name], "join": " "}
            patterns = (*with_clock(patterns, clock.texts), *patterns)
        self.patterns += [p for p in patterns if p not in self.patterns]

    def _digits(self) -> Column | None:
        """Times of day as six digits, under a name that says time."""
        for column in self._sample.columns:
            timed = any(word in column.name.casefold() for word in ("时间", "时刻", "time"))
            if timed and column.name not in self.taken and column.filled:
                shares = column.texts.drop_nulls().str.contains(r"^([01]\d|2[0-3])[0-5]\d[0-5]\d$")
                if bool(shares.all()):
                    return column
        return None

    def _order_of(self, column: Column) -> tuple[str, ...]:
        """The patterns of a date column; where day and month could be swapped the user says which is first."""
        groups = dict(column.dates)
        if len(groups) <= 1:
            name, used = next(iter(column.dates))
            if name in ("dmy", "mdy"):
                seen = tr("有大于 12 的日", "a day above 12")
                self._dialogue.note("date_order", name, tr(f"“{column.name}”{seen}", f"{column.name!r} holds {seen}"))
            return used
        example = column.texts.drop_nulls().item(0)
        options = [
            ("dmy", tr("日/月/年", "day first")),
            ("mdy", tr("月/日/年", "month first")),
        ]
        already = next((d.value for d in self._dialogue.decisions if d.key == "date_order"), None)
        if already in groups:
            return groups[already]
        if any(q.key == "date_order" for q in self._dialogue.questions):
            return next(iter(groups.values()))
        question = tr(f"日期“{example}”是先日还是先月？", f"is {example!r} day first or month first?")
        answer = self._dialogue.ask("date_order", question, options)
        return groups.get(answer or "", next(iter(groups.values())))

    def _bank_fields(self) -> None:
        """Own account, and of the counterparty what no person is: the extract of the shipped bank layouts."""
        banks = [p for p in self._words.profiles if p.profile.kind == "bank"]
        for field in ("account", "channel"):
            spec = next((p.fields[field] for p in banks if field in p.fields), None)
            if spec is None:
                continue
            names = {s.column for p in banks if field in p.fields for s in p.fields[field].from_}
            parts = self._words.lists["banks"]["counterparty"] if field == "channel" else ()
            column = next(
                (
                    c
                    for c in self._sample.columns
                    if c.filled
                    and c.name not in self.taken
                    and not (field == "channel" and (c.identifier or c.money))
                    and (c.name in names or any(part in c.name.casefold() for part in parts))
                ),
                None,
            )
            if column is None or (field == "account" and column.distinct > 1):
                continue
            self.specs[field] = {"from": [column.name], "as": spec.as_}
            if spec.extract:
                self.specs[field]["extract"] = spec.extract
            if not spec.keep:
                self.specs[field]["keep"] = False
            self.taken.add(column.name)


def _possible(field: str, column: Column) -> bool:
    """Cells that can hold the field at all."""
    if field in _TIMES:
        return bool(column.dates)
    if field in _MONEY:
        return column.money and not column.identifier
    if field in _IDS:
        return not column.dates and not column.clock and not column.decimals and not column.personal
    return not column.dates and not column.decimals and not (column.personal and field != "channel")


def _question(field: str) -> str:
    return {
        "order_id": tr("哪一列是平台订单号？", "which column is the order number of the platform?"),
        "refund_id": tr("哪一列是售后单号？", "which column is the number of the after-sale document?"),
        "occurred_at": tr("哪一列是入账时间？", "which column is the time of posting?"),
        "raw_type": tr("哪一列是费用或业务类型？", "which column says what a line is for?"),
    }[field]
