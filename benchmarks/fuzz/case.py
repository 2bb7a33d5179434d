"""One case: its name fixes the sample, the mutations and so every byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random

from benchmarks.fuzz import dress, packages, text
from benchmarks.fuzz.corpus import Sample, choose

_BIFF = ("flip_bytes", "cut_end", "drop_span", "repeat_span")
_SEALED = 0.01
"""Share of the cases that come under a password: hashing it takes ten times as long as reading the file."""


@dataclass(frozen=True)
class Case:
    """`name`: SEED:NUMBER. `file`: the name the mutated file is given. `mutations`: what was done to the sample.

    `data`: the bytes that the program gets; `plain`: the same before they were put under a password.
    """

    name: str
    sample: Sample
    file: str
    mutations: tuple[str, ...]
    data: bytes
    plain: bytes


def make(seed: int, number: int, corpus: Sequence[Sample]) -> Case:
    """Case `number` of `seed`: one to three mutations of one sample."""
    random = Random(f"{seed}:{number}")
    sample = choose(corpus, random)
    data, done = sample.data, []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        table = packages.MUTATIONS if data.startswith(b"PK") else text.MUTATIONS
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            table = {name: text.MUTATIONS[name] for name in _BIFF}
        name = random.choice(list(table))
        data = table[name](data, random)
        done.append(name)
    file = PurePosixPath(sample.name).name
    under = dress.sealed(data, file) if random.random() < _SEALED else None
    if under is not None:
        done.append("password")
        file = f"{file}.zip" if under.startswith(b"PK") and not data.startswith(b"PK") else file
    return Case(f"{seed}:{number}", sample, file, tuple(done), under or data, data)
