"""What the stages hand to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ecrecon.checks.bill.views import View
from ecrecon.checks.goods import GoodsJudged, Records
from ecrecon.checks.payout.check import Paid
from ecrecon.checks.receipt.books import Books
from ecrecon.checks.receipt.due import Moment
from ecrecon.checks.receipt.judge import Judged
from ecrecon.checks.tieout.check import Tied
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.watch import Watch
from ecrecon.posting import Vouchers
from ecrecon.posting.statements import Statements
from ecrecon.posting.statements.earlier import History
from ecrecon.profiles import Profile
from ecrecon.report.model import Report
from ecrecon.sources import Parsed, Source
from ecrecon.tally import Tally


@dataclass
class State:
    """Filled stage by stage; a stage reads only what its row in the table names, and sets only what it says, once.

    `watch` sees every assignment of a run and refuses the others.
    """

    settings: RunSettings
    profiles: Sequence[Profile] = ()
    parsed: list[Parsed] = field(default_factory=list)
    tally: Tally | None = None
    findings: list[pl.DataFrame] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    claims: pl.DataFrame | None = None
    named_accounts: Mapping[str, list[str]] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    ledger: pl.DataFrame | None = None
    moment: Moment | None = None
    covered: pl.DataFrame | None = None
    books: Books | None = None
    goods_records: Records | None = None
    history: History | None = None
    judged: Judged | None = None
    fee_components: pl.DataFrame | None = None
    goods: GoodsJudged | None = None
    tied: Tied | None = None
    paid: Paid | None = None
    lines: pl.DataFrame | None = None
    orders: pl.DataFrame | None = None
    documents: pl.DataFrame | None = None
    counted: pl.DataFrame | None = None
    variances: pl.DataFrame | None = None
    elsewhere: pl.DataFrame | None = None
    open_items: pl.DataFrame | None = None
    proof: pl.DataFrame | None = None
    receivables: pl.DataFrame | None = None
    fake_receivables: pl.DataFrame | None = None
    sales: pl.DataFrame | None = None
    goods_shipped: pl.DataFrame | None = None
    vouchers: Vouchers | None = None
    booked: pl.DataFrame | None = None
    accounts: pl.DataFrame | None = None
    statements: Statements | None = None
    report: Report | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    watch: Watch | None = None

    def __setattr__(self, name: str, value: object) -> None:
        watch = self.__dict__.get("watch")
        if watch is not None:
            watch.writes(name, self.__dict__.get(name), value)
        object.__setattr__(self, name, value)
