"""One process that reads mutated files: cases come in on stdin, one JSON line for each goes out on stdout."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.fuzz.case import Case, make
from benchmarks.fuzz.corpus import Sample, samples
from benchmarks.fuzz.judge import Relation, Said, calibrate, silent_loss
from ecrecon.errors import EcreconError
from ecrecon.formats.load import load
from ecrecon.messages import set_language
from ecrecon.pipeline import reading
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.state import State
from ecrecon.profiles import Profile, load_profiles

MEMORY = 3 * 1024**3
"""Bytes of address space: beyond it the process fails, and the case is told."""
EVERY = 100
"""One case of so many goes through the real command line as well."""
_INFORMATION = ("F02", "F08", "F09")
_STAGES = (reading.place_files, reading.date_lines, reading.judge_coverage, reading.build_order_books)


def audited(path: Path, profiles: list[Profile]) -> State:
    """The stages of `audit` on one file; profiles are compiled once, so `read` is taken apart."""
    state = State(RunSettings(paths=(path,)), profiles=profiles)
    state.parsed = load([path], profiles, workers=1)
    state.findings = [item.findings for item in state.parsed]
    if any(item.source.readable for item in state.parsed):
        for stage in _STAGES:
            stage(state)
    else:
        state.sources = [item.source for item in state.parsed]
    return state


def said_by(state: State) -> Said:
    """What the run tells."""
    readable = [source for source in state.sources if source.readable]
    sums = [
        (s.income_minor - s.expense_minor, s.currency)
        for s in readable
        if s.income_minor is not None and s.expense_minor is not None
    ]
    found = pl.concat(state.findings) if state.findings else None
    told: Counter[str] = Counter()
    if found is not None:
        keys = found.filter(~pl.col("code").is_in(_INFORMATION)).select("code", "column", "text").iter_rows()
        told = Counter(" ".join(str(cell) for cell in key) for key in keys)
    told.update(note for source in state.sources for note in source.notes)
    told.update(f"control {c.name}" for source in state.sources for c in source.control if not c.ok)
    places = {(source.sheet, source.header_line or 0) for source in readable}
    amount = Decimal(sum(minor for minor, _ in sums)) / 100 if sums and all(c == "CNY" for _, c in sums) else None
    return Said(len(readable), sum(s.rows for s in readable), amount, tuple(sorted(places, key=str)), told)


class Bench:
    """The corpus, the profiles, a folder to write in, and the relation of each sample, found when first wanted."""

    def __init__(self, folder: Path) -> None:
        self.corpus = samples()
        self.profiles = load_profiles([])
        self.folder = folder
        self.relations: dict[str, Relation | None] = {}

    def relation(self, sample: Sample) -> Relation | None:
        if sample.name not in self.relations:
            try:
                said = said_by(audited(sample.path, self.profiles))
            except EcreconError:  # no file for a run of its own, a price list for example
                self.relations[sample.name] = None
            else:
                self.relations[sample.name] = calibrate(sample.data, said)
        return self.relations[sample.name]

    def run(self, case: Case) -> dict[str, Any]:
        """One case -> what happened."""
        path = self.folder / case.file
        path.write_bytes(case.data)
        result: dict[str, Any] = {
            "case": case.name,
            "sample": case.sample.name,
            "mutations": case.mutations,
            "size": len(case.data),
        }
        relation = self.relation(case.sample)
        before, began = _peak(), time.process_time()
        try:
            said = said_by(audited(path, self.profiles))
            result["end"] = "read" if said.readable else "told" if said.told else "ignored"
            loss = silent_loss(case.data, relation, said) if relation is not None else ""
            result["compared"] = relation is not None
            if loss:
                result["loss"] = loss
        except EcreconError as error:
            result["end"] = f"error {int(error.exit_code)}"
            result["text"] = error.message
        except BaseException as error:  # a panic of a native reader is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            result["end"] = "traceback"
            frames = traceback.extract_tb(error.__traceback__)
            own = [f for f in frames if "ecrecon" in f.filename] or list(frames)
            result["text"] = (
                f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}: {str(error)[:160]}"
            )
        result["seconds"] = round(time.process_time() - began, 3)
        if int(case.name.partition(":")[2]) % EVERY == EVERY - 1:
            result.update(_commanded(path))
        result["mib"] = _peak() if _peak() > before else 0
        path.unlink(missing_ok=True)
        return result


def _commanded(path: Path) -> dict[str, Any]:
    """The same file through the command line of the shell: how it ends there."""
    try:
        told = subprocess.run(
            [sys.executable, "-m", "ecrecon", "audit", path], capture_output=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return {"command": "hang"}
    bad = b"Traceback" in told.stderr or b"\x1b" in told.stdout + told.stderr
    return {"command": "traceback" if bad else f"exit {told.returncode}"}


def _peak() -> int:
    """MiB that this process has used at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Serve cases until stdin ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    set_language("en")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing that a library prints may stand among the answers
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        answers.write(json.dumps({"ready": len(bench.corpus)}) + "\n")
        answers.flush()
        for line in sys.stdin:
            seed, number = map(int, line.split(":"))
            answers.write(json.dumps(bench.run(make(seed, number, bench.corpus)), ensure_ascii=True) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
