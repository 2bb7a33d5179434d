"""Red-letter reversal and correction (会计基础工作规范 art. 51(5), docs/targets.md "Exported vouchers").

A wrong voucher of the same year is cancelled by a red one equal to it, and where another takes its place that one says
which it corrects. The words of both summaries are prescribed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.booking.vouchers.entries import digest
from ecrecon.issuing.issued.log import CORRECT, REVERSE, Entry
from ecrecon.issuing.issued.register import Issued, Register, full_name, period_of
from ecrecon.issuing.targets.model import Voucher, negated


@dataclass(frozen=True)
class Wish:
    """What a person asked: why, and the day of the new vouchers (None: that of the wrong voucher)."""

    reason: str
    day: date | None = None

    @property
    def when(self) -> str:
        """The day as ISO text, empty where none was given."""
        return self.day.isoformat() if self.day else ""


@dataclass
class Numbers:
    """Numbers that are used, by period and word; gives the next one."""

    used: dict[tuple[str, str], int]

    def next(self, voucher: Voucher) -> int:
        """The number after the highest of the voucher's period and word."""
        key = (period_of(voucher), voucher.word)
        self.used[key] = self.used.get(key, 0) + 1
        return self.used[key]

    @classmethod
    def of(cls, vouchers: Iterable[Voucher]) -> Numbers:
        """The highest numbers of `vouchers`."""
        used: dict[tuple[str, str], int] = {}
        for voucher in vouchers:
            key = (period_of(voucher), voucher.word)
            used[key] = max(used.get(key, 0), voucher.number)
        return cls(used)


def reverse(item: Issued, wish: Wish, numbers: Numbers) -> Entry:
    """The red twin of an issued voucher: the same lines negated, summary `注销10月31日记-1号凭证`.

    Raises ConfigError where it is reversed already, or the day is before the voucher or in another year: errors of
    earlier years are corrected by a blue voucher, which the accountant decides.
    """
    wrong = item.voucher
    if item.reversed_by:
        raise ConfigError(
            tr(f"凭证 {full_name(wrong)} 已经冲销过", f"voucher {full_name(wrong)} is reversed already"),
            tr("一张凭证只能冲销一次", "a voucher can be reversed once"),
        )
    day = _day(wrong, wish)
    words = f"注销{_spoken(wrong)}号凭证"
    red = _dated(wrong, day, words, "J" + digest(f"reverses {wrong.voucher_id}"))
    red = red.with_lines(
        replace(x, debit_minor=-x.debit_minor, credit_minor=-x.credit_minor, amount_fc=negated(x.amount_fc))
        for x in red.lines
    )
    red = replace(red, number=numbers.next(red), attachments=0)
    return Entry(
        REVERSE,
        red.voucher_id,
        full_name(red),
        item.of,
        wish.when,
        wish.reason,
        wrong.voucher_id,
        before=wrong,
        after=red,
    )


def correct(item: Issued, right: Voucher, wish: Wish, register: Register, numbers: Numbers) -> Entry:
    """The voucher of the present run that takes the place of `item`, summary `订正10月31日记-1号凭证`.

    It keeps its number where it stays in the period of the run.
    """
    wrong = item.voucher
    day = _day(wrong, wish)
    free = right.voucher_id not in register.issued
    identity = right.voucher_id if free else "J" + digest(f"corrects {wrong.voucher_id} by {right.voucher_id}")
    blue = _dated(right, day, f"订正{_spoken(wrong)}号凭证", identity)
    if period_of(blue) != period_of(right) or not free:
        blue = replace(blue, number=numbers.next(blue))
    return Entry(
        CORRECT, identity, full_name(blue), right.voucher_id, wish.when, wish.reason, wrong.voucher_id,
        before=wrong, after=blue,
    )  # fmt: skip


def _day(wrong: Voucher, wish: Wish) -> date:
    day = wish.day or wrong.day
    if day < wrong.day:
        raise ConfigError(
            tr(f"{day} 早于凭证 {full_name(wrong)} 的日期 {wrong.day}",
               f"{day} is before the day of voucher {full_name(wrong)}, {wrong.day}"),
            tr("--date 写冲销凭证的日期", "--date is the day of the reversal"),
        )  # fmt: skip
    if day.year != wrong.year:
        raise ConfigError(
            tr(f"凭证 {full_name(wrong)} 是以前年度的：不能用红字冲销", f"voucher {full_name(wrong)} is of an earlier year"),
            tr("以前年度的错误用蓝字更正凭证，请由会计处理（会计基础工作规范第五十一条）",
               "errors of earlier years are corrected by a blue voucher, which the accountant makes"),
        )  # fmt: skip
    return day


def _spoken(voucher: Voucher) -> str:
    return f"{voucher.day.month}月{voucher.day.day}日{voucher.name}"


def _dated(voucher: Voucher, day: date, summary: str, identity: str) -> Voucher:
    lines = tuple(replace(line, summary=summary) for line in voucher.lines)
    return replace(voucher, voucher_id=identity, day=day, year=day.year, period=day.month, lines=lines)
