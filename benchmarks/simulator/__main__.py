"""Command line: `python -m benchmarks.simulator --out DIR …` or `python -m benchmarks.simulator sample`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.simulator import bench, clean_month, sample
from benchmarks.simulator.compare import compare
from benchmarks.simulator.faults import NAMES, TOGETHER, faulty_month
from benchmarks.simulator.output import write
from benchmarks.simulator.platforms import PLATFORMS
from benchmarks.simulator.sides import WORDS

_ROOT = Path(__file__).resolve().parents[2]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["month", "sample", "list", "compare"], default="month")
    parser.add_argument("--out", type=Path, help="folder of the month; the truth goes to <out>.truth beside it")
    parser.add_argument("--truth", type=Path, help="with compare: the truth folder; --out is the folder a run wrote")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=1200)
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--scenario", choices=["clean", "faults", "bench"], default="clean")
    parser.add_argument(
        "--faults", default="", help="comma-separated names, each with @shop if wanted; `list` shows them"
    )
    parser.add_argument(
        "--variant",
        choices=["usual", "other", "sample", "full", *PLATFORMS],
        default="usual",
        help="which set of layouts and containers; full: the shops of every platform; NAME: those of one platform",
    )
    parser.add_argument("--sides", default="", help=f"files of the whole company, comma-separated: {', '.join(WORDS)}")
    parser.add_argument("--grace", type=int, default=0, help="opening.grace_days")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.what == "list":
        print("\n".join(NAMES))
        return 0
    if options.what == "sample":
        print(sample.write_sample(_ROOT))
        return 0
    if options.out is None:
        parser.error("--out is needed")
    if options.what == "compare":
        if options.truth is None:
            parser.error("compare needs --truth")
        problems = compare(options.out, options.truth)
        print("\n".join(problems) or "as expected")
        return 1 if problems else 0
    common = {"seed": options.seed, "orders": options.orders, "period": options.period}
    words = tuple(word for word in options.sides.split(",") if word)
    if options.scenario == "bench":
        print(bench.write_bench(options.out, **common))
        return 0
    names = [n for n in options.faults.split(",") if n]
    if options.scenario == "clean" and not names:
        month = clean_month(variant=options.variant, sides=words, **common)
    else:
        month = faulty_month(
            names or list(TOGETHER), variant=options.variant, grace=options.grace, sides=words, **common
        )
    write(month, options.out)
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
