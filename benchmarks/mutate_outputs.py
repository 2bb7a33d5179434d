"""`python -m benchmarks.mutate_outputs OUT… [--changes 10000]`: small changes of outputs; all of them must be refused.

Prints per file how many changes were tried, of how many the laws were asked and how many of these a law contradicts, as if the
control totals had been mended as well (controls.csv itself is then worked out anew and left out of the share), and every change
that nothing refused. Exit code 1 where one was not refused.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.verify.mutations import judge, load


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutate_outputs", description=__doc__)
    parser.add_argument("outs", type=Path, nargs="+", help="output folders of runs; the changes are spread over them")
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--laws-every", type=int, default=10, help="the laws are asked of every n-th change")
    parser.add_argument("--columns", action="store_true", help="print columns instead of files")
    options = parser.parse_args(arguments)
    left = 0
    for place, out in enumerate(options.outs):
        begun = time.monotonic()
        share = options.changes // len(options.outs) + (place < options.changes % len(options.outs))
        verdicts = judge(load(out), share, options.seed + place, laws_every=options.laws_every)
        tried = sum(verdicts.tried.values())
        print(f"{out}: {tried} changes, seed {options.seed + place}, {time.monotonic() - begun:.0f} s")
        rows: dict[str, Counter[str]] = {}
        for key, count in verdicts.tried.items():
            row = rows.setdefault(" ".join(key) if options.columns else key[0], Counter())
            row.update(tried=count, asked=verdicts.asked[key], law=verdicts.by_laws[key])
        print(f"  {'':44}{'tried':>8}{'asked':>8}{'by law':>8}")
        for name, row in [*sorted(rows.items()), ("all", sum(rows.values(), Counter()))]:
            print(f"  {name:44}{row['tried']:8}{row['asked']:8}{row['law']:8}")
        kept = [key for key in verdicts.asked if key[0] != "controls.csv"]
        asked, told = (sum(counted[key] for key in kept) for counted in (verdicts.asked, verdicts.by_laws))
        print(f"  by laws alone: {told} of {asked}, {100 * told / max(asked, 1):.1f} %")
        print(f"  refused: {tried - len(verdicts.survived)} of {tried}")
        for change in verdicts.survived:
            print(f"  not refused: {change.file} {change.what} row {change.row}")
        left += len(verdicts.survived)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
