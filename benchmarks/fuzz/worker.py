"""One process that reads mutated files: cases come in on stdin, one JSON line for each goes out on stdout."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from benchmarks.fuzz import process
from benchmarks.fuzz.case import Case, make
from benchmarks.fuzz.corpus import Sample, samples
from benchmarks.fuzz.dress import PASSWORD
from benchmarks.fuzz.judge import Relation, Said, Verdict, calibrate, judged
from ecrecon.base.errors import EcreconError
from ecrecon.base.sources import Source
from ecrecon.base.texts import set_language
from ecrecon.pipeline.chain import Run, made_by
from ecrecon.pipeline.settings import RunSettings
from ecrecon.pipeline.stages import AUDIT_STAGES
from ecrecon.pipeline.values import Covered, Dated, Layouts, Ledger, OrderBooks, Placed, Read
from ecrecon.reading.containers import Passwords
from ecrecon.reading.load import load
from ecrecon.settings.profiles import Profile, load_profiles

MEMORY = 3 * 1024**3
"""Bytes of address space: beyond it the process fails, and the case is told."""
EVERY = 250
"""One case of so many goes through the real command line as well: starting it costs as much as forty others."""
_INFORMATION = ("F02", "F08", "F09")


@dataclass(frozen=True)
class Heard:
    """What `audit` knows of one file, and the refusal that ended it."""

    sources: tuple[Source, ...] = ()
    findings: tuple[pl.DataFrame, ...] = ()
    error: EcreconError | None = None


def audited(path: Path, profiles: list[Profile]) -> Heard:
    """The stages of `audit` on one file.

    Profiles are compiled once, so `read` is taken apart. Some files are no run of their own, a price list for example;
    what was read of them is told all the same.
    """
    run = Run([RunSettings(paths=(path,)), Layouts(tuple(profiles))])
    try:
        inputs = tuple(load([path], profiles, workers=1, passwords=Passwords((PASSWORD,))))
        run = run.having(Read(inputs, tuple(item.findings for item in inputs)))
        if any(item.source.readable for item in inputs):
            for stage in AUDIT_STAGES[2:]:
                run = run.having(*made_by(stage, run))
    except EcreconError as error:
        return _heard(run, error)
    return _heard(run, None)


def _heard(run: Run, error: EcreconError | None) -> Heard:
    """The latest of what the stages made."""
    chain = [run[made] for made in (OrderBooks, Covered, Dated, Placed, Read) if made in run]
    if not chain:
        return Heard(error=error)
    sources = run[Ledger].sources if Ledger in run else tuple(item.source for item in chain[0].inputs)
    return Heard(sources, chain[0].findings, error)


def said_by(heard: Heard) -> Said:
    """What the run tells."""
    readable = [source for source in heard.sources if source.readable]
    sums = [
        (s.income_minor - s.expense_minor, s.currency)
        for s in readable
        if s.income_minor is not None and s.expense_minor is not None
    ]
    found = pl.concat(heard.findings) if heard.findings else None
    told: Counter[str] = Counter()
    if found is not None:
        keys = found.filter(~pl.col("code").is_in(_INFORMATION)).select("code", "column", "text").iter_rows()
        told = Counter(" ".join(str(cell) for cell in key) for key in keys)
    told.update(note for source in heard.sources for note in source.notes)
    told.update(f"control {c.name}" for source in heard.sources for c in source.control if not c.ok)
    error = heard.error
    told.update(f"not compared {total}" for source in heard.sources for total in source.uncompared)
    told.update([f"{error.message} {error.hint}"] if error is not None else [])
    headers = tuple(sorted(((s.sheet, s.header_line or 0, s.rows) for s in readable), key=str))
    amount = Decimal(sum(minor for minor, _ in sums)) / 100 if sums and all(c == "CNY" for _, c in sums) else None
    return Said(len(readable), sum(s.rows for s in readable), amount, headers, told)


class Bench:
    """The corpus, the profiles, a folder to write in, and the relation of each sample, found when first wanted."""

    def __init__(self, folder: Path) -> None:
        self.corpus = samples()
        self.profiles = load_profiles([])
        self.folder = folder
        self.relations: dict[str, Relation | Verdict] = {}

    def relation(self, sample: Sample) -> Relation | Verdict:
        if sample.name not in self.relations:
            with self._written(PurePosixPath(sample.name).name, sample.data) as path:
                said = said_by(audited(path, self.profiles))
            self.relations[sample.name] = calibrate(sample.data, said)
        return self.relations[sample.name]

    @contextmanager
    def _written(self, file: str, data: bytes) -> Iterator[Path]:
        path = self.folder / file
        path.write_bytes(data)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def run(self, case: Case) -> dict[str, Any]:
        """One case -> what happened."""
        relation = self.relation(case.sample)
        result: dict[str, Any] = {
            "case": case.name,
            "sample": case.sample.name,
            "mutations": case.mutations,
            "size": len(case.data),
        }
        before, began = _peak(), process.seconds(os.getpid())
        with self._written(case.file, case.data) as path:
            try:
                heard = audited(path, self.profiles)
                said = said_by(heard)
            except BaseException as error:  # a panic of a native reader is no Exception
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
                result |= {"end": "traceback", "text": _where(error)}
            else:
                result["end"] = _end(said, heard.error)
                result |= {"text": heard.error.message} if heard.error is not None else {}
            result["seconds"] = round(process.seconds(os.getpid()) - began, 2)
            if result["end"] != "traceback":
                verdict = judged(case.plain, relation, said)
                result |= {"verdict": verdict.kind, "why": verdict.text}
            if int(case.name.partition(":")[2]) % EVERY == EVERY - 1:
                result.update(_commanded(path))
        result["mib"] = _peak() if _peak() > before else 0
        return result


def _end(said: Said, error: EcreconError | None) -> str:
    if error is not None:
        return f"error {int(error.exit_code)}"
    return "read" if said.readable else "told" if said.told else "ignored"


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "ecrecon" in f.filename] or list(frames)
    return f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}: {str(error)[:160]}"


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
    """MiB that this process or one of its confined readers, each for itself, has used at most.

    Of readers that have ended the system tells no less than what this process held when it started them.
    """
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return max(process.peak_mib(os.getpid()), ended)


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
            try:
                result = bench.run(make(seed, number, bench.corpus))
            except Exception as error:  # of the mutations or of the second reader: no fault of the program
                result = {"case": line.strip(), "end": "job failed", "text": _where(error)}
            answers.write(json.dumps(result, ensure_ascii=True) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
