"""One case: its name fixes the sample, the mutations and so every byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random

from benchmarks.fuzz import packages, text
from benchmarks.fuzz.corpus import Sample


@dataclass(frozen=True)
class Case:
    """`name`: SEED:NUMBER. `file`: the name the mutated file is given. `mutations`: what was done to the sample."""

    name: str
    sample: Sample
    file: str
    mutations: tuple[str, ...]
    data: bytes


def make(seed: int, number: int, corpus: Sequence[Sample]) -> Case:
    """Case `number` of `seed`: one to three mutations of one sample."""
    random = Random(f"{seed}:{number}")
    sample = random.choice(corpus)
    data, done = sample.data, []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        table = packages.MUTATIONS if data.startswith(b"PK") else text.MUTATIONS
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            table = {name: text.MUTATIONS[name] for name in ("flip_bytes", "cut_end", "drop_span", "repeat_span")}
        name = random.choice(list(table))
        data = table[name](data, random)
        done.append(name)
    return Case(f"{seed}:{number}", sample, PurePosixPath(sample.name).name, tuple(done), data)
