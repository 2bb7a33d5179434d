"""What stands in the log: which vouchers are issued, where they went, which were taken back, which numbers are gone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import decimal_text
from ecrecon.base.texts import tr
from ecrecon.booking.grain import ELSEWHERE
from ecrecon.issuing.issued.log import EXPORT, LOG, NO_VOUCHER, REVERSE, Entry, read_log
from ecrecon.issuing.targets.model import Voucher
from ecrecon.issuing.trace import Books

# What stands in the log: which vouchers are issued, where they went, which were taken back, which numbers are gone.

FOLDER = "vouchers"
_PERIOD = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class Issued:
    """One voucher that has its number for good. `of`: the voucher of a run that it is; `refers`: the voucher that it
    reverses or corrects; `targets`: where it was exported to; `reversed_by`: the red voucher that cancels it."""

    voucher: Voucher
    action: str
    of: str
    refers: str = ""
    targets: frozenset[str] = frozenset()
    reversed_by: str = ""

    @property
    def red(self) -> bool:
        """A reversal: no run makes it."""
        return self.action == REVERSE


@dataclass(frozen=True)
class Register:
    """All issued vouchers by id, in the order in which they were issued. `files`: names of the files in the log."""

    issued: dict[str, Issued]
    files: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Register:
        """Replay the log."""
        found: dict[str, Issued] = {}
        files: set[str] = set()
        for entry in entries:
            files |= set(entry.files)
            if entry.action in NO_VOUCHER:
                continue
            if entry.after is not None:
                found[entry.voucher_id] = Issued(entry.after, entry.action, entry.of, entry.refers)
            known = found[entry.voucher_id]
            if entry.action == EXPORT:
                found[entry.voucher_id] = replace(known, targets=known.targets | {entry.target})
            elif entry.action == REVERSE:
                found[entry.refers] = replace(found[entry.refers], reversed_by=entry.voucher_id)
        return cls(found, frozenset(files))

    @classmethod
    def read(cls, folder: Path) -> Register:
        """The register of the output folder `folder`; raise ConfigError where its log was changed."""
        try:
            return cls.of(read_log(folder / FOLDER))
        except KeyError as error:
            raise ConfigError(
                tr(f"{folder / FOLDER / LOG} 提到没有导出过的凭证 {error}",
                   f"{folder / FOLDER / LOG} names a voucher that was never issued: {error}"),
                tr("从备份恢复这个文件", "restore the file from a backup"),
            ) from None  # fmt: skip

    @cached_property
    def in_force(self) -> dict[str, Issued]:
        """Vouchers of runs that were issued and not taken back, by the id of the run's voucher."""
        return {i.of: i for i in self.issued.values() if not i.red and not i.reversed_by}

    def withdrawn(self, voucher_id: str) -> bool:
        """True where the run's voucher `voucher_id` was issued and reversed, and not issued again."""
        return voucher_id not in self.in_force and any(i.of == voucher_id and not i.red for i in self.issued.values())

    def find(self, text: str) -> list[Issued]:
        """Issued vouchers that `text` names: an id, `2026-10/记-3` or `记-3`."""
        return [i for i in self.issued.values() if text in (i.voucher.voucher_id, full_name(i.voucher), i.voucher.name)]


@dataclass(frozen=True)
class Standing:
    """A run beside the register. `new`: vouchers of the run that were never issued. `changed`: an issued voucher that
    the run does not make any more, and what it makes of the same event and shop. `gone`: one without successor.
    `withdrawn`: reversed, but the run still makes it."""

    new: list[Voucher]
    changed: list[tuple[Issued, Voucher]]
    gone: list[Issued]
    withdrawn: list[Voucher]


def compare(run: Sequence[Voucher], register: Register) -> Standing:
    """Where the vouchers of `run` and the issued ones differ; each list in the order of the books."""
    made = {voucher.voucher_id for voucher in run}
    lost = sorted((i for i in register.in_force.values() if i.of not in made), key=lambda i: i.voucher.place)
    open_ = [voucher for voucher in run if voucher.voucher_id not in register.in_force]
    withdrawn = [voucher for voucher in open_ if register.withdrawn(voucher.voucher_id)]
    gone = {voucher.voucher_id for voucher in withdrawn}
    successors = _successors([item.voucher for item in lost], open_)
    paired = [(item, successors.get(item.voucher.voucher_id)) for item in lost]
    return Standing(
        new=[voucher for voucher in open_ if voucher.voucher_id not in gone],
        changed=[(item, voucher) for item, voucher in paired if voucher is not None],
        gone=[item for item, voucher in paired if voucher is None],
        withdrawn=withdrawn,
    )


def _successors(lost: Sequence[Voucher], made: Sequence[Voucher]) -> dict[str, Voucher]:
    """Id of a lost voucher -> what the run makes of the same event, shop and day; of several, that of equal summary
    (it names the day or order of fine vouchers)."""
    rows: dict[tuple[object, ...], list[Voucher]] = defaultdict(list)
    for voucher in made:
        rows[voucher.event, voucher.shop, voucher.day].append(voucher)
    alone = Counter((voucher.event, voucher.shop, voucher.day) for voucher in lost)
    found = {}
    for voucher in lost:
        key = (voucher.event, voucher.shop, voucher.day)
        same = [v for v in rows[key] if v.lines[0].summary == voucher.lines[0].summary]
        choice = same if len(same) == 1 else rows[key] if alone[key] == 1 else []
        if len(choice) == 1:
            found[voucher.voucher_id] = choice[0]
    return found


def full_name(voucher: Voucher) -> str:
    """Period, word and number: `2026-10/记-3`."""
    return f"{period_of(voucher)}/{voucher.name}"


def period_of(voucher: Voucher) -> str:
    """`2026-10`."""
    return f"{voucher.year:04d}-{voucher.period:02d}"


def taken_numbers(folder: Path, period: str, word: str) -> dict[str, int]:
    """Numbers of `word` in `period` that are gone, by the id of the run's voucher that has them, else by another text.

    Those of the log of `folder`; and where `folder` is called by a month (`out/2026-10`), those of the months beside it
    whose reversals are dated in `period`. ELSEWHERE for a voucher that was issued with a number of another period.
    """
    taken: dict[str, int] = {}
    for place in (folder, *months_beside(folder)):
        register = Register.read(place)
        for identity, item in register.issued.items():
            voucher = item.voucher
            if (period_of(voucher), voucher.word) != (period, word):
                if register.in_force.get(item.of) is item and place == folder:
                    taken[item.of] = ELSEWHERE
                continue
            holds = register.in_force.get(item.of) is item or (not item.red and register.withdrawn(item.of))
            taken[item.of if holds and item.of not in taken else f"issued {identity}"] = voucher.number
    return taken


def months_beside(folder: Path) -> list[Path]:
    """The output folders of the other months, where `folder` is called by a month."""
    place = folder.resolve()
    if not _PERIOD.fullmatch(place.name) or not place.parent.is_dir():
        return []
    return sorted(p for p in place.parent.iterdir() if _PERIOD.fullmatch(p.name) and p.is_dir() and p != place)


# Issued vouchers among the vouchers of a run, so that a trace finds what the accounting program holds.


def with_issued(books: Books, register: Register) -> Books:
    """`books` (vouchers as text, of `vouchers.csv`) with every issued voucher as it was issued.

    A reversal, or a correction under an id of its own, has the trail of the voucher it stands for, a reversal negated;
    where the run does not make that voucher any more there is no trail.
    """
    if not register.issued:
        return books
    shown = books.vouchers.filter(~pl.col("voucher_id").is_in(list(register.issued)))
    rows = [row for item in register.issued.values() for row in _rows(item)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), orient="row")
    trails = [books.trace, *(_trail(books.trace, identity, item) for identity, item in register.issued.items())]
    return replace(books, vouchers=pl.concat([shown, frame], how="diagonal"), trace=pl.concat(trails))


def _rows(item: Issued) -> list[dict[str, str]]:
    voucher = item.voucher
    return [
        {
            "voucher_id": voucher.voucher_id, "fiscal_year": str(voucher.year), "period": str(voucher.period),
            "word": voucher.word, "number": str(voucher.number), "event": voucher.event, "shop": voucher.shop,
            "seq": str(line.seq), "summary": line.summary, "account_code": line.account_code,
            "account_name": line.account_name, "debit": decimal_text(line.debit_minor),
            "credit": decimal_text(line.credit_minor), "currency": line.currency,
            "aux": ";".join(f"{name}={value}" for name, value in line.facts.items()),
        }
        for line in voucher.lines
    ]  # fmt: skip


def _trail(trace: pl.DataFrame, identity: str, item: Issued) -> pl.DataFrame:
    if identity == item.of:
        return trace.clear()
    sign = -1 if item.red else 1
    return trace.filter(pl.col("voucher_id") == item.of).with_columns(
        pl.lit(identity, dtype=trace.schema["voucher_id"]).alias("voucher_id"), pl.col("amount_minor") * sign
    )
