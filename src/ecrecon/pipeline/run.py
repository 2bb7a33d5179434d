"""The runner: one stage after the other, frames collected between them."""

from __future__ import annotations

from collections.abc import Callable

from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.stages import AUDIT_STAGES, STAGES, Stage
from ecrecon.pipeline.state import State
from ecrecon.report.model import Report

Progress = Callable[[int, int, Stage], None]


def run_match(settings: RunSettings, progress: Progress | None = None) -> Report:
    """Everything from files to the report object. Raises EcreconError when no trustworthy result exists."""
    state = _run(settings, STAGES, progress, let_go=True)
    assert state.report is not None
    return state.report


def run_audit(settings: RunSettings, progress: Progress | None = None) -> State:
    """Identify, parse, check `bill`: the first stages only."""
    return _run(settings, AUDIT_STAGES, progress)


def _run(settings: RunSettings, stages: tuple[Stage, ...], progress: Progress | None, *, let_go: bool = False) -> State:
    """`let_go`: only the report is wanted, so a frame goes when its last reader is done."""
    state = State(settings)
    for number, stage in enumerate(stages):
        if progress is not None:
            progress(number, len(stages), stage)
        stage.run(state)
        for name in stage.last_reader_of if let_go else ():
            setattr(state, name, None)
    return state
