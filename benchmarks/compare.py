"""One run, three programs side by side: ecrecon with all its outputs, a plain Polars script, a pandas script."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.simulator.__main__ import main as simulate

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Measured:
    """One program: seconds by the wall and of the processors, peak memory of its largest process, orders it found."""

    name: str
    wall: float
    cpu: float
    peak_mib: float
    found: int


def measure(name: str, command: list[str], found: Path) -> Measured:
    """Run `command` as its own process; `found` is the CSV whose rows (or X01 and X02 rows) are counted."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    # the package beside this file is measured, not one that happens to be installed
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT.parent / "src")})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{name} failed with exit code {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(name, wall, cpu, usage.ru_maxrss / 1024, _count(found))


def _count(path: Path) -> int:
    with path.open(encoding="utf-8-sig") as stream:
        head, *rows = stream
    if head.startswith("variance_id"):
        return sum(row.split(",")[1] in ("X01", "X02") for row in rows)
    return len(rows)


def main() -> None:
    """`make bench`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    options = parser.parse_args()
    folder = ROOT / "data" / f"taobao_{options.orders}"
    if not (folder.with_name(folder.name + ".truth") / "summary.json").is_file():
        simulate(["month", "--scenario", "bench", "--orders", str(options.orders), "--out", str(folder)])
    truth = json.loads((folder.with_name(folder.name + ".truth") / "summary.json").read_text(encoding="utf-8"))
    python = sys.executable
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        match = [
            python,
            "-m",
            "ecrecon",
            "match",
            str(folder),
            "--out",
            str(out / "run"),
            "--quiet",
            "--fail-on",
            "never",
        ]
        results = [
            measure("ecrecon match", match, out / "run" / "variances.csv"),
            *(
                measure(name, [python, str(ROOT / f"{name}.py"), str(folder), str(out / name)], out / name)
                for name in ("plain_polars", "plain_pandas")
            ),
        ]
    expected = sum(truth["variances"].values())
    print(f"{options.orders:,} orders, {truth['lines']:,} bill lines; {expected} orders without receipt in the truth")
    print(f"{'program':<16}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}{'found':>8}")
    for one in results:
        print(f"{one.name:<16}{one.wall:>9.1f}{one.cpu:>9.1f}{one.peak_mib:>10.0f}{one.found:>8}")
    ecrecon, polars, pandas = results
    print(f"ecrecon / polars {ecrecon.wall / polars.wall:.2f}   pandas / ecrecon {pandas.wall / ecrecon.wall:.2f}")


if __name__ == "__main__":
    main()
