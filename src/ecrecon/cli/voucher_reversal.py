"""`ecrecon vouchers --reverse`, `--correct`: exported vouchers taken back, never edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.cli.terminal import say
from ecrecon.cli.voucher_export import read_run, vouchers_of
from ecrecon.issuing.issued.log import CORRECT, Entry, commit
from ecrecon.issuing.issued.register import FOLDER, Issued, Register, compare, full_name, months_beside
from ecrecon.issuing.issued.reversal import Numbers, Wish, correct, reverse
from ecrecon.issuing.targets import Voucher
from ecrecon.settings.workspace import Workspace

ALL = "all"
"""`--correct all`: every exported voucher that the run changed, and a reversal of every one that is gone."""


def take_back(
    folder: Path, reversed_: Sequence[str], corrected: Sequence[str], wish: Wish, workspace: Workspace
) -> None:
    """Log a red twin for each named voucher, and for `corrected` the voucher of the present run that replaces it.

    Raises ConfigError, with nothing logged, for a voucher that was not exported or is reversed already.
    """
    if not wish.reason.strip():
        raise ConfigError(
            tr("冲销或更正必须写明原因", "a reversal needs a reason"), tr('用 --reason "原因"', 'give --reason "why"')
        )
    run, register = read_run(folder), Register.read(folder)
    numbers = Numbers.of(_known(folder, run, register))
    standing = compare(run, register)
    successors = {item.voucher.voucher_id: voucher for item, voucher in standing.changed}
    wanted = dict.fromkeys(_find(text, run, register).voucher.voucher_id for text in reversed_)
    replaced = dict.fromkeys(_find(text, run, register).voucher.voucher_id for text in corrected if text != ALL)
    if ALL in corrected:
        wanted.update(dict.fromkeys(item.voucher.voucher_id for item in standing.gone))
        replaced.update(dict.fromkeys(successors))
    entries: list[Entry] = []
    for identity in wanted | replaced:
        item = register.issued[identity]
        right = _successor(item, run, register, successors) if identity in replaced else None
        if right is None or not item.reversed_by:
            entries.append(reverse(item, wish, numbers))
        if right is not None:
            entries.append(correct(item, right, wish, register, numbers))
    if not entries:
        raise ConfigError(
            tr(
                "已导出的凭证与本次运行一致，没有要更正的",
                "the exported vouchers agree with this run: nothing to correct",
            ),
            tr("冲销一张凭证用 --reverse", "to take one back, use --reverse"),
        )
    commit(folder / FOLDER, {}, entries)
    for entry in entries:
        assert entry.after is not None
        title = tr("更正", "correction") if entry.action == CORRECT else tr("冲销", "reversal")
        say(f"{title} {entry.number}  {entry.after.lines[0].summary}")
    say(tr("用 --target 导出它们", "export them with --target"))


def _find(text: str, run: Sequence[Voucher], register: Register) -> Issued:
    found = register.find(text)
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            tr(f"{text!r} 指不止一张凭证", f"{text!r} names several vouchers"),
            tr("写成 ", "write ") + "、".join(full_name(item.voucher) for item in found),
        )
    if any(text in (voucher.voucher_id, full_name(voucher), voucher.name) for voucher in run):
        raise ConfigError(
            tr(f"凭证 {text} 还没有导出，不用冲销", f"voucher {text} is not exported yet: there is nothing to reverse"),
            tr("改正账单或设置后重新运行 ecrecon match 即可", "mend the bills or settings and run ecrecon match again"),
        )
    raise ConfigError(
        tr(f"没有凭证 {text!r}", f"no voucher {text!r}"),
        tr("写凭证号（2026-10/记-3）或 vouchers.csv 的 voucher_id", "give a number (2026-10/记-3) or a voucher_id"),
    )


def _successor(
    item: Issued, run: Sequence[Voucher], register: Register, successors: dict[str, Voucher]
) -> Voucher | None:
    """What the run makes in place of `item`; None where it is reversed and has nothing in its place."""
    wrong = item.voucher
    right = successors.get(wrong.voucher_id)
    if right is None and item.reversed_by:
        same_kind = [v for v in run if (v.event, v.shop) == (wrong.event, wrong.shop)]
        free = [v for v in same_kind if v.voucher_id not in register.in_force]
        right = next((v for v in free if v.voucher_id == item.of), free[0] if free else None)
    if right is None and not item.reversed_by:
        same = item.of in {voucher.voucher_id for voucher in run}
        raise ConfigError(
            tr(f"本次运行{'的凭证与' if same else '没有代替'} {full_name(wrong)} {'相同，没有要更正的' if same else '的凭证'}",
               f"this run {'makes the same voucher as' if same else 'has none in place of'} {full_name(wrong)}"),
            tr("只冲销用 --reverse", "to take it back only, use --reverse"),
        )  # fmt: skip
    return right


def _known(folder: Path, run: Sequence[Voucher], register: Register) -> Iterator[Voucher]:
    """Every voucher whose number is used: of this folder, and of the months beside it."""
    yield from run
    yield from (item.voucher for item in register.issued.values())
    for other in months_beside(folder):
        yield from (item.voucher for item in Register.read(other).issued.values())
        yield from vouchers_of(other)
