"""Was the last cell of a file cut? A last line without a line end is no evidence by itself: many programs write none.

What tells is the shape of the cell beside those above it: fewer decimals, a shorter time, half a word, a missing mark at
its end. Texts in, verdict out; nothing here knows profiles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Verdict = Literal["whole", "cut", "open"]
"""`open`: nothing above it says how long the cell should be."""

_NUMBER = re.compile(r"^[¥￥+\-－−(（\s]*\d[\d,]*(?:\.(?P<decimals>\d*))?\s*$")
_FEW = 3
"""So many cells above make a rule."""
_FIXED = 2
"""Decimals that programs print of every amount; fewer are those of a spreadsheet, which prints as many as it needs."""
_LONG = 8
"""Characters of an id or time that one cell above it proves."""
_HALF = "\ufffd"
"""What is read for the first bytes of a character alone."""
_CODE = re.compile(r"^[A-Za-z#]{0,6}\d[\dA-Za-z\-_/:. ：年月日时分秒]*$")
_SECONDS = re.compile(r"\d{1,2}[:：]\d{2}[:：]\d{2}\s*$")
_CLOSERS = "\t\"'`）)]】}>%元"


def last_cell(cell: str, above: Sequence[str]) -> Verdict:
    """Whether `cell`, the last one of a text without a line end, is whole. `above`: the cells of its column in the rows
    above, as printed, "" where empty.

    A column of two decimals proves a number, a fixed length an id or a time, a word that stands above itself. Texts of
    any length prove nothing.
    """
    filled = [other for other in above if other.strip()]
    if cell.endswith(_HALF):
        return "cut"
    closed = _by_closer(cell, above)
    if closed is not None:
        return closed
    if not cell.strip():
        return "open" if above and len(filled) == len(above) else "whole"
    for judged in (_by_decimals, _by_shape, _by_word):
        verdict = judged(cell, filled)
        if verdict is not None:
            return verdict
    return "open"


def _by_closer(cell: str, above: Sequence[str]) -> Verdict | None:
    """A mark that ends every cell above (TAB, bracket, unit)."""
    last = {other[-1:] for other in above}
    if len(above) < _FEW or len(last) != 1 or not (mark := last.pop()) or mark not in _CLOSERS:
        return None
    return "whole" if cell.endswith(mark) else "cut"


def _by_decimals(cell: str, filled: Sequence[str]) -> Verdict | None:
    """A number among numbers with decimals. Without numbers above, two decimals are whole."""
    mine = _NUMBER.match(cell)
    others = [found for other in filled if (found := _NUMBER.match(other))]
    if len(others) < len(filled):
        return None
    counts = {len(found["decimals"] or "") for found in others}
    if mine is None:  # "-" or "+" of a number
        return "cut" if counts and cell.strip() in {"-", "+", "¥", "￥"} else None
    decimals = len(mine["decimals"] or "")
    if cell.rstrip().endswith("."):
        return "cut"
    if not counts:
        return "whole" if decimals >= _FIXED else None
    if len(counts) == 1 and max(counts) >= _FIXED:
        return "whole" if decimals in counts else "cut" if len(filled) >= _FEW or decimals < min(counts) else "open"
    return "whole" if _FIXED <= decimals >= max(counts) else None


def _by_shape(cell: str, filled: Sequence[str]) -> Verdict | None:
    """Times and ids of one shape: runs of digits between the same marks, the last run of one length."""
    if _SECONDS.search(cell):
        return "whole"
    shapes = {shape(other) for other in filled}
    if len(shapes) != 1 or not _CODE.match(filled[0]):
        return None
    shortest, longest = min(len(other) for other in filled), max(len(other) for other in filled)
    enough = len(filled) >= _FEW or shortest >= _LONG
    if shape(cell) in shapes:
        return "whole" if enough and (len(re.findall(r"\d+", cell)) > 1 or shortest == longest) else None
    return "cut" if enough and len(cell) < longest and len(_runs(cell)) <= len(_runs(filled[0])) else None


def _runs(text: str) -> list[str]:
    return re.findall(r"\d+|\D", text.strip())


def shape(text: str) -> tuple[str, ...]:
    """What texts of one column have in common: the marks of a text, "9" for each run of digits and as many as there are for the last one."""
    runs = ["9" if run[0].isdigit() else run for run in _runs(text)]
    digits = [place for place, run in enumerate(runs) if run == "9"]
    if digits:
        last = digits[-1]
        runs[last] = "9" * len(_runs(text)[last])
    return tuple(runs)


def _by_word(cell: str, filled: Sequence[str]) -> Verdict | None:
    """One of the few words of its column, or the beginning of one of them."""
    words = {other.strip() for other in filled}
    mine = cell.strip()
    longer = any(word != mine and word.startswith(mine) for word in words)
    if mine in words:
        return None if longer else "whole"
    return "cut" if longer and len(filled) >= _FEW and 2 * len(words) <= len(filled) else None
