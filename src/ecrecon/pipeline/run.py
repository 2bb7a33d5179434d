"""The runner: one stage after the other, frames collected between them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from ecrecon.errors import UndatedError
from ecrecon.pipeline.boundary import prove_after
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.stages import AUDIT_STAGES, STAGES, Stage
from ecrecon.pipeline.state import State
from ecrecon.pipeline.watch import Watch
from ecrecon.report.model import Report
from ecrecon.tally import Tally

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
    """`let_go`: only the report is wanted, so a frame goes when its last reader is done.

    After every stage what it wrote is proved against what was read, and what was written before is still what it was.
    """
    watch, tally = Watch(), Tally()
    state.watch = watch
    for number, stage in enumerate(stages):
        if progress is not None:
            progress(number, len(stages), stage)
        watch.begins(stage.name, stage.sets)
        stage.run(state)
        watch.holds(vars(state), whole=stage is stages[-1])
        if number == 0:
            assert state.tally is not None
            tally = state.tally
        _prove(stage.name, state, tally, watch)
        for name in stage.last_reader_of if let_go else ():
            watch.lets_go(name)
            object.__setattr__(state, name, None)


def _prove(name: str, state: State, tally: Tally, watch: Watch) -> None:
    """Laws after a stage; what they count joins the printed proof."""
    counted = prove_after(name, state, tally)
    if counted.height:
        watch.begins(f"laws of {name}", ("proof",))
        state.proof = counted if state.proof is None else pl.concat([state.proof, counted])
