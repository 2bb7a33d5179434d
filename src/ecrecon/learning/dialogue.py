"""Answers in, decisions and open questions out. Nothing is guessed silently: what is not proved is asked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.learning.model import Decision, Question

KEYS = (
    "alias", "amount", "completed", "currency", "date_order", "direction", "gross", "kind", "order", "platform", "reason",
    "receivable", "refund", "refund_amount", "sign", "status", "time", "type", "unit", "view",
)  # fmt: skip
"""What may be asked of some file; before a colon where the question is about one text or column."""


class Dialogue:
    """Collects what was decided and what is open while a layout is learnt; asks nobody by itself."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = dict(answers)
        self._used: set[str] = set()
        self.decisions: list[Decision] = []
        self.questions: list[Question] = []
        self.open: list[Question] = []

    def prove(self, key: str, value: str, reason: str, options: Sequence[tuple[str, str]] = ()) -> str:
        """Settle `key` by evidence; an answer of the user overrides it."""
        given = self._given(key, options, free=not options)
        if given is not None and given != value:
            self.decisions.append(Decision(key, given, tr("您的回答", "your answer"), answered=True))
            return given
        self.decisions.append(Decision(key, value, reason))
        return value

    def ask(
        self,
        key: str,
        text: str,
        options: Sequence[tuple[str, str]] = (),
        suggestion: str | None = None,
        *,
        free: bool = False,
    ) -> str | None:
        """The user's answer. Without one the question is open, and the suggestion goes on provisionally."""
        given = self._given(key, options, free=free or not options)
        if given is not None:
            self.decisions.append(Decision(key, given, tr("您的回答", "your answer"), answered=True))
            return given
        self.questions.append(Question(key, text, tuple(options), suggestion, free or not options))
        return suggestion

    def offer(self, key: str, text: str, options: Sequence[tuple[str, str]], otherwise: str) -> str:
        """An answer that may be given; without one `otherwise` holds and nothing is held up."""
        given = self._given(key, options, free=False)
        if given is not None:
            self.decisions.append(Decision(key, given, tr("您的回答", "your answer"), answered=True))
            return given
        self.open.append(Question(key, text, tuple(options), otherwise))
        return otherwise

    def note(self, key: str, value: str, reason: str) -> None:
        """Tell something that no answer can change."""
        self.decisions.append(Decision(key, value, reason))

    def refuse_unused(self) -> None:
        """Raise ConfigError for answers to questions that no file has; say which ones this file does not need."""
        unneeded = sorted(set(self._answers) - self._used)
        for key in (key for key in unneeded if key.partition(":")[0] in KEYS):
            self.note(key, self._answers[key], tr("这个文件用不到", "not needed for this file"))
        unused = [key for key in unneeded if key.partition(":")[0] not in KEYS]
        if not unused:
            return
        asked = [q.key for q in (*self.questions, *self.open)]
        known = sorted({*(d.key for d in self.decisions), *asked, *KEYS})
        near = difflib.get_close_matches(unused[0], known, 1)
        raise ConfigError(
            tr(f"--answer {unused[0]}：这个文件没有这个问题", f"--answer {unused[0]}: not a question of this file"),
            tr(f"是否指 {near[0]}？", f"did you mean {near[0]}?")
            if near
            else tr(f"可回答：{'、'.join(known)}", f"can be answered: {', '.join(known)}"),
        )

    def _given(self, key: str, options: Sequence[tuple[str, str]], *, free: bool) -> str | None:
        if key not in self._answers:
            return None
        self._used.add(key)
        value = self._answers[key].strip()
        values = [option for option, _ in options]
        if not free and value not in values:
            near = difflib.get_close_matches(value, values, 1)
            raise ConfigError(
                tr(f"--answer {key}={value}：没有这个选项", f"--answer {key}={value}: no such choice"),
                (tr(f"是否指 {near[0]}？", f"did you mean {near[0]}? ") if near else "")
                + tr(f"可选：{'、'.join(values)}", f"choices: {', '.join(values)}"),
            )
        return value


def parse_answers(given: Sequence[str]) -> dict[str, str]:
    """`key=value` texts; raise ConfigError for one without "="."""
    answers: dict[str, str] = {}
    for text in given:
        key, mark, value = text.partition("=")
        if not mark or not key.strip():
            raise ConfigError(
                tr(f"--answer {text!r} 写法不对", f"--answer {text!r} is no answer"),
                tr("写成 --answer 问题=回答", "write it as --answer question=answer"),
            )
        answers[key.strip()] = value
    return answers
