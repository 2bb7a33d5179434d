"""From files to the report, or to what `audit` says of them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.base.errors import UndatedError
from ecrecon.base.schema import FINDINGS, empty
from ecrecon.base.sources import Source
from ecrecon.judging.coverage_table import TABLE
from ecrecon.pipeline.chain import Progress, Run, walk
from ecrecon.pipeline.reporting import days_of_accounts
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.stages import AUDIT_STAGES, STAGES
from ecrecon.pipeline.values import Dated, Ledger, OrderBooks
from ecrecon.report.model import Report


@dataclass(frozen=True)
class Audit:
    """What `audit` knows: every file, the days of every account (frame coverage_table.TABLE), and what is wrong."""

    sources: tuple[Source, ...]
    coverage: pl.DataFrame
    findings: pl.DataFrame


def run_match(settings: RunSettings, progress: Progress | None = None) -> Report:
    """Everything from files to the report object. Raises EcreconError when no trustworthy result exists."""
    return walk(Run([settings]), STAGES, progress, goal=Report)[Report]


def run_audit(settings: RunSettings, progress: Progress | None = None) -> Audit:
    """Identify, parse, check `bill`: the first stages only. Where no row has a readable day there is no coverage, and
    the findings name the cells."""
    run = Run([settings])
    try:
        walk(run, AUDIT_STAGES, progress)
    except UndatedError:
        found = run[Dated].findings
        if all(frame.is_empty() for frame in found):
            raise
        return Audit(run[Ledger].sources, empty(TABLE), _together(found))
    return Audit(run[Ledger].sources, run.of(days_of_accounts), _together(run[OrderBooks].findings))


def _together(found: tuple[pl.DataFrame, ...]) -> pl.DataFrame:
    return pl.concat(found) if found else empty(FINDINGS)
