"""The runner: one stage after the other, frames collected between them."""

from __future__ import annotations

from collections.abc import Callable

from ecrecon.errors import UndatedError
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.stages import AUDIT_STAGES, STAGES, Stage
from ecrecon.pipeline.state import State
from ecrecon.report.model import Report

Progress = Callable[[int, int, Stage], None]


def run_match(settings: RunSettings, progress: Progress | None = None) -> Report:
    """Everything from files to the report object. Raises EcreconError when no trustworthy result exists."""
    state = State(settings)
    _through(state, STAGES, progress, let_go=True)
    assert state.report is not None
    return state.report


def run_audit(settings: RunSettings, progress: Progress | None = None) -> State:
    """Identify, parse, check `bill`: the first stages only. Where no row has a readable day the state has no moment, and
    its findings name the cells."""
    state = State(settings)
    try:
        _through(state, AUDIT_STAGES, progress)
    except UndatedError:
        if not state.findings or all(found.is_empty() for found in state.findings):
            raise
    return state


def _run(settings: RunSettings, stages: tuple[Stage, ...], progress: Progress | None) -> State:
    """The state after `stages`, with all its frames."""
    state = State(settings)
    _through(state, stages, progress)
    return state


def _through(state: State, stages: tuple[Stage, ...], progress: Progress | None, *, let_go: bool = False) -> None:
    """`let_go`: only the report is wanted, so a frame goes when its last reader is done."""
    for number, stage in enumerate(stages):
        if progress is not None:
            progress(number, len(stages), stage)
        stage.run(state)
        for name in stage.last_reader_of if let_go else ():
            setattr(state, name, None)
