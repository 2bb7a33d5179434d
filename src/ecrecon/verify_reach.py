"""What the laws of the independent verifier reach, worked out from the laws and the files at hand: the rest is vouched for by nobody.

Beside `verify.py`, of which it is the second half: Python alone is enough, and nothing of ecrecon is imported. A cell is
reached where a law would break if the cell alone were changed: as a sum, as the key of one, as the condition of one, as
what has to be found elsewhere or to be equal to its neighbours. Columns that the verifier computes count for those that
they are made of (lines `? computed < made of` of laws.txt).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
Keyed = Callable[[Tables, str], tuple[list[Row], list[tuple[str, ...]]]]
Cells = dict[tuple[str, str], set[int]]

_FILES = {"summary": "summary.json", "manifest": "manifest.json", "report": "report.xlsx", "page": "report.html"}
_OWN = {("manifest", "outputs"), ("manifest", "laws")}
"""What the verifier holds against the files themselves and against its own table."""
_SIDE = re.compile(r"([^\s\[]+)(?:\[(.*?)\])? (.*?)(?: : (.*))?")
_SIGN = re.compile(r"(.*?) (->|<=|=|in|<<) (.*)")
_VIEW = re.compile(r"\b(?:report|page)/\w+")


def unvouched(tables: Tables, told: Sequence[str], keyed: Keyed) -> Iterator[tuple[str, str, int, int]]:
    """(file, column, cells, those that no law reaches), sorted; only columns with such cells.

    `tables`: rows by file, as `verify.model` gives them; `@` is the number of a row. `told`: the lines of laws.txt.
    `keyed`: `verify.keyed`. Columns of a view or of JSON have the name of their table before them.
    """
    reached = _reached(tables, told, keyed)
    for table in sorted(tables):
        rows, (first, _, rest) = tables[table], table.partition("/")
        if table.endswith("_") or table == "controls" or not rows:
            continue
        for column in rows[0]:
            inner = any(name.startswith(f"{table}/{column}") for name in tables)
            if column == "@" or column.endswith("_") or inner or (table, column) in _OWN:
                continue
            filled = {row["@"] for row in rows if row.get(column) not in (None, "", [], {})}
            left = len(filled - reached.get((table, column), set()))
            if left:
                yield _FILES.get(first, table), f"{rest} {column}".strip(), len(filled), left


def _reached(tables: Tables, told: Sequence[str], keyed: Keyed) -> Cells:
    """Row numbers by (table, column) that a law reaches."""
    made_of = {made: rest.split() for line in told if line[0] == "?" for made, _, rest in [line[2:].partition(" < ")]}
    cells: Cells = defaultdict(set)
    for law in (line for line in told if line[0] != "?"):
        if not all(tables.get(view) for view in _VIEW.findall(law)):
            continue
        for table, columns, numbers in _of_law(tables, law, keyed):
            shown = tables[table][0] if tables.get(table) else {}
            for column in (name for word in columns for name in _names(word, shown)):
                for origin in made_of.get(f"{table}.{column}", [f"{table}.{column}"]):
                    place, _, name = origin.partition(".")
                    for known in _names(name, tables[place][0] if tables.get(place) else {}):
                        cells[place, known] |= numbers
    return cells


def _names(word: str, row: Row) -> list[str]:
    """Columns of `row` that `word` means: `days_*` all that begin so, anything else itself."""
    return [name for name in row if name.startswith(word[:-1])] if word.endswith("*") else [word]


def _of_law(tables: Tables, law: str, keyed: Keyed) -> Iterator[tuple[str, list[str], set[int]]]:
    """(table, columns, rows) that one law reaches."""
    left, sign, right = _SIGN.fullmatch(law).groups()  # type: ignore[union-attr]
    rows, keys = keyed(tables, left.partition(" : ")[0])
    table, _, head, sums = _SIDE.fullmatch(left).groups()  # type: ignore[union-attr]
    counted = Counter(keys)
    if sign == "->":
        yield table, right.split(), {r["@"] for r, k in zip(rows, keys, strict=True) if counted[k] > 1 and "@" in r}
    elif sign == "in":
        yield table, _whole(head), {row["@"] for row in rows if "@" in row}
        others, theirs = keyed(tables, right)
        alone = Counter(theirs)
        found = {r["@"] for r, k in zip(others, theirs, strict=True) if alone[k] == 1 and counted[k] and "@" in r}
        yield right.split("[")[0].split()[0], _whole(_SIDE.fullmatch(right).group(3)), found  # type: ignore[union-attr]
    elif sign in ("=", "<="):
        rest = f"{head} : {sums}"
        for side in [left, *(s for s in right.split(" = ") if s != "0")]:
            full = side if " : " in side else f"{side} {rest}"
            place, tests, names, terms = _SIDE.fullmatch(full).groups()  # type: ignore[union-attr]
            others, theirs = keyed(tables, full.partition(" : ")[0])
            asked = sign == "=" or side == left
            numbers = {r["@"] for r, k in zip(others, theirs, strict=True) if (asked or k in counted) and "@" in r}
            conditions = re.findall(r"(?:^|&) *!?([\w@]+)", tests or "")
            yield place, [*conditions, *_whole(names), *re.findall(r"[\w:]+\*?", terms or "")], numbers


def _whole(names: str) -> list[str]:
    """Key columns that are compared as a whole: `occurred_at~10` is not."""
    return [name for name in names.split() if "~" not in name and name not in ("@", '""')]
