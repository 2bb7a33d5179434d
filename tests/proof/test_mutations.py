"""The proof can fail: a row dropped, doubled or altered in any frame between any two stages ends the run (exit 70)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.output import write
from tests.cli.call import call
from tests.proof.mutate import MUTATIONS, put

from ecrecon.errors import InvariantError
from ecrecon.pipeline import RunSettings, find_config, read_workspace, run
from ecrecon.pipeline.boundary import LAWS, prove_after
from ecrecon.pipeline.stages import STAGES, Stage
from ecrecon.pipeline.state import State
from ecrecon.pipeline.watch import Watch, frames_of
from ecrecon.tally import Tally

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
BY_LAWS: dict[str, tuple[str, ...]] = {
    "date": ("ledger", "parsed[1].frame"), "books": ("books.orders", "books.order_lines", "books.refunds"),
    "cover": ("covered",), "goods": (), "tieout": (), "payout": (),
    "judge": (
        "judged.lines", "judged.orders", "judged.documents", "judged.groups", "judged.components", "judged.principal",
    ),
    "dispose": ("lines", "orders", "documents"), "tell": ("variances", "open_items", "counted"),
    "post": ("receivables",), "state": ("accounts", "statements.ledger", "statements.cash_daily", "statements.parties"),
    "freeze": (
        "report.lines", "report.orders", "report.variances", "report.open_items", "report.vouchers",
        "report.voucher_trace", "report.accounts", "report.matches", "report.fees", "report.conservation",
    ),
}  # fmt: skip
"""Frames that the laws alone contradict after each stage, also where the stage itself is at fault."""


OF_A_COMPANY: dict[str, tuple[str, ...]] = {
    "books": ("books.orders", "books.order_lines", "books.refunds"),
    "tieout": ("tied.groups", "tied.totals"), "payout": ("paid.open_items", "paid.totals"),
    "tell": ("counted",), "post": ("receivables",), "state": ("statements.ledger", "statements.documents"),
    "freeze": ("report.tieouts", "report.payouts", "report.fees"),
}  # fmt: skip
"""The same, in a month with settlement details, an ERP and bank statements, which the sample month lacks."""


def states_of(folder: Path) -> list[tuple[Stage, State]]:
    """The state after every stage, without a watch."""
    config = find_config((folder,), None)
    state = State(RunSettings(paths=(folder,), workspace=read_workspace(config), config=config))
    told = []
    for stage in STAGES:
        stage.run(state)
        told.append((stage, copy.copy(state)))
    return told


@pytest.fixture(scope="module")
def boundaries() -> list[tuple[Stage, State]]:
    """Of the sample month."""
    return states_of(SAMPLE)


def frames(state: State) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Field, path and frame of everything that the state holds, but for the twentieth file and later."""
    for name, value in vars(state).items():
        for path, frame in frames_of(value, name):
            if frame.height and not any(path.startswith(f"{name}[{n}") for n in range(3, 100)):
                yield name, path.removeprefix(name), frame


def test_every_frame_between_two_stages_is_watched(boundaries: list[tuple[Stage, State]]) -> None:
    """Every frame of the state, found by itself so that new ones are in it, times drop, double and alter."""
    counted = 0
    made: dict[int, list[tuple[str, pl.DataFrame]]] = {}
    for stage, state in boundaries:
        for field, path, frame in frames(state):
            value = getattr(state, field)
            watch = Watch()
            watch.remember(field, value)
            watch.holds({field: value})
            spoiled = made.get(id(frame)) or [(what, mutation(frame)) for what, mutation in MUTATIONS.items()]
            made[id(frame)] = spoiled
            for what, other in spoiled:
                with pytest.raises(InvariantError, match="is not the frame that was written"):
                    watch.holds({field: put(value, path, other)})
                    pytest.fail(f"{stage.name}: {field}{path} {what}")
                counted += 1
    assert counted > 2000


def test_a_frame_that_is_altered_in_place_is_found() -> None:
    frame = pl.DataFrame({"amount_minor": [1, 2], "order_id": ["a", "b"]})
    for column, value in (("amount_minor", 3), ("order_id", "c")):
        watch = Watch()
        held = frame.clone()
        watch.remember("lines", held)
        watch.holds({"lines": held}, whole=True)
        held[0, column] = value
        with pytest.raises(InvariantError, match="lines is not"):
            watch.holds({"lines": held}, whole=True)


@pytest.mark.parametrize("what", MUTATIONS)
def test_the_laws_alone_contradict_what_a_stage_itself_gets_wrong(
    boundaries: list[tuple[Stage, State]], what: str
) -> None:
    assert set(BY_LAWS) == set(LAWS)
    contradicted(boundaries, BY_LAWS, what)


@pytest.mark.slow
def test_the_laws_contradict_what_the_later_checks_get_wrong(tmp_path: Path) -> None:
    write(clean_month(variant="full", sides=("erp", "bank"), seed=6, orders=300), tmp_path / "in")
    states = states_of(tmp_path / "in")
    for what in MUTATIONS:
        contradicted(states, OF_A_COMPANY, what)


def contradicted(states: list[tuple[Stage, State]], by_laws: dict[str, tuple[str, ...]], what: str) -> None:
    """Every frame of `by_laws` holds as it is; spoiled by the mutation `what` it is refused after its own stage."""
    tally: Tally | None = None
    for stage, state in states:
        tally = tally or state.tally
        assert tally is not None
        prove_after(stage.name, state, tally)
        for path in by_laws.get(stage.name, ()):
            field = path.partition(".")[0].partition("[")[0]
            frame = dict(frames_of(getattr(state, field), field))[path]
            other = copy.copy(state)
            setattr(other, field, put(getattr(state, field), path.removeprefix(field), MUTATIONS[what](frame)))
            with pytest.raises(InvariantError):
                prove_after(stage.name, other, tally)
                pytest.fail(f"{stage.name}: {path} {what}")


def wrapped(stage: Stage, before: Callable[[State], None], after: Callable[[State], None]) -> Stage:
    """`stage` with something done beside it."""

    def acts(state: State) -> None:
        before(state)
        stage.run(state)
        after(state)

    return replace(stage, run=acts)


def _spoil(name: str, *, quietly: bool) -> Callable[[State], None]:
    """Drop a row of the first frame of a field: by an assignment, or behind the back of the state."""

    def acts(state: State) -> None:
        value = getattr(state, name)
        path, frame = next((p, f) for p, f in frames_of(value, name) if f.height)
        other = put(value, path.removeprefix(name), MUTATIONS["drop"](frame))
        if quietly:
            object.__setattr__(state, name, other)
        else:
            setattr(state, name, other)

    return acts


@pytest.mark.parametrize(
    ("stage", "field", "quietly"),
    [
        ("place", "parsed", True), ("date", "parsed", False), ("cover", "ledger", True), ("judge", "books", True),
        ("fees", "judged", False), ("tieout", "judged", True), ("dispose", "tied", True), ("tell", "orders", False),
        ("tell", "documents", True), ("post", "variances", True), ("state", "vouchers", True),
        ("freeze", "open_items", True), ("freeze", "statements", False),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_spoiled_run_exits_70_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, field: str, quietly: bool
) -> None:
    spoil, nothing = _spoil(field, quietly=quietly), lambda state: None
    pair = (spoil, nothing) if len(stage) % 2 else (nothing, spoil)  # before the stage, or at its end
    monkeypatch.setattr(run, "STAGES", tuple(wrapped(s, *pair) if s.name == stage else s for s in STAGES))
    answer = call("match", SAMPLE / "pdd" / "pdd_b", "--out", tmp_path / "o", "--quiet")
    assert answer.code == 70, answer
    assert not (tmp_path / "o").exists()


def _less(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    return frame.head(frame.height - rows)


def _more(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    return pl.concat([frame, frame.tail(rows)])


IN_STAGE: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("ecrecon.pipeline.reading.build_books", "orders lost", lambda b: replace(b, orders=_less(b.orders, 25))),
    ("ecrecon.pipeline.reading.build_books", "orders twice", lambda b: replace(b, orders=_more(b.orders, 25))),
    ("ecrecon.pipeline.reading.build_books", "documents lost", lambda b: replace(b, refunds=_less(b.refunds, 10))),
    ("ecrecon.pipeline.reading.build_books", "items lost", lambda b: replace(b, order_lines=_less(b.order_lines, 3))),
    ("ecrecon.pipeline.reading.build_ledger", "lines lost", lambda g: replace(g, lines=_less(g.lines, 5))),
    ("ecrecon.pipeline.reading.build_ledger", "lines altered", lambda g: replace(g, lines=MUTATIONS["alter"](g.lines))),
    ("ecrecon.pipeline.judging.judge", "orders lost", lambda j: replace(j, orders=_less(j.orders, 25))),
    ("ecrecon.pipeline.judging.judge", "orders twice", lambda j: replace(j, orders=_more(j.orders, 25))),
    ("ecrecon.pipeline.judging.judge", "documents lost", lambda j: replace(j, documents=_less(j.documents, 10))),
    ("ecrecon.pipeline.judging.judge", "groups lost", lambda j: replace(j, groups=_less(j.groups, 5))),
    ("ecrecon.pipeline.judging.judge", "components lost", lambda j: replace(j, components=_less(j.components, 1))),
    ("ecrecon.pipeline.judging.order_dispositions", "orders lost", lambda o: _less(o, 25)),
    ("ecrecon.pipeline.judging.order_dispositions", "orders twice", lambda o: _more(o, 25)),
    ("ecrecon.pipeline.judging.complete", "variances lost", lambda v: _less(v, 1)),
    ("ecrecon.pipeline.judging.complete", "variances altered", MUTATIONS["alter"]),
    ("ecrecon.pipeline.judging.sort_items", "open items lost", lambda i: _less(i, 1)),
]


@pytest.mark.parametrize(
    ("function", "what", "spoil"), IN_STAGE, ids=[f"{f.split('.')[-1]}-{w}" for f, w, _ in IN_STAGE]
)
@pytest.mark.slow
def test_a_function_that_loses_rows_inside_a_stage_exits_70(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, what: str, spoil: Callable[[Any], Any]
) -> None:
    module, _, name = function.rpartition(".")
    right = getattr(__import__(module, fromlist=[name]), name)
    monkeypatch.setattr(function, lambda *given, **named: spoil(right(*given, **named)))
    folder = SAMPLE if "items" in what and "open" not in what else SAMPLE / "pdd"
    answer = call("match", folder, "--out", tmp_path / "o", "--quiet")
    assert answer.code == 70, (what, answer)
    assert not (tmp_path / "o").exists()
