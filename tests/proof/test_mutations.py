"""The proof can fail: a row dropped, doubled or altered in any frame between any two stages ends the run (exit 70)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.simulator import clean_month
from benchmarks.simulator.output import write
from tests.cli.call import call
from tests.proof.mutate import MUTATIONS, put

from ecrecon.base.errors import InvariantError
from ecrecon.judging.proof.conservation import PROOF
from ecrecon.pipeline import RunSettings, chain, find_config, read_workspace
from ecrecon.pipeline import run as run_module
from ecrecon.pipeline.chain import Run, Stage, Unchanged, frames_of, made_by, prove, taken, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.pipeline.values import FeesJudged, Findings, Proof

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
BY_LAWS: dict[str, tuple[str, ...]] = {
    "date": ("Ledger.lines", "Dated.inputs[1].frame"),
    "cover": ("Coverage.days",),
    "books": ("OrderBooks.books.orders", "OrderBooks.books.order_lines", "OrderBooks.books.refunds"),
    "judge": (
        "Judged.lines", "Judged.orders", "Judged.documents", "Judged.groups", "Judged.components", "Judged.principal",
    ),
    "dispose": ("Disposed.lines", "Disposed.orders", "Disposed.documents"),
    "tell": ("Differences.variances", "Differences.open_items", "Differences.counted"),
    "sales": ("Sales.receivables",),
    "state": (
        "Stated.accounts", "Stated.statements.ledger", "Stated.statements.cash_daily", "Stated.statements.parties",
    ),
    "freeze": (
        "Report.lines", "Report.orders", "Report.variances", "Report.open_items", "Report.vouchers",
        "Report.voucher_trace", "Report.accounts", "Report.matches", "Report.fees", "Report.conservation",
    ),
}  # fmt: skip
"""Frames that the laws alone contradict after each stage, also where the stage itself is at fault."""


OF_A_COMPANY: dict[str, tuple[str, ...]] = {
    "books": ("OrderBooks.books.orders", "OrderBooks.books.order_lines", "OrderBooks.books.refunds"),
    "tieout": ("Tied.groups", "Tied.totals"),
    "payout": ("Paid.open_items", "Paid.totals"),
    "tell": ("Differences.counted",),
    "sales": ("Sales.receivables",),
    "state": ("Stated.statements.ledger", "Stated.statements.documents"),
    "freeze": ("Report.tieouts", "Report.payouts", "Report.fees"),
}
"""The same, in a month with settlement details, an ERP and bank statements, which the sample month lacks."""


def asked(folder: Path = SAMPLE) -> RunSettings:
    config = find_config((folder,), None)
    return RunSettings(paths=(folder,), workspace=read_workspace(config), config=config)


def values_of(folder: Path) -> list[tuple[Stage, Run]]:
    """The values after every stage."""
    run = Run([asked(folder)])
    told = []
    for stage in STAGES:
        run = run.having(*made_by(stage, run))
        run = run.having(
            Proof(pl.concat([run[Proof].rows if Proof in run else pl.DataFrame(schema=PROOF), prove(stage, run)]))
        )
        told.append((stage, run))
    return told


@pytest.fixture(scope="module")
def boundaries() -> list[tuple[Stage, Run]]:
    """Of the sample month."""
    return values_of(SAMPLE)


def frames(run: Run) -> Iterator[tuple[object, str, pl.DataFrame]]:
    """Value, path and frame of everything that a run holds, but for the fourth file and later."""
    for value in run:
        for path, frame in frames_of(value):
            if frame.height and not any(f"[{n}]" in path for n in range(3, 100)):
                yield value, path, frame


def test_every_frame_between_two_stages_is_watched(boundaries: list[tuple[Stage, Run]]) -> None:
    """Every frame of every value, found by itself so that new ones are in it, times drop, double and alter."""
    counted = 0
    made: dict[int, list[tuple[str, pl.DataFrame]]] = {}
    for stage, run in boundaries:
        for value, path, frame in frames(run):
            unchanged = Unchanged()
            unchanged.remember(value)
            unchanged.check({type(value): value}, stage.name)
            spoiled = made.get(id(frame)) or [(what, mutation(frame)) for what, mutation in MUTATIONS.items()]
            made[id(frame)] = spoiled
            for what, other in spoiled:
                with pytest.raises(InvariantError, match="is not the frame that was made"):
                    unchanged.check({type(value): put(value, path, other)}, stage.name)
                    pytest.fail(f"{stage.name}: {type(value).__name__}{path} {what}")
                counted += 1
    assert counted > 2000


def test_a_frame_that_is_altered_in_place_is_found() -> None:
    for column, value in (("amount_minor", 3), ("order_id", "c")):
        unchanged = Unchanged()
        held = FeesJudged(pl.DataFrame({"amount_minor": [1, 2], "order_id": ["a", "b"]}))
        unchanged.remember(held)
        unchanged.check({FeesJudged: held}, "fees", whole=True)
        held.components[0, column] = value
        with pytest.raises(InvariantError, match=r"FeesJudged\.components is not"):
            unchanged.check({FeesJudged: held}, "fees", whole=True)


@pytest.mark.parametrize("what", MUTATIONS)
def test_the_laws_alone_contradict_what_a_stage_itself_gets_wrong(
    boundaries: list[tuple[Stage, Run]], what: str
) -> None:
    contradicted(boundaries, BY_LAWS, what)


@pytest.mark.slow
def test_the_laws_contradict_what_the_later_checks_get_wrong(tmp_path: Path) -> None:
    write(clean_month(variant="full", sides=("erp", "bank"), seed=6, orders=300), tmp_path / "in")
    values = values_of(tmp_path / "in")
    for what in MUTATIONS:
        contradicted(values, OF_A_COMPANY, what)


def contradicted(values: list[tuple[Stage, Run]], by_laws: dict[str, tuple[str, ...]], what: str) -> None:
    """Every frame of `by_laws` holds as it is; spoiled by the mutation `what` it is refused after its own stage."""
    for stage, run in values:
        prove(stage, run)
        for place in by_laws.get(stage.name, ()):
            name, _, path = place.partition(".")
            value = next(value for value in run if type(value).__name__ == name)
            frame = dict(frames_of(value))[f".{path}"]
            other = run.having(put(value, f".{path}", MUTATIONS[what](frame)))
            with pytest.raises(InvariantError):
                prove(stage, other)
                pytest.fail(f"{stage.name}: {place} {what}")


def test_no_value_is_made_twice_and_every_one_that_is_read_is_made() -> None:
    made: set[type] = {RunSettings, Proof}
    for stage in STAGES:
        assert made >= {*stage.reads}, stage.name
        assert not made & {*stage.makes}, stage.name
        made |= {*stage.makes}
        for law in stage.laws:
            assert made >= {*taken(law).values()}, law


def test_a_stage_that_makes_another_value_than_it_says_ends_the_run() -> None:
    def wrong(settings: RunSettings) -> FeesJudged:
        return Findings(())  # type: ignore[return-value]

    with pytest.raises(InvariantError, match="which it does not declare"):
        walk(Run([asked()]), (Stage("wrong", "", "", wrong),))


def wrapped(stage: Stage, made: str, *, before: bool) -> Stage:
    """`stage` that drops a row of the first frame of an earlier value, behind the back of the run."""

    @wraps(stage.run)
    def acts(**values: object) -> object:
        value = next(value for value in _given if type(value).__name__ == made)
        if before:
            _spoil(value)
        result = stage.run(**values)
        if not before:
            _spoil(value)
        return result

    return replace(stage, run=acts)


_given: list[object] = []


def _spoil(value: object) -> None:
    path, frame = next((p, f) for p, f in frames_of(value) if f.height)
    other = put(value, path, MUTATIONS["drop"](frame))
    for name in vars(value):
        object.__setattr__(value, name, getattr(other, name))


@pytest.mark.parametrize(
    ("stage", "made"),
    [
        ("date", "Placed"), ("cover", "Ledger"), ("judge", "OrderBooks"), ("fees", "Judged"), ("tieout", "Judged"),
        ("dispose", "Tied"), ("tell", "Disposed"), ("post", "Differences"), ("post", "Sales"), ("state", "Vouchers"),
        ("survey", "Stated"), ("freeze", "Differences"), ("freeze", "Overview"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_spoiled_run_exits_70_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, made: str
) -> None:
    real = chain.made_by

    def remembered(step: Stage, run: Run) -> tuple[object, ...]:
        values = real(step, run)
        _given.extend(values)
        return values

    _given.clear()
    monkeypatch.setattr(chain, "made_by", remembered)
    spoiled = tuple(wrapped(s, made, before=len(made) % 2 > 0) if s.name == stage else s for s in STAGES)
    monkeypatch.setattr(run_module, "STAGES", spoiled)
    answer = call("match", SAMPLE / "pdd" / "pdd_b", "--out", tmp_path / "o", "--quiet")
    assert answer.code == 70, answer
    assert not (tmp_path / "o").exists()


def _less(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    return frame.head(frame.height - rows)


def _more(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    return pl.concat([frame, frame.tail(rows)])


IN_STAGE: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("ecrecon.pipeline.intake.build_books", "orders lost", lambda b: replace(b, orders=_less(b.orders, 25))),
    ("ecrecon.pipeline.intake.build_books", "orders twice", lambda b: replace(b, orders=_more(b.orders, 25))),
    ("ecrecon.pipeline.intake.build_books", "documents lost", lambda b: replace(b, refunds=_less(b.refunds, 10))),
    ("ecrecon.pipeline.intake.build_books", "items lost", lambda b: replace(b, order_lines=_less(b.order_lines, 3))),
    ("ecrecon.pipeline.intake.build_ledger", "lines lost", lambda g: replace(g, lines=_less(g.lines, 5))),
    ("ecrecon.pipeline.intake.build_ledger", "lines altered", lambda g: replace(g, lines=MUTATIONS["alter"](g.lines))),
    ("ecrecon.pipeline.verdicts.judge", "orders lost", lambda j: replace(j, orders=_less(j.orders, 25))),
    ("ecrecon.pipeline.verdicts.judge", "orders twice", lambda j: replace(j, orders=_more(j.orders, 25))),
    ("ecrecon.pipeline.verdicts.judge", "documents lost", lambda j: replace(j, documents=_less(j.documents, 10))),
    ("ecrecon.pipeline.verdicts.judge", "groups lost", lambda j: replace(j, groups=_less(j.groups, 5))),
    ("ecrecon.pipeline.verdicts.judge", "components lost", lambda j: replace(j, components=_less(j.components, 1))),
    ("ecrecon.pipeline.verdicts.order_dispositions", "orders lost", lambda o: _less(o, 25)),
    ("ecrecon.pipeline.verdicts.order_dispositions", "orders twice", lambda o: _more(o, 25)),
    ("ecrecon.pipeline.verdicts.complete", "variances lost", lambda v: _less(v, 1)),
    ("ecrecon.pipeline.verdicts.complete", "variances altered", MUTATIONS["alter"]),
    ("ecrecon.pipeline.verdicts.sort_items", "open items lost", lambda i: _less(i, 1)),
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
