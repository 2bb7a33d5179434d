"""`[preamble]`, the trailer and printed totals of an unknown file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ecrecon.base.money import minor_from_text
from ecrecon.base.texts import tr
from ecrecon.learning.dialogue import Dialogue
from ecrecon.learning.model import Sample
from ecrecon.learning.sample import is_value
from ecrecon.learning.vocabulary import Vocabulary
from ecrecon.reading.cells import BLANKS
from ecrecon.reading.dates import COMMON, read_time
from ecrecon.reading.surroundings import find_printed


def learn_preamble(dialogue: Dialogue, sample: Sample, words: Vocabulary) -> dict[str, Any]:
    """Account, range and export time, by the first regex that finds each."""
    lines = [*sample.above, *sample.below]
    table: dict[str, Any] = {}
    found: dict[str, str] = {}
    for key in ("account", "from", "until", "exported_at"):
        for regex in _regexes(words, key):
            match = find_printed(regex, lines)
            if match is None or not match.group(1):
                continue
            text = match.group(1).strip()
            if key != "account" and read_time(text, COMMON) is None:
                continue
            table[key] = regex
            found[key] = text
            break
    if "until" in table:
        midnight = re.search(r"\s00:00(:00)?$", found["until"]) is not None
        table["until_is"] = "exclusive" if midnight else "inclusive"
    names = {
        "account": tr("账号", "account"), "from": tr("起", "from"), "until": tr("止", "until"),
        "exported_at": tr("导出时间", "exported at"),
    }  # fmt: skip
    for key, text in found.items():
        dialogue.note(f"preamble.{key}", text, tr(f"表格外印有{names[key]}", f"printed around the table: {names[key]}"))
    return table


def _regexes(words: Vocabulary, key: str) -> list[str]:
    """Those of words.toml, then those of the profiles."""
    field = "from_" if key == "from" else key
    shipped = (getattr(p.preamble, field) for p in words.profiles)
    return list(dict.fromkeys([*words.lists["around"][key], *(regex for regex in shipped if regex)]))


def learn_trailer(dialogue: Dialogue, sample: Sample, words: Vocabulary, anchors: Sequence[str]) -> dict[str, Any]:
    """`stop_at` and `[rows] drop` for lines that are no data: {"file": …, "rows": …}, either may be empty.

    `anchors`: time and amount columns; a line that fills none of them is left out by itself.
    """
    last = int(sample.line.max() or 0)  # type: ignore[arg-type]
    regexes = words.lists["around"]["trailer"]
    stops: list[str] = []
    drops: list[dict[str, Any]] = []
    for number, cells in zip(sample.below_lines, sample.below, strict=True):
        first = cells[0].strip(BLANKS) if cells else ""
        mark = next((regex for regex in regexes if re.search(regex, first)), None)
        if number > last and mark:
            stops.append(mark)
        elif any(cells[sample.places[name]].strip(BLANKS) for name in anchors if sample.places[name] < len(cells)):
            if number > last and stops:
                continue
            rule = _drop_rule(sample, cells)
            if rule is not None and rule not in drops:
                drops.append(rule)
    if sample.below:
        reason = tr("合计或说明行，不作数据读取", "totals or remarks, not read as data")
        texts = [" ".join(cell.strip() for cell in cells if cell.strip())[:40] for cells in sample.below[:3]]
        dialogue.note("trailer", " / ".join(texts), reason)
    file = {"stop_at": "|".join(dict.fromkeys(stops))} if stops else {}
    return {"file": file, "rows": {"drop": drops} if drops else {}}


def _drop_rule(sample: Sample, cells: Sequence[str]) -> dict[str, Any] | None:
    """The word by which a total between or below the rows is told: its first cell that is no number."""
    for name, place in sample.places.items():
        text = cells[place].strip(BLANKS) if place < len(cells) else ""
        if text and not is_value(text):
            return {"column": name, "equals": [text]}
    return None


def learn_controls(
    dialogue: Dialogue, sample: Sample, words: Vocabulary, income: int, expense: int
) -> list[dict[str, str]]:
    """Printed totals that agree with the rows: `[[controls.count]]`. `income`, `expense`: minor units of the rows."""
    lines = [*sample.below, *sample.above]
    result: list[dict[str, str]] = []
    for side, total in (("in", income), ("out", expense)):
        for regex in _totals(words, side):
            match = find_printed(regex, lines)
            groups = match.groupdict() if match else {}
            printed = minor_from_text(groups["sum"]) if groups.get("sum") else None
            if match is not None and printed is not None and abs(printed) == abs(total):
                result.append({"of": side, "regex": regex})
                text = tr("印出的合计与各行相符", "the printed total agrees with the rows")
                dialogue.note(f"control.{side}", match.group(0).strip(), text)
                break
    return result


def _totals(words: Vocabulary, side: str) -> Iterable[str]:
    shipped = (c.regex for p in words.profiles for c in p.controls.count if c.of == side and not c.where)
    return dict.fromkeys([*words.lists["around"][side], *shipped])
