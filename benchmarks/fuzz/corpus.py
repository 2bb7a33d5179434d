"""The whole files that mutations start from: golden samples, the sample month, simulated months, and workbooks re-dressed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from random import Random

from benchmarks.fuzz import dress
from benchmarks.simulator import clean_month

ROOT = Path(__file__).resolve().parents[2]
_LARGEST = 2 * 1024**2
_ORDERS = 60
_MONTHS = (("usual", ("erp", "bank")), ("other", ()), ("full", ("erp", "bank")))
"""Variants of the simulator with the files of the whole company; all small, so that a case costs what reading it costs."""


@dataclass(frozen=True)
class Sample:
    """One whole file. `name`: its path in the repository, or below the month it was simulated for."""

    name: str
    data: bytes

    @property
    def group(self) -> str:
        """What it stands for: the profile of a golden, the folder of a shop and its kind of file."""
        path = PurePosixPath(self.name)
        return f"{path.parent}/*{path.suffix}"


@cache
def samples() -> tuple[Sample, ...]:
    """Every sample, sorted by name; the same in every process."""
    whole = [sample for sample in (*_of_repository(), *_simulated()) if len(sample.data) <= _LARGEST]
    golden = [sample for sample in whole if sample.name.startswith("tests/golden/")]
    return tuple(sorted([*whole, *_dressed(golden)], key=lambda sample: sample.name))


def _of_repository() -> Iterator[Sample]:
    golden = (path for path in (ROOT / "tests" / "golden").glob("*/*") if path.suffix not in (".json", ".py", ".pyc"))
    month = (path for path in (ROOT / "sample_bills").rglob("*") if ".truth" not in path.as_posix())
    for path in (*golden, *month):
        if path.is_file() and path.suffix != ".toml":
            yield Sample(path.relative_to(ROOT).as_posix(), path.read_bytes())


def _simulated() -> Iterator[Sample]:
    for seed, (variant, sides) in enumerate(_MONTHS, 1):
        files = clean_month(seed=seed, orders=_ORDERS, variant=variant, sides=sides).disk()
        for name, data in files.items():
            if not name.endswith(".toml"):
                yield Sample(f"simulated/{variant}/{name}", data)


def _dressed(golden: Iterable[Sample]) -> Iterator[Sample]:
    """Workbooks as the two other kinds that platforms and banks write and few goldens are."""
    for sample in golden:
        if sample.name.endswith(".xlsx"):
            for kind, write in dress.KINDS.items():
                data = write(sample.data)
                if data is not None:
                    yield Sample(f"{kind}/{sample.name.removesuffix('.xlsx')}.xls", data)


def choose(corpus: Sequence[Sample], random: Random) -> Sample:
    """A group, then one of its files: a hundred day bills of one shop count like one month bill of another."""
    groups = _groups(tuple(corpus))
    return random.choice(groups[random.choice(list(groups))])


@cache
def _groups(corpus: tuple[Sample, ...]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in corpus:
        found[sample.group].append(sample)
    return found
