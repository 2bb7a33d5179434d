"""`python -m tests.golden.write` (make golden): write every golden, remove those without a sample."""

from __future__ import annotations

from tests.golden.goldens import golden_of, goldens, read, render, samples


def main() -> None:
    """Write all goldens."""
    wanted = {golden_of(sample): sample for sample in samples()}
    for golden in goldens():
        if golden not in wanted:
            golden.unlink()
    for golden, sample in wanted.items():
        golden.write_text(render(read(sample)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
