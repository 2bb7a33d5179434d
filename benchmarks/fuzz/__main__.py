"""The driver: hands cases to worker processes, survives what they do not, and counts.

Counts go to a file every half minute (`--counts`), so that a run that is broken off has told something.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from benchmarks.fuzz import process
from benchmarks.fuzz.case import make
from benchmarks.fuzz.corpus import ROOT, samples

PATIENCE = 120.0
"""Seconds of processor time after which a case counts as a hang."""
WAIT = 1800.0
"""Seconds of the clock after which a case counts as a hang, whatever it is waiting for; a busy machine is slow."""
SLOW = 20.0
"""Seconds of processor time that no file may take."""
MEMORY_MIB = 1536
"""MiB that no process of a run may hold."""
TOLD_EVERY = 30.0

_BAD = ("traceback", "died", "hang", "error 70", "job failed")
_LOOK = 2.0


@dataclass
class Tally:
    """Counts of a run. `bad`: cases that must not be. `blind`: cases that nobody could judge, by the reason."""

    seed: int
    ends: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    blind: Counter[str] = field(default_factory=Counter)
    samples: set[str] = field(default_factory=set)
    bad: list[dict[str, Any]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    most_mib: tuple[int, str] = (0, "")
    began: float = field(default_factory=time.monotonic)

    def add(self, result: dict[str, Any]) -> None:
        """Count one case."""
        self.ends[result["end"]] += 1
        command, verdict = str(result.get("command", "")), str(result.get("verdict", ""))
        self.commands.update([command] if command else [])
        self.verdicts.update([verdict] if verdict else [])
        self.blind.update([result["why"]] if verdict == "not judged" else [])
        self.samples.add(result.get("sample", ""))
        seconds, mib = float(result.get("seconds", 0)), int(result.get("mib", 0))
        self.slowest = max(self.slowest, (seconds, result["case"]))
        self.most_mib = max(self.most_mib, (mib, result["case"]))
        if (
            result["end"] in _BAD
            or verdict == "loss"
            or seconds > SLOW
            or mib > MEMORY_MIB
            or command not in ("", "exit 0", "exit 1", "exit 2")
        ):
            self.bad.append(result)

    def lines(self) -> list[str]:
        """The counts, one a line."""
        total, minutes = sum(self.ends.values()), (time.monotonic() - self.began) / 60
        said = self.verdicts["told"] + self.verdicts["equal"] + self.verdicts["loss"]
        return [
            f"seed {self.seed}: {total} inputs of {len(self.samples)} samples in {minutes:.1f} minutes ({_listed(self.ends)})",
            f"tracebacks {self.ends['traceback'] + self.ends['error 70']}, died {self.ends['died']}, hangs {self.ends['hang']}, "
            f"silent losses {self.verdicts['loss']} of {said} judged (a fault was told {self.verdicts['told']}, "
            f"all there was read {self.verdicts['equal']})",
            f"no bill even when whole {self.verdicts['no bill']}; not judged {self.verdicts['not judged']}: {_listed(self.blind)}",
            f"through the command line {sum(self.commands.values())}: {_listed(self.commands)}",
            f"slowest {self.slowest[0]:.1f} s ({self.slowest[1]}), most memory {self.most_mib[0]} MiB ({self.most_mib[1]})",
        ]

    def write(self, path: Path) -> None:
        """The counts and the bad cases, a line each, whole or not at all."""
        bad = [json.dumps(result, ensure_ascii=False) for result in self.bad]
        beside = path.with_name(path.name + ".new")
        beside.write_text("\n".join([*self.lines(), *bad, ""]), "utf-8")
        beside.replace(path)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "none"


class Worker:
    """A worker process and a thread that listens to it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.fuzz.worker"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "POLARS_MAX_THREADS": "1"},
        )  # fmt: skip
        self.answers: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._answer()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put("")

    def _answer(self) -> dict[str, Any]:
        """The next answer. Raises Empty for a hang, EOFError where the process ended."""
        used, began = process.seconds(self.process.pid), time.monotonic()
        while True:
            try:
                line = self.answers.get(timeout=_LOOK)
            except Empty:
                if process.seconds(self.process.pid) - used > PATIENCE or time.monotonic() - began > WAIT:
                    raise
                continue
            if not line:
                raise EOFError
            return dict(json.loads(line))

    def run(self, case: str) -> dict[str, Any]:
        """One case; a worker that dies or hangs is a result too, and is no longer `alive`."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(case + "\n")
            self.process.stdin.flush()
            return self._answer()
        except Empty:
            self.close()
            return {"case": case, "end": "hang"}
        except (EOFError, OSError):
            return {"case": case, "end": "died", "text": f"exit {self.process.wait()}"}

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()


def fuzz(seed: int, numbers: Iterator[int], workers: int, until: float, counts: Path | None = None) -> Tally:
    """Run cases of `seed` until the clock of `time.monotonic` says `until`, or `numbers` end.

    `counts`: a file that holds the counts so far.
    """
    tally, lock = Tally(seed), threading.Lock()
    next_told = time.monotonic() + TOLD_EVERY

    def serve() -> None:
        nonlocal next_told
        worker = Worker()
        while time.monotonic() < until:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            result = worker.run(f"{seed}:{number}")
            with lock:
                tally.add(result)
                if counts is not None and time.monotonic() > next_told:
                    tally.write(counts)
                    next_told = time.monotonic() + TOLD_EVERY
            if not worker.alive:
                worker = Worker()
        worker.close()

    threads = [threading.Thread(target=serve) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def main() -> int:
    """Command line; exit 1 where a case must not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--cases", type=int, help="stop after this many")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--case", help="SEED:NUMBER: run this one again")
    parser.add_argument("--counts", type=Path, help="write the counts here, every half minute")
    parser.add_argument("--keep", type=Path, help="write the files of bad cases here")
    given = parser.parse_args()
    if given.case:
        seed, number = map(int, given.case.split(":"))
        tally = fuzz(seed, iter([number]), 1, time.monotonic() + WAIT)
    else:
        numbers = iter(range(given.cases)) if given.cases else count()
        print(f"seed {given.seed}", file=sys.stderr, flush=True)
        tally = fuzz(given.seed, numbers, given.workers, time.monotonic() + 60 * given.minutes, given.counts)
    if given.counts:
        tally.write(given.counts)
    for result in tally.bad:
        print(json.dumps(result, ensure_ascii=False))
    print("\n".join(tally.lines()))
    if given.keep:
        _keep(tally, given.keep)
    return 1 if tally.bad else 0


def _keep(tally: Tally, folder: Path) -> None:
    corpus = samples()
    for result in tally.bad:
        seed, number = map(int, result["case"].split(":"))
        case = make(seed, number, corpus)
        target = folder / f"{seed}_{number}_{case.file}"
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(case.data)


if __name__ == "__main__":
    sys.exit(main())
