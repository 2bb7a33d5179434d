"""Rewrites a sample as a CSV file with its columns or lines moved: what a re-saved download looks like."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.golden.goldens import profiles

from ecrecon.reading.containers import find_files, open_tables
from ecrecon.reading.identify import Identified, identify
from ecrecon.settings.profiles import Profile

Row = list[str]


@dataclass
class Shape:
    """A sample as rows of cells. `name`: its file name without folders, which a profile may read too."""

    profile: Profile
    before: list[Row]
    header: Row
    data: list[Row]
    after: list[Row]
    name: str

    def columns(self, change: Callable[[Row], Row]) -> Shape:
        """Apply `change` to the header and to every data row; totals that lie under the columns are left out, as their
        word would no longer stand in front."""
        after = [row for row in self.after if not _under_columns(row, self.header)]
        return replace(self, header=change(self.header), data=[change(row) for row in self.data], after=after)

    def write(self, folder: Path) -> Path:
        """Write as UTF-8 CSV."""
        path = folder / f"{self.name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([*self.before, self.header, *self.data, *self.after])
        return path


def _under_columns(row: Row, header: Row) -> bool:
    """True for a row of totals: a word first, then numbers as far as the header goes."""
    numbers = [cell for cell in row[1:] if re.fullmatch(r"\s*-?[\d,]+\.\d+\s*", cell)]
    return len(row) == len(header) and len(numbers) > 1 and not re.search(r"\d", row[0])


def shape_of(sample: Path) -> Shape:
    """Read a sample of any container; of a workbook of several sheets the one of its folder's profile."""
    table, found = next(
        (table, found)
        for table in open_tables(find_files([sample])[0]).tables
        if isinstance(found := identify(table, profiles()), Identified) and found.profile.id == sample.parent.name
    )
    body = table.body(found.header_index)
    rows = [["" if cell is None else cell for cell in row] for row in body.cells.iter_rows()]
    stop = re.compile(found.profile.file.stop_at or "^#")
    first_mark = next((i for i, row in enumerate(rows) if row and stop.search(row[0])), len(rows))
    header = list(body.names)
    return Shape(
        found.profile,
        [list(r) for r in table.head[: found.header_index]],
        header,
        rows[:first_mark],
        rows[first_mark:],
        " ".join(part.rsplit("/", 1)[-1] for part in table.path.split("!/")),
    )
