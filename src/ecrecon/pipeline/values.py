"""What the stages hand to each other: frozen values with names, each made by one stage.

`findings` grow along the chain: every value that has them holds those of all stages before it, too. `inputs` lose the frames
that a later value holds as a whole: half of the memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ecrecon.base.sources import Parsed, Source
from ecrecon.booking.sales.goods import Costed
from ecrecon.judging.goods_check import GoodsJudged
from ecrecon.ledger.order_books import Books
from ecrecon.ledger.views import View
from ecrecon.matching.goods_records import Records
from ecrecon.settings.profiles import Profile
from ecrecon.statements import Statements

Frames = tuple[pl.DataFrame, ...]
Inputs = tuple[Parsed, ...]


@dataclass(frozen=True)
class Layouts:
    """Every layout that this run can recognise: those shipped and the user's own."""

    profiles: tuple[Profile, ...]

    @property
    def by_id(self) -> dict[str, Profile]:
        """Profile id -> profile."""
        return {profile.id: profile for profile in self.profiles}


@dataclass(frozen=True)
class Read:
    """Every file that was found, read or not."""

    inputs: Inputs
    findings: Frames


@dataclass(frozen=True)
class Placed:
    """The same with shop and account."""

    inputs: Inputs
    findings: Frames


@dataclass(frozen=True)
class Ownership:
    """`claims`: shops that more than one file or setting claims. `named_accounts`: account -> shops that settings give it."""

    claims: pl.DataFrame
    named_accounts: Mapping[str, list[str]]


@dataclass(frozen=True)
class Dated:
    """The inputs with the notes of the ledger."""

    inputs: Inputs
    findings: Frames


@dataclass(frozen=True)
class Ledger:
    """`lines`: schema ledger.lines.LEDGER, every bill line of the run. `sources`: position is the source_id."""

    lines: pl.DataFrame
    sources: tuple[Source, ...]
    views: Mapping[str, View]


@dataclass(frozen=True)
class Covered:
    """The inputs without the frames of bills and banks, which the ledger holds."""

    inputs: Inputs
    findings: Frames


@dataclass(frozen=True)
class Coverage:
    """`days`: account, day: the days that bills speak of."""

    days: pl.DataFrame


@dataclass(frozen=True)
class OrderBooks:
    """One row per order, order line and after-sale document, and our own records of goods.

    `inputs`: without the frames of orders and goods, which the books hold.
    """

    inputs: Inputs
    findings: Frames
    books: Books
    records: Records


@dataclass(frozen=True)
class Findings:
    """What is said of files, all of it (schema FINDINGS)."""

    frames: Frames


@dataclass(frozen=True)
class FeesJudged:
    """`components`: differences of fees by group."""

    components: pl.DataFrame


@dataclass(frozen=True)
class GoodsVerdicts:
    """`judged`: None where no record of goods was given."""

    judged: GoodsJudged | None


@dataclass(frozen=True)
class Disposed:
    """Every bill line, order and after-sale document of the run, each with one disposition."""

    lines: pl.DataFrame
    orders: pl.DataFrame
    documents: pl.DataFrame


@dataclass(frozen=True)
class Proof:
    """`rows`: schema PROOF, what the laws counted so far. The runner makes it."""

    rows: pl.DataFrame


@dataclass(frozen=True)
class Differences:
    """`variances`: of this month; `elsewhere`: told by another month. `counted`: lines of the month that are summed up."""

    counted: pl.DataFrame
    every: pl.DataFrame
    variances: pl.DataFrame
    elsewhere: pl.DataFrame
    open_items: pl.DataFrame


@dataclass(frozen=True)
class Sales:
    """What was sold.

    `receivables`: of every order; of orders on the list of fake ones in `fake_receivables`. `events`: schema SALES_EVENTS.
    `goods_shipped`: goods that left and are not sold; None where the policy does not ask. `costs`: per group; `costed`: what
    became of every printed cost, None without records of goods. `unrated`: sentences on shops without an agreed rate.
    """

    receivables: pl.DataFrame
    fake_receivables: pl.DataFrame
    events: pl.DataFrame
    goods_shipped: pl.DataFrame | None
    costs: pl.DataFrame
    costed: Costed | None
    unrated: tuple[str, ...]


@dataclass(frozen=True)
class Booked:
    """`lines`: bill lines of the month's money as they were booked."""

    lines: pl.DataFrame


@dataclass(frozen=True)
class Stated:
    """`accounts`: one row per account, with opening and closing. `statements`: ledgers and statements of the month."""

    accounts: pl.DataFrame
    statements: Statements


@dataclass(frozen=True)
class Overview:
    """What the first pages say: per shop and fee, what was checked, what was not, in sentences; rows of files that
    made no record (`set_aside`)."""

    shops: pl.DataFrame
    fees: pl.DataFrame
    opening: pl.DataFrame
    coverage: pl.DataFrame
    unchecked: pl.DataFrame
    set_aside: pl.DataFrame
    checks: Mapping[str, Mapping[str, object]]
    notes: tuple[str, ...]
