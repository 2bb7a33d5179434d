"""`[amount]` of an unknown bill: which columns hold the money and what their signs mean.

The running balance decides where there is one: of all ways to read the columns only the true one makes it roll. Names
and words decide where their meaning is fixed. Everything else is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import polars as pl

from ecrecon.base.money import read_money
from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.vocabulary import Vocabulary, fold
from ecrecon.reading.balance import check_chain
from ecrecon.reading.cells import narrow

_CHECKED = 2000
"""Rows over which a balance is tried."""
_FEWEST_STEPS = 2
_TRIED_COLUMNS = 7
_FEW_BREAKS = 0.1


@dataclass(frozen=True)
class Reading:
    """One way to read the money. `mode`: signed, in_out or direction; `columns`: amount, or in and out.

    `reversed`: signed, and plus is money out. `plus`, `minus`: words of the direction column.
    """

    mode: str
    columns: tuple[str, ...]
    flag: str | None = None
    reversed: bool = False
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """As an answer: `in_out:A|B`, `signed:A`, `direction:A|B`."""
        return f"{self.mode}:{'|'.join([*self.columns, *([self.flag] if self.flag else [])])}"


@dataclass(frozen=True)
class Money:
    """What was found. `rolls`: the balance column proves the reading. `mixed`: rows hold income and expense at once."""

    reading: Reading
    balance: str | None = None
    rolls: bool = False
    mixed: bool = False

    def table(self, sample: Sample) -> dict[str, Any]:
        """The `[amount]` table of a profile."""
        reading = self.reading
        table: dict[str, Any] = {"mode": reading.mode}
        if reading.mode == "in_out" and self.mixed:
            # rows that hold income and expense at once, such as sums of a day: the row is worth their difference
            table = {"mode": "columns", "columns": [reading.columns[0], f"-{reading.columns[1]}"]}
        elif reading.mode == "in_out":
            table |= {"in": reading.columns[0], "out": reading.columns[1], "out_sign": "any", "both_zero": "void"}
        elif reading.mode == "signed":
            if reading.reversed:
                return self._turned()
            table |= {"column": reading.columns[0]}
            if reading.flag:
                table |= {"witness": {"column": reading.flag, "plus": list(reading.plus), "minus": list(reading.minus)}}
        else:
            table |= {"column": reading.columns[0], "direction": reading.flag}
            table |= {"in": list(reading.plus), "out": list(reading.minus), "printed": "any"}
        if self.balance:
            table["balance"] = self.balance
        return table

    def _turned(self) -> dict[str, Any]:
        """One column whose plus is money out."""
        table: dict[str, Any] = {"mode": "columns", "columns": [f"-{self.reading.columns[0]}"]}
        return table | ({"balance": self.balance} if self.balance else {})


class Ledger:
    """The rows as numbers: each money column once through the gate, and the balance test."""

    def __init__(self, sample: Sample, decimals: int) -> None:
        self.sample = sample
        self._decimals = decimals
        self._cache: dict[str, pl.Series] = {}
        head = min(sample.rows, _CHECKED)
        self._rows = head
        self._no_time = pl.Series([None] * head, dtype=pl.Datetime("us"))

    def minor(self, name: str) -> pl.Series:
        """Minor units of a column, 0 where nothing or nothing readable is printed."""
        if name not in self._cache:
            texts = self.sample.column(name).texts.head(_CHECKED)
            self._cache[name] = read_money(texts, self._decimals)["minor"].fill_null(0)
        return self._cache[name]

    def amounts(self, reading: Reading) -> pl.Series:
        """Signed amounts under `reading`."""
        first = self.minor(reading.columns[0])
        if reading.mode == "in_out":
            return first.abs() - self.minor(reading.columns[1]).abs()
        if reading.mode == "direction":
            return first.abs() * self.signs(reading)
        return -first if reading.reversed else first

    def mixed(self, reading: Reading) -> bool:
        """True where many rows fill both columns."""
        if reading.mode != "in_out":
            return False
        first, second = (self.minor(name) for name in reading.columns)
        return int(((first != 0) & (second != 0)).sum()) > _FEW_BREAKS * self._rows

    def signs(self, reading: Reading) -> pl.Series:
        """1, -1 or 0 by the direction column."""
        table = dict.fromkeys(reading.plus, 1) | dict.fromkeys(reading.minus, -1)
        texts = self.sample.column(str(reading.flag)).texts.head(_CHECKED)
        return pl.Series([table.get(text or "", 0) for text in texts.to_list()], dtype=pl.Int64)

    def rolls(self, reading: Reading, balance: str) -> bool:
        """True where the balance column follows from the amounts (a few damaged rows do not hide it)."""
        amount = self.amounts(reading)
        filled = self.sample.column(balance).texts.head(_CHECKED).is_not_null()
        steps = int(((amount != 0) & filled).sum())
        if steps < _FEWEST_STEPS + 1:
            return False
        minor = self.minor(balance)
        printed = pl.DataFrame({"b": minor, "f": filled}).select(pl.when("f").then("b").alias("b"))["b"]
        chain = check_chain(amount, printed, self._no_time, self.sample.line.head(_CHECKED))
        return chain.breaks <= int(_FEW_BREAKS * steps) if steps >= 20 else chain.breaks == 0


def learn_amount(
    dialogue: Dialogue, sample: Sample, words: Vocabulary, kind: str, decimals: int, taken: Sequence[str]
) -> Money | None:
    """`[amount]`, or None where no column holds money. `taken`: columns that are ids or dates for sure."""
    columns = [c for c in sample.columns if c.name not in taken and (c.money or not c.filled)]
    ledger = Ledger(sample, decimals)
    candidates = _candidates(columns, sample, words)
    balances = [c.name for c in columns if c.filled and words.amount_role(c.name) == "balance"]
    proved = _proved(ledger, candidates, balances) or _by_trial(ledger, [c for c in columns if c.filled], taken)
    if proved is not None:
        money = _with_proof(dialogue, ledger, proved, candidates)
        if money is not None:
            complete = _both_sides(money.reading, words)
            return replace(money, reading=complete, mixed=ledger.mixed(complete))
    reading = _choose(dialogue, sample, candidates, columns)
    if reading is None:
        return None
    reading = _both_sides(_signs(dialogue, ledger, reading, words, kind), words)
    balance = balances[0] if balances else None
    if balance:
        dialogue.note(
            "balance", balance, tr("余额列，但余额不连续，不能作证", "a balance column, which does not roll: no proof")
        )
    return Money(reading, balance, mixed=ledger.mixed(reading))


def _both_sides(reading: Reading, words: Vocabulary) -> Reading:
    """Words for the direction that does not occur in this file; the next month may have it."""
    if reading.flag is None:
        return reading
    lists = words.lists["direction"]
    return replace(reading, plus=reading.plus or tuple(lists["in"]), minus=reading.minus or tuple(lists["out"]))


def _candidates(columns: Sequence[Column], sample: Sample, words: Vocabulary) -> list[Reading]:
    """Readings that the names allow, the likeliest kind first: pairs, flagged, single."""
    by_role: dict[str, list[Column]] = {}
    for column in columns:
        role = words.amount_role(column.name)
        if role:
            by_role.setdefault(role, []).append(column)
    found = [
        Reading("in_out", (a.name, b.name))
        for a in by_role.get("in", [])
        for b in by_role.get("out", [])
        if a.filled or b.filled
    ]
    flags = [c for c in sample.columns if words.role(c.name) == "direction" and 0 < c.distinct <= 6 and not c.money]
    singles = [c for c in by_role.get("signed", []) if c.filled]
    for single in singles:
        found += [_flagged(sample, single.name, flag, words) for flag in flags]
    found += [Reading("signed", (single.name,)) for single in singles]
    return found


def _flagged(sample: Sample, amount: str, flag: Column, words: Vocabulary) -> Reading:
    """Direction words as far as their meaning is known."""
    texts = sorted(flag.texts.drop_nulls().unique().to_list())
    known = {text: words.directions.get(narrow(text).casefold()) for text in texts}
    plus = tuple(text for text in texts if known[text] == "in")
    minus = tuple(text for text in texts if known[text] == "out")
    return Reading("direction", (amount,), flag.name, plus=plus, minus=minus)


def _proved(ledger: Ledger, candidates: Sequence[Reading], balances: Sequence[str]) -> Money | None:
    """The one reading, of those that the names allow and their mirrors, under which a balance rolls.

    Where a reading and its mirror both roll (equal amounts in a file of unknown direction) nothing is proved.
    """
    for balance in balances:
        for candidate in candidates:
            if balance not in candidate.columns:
                rolling = [reading for reading in _mirrors(ledger, candidate) if ledger.rolls(reading, balance)]
                if len(rolling) == 1:
                    return Money(rolling[0], balance, rolls=True)
    return None


def _mirrors(ledger: Ledger, reading: Reading) -> list[Reading]:
    """The reading and the other ways to take the same columns."""
    if reading.mode == "in_out":
        return [reading, replace(reading, columns=reading.columns[::-1])]
    if reading.mode == "signed":
        return [reading, replace(reading, reversed=True)]
    texts = sorted(ledger.sample.column(str(reading.flag)).texts.drop_nulls().unique().to_list())
    found = [reading] if set(reading.plus) | set(reading.minus) == set(texts) else []
    if len(texts) == 2:
        found += [replace(reading, plus=(a,), minus=(b,)) for a, b in permutations(texts)]
    return found


def _by_trial(ledger: Ledger, columns: Sequence[Column], taken: Sequence[str]) -> Money | None:
    """Whatever the columns are called: the one column or pair that makes another column roll."""
    names = [c.name for c in columns if c.money and bool((ledger.minor(c.name) != 0).any())][:_TRIED_COLUMNS]
    flags = [c for c in ledger.sample.columns if c.distinct == 2 and not (c.money or c.dates or c.name in taken)]
    found: list[Money] = []
    for balance in names:
        others = [name for name in names if name != balance]
        readings = [Reading("signed", (name,), reversed=turned) for name in others for turned in (False, True)]
        readings += [Reading("in_out", pair) for pair in permutations(others, 2)]
        if not any(ledger.rolls(reading, balance) for reading in readings):
            readings = [
                Reading("direction", (name,), flag.name, plus=(plus,), minus=(minus,))
                for name in others
                for flag in flags
                for plus, minus in permutations(sorted(flag.texts.drop_nulls().unique().to_list()))
            ]
        found += [Money(reading, balance, rolls=True) for reading in readings if ledger.rolls(reading, balance)]
    return found[0] if len(found) == 1 else None


def _with_proof(dialogue: Dialogue, ledger: Ledger, money: Money, candidates: Sequence[Reading]) -> Money | None:
    """Tell what the balance proves; None where the user insists on other columns."""
    reading = _with_witness(ledger, money.reading)
    text = describe(reading)
    options = {reading.value: text} | {candidate.value: _told(candidate) for candidate in candidates}
    value = dialogue.prove(
        "amount",
        reading.value,
        tr(
            f"余额“{money.balance}”逐行连续，证明：{text}", f"the balance {money.balance!r} rolls, which proves: {text}"
        ),
        list(options.items()),
    )
    return replace(money, reading=reading) if value == reading.value else None


def _with_witness(ledger: Ledger, reading: Reading) -> Reading:
    """A flagged column that also prints its sign everywhere is read by the sign, the flag as a witness."""
    if reading.mode != "direction":
        return reading
    printed = ledger.minor(reading.columns[0])
    if bool((printed < 0).any()) and bool((printed.sign() == ledger.signs(reading)).all()):
        return replace(reading, mode="signed")
    return reading


def describe(reading: Reading) -> str:
    """What a reading means, for people."""
    if reading.mode == "in_out":
        return tr(
            f"{reading.columns[0]} 为收入，{reading.columns[1]} 为支出",
            f"{reading.columns[0]} is money in, {reading.columns[1]} money out",
        )
    if reading.mode == "direction":
        plus, minus = "、".join(reading.plus), "、".join(reading.minus)
        return tr(
            f"{reading.flag} 为“{plus}”是收入，“{minus}”是支出",
            f"{reading.flag}: {plus} is money in, {minus} money out",
        )
    if reading.reversed:
        return tr(f"{reading.columns[0]} 正数为支出", f"a plus in {reading.columns[0]} is money out")
    return tr(f"{reading.columns[0]} 正数为收入", f"a plus in {reading.columns[0]} is money in")


def _choose(
    dialogue: Dialogue, sample: Sample, candidates: Sequence[Reading], columns: Sequence[Column]
) -> Reading | None:
    """The reading that the names allow, or the user's."""
    pairs = [r for r in candidates if r.mode == "in_out"]
    flagged = [r for r in candidates if r.mode == "direction"]
    single = [r for r in candidates if r.mode == "signed"]
    likely = pairs or flagged or single
    money = [c.name for c in columns if c.filled and c.money]
    others = [Reading("signed", (name,)) for name in money if not any(name in r.columns for r in candidates)]
    options = {r.value: r for r in [*candidates, *others]}
    if not options:
        return None
    if len(likely) == 1:
        value: str | None = dialogue.prove(
            "amount",
            likely[0].value,
            tr("按列名", "by the names of the columns"),
            [(v, _told(r)) for v, r in options.items()],
        )
    else:
        value = dialogue.ask(
            "amount",
            tr("金额在哪一列？", "which column holds the amount?"),
            [(v, _told(r)) for v, r in options.items()],
            likely[0].value if likely else None,
        )
    return options.get(value or "", likely[0] if likely else others[0])


def _told(reading: Reading) -> str:
    names = " + ".join([*reading.columns, *([reading.flag] if reading.flag else [])])
    kind = {
        "in_out": tr("收入列和支出列", "one column in, one out"),
        "direction": tr("金额列和方向列", "an amount and a direction"),
        "signed": tr("一列金额", "one column"),
    }[reading.mode]
    return f"{names}（{kind}）"


def _signs(dialogue: Dialogue, ledger: Ledger, reading: Reading, words: Vocabulary, kind: str) -> Reading:
    """What plus, minus and sides mean where no balance tells."""
    if reading.mode == "in_out":
        return _sides(dialogue, reading, words, kind)
    if reading.mode == "direction":
        return _with_witness(ledger, _direction_words(dialogue, ledger, reading, words, kind))
    amount = ledger.minor(reading.columns[0])
    both = bool((amount < 0).any()) and bool((amount > 0).any())
    seen = tr("有正有负", "some are negative") if both else tr("没有一正一负", "all of one sign")
    answer = dialogue.ask(
        "sign",
        tr(
            f"“{reading.columns[0]}”（{seen}）的正数是收入还是支出？",
            f"{reading.columns[0]!r} ({seen}): is a plus money in or out?",
        ),
        [("plus_in", tr("正数是收入", "plus is money in")), ("plus_out", tr("正数是支出", "plus is money out"))],
        "plus_in" if both else None,
    )
    return replace(reading, reversed=answer == "plus_out")


def _sides(dialogue: Dialogue, reading: Reading, words: Vocabulary, kind: str) -> Reading:
    ledger_words = words.lists["amounts"]["ledger_words"]
    doubtful = any(word in fold(name) for name in reading.columns for word in ledger_words)
    if not doubtful:
        return reading
    first, second = reading.columns
    options = [
        ("in_first", tr(f"{first} 是收入", f"{first} is money in")),
        ("in_second", tr(f"{second} 是收入", f"{second} is money in")),
    ]
    if kind == "bank":
        reason = tr("银行账单里借方是支出、贷方是收入", "a bank's debit is money out, its credit money in")
        answer: str | None = dialogue.prove("sign", "in_first", reason, options)
    else:
        question = tr("借方、贷方哪一边是收入？", "which side is money in?")
        answer = dialogue.ask("sign", question, options, "in_first")
    return replace(reading, columns=reading.columns[::-1]) if answer == "in_second" else reading


def _direction_words(dialogue: Dialogue, ledger: Ledger, reading: Reading, words: Vocabulary, kind: str) -> Reading:
    texts = sorted(ledger.sample.column(str(reading.flag)).texts.drop_nulls().unique().to_list())
    lists = words.lists["direction"]
    by_bank = {narrow(w): side for side in ("in", "out") for w in lists[f"bank_{side}"]} if kind == "bank" else {}
    options = [("in", tr("收入", "money in")), ("out", tr("支出", "money out"))]
    sides: dict[str, str | None] = {}
    for text in texts:
        known = words.directions.get(narrow(text).casefold()) or by_bank.get(narrow(text).casefold())
        key = f"direction:{text}"
        if known:
            sides[text] = dialogue.prove(key, known, tr("词义确定", "a word with one meaning"), options)
        else:
            question = tr(
                f"“{reading.flag}”为“{text}”的行是收入还是支出？", f"{reading.flag} {text!r}: money in or out?"
            )
            sides[text] = dialogue.ask(key, question, options)
    plus = tuple(text for text in texts if sides[text] == "in")
    return replace(reading, plus=plus, minus=tuple(text for text in texts if sides[text] == "out"))
