"""Kills `match` and `vouchers` at random moments and looks at what they leave: python -m benchmarks.kills --kills 150

Each kill is a SIGKILL of a child process, half of them at any moment of the run, half just after the writing began. After a
kill of `match` the output folder (which holds exports and a file of somebody else) must be wholly the old one or wholly the
new one; after a kill of `vouchers` the log must be whole. Then the same command runs to its end: the folder must be the new
one with nothing left beside it, and every voucher must be exported exactly once. Prints counts; exit code 1 where one failed.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ecrecon.cli import audit, main, match, trace, vouchers  # noqa: F401  # loaded before the forks

State = dict[str, str]
SAMPLE = Path(__file__).parents[1] / "sample_bills" / "2026-10"
TARGET = "odoo"


def bills(folder: Path) -> Path:
    """Two shops of the sample month with its settings: enough to write every output."""
    shutil.copytree(SAMPLE / "pdd", folder / "pdd")
    shutil.copy(SAMPLE / "ecrecon.toml", folder)
    return folder


def told(title: str, number: int, counts: collections.Counter[str]) -> None:
    """The counts so far, on stderr."""
    if number % 10 == 0:
        print(f"{title} {number}: {dict(sorted(counts.items()))}", file=sys.stderr, flush=True)


def start(*arguments: str | Path) -> int:
    """The process of `ecrecon ARGUMENTS`, silent."""
    child = os.fork()
    if child == 0:
        sys.argv = ["ecrecon", *map(str, arguments)]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        code = 70
        try:
            main.run()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        os._exit(code)
    return child


def run(*arguments: str | Path) -> int:
    """Exit code of `ecrecon ARGUMENTS`, run to its end."""
    return os.waitstatus_to_exitcode(os.waitpid(start(*arguments), 0)[1])


def state(folder: Path) -> State:
    """Path -> digest of every file of `folder`; hidden ones are the writer's own."""
    paths = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    named = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return {name: value for name, value in named.items() if not any(p.startswith(".") for p in name.split("/"))}


def listing(folder: Path) -> frozenset[str]:
    """What lies in the folders where writing shows first."""
    places = [folder.parent, folder, folder / "vouchers"]
    return frozenset(str(path) for place in places if place.is_dir() for path in place.iterdir())


def kill(arguments: list[str | Path], folder: Path, moment: Callable[[], tuple[bool, float]]) -> bool:
    """Start the command and kill it; True where it was still running. `moment`: wait for the writing, seconds after."""
    waits, seconds = moment()
    before = listing(folder)
    child = start(*arguments)
    if waits:
        limit = time.monotonic() + 60
        while listing(folder) == before and time.monotonic() < limit and os.waitpid(child, os.WNOHANG) == (0, 0):
            time.sleep(0.0005)
    time.sleep(seconds)
    try:
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    except (ProcessLookupError, ChildProcessError):
        return False
    return os.WIFSIGNALED(status)


def whole_log(folder: Path) -> bool:
    """Read by the standard library: every line an object, chained to the one before, the last one ended."""
    path = folder / "vouchers" / "log.jsonl"
    content = path.read_bytes() if path.exists() else b""
    previous = ""
    for line in content.split(b"\n")[:-1]:
        try:
            data = json.loads(line)
            digest = data.pop("hash")
        except (ValueError, KeyError):
            return False
        plain = json.dumps(data, ensure_ascii=False, sort_keys=True).encode()
        if data["prev"] != previous or hashlib.sha256(plain).hexdigest() != digest:
            return False
        previous = digest
    return content.endswith(b"\n") or not content


def exported(folder: Path) -> list[str]:
    """Ids of the vouchers that the log counts as exported to the target."""
    path = folder / "vouchers" / "log.jsonl"
    entries = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]] if path.exists() else []
    return [entry["voucher_id"] for entry in entries if entry["action"] == "export"]


def kill_match(base: Path, kills: int, moment: Callable[[], tuple[bool, float]]) -> collections.Counter[str]:
    """Two inputs take turns in one folder that holds exports and a note."""
    whole, other = bills(base / "bills"), bills(base / "less")
    next((other / "pdd" / "pdd_b").rglob("*20261014.csv")).unlink()
    out = base / "match" / "2026-10"
    run("match", whole, "--out", out, "--quiet")
    run("vouchers", "--from", out, "--target", TARGET)
    (out / "note.txt").write_text("mine", "utf-8")
    references = {}
    for source in (other, whole):
        run("match", source, "--out", out, "--quiet")
        references[source] = state(out)
    kept = shutil.copytree(out, base / "kept")
    counts: collections.Counter[str] = collections.Counter()
    now = whole
    for number in range(kills):
        told("match", number, counts)
        wanted = other if now == whole else whole
        counts["killed" if kill(["match", wanted, "--out", out, "--quiet"], out, moment) else "came too late"] += 1
        found = state(out)
        counts["old" if found == references[now] else "new" if found == references[wanted] else "MIXED"] += 1
        run("match", wanted, "--out", out, "--quiet")
        counts["next run whole" if state(out) == references[wanted] else "NEXT RUN FAILED"] += 1
        left = [path.name for path in out.parent.iterdir() if path != out]
        left += [path.name for path in out.iterdir() if path.name.startswith(".")]
        counts["LEFT BEHIND" if left else "nothing left"] += 1
        now = wanted
        if state(out) != references[wanted]:  # go on from a clean folder
            shutil.rmtree(out.parent)
            shutil.copytree(kept, out)
            run("match", wanted, "--out", out, "--quiet")
    return counts


def kill_vouchers(base: Path, kills: int, moment: Callable[[], tuple[bool, float]]) -> collections.Counter[str]:
    """A first export, killed, and the one after it."""
    pristine = base / "pristine"
    run("match", bills(base / "exported"), "--out", pristine, "--quiet")
    whole = shutil.copytree(pristine, base / "whole" / "2026-10")
    run("vouchers", "--from", whole, "--target", TARGET)
    reference, ids = state(whole / "vouchers"), exported(whole)
    counts: collections.Counter[str] = collections.Counter()
    for number in range(kills):
        told("vouchers", number, counts)
        out = Path(shutil.copytree(pristine, base / "export" / "2026-10"))
        command = ["vouchers", "--from", out, "--target", TARGET]
        counts["killed" if kill(command, out, moment) else "came too late"] += 1
        counts["log whole" if whole_log(out) else "LOG TORN"] += 1
        run(*command)
        given = exported(out) if whole_log(out) else []
        files = {name: value for name, value in state(out / "vouchers").items() if not name.endswith("l")}
        once = sorted(given) == sorted(ids) and files == {n: v for n, v in reference.items() if not n.endswith("l")}
        counts["each voucher once" if once else "TWICE OR LOST"] += 1
        left = [path.name for path in (out / "vouchers").iterdir() if path.name.startswith(".")]
        counts["LEFT BEHIND" if left else "nothing left"] += 1
        shutil.rmtree(out.parent)
    return counts


def main_() -> int:
    """Parse the command line, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=150, help="kills of each of the two commands")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["match", "vouchers"], help="one of the two")
    parser.add_argument("--slow", type=float, default=1.0, help="factor of the times, for a busy machine")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    bad = False
    with tempfile.TemporaryDirectory(prefix="kills") as name:
        for title, job, long, short in (("match", kill_match, 2.5, 0.1), ("vouchers", kill_vouchers, 0.5, 0.02)):

            def moment(long: float = long, short: float = short) -> tuple[bool, float]:
                waits = chance.random() < 0.5
                return waits, chance.uniform(0, short if waits else long) * given.slow

            if given.only in (None, title):
                counts = job(Path(name), given.kills, moment)
                bad = bad or any(word.isupper() for word in counts)
                line = ", ".join(f"{word} {n}" for word, n in sorted(counts.items()))
                print(f"{title} (seed {given.seed}): {line}", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main_())
