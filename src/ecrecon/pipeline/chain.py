"""A run is a chain of functions from named values to named values; their signatures say what each may touch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.texts import tr
from ecrecon.judging.proof.conservation import PROOF
from ecrecon.pipeline.values import Proof

# Values of a run stay what they were when they were made.

_WHOLE_ROWS = 50_000
"""Frames up to this height are compared cell by cell, larger ones by their numbers."""
_DEEP = 4
_PLAIN = (str, bytes, int, float, date)
"""What holds nothing; a bool is an int, a datetime a date, most enums are texts."""


@dataclass(frozen=True)
class _Seen:
    """One frame as it was made; `copy` shares its columns and no later change of the frame itself."""

    frame: pl.DataFrame
    copy: pl.DataFrame

    def holds(self, now: pl.DataFrame, *, whole: bool) -> bool:
        """Whether `now` is the same frame, unchanged."""
        if now is not self.frame or now.shape != self.copy.shape or now.columns != self.copy.columns:
            return False
        if not whole:
            return True
        if now.height <= _WHOLE_ROWS:
            return now.equals(self.copy, null_equal=True)
        numbers = [name for name, dtype in now.schema.items() if dtype.is_integer()]
        return now.select(numbers).equals(self.copy.select(numbers), null_equal=True)


class Unchanged:
    """What the frames of the values of one run are."""

    def __init__(self) -> None:
        self._seen: dict[type, dict[str, _Seen]] = {}

    def remember(self, value: object) -> None:
        """A value was made."""
        self._seen[type(value)] = {path: _Seen(frame, frame.clone()) for path, frame in frames_of(value)}

    def forget(self, made: type) -> None:
        """A value is given up."""
        self._seen.pop(made, None)

    def check(self, values: Mapping[type, object], after: str, *, whole: bool = False) -> None:
        """Raise InvariantError where a frame is not the one that was made. `whole`: compare contents, too."""
        for made, seen in self._seen.items():
            now = dict(frames_of(values.get(made)))
            wrong = sorted({*now} ^ {*seen}) + [
                path for path, one in seen.items() if path in now and not one.holds(now[path], whole=whole)
            ]
            if wrong:
                raise InvariantError(f"after stage {after}: {made.__name__}{wrong[0]} is not the frame that was made")


def frames_of(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every frame inside a value, with the way that leads to it: fields of dataclasses, items of lists and mappings."""
    if isinstance(value, pl.DataFrame):
        yield path, value
    elif depth == _DEEP or value is None or isinstance(value, _PLAIN):
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _holding(type(value)):
            yield from frames_of(getattr(value, name), f"{path}.{name}", depth + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from frames_of(item, f"{path}[{key}]", depth + 1)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from frames_of(item, f"{path}[{place}]", depth + 1)


@cache
def _holding(kind: type) -> tuple[str, ...]:
    """Fields of a dataclass that may hold a frame by their declared types, which mypy holds the program to.

    A run has some hundred records of files with forty texts and numbers each: to look at every one of them after every
    stage took a fifth of the time of a small company's month.
    """
    names = tuple(field.name for field in fields(kind))
    try:
        hints = get_type_hints(kind)
    except NameError:  # a type that is imported for the type checker only: every field is looked at
        return names
    return tuple(name for name in names if _may_hold(hints[name], frozenset({kind})))


def _may_hold(hint: Any, above: frozenset[type]) -> bool:
    """`above`: the dataclasses that are being looked at; one that names itself adds nothing."""
    parts = [part for part in get_args(hint) if part is not Ellipsis and not isinstance(part, _PLAIN)]
    if get_origin(hint) is not None or parts:
        return any(_may_hold(part, above) for part in parts)
    if not isinstance(hint, type) or hint is object:
        return hint is not None
    if is_dataclass(hint):
        try:
            inner = get_type_hints(hint)
        except NameError:
            return True
        return hint not in above and any(_may_hold(inner[f.name], above | {hint}) for f in fields(hint))
    return hint is not type(None) and not issubclass(hint, _PLAIN)


# A run is a chain of functions from named values to named values; their signatures say what each may touch.

Value = TypeVar("Value")
Law = Callable[..., pl.DataFrame | None]
"""Values -> frame PROOF of what was counted, or None where nothing is printed. Its docstring says what holds."""


@dataclass(frozen=True)
class Stage:
    """One step: its name, what the progress bar says in two languages, the function, and what holds after it."""

    name: str
    zh: str
    en: str
    run: Callable[..., object]
    laws: tuple[Law, ...] = ()

    @property
    def title(self) -> str:
        """What the progress bar says."""
        return tr(self.zh, self.en)

    @property
    def reads(self) -> tuple[type, ...]:
        """Values that the function takes."""
        return tuple(taken(self.run).values())

    @property
    def makes(self) -> tuple[type, ...]:
        """Values that the function returns."""
        made = get_type_hints(self.run)["return"]
        return get_args(made) if get_origin(made) is tuple else (made,)


Progress = Callable[[int, int, Stage], None]


@cache
def taken(function: Callable[..., object]) -> dict[str, type]:
    """Parameter of a stage or law -> the type of the value it stands for."""
    hints = get_type_hints(function)
    return {name: hints[name] for name in inspect.signature(function).parameters}


class Run:
    """The values of one run, each under its type."""

    def __init__(self, given: Sequence[object] = ()) -> None:
        self._values: dict[type, object] = {type(value): value for value in given}

    def __getitem__(self, made: type[Value]) -> Value:
        """The value of this type. Raises InvariantError where no stage has made it."""
        if made not in self._values:
            raise InvariantError(f"no stage has made {made.__name__}")
        return self._values[made]  # type: ignore[return-value]

    def __contains__(self, made: type) -> bool:
        return made in self._values

    def __iter__(self) -> Any:
        return iter(self._values.values())

    def having(self, *others: object) -> Run:
        """Another run with these values in the place of its own."""
        kept = {type(other) for other in others}
        return Run([*(value for value in self if type(value) not in kept), *others])

    def of(self, function: Callable[..., Value]) -> Value:
        """`function` of the values that its parameters name."""
        return function(**{name: self[made] for name, made in taken(function).items()})


def walk(run: Run, stages: Sequence[Stage], progress: Progress | None = None, *, goal: type | None = None) -> Run:
    """`run` after `stages`; the values made before stay in `run` itself, so that it tells how far it came where one raises.

    After every stage its laws are asked, and what was made before is still what it was. `goal`: the only value that is
    wanted; then a value goes when its last reader is done. Raises InvariantError where anything does not hold.
    """
    unchanged, values = Unchanged(), run._values
    if Proof not in run:
        values[Proof] = Proof(pl.DataFrame(schema=PROOF))
    for number, stage in enumerate(stages):
        if progress is not None:
            progress(number, len(stages), stage)
        for value in made_by(stage, run):
            if type(value) in run:
                raise InvariantError(f"stage {stage.name} makes {type(value).__name__} a second time")
            values[type(value)] = value
            unchanged.remember(value)
        unchanged.check(values, stage.name, whole=stage is stages[-1])
        values[Proof] = Proof(pl.concat([run[Proof].rows, prove(stage, run)]))
        if goal is not None:
            wanted = {goal, Proof}.union(*(_readers(later) for later in stages[number + 1 :]))
            for made in [made for made in values if made not in wanted]:
                del values[made]
                unchanged.forget(made)
    return run


def made_by(stage: Stage, run: Run) -> tuple[object, ...]:
    """What the stage makes of the run's values. Raises InvariantError where it is not what its signature says."""
    result = run.of(stage.run)
    made = result if len(stage.makes) > 1 and isinstance(result, tuple) else (result,)
    if tuple(type(value) for value in made) != stage.makes:
        raise InvariantError(f"stage {stage.name} makes {[type(v).__name__ for v in made]}, which it does not declare")
    return made


def prove(stage: Stage, run: Run) -> pl.DataFrame:
    """Frame PROOF of what the laws of a stage count. Raises InvariantError where one does not hold."""
    counted = [rows for law in stage.laws if (rows := run.of(law)) is not None]
    proof = pl.concat([pl.DataFrame(schema=PROOF), *counted])
    broken = proof.filter(~pl.col("ok"))
    if broken.height:
        raise InvariantError(f"conservation is broken after {stage.name}: {broken.row(0, named=True)}")
    return proof


def _readers(stage: Stage) -> set[type]:
    return {*stage.reads}.union(*(taken(law).values() for law in stage.laws))


def table(stages: Sequence[Stage]) -> str:
    """The stages as a Markdown table, from their signatures and the first line of each law."""
    rows = ["| stage | 中文 | reads | makes | what holds after it |", "| --- | --- | --- | --- | --- |"]
    for stage in stages:
        laws = [(inspect.getdoc(law) or "").split("\n")[0].rstrip(".") for law in stage.laws]
        cells = (
            stage.name,
            stage.zh,
            ", ".join(made.__name__ for made in stage.reads),
            ", ".join(made.__name__ for made in stage.makes),
            "; ".join(laws) or "what it made stays what it is",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def glossary(stages: Sequence[Stage]) -> str:
    """The values in the order in which they are made, with their fields and the first line of what they say of themselves."""
    rows = ["| value | made by | fields | |", "| --- | --- | --- | --- |"]
    for stage in stages:
        for made in stage.makes:
            inside = [field.name for field in fields(made)] if is_dataclass(made) else []
            said = " ".join((inspect.getdoc(made) or "").split("\n\n")[0].split())
            rows.append(f"| {made.__name__} | {stage.name} | {', '.join(inside)} | {said.replace('|', '/')} |")
    return "\n".join(rows)
