"""Are two versions of the product equal in what they write? `python -m tests.same_outputs BEFORE AFTER`.

BEFORE and AFTER are output folders of the same inputs, or folders of such folders. Every file is compared byte by byte; a
Parquet file that differs is compared once more cell by cell, a workbook part by part, so that the difference has a name.
Exit 0: equal; 1: what differs is listed.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl


def differences(before: Path, after: Path) -> Iterator[str]:
    """One sentence per file that is missing or not the same."""
    files = [{p.relative_to(root) for p in root.rglob("*") if p.is_file()} for root in (before, after)]
    for name in sorted(files[0] ^ files[1]):
        yield f"{name}: only {'before' if name in files[0] else 'after'}"
    for name in sorted(files[0] & files[1]):
        old, new = before / name, after / name
        if old.read_bytes() != new.read_bytes():
            yield f"{name}: {_what(old, new)}"


def _what(old: Path, new: Path) -> str:
    if old.suffix == ".parquet":
        one, two = pl.read_parquet(old), pl.read_parquet(new)
        if one.schema != two.schema or one.height != two.height:
            return f"{one.height} rows of {list(one.schema)}, now {two.height} of {list(two.schema)}"
        wrong = [name for name in one.columns if not one[name].equals(two[name], null_equal=True)]
        return f"cells of {wrong}" if wrong else "same cells, other bytes"
    if old.suffix == ".xlsx":
        with zipfile.ZipFile(old) as one, zipfile.ZipFile(new) as two:
            both = sorted({*one.namelist()} & {*two.namelist()})
            return f"parts {[n for n in both if one.read(n) != two.read(n)]}"
    lines = [path.read_bytes().split(b"\n") for path in (old, new)]
    first = next((n for n, (a, b) in enumerate(zip(*lines, strict=False)) if a != b), min(map(len, lines)))
    return f"from line {first + 1}"


if __name__ == "__main__":
    told = list(differences(Path(sys.argv[1]), Path(sys.argv[2])))
    sys.stdout.write("".join(f"{line}\n" for line in told) or "equal\n")
    sys.exit(1 if told else 0)
