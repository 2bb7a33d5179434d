"""Hand-made rows as the CSV file of a platform."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path


def write(path: Path, columns: list[str], rows: Iterable[Mapping[str, str]], encoding: str = "utf-8-sig") -> None:
    """Write `rows` under `columns`; a cell that a row does not name is empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
