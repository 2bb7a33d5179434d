"""Small changes of what a run wrote, with the digests of the manifest made to fit, and what the verifier says to each.

A change is one cell by one cent or one digit, or one row dropped, doubled or changed places with another; of a sheet and of
the page what a person reads, not their markup. It is made where the verifier has read the files, so that thousands of changes
take minutes; digests are not looked at, as if they had been mended.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecrecon import verify, verify_reach, verify_rows, verify_views
from ecrecon.base.resources import configs_dir

Key = tuple[str, str]
Column = list[Any]
Parts = dict[Key, dict[str, Column]]
_TEXTS = ("summary.json", "manifest.json", "report.html")


def laws() -> list[str]:
    """The laws that the product ships."""
    lines = (configs_dir() / "verify" / "laws.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] not in "#?"]


def unvouched(parts: Parts) -> dict[tuple[str, str], tuple[int, int]]:
    """(file, column) -> (cells, those that no law reaches), as `ecrecon verify` prints them."""
    lines = (configs_dir() / "verify" / "laws.txt").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line and line[0] != "#"]
    found = verify_reach.unvouched(model(parts), told, verify.keyed)
    return {(file, column): (cells, left) for file, column, cells, left in found}


def model(parts: Parts) -> dict[str, list[dict[str, Any]]]:
    """The verifier's tables, those of the workbook and of the page among them."""
    return verify.model(parts, verify_views.views)


def load(out: Path) -> Parts:
    """All files of an output folder, as the verifier reads them."""
    files = (path for path in sorted(out.iterdir()) if path.is_file())
    return {
        (p.name, part): dict(table) for p in files for part, table in verify.parts_of(p.name, p.read_bytes()).items()
    }


@dataclass(frozen=True)
class Change:
    """`file`, `what` (a column, or what was done to a row), the row from 0, and the folder after it."""

    file: str
    what: str
    row: int
    parts: Parts


@dataclass
class Verdicts:
    """What became of the changes, counted by (file, what): `asked` of the laws, and contradicted `by_laws`."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_laws: Counter[tuple[str, str]] = field(default_factory=Counter)
    survived: list[Change] = field(default_factory=list)


def cells(rows: list[Any] | None) -> Any:
    """What two tables are compared by: columns where the rows share them."""
    return rows[0].columns if rows and isinstance(rows[0], verify_rows.Line) else rows


class Judge:
    """The verifier over changes of one folder: only what a change touches is added up again."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.laws = parts, laws()
        self.tables = model(parts)
        self.files = {law: set(re.findall(r"(?:^|= |<= |in )([\w/]+)", law)) for law in self.laws}

    def by_laws(self, change: Change) -> bool:
        """Whether a law contradicts the change, or it cannot be read at all."""
        try:
            tables = model(change.parts)
            touched = {
                n for n in tables.keys() | self.tables.keys() if cells(tables.get(n)) != cells(self.tables.get(n))
            }
            asked = (law for law in self.laws if self.files[law] & touched)
            return any(True for law in asked for _ in verify.broken(tables, law))
        except Exception:
            return True

    def by_totals(self, change: Change) -> bool:
        """Whether a control total contradicts the change."""
        try:
            changed = {key for key in change.parts if change.parts[key] is not self.parts.get(key)}
            told = change.parts["controls.csv", ""]
            rows = [
                i
                for i, key in enumerate(zip(told["file"], told["part"], strict=True))
                if key in changed or ("controls.csv", "") in changed
            ]
            kept = {key: change.parts[key] for key in changed | {("manifest.json", "")}}
            if ("controls.csv", "") in changed:
                kept = change.parts
            elif ("manifest.json", "") not in changed:
                rows += [i for i, file in enumerate(told["file"]) if file == "manifest.json"]
            few = {**kept, ("controls.csv", ""): {name: [cells[i] for i in rows] for name, cells in told.items()}}
            return any(True for _ in verify.controls(few))
        except Exception:
            return True


_SHOWN = {
    "report.xlsx": re.compile(r"(?<=<v>)[^<]+(?=</v>)|(?<=>)[^<]+(?=</t>)"),
    "report.html": re.compile(r"(?:(?<=>)|^)[^<>{}]+(?=<|$)"),
}
"""What a person reads of a row of a sheet and of a line of the page."""


def _digit(rng: random.Random, text: str, shown: re.Pattern[str] | None = None) -> str | None:
    """`text` with one digit moved by one: the last one (a cent) half of the time; of markup one that is `shown`."""
    spans = [rng.choice(found)] if shown and (found := [m.span() for m in shown.finditer(text)]) else [(0, len(text))]
    places = [m.start() for first, last in spans for m in re.finditer("[0-9]", text) if first <= m.start() < last]
    if not places or (shown and not shown.search(text)):
        return None
    place = places[-1] if rng.random() < 0.5 and len(text) < 60 else rng.choice(places)
    return text[:place] + str((int(text[place]) + rng.choice((1, 9))) % 10) + text[place + 1 :]


def _cell(rng: random.Random, cell: Any, shown: re.Pattern[str] | None) -> Any:
    """`cell` by one cent or one digit, None where it holds no number."""
    if isinstance(cell, bool) or cell is None or cell == "":
        return None
    return cell + rng.choice((-1, 1)) if isinstance(cell, int) else _digit(rng, cell, shown)


def _row(rng: random.Random, table: dict[str, Column], row: int) -> str | None:
    """Drop, double or swap a row of `table` in place; what was done, None where it changes nothing."""
    what = rng.choice(("drop", "double", "swap"))
    other = rng.randrange(len(next(iter(table.values()))))
    if what == "swap" and all(cells[row] == cells[other] for cells in table.values()):
        return None
    for cells in table.values():
        match what:
            case "drop":
                cells.pop(row)
            case "double":
                cells.insert(row, cells[row])
            case _:
                cells[row], cells[other] = cells[other], cells[row]
    return f"<{what}>"


def changes(parts: Parts, count: int, seed: int, only: Sequence[str] = ()) -> Iterator[Change]:
    """`count` changes of `parts`: half of them spread evenly over the files and sheets, half over the cells."""
    rng = random.Random(seed)
    full = [
        key for key, table in parts.items() if table and next(iter(table.values())) and (not only or key[0] in only)
    ]
    weights = [len(parts[key]) * len(next(iter(parts[key].values()))) for key in full]
    made = 0
    while made < count:
        key = rng.choice(full) if rng.random() < 0.5 else rng.choices(full, weights)[0]
        table = {name: list(cells) for name, cells in parts[key].items()}
        row = rng.randrange(len(next(iter(table.values()))))
        if key[0] not in _TEXTS and rng.random() < 0.25:
            what = _row(rng, table, row)
        else:
            what = name = rng.choice(list(table))
            text = table[name][row]
            if key[0] == "manifest.json" and re.match(r'\s+"[^"]+": "[0-9a-f]{64}"', text):
                continue  # digests are taken to be mended
            cell = _cell(rng, text, _SHOWN.get(key[0]))
            if cell is None:
                continue
            table[name][row] = cell
        if what is not None:
            made += 1
            yield Change(key[0], what, row, {**parts, key: table})


def judge(parts: Parts, count: int, seed: int, only: Sequence[str] = (), laws_every: int = 1) -> Verdicts:
    """What the verifier says to `count` changes of `parts`.

    Every change is held against the control totals; the laws are asked of every `laws_every`-th, and of all that the
    totals let pass.
    """
    verdicts, judge_of = Verdicts(), Judge(parts)
    for number, change in enumerate(changes(parts, count, seed, only)):
        key = (change.file, change.what)
        refused = judge_of.by_totals(change)
        verdicts.tried[key] += 1
        if number % laws_every == 0 or not refused:
            law = judge_of.by_laws(change)
            verdicts.asked[key] += 1
            verdicts.by_laws[key] += law
            if not refused and not law:
                verdicts.survived.append(change)
    return verdicts
